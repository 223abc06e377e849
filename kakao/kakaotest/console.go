package kakaotest

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// consoleView is what the console shows.
type consoleView struct {
	pageBase
	Now        string
	URL        string
	ServerURL  string
	Issuer     string
	Apps       []App
	Accounts   []personaLine
	Links      []Link
	Sessions   []SessionInfo
	Tokens     []TokenInfo
	Deliveries []Delivery
	Scenarios  []string
	Log        []consoleEntry
	Last       int64
	Endpoints  []string
	Referrers  []string
	Events     []string
	Codes      []string
	Steps      []string
	Done       string // text key: what the last button did
	Fault      string
}

// consoleEntry is an entry of the request log in the page's language.
type consoleEntry struct {
	Request
	When, What, Sent, Why, Where, Line string
	Bad                                bool
}

// connectedView is what the page of connected services shows.
type connectedView struct {
	pageBase
	Account  *Account
	Accounts []personaLine
	Services []connectedLine
}

type connectedLine struct {
	App   App
	Link  Link
	Items []consentLine
}

// console serves the pages under /-/.
type console struct{ *Server }

func (s console) show(rw http.ResponseWriter, r *http.Request) {
	w := s.world
	v := consoleView{
		pageBase:  consolePage(r, "console"),
		Now:       s.Now().UTC().Format(time.RFC3339),
		URL:       s.URL(),
		ServerURL: w.cfg.ServerURL,
		Issuer:    w.cfg.Issuer,
		Apps:      s.Apps(),
		Links:     s.Links(),
		Sessions:  s.sessions(),
		Tokens:    s.tokens(),
		Endpoints: Endpoints(),
		Referrers: ReferrerTypes(),
		Events:    AccountEvents(),
		Codes:     usualCodes(),
		Steps:     []string{"10m", "6h", "24h", "720h"},
		Done:      r.URL.Query().Get("done"),
		Fault:     clip(r.URL.Query().Get("fault"), 300),
	}
	if _, known := texts()[v.Done]; !known {
		v.Done = ""
	}
	v.Links = slices.DeleteFunc(v.Links, func(l Link) bool { return l.State == "none" })
	v.Tokens, v.Links = v.Tokens[:min(len(v.Tokens), 20)], v.Links[:min(len(v.Links), 100)]
	v.Deliveries = s.Deliveries()
	v.Deliveries = v.Deliveries[max(0, len(v.Deliveries)-20):]
	slices.Reverse(v.Deliveries)
	for _, sc := range s.Scenarios() {
		v.Scenarios = append(
			v.Scenarios,
			strings.TrimSpace(cmp.Or(sc.Endpoint, "*")+" "+sc.Account+" → "+describe(sc)),
		)
	}
	v.Scenarios = v.Scenarios[:min(len(v.Scenarios), 50)]
	for _, a := range s.Accounts() {
		label := a.Label
		if v.Lang == "en" && a.LabelEN != "" {
			label = a.LabelEN
		}
		if len(v.Accounts) < 200 {
			v.Accounts = append(v.Accounts, personaLine{ID: a.ID, Nickname: nicknameOf(&a), Label: label})
		}
	}
	list := s.Requests()
	for _, e := range list[max(0, len(list)-50):] {
		v.Log = append(v.Log, entryFor(e, v.Lang))
		v.Last = e.ID
	}
	slices.Reverse(v.Log)
	s.render(rw, "console", v)
}

// entryFor formats an entry of the log.
func entryFor(e Request, lang string) consoleEntry {
	c := consoleEntry{
		Request: e,
		When:    e.Time.UTC().Format("15:04:05"),
		What:    e.Endpoint,
		Why:     e.Cause,
		Where:   e.Menu,
		Line:    e.Hint,
		Bad:     e.Status >= 400 || e.Status == 0 || e.Code != "",
	}
	if c.What == "" {
		c.What = e.Path
	}
	if lang == "en" {
		c.Why, c.Line = e.CauseEN, e.HintEN
	}
	var sent []string
	if e.Auth != "" {
		sent = append(sent, "Authorization: "+e.Auth)
	}
	for _, name := range slices.Sorted(maps.Keys(e.Params)) {
		sent = append(sent, name+"="+e.Params[name])
	}
	c.Sent = strings.Join(sent, "  ")
	return c
}

// usualCodes are the suggestions of the console's form.
func usualCodes() []string {
	return []string{
		"KOE003",
		"KOE006",
		"KOE010",
		"KOE101",
		"KOE205",
		"KOE237",
		"KOE303",
		"KOE320",
		"KOE322",
		"access_denied",
		"login_required",
		"-1",
		"-10",
		"-101",
		"-103",
		"-401",
		"-9798",
	}
}

func consolePage(r *http.Request, name string) pageBase {
	lang := pageLanguage(r)
	q := url.Values{"lang": {map[string]string{"ko": "en", "en": "ko"}[lang]}}
	if a := r.URL.Query().Get("account"); a != "" {
		q.Set("account", a)
	}
	return pageBase{Lang: lang, Other: r.URL.Path + "?" + q.Encode(), Title: name + ".title"}
}

// render writes a page of the console.
func (s console) render(rw http.ResponseWriter, name string, v any) {
	var b bytes.Buffer
	if err := pages()[name].ExecuteTemplate(&b, "base", v); err != nil {
		http.Error(rw, "kakaotest: "+err.Error(), http.StatusInternalServerError)
		return
	}
	answer{status: http.StatusOK, header: pageHeader(), body: b.Bytes()}.write(rw)
}

// do handles a button and returns to the console.
func (s console) do(rw http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(rw, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		http.Error(rw, "malformed form", http.StatusBadRequest)
		return
	}
	q := url.Values{"lang": {pageLanguage(r)}}
	if err := s.button(r.PostForm); err != nil {
		q.Set("fault", err.Error())
	} else {
		q.Set("done", "did."+r.PostForm.Get("do"))
		if back := r.PostForm.Get("back"); strings.HasPrefix(back, "/oauth/authorize?") ||
			strings.HasPrefix(back, "/oauth/logout?") {
			http.Redirect(rw, r, back, http.StatusSeeOther)
			return
		}
	}
	http.Redirect(rw, r, "/-/?"+q.Encode(), http.StatusSeeOther)
}

func (s console) button(f url.Values) error {
	app, err := intParam(f.Get("app"), 0)
	if err != nil {
		return errors.New("invalid app id")
	}
	switch f.Get("do") {
	case "advance":
		d, err := time.ParseDuration(f.Get("by"))
		if err != nil || d <= 0 || d > 10*365*24*time.Hour {
			return errors.New("the duration must be like 90m or 24h")
		}
		s.Advance(d)
	case "reset":
		s.Reset()
	case "rotate":
		return s.RotateKeys()
	case "auto":
		return s.UpdateApp(app, func(a *App) { a.Auto = !a.Auto })
	case "redirect":
		return s.UpdateApp(app, func(a *App) { registerRedirect(a, f.Get("key"), strings.TrimSpace(f.Get("uri"))) })
	case "logout_redirect":
		return s.UpdateApp(app, func(a *App) {
			a.LogoutRedirectURIs = appendNew(a.LogoutRedirectURIs, []string{strings.TrimSpace(f.Get("uri"))})
		})
	case "unlink":
		if !s.Unlink(app, f.Get("account"), f.Get("referrer")) {
			return errors.New("no such link")
		}
	case "webhook":
		return s.webhookButton(app, f)
	case "scenario":
		return s.scenarioButton(f)
	case "clear":
		s.ClearScenarios()
	default:
		return fmt.Errorf("unknown button %q", clip(f.Get("do"), 40))
	}
	return nil
}

// registerRedirect adds a redirect URI to a key of the app, by default to its REST and JavaScript keys.
func registerRedirect(a *App, key, uri string) {
	for i := range a.MoreKeys {
		if k := &a.MoreKeys[i]; key != "" && k.Value == key {
			k.RedirectURIs = appendNew(k.RedirectURIs, []string{uri})
			return
		}
	}
	a.RedirectURIs = appendNew(a.RedirectURIs, []string{uri})
}

func (s console) webhookButton(app int64, f url.Values) error {
	b := sendBody{App: app, Account: f.Get("account")}
	id, err := b.user(s.Server)
	if err != nil {
		return err
	}
	how := WebhookSend{WrongKey: f.Get("wrong_key") != ""}
	if f.Get("twice") != "" {
		how.Times = 2
	}
	if kind, name, _ := strings.Cut(f.Get("what"), ":"); kind == "unlink" {
		return s.SendUnlinkWebhook(app, id, name, how)
	} else {
		return s.SendAccountWebhook(app, id, name, nil, how)
	}
}

func (s console) scenarioButton(f url.Values) error {
	sc := Scenario{Endpoint: f.Get("endpoint"), Account: f.Get("account"), Code: strings.TrimSpace(f.Get("code"))}
	var err error
	if v := f.Get("times"); v != "" {
		if sc.Times, err = strconv.Atoi(v); err != nil {
			return errors.New("the number of calls must be a number")
		}
	}
	if v := f.Get("delay"); v != "" {
		if err := sc.Delay.UnmarshalText([]byte(v)); err != nil {
			return errors.New("the delay must be like 2s")
		}
	}
	sc.Cut = f.Get("cut") != ""
	return s.Script(sc)
}

// showConnected is 연결된 서비스 관리 of a Kakao account.
func (s console) showConnected(rw http.ResponseWriter, r *http.Request) {
	v := connectedView{pageBase: consolePage(r, "connected")}
	w := s.world
	c := browserCall{newCall(w, r, &endpoint{name: "connected", page: true})}
	who := r.URL.Query().Get("account")
	w.mu.Lock()
	if b := c.browser(); who == "" && b != nil && b.session != nil {
		who = b.session.account
	}
	if acc := w.accounts.byID[who]; acc != nil {
		view := *acc
		v.Account = &view
	}
	w.mu.Unlock()
	for _, l := range s.Links() {
		if v.Account == nil || l.Account != v.Account.ID || l.State == "none" {
			continue
		}
		a, err := s.AppByID(l.App)
		if err != nil {
			continue
		}
		line := connectedLine{App: a, Link: l}
		for _, id := range l.Consents {
			k, _ := lookupConsentKind(id)
			name := k.ko
			if v.Lang == "en" {
				name = k.en
			}
			line.Items = append(
				line.Items,
				consentLine{ID: id, Name: name, Required: consentItem(&a, id).Step == StepRequired, Agreed: true},
			)
		}
		v.Services = append(v.Services, line)
	}
	for _, a := range s.Accounts() {
		if len(v.Accounts) < 200 {
			v.Accounts = append(v.Accounts, personaLine{ID: a.ID, Nickname: nicknameOf(&a)})
		}
	}
	s.render(rw, "connected", v)
}

// doConnected unlinks, or withdraws a consent, as the user.
func (s console) doConnected(rw http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(rw, r.Body, maxBody)
	app, err := strconv.ParseInt(r.PostFormValue("app"), 10, 64)
	if err != nil {
		http.Error(rw, "invalid app id", http.StatusBadRequest)
		return
	}
	account := r.PostForm.Get("account")
	if item := r.PostForm.Get("revoke"); item != "" {
		s.RevokeConsent(app, account, item)
	} else {
		s.Unlink(app, account, "UNLINK_FROM_APPS")
	}
	http.Redirect(
		rw,
		r,
		"/-/connected?"+url.Values{"account": {account}, "lang": {pageLanguage(r)}}.Encode(),
		http.StatusSeeOther,
	)
}
