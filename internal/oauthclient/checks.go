package oauthclient

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// BaseURL returns a configured base URL without a trailing slash, or the default.
func BaseURL(configured, def string) string { return cmp.Or(strings.TrimSuffix(configured, "/"), def) }

// SetSources sets the time and the randomness of a client's configuration where they are nil.
func SetSources(now *func() time.Time, rnd *func(n int64) int64) {
	if *now == nil {
		*now = time.Now
	}
	if *rnd == nil {
		*rnd = rand.Int64N
	}
}

// Checks collects the problems of a client's configuration.
type Checks struct{ errs []error }

// Invalid adds a problem.
func (c *Checks) Invalid(format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf(format, args...))
}

// Keys checks ids and keys, whose name is that of their field. A provider's error for a key with a pasted line break
// does not point to the key.
func (c *Checks) Keys(name string, keys ...string) {
	for _, key := range keys {
		if key == "" {
			c.Invalid("%s is empty", name)
		} else if !VisibleASCII(key, 256) {
			c.Invalid("%s contains spaces or unusual characters", name)
		}
	}
}

// Secrets checks secrets as Keys does.
func (c *Checks) Secrets(name string, secrets ...Secret) {
	for _, s := range secrets {
		c.Keys(name, s.Reveal())
	}
}

// URL checks the base URL of a server.
func (c *Checks) URL(name, value string) {
	if !IsURL(value, false) {
		c.Invalid("%s must be a URL such as https://host", name)
	}
}

// Limits checks that no limit is negative, given the shortest of the durations.
func (c *Checks) Limits(shortest time.Duration, maxBody int64, breakAfter int) {
	if shortest < 0 || maxBody < 0 || breakAfter < 0 {
		c.Invalid("a limit is negative")
	}
}

// Err returns all problems, nil if there are none.
func (c *Checks) Err() error { return errors.Join(c.errs...) }
