package kakaotest

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

const maxBody = 256 << 10 // far above any request of Kakao Login

// call is a request in a handler.
type call struct {
	w       *world
	r       *http.Request
	e       *endpoint
	query   url.Values
	form    url.Values    // of a form body
	both    url.Values    // form before query: Kakao reads both
	fault   emulator.Text // why the body could not be read
	ignored emulator.Text // says that the body was ignored, because it is not a form
	lang    string        // ko or en
	entry   Request
	idt     *IDTokenFault // a scenario's changes to the ID token
}

// browserCall is a call of a user's browser: authorize, login, consent and logout.
type browserCall struct{ *call }

// tokenCall is a call of the token endpoint.
type tokenCall struct{ *call }

// apiCall is a call of kapi.
type apiCall struct{ *call }

// browsing makes a handler of h. It holds the world's lock.
func browsing(h func(browserCall) answer) func(*call) answer {
	return func(c *call) answer {
		c.w.mu.Lock()
		defer c.w.mu.Unlock()
		return h(browserCall{c})
	}
}

// api makes a handler of h. It holds the world's lock.
func api(h func(apiCall) answer) func(*call) answer {
	return func(c *call) answer {
		c.w.mu.Lock()
		defer c.w.mu.Unlock()
		return h(apiCall{c})
	}
}

// answer is the response of a handler, before scripted faults.
type answer struct {
	status  int
	header  http.Header
	body    []byte
	code    string        // for the log
	message string        // what Kakao says
	why     emulator.Text // for the log, in place of message
	hint    emulator.Text

	registered []string // redirect URIs, if that of the request is not among them
}

func newCall(w *world, r *http.Request, e *endpoint) *call {
	c := &call{w: w, r: r, e: e, lang: emulator.Language(r)}
	c.query, _ = url.ParseQuery(r.URL.RawQuery)
	if c.query == nil {
		c.query = url.Values{}
	}
	c.form = url.Values{}
	if r.Method == http.MethodPost {
		c.readForm()
	}
	c.both = url.Values{}
	for _, vs := range []url.Values{c.form, c.query} {
		for k, v := range vs {
			c.both[k] = append(c.both[k], v...)
		}
	}
	scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	c.entry = Request{
		Endpoint: e.name,
		Method:   r.Method,
		Path:     r.URL.Path,
		Params:   c.visibleParams(),
		Auth:     clip(scheme, 20),
	}
	return c
}

func (c *call) readForm() {
	ct, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	b, readErr := io.ReadAll(http.MaxBytesReader(nil, c.r.Body, maxBody))
	switch {
	case readErr != nil:
		c.fault = emulator.Text{"본문이 너무 크거나 끊겼습니다", "the body is too large or incomplete"}
	case len(b) == 0:
	case err != nil || ct != "application/x-www-form-urlencoded":
		c.ignored = emulator.IgnoredBody(c.r.Header.Get("Content-Type"))
		if c.w.cfg.Strict {
			c.fault = emulator.Textf("콘텐츠 타입이 application/x-www-form-urlencoded가 아닙니다: %q",
				"the content type is %q, not application/x-www-form-urlencoded",
				clip(c.r.Header.Get("Content-Type"), 80))
		}
	default:
		v, err := url.ParseQuery(string(b))
		if err != nil {
			c.fault = emulator.Text{"폼의 형식이 잘못되었습니다", "malformed form"}
			return
		}
		c.form = v
	}
}

// badBody is the response with a code to a body that could not be read.
func (c *call) badBody(code string) answer {
	a := kauthFail(code, c.fault[1])
	a.why = c.fault
	return a
}

// get returns a parameter; has reports whether it is present.
func (c *call) get(name string) string { return c.both.Get(name) }
func (c *call) has(name string) bool   { return c.both.Has(name) }

// visibleParams returns the parameters for the log. Values are shown for harmless names only, because any other, even
// a misspelt one, may hold a secret.
func (c *call) visibleParams() map[string]string {
	harmless := []string{
		"client_id",
		"redirect_uri",
		"response_type",
		"scope",
		"prompt",
		"login_hint",
		"service_terms",
		"grant_type",
		"code_challenge_method",
		"channel_public_id",
		"logout_redirect_uri",
		"secure_resource",
		"property_keys",
		"target_id_type",
		"target_id",
		"target_ids",
		"limit",
		"from_id",
		"order",
		"scopes",
		"tags",
		"result",
		"address_id",
		"from_updated_at",
		"page_size",
		"rule_type",
		"logout_with_kakao",
		"id_token_hint",
		"lang",
	}
	out := map[string]string{}
	for k, v := range c.both {
		if len(out) == 40 {
			break
		}
		s := strings.Join(v, " + ")
		if !slices.Contains(harmless, k) {
			s = fmt.Sprintf("[%d bytes]", len(s))
		}
		out[clip(k, 60)] = clip(s, 300)
	}
	return out
}

// clip shortens a text for the log.
func clip(s string, n int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}

// caller is the address of the peer. Forwarded headers are ignored, because they would defeat allowed IPs.
func (c *call) caller() netip.Addr {
	ap, err := netip.ParseAddrPort(c.r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap()
}

// allowedIP reports whether the caller may use the key.
func (c *call) allowedIP(k Key) bool {
	return len(k.AllowedIPs) == 0 || slices.ContainsFunc(k.AllowedIPs, func(rule string) bool {
		p, err := parseIPRule(rule)
		return err == nil && p.Contains(c.caller())
	})
}

// about notes the app and the account for the log and for scenarios.
func (c *call) about(a *App, account string) {
	if a != nil {
		c.entry.App = a.AppID
	}
	if account != "" {
		c.entry.Account = account
	}
}

// seconds is t as tokens carry it.
func seconds(t time.Time) int64 { return t.Unix() }
