package session_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/session"
)

// memory is a store in memory with a switch for being away. The contract of the real ones is in store/storetest; this
// one lets a test control answers and failures.
type memory struct {
	mu      sync.Mutex
	rows    map[session.Key]session.Principal
	changes []session.Change
	touched []session.Touch
	away    bool
	feedOff bool // only the feed fails
	reads   int
	onRead  func() // runs after a row was read and before it is returned
}

var errAway = errors.New("the database is away")

func (m *memory) Principal(_ context.Context, k session.Key) (*session.Principal, error) {
	m.mu.Lock()
	m.reads++
	p, ok := m.rows[k]
	away, onRead := m.away, m.onRead
	m.mu.Unlock()
	if onRead != nil {
		onRead()
	}
	switch {
	case away:
		return nil, errAway
	case !ok:
		return nil, session.ErrNone
	}
	return &p, nil
}

func (m *memory) Touch(_ context.Context, t []session.Touch) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away {
		return errAway
	}
	m.touched = append(m.touched, t...)
	return nil
}

func (m *memory) End(_ context.Context, e session.Revocation) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away {
		return 0, errAway
	}
	if e.Renewed != nil {
		p, ok := m.rows[*e.Except]
		if !ok || p.User.ID != e.UserID {
			return 0, session.ErrNone
		}
		delete(m.rows, *e.Except)
		p.Session.Key = *e.Renewed
		m.rows[*e.Renewed] = p
		m.changes = append(m.changes, session.Change{Seq: int64(len(m.changes) + 1), Key: *e.Except})
		e.Except = e.Renewed
	}
	n := 0
	for k, p := range m.rows {
		mine := e.Key == nil && p.User.ID == e.UserID && (e.Except == nil || k != *e.Except) &&
			(e.ID == "" || e.ID == p.Session.ID)
		if e.Key != nil && k == *e.Key || mine {
			delete(m.rows, k)
			m.changes = append(m.changes, session.Change{Seq: int64(len(m.changes) + 1), Key: k})
			n++
		}
	}
	return n, nil
}

func (m *memory) Changes(_ context.Context, cursor int64) ([]session.Change, int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away || m.feedOff {
		return nil, 0, errAway
	}
	now := int64(len(m.changes) + 1) // never 0, which asks for the present cursor
	if cursor == 0 {
		return nil, now, nil
	}
	return m.changes[cursor-1:], now, nil
}

func (m *memory) set(change func()) { m.mu.Lock(); change(); m.mu.Unlock() }
func (m *memory) readCount() int    { m.mu.Lock(); defer m.mu.Unlock(); return m.reads }

// add puts a session of the user there and returns its token.
func (m *memory) add(t testing.TB, user account.ID) session.Token {
	t.Helper()
	now := time.Now()
	tok, err := session.Mint(now, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	m.set(func() {
		m.rows[tok.Key()] = session.Principal{
			User: account.User{ID: user, Status: account.Active},
			Session: session.Session{
				ID: fmt.Sprintf("%036x", len(m.rows)), Key: tok.Key(), UserID: user, SeenAt: now, Remember: true,
				IdleExpiresAt: now.Add(14 * 24 * time.Hour), ExpiresAt: now.Add(90 * 24 * time.Hour),
			},
		}
	})
	return tok
}

func start(t *testing.T, size int) (*session.Sessions, *memory) {
	t.Helper()
	m := &memory{rows: map[session.Key]session.Principal{}}
	s, err := session.New(session.Config{Store: m, CacheSize: size, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx) }()
	t.Cleanup(func() { stop(); <-done })
	synctest.Wait()
	return s, m
}

func signedIn(t *testing.T, s *session.Sessions, tok session.Token) error {
	t.Helper()
	_, err := s.Get(t.Context(), tok)
	return err
}

func TestCachedSessionNeedsNoRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, m := start(t, 10)
		tok := m.add(t, "a")
		for range 100 {
			if err := signedIn(t, s, tok); err != nil {
				t.Fatal(err)
			}
		}
		if n := m.readCount(); n != 1 {
			t.Errorf("%d reads", n)
		}
		if st := s.Stats(); st.Hits != 99 || st.Misses != 1 || st.Cached != 1 {
			t.Errorf("%+v", st)
		}
	})
}

func TestRevocationIsSeenAtOnceHereAndWithinASecondElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, m := start(t, 10)
		there, err := session.New(session.Config{Store: m, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); there.Run(ctx) }()
		defer func() { stop(); <-done }()
		synctest.Wait()
		one, two := m.add(t, "a"), m.add(t, "a")
		for _, s := range []*session.Sessions{here, there} {
			for _, tok := range []session.Token{one, two} {
				if err := signedIn(t, s, tok); err != nil {
					t.Fatal(err)
				}
			}
		}
		k := one.Key()
		if n, err := here.End(t.Context(), session.Revocation{UserID: "a", Except: &k}); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		if err := signedIn(t, here, two); !errors.Is(err, session.ErrNone) {
			t.Errorf("here, at once: %v", err)
		}
		if err := signedIn(t, there, two); err != nil {
			t.Errorf("the test is of no use: the other process did not have it cached: %v", err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if err := signedIn(t, there, two); !errors.Is(err, session.ErrNone) {
			t.Errorf("elsewhere, after a second: %v", err)
		}
		for _, s := range []*session.Sessions{here, there} {
			if err := signedIn(t, s, one); err != nil {
				t.Errorf("the one that was to live on: %v", err)
			}
		}
	})
}

// A row that was read before a revocation and comes to the cache after it must not stay there.
func TestAReadThatRacesARevocationIsNotCached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, m := start(t, 10)
		tok := m.add(t, "a")
		k := tok.Key()
		m.set(func() {
			m.onRead = func() {
				m.set(func() { m.onRead = nil })
				if _, err := s.End(t.Context(), session.Revocation{Key: &k}); err != nil {
					t.Error(err)
				}
			}
		})
		_ = signedIn(t, s, tok) // began before the revocation: either answer is right
		if err := signedIn(t, s, tok); !errors.Is(err, session.ErrNone) {
			t.Errorf("after the revocation: %v", err)
		}
	})
}

func TestCacheIsNotUsedWithoutAFreshFeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, m := start(t, 10)
		tok := m.add(t, "a")
		if err := signedIn(t, s, tok); err != nil {
			t.Fatal(err)
		}
		m.set(func() { m.feedOff = true; delete(m.rows, tok.Key()) }) // ended elsewhere, and the feed is unavailable
		time.Sleep(1100 * time.Millisecond)
		if err := signedIn(t, s, tok); !errors.Is(err, session.ErrNone) {
			t.Errorf("%v", err)
		}
	})
}

func TestFA15_StoreDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, m := start(t, 10)
		known, stranger := m.add(t, "a"), m.add(t, "b")
		if err := signedIn(t, s, known); err != nil {
			t.Fatal(err)
		}
		m.set(func() { m.away = true })
		time.Sleep(20 * time.Second)
		if err := signedIn(t, s, known); err != nil {
			t.Errorf("a session that was seen a moment ago: %v", err)
		}
		if err := signedIn(t, s, stranger); !errors.Is(err, session.ErrUnavailable) {
			t.Errorf("one that is not in memory: %v", err)
		}
		_, got := s.Get(t.Context(), stranger)
		if _, err := s.Peek(t.Context(), stranger); !errors.Is(err, session.ErrUnavailable) || !errors.Is(err, errAway) ||
			err.Error() != got.Error() {
			t.Errorf("looked at without a use: %v, want %v", err, got)
		}
		time.Sleep(11 * time.Second)
		if err := signedIn(t, s, known); !errors.Is(err, session.ErrUnavailable) {
			t.Errorf("after 31 seconds: %v", err)
		}
		m.set(func() { m.away = false })
		time.Sleep(time.Second)
		if err := errors.Join(signedIn(t, s, known), signedIn(t, s, stranger)); err != nil {
			t.Errorf("after the store came back: %v", err)
		}
	})
}

func TestTheIdleLimitSlidesWithoutAWriteForEachRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, m := start(t, 10)
		tok := m.add(t, "a")
		for range 60 * 60 { // an hour of requests
			if err := signedIn(t, s, tok); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		synctest.Wait()
		m.mu.Lock()
		defer m.mu.Unlock()
		if n := len(m.touched); n < 5 || n > 7 {
			t.Errorf("%d writes in an hour, want one for each ten minutes", n)
		}
		for _, touch := range m.touched {
			if got := touch.IdleExpiresAt.Sub(touch.SeenAt); got != 14*24*time.Hour {
				t.Errorf("idle limit moved to %v after the use", got)
			}
		}
	})
}

func TestLastUsesAreSavedAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{rows: map[session.Key]session.Principal{}}
		s, err := session.New(session.Config{Store: m})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); s.Run(ctx) }()
		synctest.Wait()
		tok := m.add(t, "a")
		time.Sleep(11 * time.Minute)
		if err := signedIn(t, s, tok); err != nil {
			t.Fatal(err)
		}
		stop()
		<-done
		if len(m.touched) != 1 {
			t.Errorf("%d uses written", len(m.touched))
		}
	})
}

func TestTheCacheIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const size = 8
		s, m := start(t, size)
		var hot session.Token
		for i := range 10 * size {
			tok := m.add(t, account.ID(fmt.Sprint(i)))
			if i == 0 {
				hot = tok
			}
			if err := errors.Join(signedIn(t, s, tok), signedIn(t, s, hot)); err != nil {
				t.Fatal(err)
			}
			if n := s.Stats().Cached; n > size {
				t.Fatalf("%d cached", n)
			}
		}
		before := m.readCount()
		if err := signedIn(t, s, hot); err != nil || m.readCount() != before {
			t.Errorf("what is used all the time was thrown out: %v", err)
		}
	})
}

func TestWithoutACacheEveryRequestReadsTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, m := start(t, -1)
		tok := m.add(t, "a")
		for range 3 {
			if err := signedIn(t, s, tok); err != nil {
				t.Fatal(err)
			}
		}
		if n := m.readCount(); n != 3 {
			t.Errorf("%d reads", n)
		}
	})
}

func TestASessionTooLargeForTheCacheIsReadAtEveryRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, m := start(t, 10)
		tok := m.add(t, "a")
		m.set(func() {
			p := m.rows[tok.Key()]
			p.User.Picture = strings.Repeat("x", 1<<16)
			m.rows[tok.Key()] = p
		})
		for range 3 {
			p, err := s.Get(t.Context(), tok)
			if err != nil || len(p.User.Picture) != 1<<16 {
				t.Fatalf("%v, %v", p != nil, err)
			}
		}
		if n := m.readCount(); n != 3 {
			t.Errorf("%d reads", n)
		}
	})
}

func TestContradictoryLimitsAreRefused(t *testing.T) {
	for _, l := range []session.Limits{{Idle: time.Second}, {Idle: 2 * time.Hour, Life: time.Hour}, {Idle: -time.Hour}} {
		if _, err := session.New(session.Config{Store: &memory{}, Remembered: l}); err == nil {
			t.Errorf("%+v accepted", l)
		}
	}
}

func TestTokenIsRedactedWhenPrinted(t *testing.T) {
	tok, err := session.Mint(time.Now(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "token", tok, "in", struct{ T session.Token }{tok})
	for _, text := range []string{fmt.Sprintf("%v %+v %#v %s %q %x %d", tok, tok, tok, tok, tok, tok, tok), log.String()} {
		if strings.Contains(text, tok.Reveal()) || !strings.Contains(text, "[redacted]") ||
			strings.Contains(text, fmt.Sprintf("%x", tok.Bytes())) {
			t.Errorf("prints %s", text)
		}
	}
}

func TestTokensHaveOneSpelling(t *testing.T) {
	tok, err := session.Mint(time.Unix(1_700_000_000, 0), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	text := tok.Reveal()
	if got, ok := session.Parse(text); !ok || got != tok || got.Key() != tok.Key() {
		t.Fatalf("Parse(%q) = %v, %t", text, got, ok)
	}
	for _, bad := range []string{"", text[1:], text + "A", text + "=", " " + text, strings.Repeat("A", 4096),
		text[:47] + "+", text[:47] + "\n"} {
		if _, ok := session.Parse(bad); ok {
			t.Errorf("%q accepted", bad)
		}
	}
}

func TestKeysSortByMintingTime(t *testing.T) {
	var last session.Key
	for i := range 5 {
		tok, err := session.Mint(time.Unix(1_700_000_000+int64(i), 0), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		k := tok.Key()
		if string(k[:]) <= string(last[:]) {
			t.Fatal("a later key sorts first")
		}
		if strings.Contains(string(k[:]), string(tok.Bytes()[8:24])) {
			t.Fatal("the key holds the token")
		}
		last = k
	}
}

func FuzzParse(f *testing.F) {
	tok, _ := session.Mint(time.Unix(1_700_000_000, 0), rand.Reader)
	f.Add(tok.Reveal())
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		if tok, ok := session.Parse(text); ok && tok.Reveal() != text {
			t.Fatalf("%q and %q are one token", text, tok.Reveal())
		}
	})
}

// A process that could not read the feed for long, such as on a laptop that slept, starts again with an empty cache,
// because changes of that time may have been deleted.
func TestFeedStartsOverAfterALongOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, m := start(t, 10)
		tok := m.add(t, "a")
		if err := signedIn(t, s, tok); err != nil {
			t.Fatal(err)
		}
		m.set(func() { m.feedOff = true })
		time.Sleep(time.Minute) // longer than cached sessions are valid without the feed
		m.set(func() {
			delete(m.rows, tok.Key()) // ended by another process, whose word of it is gone from the feed
			m.changes = make([]session.Change, 100)
			m.feedOff = false
		})
		time.Sleep(time.Second)
		synctest.Wait()
		if err := signedIn(t, s, tok); !errors.Is(err, session.ErrNone) {
			t.Errorf("%v", err)
		}
	})
}
