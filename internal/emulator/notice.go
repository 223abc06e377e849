package emulator

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// NoticeTimeout is how long a receiver may take. No provider documents less.
const NoticeTimeout = 3 * time.Second

// Deliveries returns the latest 1000 notices, oldest first.
func (s *Server) Deliveries() []Delivery { return s.sent.All() }

// Record logs a notice that was sent with [Send], and returns it.
func (s *Server) Record(d Delivery) Delivery {
	s.sent.Add(d)
	return d
}

// Post sends a notice once, waits for the answer and logs it. d holds What, Account and URL; accepted are the statuses
// that the provider takes for success. The caller does not hold the lock.
func (s *Server) Post(ctx context.Context, d Delivery, contentType, body string, accepted ...int) Delivery {
	d.Time = s.Now()
	if d.URL == "" {
		SetProblem(&d, Text{"이 알림을 받을 주소가 등록되지 않았습니다", "no address is registered for this notice"})
	} else {
		status, problem := Send(ctx, s.cfg.Transport, d.URL, contentType, body)
		d.Status, d.Accept = status, slices.Contains(accepted, status)
		SetProblem(&d, problem)
	}
	return s.Record(d)
}

// SetProblem notes why a delivery failed.
func SetProblem(d *Delivery, problem Text) { d.ProblemKO, d.Problem = problem[0], problem[1] }

// Send posts a notice to an address, once. The status is 0 and problem says why if there was no response in time. A nil
// transport is http.DefaultTransport.
func Send(
	ctx context.Context, transport http.RoundTripper, to, contentType, body string,
) (status int, problem Text) {
	ctx, cancel := context.WithTimeout(ctx, NoticeTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(body))
	if err != nil {
		return 0, Text{"주소가 올바르지 않습니다", "the address is invalid"}
	}
	r.Header.Set("Content-Type", contentType)
	if contentType == "application/secevent+jwt" {
		r.Header.Set("Accept", "application/json") // RFC 8935 section 2
	}
	client := &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	res, err := client.Do(r)
	if err != nil {
		return 0, Text{"응답이 없습니다", "no answer"}
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10))
	return res.StatusCode, Text{}
}
