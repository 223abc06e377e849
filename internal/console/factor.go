package console

import (
	"errors"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// Factor is the second factor of an operator: a time-based one-time password (RFC 6238) with SHA-1, six digits and
// periods of 30 seconds, as every authenticator app knows it.
type Factor struct {
	// Sealed is the secret, sealed; "" if there is none.
	Sealed string
	// ConfirmedAt is when the first code proved that an app has the secret; zero before.
	ConfirmedAt time.Time
	// Step is the period of the last accepted code: a code of it or an earlier one is refused.
	Step int64
	// Failures counts wrong codes in a row since FailedAt.
	Failures int
	FailedAt time.Time
}

const (
	// period is how long a code is valid, skew how many periods a clock may differ.
	period = 30 * time.Second
	skew   = 1
	// MaxFailures is how many wrong codes in a row are possible within FailureWindow. Then every code is refused until
	// it has passed: at 5 in 15 minutes, one in 3 * 10^6 guesses hits a code, which takes years.
	MaxFailures   = 5
	FailureWindow = 15 * time.Minute
)

var (
	// ErrCode: the code is wrong, or has been used.
	ErrCode = errors.New("console: wrong code")
	// ErrLocked: too many wrong codes; the next one is looked at when [FailureWindow] has passed.
	ErrLocked = errors.New("console: too many wrong codes")
	// ErrNoFactor: there is no secret yet.
	ErrNoFactor = errors.New("console: no second factor")
)

// Check decides whether a code of the secret is accepted at a time, and returns the factor as it is afterwards.
func (f Factor) Check(secret, code string, now time.Time) (Factor, error) {
	// Failures later than now were written by a clock that was ahead.
	if f.Failures > 0 && now.Sub(f.FailedAt).Abs() >= FailureWindow {
		f.Failures, f.FailedAt = 0, time.Time{}
	}
	if f.Failures >= MaxFailures {
		return f, ErrLocked
	}
	step, ok := matches(secret, code, now)
	if !ok || step <= f.Step {
		if f.Failures++; f.Failures == 1 {
			f.FailedAt = now
		}
		return f, ErrCode
	}
	f.Step, f.Failures, f.FailedAt = step, 0, time.Time{}
	if f.ConfirmedAt.IsZero() {
		f.ConfirmedAt = now
	}
	return f, nil
}

// matches finds the period of a code.
func matches(secret, code string, now time.Time) (step int64, ok bool) {
	at := now.Unix() / int64(period/time.Second)
	for step := at - skew; step <= at+skew; step++ {
		valid, err := hotp.ValidateCustom(code, uint64(step), secret,
			hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && valid {
			return step, true
		}
	}
	return 0, false
}
