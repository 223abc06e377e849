package kakaotest

import (
	"net/http"
	"strconv"
	"time"
)

// handler wraps an endpoint with the daily job, faults, the response and the log.
func (s *Server) handler(e *endpoint) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		began := time.Now()
		c := newCall(s.world, r, e)
		s.world.mu.Lock()
		s.world.daily()
		c.identify()
		c.entry.Time = s.world.clock.now()
		f := s.world.faults.draw(c)
		s.world.mu.Unlock()

		a := f.before(c)
		if a.status == 0 {
			a = e.handle(c)
			a = f.after(c, a)
		}
		if e.cors() && r.Header.Get("Origin") != "" && a.header != nil {
			a.header.Set("Access-Control-Allow-Origin", "*")
		}
		c.entry.Status, c.entry.Code, c.entry.Message = a.status, a.code, clip(a.message, 300)
		if !a.why.IsZero() {
			c.entry.Message, c.entry.MessageKO = clip(a.why[1], 300), clip(a.why[0], 300)
		}
		if a.hint[0] == "" {
			a.hint = c.undocumented()
		}
		c.entry.Hint, c.entry.HintEN, c.entry.Registered = a.hint[0], a.hint[1], a.registered
		if f.cutsConnection() {
			c.entry.Status = 0
		}
		explainEntry(&c.entry)
		c.entry.Took = time.Since(began)
		// Log before the response, so that its receiver finds the entry.
		s.world.log.Add(c.entry)
		f.write(rw, r, a, s.run.Closed())
	}
}

// write sends the answer.
func (a answer) write(rw http.ResponseWriter) {
	h := rw.Header()
	for k, v := range a.header {
		h[k] = v
	}
	h.Set("X-Content-Type-Options", "nosniff")
	if a.body != nil {
		h.Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	rw.WriteHeader(a.status)
	rw.Write(a.body) // the caller may be gone
}

// identify notes app and account of a call before it is checked, for scenarios and the log. The caller holds the
// lock.
func (c *call) identify() {
	w := c.w
	if a, _, ok := w.apps.find(c.get("client_id")); ok {
		c.about(a, "")
	}
	if cd, ok := w.logins.codes.Get(c.get("code")); ok {
		c.about(nil, cd.account)
	}
	if rt, ok := w.tokens.refresh.Get(c.get("refresh_token")); ok {
		c.about(nil, rt.account)
	}
	if tx, ok := w.logins.transactions.Get(c.get("tx")); ok {
		c.about(w.apps.byID[tx.app], tx.account)
	}
	if t, ok := w.tokens.access.Get(c.bearer()); ok {
		c.about(w.apps.byID[t.app], t.account)
	}
	if c.e.name == "oauth/authorize" {
		if acc, ok := w.accounts.byID[c.get("login_hint")]; ok {
			c.about(nil, acc.ID)
		} else if b := (browserCall{c}).browser(); b != nil && b.session != nil {
			c.about(nil, b.session.account)
		}
	}
	c.identifyAdmin()
}
