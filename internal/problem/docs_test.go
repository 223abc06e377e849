package problem

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/provider"
)

// documented is a provider's own codes, for docs/problems.md.
type documented struct {
	Info    provider.Info
	Codes   []string
	Explain func(code string) *provider.Explanation
}

// docWords replace what is filled in at run time.
var docWords = Words{Service: "{service}", RequestID: "{id}", Provider: provider.Info{
	Label: i18n.Text{Ko: "{provider}", En: "{provider}"}, Account: i18n.Text{Ko: "{account}", En: "{account}"},
}}

// docTexts are the words of docs/problems.md.
var docTexts = map[string]i18n.Text{
	"head": i18n.Textf(`# 문제

[English](problems.md)

회원이나 프로그램이 볼 수 있는 모든 실패입니다. ~internal/problem/table.go~에서 만듭니다(~go test ./internal/problem -update~).

회원에게는 그 사람의 언어로 된 화면을 보여 주고, 프로그램에는 ~application/problem+json~(RFC 9457)으로
~type~, ~title~, ~status~, ~detail~, ~code~, ~request_id~와, 해당할 때 ~provider~, ~login_url~, ~location~, ~reason~을 줍니다.
~code~로 구별하십시오. 코드의 뜻은 바뀌지 않고, 제목과 설명은 바뀔 수 있습니다.
글에 있는 ~{provider}~는 제공자의 이름입니다.
`, `# Problems

[한국어](problems.ko.md)

Every failure that a user or a program can see, generated from ~internal/problem/table.go~
(~go test ./internal/problem -update~).

Users get a page in their language; programs get ~application/problem+json~ (RFC 9457) with
~type~, ~title~, ~status~, ~detail~, ~code~, ~request_id~ and, where they apply,
~provider~, ~login_url~, ~location~ and ~reason~. Match on ~code~: its meaning never changes; titles and
details may.
In the texts, ~{provider}~ is the provider's name.
`),
	"codes": i18n.Textf(`제공자가 준 오류 코드를 그대로 적은 것입니다. ~provider.invalid_grant~처럼 적고, 제공자의 이름은 ~provider~에
있습니다. 상태 코드, 고칠 사람, 글은 그 코드의 뜻에 따릅니다.
`, `An error code of the provider's own, as the provider wrote it: ~provider.invalid_grant~, with the
provider's name in ~provider~. Status, owner and texts follow from what the code means.
`),
	"status": i18n.Textf("상태 코드", "Status"),
	"owner":  i18n.Textf("고칠 사람", "Fixed by"),
	"level":  i18n.Textf("로그 수준", "Logged as"),
	"table": i18n.Textf("| 코드 | 상태 | 고칠 사람 | 로그 수준 | 제목 |",
		"| Code | Status | Fixed by | Logged as | Title |"),
	"other":              i18n.Textf("그 밖의 코드", "any other"),
	string(User):         i18n.Textf("회원", "user"),
	string(Developer):    i18n.Textf("개발자", "developer"),
	string(Operator):     i18n.Textf("운영자", "operator"),
	string(ProviderSide): i18n.Textf("제공자", "provider"),
}

func docText(l i18n.Lang, key string) string {
	return strings.ReplaceAll(docTexts[key].In(l), "~", "`")
}

// writeDocs writes docs/problems.md, or docs/problems.ko.md. Both show what users see in both languages.
func writeDocs(w io.Writer, l i18n.Lang, providers ...documented) error {
	var b strings.Builder
	b.WriteString(docText(l, "head"))
	for _, code := range Codes() {
		p := Of(code)
		fmt.Fprintf(&b, "\n## <a id=\"%s\"></a>`%s`\n\n", anchor(code), code)
		p.describe(&b, l)
	}
	b.WriteString("\n## <a id=\"provider-codes\"></a>`provider.…`\n\n" + docText(l, "codes"))
	for _, d := range providers {
		d.write(&b, l)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// describe writes what one code means.
func (p Problem) describe(b *strings.Builder, in i18n.Lang) {
	shown := p
	shown.Location = "{location}"
	fmt.Fprintf(b, "- %s: %d %s", docText(in, "status"), p.Status, http.StatusText(p.Status))
	if p.RetryAfter > 0 {
		fmt.Fprintf(b, ", `Retry-After: %d`", p.seconds())
	}
	fmt.Fprintf(b, "\n- %s: %s\n", docText(in, "owner"), docText(in, string(p.Owner)))
	fmt.Fprintf(b, "- %s: %s\n", docText(in, "level"), p.Level)
	for _, l := range i18n.Langs() {
		fmt.Fprintf(b, "- %s: **%s** %s", l, p.Title(l, docWords), shown.Detail(l, docWords))
		if label := p.Label(l); label != "" {
			fmt.Fprintf(b, " [%s]", label)
		}
		b.WriteString("\n")
	}
}

// write lists the codes of one provider.
func (d documented) write(b *strings.Builder, l i18n.Lang) {
	fmt.Fprintf(b, "\n### %s\n\n%s\n|---|---|---|---|---|\n", d.Info.Label.In(l), docText(l, "table"))
	w := Words{Service: "{service}", RequestID: "{id}", Provider: d.Info}
	line := func(shown string, p Problem) {
		fmt.Fprintf(b, "| %s | %d | %s | %s | %s / %s |\n",
			shown, p.Status, docText(l, string(p.Owner)), p.Level, p.Title(i18n.Ko, w), p.Title(i18n.En, w))
	}
	for _, code := range d.Codes {
		p := lookup(OfProvider(code), d.Explain(code))
		line("`"+string(p.Code)+"`", p)
	}
	line(docText(l, "other"), Of(ProviderRejected))
}
