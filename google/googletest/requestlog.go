package googletest

import (
	"fmt"
	"net/url"
	"slices"
	"sync"
	"time"
)

// Request is an entry of the request log. Parameters that could be secret are replaced by their length.
type Request struct {
	ID       int64             `json:"id"`   // counts from 1
	Time     time.Time         `json:"time"` // by the emulator's clock
	Endpoint string            `json:"endpoint"`
	Method   string            `json:"method"`
	Path     string            `json:"path"`
	Account  string            `json:"account,omitempty"` // if known
	Params   map[string]string `json:"params,omitempty"`
	Auth     string            `json:"auth,omitempty"` // scheme of the Authorization header
	Status   int               `json:"status"`
	Code     string            `json:"code,omitempty"` // the error of a response or redirect, or that of a page
	Why      string            `json:"why,omitempty"`  // what was wrong, which Google would not say
	Scenario string            `json:"scenario,omitempty"`
	Took     time.Duration     `json:"took_ns"`
}

// secretParams are logged by length only.
var secretParams = []string{
	"client_secret", "code", "access_token", "refresh_token", "token", "code_verifier", "tx", "state",
}

func loggedParams(form url.Values) map[string]string {
	out := map[string]string{}
	for name, values := range form {
		if len(out) == 30 {
			break
		}
		for _, v := range values[:min(len(values), 1)] {
			if slices.Contains(secretParams, name) {
				v = fmt.Sprintf("(%d characters)", len(v))
			}
			out[clip(name, 60)] = clip(v, 300)
		}
	}
	return out
}

// requestLog holds the latest requests.
type requestLog struct {
	size int

	mu   sync.Mutex
	list []Request
	last int64
	wake chan struct{} // closed at the next request
}

func (l *requestLog) add(r Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last++
	r.ID = l.last
	if len(l.list) >= l.size {
		l.list = slices.Delete(l.list, 0, len(l.list)-l.size+1)
	}
	l.list = append(l.list, r)
	close(l.wake)
	l.wake = make(chan struct{})
}

// since returns the requests after an id and a channel that closes at the next one.
func (l *requestLog) since(id int64) ([]Request, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := []Request{}
	for _, r := range l.list {
		if r.ID > id {
			out = append(out, r)
		}
	}
	return out, l.wake
}

func (l *requestLog) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = nil
}

// Requests returns the request log, oldest first, without the control pages.
func (s *Server) Requests() []Request {
	all, _ := s.w.log.since(0)
	return all
}
