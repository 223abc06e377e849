package app_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// accessLine is a line of the access log.
type accessLine struct {
	Msg, Route string
	Status     int
	MS         *float64
	RequestID  string `json:"request_id"`
	ProxyID    string `json:"proxy_request_id"`
}

func accessLines(t *testing.T, log string) (lines []accessLine) {
	t.Helper()
	for text := range strings.Lines(log) {
		var l accessLine
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if l.Msg == "request" {
			lines = append(lines, l)
		}
	}
	return lines
}

// Every kind of response has a line, which names the route and neither the query nor who asked.
func TestPV09_AccessLogHoldsRoutesAndNoPersonalData(t *testing.T) {
	t.Parallel()
	log := &syncBuffer{}
	w, _ := inFrontOf(t, nil, func(c *app.Config) {
		c.AccessLog, c.Log = true, slog.New(slog.NewJSONHandler(log, nil))
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	b := w.browser()
	if a := b.signIn(kakaotest.PersonaRyan, "/"); a.StatusCode != http.StatusSeeOther {
		t.Fatal(a.Status)
	}
	session, agent := b.cookie(sessionCookie), "secret-agent"
	for _, path := range []string{
		"/auth/account?mail=secret", "/auth/verify?secret=1", "/orders/secret-order?q=secret", "/auth/secret-page",
	} {
		r := b.request(http.MethodGet, path, nil)
		r.Header.Set("X-Forwarded-For", "203.0.113.77")
		r.Header.Set("X-Request-Id", "0af7651916cd43dd8448eb211c80319c")
		r.Header.Set("User-Agent", agent)
		b.do(r)
	}
	lines := accessLines(t, log.String())
	for route, status := range map[string]int{
		"GET {prefix}/account": 200, "GET {prefix}/verify": 200, "app": 200, "GET unmatched": 404,
	} {
		i := slices.IndexFunc(lines, func(l accessLine) bool { return l.Route == route })
		if i < 0 {
			t.Errorf("no line of %s in %s", route, log)
			continue
		}
		l := lines[i]
		if l.Status != status || l.MS == nil || *l.MS < 0 || l.ProxyID != "0af7651916cd43dd8448eb211c80319c" {
			t.Errorf("%s: %+v", route, l)
		}
		if own := route != "app" && !strings.HasSuffix(route, "verify"); own != (l.RequestID != "") {
			t.Errorf("%s: request id %q", route, l.RequestID)
		}
	}
	for _, private := range []string{"secret", "203.0.113.77", "127.0.0.1", session, kakaotest.PersonaRyan} {
		if text := log.String(); strings.Contains(text, private) {
			t.Errorf("%q is in the log: %s", private, text)
		}
	}
}

// Only a trusted proxy's id is logged, and only one that is nothing but an id.
func TestLI04_AccessLogHoldsNoRequestIDsOfStrangers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		trusted string
		id      string
		want    string
	}{
		"of a stranger":      {"192.0.2.0/24", "abc", ""},
		"of a proxy":         {"127.0.0.0/8", "Root=1-6789-abcdef01", "Root=1-6789-abcdef01"},
		"an e-mail address":  {"127.0.0.0/8", "ryan@example.com", ""},
		"too long":           {"127.0.0.0/8", strings.Repeat("a", 65), ""},
		"a terminal command": {"127.0.0.0/8", "a\tb", ""},
	} {
		log := &syncBuffer{}
		w := newWorld(t, func(cfg *app.Config) {
			cfg.AccessLog, cfg.Log = true, slog.New(slog.NewJSONHandler(log, nil))
			cfg.TrustedProxies = []netip.Prefix{netip.MustParsePrefix(c.trusted)}
		})
		b := w.browser()
		r := b.request(http.MethodGet, "/auth/session", nil)
		r.Header.Set("X-Request-Id", c.id)
		b.do(r)
		lines := accessLines(t, log.String())
		if len(lines) != 1 || lines[0].ProxyID != c.want || lines[0].Status != http.StatusOK {
			t.Errorf("%s: %+v", name, lines)
		}
	}
}

func TestAccessLogIsOffByDefault(t *testing.T) {
	t.Parallel()
	log := &syncBuffer{}
	w := newWorld(t, func(c *app.Config) { c.Log = slog.New(slog.NewJSONHandler(log, nil)) })
	w.browser().get("/auth/session")
	if lines := accessLines(t, log.String()); len(lines) != 0 {
		t.Errorf("%+v", lines)
	}
}
