package config

import (
	"fmt"
	"strconv"
	"strings"
)

// Limits are how often strangers may ask. The zero value of each is its owner's default.
type Limits struct {
	Starts, Callbacks, Changes, Signouts, Hooks, Unknown, Everybody Rate
}

// Rate is so many times a minute, and so many at once; a negative number a minute is no limit.
type Rate struct{ PerMinute, Burst int }

// maxRate is more than one machine can answer.
const maxRate = 10_000_000

// limitRow makes a row of the table: NORANG_LIMIT_… of so many a minute and at once.
func limitRow(name, byDefault string, help Text, field func(*Limits) *Rate) Setting {
	return Setting{
		Name: "NORANG_LIMIT_" + strings.ToUpper(name), Flag: "limit-" + name, Key: "limit." + name, Default: byDefault, Group: GroupLimits,
		Example: "120/240", Help: help, field: func(s *Settings) any { return field(&s.Limits) },
	}
}

// parseRate reads "30" (a minute, and at once), "30/60" (at once 60), or "off".
func parseRate(text string) (Rate, *Text) {
	if text == "off" {
		return Rate{PerMinute: -1}, nil
	}
	minute, burst, both := strings.Cut(text, "/")
	r := Rate{}
	var err error
	if r.PerMinute, err = rateNumber(minute); err == nil {
		r.Burst = r.PerMinute
		if both {
			r.Burst, err = rateNumber(burst)
		}
	}
	if err != nil {
		t := say("%q: 30(1분에 30번)이나 30/60(1분에 30번, 한꺼번에 60번까지), off처럼 적습니다.",
			"%q must be of the form 30 (a minute), 30/60 (30 a minute, 60 at once) or off", clip(text))
		return Rate{}, &t
	}
	return r, nil
}

func rateNumber(text string) (int, error) {
	n, err := strconv.ParseUint(text, 10, 31)
	if err == nil && (n == 0 || n > maxRate) {
		err = fmt.Errorf("%d is not from 1 to %d", n, maxRate)
	}
	return int(n), err
}
