package admin

import (
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/console"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/web"
)

// Request is the request of an operator.
type Request struct {
	*web.Request
	Principal *console.Principal

	shell *Shell
	row   Row
}

// Actor is the operator, with a reason in their own words; "" for none. A reason that is too long is cut.
func (r *Request) Actor(reason string) audit.Actor {
	if len(reason) > audit.MaxReason {
		reason = reason[:audit.MaxReason] // the field on the page takes no more
	}
	return audit.Operator(string(r.Principal.Session.UserID), strings.ToValidUTF8(reason, ""), r.Client())
}

// Operate returns the use cases with the operator as the actor, who gives a reason; "" for none.
func (r *Request) Operate(reason string) (*operator.Operator, error) {
	return r.shell.cfg.Operate(r.Actor(reason))
}

// Frame is what every page has.
func (r *Request) Frame() page.ConsoleFrame {
	s, p := r.shell, r.Principal
	now := s.cfg.Kernel.Now()
	f := page.ConsoleFrame{
		Frame: r.Request.FormFrame(), Operator: p.Member.Nickname, OperatorID: p.Session.UserID,
		Role: string(p.Member.Role), Changes: p.Member.Role.Includes(console.Operator) && p.Fresh(now),
	}
	if !p.Fresh(now) && p.Member.Role.Includes(console.Operator) {
		f.Again = web.WithQuery(Prefix+"/login", url.Values{"return_to": {local(s.cfg.Kernel, r.Back())}})
	}
	for _, m := range s.rows {
		if m.Section != "" && p.Member.Role.Includes(m.Role) {
			f.Menu = append(f.Menu, page.ConsoleLink{
				URL: link(m.Path), Name: m.Section, Here: m.Section == r.row.Section,
			})
		}
	}
	return f
}

// Inside marks the section of a page that has no link of its own in the menu.
func (r *Request) Inside(section string) { r.row.Section = section }

// Render writes a page with status 200.
func (r *Request) Render(w http.ResponseWriter, v page.View) error {
	return r.shell.cfg.Kernel.Render(w, http.StatusOK, v)
}

// After is the key of the last row of the previous page, "" for the first page: the parameter "after".
func (r *Request) After() string { return r.Query().Get("after") }

// AfterNumber is [Request.After] of a list whose rows are numbered, 0 for the first page. [operator.ErrAfter].
func (r *Request) AfterNumber() (int64, error) {
	if r.After() == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(r.After(), 10, 64)
	if err != nil || n < 1 {
		return 0, operator.ErrAfter
	}
	return n, nil
}

// Link is this page with some parameters changed, pairs of name and value; "" removes one. The flash message goes.
func (r *Request) Link(pairs ...string) string {
	q := maps.Clone(r.Query())
	q.Del("notice")
	q.Del("lang")
	for i := 0; i+1 < len(pairs); i += 2 {
		if q.Del(pairs[i]); pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return web.WithQuery(r.URL.Path, q)
}

// Done leads to a page of the console with a flash message. path is below [Prefix], without a slash in front.
func (r *Request) Done(w http.ResponseWriter, path string, notice page.Flash) error {
	return web.Redirect(w, r.shell.cfg.Kernel.Site.NoticeURL(path, string(notice)))
}

// link is the address of a row without wildcards.
func link(path string) string {
	if path == "{$}" {
		path = ""
	}
	return Prefix + "/" + path
}
