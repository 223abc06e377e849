package web

import (
	"bytes"
	"crypto/sha256"
	"maps"
	"net/http"
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
	// expires is when the first answer may expire. Until then looking for expired ones would find none.
	expires time.Time
}

// answered is the answer to the last form of a session.
type answered struct {
	form   [sha256.Size]byte
	done   chan struct{} // closed with the answer
	until  time.Time     // afterwards it is neither waited for nor repeated
	status int           // 0 if the answer is not to be repeated
	header http.Header
	body   bytes.Buffer
	// came is the session cookie of the first request, left that of the browser after its answer; zero if there is none.
	came, left session.Token
}

func newRepeats(now func() time.Time) *repeats {
	return &repeats{now: now, all: map[session.Key]*answered{}}
}

// formDigest identifies a form by everything that decides its answer.
func formDigest(r *Request) [sha256.Size]byte {
	text := make([]byte, 0, 1024)
	for _, part := range [...]string{
		r.Method, r.URL.RequestURI(), r.UserAgent(), r.Header.Get("Sec-Fetch-Mode"), r.Header.Get(csrfHeader),
		r.Header.Get("Accept"), string(r.Lang), r.PostForm.Encode(),
	} {
		text = append(append(text, part...), 0)
	}
	return sha256.Sum256(text)
}

// begin returns the answer to fill in if the form is to be handled, or the one to wait for and repeat.
func (p *repeats) begin(k session.Key, form [sha256.Size]byte) (mine, theirs *answered) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if a := p.all[k]; a != nil && a.form == form && now.Before(a.until) {
		return nil, a
	}
	if len(p.all) >= maxRepeats && !now.Before(p.expires) {
		p.drop(now)
	}
	mine = &answered{form: form, done: make(chan struct{}), until: now.Add(repeatWait)}
	if len(p.all) < maxRepeats {
		p.all[k] = mine
		p.expire(mine.until)
	}
	return mine, nil
}

// drop removes the expired answers.
func (p *repeats) drop(now time.Time) {
	p.expires = time.Time{}
	for key, a := range p.all {
		if now.Before(a.until) {
			p.expire(a.until)
		} else {
			delete(p.all, key)
		}
	}
}

// expire notes that an answer expires at a time.
func (p *repeats) expire(at time.Time) {
	if p.expires.IsZero() || at.Before(p.expires) {
		p.expires = at
	}
}

// end publishes an answer. One without a status is forgotten.
func (p *repeats) end(k session.Key, a *answered) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a.until = p.now().Add(repeatWindow)
	p.expire(a.until)
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
	case rt.Kind == Step && r.attempt.IsValid():
		attempt := r.attempt.As16()
		copy(k[:], attempt[:])
		return k, true
	}
	return k, false
}

// once runs handle, or repeats its answer to the same request. Remembered are answers that changed the session cookie,
// and those to the forms of users who are signed in that succeeded. An answer that is out of date is not repeated: its
// cookie would replace the session that the browser has now.
func (p *repeats) once(w *statusWriter, r *Request, rt Route, handle func()) {
	key, ok := repeatKey(r, rt)
	if !ok {
		handle()
		return
	}
	mine, theirs := p.begin(key, formDigest(r))
	if theirs != nil {
		if !theirs.upToDate(r) || !theirs.repeat(w) {
			handle()
		}
		return
	}
	before := maps.Clone(w.Header())
	w.tee = &mine.body
	defer func() {
		changed := false
		mine.came, _, _ = r.kernel.Cookies.Token(r.Request)
		mine.left, changed = sessionSet(w.Header(), r.kernel.Cookies.Session)
		worth := changed && rt.Kind == Step || r.Principal != nil && (changed || w.status < http.StatusBadRequest)
		if w.status != 0 && worth && mine.body.Len() <= maxRepeated {
			mine.header, mine.status = added(before, w.Header()), w.status
		}
		p.end(key, mine)
	}()
	handle()
}

// sessionSet returns the session that the last cookie of that name sets, zero if it deletes it; false if there is none.
func sessionSet(h http.Header, name string) (t session.Token, ok bool) {
	for _, line := range h.Values("Set-Cookie") {
		if value, found := strings.CutPrefix(line, name+"="); found {
			value, _, _ = strings.Cut(value, ";")
			t, _ = session.Parse(value)
			ok = true
		}
	}
	return t, ok
}

// upToDate waits for the answer, and reports whether the session that it sets is alive and the browser has had no
// other session since. Copies of one request have the cookie that the first came with, or the one that it set.
func (a *answered) upToDate(r *Request) bool {
	select {
	case <-a.done:
	case <-r.Context().Done():
		return false
	}
	if now, ok, _ := r.kernel.Cookies.Token(r.Request); ok && now != a.came && now != a.left {
		return false
	}
	if a.left == (session.Token{}) {
		return true
	}
	_, err := r.kernel.Lookup(r.Request, a.left)
	return err == nil
}

// added are the headers that differ from those before. They share their values with after.
func added(before, after http.Header) http.Header {
	out := http.Header{}
	for name, values := range after {
		if old := before[name]; len(old) != len(values) || len(values) > 0 && values[0] != old[0] {
			out[name] = values
		}
	}
	return out
}

// repeat writes the answer, which is done; false if it is not to be repeated.
func (a *answered) repeat(w http.ResponseWriter) bool {
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
