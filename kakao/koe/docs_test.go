package koe

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/errors.md and docs/errors.ko.md")

func TestErrorsDocumentIsUpToDate(t *testing.T) {
	t.Parallel()
	for lang, file := range map[string]string{"en": "../../docs/errors.md", "ko": "../../docs/errors.ko.md"} {
		want := docs(lang)
		if *update {
			if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s is out of date, run go test ./kakao/koe -update (-table +file):\n%s", file, diff)
		}
	}
}

// head begins the document; ~ means a backquote.
var head = Text{
	Ko: `# 카카오 로그인 오류 코드

[English](errors.md)

카카오 로그인의 모든 오류 코드(KOE 코드, API의 음수 코드, OAuth 오류)입니다. ~kakao/koe~의 표에서 만듭니다
(~go test ./kakao/koe -update~). ~norang explain KOE006~, ~norang explain -401~, ~norang explain access_denied~도
같은 글을 보여 줍니다(~--lang ko|en~, ~--json~). 콘솔 메뉴는 2025-26년의 이름입니다.

어디에서: *page*는 브라우저에 보이는 카카오의 오류 화면이며 콜백은 불리지 않습니다. *callback*은 콜백의 error 파라미터이고,
*token*과 *api*는 JSON 응답, *elsewhere*는 카카오의 다른 서비스입니다.
고칠 사람: *person*은 로그인하는 회원, *developer*는 프로그램을 만드는 사람, *operator*는 카카오 콘솔에서 앱을 설정하는 사람, *kakao*는
카카오입니다.
다시 시도: *never*는 고치기 전에는 계속 실패하고, *soon*은 몇 초 뒤, *later*는 몇 분 뒤에 될 수 있습니다. *fresh_login*은 다시 로그인해야
하고, *refresh*는 토큰을 갱신해 한 번만 다시 합니다.

| 코드 | 어디에서 | HTTP | 고칠 사람 | 다시 시도 | 원인 |
|---|---|---|---|---|---|
`,
	En: `# Kakao error codes

[한국어](errors.ko.md)

Every error code of Kakao Login (KOE codes, the negative codes of the API and OAuth errors), generated from the tables
in ~kakao/koe~ by ~go test ./kakao/koe -update~. The commands ~norang explain KOE006~, ~norang explain -401~ and
~norang explain access_denied~ print the same texts (~--lang ko|en~, ~--json~). Menus of Kakao's console
have their names of 2025-26.

Where: *page* is the Kakao error page in the browser, after which the callback is never called; *callback* is the
parameter error of the callback; *token* and *api* are JSON responses; *elsewhere* is another Kakao product.
Owner (who can fix it): *person* is the user who signs in, *developer* writes the program, *operator* configures the app
in the Kakao console, *kakao* is Kakao.
Retry: *never* means that the call fails until something is changed; *soon* within seconds, *later* after minutes;
*fresh_login* needs a new sign-in; *refresh* is one retry after a refresh of the token.

| Code | Where | HTTP | Owner | Retry | Cause |
|---|---|---|---|---|---|
`,
}

// docs renders the table as Markdown.
func docs(lang string) string {
	var b strings.Builder
	b.WriteString(strings.ReplaceAll(head.In(lang), "~", "`"))
	all := append(All(), OAuthErrors()...)
	for _, e := range all {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s | %s | %s | %s |\n",
			e.Code, anchor(e.Code), places(e), status(e), e.Owner, e.Retry, e.Cause.In(lang))
	}
	for _, e := range all {
		entryDocs(&b, e, lang)
	}
	return b.String()
}

func entryDocs(b *strings.Builder, e Entry, lang string) {
	fmt.Fprintf(b, "\n## <a id=\"%s\"></a>%s\n\n", anchor(e.Code), e.Code)
	row := func(ko, en string, text Text) {
		if !text.IsZero() {
			fmt.Fprintf(b, "- **%s**: %s\n", Text{Ko: ko, En: en}.In(lang), text.In(lang))
		}
	}
	row("원인", "Cause", e.Cause)
	row("해결", "Remedy", e.Remedy)
	row("콘솔", "Console", e.Menu)
	row("회원에게", "For the user", e.ForUser)
	row("개발자에게", "For the developer", e.ForDeveloper)
	row("확인되지 않음", "Not confirmed", e.Unconfirmed)
	if e.Message != "" {
		fmt.Fprintf(b, "- %s: `%s`", Text{Ko: "카카오의 메시지", En: "Kakao's message"}.In(lang), e.Message)
		if e.OAuthError != "" {
			fmt.Fprintf(b, " (`error`: `%s`)", e.OAuthError)
		}
		b.WriteString("\n")
	}
	for _, f := range e.Fixes {
		fmt.Fprintf(b, "\n%s (*not run*):\n\n```\n%s\n```\n", f.Framework, f.Line)
	}
}

// anchor returns "koe006" or "minus-401": some Markdown renderers drop an anchor such as "-401".
func anchor(c Code) string {
	return strings.ToLower(strings.Replace(string(c), "-", "minus-", 1))
}

func places(e Entry) string {
	var list []string
	for _, p := range e.Places {
		list = append(list, string(p))
	}
	return strings.Join(list, ", ")
}

func status(e Entry) string {
	if e.Status == 0 {
		return "–"
	}
	return fmt.Sprint(e.Status)
}
