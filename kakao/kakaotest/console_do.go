package kakaotest

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/emulator"
)

// do handles a button and returns to its page.
func (s console) do(rw http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(rw, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		http.Error(rw, "malformed form", http.StatusBadRequest)
		return
	}
	f := r.PostForm
	lang := emulator.Language(r)
	q := url.Values{"lang": {lang}}
	result, err := s.button(f)
	if err != nil {
		q.Set("fault", emulator.Message(err).In(lang))
	} else {
		q.Set("done", "did."+f.Get("do"))
		if result != "" {
			q.Set("result", result)
		}
		if back := f.Get("back"); strings.HasPrefix(back, "/oauth/authorize?") ||
			strings.HasPrefix(back, "/oauth/logout?") {
			http.Redirect(rw, r, back, http.StatusSeeOther)
			return
		}
	}
	page := f.Get("page")
	if first, _, _ := strings.Cut(page, "/"); !slices.Contains(consolePages(), first) ||
		strings.ContainsAny(page, "?#\\.") {
		page = ""
	}
	http.Redirect(rw, r, "/-/"+page+"?"+q.Encode(), http.StatusSeeOther)
}

// button performs an action. The result of an approval is the address that the browser would be sent to.
func (s console) button(f url.Values) (result string, err error) {
	app, err := intParam(f.Get("app"), 0)
	if err != nil {
		return "", emulator.Errorf("앱 ID가 올바르지 않습니다", "invalid app id")
	}
	switch f.Get("do") {
	case "app":
		return "", s.saveApp(f)
	case "remove_app":
		return "", s.RemoveApp(app)
	case "auto":
		return "", s.UpdateApp(app, func(a *App) { a.Auto = !a.Auto })
	case "redirect":
		return "", s.UpdateApp(app, func(a *App) {
			registerRedirect(a, f.Get("key"),
				strings.TrimSpace(f.Get("uri")))
		})
	case "logout_redirect":
		return "", s.UpdateApp(app, func(a *App) {
			a.LogoutRedirectURIs = emulator.AppendNew(a.LogoutRedirectURIs, strings.TrimSpace(f.Get("uri")))
		})
	case "account":
		return "", s.saveAccount(f)
	case "unlink":
		if !s.Unlink(app, f.Get("account"), f.Get("referrer")) {
			return "", emulator.Errorf("그런 연결이 없습니다", "no such link")
		}
		return "", nil
	case "approve":
		return s.approveButton(f)
	case "clear_requests":
		s.world.log.Clear()
		return "", nil
	}
	return "", s.faultButton(f)
}

// faultButton performs the actions on webhooks, faults and the clock.
func (s console) faultButton(f url.Values) error {
	switch f.Get("do") {
	case "webhook":
		return s.webhookButton(f)
	case "hold":
		s.HoldWebhooks()
	case "release":
		s.ReleaseWebhooks(f.Get("reverse") != "")
	case "scenario":
		var sc Scenario
		if err := readInto(f, &sc); err != nil {
			return err
		}
		return s.Script(sc)
	case "clear":
		s.ClearScenarios()
	case "chaos":
		var c Chaos
		if err := readInto(f, &c); err != nil {
			return err
		}
		return s.SetChaos(c)
	case "advance":
		d, err := emulator.ParseDuration(f.Get("by"))
		if err = cmp.Or(err, emulator.CheckAdvance(d)); err != nil {
			return err
		}
		s.Advance(d)
	case "rotate":
		return s.RotateKeys()
	case "reset":
		s.Reset()
	default:
		return emulator.Errorf("모르는 버튼입니다: %q", "unknown button %q", clip(f.Get("do"), 40))
	}
	return nil
}

// saveApp changes the app with the form's id, or registers a new one.
func (s console) saveApp(f url.Values) error {
	id, err := intParam(f.Get("id"), 0)
	if err != nil {
		return emulator.Errorf("앱 ID가 올바르지 않습니다", "invalid app id")
	}
	if id == 0 {
		var a App
		if err := readInto(f, &a); err != nil {
			return err
		}
		_, err := s.AddApp(a)
		return err
	}
	a, err := s.AppByID(id)
	if err != nil {
		return err
	}
	if err := readInto(f, &a); err != nil {
		return err
	}
	return s.UpdateApp(id, func(old *App) { *old = a })
}

// saveAccount creates an account, or changes the one with the form's id.
func (s console) saveAccount(f url.Values) error {
	var a Account
	accounts := s.Accounts()
	if i := slices.IndexFunc(accounts, func(a Account) bool { return a.ID == f.Get("id") }); i >= 0 {
		a = accounts[i]
	}
	if err := readInto(f, &a); err != nil {
		return err
	}
	return s.AddAccount(a)
}

func (s console) approveButton(f url.Values) (string, error) {
	p := Approval{}
	if strings.TrimSpace(f.Get("agree")) == "" {
		f.Del("agree") // nil agrees to all that the account does not decline
	}
	if err := readInto(f, &p); err != nil {
		return "", err
	}
	out, err := s.Approve(p)
	switch {
	case err != nil:
		return "", err
	case out.ErrorKOE != "":
		return "", emulator.Errorf("오류 페이지 %s", "error page %s", out.ErrorKOE)
	}
	return out.Location, nil
}

// registerRedirect adds a redirect URI to a key of the app, by default to its REST and JavaScript keys.
func registerRedirect(a *App, key, uri string) {
	for i := range a.MoreKeys {
		if k := &a.MoreKeys[i]; key != "" && k.Value == key {
			k.RedirectURIs = emulator.AppendNew(k.RedirectURIs, uri)
			return
		}
	}
	a.RedirectURIs = emulator.AppendNew(a.RedirectURIs, uri)
}

func (s console) webhookButton(f url.Values) error {
	var b sendBody
	if err := readInto(f, &b); err != nil {
		return err
	}
	id, err := b.user(s.Server)
	if err != nil {
		return err
	}
	switch {
	case b.Event != "" && b.Referrer != "":
		return emulator.Errorf("event와 referrer_type 가운데 하나만 고르십시오",
			"choose an event or a referrer_type, not both")
	case b.Event != "":
		return s.SendAccountWebhook(b.App, id, b.Event, b.Extra, b.WebhookSend)
	}
	return s.SendUnlinkWebhook(b.App, id, b.Referrer, b.WebhookSend)
}
