package web

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/norang-login/norang/internal/limit"
	"github.com/norang-login/norang/internal/problem"
)

// Limits are rates per client address (IPv4, or an IPv6 /64). The zero value of a field is its default; a negative
// rate a minute means no limit. Without TrustedProxies, all clients behind a proxy share one address.
//
// The defaults suit addresses that many users share, as on Korean mobile networks.
type Limits struct {
	Starts limit.Rate // started sign-ins; default 600 a minute, 1,200 at once
	// Callbacks counts a callback for its attempt if the browser holds the attempt's cookie, otherwise for the address;
	// default 60 a minute, 120 at once.
	Callbacks limit.Rate
	Changes   limit.Rate // joining and changes of one's own data; default 300 a minute, 600 at once
	Signouts  limit.Rate // default 300 a minute, 600 at once
	Hooks     limit.Rate // webhooks; default 600 a minute, 600 at once
	Tokens    limit.Rate // access tokens; default 600 a minute, 600 at once
	Natives   limit.Rate // sign-ins by a provider's SDK, two requests each; default 600 a minute, 1,200 at once
	Servers   limit.Rate // calls of the server API; default 6,000 a minute, 6,000 at once
	// Unknown limits session cookies without a session; default 3,000 a minute, 3,000 at once. Above it only cached
	// sessions are found, so that a flood of invented cookies does not reach the store. Tokens whose time stamp is
	// recent are counted separately.
	Unknown limit.Rate
	// Everybody limits all addresses together, separately for each of Starts to Servers; default 60,000 a minute. It
	// sheds load before the machine is overloaded, with 503.
	Everybody limit.Rate
	// Addresses is how many addresses are remembered per limit; default 65,536, at 256 bytes each.
	Addresses int
}

// Check reports every invalid rate.
func (l Limits) Check() error {
	_, err := newLimiters(l, nil)
	return err
}

// limiters apply the Limits.
type limiters struct {
	of      [classes]*limit.Limiter // nil for Free
	all     [classes]*limit.Limiter // of all addresses together
	unknown *limit.Limiter
	recent  *limit.Limiter     // unknown, for tokens younger than newFor by their stamp
	limited func(class string) // counts the requests over a limit
}

// classNames are the labels of the counter in metrics.
var classNames = [classes]string{
	Starts: "start", Callbacks: "callback", Changes: "change", SignOuts: "signout", Hooks: "hook", Tokens: "token",
	Natives: "native", Servers: "server",
}

func newLimiters(l Limits, now func() time.Time) (limiters, error) {
	var (
		out    limiters
		faults []error
	)
	made := func(name string, r, def limit.Rate) *limit.Limiter {
		m, err := limit.New(limit.Config{Address: r.Or(def), Addresses: l.Addresses, Now: now})
		if err != nil {
			faults = append(faults, fmt.Errorf("limit of %s: %w", name, err))
		}
		return m
	}
	if l.Addresses < 0 { // of all limits
		faults = append(faults, fmt.Errorf("number of addresses must not be negative, got %d", l.Addresses))
		l.Addresses = 0
	}
	for c := range classNames {
		if classNames[c] == "" {
			continue
		}
		if out.all[c] = made("everybody", l.Everybody, limit.Rate{PerMinute: 60_000}); out.all[c] == nil {
			break // the rate of the other classes is the same
		}
	}
	out.of[Starts] = made("starts", l.Starts, limit.Rate{PerMinute: 600, Burst: 1200})
	out.of[Callbacks] = made("callbacks", l.Callbacks, limit.Rate{PerMinute: 60, Burst: 120})
	out.of[Changes] = made("changes", l.Changes, limit.Rate{PerMinute: 300, Burst: 600})
	out.of[SignOuts] = made("sign-outs", l.Signouts, limit.Rate{PerMinute: 300, Burst: 600})
	out.of[Hooks] = made("hooks", l.Hooks, limit.Rate{PerMinute: 600, Burst: 600})
	out.of[Tokens] = made("tokens", l.Tokens, limit.Rate{PerMinute: 600, Burst: 600})
	out.of[Natives] = made("sign-ins by an SDK", l.Natives, limit.Rate{PerMinute: 600, Burst: 1200})
	out.of[Servers] = made("calls of the server API", l.Servers, limit.Rate{PerMinute: 6000, Burst: 6000})
	unknown := limit.Rate{PerMinute: 3000, Burst: 3000}
	out.unknown, out.recent = made("unknown sessions", l.Unknown, unknown), made("new sessions", l.Unknown, unknown)
	return out, errors.Join(faults...)
}

// Count takes one token for a request, or returns a problem that says when there will be one (DO-06).
func (k *Kernel) Count(r *Request, c Class) error {
	return k.limits.count(k.clientAddr(r.Request), c)
}

// count is Count for an address, or a value in its place.
func (l *limiters) count(client netip.Addr, c Class) error {
	if c == Free {
		return nil
	}
	if c <= 0 || c >= classes {
		return problem.New(problem.Internal) // a route without a class is refused
	}
	wait, ok := l.of[c].Take(client)
	if !ok {
		l.limited(classNames[c])
		return tooMany(wait)
	}
	// Checked last, so that clients above their own limit do not use up the common one.
	if wait, ok := l.all[c].Take(netip.Addr{}); !ok {
		l.limited("everybody")
		return &problem.Error{Code: problem.LimitCrowded, RetryAfter: max(wait, 2*time.Second)}
	}
	return nil
}

func tooMany(wait time.Duration) error {
	return &problem.Error{Code: problem.LimitTooMany, RetryAfter: max(wait, time.Second)}
}
