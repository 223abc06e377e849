package config

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/i18n"
)

// maxRate is more than one machine can serve.
const maxRate = 10_000_000

// limitRow returns the row of NORANG_LIMIT_….
func limitRow(name, byDefault string, field func(*norang.Limits) *norang.Rate, help i18n.Text) Setting {
	return Setting{
		Name: "NORANG_LIMIT_" + strings.ToUpper(name), Flag: "limit-" + name, Key: "limit." + name,
		Default: byDefault, Group: GroupLimits, Example: "120/240", Help: help,
		field: func(s *Settings) any { return field(&s.Limits) },
	}
}

// parseRate parses "30" (a minute, and as burst), "30/60" (a burst of 60) and "off".
func parseRate(text string) (norang.Rate, *problem) {
	if text == "off" {
		return norang.Rate{PerMinute: -1}, nil
	}
	minute, burst, both := strings.Cut(text, "/")
	r := norang.Rate{}
	var err error
	if r.PerMinute, err = rateNumber(minute); err == nil {
		r.Burst = r.PerMinute
		if both {
			r.Burst, err = rateNumber(burst)
		}
	}
	if err != nil {
		return norang.Rate{}, malformed(text, "30(1분에 30번)이나 30/60(1분에 30번, 한꺼번에 60번까지), off처럼 적습니다.",
			"must be 30 (a minute), 30/60 (a minute, and at once) or off")
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
