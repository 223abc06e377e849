package kakaotest

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

// stateBody is the response of GET /-/api/state.
type stateBody struct {
	Now        time.Time `json:"now"`
	BrowserURL string    `json:"browser_url"`
	ServerURL  string    `json:"server_url"`
	Issuer     string    `json:"issuer"`
	PictureURL string    `json:"picture_url"`
	Strict     bool      `json:"strict"`
	Endpoints  []string  `json:"endpoints"`
	Events     []string  `json:"account_events"`
	Referrers  []string  `json:"referrer_types"`
	Codes      []string  `json:"codes"`
	Chaos      Chaos     `json:"chaos"`
	Apps       int       `json:"apps"`
	Accounts   int       `json:"accounts"`
	Sessions   int       `json:"browsers"`
	Tokens     int       `json:"access_tokens"`
}

func controlState(s *Server, _ *http.Request) (any, error) {
	w := s.world
	w.mu.Lock()
	defer w.mu.Unlock()
	return stateBody{
		Now:        w.clock.now(),
		BrowserURL: w.cfg.BrowserURL,
		ServerURL:  w.cfg.ServerURL,
		Issuer:     w.cfg.Issuer,
		PictureURL: w.cfg.PictureURL,
		Strict:     w.cfg.Strict,
		Endpoints:  Endpoints(),
		Events:     AccountEvents(),
		Referrers:  ReferrerTypes(),
		Codes:      Codes(),
		Chaos:      w.faults.chaos.Chaos,
		Apps:       len(w.apps.order),
		Accounts:   len(w.accounts.order),
		Sessions:   w.logins.browsers.Len(),
		Tokens:     w.tokens.access.Len(),
	}, nil
}

func controlReset(s *Server, r *http.Request) (any, error) {
	if err := emulator.ReadControl(r, &struct{}{}); err != nil {
		return nil, err
	}
	s.Reset()
	return done{OK: true}, nil
}

func controlApps(s *Server, _ *http.Request) (any, error) { return s.Apps(), nil }

func controlAddApp(s *Server, r *http.Request) (any, error) {
	var a App
	if err := emulator.ReadControl(r, &a); err != nil {
		return nil, err
	}
	return s.AddApp(a)
}

// pathApp reads {app}: an app id, or "default".
func pathApp(s *Server, r *http.Request) (int64, error) {
	v := r.PathValue("app")
	if v == "default" {
		return s.App().AppID, nil
	}
	id, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		return 0, emulator.Errorf("앱 ID가 올바르지 않습니다: %q", "invalid app id %q", clip(v, 40))
	}
	return id, nil
}

func controlApp(s *Server, r *http.Request) (any, error) {
	id, err := pathApp(s, r)
	if err != nil {
		return nil, err
	}
	a, err := s.AppByID(id)
	if err != nil {
		return nil, emulator.Errorf("%v: 앱 %d", "%v: app %d", errNotFound, id)
	}
	return a, nil
}

// controlPatchApp changes the members in the body.
func controlPatchApp(s *Server, r *http.Request) (any, error) {
	id, err := pathApp(s, r)
	if err != nil {
		return nil, err
	}
	a, err := s.AppByID(id)
	if err != nil {
		return nil, emulator.Errorf("%v: 앱 %d", "%v: app %d", errNotFound, id)
	}
	if err := emulator.ReadControl(r, &a); err != nil {
		return nil, err
	}
	if err := sameApp(id, a.AppID); err != nil { // also 0, which UpdateApp permits
		return nil, err
	}
	if err := s.UpdateApp(id, func(old *App) { *old = a }); err != nil {
		return nil, err
	}
	return s.AppByID(id)
}

func controlRemoveApp(s *Server, r *http.Request) (any, error) {
	id, err := pathApp(s, r)
	if err != nil {
		return nil, err
	}
	return done{OK: true}, s.RemoveApp(id)
}

func controlAccounts(s *Server, _ *http.Request) (any, error) { return s.Accounts(), nil }

func controlAddAccount(s *Server, r *http.Request) (any, error) {
	var a Account
	if err := emulator.ReadControl(r, &a); err != nil {
		return nil, err
	}
	return a, s.AddAccount(a)
}

func controlPatchAccount(s *Server, r *http.Request) (any, error) {
	s.world.mu.Lock()
	acc := s.world.accounts.byID[r.PathValue("account")]
	s.world.mu.Unlock()
	if acc == nil {
		return nil, emulator.Errorf("%v: 계정 %q", "%v: account %q", errNotFound, clip(r.PathValue("account"), 64))
	}
	a := *acc
	if err := emulator.ReadControl(r, &a); err != nil {
		return nil, err
	}
	if a.ID != acc.ID {
		return nil, emulator.Errorf("계정의 id는 바꿀 수 없습니다", "the id of an account cannot change")
	}
	return a, s.AddAccount(a)
}

func controlLinks(s *Server, r *http.Request) (any, error) {
	app, account := r.URL.Query().Get("app"), r.URL.Query().Get("account")
	return slices.DeleteFunc(s.Links(), func(l Link) bool {
		return app != "" && app != strconv.FormatInt(l.App, 10) || account != "" && account != l.Account
	}), nil
}

type unlinkBody struct {
	Referrer string `json:"referrer_type"`
}

func controlUnlink(s *Server, r *http.Request) (any, error) {
	id, err := pathApp(s, r)
	if err != nil {
		return nil, err
	}
	var body unlinkBody
	if err := emulator.ReadControl(r, &body); err != nil {
		return nil, err
	}
	if !s.Unlink(id, r.PathValue("account"), body.Referrer) {
		return nil, emulator.Errorf("%v: %q의 연결이 없습니다", "%v: no link of %q", errNotFound,
			clip(r.PathValue("account"), 64))
	}
	return done{OK: true}, nil
}

// SessionInfo is a Kakao account session in a browser.
type SessionInfo struct {
	Account  string    `json:"account"`
	AuthTime time.Time `json:"auth_time"`
	Expires  time.Time `json:"expires"`
	Stay     bool      `json:"stay_signed_in"`
}

func controlSessions(s *Server, _ *http.Request) (any, error) { return s.sessions(), nil }

func (s *Server) sessions() []SessionInfo {
	w := s.world
	w.mu.Lock()
	defer w.mu.Unlock()
	out := []SessionInfo{}
	w.logins.browsers.Each(func(_ string, b *browser) bool {
		if b.session != nil && w.clock.now().Before(b.session.expires) {
			out = append(out, SessionInfo{b.session.account, b.session.authTime, b.session.expires, b.session.stay})
		}
		return len(out) < 200
	})
	return out
}

// TokenInfo describes an access token.
type TokenInfo struct {
	App     int64     `json:"app"`
	Account string    `json:"account"`
	KeyType string    `json:"key_type"`
	Expires time.Time `json:"expires"`
	State   string    `json:"state"`  // valid, expired or ended
	Begins  string    `json:"begins"` // its first characters
}

func controlTokens(s *Server, _ *http.Request) (any, error) { return s.tokens(), nil }

// tokens lists the latest access tokens.
func (s *Server) tokens() []TokenInfo {
	w := s.world
	w.mu.Lock()
	defer w.mu.Unlock()
	out := []TokenInfo{}
	skip := w.tokens.access.Len() - 200
	w.tokens.access.Each(func(_ string, t *accessToken) bool {
		if skip--; skip >= 0 {
			return true
		}
		v := TokenInfo{t.app, t.account, t.key.Type, t.expires, "valid", t.value[:6] + "…"}
		l := w.links.byAccount[linkKey{t.app, t.account}]
		switch {
		case t.loggedOut || l == nil || l.tokens.epoch != t.epoch:
			v.State = "ended"
		case !w.clock.now().Before(t.expires):
			v.State = "expired"
		}
		out = append(out, v)
		return true
	})
	slices.Reverse(out)
	return out
}

func controlRequests(s *Server, r *http.Request) (any, error) {
	list, _, err := pollRequests(s, r)
	return list, err
}

// pollRequests returns the requests that the query selects, and the id of the latest one that it considered.
func pollRequests(s *Server, r *http.Request) (list []Request, last int64, err error) {
	q := r.URL.Query()
	if err := checkRequestFilter(q); err != nil {
		return nil, 0, err
	}
	if list, err = s.world.log.Poll(r, s.run.Closed()); err != nil {
		return nil, 0, err
	}
	if len(list) > 0 {
		last = list[len(list)-1].ID
	} else {
		last, _ = intParam(q.Get("after"), 0) // Poll has parsed it
	}
	selects := func(name, value string) bool { return q.Get(name) == "" || q.Get(name) == value }
	return slices.DeleteFunc(list, func(e Request) bool {
		return !selects("endpoint", e.Endpoint) || !selects("code", e.Code) || !selects("account", e.Account) ||
			!selects("app", strconv.FormatInt(e.App, 10))
	}), last, nil
}

// checkRequestFilter refuses a selection that no request ever matches.
func checkRequestFilter(q url.Values) error {
	if _, err := strconv.ParseInt(cmp.Or(q.Get("app"), "0"), 10, 64); err != nil {
		return emulator.Errorf("app은 숫자여야 합니다", "app must be a number")
	}
	return checkEndpoint(q.Get("endpoint"))
}

func controlClearRequests(s *Server, _ *http.Request) (any, error) {
	s.world.log.Clear()
	return done{OK: true}, nil
}

func controlDeliveries(s *Server, _ *http.Request) (any, error) {
	return s.Deliveries(), nil
}

// sendBody is the body of the calls that send a webhook. The user is named by account or user id.
type sendBody struct {
	WebhookSend
	App      int64          `json:"app"`
	Account  string         `json:"account"`
	UserID   int64          `json:"user_id"`
	Referrer string         `json:"referrer_type"`
	Event    string         `json:"event"`
	Extra    map[string]any `json:"extra"`
}

// user returns the user id that the body names.
func (b *sendBody) user(s *Server) (int64, error) {
	if b.Account == "" {
		return b.UserID, nil
	}
	w := s.world
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := errors.Join(w.apps.check(b.App), w.accounts.check(b.Account)); err != nil {
		return 0, err
	}
	return w.link(w.apps.byID[cmp.Or(b.App, w.apps.first())], w.accounts.byID[b.Account]).userID, nil
}

func controlSendUnlink(s *Server, r *http.Request) (any, error) {
	var b sendBody
	if err := emulator.ReadControl(r, &b); err != nil {
		return nil, err
	}
	id, err := b.user(s)
	if err != nil {
		return nil, err
	}
	return done{OK: true}, s.SendUnlinkWebhook(b.App, id, b.Referrer, b.WebhookSend)
}

func controlSendAccount(s *Server, r *http.Request) (any, error) {
	var b sendBody
	if err := emulator.ReadControl(r, &b); err != nil {
		return nil, err
	}
	id, err := b.user(s)
	if err != nil {
		return nil, err
	}
	return done{OK: true}, s.SendAccountWebhook(b.App, id, b.Event, b.Extra, b.WebhookSend)
}

func controlHold(s *Server, _ *http.Request) (any, error) {
	s.HoldWebhooks()
	return done{OK: true}, nil
}

type releaseBody struct {
	Reverse bool `json:"reverse"`
}

func controlRelease(s *Server, r *http.Request) (any, error) {
	var b releaseBody
	if err := emulator.ReadControl(r, &b); err != nil {
		return nil, err
	}
	s.ReleaseWebhooks(b.Reverse)
	return done{OK: true}, nil
}

func controlWait(s *Server, r *http.Request) (any, error) {
	ctx, cancel := context.WithTimeout(r.Context(), 20*time.Second)
	defer cancel()
	if err := s.WaitWebhooks(ctx); err != nil {
		return nil, emulator.Errorf("20초가 지나도 웹훅을 다 보내지 못했습니다", "webhooks are still being sent after 20 seconds")
	}
	return s.Deliveries(), nil
}

func controlScenarios(s *Server, _ *http.Request) (any, error) { return s.Scenarios(), nil }

// scriptBody is one scenario or a list of them.
type scriptBody struct {
	Scenario
	Scenarios []Scenario `json:"scenarios"`
}

func controlScript(s *Server, r *http.Request) (any, error) {
	var b scriptBody
	if err := emulator.ReadControl(r, &b); err != nil {
		return nil, err
	}
	if len(b.Scenarios) == 0 {
		b.Scenarios = []Scenario{b.Scenario}
	}
	return done{OK: true}, s.Script(b.Scenarios...)
}

func controlClearScenarios(s *Server, _ *http.Request) (any, error) {
	s.ClearScenarios()
	return done{OK: true}, nil
}

func controlChaos(s *Server, r *http.Request) (any, error) {
	var c Chaos
	if err := emulator.ReadControl(r, &c); err != nil {
		return nil, err
	}
	return c, s.SetChaos(c)
}

type clockBody struct {
	Now time.Time `json:"now"`
}

func controlClock(s *Server, _ *http.Request) (any, error) { return clockBody{s.Now()}, nil }

type advanceBody struct {
	By Duration `json:"by"`
}

func controlAdvance(s *Server, r *http.Request) (any, error) {
	var b advanceBody
	if err := emulator.ReadControl(r, &b); err != nil {
		return nil, err
	}
	if err := emulator.CheckAdvance(time.Duration(b.By)); err != nil {
		return nil, err
	}
	s.Advance(time.Duration(b.By))
	return clockBody{s.Now()}, nil
}

func controlRotate(s *Server, _ *http.Request) (any, error) {
	return done{OK: true}, s.RotateKeys()
}
