package problem

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/provider"
)

// anchor is a code's fragment in docs/problems.md.
func anchor(c Code) string {
	if _, ok := c.ofProvider(); ok {
		return "provider-codes"
	}
	return strings.NewReplacer(".", "-", "_", "-").Replace(string(c))
}

// Documented is a provider's own codes, for docs/problems.md.
type Documented struct {
	Info    provider.Info
	Codes   []string
	Explain func(code string) *provider.Explanation
}

// docWords stand for what is filled in at run time.
var docWords = Words{Service: "{service}", RequestID: "{id}", Provider: provider.Info{
	Label: i18n.Text{Ko: "{provider}", En: "{provider}"}, Account: i18n.Text{Ko: "{account}", En: "{account}"},
}}

// WriteDocs writes docs/problems.md.
func WriteDocs(w io.Writer, providers ...Documented) error {
	var b strings.Builder
	b.WriteString(`# Problems

Every failure that a user or a program can see, generated from ` + "`internal/problem/table.go`" + `
(` + "`go test ./internal/problem -update`" + `).

Users get a page in their language; programs get ` + "`application/problem+json`" + ` (RFC 9457) with
` + "`type`, `title`, `status`, `detail`, `code`, `request_id`" + ` and, where they apply,
` + "`provider`, `login_url` and `location`" + `. Match on ` + "`code`" + `: its meaning never changes; titles and
details may.
In the texts, ` + "`{provider}`" + ` is the provider's name.
`)
	for _, code := range Codes() {
		p := Of(code)
		fmt.Fprintf(&b, "\n## <a id=\"%s\"></a>`%s`\n\n", anchor(code), code)
		p.describe(&b)
	}
	b.WriteString(`
## <a id="provider-codes"></a>` + "`provider.…`" + `

An error code of the provider's own, as the provider wrote it: ` + "`provider.invalid_grant`" + `, with the
provider's name in ` + "`provider`" + `. Status, owner and texts follow from what the code means.
`)
	for _, d := range providers {
		d.write(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// describe writes what one code means.
func (p Problem) describe(b *strings.Builder) {
	shown := p
	shown.Location = "{location}"
	fmt.Fprintf(b, "- Status: %d %s", p.Status, http.StatusText(p.Status))
	if p.RetryAfter > 0 {
		fmt.Fprintf(b, ", `Retry-After: %d`", p.seconds())
	}
	fmt.Fprintf(b, "\n- Fixed by: %s\n- Logged as: %s\n", p.Owner, p.Level)
	for _, l := range i18n.Langs() {
		fmt.Fprintf(b, "- %s: **%s** %s", l, p.Title(l, docWords), shown.Detail(l, docWords))
		if label := p.Label(l); label != "" {
			fmt.Fprintf(b, " [%s]", label)
		}
		b.WriteString("\n")
	}
}

// write lists the codes of one provider.
func (d Documented) write(b *strings.Builder) {
	fmt.Fprintf(b, "\n### %s\n\n| Code | Status | Fixed by | Logged as | Title |\n", d.Info.Label.En)
	b.WriteString("|---|---|---|---|---|\n")
	w := Words{Service: "{service}", RequestID: "{id}", Provider: d.Info}
	line := func(shown string, p Problem) {
		fmt.Fprintf(b, "| `%s` | %d | %s | %s | %s / %s |\n",
			shown, p.Status, p.Owner, p.Level, p.Title(i18n.Ko, w), p.Title(i18n.En, w))
	}
	for _, code := range d.Codes {
		p := lookup(OfProvider(code), d.Explain(code))
		line(string(p.Code), p)
	}
	line("any other", Of(ProviderRejected))
}
