package forward

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/web"
)

// behind returns a reader of forwarded headers that trusts 10.0.0.0/8, and a request from a peer with headers.
func behind(peer string, header ...string) (*forwarded, *http.Request, *bytes.Buffer) {
	var log bytes.Buffer
	f := &forwarded{
		trusted: web.Proxies{netip.MustParsePrefix("10.0.0.0/8")}, log: slog.New(slog.NewTextHandler(&log, nil)),
	}
	f.untrusted = f.trusted.Warner(f.log)
	r := &http.Request{RemoteAddr: peer, Header: http.Header{}}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return f, r, &log
}

func TestFA07_NothingIsTrustedByDefault(t *testing.T) {
	f, r, log := behind("10.0.0.1:1", "X-Forwarded-For", "203.0.113.9", "X-Forwarded-Proto", "https",
		"X-Forwarded-Host", "app.example.test", "X-Forwarded-Uri", "/x")
	f.trusted = nil
	f.untrusted = f.trusted.Warner(f.log)
	for range 3 {
		if got := f.url(r); got != "" {
			t.Errorf("believed: %s", got)
		}
	}
	if got := f.trusted.ClientAddr(r).String(); got != "10.0.0.1" {
		t.Errorf("client %s", got)
	}
	if n := strings.Count(log.String(), "NORANG_TRUSTED_PROXIES"); n != 1 {
		t.Errorf("the setting is named in %d log lines, want 1: %s", n, log)
	}
}

func TestFA10_HeadersMissing(t *testing.T) {
	all := []string{"X-Forwarded-Proto", "https", "X-Forwarded-Host", "app.example.test", "X-Forwarded-Uri", "/x?y=1"}
	f, r, _ := behind("10.0.0.1:1", all...)
	if got := f.url(r); got != "https://app.example.test/x?y=1" {
		t.Errorf("complete: %q", got)
	}
	for i := 0; i < len(all); i += 2 {
		f, r, log := behind("10.0.0.1:1", all...)
		r.Header.Del(all[i])
		if got := f.url(r); got != "" || !strings.Contains(log.String(), all[i]) {
			t.Errorf("without %s: %q, log %s", all[i], got, log)
		}
		f, r, log = behind("10.0.0.1:1", append(all, all[i], "twice")...)
		if got := f.url(r); got != "" || !strings.Contains(log.String(), all[i]) {
			t.Errorf("with %s twice: %q, log %s", all[i], got, log)
		}
	}
	for i, list := range []string{"https,http", "a.example.test, b.example.test"} {
		f, r, log := behind("10.0.0.1:1", all...)
		r.Header.Set(all[2*i], list)
		if got := f.url(r); got != "" || !strings.Contains(log.String(), all[2*i]) {
			t.Errorf("%s: %s: %q, log %s", all[2*i], list, got, log)
		}
	}
	f, r, log := behind("10.0.0.1:1", "X-Forwarded-Proto", "https", "X-Forwarded-Host", "a", "X-Forwarded-Uri", "/x?y=1,2")
	if got := f.url(r); got != "https://a/x?y=1,2" {
		t.Errorf("a comma in the query: %q, log %s", got, log)
	}
	f, r, _ = behind("10.0.0.1:1",
		"X-Forwarded-Proto", "https", "X-Forwarded-Host", "a", "X-Forwarded-Uri", "@evil.example/")
	if got := f.url(r); got != "" {
		t.Errorf("a path that is none: %q", got)
	}
}
