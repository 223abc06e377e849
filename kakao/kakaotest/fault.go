package kakaotest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

// maxHang ends a hanging response.
const maxHang = 2 * time.Minute

// fault is a scenario applied to one call.
type fault struct {
	Scenario
}

// replaces reports whether the fault replaces the endpoint's response.
func (f *fault) replaces() bool {
	return f.Code != "" || f.Status != 0 || f.Body != "" || f.Hang || f.Cut
}

// cutsConnection reports whether the caller gets no response.
func (f *fault) cutsConnection() bool { return f.Cut || f.Hang }

// before runs ahead of the endpoint. An answer with a status replaces it.
func (f *fault) before(c *call) answer {
	c.idt = f.IDToken
	if f.RotateKeys {
		if err := c.w.keys.rotate(); err != nil {
			return kauthFail("KOE003", err.Error())
		}
	}
	if f.After || !f.replaces() {
		return answer{}
	}
	return f.apply(c, answer{})
}

// after changes the endpoint's answer.
func (f *fault) after(c *call, a answer) answer {
	if f.After && f.replaces() {
		a = f.apply(c, a)
	}
	if f.SetJSON != nil || f.RemoveJSON != nil || f.DoubleJSON != nil {
		a.body = f.changeJSON(a.body)
	}
	return a
}

// apply makes the faulty answer from a.
func (f *fault) apply(c *call, a answer) answer {
	if f.Code != "" {
		a = f.coded(c)
	}
	if a.header == nil {
		a.header = http.Header{"Content-Type": {jsonType}}
	}
	if a.status == 0 {
		a.status = http.StatusOK
	}
	if f.Status != 0 {
		a.status = f.Status
	}
	if f.Body != "" {
		a.body = []byte(f.Body)
	}
	for k, v := range f.Header {
		a.header.Set(k, v)
	}
	if f.Type != "" {
		a.header.Set("Content-Type", f.Type)
	}
	return a
}

// coded reports a code as the endpoint would.
func (f *fault) coded(c *call) answer {
	switch n, err := strconv.Atoi(f.Code); {
	case err == nil:
		msg := f.Message
		if msg == "" {
			msg = "scripted by the emulator"
		}
		if n == -402 { // has additional members
			return c.kapiError(
				kapiError{
					Msg:            "insufficient scopes.",
					Code:           n,
					APIType:        "EMULATOR",
					RequiredScopes: []string{"friends"},
					AllowedScopes:  []string{"profile_nickname"},
				},
			)
		}
		return c.kapiFail(n, msg)
	case strings.HasPrefix(f.Code, "KOE") && c.e.page:
		return c.koePage(f.Code)
	case strings.HasPrefix(f.Code, "KOE"):
		return kauthFail(f.Code, f.Message)
	case c.e.page && c.get("redirect_uri") != "":
		return c.redirectFault(f)
	}
	return jsonAnswer(http.StatusBadRequest, kauthError{f.Code, f.Message, ""})
}

// redirectFault sends a scripted error to a registered redirect URI only, so that it is no open redirect.
func (c *call) redirectFault(f *fault) answer {
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	b := browserCall{c}
	q, _, page := b.authRequest()
	if page != nil {
		return *page
	}
	return b.redirectError(q, f.Code, f.Message)
}

// changeJSON sets, removes and doubles members of a JSON object.
func (f *fault) changeJSON(body []byte) []byte {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v map[string]any
	if dec.Decode(&v) != nil {
		return body // not an object
	}
	for path, value := range f.SetJSON {
		if m, last := emulator.Walk(v, path, true); m != nil {
			m[last] = value
		}
	}
	for _, path := range f.RemoveJSON {
		if m, last := emulator.Walk(v, path, false); m != nil {
			delete(m, last)
		}
	}
	out := encodeJSON(v)
	for name, value := range f.DoubleJSON {
		sep := ","
		if len(out) == 2 {
			sep = ""
		}
		out = append(out[:len(out)-1], sep+string(encodeJSON(name))+":"+string(encodeJSON(value))+"}"...)
	}
	return out
}

// write sends the answer as the fault requires, until closed.
func (f *fault) write(rw http.ResponseWriter, r *http.Request, a answer, closed <-chan struct{}) {
	wait := func(d time.Duration) bool {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-t.C:
			return true
		case <-r.Context().Done():
		case <-closed:
		}
		return false
	}
	if f.Delay > 0 && !wait(time.Duration(f.Delay)) {
		panic(http.ErrAbortHandler)
	}
	if f.Hang {
		wait(maxHang)
	}
	if f.cutsConnection() {
		panic(http.ErrAbortHandler) // closes the connection without a log line
	}
	if f.Pad == 0 && !f.Gzip && f.Trickle == 0 && f.CutBody == 0 {
		a.write(rw)
		return
	}
	for k, v := range a.header {
		rw.Header()[k] = v
	}
	var out io.Writer = rw
	sent := func() error { return nil }
	if f.Gzip {
		rw.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(rw)
		defer z.Close()
		out, sent = z, z.Flush
	}
	if f.CutBody > 0 {
		rw.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
		a.body = a.body[:min(f.CutBody, len(a.body))]
	}
	rw.WriteHeader(a.status)
	flush := http.NewResponseController(rw)
	step := len(a.body)
	if f.Trickle > 0 {
		step = 1
	}
	for b := a.body; len(b) > 0; b = b[min(step, len(b)):] {
		if _, err := out.Write(b[:min(step, len(b))]); err != nil || flush.Flush() != nil {
			return
		}
		if f.Trickle > 0 && !wait(time.Duration(f.Trickle)) {
			panic(http.ErrAbortHandler)
		}
	}
	if f.CutBody > 0 {
		panic(http.ErrAbortHandler)
	}
	blanks := bytes.Repeat([]byte(" "), 64<<10)
	for left := f.Pad; left > 0; left -= int64(len(blanks)) {
		// Compressed blanks would wait for megabytes more, and the client would see its limit late.
		if _, err := out.Write(blanks[:min(left, int64(len(blanks)))]); err != nil || sent() != nil || flush.Flush() != nil {
			return
		}
	}
}
