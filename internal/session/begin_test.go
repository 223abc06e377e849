package session_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/session"
)

// begin begins a session of the user, and calls during while its transaction has committed and not returned.
func begin(t *testing.T, s *session.Sessions, m *memory, user account.ID, during func()) session.Token {
	t.Helper()
	tok := unknownToken(t)
	err := s.Begin(tok, func() (*session.Principal, error) {
		p := principalOf(tok, user)
		m.set(func() { m.rows[tok.Key()] = p })
		if during != nil {
			during()
		}
		return &p, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func principalOf(tok session.Token, user account.ID) session.Principal {
	now := time.Now().UTC()
	return session.Principal{
		User: account.User{ID: user, Status: account.Active},
		Session: session.Session{
			ID: "s", UserID: user, Key: tok.Key(), CreatedAt: now, SeenAt: now,
			IdleExpiresAt: now.Add(time.Hour), ExpiresAt: now.Add(2 * time.Hour),
		},
	}
}

func TestABegunSessionIsInMemoryUnlessItsUserChanged(t *testing.T) {
	for _, c := range []struct {
		name   string
		during func(*session.Sessions, session.Token)
		reads  int
	}{
		{"nothing", nil, 0},
		{"another user's sessions dropped", func(s *session.Sessions, _ session.Token) { s.ForgetUser("b") }, 0},
		{"the user's sessions dropped", func(s *session.Sessions, _ session.Token) { s.ForgetUser("a") }, 1},
		{"the users of many sessions dropped", func(s *session.Sessions, _ session.Token) {
			for range 300 {
				s.ForgetUser("b")
			}
		}, 1},
		{"the user's other session", func(s *session.Sessions, other session.Token) { s.Forget(other.Key()) }, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, m := start(t, 10)
				other := m.add(t, "a")
				if err := signedIn(t, s, other); err != nil {
					t.Fatal(err)
				}
				before := m.readCount()
				tok := begin(t, s, m, "a", func() {
					if c.during != nil {
						c.during(s, other)
					}
				})
				if p, known := s.Cached(tok); known != (c.reads == 0) || known && p.User.ID != "a" {
					t.Errorf("in memory: %v, %+v", known, p)
				}
				if p, err := s.Get(t.Context(), tok); err != nil || p.User.ID != "a" {
					t.Fatal(p, err)
				}
				if n := m.readCount() - before; n != c.reads {
					t.Errorf("%d reads of the begun session, want %d", n, c.reads)
				}
				if _, known := s.Cached(other); known {
					t.Error("the user's other session stayed in memory")
				}
			})
		})
	}
}

// A session that ends between its transaction and the answer must not be found in memory, for any cause of its end.
func TestABegunSessionThatHasEndedIsNotKept(t *testing.T) {
	for name, end := range map[string]func(context.Context, *session.Sessions, session.Token) error{
		"by its key": func(ctx context.Context, s *session.Sessions, tok session.Token) error {
			k := tok.Key()
			_, err := s.End(ctx, session.Revocation{Key: &k})
			return err
		},
		"with all of the user's": func(ctx context.Context, s *session.Sessions, _ session.Token) error {
			_, err := s.End(ctx, session.Revocation{UserID: "a"})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, m := start(t, 10)
				tok := unknownToken(t)
				var waiting error
				done := make(chan struct{})
				err := s.Begin(tok, func() (*session.Principal, error) {
					p := principalOf(tok, "a")
					m.set(func() { m.rows[tok.Key()] = p })
					if err := end(t.Context(), s, tok); err != nil {
						t.Error(err)
					}
					go func() { // comes after the end: it must not get what the transaction returns
						defer close(done)
						_, waiting = s.Get(t.Context(), tok)
					}()
					synctest.Wait()
					return &p, nil
				})
				if err != nil {
					t.Fatal(err)
				}
				<-done
				if !errors.Is(waiting, session.ErrNone) {
					t.Errorf("a request that came after the end: %v", waiting)
				}
				if err := signedIn(t, s, tok); !errors.Is(err, session.ErrNone) {
					t.Errorf("after the end: %v", err)
				}
			})
		})
	}
}

func TestASessionThatWasUnknownIsFoundOnceItHasBegun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, m := start(t, 10)
		tok := unknownToken(t)
		m.slow()
		done := make(chan struct{})
		go func() {
			defer close(done)
			if err := signedIn(t, s, tok); !errors.Is(err, session.ErrNone) {
				t.Errorf("before it began: %v", err)
			}
		}()
		synctest.Wait() // it reads
		p := principalOf(tok, "a")
		err := s.Begin(tok, func() (*session.Principal, error) {
			<-done // the read has found nothing
			m.set(func() { m.rows[tok.Key()], m.onRead = p, nil })
			return &p, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := signedIn(t, s, tok); err != nil {
			t.Errorf("once it had begun: %v", err)
		}
	})
}

func TestBeginWithoutASessionCachesNothing(t *testing.T) {
	failed := errors.New("not written")
	for _, size := range []int{10, -1} {
		for _, want := range []error{nil, failed} {
			synctest.Test(t, func(t *testing.T) {
				s, m := start(t, size)
				tok := unknownToken(t)
				err := s.Begin(tok, func() (*session.Principal, error) { return nil, want })
				if !errors.Is(err, want) {
					t.Errorf("error %v, want %v", err, want)
				}
				if err := signedIn(t, s, tok); !errors.Is(err, session.ErrNone) || m.readCount() != 1 {
					t.Errorf("size %d: %v after %d reads", size, err, m.readCount())
				}
			})
		}
	}
}

func TestBeginWithoutASessionWhileARequestReadsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, m := start(t, 10)
		tok := unknownToken(t)
		m.slow()
		done := make(chan struct{})
		go func() {
			defer close(done)
			if err := signedIn(t, s, tok); !errors.Is(err, session.ErrNone) {
				t.Errorf("the request: %v", err)
			}
		}()
		synctest.Wait() // it reads
		failed := errors.New("not written")
		err := s.Begin(tok, func() (*session.Principal, error) { return nil, failed })
		if !errors.Is(err, failed) {
			t.Errorf("error %v", err)
		}
		<-done
	})
}
