package providertoken_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/providertoken"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/internal/withdrawal"
)

// strict is a provider that replaces the refresh token with each use and accepts none twice, so that two refreshes at
// once lose the user's tokens.
type strict struct {
	mu       sync.Mutex
	current  provider.Secret
	n        int
	ended    []provider.Secret
	entered  chan struct{} // if set, a refresh says that it is under way …
	released chan struct{} // … and waits
	now      func() time.Time
	pause    time.Duration // no refresh is permitted for so long
}

func (p *strict) Info() provider.Info {
	return provider.Info{Name: "kakao", Namespace: "1", CallbackMethod: "GET", ProvesFreshness: true}
}

func (p *strict) AuthorizeURL(provider.Request) (string, error)     { return "", errors.New("unused") }
func (p *strict) Linked(context.Context, account.Key) (bool, error) { return true, nil }
func (p *strict) ClassifyCall(error) provider.Kind                  { return provider.Unknown }
func (p *strict) Complete(context.Context, provider.Callback) (*provider.Result, error) {
	return nil, errors.New("unused")
}

func (p *strict) Refresh(_ context.Context, _ account.Key, t provider.Tokens) (provider.Tokens, error) {
	p.mu.Lock()
	if t.Refresh != p.current {
		p.mu.Unlock()
		return provider.Tokens{}, &provider.Error{Kind: provider.Gone, Code: "KOE322", Err: errors.New("replaced")}
	}
	p.n++
	p.current = provider.Secret(fmt.Sprint("refresh ", p.n))
	next := provider.Tokens{
		Access: provider.Secret(fmt.Sprint("access ", p.n)), Refresh: p.current,
		AccessExpiresAt: p.now().Add(6 * time.Hour), RefreshExpiresAt: p.now().Add(60 * 24 * time.Hour),
	}
	if p.pause > 0 {
		next.RefreshNotBefore, next.AccessExpiresAt = p.now().Add(p.pause), p.now().Add(20*time.Minute)
	}
	p.mu.Unlock()
	if p.entered != nil {
		p.entered <- struct{}{}
		<-p.released
	}
	time.Sleep(5 * time.Millisecond)
	return next, nil
}

func (p *strict) EndTokens(_ context.Context, t provider.Tokens) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = append(p.ended, t.Access)
	return nil
}

// processes are several norang processes on one database, and a user with stored tokens.
type processes struct {
	kakao  *strict
	stores []*store.DB
	grants []*providertoken.Service
	config providertoken.Config // of the last of them
	user   account.ID
	key    session.Key
	ahead  atomic.Int64
}

func (p *processes) now() time.Time { return time.Now().Add(time.Duration(p.ahead.Load())) }

func newProcesses(t *testing.T, dsn string, n int) *processes {
	t.Helper()
	p := &processes{kakao: &strict{current: "refresh 0"}}
	p.kakao.now = p.now
	keys, err := seal.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	vault := provider.NewTokenSealer(keys)
	for range n {
		db, err := store.Open(t.Context(), store.Config{DSN: dsn, Now: p.now})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
		sessions, err := session.New(session.Config{Store: db, Now: p.now})
		if err != nil {
			t.Fatal(err)
		}
		providers, err := provider.NewSet(p.kakao)
		if err != nil {
			t.Fatal(err)
		}
		leaver, err := withdrawal.New(withdrawal.Config{Store: db, Sessions: sessions, Providers: providers, Now: p.now})
		if err != nil {
			t.Fatal(err)
		}
		p.config = providertoken.Config{
			Store: db, Hints: db, Ending: db, Sealing: db, LinkEnded: leaver, Sealer: vault, Providers: providers, Now: p.now,
			Log: slog.New(slog.DiscardHandler),
		}
		g, err := providertoken.New(p.config)
		if err != nil {
			t.Fatal(err)
		}
		p.stores, p.grants = append(p.stores, db), append(p.grants, g)
	}
	p.signIn(t, vault, 42)
	return p
}

// signIn lets a person in, with tokens that are about to run out.
func (p *processes) signIn(t *testing.T, vault *provider.TokenSealer, subject uint16) {
	t.Helper()
	now := p.now()
	uuid := func() string {
		id, err := account.NewUUID(now, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	token, err := session.Mint(now, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p.user, p.key = account.ID(uuid()), token.Key()
	c := login.Completion{
		Attempt: login.AttemptKey{byte(subject), byte(subject >> 8)}, At: now,
		Key: account.Key{Provider: "kakao", Namespace: "1", Subject: fmt.Sprint(subject)}, UserID: p.user, IdentityID: uuid(),
		Session: session.Session{
			ID: uuid(), Key: p.key, CreatedAt: now, IdleExpiresAt: now.Add(time.Hour), ExpiresAt: now.Add(time.Hour),
		},
	}
	sealed, keyID, err := vault.Seal(c.Key, provider.Tokens{Access: "access 0", Refresh: "refresh 0"})
	if err != nil {
		t.Fatal(err)
	}
	c.Tokens = &login.NewTokens{
		ID: uuid(), Sealed: sealed, KeyID: keyID, AccessExpiresAt: now.Add(time.Second),
		RefreshExpiresAt: now.Add(30 * 24 * time.Hour),
	}
	if _, err := p.stores[0].Claim(t.Context(), c.Attempt, now, now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.stores[0].Finish(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

func (p *processes) grant(t *testing.T) providertoken.Record {
	t.Helper()
	all, err := p.stores[0].UsableTokens(t.Context(), p.user, "", p.now(), 2)
	if err != nil || len(all) != 1 {
		t.Fatalf("GrantsOf = %+v, %v", all, err)
	}
	return all[0]
}

func TestThreeProcessesRefreshOnce(t *testing.T) { databases(t, threeProcessesRefreshOnce) }

func threeProcessesRefreshOnce(t *testing.T, dsn string) {
	p := newProcesses(t, dsn, 3)
	for round := 1; round <= 3; round++ {
		var wg sync.WaitGroup
		for i := range 30 {
			wg.Go(func() {
				got, err := p.grants[i%3].Token(t.Context(), p.user, "")
				if err != nil || got.Token != provider.Secret(fmt.Sprint("access ", round)) {
					t.Errorf("round %d: %q, %v", round, got.Token.Reveal(), err)
				}
			})
		}
		wg.Wait()
		if p.kakao.n != round {
			t.Errorf("round %d: refreshed %d times", round, p.kakao.n)
		}
		// The session is not used meanwhile, so its tokens must run out before it does.
		g := p.grant(t)
		if ok, err := p.stores[0].SaveTokens(t.Context(), providertoken.Refreshed{
			ID: g.ID, Version: g.Version, Sealed: g.Sealed, KeyID: g.KeyID, AccessExpiresAt: p.now(),
			RefreshExpiresAt: g.RefreshExpiresAt,
		}); !ok || err != nil {
			t.Fatal(ok, err)
		}
	}
}

func TestExpiredLeaseIsTakenOver(t *testing.T) {
	databases(t, leaseOfADeadHolderExpires)
}

// looks is a store that tells after each look at a person's grants that there was one.
type looks struct {
	providertoken.Store
	looked func()
}

func (s looks) UsableTokens(
	ctx context.Context, id account.ID, provider string, at time.Time, limit int,
) ([]providertoken.Record, error) {
	all, err := s.Store.UsableTokens(ctx, id, provider, at, limit)
	s.looked()
	return all, err
}

// watch returns a further service on the database of p that calls looked at each read.
func (p *processes) watch(t *testing.T, looked func()) *providertoken.Service {
	t.Helper()
	cfg := p.config
	cfg.Store = looks{cfg.Store, looked}
	g, err := providertoken.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func leaseOfADeadHolderExpires(t *testing.T, dsn string) {
	p := newProcesses(t, dsn, 2)
	if ok, err := p.stores[0].LeaseTokens(t.Context(), p.grant(t), p.now(), p.now().Add(30*time.Second)); !ok ||
		err != nil {
		t.Fatal(ok, err)
	}
	// A caller whose context ends has read, waited and read again.
	hurried, hurry := context.WithCancel(t.Context())
	defer hurry()
	n := 0
	if _, err := p.watch(t, func() {
		if n++; n == 2 {
			hurry()
		}
	}).Token(hurried, p.user, ""); !errors.Is(err, providertoken.ErrUnavailable) || !errors.Is(err, context.Canceled) ||
		n != 2 {
		t.Errorf("with an ended context, after %d reads: %v", n, err)
	}
	got := make(chan error, 1)
	looked := make(chan struct{}, 1000)
	patient := p.watch(t, func() { looked <- struct{}{} })
	go func() {
		_, err := patient.Token(t.Context(), p.user, "")
		got <- err
	}()
	<-looked
	p.ahead.Store(int64(31 * time.Second)) // the holder of the lease has died
	if err := <-got; err != nil || p.kakao.n != 1 {
		t.Errorf("after the lease: %v, %d refreshes", err, p.kakao.n)
	}
}

func TestRefreshWaitsUntilTheProviderPermitsIt(t *testing.T) { databases(t, refreshNotBefore) }

func refreshNotBefore(t *testing.T, dsn string) {
	p := newProcesses(t, dsn, 1)
	p.kakao.pause = 30 * time.Minute
	for _, step := range []struct {
		ahead     time.Duration
		want      error
		refreshes int
	}{
		{0, nil, 1}, {15 * time.Minute, nil, 1}, {25 * time.Minute, providertoken.ErrUnavailable, 1},
		{31 * time.Minute, nil, 2},
	} {
		p.ahead.Store(int64(step.ahead))
		if _, err := p.grants[0].Token(t.Context(), p.user, ""); !errors.Is(err, step.want) || p.kakao.n != step.refreshes {
			t.Errorf("after %v: %v, %d refreshes", step.ahead, err, p.kakao.n)
		}
	}
}

// A refresh in progress is finished and stored although its caller has gone or the program stops.
func TestRefreshFinishesAfterCallerLeaves(t *testing.T) { databases(t, aRefreshUnderWayIsFinished) }

func aRefreshUnderWayIsFinished(t *testing.T, dsn string) {
	p := newProcesses(t, dsn, 2)
	p.kakao.entered, p.kakao.released = make(chan struct{}), make(chan struct{})
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() { _, err := p.grants[0].Token(ctx, p.user, ""); left <- err }()
	<-p.kakao.entered
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("who left: %v", err)
	}
	running, stop := context.WithCancel(t.Context())
	stopped := make(chan struct{})
	go func() { defer close(stopped); p.grants[0].Run(running) }()
	stop()
	select {
	case <-stopped:
		t.Error("stopped with a refresh under way")
	case <-time.After(50 * time.Millisecond):
	}
	close(p.kakao.released)
	<-stopped
	p.kakao.entered = nil
	if got, err := p.grants[1].Token(t.Context(), p.user, ""); err != nil || got.Token != "access 1" || p.kakao.n != 1 {
		t.Errorf("the other process has %q, %v after %d refreshes", got.Token.Reveal(), err, p.kakao.n)
	}
	if _, err := p.grants[0].Token(t.Context(), p.user, ""); err != nil {
		t.Errorf("a good token while stopping: %v", err)
	}
	p.ahead.Store(int64(50 * time.Minute))
	g := p.grant(t)
	_, err := p.stores[0].SaveTokens(
		t.Context(),
		providertoken.Refreshed{ID: g.ID, Version: g.Version, Sealed: g.Sealed, KeyID: g.KeyID, AccessExpiresAt: p.now()},
	)
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.grants[0].Token(t.Context(), p.user, "")
	if !errors.Is(err, providertoken.ErrUnavailable) || p.kakao.n != 1 {
		t.Errorf("a refresh was begun while stopping: %v", err)
	}
}

func TestSignedOutDuringARefresh(t *testing.T) { databases(t, signedOutDuringARefresh) }

func signedOutDuringARefresh(t *testing.T, dsn string) {
	p := newProcesses(t, dsn, 1)
	p.kakao.entered, p.kakao.released = make(chan struct{}), make(chan struct{})
	got := make(chan error, 1)
	go func() { _, err := p.grants[0].Token(t.Context(), p.user, ""); got <- err }()
	<-p.kakao.entered
	id := p.grant(t).ID
	if _, err := p.stores[0].End(t.Context(), session.Revocation{Key: &p.key, At: p.now()}); err != nil {
		t.Fatal(err)
	}
	if err := p.stores[0].DeleteEndedTokens(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	close(p.kakao.released)
	if err := <-got; !errors.Is(err, providertoken.ErrNone) {
		t.Errorf("Token: %v", err)
	}
	if len(p.kakao.ended) != 1 || p.kakao.ended[0] != "access 1" {
		t.Errorf("ended at Kakao: %d tokens", len(p.kakao.ended))
	}
}

func TestNewRequiresItsDependencies(t *testing.T) {
	if _, err := providertoken.New(providertoken.Config{}); err == nil {
		t.Error("made of nothing")
	}
}

// More grants than fit a step, and one among them that nothing opens.
func TestResealAll(t *testing.T) {
	p := newProcesses(t, newFile(t), 1)
	file := filepath.Join(t.TempDir(), "keys")
	if err := seal.Create(file, time.Now(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	ring := func() *seal.Keyring {
		k, err := seal.Load(file)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	old := provider.NewTokenSealer(ring())
	const people = 230
	for i := range people {
		p.signIn(t, old, uint16(1000+i))
	}
	broken := p.grant(t)
	if ok, err := p.stores[0].ResealTokens(t.Context(), broken, "broken", old.KeyID()); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if _, err := seal.Rotate(file, time.Now(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	current := provider.NewTokenSealer(ring())
	cfg := p.config
	cfg.Sealer = current
	g, err := providertoken.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{people - 1, 0} {
		r, err := g.Reseal(t.Context())
		// The tokens of the first user are sealed by a key that is no longer in the ring.
		if err != nil || r.Done != want || len(r.Lost) != 1 {
			t.Errorf("Reseal = %+v, %v; want %d", r, err, want)
		}
	}
	left, err := p.stores[0].TokensByKey(t.Context(), old.KeyID(), 10)
	if err != nil || len(left) != 1 || left[0].Sealed != "broken" {
		t.Errorf("left by the old key: %+v, %v", left, err)
	}
	// Resealing changes no token.
	first, err := p.stores[0].TokensByKey(t.Context(), current.KeyID(), 1)
	if err != nil || len(first) != 1 {
		t.Fatal(first, err)
	}
	if got, err := current.Open(first[0].Key, first[0].Sealed); err != nil || got.Access != "access 0" ||
		got.Refresh != "refresh 0" {
		t.Errorf("opens as %q, %v", got.Access.Reveal(), err)
	}
}
