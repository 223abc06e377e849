package koe

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/errors.md")

const docsFile = "../../docs/errors.md"

func TestErrorsDocumentIsUpToDate(t *testing.T) {
	t.Parallel()
	want := docs()
	if *update {
		if err := os.WriteFile(docsFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(docsFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("docs/errors.md is out of date, run go test ./kakao/koe -update (-table +file):\n%s", diff)
	}
}

// docs renders the table as Markdown.
func docs() string {
	var b strings.Builder
	b.WriteString(strings.ReplaceAll(`# Kakao error codes · 카카오 로그인 오류 코드

Every error code of Kakao Login (KOE codes and the negative codes of the API), generated from the table in 'kakao/koe'
by 'go test ./kakao/koe -update'. The commands 'norang explain KOE006' and 'norang explain -401' print the same
texts ('--lang ko|en', '--json').

카카오 로그인의 모든 오류 코드입니다. 코드마다 원인, 해결, 콘솔 메뉴, 누가 고쳐야 하는지, 다시 시도해도 되는지를
적었습니다. 콘솔 메뉴는 2025-26년의 이름입니다.

Where: *page* is the Kakao error page in the browser, after which the callback is never called; *token* and *api* are
JSON responses; *elsewhere* is another Kakao product.
Owner (who can fix it): *person* is the user who signs in, *developer* writes the program, *operator* configures the app
in the Kakao console, *kakao* is Kakao.

| Code | Where | HTTP | Owner | Retry | Cause · 원인 |
|---|---|---|---|---|---|
`, "'", "`"))
	for _, e := range All() {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s | %s | %s | %s<br>%s |\n",
			e.Code, anchor(e.Code), places(e), status(e), e.Owner, e.Retry, e.Cause.En, e.Cause.Ko)
	}
	for _, e := range All() {
		entryDocs(&b, e)
	}
	return b.String()
}

func entryDocs(b *strings.Builder, e Entry) {
	fmt.Fprintf(b, "\n## <a id=\"%s\"></a>%s\n\n", anchor(e.Code), e.Code)
	row := func(en, ko string, text Text) {
		if !text.IsZero() {
			fmt.Fprintf(b, "- **%s**: %s\n- **%s**: %s\n", en, text.En, ko, text.Ko)
		}
	}
	row("Cause", "원인", e.Cause)
	row("Remedy", "해결", e.Remedy)
	row("Console", "콘솔", e.Menu)
	row("For the user", "회원에게", e.ForUser)
	row("For the developer", "개발자에게", e.ForDeveloper)
	row("Not confirmed", "확인되지 않음", e.Unconfirmed)
	if e.Message != "" {
		fmt.Fprintf(b, "- Kakao's message: `%s`", e.Message)
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
