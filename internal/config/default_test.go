package config

import (
	"testing"
	"time"

	"github.com/norang-login/norang"
)

// A documented default is a valid value.
func TestEveryDefaultIsValid(t *testing.T) {
	t.Parallel()
	for _, s := range Table() {
		if s.Default == "" || !s.DefaultText.IsZero() {
			continue
		}
		if problem := assign(&s, s.field(new(Settings)), given{text: s.Default}); problem != nil {
			t.Errorf("%s: default %q is refused: %s", s.Name, s.Default, problem.reason.En)
		}
	}
}

// NORANG_WITHDRAW_GRACE and NORANG_RECONCILE may be zero, other durations may not.
func TestDurationsThatMayBeZero(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"NORANG_WITHDRAW_GRACE", "NORANG_RECONCILE", "NORANG_LOG_KEEP", "NORANG_SESSION_IDLE",
	} {
		s, ok := find(name)
		if !ok {
			t.Fatal(name)
		}
		may := name == "NORANG_WITHDRAW_GRACE" || name == "NORANG_RECONCILE"
		for _, text := range []string{"0", "0d"} {
			settings := Settings{Config: norang.Config{WithdrawGrace: time.Hour, Reconcile: time.Hour}}
			problem := assign(s, s.field(&settings), given{text: text})
			if got := problem == nil; got != may {
				t.Errorf("%s=%s: accepted %v, want %v", name, text, got, may)
			}
			if d := *s.field(&settings).(*time.Duration); may && d != 0 {
				t.Errorf("%s=%s gives %v", name, text, d)
			}
		}
		if problem := assign(s, s.field(new(Settings)), given{text: "-1d"}); problem == nil {
			t.Errorf("%s=-1d is accepted", name)
		}
	}
}
