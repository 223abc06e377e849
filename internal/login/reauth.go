package login

import (
	"errors"
	"fmt"
	"time"

	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
)

// RelinkMaxAge is how old a sign-in may be for linking and unlinking.
const RelinkMaxAge = 5 * time.Minute

// clockTolerance is how far the provider's clock may be ahead of ours, as for the other times of an ID token.
const clockTolerance = time.Minute

// inTheFuture reports an auth_time that no clock difference explains. It proves nothing.
func inTheFuture(authTime, now time.Time) bool { return authTime.After(now.Add(clockTolerance)) }

// checkFresh checks that the user has just entered their credentials at the provider, where the purpose requires it
// (AL-09). Having asked for it proves nothing, because the user controls the URL; only the provider's auth_time does.
//
// A provider that cannot prove freshness cannot re-authenticate. Its identity may be linked all the same: the other
// side was re-authenticated at a provider that can, or linking would not have started.
func checkFresh(p Purpose, info provider.Info, authTime, now time.Time) error {
	switch {
	case p != Link && p != Reauth, p == Link && !info.ProvesFreshness:
		return nil
	case !info.ProvesFreshness:
		return problem.At(info.Name, problem.LoginNotFresh, errors.New("the provider cannot prove a fresh sign-in"))
	case authTime.IsZero():
		err := errors.New("no auth_time: OpenID Connect may be off in the provider's console")
		return problem.At(info.Name, problem.LoginNotFresh, err)
	case inTheFuture(authTime, now):
		err := fmt.Errorf("auth_time is %v in the future", authTime.Sub(now).Round(time.Second))
		return problem.At(info.Name, problem.LoginNotFresh, err)
	}
	if age := now.Sub(authTime); age > RelinkMaxAge {
		err := fmt.Errorf("signed in at the provider %v ago", age.Round(time.Second))
		return problem.At(info.Name, problem.LoginNotFresh, err)
	}
	return nil
}
