package login_test

import (
	"context"
	"crypto/rand"
	"net/url"
	"testing"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/returnurl"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/session"
)

// sidProvider names its own session.
type sidProvider struct{ slowProvider }

func (*sidProvider) Complete(context.Context, provider.Callback) (*provider.Result, error) {
	return &provider.Result{Key: account.Key{Provider: "kakao", Namespace: "1", Subject: "1"}, Session: "sid"}, nil
}

// askingStore asks a withdrawn user first, and keeps what is written.
type askingStore struct {
	memory
	all []login.Completion
}

func (s *askingStore) Finish(ctx context.Context, c login.Completion) (login.Outcome, error) {
	if s.all = append(s.all, c); len(s.all) == 1 {
		return login.Outcome{Decision: account.Decision{Verdict: account.Refuse, Reason: account.ReasonRestorable}}, nil
	}
	return s.memory.Finish(ctx, c)
}

// A user who answers the question of a return has signed in in the same session at the provider: a sign-out there has
// to end the session here.
func TestReturnKeepsTheSessionAtTheProvider(t *testing.T) {
	t.Parallel()
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
	store := &askingStore{}
	flow, err := login.New(login.Config{
		Routes: []login.Route{{Provider: &sidProvider{}, RedirectURI: "https://login.example.test/oauth/kakao/callback"}},
		Store:  store, Sessions: sessions, Keys: keys, Returns: returns,
	})
	if err != nil {
		t.Fatal(err)
	}
	started, err := flow.Start(login.StartRequest{Provider: "kakao"})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(started.URL)
	if err != nil {
		t.Fatal(err)
	}
	done, err := flow.Finish(t.Context(), login.FinishRequest{
		Provider: "kakao", Query: url.Values{"state": {u.Query().Get("state")}, "code": {"c"}},
		Held: map[string]string{started.Name: started.Sealed},
	})
	if err == nil || done.Returning == nil {
		t.Fatalf("%+v, %v", done, err)
	}
	q := done.Returning
	if _, err := flow.Return(t.Context(), login.ReturnRequest{
		Sealed: q.Sealed, Held: map[string]string{q.Name: q.Attempt}, Choice: account.ChoiceRestore,
	}); err != nil {
		t.Fatal(err)
	}
	want := provider.SessionDigest(account.Key{Provider: "kakao", Namespace: "1", Subject: "1"}, "sid")
	if len(store.all) != 2 || store.all[0].ProviderSession != want || store.all[1].ProviderSession != want {
		t.Errorf("%d written, sessions at the provider %q", len(store.all), store.all[len(store.all)-1].ProviderSession)
	}
}
