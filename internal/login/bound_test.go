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
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/session"
)

// slowProvider takes five seconds for every answer, and counts how many it is asked for at once.
type slowProvider struct{ now, most, asked atomic.Int64 }

func (*slowProvider) Name() string { return "kakao" }

func (*slowProvider) AuthorizeURL(r provider.Request) (string, error) {
	return "https://kauth.example.test/?state=" + r.State, nil
}

func (p *slowProvider) Complete(ctx context.Context, _ provider.Answer) (*provider.Proof, error) {
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
	return &provider.Proof{Key: account.Key{Provider: "kakao", App: "1", Subject: "1"}}, nil
}

// memory is a store that remembers nothing: each attempt of this test is another one.
type memory struct{ failed, finished atomic.Int64 }

func (*memory) Claim(context.Context, login.AttemptKey, time.Time, time.Time) (login.Record, error) {
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
func (noSessions) Touch(context.Context, []session.Touch) error     { return nil }
func (noSessions) End(context.Context, session.Ending) (int, error) { return 0, nil }
func (noSessions) Changes(context.Context, int64) ([]session.Change, int64, error) {
	return nil, 0, nil
}

// DO-09: a thousand callbacks at once while the provider takes five seconds: so many are with it at a time and no more. Who
// waits longer than a bounded time is told to try again, and the provider hears nothing of them.
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
		judge, err := login.NewJudge("https://login.example.test", nil, "/")
		if err != nil {
			t.Fatal(err)
		}
		kakao, store := new(slowProvider), new(memory)
		flow, err := login.New(login.Config{
			Routes: []login.Route{{Provider: kakao, RedirectURI: "https://login.example.test/oauth/kakao/callback"}},
			Store:  store, Sessions: sessions, Keys: keys, Judge: judge, MaxInFlight: most,
		})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		var in, refused atomic.Int64
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
				case errors.Is(err, problem.KakaoUnavailable):
					refused.Add(1)
				default:
					t.Error(err)
				}
				if took := time.Since(began); took > 11*time.Second {
					t.Errorf("somebody waited %v", took)
				}
			})
		}
		wg.Wait()
		if kakao.most.Load() != most || kakao.asked.Load() != in.Load() || store.finished.Load() != in.Load() || store.failed.Load() != refused.Load() {
			t.Errorf("%d at once, %d asked; %d in, %d refused", kakao.most.Load(), kakao.asked.Load(), in.Load(), refused.Load())
		}
		// A hundred at once; another hundred when they are done, if the waiting ends later than that.
		if in.Load() < most || in.Load()+refused.Load() != people || refused.Load() < people-2*most {
			t.Errorf("%d in, %d refused", in.Load(), refused.Load())
		}
	})
}
