package session_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/session"
)

func mustGet(t *testing.T, s *session.Sessions, tok session.Token) *session.Principal {
	t.Helper()
	p, err := s.Get(t.Context(), tok)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSE10_EndOthersRenewsTheToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, m := start(t, 10)
		own, other, stranger := m.add(t, "a"), m.add(t, "a"), m.add(t, "b")
		p := mustGet(t, s, own)
		mustGet(t, s, other)
		renewed, n, err := s.EndOthers(t.Context(), p, audit.User("u1", audit.Client{}))
		if n != 1 || err != nil || renewed == own {
			t.Fatal(n, err)
		}
		for _, tok := range []session.Token{own, other} { // both were in the cache
			if err := signedIn(t, s, tok); !errors.Is(err, session.ErrNone) {
				t.Errorf("ended: %v", err)
			}
		}
		if got := mustGet(t, s, renewed); got.Session.ID != p.Session.ID ||
			!got.Session.ExpiresAt.Equal(p.Session.ExpiresAt) {
			t.Errorf("renewed is %+v", got.Session)
		}
		mustGet(t, s, stranger)
		if _, _, err := s.EndOthers(t.Context(), p, audit.User("u1", audit.Client{})); !errors.Is(err, session.ErrNone) {
			t.Errorf("by a session that is gone: %v", err)
		}
		mustGet(t, s, renewed)
	})
}

func TestSE11_EndDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, m := start(t, 10)
		own, other, stranger := m.add(t, "a"), m.add(t, "a"), m.add(t, "b")
		p := mustGet(t, s, own)
		for _, id := range []string{mustGet(t, s, stranger).Session.ID, "", "nothing", strings.Repeat("x", 36)} {
			if err := s.EndDevice(t.Context(), p, id, audit.User("u1", audit.Client{})); !errors.Is(err, session.ErrNone) {
				t.Errorf("%q: %v", id, err)
			}
		}
		for _, tok := range []session.Token{own, other, stranger} {
			mustGet(t, s, tok)
		}
		if err := s.EndDevice(t.Context(), p, mustGet(t, s, other).Session.ID, audit.User("u1", audit.Client{})); err != nil {
			t.Fatal(err)
		}
		if err := signedIn(t, s, other); !errors.Is(err, session.ErrNone) {
			t.Errorf("ended: %v", err)
		}
		mustGet(t, s, own)
		m.set(func() { m.away = true })
		if err := s.EndDevice(t.Context(), p, strings.Repeat("0", 36), audit.User("u1", audit.Client{})); err == nil ||
			errors.Is(err, session.ErrNone) {
			t.Errorf("the store is away: %v", err)
		}
		if _, _, err := s.EndOthers(t.Context(), p, audit.User("u1", audit.Client{})); err == nil ||
			errors.Is(err, session.ErrNone) {
			t.Errorf("the store is away: %v", err)
		}
	})
}

func TestEndOthersWithoutRandomness(t *testing.T) {
	m := &memory{rows: map[session.Key]session.Principal{}}
	s, err := session.New(session.Config{Store: m, Random: emptyReader{}})
	if err != nil {
		t.Fatal(err)
	}
	tok := m.add(t, "a")
	if _, _, err := s.EndOthers(t.Context(), mustGet(t, s, tok), audit.User("u1", audit.Client{})); err == nil {
		t.Error("a token of nothing")
	}
	mustGet(t, s, tok)
}

type emptyReader struct{}

func (emptyReader) Read([]byte) (int, error) { return 0, errors.New("no randomness") }
