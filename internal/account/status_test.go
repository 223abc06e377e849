package account

import (
	"errors"
	"testing"
	"time"
)

func TestStatusChangeNext(t *testing.T) {
	t.Parallel()
	joined := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		now      Status
		joined   time.Time
		disabled bool
		want     Status
		err      error
	}{
		{Active, joined, true, Disabled, nil},
		{Active, joined, false, Active, nil},
		{Pending, time.Time{}, true, Disabled, nil},
		{Pending, time.Time{}, false, Pending, nil},
		{Disabled, joined, true, Disabled, nil},
		{Disabled, joined, false, Active, nil},
		{Disabled, time.Time{}, false, Pending, nil},
		{Withdrawn, joined, true, Withdrawn, ErrNotFound},
		{Withdrawn, joined, false, Withdrawn, ErrNotFound},
	} {
		got, err := StatusChange{Disabled: c.disabled}.Next(User{Status: c.now, JoinedAt: c.joined})
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s, joined at %v, disabled %v: %s, %v", c.now, c.joined, c.disabled, got, err)
		}
	}
}
