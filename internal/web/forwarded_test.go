package web

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

// behind makes a server that trusts 10.0.0.0/8, and a request from a peer with headers.
func behind(peer string, header ...string) (*Server, *http.Request, *bytes.Buffer) {
	var log bytes.Buffer
	s := &Server{trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, log: slog.New(slog.NewTextHandler(&log, nil))}
	r := &http.Request{RemoteAddr: peer, Header: http.Header{}}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return s, r, &log
}

func TestFA06_FA07_ClientAddress(t *testing.T) {
	for _, tc := range []struct {
		name, peer, forwarded, want string
	}{
		{"a stranger", "192.0.2.1:1", "", "192.0.2.1"},
		{"a stranger who says more", "192.0.2.1:1", "203.0.113.9", "192.0.2.1"},
		{"through the proxy", "10.0.0.1:1", "203.0.113.9", "203.0.113.9"},
		{"the proxy as mapped IPv6", "[::ffff:10.0.0.1]:1", "203.0.113.9", "203.0.113.9"},
		{"through two proxies", "10.0.0.1:1", "203.0.113.9, 10.0.0.2", "203.0.113.9"},
		{"invented in front", "10.0.0.1:1", "1.1.1.1, 203.0.113.9", "203.0.113.9"},
		{"IPv6", "10.0.0.1:1", "2001:db8::1", "2001:db8::1"},
		{"nonsense", "10.0.0.1:1", "nobody", "10.0.0.1"},
		{"nonsense in front", "10.0.0.1:1", "nobody, 203.0.113.9", "203.0.113.9"},
		{"nothing", "10.0.0.1:1", "", "10.0.0.1"},
		{"a unix socket", "@", "203.0.113.9", "invalid IP"},
	} {
		s, r, _ := behind(tc.peer)
		if tc.forwarded != "" {
			r.Header.Set("X-Forwarded-For", tc.forwarded)
		}
		if got := s.clientAddr(r).String(); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}

func TestFA07_NothingIsTrustedByDefault(t *testing.T) {
	s, r, log := behind("10.0.0.1:1", "X-Forwarded-For", "203.0.113.9", "X-Forwarded-Proto", "https",
		"X-Forwarded-Host", "app.example.test", "X-Forwarded-Uri", "/x")
	s.trusted = nil
	for range 3 {
		if got := s.forwardedURL(r); got != "" {
			t.Errorf("believed: %s", got)
		}
	}
	if got := s.clientAddr(r).String(); got != "10.0.0.1" {
		t.Errorf("client %s", got)
	}
	if n := strings.Count(log.String(), "NORANG_TRUSTED_PROXIES"); n != 1 {
		t.Errorf("the setting is named in %d log lines, want 1: %s", n, log)
	}
}

func TestFA10_HeadersMissing(t *testing.T) {
	all := []string{"X-Forwarded-Proto", "https", "X-Forwarded-Host", "app.example.test", "X-Forwarded-Uri", "/x?y=1"}
	s, r, _ := behind("10.0.0.1:1", all...)
	if got := s.forwardedURL(r); got != "https://app.example.test/x?y=1" {
		t.Errorf("complete: %q", got)
	}
	for i := 0; i < len(all); i += 2 {
		s, r, log := behind("10.0.0.1:1", all...)
		r.Header.Del(all[i])
		if got := s.forwardedURL(r); got != "" || !strings.Contains(log.String(), all[i]) {
			t.Errorf("without %s: %q, log %s", all[i], got, log)
		}
		s, r, log = behind("10.0.0.1:1", append(all, all[i], "twice")...)
		if got := s.forwardedURL(r); got != "" || !strings.Contains(log.String(), all[i]) {
			t.Errorf("with %s twice: %q, log %s", all[i], got, log)
		}
	}
	s, r, _ = behind("10.0.0.1:1", "X-Forwarded-Proto", "https", "X-Forwarded-Host", "a", "X-Forwarded-Uri", "@evil.example/")
	if got := s.forwardedURL(r); got != "" {
		t.Errorf("a path that is none: %q", got)
	}
}

func TestFA12_HeaderText(t *testing.T) {
	for in, want := range map[string]string{
		"":                    "",
		"ryan":                "ryan",
		"라":                   "%EB%9D%BC",
		"a b":                 "a%20b",
		"100%":                "100%25",
		"admin\r\nX-Admin: 1": "admin%0D%0AX-Admin:%201",
		"a,b;c=\"d\"":         "a,b;c=\"d\"",
	} {
		if got := headerText(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	long := headerText(strings.Repeat("가", 300))
	if len(long) > maxHeaderName || len(long)%9 != 0 || len(long) < maxHeaderName-9 {
		t.Errorf("300 syllables are cut to %d bytes, want at most %d and whole characters", len(long), maxHeaderName)
	}
}
