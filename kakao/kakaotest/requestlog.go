package kakaotest

import (
	"sync"
	"time"
)

// Request is an entry of the request log. Parameters that could be secret are replaced by their length.
type Request struct {
	ID         int64             `json:"id"`       // counts from 1
	Time       time.Time         `json:"time"`     // by the emulator's clock
	Endpoint   string            `json:"endpoint"` // as in [Endpoints]; empty for an unknown path
	Method     string            `json:"method"`
	Path       string            `json:"path"`
	App        int64             `json:"app,omitempty"`     // if known
	Account    string            `json:"account,omitempty"` // if known
	Params     map[string]string `json:"params,omitempty"`
	Auth       string            `json:"auth,omitempty"` // scheme of the Authorization header
	Status     int               `json:"status"`         // 0 if the connection was cut
	Code       string            `json:"code,omitempty"` // KOE320, -401, or access_denied of a redirect
	Message    string            `json:"message,omitempty"`
	Cause      string            `json:"cause,omitempty"` // in Korean
	CauseEN    string            `json:"cause_en,omitempty"`
	Menu       string            `json:"menu,omitempty"` // in Kakao's console
	Hint       string            `json:"hint,omitempty"` // what to change, if known
	HintEN     string            `json:"hint_en,omitempty"`
	Registered []string          `json:"registered,omitempty"` // redirect URIs, if that of the request is not among them
	Scenario   string            `json:"scenario,omitempty"`   // the scenario or chaos that affected the call
	Took       time.Duration     `json:"took_ns"`
}

// requestLog is a ring of the latest requests.
type requestLog struct {
	mu   sync.Mutex
	ring []Request
	next int64 // id of the next one, from 1
	wake chan struct{}
}

func newRequestLog(size int) *requestLog {
	return &requestLog{ring: make([]Request, 0, min(size, 64)), next: 1, wake: make(chan struct{})}
}

func (l *requestLog) add(r Request, size int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r.ID = l.next
	l.next++
	if len(l.ring) < size {
		l.ring = append(l.ring, r)
	} else {
		l.ring[int(r.ID-1)%size] = r
	}
	close(l.wake)
	l.wake = make(chan struct{})
}

// since returns the requests after an id, oldest first, and a channel that closes at the next one.
func (l *requestLog) since(id int64) ([]Request, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(l.ring)
	out := make([]Request, 0, n)
	for i := range n {
		first := 0
		if l.next-1 > int64(n) {
			first = int(l.next-1) % n
		}
		if r := l.ring[(first+i)%n]; r.ID > id {
			out = append(out, r)
		}
	}
	return out, l.wake
}

func (l *requestLog) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ring, l.next = l.ring[:0], 1
}

// Requests returns the request log, oldest first. It leaves out the emulator's own pages under /-/.
func (s *Server) Requests() []Request {
	all, _ := s.world.log.since(0)
	return all
}
