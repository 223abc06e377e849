package navertest

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"

	"github.com/norang-login/norang/internal/emulator"
)

func (c browserCall) loginPage(t *trip) emulator.Answer {
	tx := url.Values{"tx": {c.w.logins.pages.Put(t)}}
	chooser := emulator.Form{Title: texts["login.personas"], Action: "/login", Hidden: tx}
	for _, a := range c.w.accounts[:min(len(c.w.accounts), 200)] {
		chooser.Accounts = append(chooser.Accounts, emulator.AccountButton{
			ID: a.ID, Name: a.name(), Label: emulator.Text{a.Label, a.LabelEN},
		})
	}
	return c.Page(http.StatusOK, emulator.Page{
		Banner: texts["banner"], Title: texts["login.title"], Path: "/login", Keep: tx,
		Paragraphs: []emulator.Text{{"서비스: " + c.w.app.Name, "Service: " + c.w.app.Name}},
		Forms:      []emulator.Form{chooser, {Action: "/login", Hidden: tx, Buttons: []emulator.Button{emulator.Cancel}}},
	})
}

// name is what the pages call an account.
func (a *Account) name() string { return cmp.Or(a.Nickname, a.LoginID) }

func (c browserCall) consentPage(t *trip) emulator.Answer {
	acc := c.w.account(t.account)
	if acc == nil {
		return c.errorPage("lost")
	}
	tx := url.Values{"tx": {c.w.logins.pages.Put(t)}}
	form := emulator.Form{
		Action: "/consent", Hidden: tx,
		Items: []emulator.Item{{ID: "id", Name: texts["consent.id"], Required: true}},
		Buttons: []emulator.Button{
			{Name: "action", Value: "agree", Label: texts["consent.agree"], Primary: true}, emulator.Cancel,
		},
	}
	for _, it := range c.w.app.Items {
		form.Items = append(form.Items, emulator.Item{
			ID: it.ID, Name: texts["item."+it.ID], Required: it.Required, Ticked: true, MayAs: texts["consent.may"],
		})
	}
	return c.Page(http.StatusOK, emulator.Page{
		Banner: texts["banner"], Title: texts["consent.title"], Path: "/consent", Keep: tx,
		Paragraphs: []emulator.Text{{c.w.app.Name}, texts["consent.asks"], {acc.name() + " (" + acc.ID + ")"}},
		Forms:      []emulator.Form{form},
	})
}

// errorPage is a page at Naver: nothing is redirected to the service.
func (c browserCall) errorPage(key string) emulator.Answer {
	status, text := http.StatusBadRequest, texts["error."+key]
	switch key {
	case "method":
		status = http.StatusMethodNotAllowed
	case "callback":
		registered := slices.Concat(c.w.app.CallbackURLs, c.w.app.MobileCallbackURLs)
		return c.WrongAddress(texts["banner"], texts["error.title"], text, c.Get("redirect_uri"), registered, "register")
	}
	return c.ErrorPage(status, texts["banner"], texts["error.title"], text, emulator.Text{})
}

// codes are rows of a name and a value, for each of the values.
func codes(name string, values ...string) []emulator.Row {
	var rows []emulator.Row
	for _, v := range values {
		rows = append(rows, emulator.Row{Text: name, Code: v})
	}
	return rows
}

// console shows the state on one page. It runs without the lock.
func (s *Server) console(c *emulator.Call) emulator.Page {
	app := s.App()
	addresses := emulator.Section{Title: texts["console.address"], Rows: slices.Concat(codes("NAVER_AUTH_URL", s.URL()),
		codes("NAVER_API_URL", s.APIURL()), []emulator.Row{c.TimeRow()})}
	registered := emulator.Section{Title: texts["console.app"], Rows: slices.Concat(
		codes("NAVER_CLIENT_ID", app.ClientID), codes("Callback URL", app.CallbackURLs...),
		codes(texts["console.unlinkurl"].In(c.Lang), cmp.Or(app.UnlinkURL, texts["console.none"].In(c.Lang))))}
	links := emulator.Section{Title: texts["console.links"]}
	for _, l := range s.Links() {
		row := emulator.Row{Text: l.Account, Code: l.UserID, Forms: []emulator.Form{{
			Action: "/-/unlink", Buttons: []emulator.Button{{
				Name: "account", Value: l.Account, Label: texts["console.unlink"],
			}},
		}}}
		for _, item := range l.Agreed {
			row.Tags = append(row.Tags, texts["item."+item])
		}
		links.Rows = append(links.Rows, row)
	}
	personas := emulator.Section{Title: texts["console.personas"]}
	for _, a := range s.Accounts() {
		personas.Rows = append(personas.Rows, emulator.Row{
			Strong: a.name(), Code: a.ID, Small: emulator.Text{a.Label, a.LabelEN},
		})
	}
	p := emulator.Page{
		Banner: texts["banner"], Title: texts["console.title"],
		Sections: []emulator.Section{addresses, registered, links, personas},
	}
	if c.Get("done") == "unlinked" {
		p.Done = texts["console.unlinked"]
	}
	return p
}
