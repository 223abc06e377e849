package app

import (
	"context"
	"time"

	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/hook"
	"github.com/norang-login/norang/internal/join"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/seal"
)

// hooks checks the calls to the app.
func (c *checker) hooks() {
	if c.JoinHook != nil && c.JoinHookURL != "" {
		c.fail("JoinHookURL", nil, "{JoinHook}과 함께 쓸 수 없습니다. 둘 가운데 하나만 결정할 수 있습니다.",
			"cannot be combined with {JoinHook}: only one of them can decide")
	}
	for _, a := range []struct{ field, url string }{{"EventsURL", c.EventsURL}, {"JoinHookURL", c.JoinHookURL}} {
		if a.url == "" {
			continue
		}
		if err := hook.CheckURL(a.url, c.AllowPrivateHooks); err != nil {
			c.fail(a.field, nil,
				"https 주소여야 합니다. 사설 네트워크의 주소와 그곳의 http는 {AllowPrivateHooks=1}이 있어야 쓸 수 있습니다(%v).",
				"must be an https URL; private addresses, and http to them, need {AllowPrivateHooks=1} (%v)", err)
		}
	}
	if (c.EventsURL != "" || c.JoinHookURL != "") && len(c.EventsSecrets) == 0 {
		c.fail("EventsSecrets", nil,
			"비어 있습니다. 앱이 norang의 호출을 가려낼 수 있어야 합니다. 만드는 명령: echo whsec_$(openssl rand -base64 32)",
			"is missing: it lets the app verify calls; create one with: echo whsec_$(openssl rand -base64 32)")
	}
	for _, s := range c.EventsSecrets {
		if _, err := hook.ParseSecret(s); err != nil {
			c.fail("EventsSecrets", nil,
				"whsec_ 뒤에 무작위 24~64바이트를 base64로 적어야 합니다. 만드는 명령: echo whsec_$(openssl rand -base64 32)",
				"must be whsec_ and base64 of 24 to 64 random bytes, as from: echo whsec_$(openssl rand -base64 32)")
		}
	}
}

// hooks makes what calls the app.
func (a *App) hooks() (err error) {
	if a.cfg.EventsURL == "" {
		return nil
	}
	client, err := hook.New(hook.Config{
		URL: a.cfg.EventsURL, Secrets: a.cfg.EventsSecrets, AllowPrivate: a.cfg.AllowPrivateHooks, Now: a.cfg.Now,
	})
	if err != nil {
		return unusable("EventsURL", err)
	}
	count := a.metrics.EventSent()
	a.metrics.Undelivered(a.undelivered)
	a.delivery, err = events.NewDelivery(events.DeliveryConfig{
		Store: a.db, Client: client, Observe: func(o events.Outcome) { count(string(o)) },
		Now: a.cfg.Now, Random: a.cfg.Random, Log: a.cfg.Log,
	})
	return err
}

// newMembers is the way from pending to active, on which the app may have the last word.
func (a *App) newMembers(keys *seal.Keyring, judge *login.ReturnPolicy) (*join.Service, error) {
	decide, err := a.joinHook()
	if err != nil {
		return nil, err
	}
	cfg := a.cfg
	members, err := join.New(join.Config{
		Store: a.db, Sessions: a.sessions, Keys: keys, Terms: cfg.Terms, AskAge: cfg.Age != "off",
		AgeByProvider: cfg.Age == "kakao", AllowUnder14: cfg.Under14 == "allow", Hook: decide, CheckLink: judge.Clean,
		Now: cfg.Now, Random: cfg.Random,
	})
	if err != nil {
		return nil, unusable("Terms", err)
	}
	return members, nil
}

// joinHook is who decides on joining; nil if everybody joins.
func (a *App) joinHook() (join.Hook, error) {
	if a.cfg.JoinHookURL == "" {
		return a.cfg.JoinHook, nil
	}
	client, err := hook.New(hook.Config{
		URL: a.cfg.JoinHookURL, Secrets: a.cfg.EventsSecrets, AllowPrivate: a.cfg.AllowPrivateHooks, Timeout: join.HookTimeout,
		MaxAnswer: 16 << 10, Now: a.cfg.Now,
	})
	if err != nil {
		return nil, unusable("JoinHookURL", err)
	}
	return join.HTTPHook(client), nil
}

// undelivered is for the metrics, and must not keep whoever reads them waiting.
func (a *App) undelivered() (waiting int, failing time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	n, since, err := a.db.Undelivered(ctx)
	switch {
	case err != nil:
		return -1, -time.Second
	case since.IsZero():
		return n, 0
	}
	return n, max(0, a.cfg.Now().Sub(since))
}

// Event is one thing that happened to a member: ids, and nothing personal.
type Event = events.Event

// EventKind says what happened.
type EventKind = events.Kind

// The kinds of events.
const (
	UserCreated         = events.UserCreated
	UserUpdated         = events.UserUpdated
	UserDisabled        = events.UserDisabled
	UserWithdrawn       = events.UserWithdrawn
	UserPurged          = events.UserPurged
	IdentityLinked      = events.IdentityLinked
	IdentityUnlinked    = events.IdentityUnlinked
	ConsentChanged      = events.ConsentChanged
	ConsentReconfirmDue = events.ConsentReconfirmDue
	SessionRevoked      = events.SessionRevoked
)

// ErrCursor: see [App.Events].
var ErrCursor = events.ErrCursor

// Events reads what happened after a position, the oldest first: at most limit events (1 to 1000; default 100), and the
// position for the next call. Position 0 is the oldest event that is kept.
func (a *App) Events(ctx context.Context, after int64, limit int) ([]Event, int64, error) {
	return a.db.Events(ctx, after, limit)
}
