package googletest

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/norang-login/norang/internal/emulator"
)

// page is a page at Google. With a sign-in it keeps its transaction.
func (c browserCall) page(title emulator.Text, t *trip) (p emulator.Page, tx url.Values) {
	tx = url.Values{"tx": {c.w.Random(18)}}
	c.w.logins.pages.Put(tx.Get("tx"), t)
	return emulator.Page{Banner: texts["banner"], Title: title, Keep: tx}, tx
}

// chooser is the account chooser. The accounts of the browser's session come first, a hinted one before all others.
func (c browserCall) chooser(t *trip) emulator.Answer {
	rank := func(a *Account) int {
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
	accounts := slices.Clone(c.w.accounts[:min(len(c.w.accounts), 200)])
	slices.SortStableFunc(accounts, func(a, b *Account) int { return rank(a) - rank(b) })
	p, tx := c.page(texts["login.title"], t)
	form := emulator.Form{Title: texts["login.personas"], Action: "/login", Hidden: tx}
	for _, a := range accounts {
		form.Accounts = append(form.Accounts, emulator.AccountButton{
			ID: a.ID, Name: a.Name + " " + a.Email, Label: emulator.Text{a.Label, a.LabelEN},
		})
	}
	p.Path, p.Paragraphs = "/login", []emulator.Text{emulator.Textf("%s(으)로 이동", "to continue to %s", c.w.app.Name)}
	p.Forms = []emulator.Form{form, {Action: "/login", Hidden: tx, Buttons: []emulator.Button{emulator.Cancel}}}
	return c.Page(http.StatusOK, p)
}

func (c browserCall) consentPage(t *trip) emulator.Answer {
	acc := c.w.account(t.account)
	if acc == nil {
		return c.errorPage("lost")
	}
	p, tx := c.page(emulator.Verbatim(c.w.app.Name), t)
	p.Path, p.Paragraphs = "/consent", []emulator.Text{
		texts["consent.asks"], emulator.Verbatim(acc.Name), emulator.Verbatim(acc.Email),
	}
	for _, s := range t.scopes {
		if s != "openid" {
			p.Paragraphs = append(p.Paragraphs, texts["scope."+s])
		}
	}
	p.Forms = []emulator.Form{{Action: "/consent", Hidden: tx, Buttons: []emulator.Button{
		{Name: "action", Value: "agree", Label: texts["consent.agree"], Primary: true}, emulator.Cancel,
	}}}
	return c.Page(http.StatusOK, p)
}

// pageStatus are the statuses of error pages that are not 400.
var pageStatus = map[string]int{
	"method": http.StatusMethodNotAllowed, "invalid_client": http.StatusUnauthorized,
	"deleted_client": http.StatusUnauthorized, "disallowed_useragent": http.StatusForbidden,
	"org_internal": http.StatusForbidden, "access_denied": http.StatusForbidden,
}

// errorPage is a page at Google: nothing is redirected to the service.
func (c browserCall) errorPage(key string) (a emulator.Answer) {
	text, status := texts["error."+key], cmp.Or(pageStatus[key], http.StatusBadRequest)
	alert := text
	if slices.Contains(pages, key) {
		alert = emulator.Textf("오류 %d: %s. %s", "Error %d: %s. %s", status, key, text)
	}
	if key == "redirect_uri_mismatch" {
		a = c.WrongAddress(texts["banner"], texts["error.title"], alert, c.Get("redirect_uri"), c.w.app.RedirectURIs,
			"register")
	} else {
		a = c.ErrorPage(status, texts["banner"], texts["error.title"], alert, emulator.Text{})
	}
	a.Code = key
	return a
}

// console shows the state on one page.
func (s *Server) console(c *emulator.Call) emulator.Page {
	app := s.App()
	row := func(name, value string) emulator.Row {
		if value == "" {
			return emulator.Row{Text: name, Tags: []emulator.Text{texts["console.none"]}}
		}
		return emulator.Row{Text: name, Code: value}
	}
	client := emulator.Section{Title: texts["console.app"], Rows: []emulator.Row{
		row("GOOGLE_CLIENT_ID", app.ClientID), row(texts["console.eventsurl"].In(c.Lang), app.EventsURL),
	}}
	callbacks := emulator.Section{Title: texts["console.callbacks"]}
	for _, uri := range app.RedirectURIs {
		callbacks.Rows = append(callbacks.Rows, emulator.Row{Code: uri})
	}
	grants := emulator.Section{Title: texts["console.grants"]}
	for _, g := range s.Grants() {
		button := func(action string) emulator.Form {
			return emulator.Form{Action: "/-/account", Hidden: url.Values{"account": {g.Account}}, Buttons: []emulator.Button{
				{Name: "action", Value: action, Label: texts["console."+action]},
			}}
		}
		r := emulator.Row{Code: g.Account, Forms: []emulator.Form{button("unlink"), button("signout")}}
		for _, scope := range g.Scopes {
			r.Tags = append(r.Tags, emulator.Verbatim(scope))
		}
		grants.Rows = append(grants.Rows, r)
	}
	personas := emulator.Section{Title: texts["console.personas"]}
	for _, a := range s.Accounts() {
		personas.Rows = append(personas.Rows, emulator.Row{
			Strong: a.Name, Code: a.ID, Small: emulator.Text{a.Label, a.LabelEN},
		})
	}
	events := emulator.Section{Title: texts["console.deliveries"]}
	for _, d := range emulator.Latest(s.Deliveries()) {
		events.Rows = append(events.Rows, emulator.Row{
			Strong: strconv.Itoa(d.Status), Text: string(d.Type), Code: d.Account,
			Small: emulator.Text{d.ProblemKO, d.Problem},
		})
	}
	p := emulator.Page{Banner: texts["banner"], Title: texts["console.title"], Sections: []emulator.Section{
		{Title: texts["console.address"], Rows: []emulator.Row{
			row("GOOGLE_AUTH_URL", s.URL()), row("GOOGLE_API_URL", s.APIURL()), c.TimeRow(),
		}}, client, callbacks, grants, personas, events,
	}}
	switch done := c.Get("done"); done {
	case "unlinked", "sent":
		p.Done = texts["console."+done]
	}
	return p
}
