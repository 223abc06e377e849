package oidctest

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/norang-login/norang/internal/emulator"
)

var (
	textBanner = emulator.Text{
		"OpenID Connect 제공자의 에뮬레이터입니다. 진짜 로그인이 아닙니다.",
		"This is an emulator of an OpenID Connect provider. It is no real sign-in.",
	}
	textLogin   = emulator.Text{"로그인", "Sign in"}
	textWho     = emulator.Text{"누구로 로그인할까요?", "Who signs in?"}
	textConsent = emulator.Text{"정보 제공 동의", "Consent"}
	textAsks    = emulator.Text{"이 서비스가 아래 정보를 받으려고 합니다.", "This service asks for the following."}
	textAgree   = emulator.Text{"동의", "Agree"}
	textSignOut = emulator.Text{"로그아웃", "Sign out"}
	textReally  = emulator.Text{
		"정말 로그아웃할까요? id_token_hint가 없으면 제공자가 이렇게 묻습니다.",
		"Do you want to sign out? Without id_token_hint a provider asks this.",
	}
	textSignedOut = emulator.Text{"로그아웃했습니다.", "You are signed out."}
	textError     = emulator.Text{"로그인을 할 수 없습니다", "Sign-in is not possible"}

	errorClient = emulator.Text{
		"client_id가 등록된 클라이언트의 것이 아닙니다.", "client_id is not that of a registered client.",
	}
	errorRedirect = emulator.Text{
		"redirect_uri가 등록한 주소와 글자까지 같지 않습니다.", "redirect_uri does not equal a registered one.",
	}
	errorPostLogout = emulator.Text{
		"post_logout_redirect_uri가 등록한 주소와 글자까지 같지 않습니다.",
		"post_logout_redirect_uri does not equal a registered one.",
	}
	errorHint = emulator.Text{
		"id_token_hint가 이 제공자가 이 클라이언트에 준 것이 아닙니다.",
		"id_token_hint was not issued by this provider to this client.",
	}
	errorLost = emulator.Text{
		"페이지가 오래되었거나 이미 제출되었습니다.", "The page is too old or was submitted before.",
	}
	errorPersona = emulator.Text{"auto_persona 계정이 없습니다.", "There is no account auto_persona."}
	errorMethod  = emulator.Text{"GET이나 POST로 부르십시오.", "Use GET or POST."}
)

var scopeNames = map[string]emulator.Text{
	"openid":         {"사용자 식별자", "User identifier"},
	"profile":        {"이름과 사진", "Name and picture"},
	"email":          {"이메일", "E-mail"},
	"offline_access": {"로그인하지 않을 때의 접근", "Access while you are away"},
}

func (c browserCall) errorPage(alert emulator.Text) emulator.Answer {
	return c.ErrorPage(http.StatusBadRequest, textBanner, textError, alert, emulator.Text{})
}

func (c browserCall) keep(t *trip) url.Values { return url.Values{"tx": {c.w.pages.Put(t)}} }

func (c browserCall) chooser(t *trip) emulator.Answer {
	tx := c.keep(t)
	form := emulator.Form{Title: textWho, Action: "/login", Hidden: tx}
	for _, a := range c.w.accounts[:min(len(c.w.accounts), 200)] {
		form.Accounts = append(form.Accounts, emulator.AccountButton{
			ID: a.ID, Name: a.displayName(), Label: emulator.Text{a.Label, a.LabelEN},
		})
	}
	return c.Page(http.StatusOK, emulator.Page{
		Banner: textBanner, Title: textLogin, Path: "/login", Keep: tx,
		Paragraphs: []emulator.Text{{c.w.app.Name, c.w.app.Name}},
		Forms:      []emulator.Form{form, {Action: "/login", Hidden: tx, Buttons: []emulator.Button{emulator.Cancel}}},
	})
}

func (a *Account) displayName() string {
	for _, s := range []string{a.Nickname, a.Name, a.Username} {
		if s != "" {
			return s
		}
	}
	return a.ID
}

func (c browserCall) consentPage(t *trip) emulator.Answer {
	tx := c.keep(t)
	form := emulator.Form{Action: "/consent", Hidden: tx, Buttons: []emulator.Button{
		{Name: "action", Value: "agree", Label: textAgree, Primary: true}, emulator.Cancel,
	}}
	for _, s := range t.scopes {
		form.Items = append(form.Items, emulator.Item{ID: s, Name: scopeNames[s], Required: true})
	}
	return c.Page(http.StatusOK, emulator.Page{
		Banner: textBanner, Title: textConsent, Path: "/consent", Keep: tx,
		Paragraphs: []emulator.Text{{c.w.app.Name, c.w.app.Name}, textAsks}, Forms: []emulator.Form{form},
	})
}

// console is the page at /-/. It runs without the lock.
func (w *world) console(c *emulator.Call) emulator.Page {
	p := emulator.Page{Banner: textBanner, Title: emulator.Text{"에뮬레이터 콘솔", "Emulator console"}}
	if c.Get("done") != "" {
		p.Done = textSignedOut
	}
	line := func(name, value string) emulator.Row { return emulator.Row{Text: name, Code: value} }
	c.Server.Locked(func() {
		p.Sections = append(p.Sections, emulator.Section{
			Title: emulator.Text{"클라이언트", "Client"},
			Rows: []emulator.Row{
				line("issuer", w.issuer(nil)), line("client_id", w.app.ClientID),
				line("redirect_uris", strings.Join(w.app.RedirectURIs, " ")),
				line("post_logout_redirect_uris", strings.Join(w.app.PostLogoutRedirectURIs, " ")),
				line("backchannel_url", w.app.BackChannelURL),
			},
		})
		personas := emulator.Section{Title: emulator.Text{"페르소나", "Personas"}}
		for _, a := range w.accounts {
			row := emulator.Row{Strong: a.displayName(), Code: a.ID, Small: emulator.Text{a.Label, a.LabelEN}}
			if _, signedIn := w.consents[a.ID]; signedIn {
				row.Forms = []emulator.Form{{Action: "/-/sign-out", Buttons: []emulator.Button{
					{Name: "account", Value: a.ID, Label: emulator.Text{"제공자에서 로그아웃", "Sign out at the provider"}},
				}}}
			}
			personas.Rows = append(personas.Rows, row)
		}
		p.Sections = append(p.Sections, personas)
	})
	return p
}

// signOutAction ends the sessions of an account and sends the logout tokens.
func (s *Server) signOutAction(r *http.Request, form url.Values) string {
	s.SignOut(r.Context(), form.Get("account"))
	return "1"
}

// registers are the buttons of error pages.
func (s *Server) registers() map[string]emulator.Register {
	return map[string]emulator.Register{
		"register": func(_ *http.Request, refused url.Values) error {
			return s.UpdateApp(func(a *App) {
				a.RedirectURIs = emulator.AppendNew(a.RedirectURIs, refused.Get("redirect_uri"))
			})
		},
		"register-sign-out": func(_ *http.Request, refused url.Values) error {
			return s.UpdateApp(func(a *App) {
				a.PostLogoutRedirectURIs = emulator.AppendNew(a.PostLogoutRedirectURIs, refused.Get("post_logout_redirect_uri"))
			})
		},
	}
}
