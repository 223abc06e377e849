package config

import (
	"testing"
	"time"
)

// What the help names as the default can be written out: whoever copies the table into a file changes nothing.
func TestEveryDefaultCanBeWritten(t *testing.T) {
	for _, s := range Table() {
		if s.Default == "" || s.Phrase != (Text{}) {
			continue
		}
		if problem := assign(&s, s.field(new(Settings)), given{text: s.Default}); problem != nil {
			t.Errorf("%s: its default %q is refused: %s", s.Name, s.Default, problem.En)
		}
	}
}

// "0 deletes it at once", says the help of NORANG_WITHDRAW_GRACE. Where none makes no sense it stays refused.
func TestDurationsThatMayBeNone(t *testing.T) {
	for _, name := range []string{"NORANG_WITHDRAW_GRACE", "NORANG_RECONCILE", "NORANG_LOG_KEEP", "NORANG_SESSION_IDLE"} {
		s, ok := find(name)
		if !ok {
			t.Fatal(name)
		}
		may := name == "NORANG_WITHDRAW_GRACE" || name == "NORANG_RECONCILE"
		for _, text := range []string{"0", "0d"} {
			settings := Settings{WithdrawGrace: time.Hour, Reconcile: time.Hour}
			problem := assign(s, s.field(&settings), given{text: text})
			if got := problem == nil; got != may {
				t.Errorf("%s=%s: taken %v, want %v", name, text, got, may)
			}
			if d := *s.field(&settings).(*time.Duration); may && d != 0 {
				t.Errorf("%s=%s gives %v", name, text, d)
			}
		}
		if problem := assign(s, s.field(new(Settings)), given{text: "-1d"}); problem == nil {
			t.Errorf("%s=-1d is taken", name)
		}
	}
}
