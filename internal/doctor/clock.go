package doctor

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/norang-login/norang/internal/i18n"
)

// Clock compares this machine's clock with the Date headers of responses that pass through it.
type Clock struct {
	Base http.RoundTripper
	Now  func() time.Time

	mu     sync.Mutex
	known  bool
	offset time.Duration // that is certain, of the last response
}

// RoundTrip implements [http.RoundTripper].
func (c *Clock) RoundTrip(r *http.Request) (*http.Response, error) {
	sent := c.Now()
	resp, err := c.Base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.known, c.offset = true, offset(sent, c.Now(), date)
	}
	return resp, nil
}

// offset is how far the clock certainly is ahead of (positive) or behind a server that wrote a date, in whole seconds,
// between two moments. On a slow connection it is zero.
func offset(sent, received, date time.Time) time.Duration {
	if ahead := sent.Sub(date.Add(time.Second)); ahead > 0 {
		return ahead
	}
	return min(received.Sub(date), 0)
}

// Limits of a clock's error; clockLeeway is what tokens are accepted with, beyond which sign-ins fail.
const (
	clockTolerance = 5 * time.Second
	clockLeeway    = time.Minute
)

// Check is the check of the clock; needs are checks that make a call.
func (c *Clock) Check(needs ...string) Check {
	what := i18n.Text{Ko: "서버의 시계", En: "clock of this machine"}
	return Check{ID: "clock", What: what, Needs: needs, Run: func(context.Context) ([]Finding, bool) {
		c.mu.Lock()
		defer c.mu.Unlock()
		off := max(c.offset, -c.offset)
		switch {
		case !c.known:
			return Unclear()
		case off <= clockTolerance:
			return Found()
		}
		f := Finding{
			Level: Warning, Seen: fmt.Sprintf("%+v", c.offset.Round(time.Second)),
			Cause: i18n.Text{
				Ko: "이 서버의 시계가 맞지 않습니다. 1분 넘게 어긋나면 로그인이 실패합니다.",
				En: "The clock of this machine is wrong. Beyond a minute, sign-ins fail.",
			},
			Fix: i18n.Text{
				Ko: "NTP로 시계를 맞추십시오(timedatectl set-ntp true). 컨테이너는 호스트의 시계를 씁니다.",
				En: "Synchronize it by NTP (timedatectl set-ntp true). A container uses the clock of its host.",
			},
		}
		if off > clockLeeway {
			f.Level = Fault
		}
		return Found(f)
	}}
}
