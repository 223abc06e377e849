package hook_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/hook"
)

// The example of the Standard Webhooks libraries' tests.
const (
	exampleSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	exampleID     = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	exampleBody   = `{"test": 2432232314}`
	exampleTime   = 1614265330
	exampleSign   = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
)

func newClient(t *testing.T, cfg hook.Config) *hook.Client {
	t.Helper()
	if cfg.Secrets == nil {
		cfg.Secrets = []string{exampleSecret}
	}
	c, err := hook.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestSignatureMatchesStandardWebhooks(t *testing.T) {
	t.Parallel()
	var got http.Header
	var body []byte
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Clone()
		body, _ = io.ReadAll(r.Body)
		_, _ = io.WriteString(w, `{"ok":true}`)
	}))
	defer srv.Close()
	other := "whsec_" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))
	c := newClient(t, hook.Config{
		URL: srv.URL + "/hook?a=1", AllowPrivate: true, Secrets: []string{exampleSecret, other},
		Now: func() time.Time { return time.Unix(exampleTime, 999) },
	})
	a, err := c.Post(t.Context(), exampleID, []byte(exampleBody))
	if err != nil || !a.OK() || string(a.Body) != `{"ok":true}` {
		t.Fatalf("Post = %+v, %v", a, err)
	}
	signatures := strings.Fields(got.Get("webhook-signature"))
	if len(signatures) != 2 || signatures[0] != exampleSign {
		t.Errorf("signatures are %q, want the example's first", signatures)
	}
	// The second is computed from the specification.
	mac := hmac.New(sha256.New, bytes.Repeat([]byte{7}, 32))
	fmt.Fprintf(mac, "%s.%s.%s", got.Get("webhook-id"), got.Get("webhook-timestamp"), body)
	if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); signatures[len(signatures)-1] != want {
		t.Errorf("second signature is %s, want %s", signatures[len(signatures)-1], want)
	}
	if got.Get("webhook-id") != exampleID || got.Get("webhook-timestamp") != strconv.Itoa(exampleTime) ||
		got.Get("content-type") != "application/json" || string(body) != exampleBody {
		t.Errorf("headers %v, body %s", got, body)
	}
}

func TestSecretsAreParsedAndRedacted(t *testing.T) {
	t.Parallel()
	encode := func(n int) string { return "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, n)) }
	for text, good := range map[string]bool{
		encode(24): true, encode(64): true, encode(23): false, encode(65): false, "": false, "whsec_": false,
		strings.TrimPrefix(encode(32), "whsec_"): false, "whsec_!!!!": false, encode(32) + "\n": false,
		"WHSEC_" + encode(32)[6:]: false, strings.TrimSuffix(encode(32), "A=") + "B=": false,
	} {
		s, err := hook.ParseSecret(text)
		if (err == nil) != good {
			t.Errorf("%q: %v", text, err)
		}
		if err != nil && len(text) > 10 && strings.Contains(err.Error(), text[6:]) {
			t.Errorf("the error quotes the secret: %v", err)
		}
		var log strings.Builder
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", s)
		j, _ := json.Marshal(s)
		for _, shown := range []string{fmt.Sprintf("%v %+v %#v %s %q %x", s, s, s, s, s, s), log.String(), string(j)} {
			if good && (strings.Contains(shown, "AAAA") || strings.Contains(shown, "0000") ||
				!strings.Contains(shown, "redacted")) {
				t.Errorf("printed as %s", shown)
			}
		}
	}
}

func TestCheckURL(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		url           string
		public, allow bool
	}{
		{"https://app.example.com/hooks", true, true},
		{"https://app.example.com:8443/hooks?key=1", true, true},
		{"https://1.1.1.1/", true, true},
		{"https://[2606:4700:4700::1111]/", true, true},
		{"http://app.example.com/hooks", false, true}, // checked when it is dialled
		{"http://127.0.0.1:8000/", false, true},
		{"http://localhost:8000/", false, true},
		{"http://app:8000/", false, true},
		{"https://10.0.0.5/", false, true},
		{"https://[::1]/", false, true},
		{"https://[fd00::1]/", false, true},
		{"https://100.64.1.1/", false, true},
		{"http://1.1.1.1/", false, false},
		{"https://169.254.169.254/latest/", false, false}, // metadata
		{"https://[fe80::1]/", false, false},
		{"https://[::ffff:169.254.169.254]/", false, false},
		{"https://[64:ff9b::a9fe:a9fe]/", false, false},
		{"https://0.0.0.0/", false, false},
		{"https://[::]/", false, false},
		{"https://224.0.0.1/", false, false},
		{"https://255.255.255.255/", false, false},
		{"https://192.0.2.1/", false, false},
		{"https://[2002:7f00:1::]/", false, false},
		{"https://192.175.48.1/", false, false}, // AS112
		{"https://[100::1]/", false, false},     // outside global unicast
		{"https://[fec0::1]/", false, false},
		{"https://[64:ff9b::a00:5]/", false, true},  // NAT64 of 10.0.0.5
		{"https://[64:ff9b::101:101]/", true, true}, // NAT64 of 1.1.1.1
		{"https://[64:ff9b:1::101:101]/", false, false},
		{"https://[::ffff:1.1.1.1]/", true, true},
		{"https://[::ffff:100.64.1.1]/", false, true},
		{"https://[2606:4700:4700::1111%25eth0]/", false, false}, // a zone is for link-local addresses
		{"https://[64:ff9b::a9fe:a9fe%25eth0]/", false, false},
		{"https://user:pass@app.example.com/", false, false},
		{"https://app.example.com/#part", false, false},
		{"ftp://app.example.com/", false, false},
		{"file:///etc/passwd", false, false},
		{"//app.example.com/", false, false},
		{"app.example.com", false, false},
		{"https://", false, false},
		{"https://:443/", false, false},
		{"https://app.example.com/" + strings.Repeat("a", 2024), true, true},
		{"https://app.example.com/" + strings.Repeat("a", 2025), false, false},
	} {
		for allow, want := range map[bool]bool{false: c.public, true: c.allow} {
			err := hook.CheckURL(c.url, allow)
			if (err == nil) != want {
				t.Errorf("%.60s, private allowed %t: %v", c.url, allow, err)
			}
			if err != nil && strings.Contains(err.Error(), "user:pass") {
				t.Errorf("error quotes the password: %v", err)
			}
		}
	}
}

// A name that resolves to this machine is refused when it is dialled.
func TestSF06_PrivateAddressBehindAName(t *testing.T) {
	t.Parallel()
	var called atomic.Int64
	srv := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called.Add(1) }))
	defer srv.Close()
	_, port, _ := strings.Cut(strings.TrimPrefix(srv.URL, "https://"), ":")
	c := newClient(t, hook.Config{URL: "https://localhost:" + port + "/secret-path"})
	if _, err := c.Post(t.Context(), "1", nil); !errors.Is(err, hook.ErrAddress) || strings.Contains(err.Error(),
		"secret-path") {
		t.Errorf("Post: %v", err)
	}
	if called.Load() != 0 {
		t.Error("the server was called")
	}
}

// Certificate verification cannot be turned off.
func TestSF05_UntrustedCertificate(t *testing.T) {
	t.Parallel()
	var called atomic.Int64
	srv := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called.Add(1) }))
	defer srv.Close()
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	c := newClient(t, hook.Config{URL: srv.URL, AllowPrivate: true})
	if _, err := c.Post(t.Context(), "1", []byte("{}")); err == nil || called.Load() != 0 {
		t.Errorf("an untrusted certificate is accepted: %v", err)
	}
	if err := c.Reach(t.Context()); err == nil {
		t.Error("Reach accepts an untrusted certificate")
	}
}

func TestSF02_RedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	var elsewhere atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		srv := httptest.NewServer(http.RedirectHandler(other.URL, status))
		a, err := newClient(t, hook.Config{URL: srv.URL, AllowPrivate: true}).Post(t.Context(), "1", []byte("{}"))
		if err != nil || a.OK() || a.Status != status {
			t.Errorf("%d: %+v, %v", status, a, err)
		}
		srv.Close()
	}
	if elsewhere.Load() != 0 {
		t.Error("followed")
	}
}

func TestResponsesAreBounded(t *testing.T) {
	t.Parallel()
	var answer func(http.ResponseWriter, *http.Request)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answer(w, r) }))
	defer srv.Close()
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	c := newClient(t, hook.Config{URL: srv.URL, AllowPrivate: true, MaxAnswer: 10, Timeout: time.Minute})
	answer = func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "0123456789") }
	if a, err := c.Post(t.Context(), "1", nil); err != nil || len(a.Body) != 10 {
		t.Errorf("longest allowed body: %+v, %v", a, err)
	}
	answer = func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(500)
		_, _ = io.WriteString(w, strings.Repeat("x", 100_000))
	}
	if a, err := c.Post(t.Context(), "1", nil); !errors.Is(err, hook.ErrAnswer) || a.Status != 500 {
		t.Errorf("long body: %+v, %v", a, err)
	}
	answer = func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 64<<10)) }
	if _, err := c.Post(t.Context(), "1", nil); err == nil {
		t.Error("64 KiB of headers are accepted")
	}
	answer = func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 4097)) }
	byDefault := newClient(t, hook.Config{URL: srv.URL, AllowPrivate: true})
	if a, err := byDefault.Post(t.Context(), "1", nil); !errors.Is(err, hook.ErrAnswer) || len(a.Body) != 4097 {
		t.Errorf("by default: %+v, %v", a, err)
	}
}

func TestRetryAfterIsSecondsOrADate(t *testing.T) {
	t.Parallel()
	now := time.Unix(exampleTime, 0)
	var text string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", text)
		w.WriteHeader(503)
	}))
	defer srv.Close()
	c := newClient(t, hook.Config{URL: srv.URL, AllowPrivate: true, Now: func() time.Time { return now }})
	date := func(d time.Duration) string { return now.Add(d).UTC().Format(http.TimeFormat) }
	for _, row := range []struct {
		text string
		want time.Duration
	}{
		{"120", 2 * time.Minute}, {"0", 0}, {"-1", 0}, {"", 0}, {"soon", 0}, {"99999999999999", 0},
		{date(time.Hour), time.Hour}, {date(0), 0}, {date(-time.Hour), 0},
	} {
		text = row.text
		if a, err := c.Post(t.Context(), "1", nil); err != nil || a.RetryAfter != row.want {
			t.Errorf("%q: %+v, %v, want %v", text, a, err, row.want)
		}
	}
}

func TestEndlessResponseTimesOut(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(200)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}))
	defer srv.Close()
	c := newClient(t, hook.Config{URL: srv.URL, AllowPrivate: true, Timeout: 500 * time.Millisecond})
	if _, err := c.Post(t.Context(), "1", nil); err == nil {
		t.Error("an endless response was waited for")
	}
}

func TestNewReportsEveryError(t *testing.T) {
	t.Parallel()
	_, err := hook.New(hook.Config{URL: "ftp://x", Secrets: []string{exampleSecret, "whsec_x", "y"}})
	if err == nil || !strings.Contains(err.Error(), "number 2") || !strings.Contains(err.Error(), "number 3") ||
		!strings.Contains(err.Error(), "https") {
		t.Errorf("%v", err)
	}
	if _, err := hook.New(hook.Config{URL: "https://app.example.com"}); err == nil {
		t.Error("a client without a secret")
	}
}
