package page

import (
	"cmp"
	"html/template"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/session"
)

// texts writes the texts of pages.
type texts struct{ cfg *Config }

// funcs are the functions of templates; named are the served names of static files. v is always the view, the dot of
// the page:
//
//	t v key [name value]…     a text as HTML; values are cleaned, escaped and isolated in <bdi>
//	text v key [name value]…  the same as plain text, for attributes and <title>
//	textFor v provider key    a text about another provider than the page's
//	lang v                    the page's language; other v: the other one
//	switch v lang             the address of this page in another language
//	notice v                  the flash message, "" for none
//	brand, dev                Config.Brand, Config.Dev
//	asset name                the address of a static file
//	at path                   the address of a page under the prefix: at "account"
//	providers                 Config.Providers; provider v: the one that the page is about
//	otherAt s                 the provider at which a SignIn offers another account; nil for none
//	button v provider         the face of a provider's button
//	start name back prompt keep  the address that starts a sign-in; keep is "1", "0" or "" for the service's default
//	signin back               the sign-in page
//	way p                     where a problem leads, with URL and Label; nil for none
//	picture url               the address if it may be shown, else ""
//	initial name, clean name  what is drawn instead of a picture; a name fit for a line
//	termLabel v term          the text of a join term's box; termTitle v term: the document's name
//	providerName v name       a provider's display name
//	where v provider          how a user finds their links at a provider, for a sentence
//	place v provider          the argument of the part "connections"
//	date v time, moment v time, iso time
//	when v now time           a moment relative to now: "yesterday 3:20 pm"
//	device v agent            a device in words: "iPhone, Safari"; glyph v agent: a drawing of it
//	what v entry              the text of a LogEntry
//	scopeName v id name       a consent item in words; name is the provider's
//	scopeNameAt v provider id name  the same at another provider than the page's; scopeOf v name id: by its name
//	itemGroups c              the consent items of a Consents by identity
//	feature c                 what a Consent is needed for
//	agreed v a                when and where something was agreed to
//	menu v                    the links between the user's pages
//	joinAll v                 the optional items that the box "agree to all" of a Join ticks
//	withdrawLead w            what a Withdraw ends, with the name of every provider where it ends a link
//	withdrawStays w           the providers where a Withdraw ends no link
//	leftLinks l               what became of the links of a Left, with Text and Place
//	script                    the script that shows that box and copies support details, once per page
func (x *texts) funcs(named map[string]string) template.FuncMap {
	return template.FuncMap{
		"t": x.html, "text": x.text, "textFor": x.textFor,
		"lang": langOf,
		"other": func(v View) i18n.Lang {
			if langOf(v) == i18n.En {
				return i18n.Ko
			}
			return i18n.En
		},
		"switch": x.cfg.switchURL,
		"notice": func(v View) string {
			if n := ParseFlash(string(v.frame().Flash)); n != FlashNone {
				return x.text(v, "notice."+string(n))
			}
			return ""
		},
		"brand":     func() Brand { return x.cfg.Brand },
		"dev":       func() bool { return x.cfg.Dev },
		"asset":     func(name string) string { return x.cfg.Prefix + "/static/" + named[name] },
		"at":        x.cfg.path,
		"providers": func() []Provider { return x.cfg.Providers },
		"provider":  x.providerOf, "otherAt": x.other, "providerName": x.providerName,
		"button": button, "start": start, "refused": refused, "anyRefused": anyRefused(x.cfg.Providers), "outside": outside,
		"signin": func(back string) string {
			return withQuery(x.cfg.path("login"), "return_to", back)
		},
		"way": x.way, "picture": x.cfg.picture, "initial": initial, "clean": clean,
		"termLabel": x.termLabel, "termTitle": x.termTitle,
		"date":   func(v View, t time.Time) string { return date(langOf(v), t) },
		"moment": func(v View, t time.Time) string { return moment(langOf(v), t) },
		"when":   func(v View, now, t time.Time) string { return when(langOf(v), now, t) },
		"iso":    func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"device": x.device, "what": x.what,
		"scopeName": x.scopeName, "feature": x.feature, "agreed": x.agreed,
		"scopeOf":     func(v View, at, id string) string { return x.scopeNameAt(v, x.cfg.provider(at), id, "") },
		"scopeNameAt": x.scopeNameAt, "itemGroups": x.itemGroups,
		"where": x.where, "place": func(v View, p Provider) place { return place{v, p} },
		"withdrawLead": x.withdrawLead, "withdrawStays": x.withdrawStays, "leftLinks": x.leftLinks,
		"glyph": x.glyph, "menu": x.menu, "joinBefore": x.joinBefore, "joinAll": x.joinAll,
		"script": func() template.HTML { return script },
	}
}

func langOf(v View) i18n.Lang {
	if v.frame().Lang == i18n.En {
		return i18n.En
	}
	return i18n.Ko
}

func (c Config) path(rest string) string { return c.Prefix + "/" + rest }

// words are the arguments that every text may use, as pairs of name and value.
func (x *texts) words(v View) []string {
	return append(x.providerOf(v).Words(langOf(v)), "service", x.cfg.Brand.Name)
}

// text is a text with its arguments. A text may have a variant for a provider, under its key and the provider's name.
func (x *texts) text(v View, key string, args ...string) string {
	var cleaned []string
	for _, a := range args {
		cleaned = append(cleaned, clean(a))
	}
	return i18n.T(langOf(v), keyAt(x.providerOf(v), key), append(cleaned, x.words(v)...)...)
}

// textFor is a text about another provider than the page's.
func (x *texts) textFor(v View, p Provider, key string, args ...string) string {
	for i := range args {
		args[i] = clean(args[i])
	}
	args = append(args, "service", x.cfg.Brand.Name)
	return i18n.T(langOf(v), keyAt(p, key), append(args, p.Words(langOf(v))...)...)
}

// html is text for the body of a page. A user's name may be written from right to left; <bdi> keeps it from
// rearranging the text around it (UN-02). The names of the service and of the provider need no isolation.
func (x *texts) html(v View, key string, args ...string) template.HTML {
	words := x.words(v)
	var b strings.Builder
	for _, p := range i18n.Parts(langOf(v), keyAt(x.providerOf(v), key)) {
		switch {
		case p.Name == "":
			b.WriteString(template.HTMLEscapeString(p.Text))
		case i18n.Arg(p.Name, args) == "" && i18n.Arg(p.Name, words) != "":
			b.WriteString(template.HTMLEscapeString(i18n.Arg(p.Name, words)))
		default:
			b.WriteString("<bdi>" + template.HTMLEscapeString(clean(i18n.Arg(p.Name, args))) + "</bdi>")
		}
	}
	return template.HTML(b.String())
}

// refused reports whether a provider refuses the sign-in in the browser that shows the page.
func refused(v View, p Provider) bool { return v.frame().WebView && p.RefusesWebViews }

// anyRefused lists the providers that refuse the sign-in in the browser that shows a page.
func anyRefused(configured []Provider) func(View) []Provider {
	return func(v View) (all []Provider) {
		for _, p := range configured {
			if refused(v, p) {
				all = append(all, p)
			}
		}
		return all
	}
}

// outside is the address that opens the page in another browser. A template would drop its scheme, which is that of an
// app.
func outside(v View) template.URL { return template.URL(v.frame().Outside) }

// start is the address that starts a sign-in; it lies outside the prefix.
func start(provider, back, prompt, keep string) string {
	return withQuery("/oauth/"+provider, "return_to", back, "prompt", prompt, "remember", keep)
}

// withQuery appends pairs of name and value in their order; empty values are left out.
func withQuery(path string, pairs ...string) string {
	sep := "?"
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			path += sep + pairs[i] + "=" + url.QueryEscape(pairs[i+1])
			sep = "&"
		}
	}
	return path
}

// way is where a problem leads. Without a support address, "support" leads to the home page.
func (x *texts) way(p Problem) *way {
	switch p.Action {
	case "sign_in":
		return &way{withQuery(x.cfg.path("login"), "return_to", p.ReturnTo), p.ActionLabel}
	case "new_tab":
		return &way{withQuery(x.cfg.path("login"), "return_to", p.ReturnTo), p.ActionLabel}
	case "again":
		return &way{"", p.ActionLabel} // the page's own address, which may hold a code and is therefore not written out
	case "join":
		return &way{withQuery(x.cfg.path("join"), "return_to", p.ReturnTo), p.ActionLabel}
	case "links":
		return &way{x.cfg.path("account/links"), p.ActionLabel}
	case "consent":
		if p.Location != "" {
			return &way{p.Location, p.ActionLabel}
		}
		return &way{x.cfg.path("account/consents"), p.ActionLabel}
	case "there":
		return &way{p.Location, p.ActionLabel}
	case "back":
		return &way{cmp.Or(p.Location, p.ReturnTo, "/"), p.ActionLabel}
	case "merge":
		return &way{x.cfg.path("account/merge"), p.ActionLabel}
	case "home":
		return &way{"/", p.ActionLabel}
	case "support":
		if x.cfg.Brand.SupportURL != "" {
			return &way{x.cfg.Brand.SupportURL, p.ActionLabel}
		}
		return &way{"/", x.text(p, "action.home")}
	}
	return nil
}

// way is a link.
type way struct{ URL, Label string }

// termLabel is what the user agrees to. A document's title is put into a sentence; marketing is a sentence itself.
func (x *texts) termLabel(v View, t JoinTerm) template.HTML {
	switch {
	case t.Title != "" && t.Marketing:
		return template.HTML("<bdi>" + template.HTMLEscapeString(clean(t.Title)) + "</bdi>")
	case t.Marketing:
		return x.html(v, "join.marketing")
	case t.Title == "":
		return x.html(v, "join.terms")
	}
	return x.html(v, "join.agree", "title", t.Title)
}

// termTitle names the document for a link that screen readers read without its context.
func (x *texts) termTitle(v View, t JoinTerm) string {
	switch {
	case t.Title != "":
		return clean(t.Title)
	case t.Marketing:
		return x.text(v, "join.marketing")
	}
	return x.text(v, "join.terms")
}

// device describes a device; unknown parts are left out.
func (x *texts) device(v View, a session.Agent) string {
	var known []string
	if a.System != session.SystemUnknown {
		known = append(known, x.text(v, "device.system."+string(a.System)))
	}
	if a.Browser != session.BrowserUnknown {
		known = append(known, x.text(v, "device.browser."+string(a.Browser)))
	}
	if len(known) == 0 {
		return x.text(v, "device.unknown")
	}
	return strings.Join(known, ", ")
}

// what is the text of a log entry: by kind and reason, else by kind, else a general one.
func (x *texts) what(v View, e LogEntry) string {
	kind := "log." + string(e.Kind)
	if e.Kind == audit.SignOut && !e.Own {
		kind = "log.session.ended" // "signed out" would say that the user did it
	}
	key := "log.other"
	for _, k := range []string{kind, "log." + string(e.Kind) + "." + e.Reason} {
		if i18n.Has(k) {
			key = k
		}
	}
	words := x.text(v, key)
	if e.Count > 1 {
		words += " " + x.text(v, "log.count", "count", strconv.Itoa(e.Count))
	}
	return words
}
