package problem

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/kakao/koe"
)

// anchor is a code's fragment in docs/problems.md.
func anchor(c Code) string {
	if _, ok := c.ofKakao(); ok {
		return "kakao-codes"
	}
	return strings.NewReplacer(".", "-", "_", "-").Replace(string(c))
}

// WriteDocs writes docs/problems.md.
func WriteDocs(w io.Writer) error {
	var b strings.Builder
	b.WriteString(`# Problems

Every failure that a person or a program can meet, generated from ` + "`internal/problem/table.go`" + ` (` + "`go test ./internal/problem -update`" + `).

People get a page in their language; programs get ` + "`application/problem+json`" + ` (RFC 9457) with ` + "`type`, `title`, `status`, `detail`, `code`, `request_id`" + `
and, where it helps, ` + "`login_url` or `location`" + `. Go by ` + "`code`" + `: a code never changes its meaning; titles and details may.
`)
	for _, code := range Codes() {
		p := lookup(code)
		fmt.Fprintf(&b, "\n## <a id=\"%s\"></a>`%s`\n\n", anchor(code), code)
		p.describe(&b)
	}
	b.WriteString(`
## <a id="kakao-codes"></a>` + "`kakao.KOE…`, `kakao.-…`" + `

A code of Kakao's own, as Kakao wrote it: ` + "`kakao.KOE320`, `kakao.-401`" + `. Status, owner and texts follow from what the code means:

`)
	writeFamily(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

// describe writes what one code means.
func (p Problem) describe(b *strings.Builder) {
	words := Words{Service: "{service}", RequestID: "{id}"}
	shown := p
	shown.Location = "{location}"
	fmt.Fprintf(b, "- Status: %d %s", p.Status, http.StatusText(p.Status))
	if p.RetryAfter > 0 {
		fmt.Fprintf(b, ", `Retry-After: %d`", p.seconds())
	}
	fmt.Fprintf(b, "\n- In whose hands: %s\n- Logged as: %s\n", p.Owner, p.Level)
	for _, l := range i18n.Langs() {
		fmt.Fprintf(b, "- %s: **%s** %s", l, p.Title(l), shown.Detail(l, words))
		if label := p.Label(l); label != "" {
			fmt.Fprintf(b, " [%s]", label)
		}
		b.WriteString("\n")
	}
}

// writeFamily says what the codes of Kakao become.
func writeFamily(b *strings.Builder) {
	b.WriteString("| Code | Status | In whose hands | Logged as | What people read |\n|---|---|---|---|---|\n")
	line := func(shown string, p Problem) {
		fmt.Fprintf(b, "| `%s` | %d | %s | %s | %s / %s |\n", shown, p.Status, p.Owner, p.Level, p.Title(i18n.Ko), p.Title(i18n.En))
	}
	for _, e := range koe.All() {
		p := lookup(Kakao(string(e.Code)))
		line(string(p.Code), p)
	}
	line("any other", lookup(Kakao("KOE999")))
}
