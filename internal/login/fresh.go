package login

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/norang-login/norang/internal/problem"
)

// FreshFor is how old a proof may be where one is needed afresh: for linking and unlinking.
const FreshFor = 5 * time.Minute

// freshPurposes are the attempts that ask the provider for its login page (prompt=login). That it was asked proves
// nothing: whoever holds the browser can take the parameter out of the address. Only the time of the login does, which the
// ID token says.
var freshPurposes = []Purpose{Link, Reauth}

// fresh refuses an old proof where a fresh one is needed, and one that does not say how old it is (AL-09).
func fresh(p Purpose, authTime, now time.Time) error {
	if !slices.Contains(freshPurposes, p) {
		return nil
	}
	if authTime.IsZero() {
		return problem.Wrap(problem.LoginNotFresh, errors.New("no auth_time: OpenID Connect may be off in the console"))
	}
	if age := now.Sub(authTime); age > FreshFor {
		return problem.Wrap(problem.LoginNotFresh, fmt.Errorf("signed in at the provider %v ago", age.Round(time.Second)))
	}
	return nil
}
