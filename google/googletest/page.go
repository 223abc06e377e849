package googletest

import (
	"embed"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"

	"github.com/norang-login/norang/internal/emulator"
)

//go:embed templates/*.html
var templateFiles embed.FS

var templates = sync.OnceValue(func() map[string]*template.Template {
	out := map[string]*template.Template{}
	for _, name := range []string{"login", "consent", "error", "console"} {
		out[name] = template.Must(template.ParseFS(templateFiles, "templates/base.html", "templates/"+name+".html"))
	}
	return out
})

// view is what a page shows.
type view struct {
	Lang, Other, Title string
	App                App
	Tx                 string
	Accounts           []Account
	Account            Account
	Scopes             []string
	Error, Code        string // text key and code of an error page
	Console            consoleView
}

type consoleView struct {
	URL, ServerURL, Now string
	Grants              []Grant
	Requests            []Request
	Deliveries          []Delivery
	Done                string
}

// T returns a text in the page's language.
func (v view) T(key string) string {
	t, ok := texts[key]
	if !ok {
		return key
	}
	return t.In(v.Lang)
}

// Pick returns the text of an account in the page's language.
func (v view) Pick(a Account) string {
	return emulator.Text{a.Label, a.LabelEN}.In(v.Lang)
}

// render makes a page of a template.
func render(r *http.Request, status int, name string, v view) emulator.Answer {
	v.Lang, v.Title = emulator.Language(r), name+".title"
	q := r.URL.Query()
	if v.Tx != "" {
		q = url.Values{"tx": {v.Tx}}
	}
	q.Set("lang", map[string]string{"ko": "en", "en": "ko"}[v.Lang])
	path := r.URL.Path
	switch name {
	case "login", "consent":
		path = "/" + name
	}
	v.Other = path + "?" + q.Encode()
	return emulator.HTML(status, func(w io.Writer) error { return templates()[name].ExecuteTemplate(w, "base", v) })
}

func (c browserCall) keepPage(t *trip) string {
	tx := c.w.Random(18)
	c.w.logins.pages.Put(tx, t)
	return tx
}

// chooser is the account chooser. The accounts of the browser's session come first, a hinted one before all others.
func (c browserCall) chooser(t *trip) emulator.Answer {
	v := view{App: c.w.app, Tx: c.keepPage(t)}
	for _, a := range c.w.accounts[:min(len(c.w.accounts), 200)] {
		v.Accounts = append(v.Accounts, *a)
	}
	rank := func(a Account) int {
		s := c.session()
		switch {
		case t.hint != "" && (a.Email == t.hint || a.Subject == t.hint):
			return 0
		case s != nil && !s.since[a.ID].IsZero():
			return 1
		case t.hd != "" && a.HostedDomain == t.hd:
			return 2
		}
		return 3
	}
	slices.SortStableFunc(v.Accounts, func(a, b Account) int { return rank(a) - rank(b) })
	return render(c.R, http.StatusOK, "login", v)
}

func (c browserCall) consentPage(t *trip) emulator.Answer {
	acc := c.w.account(t.account)
	if acc == nil {
		return c.errorPage("lost")
	}
	v := view{App: c.w.app, Tx: c.keepPage(t), Account: *acc}
	for _, s := range t.scopes {
		if s != "openid" {
			v.Scopes = append(v.Scopes, "scope."+s)
		}
	}
	return render(c.R, http.StatusOK, "consent", v)
}

// pageStatus are the statuses of error pages that are not 400.
var pageStatus = map[string]int{
	"method": http.StatusMethodNotAllowed, "invalid_client": http.StatusUnauthorized,
	"deleted_client": http.StatusUnauthorized, "disallowed_useragent": http.StatusForbidden,
	"org_internal": http.StatusForbidden, "access_denied": http.StatusForbidden,
}

// errorPage is a page at Google: nothing is redirected to the service.
func (c browserCall) errorPage(key string) emulator.Answer {
	status := pageStatus[key]
	if status == 0 {
		status = http.StatusBadRequest
	}
	a := render(c.R, status, "error", view{App: c.w.app, Error: "error." + key, Code: key})
	a.Code, a.Why = key, texts["error."+key]
	if key == "redirect_uri_mismatch" {
		a.Why = emulator.WrongAddress(a.Why, c.Get("redirect_uri"), c.w.app.RedirectURIs)
	}
	return a
}
