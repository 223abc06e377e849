package console

import (
	"errors"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/norang-login/norang/internal/account"
)

func TestLastActiveOperatorIsKept(t *testing.T) {
	t.Parallel()
	one := Member{UserID: "1", Role: Operator, Status: account.Active}
	two := Member{UserID: "2", Role: Operator, Status: account.Active}
	disabled, viewer := two, two
	disabled.Status, viewer.Role = account.Disabled, Viewer
	for name, c := range map[string]struct {
		all  []Member
		id   account.ID
		want error
	}{
		"the only one":           {[]Member{one}, "1", account.ErrLastOperator},
		"one of two":             {[]Member{one, two}, "1", nil},
		"beside a disabled one":  {[]Member{one, disabled}, "1", account.ErrLastOperator},
		"beside a viewer":        {[]Member{one, viewer}, "1", account.ErrLastOperator},
		"somebody else":          {[]Member{one, viewer}, "2", nil},
		"a disabled operator":    {[]Member{disabled}, "2", nil},
		"nobody holds a role":    {nil, "1", nil},
		"a user without a role":  {[]Member{one}, "3", nil},
		"a viewer, nobody else":  {[]Member{viewer}, "2", nil},
		"of two, the second one": {[]Member{one, two}, "2", nil},
	} {
		if err := Keeps(c.all, c.id); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCodeOfTheSecondFactor(t *testing.T) {
	t.Parallel()
	const secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
	now := time.Unix(1_800_000_015, 0)
	code := func(at time.Time) string {
		text, err := totp.GenerateCode(secret, at)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	var f Factor
	f, err := f.Check(secret, code(now), now)
	if err != nil || f.ConfirmedAt != now {
		t.Fatalf("the first code: %v", err)
	}
	for name, text := range map[string]string{
		"the same code": code(now), "an earlier one": code(now.Add(-period)), "none": "", "too long": code(now) + "0",
		"two periods ahead": code(now.Add(2 * period)),
	} {
		if next, err := f.Check(secret, text, now); !errors.Is(err, ErrCode) || next.Failures != 1 {
			t.Errorf("%s: %v, %d failures", name, err, next.Failures)
		}
	}
	if _, err := f.Check(secret, code(now.Add(period)), now); err != nil {
		t.Errorf("a clock that is ahead: %v", err)
	}
	wrong := f
	for range MaxFailures {
		wrong, _ = wrong.Check(secret, "", now)
	}
	later := now.Add(period)
	if _, err := wrong.Check(secret, code(later), later); !errors.Is(err, ErrLocked) {
		t.Errorf("after %d wrong codes: %v", MaxFailures, err)
	}
	later = now.Add(FailureWindow)
	if next, err := wrong.Check(secret, code(later), later); err != nil || next.Failures != 0 {
		t.Errorf("after the window: %v", err)
	}
	corrected := now.Add(-9 * time.Hour)
	wrong.Step = 0
	if next, err := wrong.Check(secret, code(corrected), corrected); err != nil || next.Failures != 0 {
		t.Errorf("after the correction of a clock that was ahead: %v", err)
	}
}
