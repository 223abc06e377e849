package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
)

// explained is an answer of this service, or a message of a phone, with what to do about it.
type explained struct {
	Code   string    `json:"code"`
	Status int       `json:"status,omitempty"`
	Cause  i18n.Text `json:"cause"`
	Remedy i18n.Text `json:"remedy"`
	More   string    `json:"more"`
}

// symptoms are messages of phones that say nothing about their cause. Each key is a part of the message, in lower case.
var symptoms = []struct {
	part string
	of   explained
}{
	{"not allowed to query for scheme", explained{
		Code:  "not allowed to query for scheme",
		Cause: i18n.Textf("iOS 앱이 카카오톡을 찾을 수 없습니다.", "The iOS app may not look for KakaoTalk."),
		Remedy: i18n.Textf("Info.plist의 LSApplicationQueriesSchemes에 kakaokompassauth를 더하십시오.",
			"Add kakaokompassauth to LSApplicationQueriesSchemes in Info.plist."),
		More: "docs/mobile.md#ios",
	}},
	{"err_unknown_url_scheme", explained{
		Code:  "ERR_UNKNOWN_URL_SCHEME",
		Cause: i18n.Textf("웹뷰가 intent: 같은 앱 주소를 열려고 했습니다.", "A web view was led to an app's address, such as intent:."),
		Remedy: i18n.Textf("웹뷰에서 로그인하지 말고 SDK나 시스템 브라우저로 로그인한 뒤 세션을 웹뷰에 넘기십시오.",
			"Do not sign in inside a web view: use the SDK or the system browser, and hand the session over."),
		More: "docs/mobile.md#web-views",
	}},
	{"authcodehandleractivity", explained{
		Code:  "AuthCodeHandlerActivity",
		Cause: i18n.Textf("카카오톡이 안드로이드 앱으로 돌아오지 못했습니다.", "KakaoTalk cannot return to the Android app."),
		Remedy: i18n.Textf("매니페스트의 AuthCodeHandlerActivity에 kakao{네이티브 앱 키} 스킴과 oauth 호스트를 적으십시오.",
			"Give AuthCodeHandlerActivity in the manifest the scheme kakao{NATIVE_APP_KEY} and the host oauth."),
		More: "docs/mobile.md#android",
	}},
}

// placeholders are the names of the parameters of a problem's texts, as in docs/problems.md.
var placeholders = problem.Words{Service: "{service}", RequestID: "{id}", Provider: provider.Info{
	Label: i18n.Text{Ko: "{provider}", En: "{provider}"}, Account: i18n.Text{Ko: "{account}", En: "{account}"},
}}

var problemInText = regexp.MustCompile(`[a-z]+\.[a-z_]+`)

// findProblems returns what a text says about this service or a phone, each once.
func findProblems(text string) (all []explained) {
	seen := map[string]bool{}
	for _, code := range problemInText.FindAllString(text, -1) {
		p := problem.Of(problem.Code(code))
		if string(p.Code) != code || seen[code] {
			continue // Of answers an unknown code with another one
		}
		seen[code] = true
		all = append(all, explained{
			Code: code, Status: p.Status,
			Cause:  i18n.Text{Ko: p.Title(i18n.Ko, placeholders), En: p.Title(i18n.En, placeholders)},
			Remedy: i18n.Text{Ko: p.Detail(i18n.Ko, placeholders), En: p.Detail(i18n.En, placeholders)},
			More:   "docs/problems.md#" + strings.NewReplacer(".", "-", "_", "-").Replace(code),
		})
	}
	for _, s := range symptoms {
		if strings.Contains(strings.ToLower(text), s.part) {
			all = append(all, s.of)
		}
	}
	return all
}

// writeProblems writes explanations as text in a language, or as JSON with both.
func writeProblems(w io.Writer, all []explained, lang i18n.Lang, asJSON bool) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	for i, e := range all {
		if asJSON {
			if err := enc.Encode(e); err != nil {
				return err
			}
			continue
		}
		code, cause, remedy := e.Code, i18n.Textf("원인", "Cause").In(lang), i18n.Textf("해결", "Remedy").In(lang)
		if e.Status != 0 {
			code = fmt.Sprintf("%s (HTTP %d)", code, e.Status)
		}
		gap := ""
		if i > 0 {
			gap = "\n"
		}
		more := e.More
		if lang == i18n.Ko {
			more, _, _ = strings.Cut(strings.Replace(more, ".md", ".ko.md", 1), "#")
		}
		if _, err := fmt.Fprintf(w, "%s%s\n\n%s: %s\n%s: %s\n%s\n", gap, code, cause, e.Cause.In(lang), remedy,
			e.Remedy.In(lang), more); err != nil {
			return err
		}
	}
	return nil
}
