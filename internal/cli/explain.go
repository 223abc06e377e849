// Package cli implements the commands: one file per command with its texts and exit codes. The work itself is done by
// the packages they call.
package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/kakao/koe"
)

// UnknownCodeError is the error of Explain for a code that is not in the table.
type UnknownCodeError struct {
	Code    string // as given, at most 40 characters
	Similar []koe.Code
	lang    i18n.Lang
	of      furtherProvider // whose code it should be; its Similar are all its codes. Zero for Kakao
}

// Error names similar codes, in the language passed to Explain.
func (e *UnknownCodeError) Error() string {
	similar := make([]string, len(e.Similar))
	for i, c := range e.Similar {
		similar[i] = string(c)
	}
	all := strings.Join(similar, ", ")
	switch {
	case e.of.name != "" && e.Code == "" && e.lang == i18n.Ko:
		return fmt.Sprintf("코드를 적으십시오. %s의 코드: %s", e.of.brand.Ko, all)
	case e.of.name != "" && e.Code == "":
		return fmt.Sprintf("no code given; codes of %s: %s", e.of.brand.En, all)
	case e.of.name != "" && e.lang == i18n.Ko:
		return fmt.Sprintf("%q: %s의 코드가 아닙니다. 코드: %s", e.Code, e.of.brand.Ko, all)
	case e.of.name != "":
		return fmt.Sprintf("%q: not a code of %s, which are: %s", e.Code, e.of.brand.En, all)
	case e.lang == i18n.Ko && len(similar) > 0:
		return fmt.Sprintf("%q: 알 수 없는 코드입니다. 비슷한 코드: %s", e.Code, strings.Join(similar, ", "))
	case e.lang == i18n.Ko:
		return fmt.Sprintf("%q: 알 수 없는 코드입니다. 코드는 KOE006 또는 -401과 같은 모양입니다.", e.Code)
	case len(similar) > 0:
		return fmt.Sprintf("%q: unknown code; did you mean %s?", e.Code, strings.Join(similar, ", "))
	}
	return fmt.Sprintf("%q: unknown code; codes look like KOE006 or -401", e.Code)
}

// Explain writes the entries of the Kakao error codes in a text, such as a code alone, a message or a log line: as text
// in a language, or as JSON with both languages. An OAuth error ("access_denied") has to stand alone, and a code of
// another provider to follow the provider's name. Without one it explains the service's own codes and messages of
// phones. If nothing is known, the error is an *UnknownCodeError.
func Explain(w io.Writer, text string, lang i18n.Lang, asJSON bool) error {
	if p, code, ok := providerOf(text); ok {
		return p.explainCode(w, code, lang, asJSON)
	}
	entries, unknown := findCodes(text)
	if entry, ok := findOAuthError(text); ok && len(entries) == 0 {
		entries = []koe.Entry{entry}
	}
	if own := findProblems(text); len(entries) == 0 && len(own) > 0 {
		return writeProblems(w, own, lang, asJSON)
	}
	if len(entries) == 0 {
		return &UnknownCodeError{Code: clip(unknown, 40), Similar: similarCodes(unknown), lang: lang}
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	for i, entry := range entries {
		var err error
		switch {
		case asJSON:
			err = enc.Encode(entry)
		case i > 0:
			_, err = io.WriteString(w, "\n"+explainText(entry, lang))
		default:
			_, err = io.WriteString(w, explainText(entry, lang))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// codeInText matches what looks like a code: "KOE" with digits, or a negative number. Dates and phone numbers do not:
// their hyphens follow a digit.
var codeInText = regexp.MustCompile(`(?i)(^|[^0-9a-z])(KOE[0-9]+|-[0-9]{1,5})($|[^0-9a-z])`)

// hyphens are the signs that programs put in the place of a minus.
var hyphens = strings.NewReplacer(
	"\u2010", "-", "\u2011", "-", "\u2012", "-", "\u2013", "-", "\u2212", "-", "\uff0d", "-",
)

// findCodes returns the entries of the codes in a text, each once. Without one, unknown is what looks most like a code.
func findCodes(text string) (entries []koe.Entry, unknown string) {
	text = hyphens.Replace(text)
	unknown = text
	for at := 0; ; {
		m := codeInText.FindStringSubmatchIndex(text[at:])
		if m == nil {
			return entries, unknown
		}
		code := text[at+m[4] : at+m[5]]
		at += m[5] // the character after the code may begin the next one
		entry, ok := koe.Lookup(code)
		switch {
		case !ok && unknown == text:
			unknown = code
		case ok && !slices.ContainsFunc(entries, func(e koe.Entry) bool { return e.Code == entry.Code }):
			entries = append(entries, entry)
		}
	}
}

// findOAuthError returns the entry of an OAuth error of Kakao, such as "access_denied" or "kakao access_denied".
func findOAuthError(text string) (koe.Entry, bool) {
	name := strings.TrimSpace(text)
	if first, rest, ok := strings.Cut(name, " "); ok && (strings.EqualFold(first, "kakao") || first == "카카오") {
		name = rest
	}
	return koe.LookupOAuth(name)
}

func clip(s string, limit int) string {
	if r := []rune(s); len(r) > limit {
		return string(r[:limit]) + "…"
	}
	return s
}

// similarCodes returns the codes with the same digits ("401", "KOE401" and "koe-401" all match "-401"), or else up to
// five codes whose digits have the given ones as a prefix.
func similarCodes(code string) []koe.Code {
	digits := func(s string) string {
		return strings.TrimLeft(strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, s), "0")
	}
	var same, begin []koe.Code
	want := digits(code)
	if want == "" {
		return nil
	}
	for _, e := range koe.All() {
		switch got := digits(string(e.Code)); {
		case got == want:
			same = append(same, e.Code)
		case len(want) > 1 && strings.HasPrefix(got, want):
			begin = append(begin, e.Code)
		}
	}
	if len(same) > 0 {
		return same
	}
	return begin[:min(len(begin), 5)]
}

// Labels of explainText. The Korean ones are in 합니다체, as in all commands.
var (
	explainOwner = map[koe.Owner]i18n.Text{
		koe.User:      {Ko: "회원", En: "the user who signs in"},
		koe.Developer: {Ko: "개발자", En: "the developer"},
		koe.Operator:  {Ko: "운영자(카카오 콘솔 설정)", En: "the operator (Kakao's console)"},
		koe.Kakao:     {Ko: "카카오", En: "Kakao"},
	}
	explainRetry = map[koe.Retry]i18n.Text{
		koe.Never:       {Ko: "하지 마십시오. 먼저 고쳐야 합니다.", En: "No. Something must be fixed first."},
		koe.Soon:        {Ko: "몇 초 뒤에 할 수 있습니다.", En: "Yes, after a few seconds."},
		koe.Later:       {Ko: "몇 분 뒤에 할 수 있습니다.", En: "Yes, after a few minutes."},
		koe.SignInAgain: {Ko: "같은 요청은 안 됩니다. 로그인을 새로 시작하십시오.", En: "Not the same request. Start a new sign-in."},
		koe.Refresh: {
			Ko: "토큰을 갱신한 다음 한 번만 하십시오. 그래도 안 되면 다시 로그인해야 합니다.",
			En: "Once, after refreshing the token. If that fails, the user must sign in again.",
		},
	}
	explainPlace = map[koe.Place]i18n.Text{
		koe.Page:         {Ko: "카카오의 오류 페이지(콜백은 불리지 않습니다)", En: "Kakao's error page (the callback is not called)"},
		koe.Callback:     {Ko: "콜백의 error 파라미터", En: "parameter error of the callback"},
		koe.Logout:       {Ko: "카카오의 로그아웃 페이지", En: "Kakao's logout page"},
		koe.Token:        {Ko: "토큰 요청의 응답", En: "response of the token endpoint"},
		koe.TokenInfo:    {Ko: "ID 토큰 정보 조회의 응답", En: "response of tokeninfo"},
		koe.API:          {Ko: "API의 응답", En: "response of an API call"},
		koe.SDK:          {Ko: "SDK", En: "an SDK"},
		koe.OtherProduct: {Ko: "카카오의 다른 서비스", En: "another Kakao product"},
	}
)

// explainText renders an entry as lines of "label: text".
func explainText(e koe.Entry, lang i18n.Lang) string {
	var b strings.Builder
	in := func(t koe.Text) string { return i18n.Text(t).In(lang) }
	line := func(ko, en, text string) {
		if text != "" {
			fmt.Fprintf(&b, "%s: %s\n", i18n.Text{Ko: ko, En: en}.In(lang), text)
		}
	}
	var places []string
	for _, p := range e.Places {
		places = append(places, explainPlace[p].In(lang))
	}
	where := strings.Join(places, ", ")
	if e.Status != 0 {
		where += fmt.Sprintf(", HTTP %d", e.Status)
	}
	fmt.Fprintf(&b, "%s\n\n", e.Code)
	line("원인", "Cause", in(e.Cause))
	line("해결", "Remedy", in(e.Remedy))
	line("카카오 콘솔", "Kakao console", in(e.Menu))
	line("누가 고치나", "Who can fix it", explainOwner[e.Owner].In(lang))
	line("다시 시도", "Retry", explainRetry[e.Retry].In(lang))
	line("나타나는 곳", "Where it appears", where)
	line("카카오의 메시지", "Kakao's message", e.Message)
	b.WriteString("\n")
	line("회원에게", "For the user", in(e.ForUser))
	line("개발자에게", "For the developer", in(e.ForDeveloper))
	if len(e.Fixes) > 0 {
		fmt.Fprintf(&b, "\n%s\n", i18n.Text{Ko: "고칠 곳", En: "The line to change"}.In(lang))
	}
	for _, f := range e.Fixes {
		fmt.Fprintf(&b, "  %s\n    %s\n", f.Framework, strings.ReplaceAll(f.Line, "\n", "\n    "))
	}
	if !e.Unconfirmed.IsZero() {
		b.WriteString("\n")
		line("확인되지 않음", "Not confirmed", in(e.Unconfirmed))
	}
	return b.String()
}
