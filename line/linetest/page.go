package linetest

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/norang-login/norang/internal/emulator"
)

func (s web) loginPage(c *emulator.Call, t *trip) emulator.Answer {
	tx := url.Values{"tx": {s.tables.pages.Put(t)}}
	chooser := emulator.Form{Title: texts["login.personas"], Action: "/login", Hidden: tx}
	for _, a := range s.accounts[:min(len(s.accounts), 200)] {
		chooser.Accounts = append(chooser.Accounts, emulator.AccountButton{
			ID: a.ID, Name: a.Name, Label: emulator.Text{a.Label, a.LabelEN},
		})
	}
	return c.Page(http.StatusOK, emulator.Page{
		Banner: texts["banner"], Title: texts["login.title"], Path: "/login", Keep: tx,
		Paragraphs: []emulator.Text{{"서비스: " + s.channel.Name, "Service: " + s.channel.Name}},
		Forms:      []emulator.Form{chooser, {Action: "/login", Hidden: tx, Buttons: []emulator.Button{emulator.Cancel}}},
	})
}

func (s web) consentPage(c *emulator.Call, t *trip) emulator.Answer {
	tx := url.Values{"tx": {s.tables.pages.Put(t)}}
	form := emulator.Form{Action: "/consent", Hidden: tx, Buttons: []emulator.Button{
		{Name: "action", Value: "agree", Label: texts["consent.agree"], Primary: true}, emulator.Cancel,
	}}
	for _, scope := range scopes {
		if slices.Contains(t.scope, scope) {
			form.Items = append(form.Items, emulator.Item{
				ID: scope, Name: texts["scope."+scope], Required: scope != "email", Ticked: true,
			})
		}
	}
	name := t.account
	if a := s.account(t.account); a != nil {
		name = a.Name
	}
	return c.Page(http.StatusOK, emulator.Page{
		Banner: texts["banner"], Title: texts["consent.title"], Path: "/consent", Keep: tx,
		Paragraphs: []emulator.Text{{s.channel.Name, s.channel.Name}, {name, name}, texts["consent.asks"]},
		Forms:      []emulator.Form{form},
	})
}

// errorPage is a page at LINE: nothing is redirected to the service.
func (s web) errorPage(c *emulator.Call, key string) emulator.Answer {
	return c.ErrorPage(http.StatusBadRequest, texts["banner"], texts["error.title"], texts[key], emulator.Text{})
}

// console shows the state on one page. It runs without the lock.
func (s web) console(c *emulator.Call) emulator.Page {
	ch := s.Channel()
	row := func(name, value string) emulator.Row { return emulator.Row{Text: name, Code: value} }
	addresses := emulator.Section{Title: texts["console.address"], Rows: []emulator.Row{
		row("LINE_AUTH_URL", s.URL()), row("LINE_API_URL", s.ServerURL()), c.TimeRow(),
	}}
	channel := emulator.Section{Title: texts["console.channel"], Rows: []emulator.Row{
		row("LINE_CHANNEL_ID", ch.ID), row("LINE_PROVIDER_ID", ch.ProviderID),
	}}
	for _, u := range ch.CallbackURLs {
		channel.Rows = append(channel.Rows, row("Callback URL", u))
	}
	links := emulator.Section{Title: texts["console.links"]}
	for _, l := range s.Links() {
		r := emulator.Row{Text: l.Account, Code: l.UserID, Forms: []emulator.Form{{
			Action: "/-/unlink", Buttons: []emulator.Button{{
				Name: "account", Value: l.Account, Label: texts["console.unlink"],
			}},
		}}}
		if l.Email {
			r.Tags = append(r.Tags, texts["scope.email"])
		}
		links.Rows = append(links.Rows, r)
	}
	personas := emulator.Section{Title: texts["console.personas"]}
	for _, a := range s.Accounts() {
		personas.Rows = append(personas.Rows, emulator.Row{
			Strong: a.Name, Code: a.ID, Small: emulator.Text{a.Label, a.LabelEN},
		})
	}
	p := emulator.Page{
		Banner: texts["banner"], Title: texts["console.title"],
		Sections: []emulator.Section{addresses, channel, links, personas},
	}
	if c.Get("done") == "unlinked" {
		p.Done = texts["console.unlinked"]
	}
	return p
}

func (s *Server) unlinkButton(_ *http.Request, form url.Values) string {
	if !s.Unlink(form.Get("account")) {
		return ""
	}
	return "unlinked"
}

func (s *Server) registerButton(_ *http.Request, refused url.Values) error {
	return s.UpdateChannel(func(c *Channel) {
		c.CallbackURLs = emulator.AppendNew(c.CallbackURLs, refused.Get("redirect_uri"))
	})
}
