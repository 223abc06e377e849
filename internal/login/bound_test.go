package login_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/returnurl"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/session"
)

// slowProvider takes five seconds for every answer, and counts how many it is asked for at once.
type slowProvider struct{ now, most, asked atomic.Int64 }

func (*slowProvider) Info() provider.Info {
	return provider.Info{Name: "kakao", Namespace: "1", CallbackMethod: "GET", ProvesFreshness: true}
}

func (*slowProvider) AuthorizeURL(r provider.Request) (string, error) {
	return "https://kauth.example.test/?state=" + r.State, nil
}

func (p *slowProvider) Complete(ctx context.Context, _ provider.Callback) (*provider.Result, error) {
	n := p.now.Add(1)
	defer p.now.Add(-1)
	for most := p.most.Load(); n > most && !p.most.CompareAndSwap(most, n); most = p.most.Load() {
	}
	p.asked.Add(1)
	select {
	case <-time.After(5 * time.Second):
	case <-ctx.Done():
		return nil, &provider.Error{Kind: provider.Unavailable, Err: ctx.Err()}
	}
	return &provider.Result{Key: account.Key{Provider: "kakao", Namespace: "1", Subject: "1"}}, nil
}

// memory is a store that remembers nothing: each attempt of this test is another one.
type memory struct{ claimed, failed, finished atomic.Int64 }

func (m *memory) Claim(context.Context, login.AttemptKey, time.Time, time.Time) (login.Record, error) {
	m.claimed.Add(1)
	return login.Record{}, nil
}

func (*memory) Attempt(context.Context, login.AttemptKey) (login.Record, error) {
	return login.Record{}, nil
}

func (m *memory) Finish(_ context.Context, c login.Completion) (login.Outcome, error) {
	m.finished.Add(1)
	u := account.User{ID: c.UserID, Status: account.Active}
	return login.Outcome{Decision: account.Decision{Verdict: account.Create, Status: account.Active},
		Principal: &session.Principal{Session: c.Session, User: u}, New: true}, nil
}

func (m *memory) Fail(context.Context, login.Failure) error { m.failed.Add(1); return nil }

// noSessions is a session store without any.
type noSessions struct{}

func (noSessions) Principal(context.Context, session.Key) (*session.Principal, error) {
	return nil, session.ErrNone
}
func (noSessions) Touch(context.Context, []session.Touch) error         { return nil }
func (noSessions) End(context.Context, session.Revocation) (int, error) { return 0, nil }
func (noSessions) Changes(context.Context, int64) ([]session.Change, int64, error) {
	return nil, 0, nil
}

// DO-09: a thousand callbacks at once while the provider takes five seconds: so many are with it at a time and no more,
// four times as many wait for a moment, and all others hear at once that they should come again, at times of their own.
// Neither the provider nor the store hears anything of those.
func TestDO09_ProviderCallsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const most, people = 100, 1000
		keys, err := seal.New(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		sessions, err := session.New(session.Config{Store: noSessions{}, CacheSize: -1})
		if err != nil {
			t.Fatal(err)
		}
		returns, err := returnurl.New("https://login.example.test", nil, "/")
		if err != nil {
			t.Fatal(err)
		}
		kakao, store := new(slowProvider), new(memory)
		flow, err := login.New(login.Config{
			Routes: []login.Route{{Provider: kakao, RedirectURI: "https://login.example.test/oauth/kakao/callback"}},
			Store:  store, Sessions: sessions, Keys: keys, Returns: returns, MaxInFlight: most,
		})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		var in, refused, atOnce atomic.Int64
		var afters sync.Map
		for range people {
			started, err := flow.Start(login.StartRequest{Provider: "kakao"})
			if err != nil {
				t.Fatal(err)
			}
			u, err := url.Parse(started.URL)
			if err != nil {
				t.Fatal(err)
			}
			wg.Go(func() {
				began := time.Now()
				_, err := flow.Finish(t.Context(), login.FinishRequest{
					Provider: "kakao", Query: url.Values{"state": {u.Query().Get("state")}, "code": {"c"}},
					Held: map[string]string{started.Name: started.Sealed},
				})
				switch {
				case err == nil:
					in.Add(1)
				case errors.Is(err, problem.LimitCrowded):
					refused.Add(1)
					if time.Since(began) == 0 {
						atOnce.Add(1)
					}
					afters.Store(problem.From(err).RetryAfter, true)
				default:
					t.Error(err)
				}
				if took := time.Since(began); took > 5*time.Second {
					t.Errorf("a callback waited %v", took)
				}
			})
		}
		wg.Wait()
		if kakao.most.Load() != most || kakao.asked.Load() != in.Load() || store.finished.Load() != in.Load() ||
			store.failed.Load() != 0 {
			t.Errorf("%d at once, %d asked; %d in, %d refused", kakao.most.Load(), kakao.asked.Load(), in.Load(), refused.Load())
		}
		if in.Load() != most || refused.Load() != people-most || atOnce.Load() != people-5*most ||
			store.claimed.Load() != most {
			t.Errorf(
				"%d in, %d refused, %d of them at once, %d claimed",
				in.Load(),
				refused.Load(),
				atOnce.Load(),
				store.claimed.Load(),
			)
		}
		different := 0
		afters.Range(func(after, _ any) bool {
			if d := after.(time.Duration); d < 2*time.Second || d > 9*time.Second {
				t.Errorf("try again after %v", d)
			}
			different++
			return true
		})
		if different != 8 {
			t.Errorf("%d different times to come again", different)
		}
	})
}
