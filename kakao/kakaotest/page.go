package kakaotest

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"sync"

	"github.com/norang-login/norang/internal/emulator"
	"github.com/norang-login/norang/kakao/koe"
)

//go:embed templates/*.html static
var files embed.FS

// pageBase is common to all pages.
type pageBase struct {
	Lang  string
	Other string // address of this page in the other language
	Title string
	Nav   bool   // with the console's side bar
	Page  string // current page in the side bar
}

// NavItems are the pages of the side bar.
func (p pageBase) NavItems() []string { return consolePages() }

// NavText is the name of a page in the side bar.
func (p pageBase) NavText(page string) string { return p.T("nav." + page) }

// member returns the label of a member in a form.
func (p pageBase) member(form, member string) string {
	if t, ok := memberLabels()[form+"."+member]; ok {
		return t.In(p.Lang)
	}
	return member
}

// T returns a text in the page's language.
func (p pageBase) T(key string) string {
	t, ok := texts()[key]
	if !ok {
		return key
	}
	return t.In(p.Lang)
}

// pages are the templates, each with the base.
var pages = sync.OnceValue(func() map[string]*template.Template {
	out := map[string]*template.Template{}
	for _, name := range []string{"login", "consent", "logout", "error", "lost", "connected", "requests", "apps", "app",
		"personas", "persona", "links", "webhooks", "faults", "emulator"} {
		out[name] = template.Must(template.ParseFS(files, "templates/base.html", "templates/form.html",
			"templates/"+name+".html"))
	}
	return out
})

// page renders a template to memory first, so that an error cannot leave half a page.
func (c *call) page(status int, name string, view func(pageBase) any) answer {
	base := pageBase{Lang: c.lang, Other: c.otherLanguage(), Title: name + ".title"}
	var b bytes.Buffer
	if err := pages()[name].ExecuteTemplate(&b, "base", view(base)); err != nil {
		return answer{
			status: http.StatusInternalServerError,
			header: http.Header{"Content-Type": {"text/plain;charset=UTF-8"}},
			body:   []byte("" + err.Error() + "\n"),
		}
	}
	return answer{status: status, header: pageHeader(), body: b.Bytes()}
}

// pageHeader forbids everything that the pages do not need. It leaves form-action open, because browsers apply it to
// the redirects after a form, and consent ends at the service.
func pageHeader() http.Header {
	return http.Header{
		"Content-Type":  {"text/html;charset=UTF-8"},
		"Cache-Control": {"no-store"},
		"Content-Security-Policy": {
			"default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; " +
				"base-uri 'none'; frame-ancestors 'none'",
		},
		"Referrer-Policy": {"same-origin"},
		"X-Frame-Options": {"DENY"},
	}
}

func (c *call) pick(ko, en string) string {
	if c.lang == "en" && en != "" {
		return en
	}
	return ko
}

// langQuery carries a chosen language along a login.
func (c *call) langQuery() string {
	if l := c.query.Get("lang"); l == "ko" || l == "en" {
		return "&lang=" + l
	}
	return ""
}

// otherLanguage is the address of this page in the other language. It keeps only what a GET can repeat.
func (c *call) otherLanguage() string {
	q := url.Values{}
	for k, v := range c.query {
		q[k] = v
	}
	if tx := c.get("tx"); tx != "" {
		q.Set("tx", tx)
	}
	q.Set("lang", map[string]string{"ko": "en", "en": "ko"}[c.lang])
	return c.r.URL.Path + "?" + q.Encode()
}

// errorView is what an error page shows.
type errorView struct {
	pageBase
	Code, Kind, Cause, Menu, Remedy, Hint string
	Redirect                              *redirectView // for KOE006 and KOE007
}

// redirectView shows an unregistered redirect URI, with a button that registers it.
type redirectView struct {
	Sent       string
	Registered []string
	Do         string // the console's action; empty if the URI cannot be registered
	App        int64
	Key        string
	Back       string // the request to repeat
}

// koePage is an error page with a KOE code. As at Kakao, nothing is redirected to the service. The status is our
// choice.
func (c *call) koePage(code string) answer { return c.koePageWith(code, emulator.Text{}) }

// koePageWith adds a hint about this request.
func (c *call) koePageWith(code string, hint emulator.Text) answer {
	status := http.StatusBadRequest
	if code == "KOE003" {
		status = http.StatusInternalServerError
	}
	return c.errorPage(status, code, hint, nil)
}

// redirectPage is the page of an unregistered redirect URI. It shows what was sent and what is registered.
func (c *call) redirectPage(code string, a *App, key Key, sent string, registered []string) answer {
	v := &redirectView{Sent: clip(sent, 300), Registered: registered, App: a.AppID, Key: key.Value}
	if checkRedirect(sent) == nil && key.Type != KeyNative {
		v.Do = map[string]string{"KOE006": "redirect", "KOE007": "logout_redirect"}[code]
		v.Back = c.r.URL.Path + "?" + c.r.URL.RawQuery
	}
	page := c.errorPage(http.StatusBadRequest, code, redirectHint(clip(sent, 200), registered), v)
	page.registered = registered
	return page
}

func (c *call) errorPage(status int, code string, hint emulator.Text, redirect *redirectView) answer {
	e, _ := koe.Lookup(code)
	v := errorView{
		Code:   code,
		Kind:   errorKind(code),
		Cause:  c.pick(e.Cause.Ko, e.Cause.En),
		Menu:   c.pick(e.Menu.Ko, e.Menu.En),
		Remedy: c.pick(e.Remedy.Ko, e.Remedy.En),
		Hint:   c.pick(hint[0], hint[1]),

		Redirect: redirect,
	}
	a := c.page(status, "error", func(b pageBase) any { v.pageBase = b; return v })
	a.code, a.hint = code, hint
	return a
}

// errorKind is Kakao's headline of a code.
func errorKind(code string) string {
	switch code {
	case "KOE001", "KOE002", "KOE201", "KOE202", "KOE203", "KOE204", "KOE205", "KOE207":
		return "error.request"
	case "KOE003":
		return "error.server"
	case "KOE005":
		return "error.member"
	default:
		return "error.settings"
	}
}
