package login

import (
	"crypto/subtle"
	"errors"
	"time"

	"github.com/norang-login/norang/internal/seal"
)

// errNoAttempt says that the browser does not hold the attempt of a callback.
var errNoAttempt = errors.New("no valid attempt cookie for this state")

// markLen is how many bytes of a marked state are its mark. The others are random.
const markLen = 8

// marker makes the state of a request with [StartRequest.SameBrowser] recognisable without a cookie.
type marker struct{ *seal.Signer }

func (m marker) mark(state *[secretLen]byte) {
	copy(state[secretLen-markLen:], m.Sign(state[:secretLen-markLen]))
}

func (m marker) marked(state [secretLen]byte) bool {
	own := state
	m.mark(&own)
	return subtle.ConstantTimeCompare(own[:], state[:]) == 1
}

// again returns the sign-in to start after a callback without its attempt; nil if there is none. The app of some
// providers may return in another browser, or with a state of its own, unless [StartRequest.SameBrowser] prevents it.
// Such a sign-in is started only once: its mark in the state, or in the attempt of a browser with cookies, shows that
// it was.
func (f *Flow) again(r FinishRequest, err error) *StartRequest {
	route, ok := f.routes[r.Provider]
	if !ok || !route.Provider.Info().ReturnsElsewhere || !errors.Is(err, errNoAttempt) {
		return nil
	}
	if state, ok := parseState(r.Query.Get("state")); ok && f.marks.marked(state) {
		return nil
	}
	next := &StartRequest{Provider: r.Provider, Remember: true, SameBrowser: true}
	var latest time.Time
	for name, value := range r.Held {
		a, err := openAttempt(f.attempts, name, value)
		switch {
		case err != nil || a.Provider != r.Provider:
		case a.Purpose != SignIn || f.marks.marked(a.State):
			return nil
		case a.StartedAt.After(latest):
			latest, next.ReturnTo, next.Remember = a.StartedAt, []string{a.ReturnTo}, a.Remember
		}
	}
	return next
}
