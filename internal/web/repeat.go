package web

import (
	"bytes"
	"crypto/sha256"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/norang-login/norang/internal/session"
)

const (
	// repeatWindow is how long a form sent a second time is answered like the first.
	repeatWindow = 10 * time.Second
	// repeatWait is how long the first may be at work, longer than a callback takes.
	repeatWait = 20 * time.Second
	// maxRepeats and maxRepeated bound the remembered answers and the body of one.
	maxRepeats  = 512
	maxRepeated = 16 << 10
)

// repeats answers a form or a callback that is sent twice, as by a double click, like the first time (SO-13): the first
// may have replaced the session that the second came with. Only the last form of a session is remembered, so that
// a user who changes something back and again has every change applied.
//
// The memory is that of this process. On another replica the second form meets a session that has ended.
type repeats struct {
	now func() time.Time
	mu  sync.Mutex
	all map[session.Key]*answered
}

// answered is the answer to the last form of a session.
type answered struct {
	form   [sha256.Size]byte
	done   chan struct{} // closed with the answer
	until  time.Time     // afterwards it is neither waited for nor repeated
	status int           // 0 if the answer is not to be repeated
	header http.Header
	body   bytes.Buffer
}

func newRepeats(now func() time.Time) *repeats {
	return &repeats{now: now, all: map[session.Key]*answered{}}
}

// formDigest identifies a form by everything that decides its answer.
func formDigest(r *Request) (sum [sha256.Size]byte) {
	h := sha256.New()
	for _, part := range []string{
		r.Method, r.URL.RequestURI(), r.UserAgent(), r.Header.Get("Sec-Fetch-Mode"), r.Header.Get(csrfHeader),
		r.Header.Get("Accept"), string(r.Lang), r.PostForm.Encode(),
	} {
		_, _ = io.WriteString(h, part+"\x00") // never fails, see hash.Hash
	}
	h.Sum(sum[:0])
	return sum
}

// begin returns the answer to fill in if the form is to be handled, or the one to wait for and repeat.
func (p *repeats) begin(k session.Key, form [sha256.Size]byte) (mine, theirs *answered) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if a := p.all[k]; a != nil && a.form == form && now.Before(a.until) {
		return nil, a
	}
	if len(p.all) >= maxRepeats {
		for key, a := range p.all {
			if !now.Before(a.until) {
				delete(p.all, key)
			}
		}
	}
	mine = &answered{form: form, done: make(chan struct{}), until: now.Add(repeatWait)}
	if len(p.all) < maxRepeats {
		p.all[k] = mine
	}
	return mine, nil
}

// end publishes an answer. One without a status is forgotten.
func (p *repeats) end(k session.Key, a *answered) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a.until = p.now().Add(repeatWindow)
	if a.status == 0 && p.all[k] == a {
		delete(p.all, k)
	}
	close(a.done)
}

// repeatKey is what a repeated request has in common with the first: the session of a form, the attempt of a callback.
func repeatKey(r *Request, rt Route) (k session.Key, ok bool) {
	switch {
	case rt.Kind == Form:
		t, ok, _ := r.kernel.Cookies.Token(r.Request)
		return t.Key(), ok
	case rt.Kind == Step && rt.Client != nil:
		own, ok := rt.Client(r)
		attempt := own.As16()
		copy(k[:], attempt[:])
		return k, ok
	}
	return k, false
}

// once runs handle, or repeats its answer to the same request. Remembered are answers that changed the session cookie,
// and those to the forms of users who are signed in that succeeded.
func (p *repeats) once(w *statusWriter, r *Request, rt Route, handle func()) {
	key, ok := repeatKey(r, rt)
	if !ok {
		handle()
		return
	}
	mine, theirs := p.begin(key, formDigest(r))
	if theirs != nil {
		select {
		case <-theirs.done:
		case <-r.Context().Done():
		}
		if theirs.repeat(w) {
			return
		}
		handle()
		return
	}
	before := w.Header().Clone()
	w.tee = &mine.body
	defer func() {
		changed := slices.ContainsFunc(w.Header().Values("Set-Cookie"), func(c string) bool {
			return strings.HasPrefix(c, r.kernel.Cookies.Session+"=")
		})
		worth := changed && rt.Kind == Step || r.Principal != nil && (changed || w.status < http.StatusBadRequest)
		if w.status != 0 && worth && mine.body.Len() <= maxRepeated {
			mine.header, mine.status = added(before, w.Header()), w.status
		}
		p.end(key, mine)
	}()
	handle()
}

// added are the headers that differ from those before.
func added(before, after http.Header) http.Header {
	out := http.Header{}
	for name, values := range after {
		if old := before[name]; len(old) != len(values) || len(values) > 0 && values[0] != old[0] {
			out[name] = append([]string(nil), values...)
		}
	}
	return out
}

// repeat writes the answer; false if it is not done or not to be repeated.
func (a *answered) repeat(w http.ResponseWriter) bool {
	select {
	case <-a.done:
	default:
		return false
	}
	if a.status == 0 {
		return false
	}
	for name, values := range a.header {
		w.Header()[name] = append([]string(nil), values...)
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body.Bytes()) // the client is gone if this fails
	return true
}
