package emulator

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// NoticeTimeout is how long a receiver may take. No provider documents less.
const NoticeTimeout = 3 * time.Second

// Delivery is a notice that was sent to the service.
type Delivery struct {
	Time    time.Time `json:"time"` // by the emulator's clock
	What    string    `json:"what"` // the provider's word for it
	Account string    `json:"account"`
	URL     string    `json:"url"`
	Status  int       `json:"status"` // of the receiver; 0 if there was no response in time
	Accept  bool      `json:"accepted"`
	Problem string    `json:"problem,omitempty"`
}

type deliveryLog struct {
	mu   sync.Mutex
	list []Delivery
}

func (l *deliveryLog) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = nil
}

// Deliveries returns the latest 1000 notices, oldest first.
func (s *Server) Deliveries() []Delivery {
	s.sent.mu.Lock()
	defer s.sent.mu.Unlock()
	return append([]Delivery{}, s.sent.list...)
}

// Post sends a notice once, waits for the answer and logs it. d holds What, Account and URL; accepted are the statuses
// that the provider takes for success. The caller does not hold the lock.
func (s *Server) Post(ctx context.Context, d Delivery, contentType, body string, accepted ...int) Delivery {
	d.Time = s.Now()
	if d.URL == "" {
		d.Problem = "no address is registered for this notice"
	} else {
		d.Status, d.Problem = s.send(ctx, d.URL, contentType, body)
		d.Accept = slices.Contains(accepted, d.Status)
	}
	s.sent.mu.Lock()
	defer s.sent.mu.Unlock()
	if len(s.sent.list) >= 1000 {
		s.sent.list = slices.Delete(s.sent.list, 0, 1)
	}
	s.sent.list = append(s.sent.list, d)
	return d
}

func (s *Server) send(ctx context.Context, to, contentType, body string) (status int, problem string) {
	ctx, cancel := context.WithTimeout(ctx, NoticeTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(body))
	if err != nil {
		return 0, "the address is invalid"
	}
	r.Header.Set("Content-Type", contentType)
	client := &http.Client{
		Transport:     s.cfg.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	res, err := client.Do(r)
	if err != nil {
		return 0, "no answer"
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10))
	return res.StatusCode, ""
}
