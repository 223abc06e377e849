package appletest

import (
	"net/http"
	"net/url"

	"github.com/norang-login/norang/internal/emulator"
)

var (
	banner = emulator.Text{
		"Apple 로그인 에뮬레이터입니다. Apple이 아닙니다.", "This is an emulator of Sign in with Apple. It is not Apple.",
	}
	textTitle     = emulator.Text{"Apple로 로그인", "Sign in with Apple"}
	textWho       = emulator.Text{"누구로 로그인할까요?", "Who signs in?"}
	textFailed    = emulator.Text{"로그인을 할 수 없습니다", "Sign-in is not possible"}
	textConsole   = emulator.Text{"에뮬레이터 콘솔", "Emulator console"}
	textNoticeURL = emulator.Text{"알림을 받는 주소", "Notice URL"}
	textLocal     = emulator.Text{
		"Apple은 이 Return URL을 받지 않습니다. https와 도메인 이름이어야 하고, localhost와 IP 주소는 등록할 수 없습니다. 에뮬레이터만 받습니다.",
		"Apple refuses this return URL: it must be https with a domain name, neither localhost nor an IP address. Only the " +
			"emulator accepts it.",
	}
	textPlus = emulator.Text{
		"scope의 빈칸을 +로 적었습니다. 아이폰, 아이패드, 맥의 Safari에서는 Apple이 scope를 무시하여 이름과 이메일이 오지 않습니다. %20으로 적으십시오.",
		"The space in scope is written as +. In Safari on iPhones, iPads and Macs Apple ignores such a scope, and neither " +
			"name nor e-mail is sent. Write %20.",
	}
)

// faults are the texts of error pages.
var faults = map[string]emulator.Text{
	"method": {"GET으로 부르십시오.", "Use GET."},
	"client": {
		"invalid_client: client_id가 등록된 Services ID가 아닙니다. 번들 ID로는 웹에서 로그인할 수 없습니다.",
		"invalid_client: client_id is no registered Services ID. A bundle id does not work on the web.",
	},
	"redirect": {
		"invalid_request: redirect_uri가 등록한 Return URL과 글자까지 같지 않습니다.",
		"invalid_request: redirect_uri does not equal a registered return URL.",
	},
	"type": {
		"invalid_request: response_type은 code이거나 code id_token이어야 합니다.",
		"invalid_request: response_type must be code, or code id_token.",
	},
	"scope": {
		"invalid_scope: scope는 name과 email뿐입니다.", "invalid_scope: the only scopes are name and email.",
	},
	"mode": {
		"invalid_request: name이나 email을 요청하면 response_mode는 form_post, id_token을 요청하면 fragment나 form_post여야 합니다.",
		"invalid_request: response_mode must be form_post with the scope name or email, and fragment or form_post with " +
			"id_token.",
	},
	"lost":    {"페이지가 오래되었거나 이미 제출되었습니다.", "The page is too old or was submitted before."},
	"persona": {"auto_persona 계정이 없습니다.", "There is no account auto_persona."},
}

func (s site) errorPage(c *emulator.Call, status int, key string) emulator.Answer {
	if client := s.w.team.client(c.Get("client_id")); key == "redirect" && client != nil {
		return c.WrongAddress(banner, textFailed, faults[key], c.Get("redirect_uri"), client.ReturnURLs, "register")
	}
	return c.ErrorPage(status, banner, textFailed, faults[key], emulator.Text{})
}

// notes are the paragraphs of a page about a request.
func (s site) notes(t *trip) []emulator.Text {
	notes := []emulator.Text{{"서비스: " + s.w.team.Name, "Service: " + s.w.team.Name}}
	if refusesLocal(t.redirect) {
		notes = append(notes, textLocal)
	}
	if t.plus {
		notes = append(notes, textPlus)
	}
	return notes
}

func (s site) loginPage(c *emulator.Call, t *trip) emulator.Answer {
	tx := url.Values{"tx": {s.w.pages.Put(t)}}
	chooser := emulator.Form{Title: textWho, Action: "/login", Hidden: tx}
	for _, a := range s.w.accounts[:min(len(s.w.accounts), 200)] {
		chooser.Accounts = append(chooser.Accounts, emulator.AccountButton{
			ID: a.ID, Name: a.name(), Label: emulator.Text{a.Label, a.LabelEN},
		})
	}
	return c.Page(http.StatusOK, emulator.Page{
		Banner: banner, Title: textTitle, Paragraphs: s.notes(t), Keep: tx, Path: "/login",
		Forms: []emulator.Form{chooser, {Action: "/login", Hidden: tx, Buttons: []emulator.Button{emulator.Cancel}}},
	})
}

// confirmPage is shown at every sign-in. At the first one the user chooses whether to share the address.
func (s site) confirmPage(c *emulator.Call, t *trip) emulator.Answer {
	a, l := s.w.account(t.account), s.w.links[t.account]
	if a == nil {
		return s.errorPage(c, http.StatusBadRequest, "lost")
	}
	tx := url.Values{"tx": {s.w.pages.Put(t)}}
	form := emulator.Form{Action: "/confirm", Hidden: tx}
	primary := emulator.Button{
		Name: "action", Value: "continue", Label: emulator.Text{"계속", "Continue"}, Primary: true,
	}
	if l == nil && a.Email != "" && len(t.scopes) > 0 {
		primary.Label = emulator.Text{"내 이메일 공유하기", "Share my email"}
		form.Buttons = []emulator.Button{primary, {
			Name: "action", Value: "hide", Label: emulator.Text{"내 이메일 가리기", "Hide my email"},
		}}
	} else {
		form.Buttons = []emulator.Button{primary}
	}
	form.Buttons = append(form.Buttons,
		emulator.Button{Name: "action", Value: "other", Label: emulator.Text{"다른 계정", "Another account"}}, emulator.Cancel)
	notes := append(s.notes(t), emulator.Text{"계정: " + a.name(), "Account: " + a.name()})
	return c.Page(http.StatusOK, emulator.Page{
		Banner: banner, Title: textTitle, Paragraphs: notes, Keep: tx, Path: "/confirm", Forms: []emulator.Form{form},
	})
}

var (
	textAddress  = emulator.Text{"주소와 팀", "Address and team"}
	textClients  = emulator.Text{"클라이언트 ID와 Return URL", "Client ids and return URLs"}
	textLinks    = emulator.Text{"연결된 계정", "Linked accounts"}
	textPersonas = emulator.Text{"페르소나", "Personas"}
	textForget   = emulator.Text{"이 앱 잊기(이용자가 설정에서)", "Forget this app (as the user, in Settings)"}
	textForward  = emulator.Text{"전달 켜기·끄기", "Switch forwarding"}
	textDelete   = emulator.Text{"계정 삭제", "Delete the account"}
	textDone     = emulator.Text{"바꾸고 알림을 보냈습니다.", "Changed; the notice was sent."}
)

// console shows the state on one page.
func (s *Server) console(c *emulator.Call) emulator.Page {
	team := s.Team()
	page := emulator.Page{Banner: banner, Title: textConsole}
	if c.R.URL.Query().Get("done") == "1" {
		page.Done = textDone
	}
	row := func(name, value string) emulator.Row { return emulator.Row{Text: name, Code: value} }
	about := emulator.Section{Title: textAddress, Rows: []emulator.Row{
		row("APPLE_AUTH_URL", s.URL()), row("APPLE_AUTH_SERVER_URL", s.ServerURL()), row("APPLE_TEAM_ID", team.TeamID),
		row("APPLE_KEY_ID", team.KeyID), c.TimeRow(),
		row(textNoticeURL.In(c.Lang), team.NoticeURL),
	}}
	clients := emulator.Section{Title: textClients}
	for _, client := range team.Clients {
		r := emulator.Row{Code: client.ID}
		for _, u := range client.ReturnURLs {
			r.Tags = append(r.Tags, emulator.Text{u, u})
		}
		clients.Rows = append(clients.Rows, r)
	}
	links := emulator.Section{Title: textLinks}
	for _, l := range s.Links() {
		button := func(action string, label emulator.Text) emulator.Form {
			return emulator.Form{Action: "/-/" + action, Buttons: []emulator.Button{{
				Name: "account", Value: l.Account, Label: label,
			}}}
		}
		r := emulator.Row{Strong: l.Account, Text: l.Email, Code: l.Subject, Forms: []emulator.Form{
			button("forget", textForget), button("delete", textDelete),
		}}
		if l.Private {
			r.Forms = append(r.Forms, button("forwarding", textForward))
		}
		links.Rows = append(links.Rows, r)
	}
	personas := emulator.Section{Title: textPersonas}
	for _, a := range s.Accounts() {
		personas.Rows = append(personas.Rows, emulator.Row{
			Strong: a.name(), Code: a.ID, Small: emulator.Text{a.Label, a.LabelEN},
		})
	}
	page.Sections = []emulator.Section{about, clients, links, personas}
	return page
}

// actions are those of the console, which users take at Apple.
func (s *Server) actions() map[string]emulator.Action {
	all := map[string]emulator.Action{}
	for name, do := range map[string]func(*http.Request, string) bool{
		"forget": func(r *http.Request, a string) bool { return s.Forget(r.Context(), a) },
		"delete": func(r *http.Request, a string) bool { return s.DeleteAccount(r.Context(), a) },
		"forwarding": func(r *http.Request, a string) bool {
			on := false
			s.core.Locked(func() { on = s.w.links[a] != nil && s.w.links[a].stopped })
			return s.SetForwarding(r.Context(), a, on)
		},
	} {
		all[name] = func(r *http.Request, form url.Values) string {
			if !do(r, form.Get("account")) {
				return ""
			}
			return "1"
		}
	}
	return all
}

// register adds a return URL to the client that sent it.
func (s *Server) register(_ *http.Request, refused url.Values) error {
	return s.UpdateTeam(func(t *Team) {
		if client := t.client(refused.Get("client_id")); client != nil {
			client.ReturnURLs = emulator.AppendNew(client.ReturnURLs, refused.Get("redirect_uri"))
		}
	})
}
