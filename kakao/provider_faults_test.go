package kakao

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/norang-login/norang/internal/testkit/freeport"
)

var goodExchange = ExchangeRequest{Code: "the-code", RedirectURI: "https://svc.example/cb", CodeVerifier: testVerifier}

// goodBody is a valid response for a code exchange and for UserMe.
const goodBody = `{"access_token":"A","token_type":"bearer","expires_in":5,"refresh_token":"R","id":1}`

// both makes a code exchange and a UserMe call and returns their errors.
func both(ctx context.Context, c *Client) map[string]error {
	_, exchange := c.Exchange(ctx, goodExchange)
	_, me := c.UserMe(ctx, testToken, UserMeOptions{})
	return map[string]error{"exchange": exchange, "user_me": me}
}

func noPause(cfg *Config) { cfg.Rand = func(int64) int64 { return 0 } }

func TestPF01_5xx(t *testing.T) {
	t.Parallel()
	for _, status := range []int{500, 502, 503, 504} {
		for _, body := range []string{"", "<html>bad gateway</html>", `{"msg":"oops","code":-777}`, goodBody} {
			c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { answer(w, status, body) }, noPause)
			for name, err := range both(t.Context(), c) {
				var e *Error
				if !errors.Is(err, ErrUnavailable) || !errors.As(err, &e) || e.Status != status {
					t.Errorf("%d %q %s: %v", status, body, name, err)
				}
			}
		}
	}
}

// The test counts goroutines and must not run in parallel with others.
func TestPF02_Hang(t *testing.T) {
	release := make(chan struct{})
	var hung atomic.Int32
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		hung.Add(1)
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}, func(cfg *Config) { cfg.Timeout = 500 * time.Millisecond })
	defer close(release)
	before := runtime.NumGoroutine()
	for name, err := range both(t.Context(), c) {
		if !errors.Is(err, ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if hung.Load() > 2 { // fewer if a call timed out before its request arrived
		t.Errorf("%d requests, a call that timed out must not be retried", hung.Load())
	}
	// The goroutines of both connections must end.
	for began := time.Now(); time.Since(began) < time.Minute; time.Sleep(10 * time.Millisecond) {
		if runtime.NumGoroutine() <= before+2 {
			return
		}
	}
	t.Errorf("%d goroutines before, %d after", before, runtime.NumGoroutine())
}

func TestPF02_SlowBody(t *testing.T) {
	t.Parallel()
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; r.Context().Err() == nil && i < 1000; i++ {
			io.WriteString(w, " ")
			w.(http.Flusher).Flush()
			time.Sleep(10 * time.Millisecond)
		}
	}, func(cfg *Config) { cfg.Timeout = 100 * time.Millisecond })
	for name, err := range both(t.Context(), c) {
		if !errors.Is(err, ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPF03_NotJSON(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		"", `{"access_token":"planted-text"`, "\x00", "null", "[]", `"text"`,
	} {
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { answer(w, 200, body) })
		for name, err := range both(t.Context(), c) {
			if !errors.Is(err, ErrMalformed) || strings.Contains(err.Error(), "planted") {
				t.Errorf("%q %s: %v", body, name, err)
			}
		}
	}
}

// Kakao's maintenance page, or that of a proxy in between, says nothing about the request.
func TestWebPageInsteadOfJSONIsUnavailable(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"text/html;charset=utf-8", "application/json", "", "text/plain",
		"application/xhtml+xml"} {
		for _, status := range []int{200, 201, 400, 401, 403, 404} {
			for _, body := range []string{
				"<html>점검</html>", "\r\n <!DOCTYPE html>planted-text", "\ufeff<?xml version=\"1.0\"?><x/>", "점검 중",
			} {
				if body == "점검 중" && !strings.Contains(kind, "html") {
					continue
				}
				c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Type", kind)
					w.Header().Set("Retry-After", "3")
					w.WriteHeader(status)
					io.WriteString(w, body)
				})
				for name, err := range both(t.Context(), c) {
					var e *Error
					if !errors.Is(err, ErrUnavailable) || strings.Contains(err.Error(), "planted") ||
						!errors.As(err, &e) || e.Status != status || e.RetryAfter != 3*time.Second {
						t.Errorf("%q %d %q %s: %v", kind, status, body, name, err)
					}
				}
			}
		}
	}
}

func TestRequestTimeoutIsUnavailable(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", `{"error":"timeout"}`, `{"msg":"slow","code":-777}`} {
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { answer(w, 408, body) }, noPause)
		for name, err := range both(t.Context(), c) {
			if !errors.Is(err, ErrUnavailable) {
				t.Errorf("%q %s: %v", body, name, err)
			}
		}
	}
}

func TestPF04_WrongContentType(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{
		"text/html", "text/plain; charset=utf-8", "", "application/jsonp", "text/json", ";",
	} {
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Content-Type"] = []string{kind}
			io.WriteString(w, goodBody)
		})
		for name, err := range both(t.Context(), c) {
			if !errors.Is(err, ErrMalformed) {
				t.Errorf("%q %s: %v", kind, name, err)
			}
		}
	}
}

func TestPF05_QuotaAndRetryAfter(t *testing.T) {
	t.Parallel()
	const quota = `{"msg":"API limit has been exceeded.","code":-10}`
	for _, tt := range []struct {
		status int
		body   string
	}{{429, ""}, {429, quota}, {400, quota}, {400, load(t, "token_koe237.json").body}} {
		var requests atomic.Int32
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
			requests.Add(1)
			w.Header().Set("Retry-After", "17")
			answer(w, tt.status, tt.body)
		})
		for name, err := range both(t.Context(), c) {
			var e *Error
			if !errors.Is(err, ErrRateLimited) || !errors.As(err, &e) || e.RetryAfter != 17*time.Second {
				t.Errorf("%v %s: %v", tt, name, err)
			}
		}
		if requests.Load() != 2 {
			t.Errorf("%v: %d requests, want no retry", tt, requests.Load())
		}
	}
}

func TestPF06_Retries(t *testing.T) {
	t.Parallel()
	cut := func(w http.ResponseWriter) { panic(http.ErrAbortHandler) }
	status := func(code int, body string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { answer(w, code, body) }
	}
	for _, tt := range []struct {
		name  string
		first func(http.ResponseWriter)
		retry bool // an idempotent call is retried
	}{
		{"connection closed", cut, true},
		{"500", status(500, ""), true},
		{"-1", status(400, `{"msg":"internal","code":-1}`), true},
		{"-603", status(400, `{"msg":"timeout","code":-603}`), true},
		{"-401", status(401, `{"msg":"this access token does not exist","code":-401}`), false},
		{"-10", status(400, `{"msg":"limit","code":-10}`), false},
		{"malformed", status(200, `{`), false},
		{"503 with Retry-After", func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", "5")
			answer(w, 503, "")
		}, false},
	} {
		for _, call := range []struct {
			name  string
			retry bool
			good  string
			do    func(*Client) error
		}{
			{"user_me", true, `{"id":1}`, func(c *Client) error {
				_, err := c.UserMe(t.Context(), testToken, UserMeOptions{})
				return err
			}},
			{"unlink", true, `{"id":1}`, func(c *Client) error {
				_, err := c.UnlinkAsAdmin(t.Context(), 1)
				return err
			}},
			{"update_profile", true, `{"id":1}`, func(c *Client) error {
				_, err := c.UpdateProfile(t.Context(), testToken, map[string]string{"a": "b"})
				return err
			}},
			{"exchange", false, "", func(c *Client) error {
				_, err := c.Exchange(t.Context(), goodExchange)
				return err
			}},
			{"refresh", false, "", func(c *Client) error {
				_, err := c.Refresh(t.Context(), RefreshRequest{RefreshToken: "R"})
				return err
			}},
			{"signup", false, "", func(c *Client) error {
				_, err := c.Signup(t.Context(), testToken, nil)
				return err
			}},
			{"logout", false, "", func(c *Client) error { _, err := c.Logout(t.Context(), testToken); return err }},
		} {
			t.Run(tt.name+" "+call.name, func(t *testing.T) {
				var requests atomic.Int32
				c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
					if requests.Add(1) == 1 {
						tt.first(w)
						return
					}
					answer(w, 200, call.good)
				}, noPause)
				err, want := call.do(c), int32(1)
				if call.retry && tt.retry {
					if want = 2; err != nil {
						t.Errorf("after the retry: %v", err)
					}
				} else if err == nil {
					t.Error("no error")
				}
				if got := requests.Load(); got != want {
					t.Errorf("%d requests, want %d", got, want)
				}
			})
		}
	}
}

func TestPF06_AtMostOneRetry(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		answer(w, 502, "")
	}, noPause)
	if _, err := c.UserMe(t.Context(), testToken, UserMeOptions{}); !errors.Is(err, ErrUnavailable) ||
		requests.Load() != 2 {
		t.Errorf("%v after %d requests", err, requests.Load())
	}
}

func TestPF07_DNSTCPTLSFailure(t *testing.T) {
	t.Parallel()
	untrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	untrusted.StartTLS()
	defer untrusted.Close()
	refused := "http://" + net.JoinHostPort("127.0.0.1", freeport.Pick(t))
	for name, base := range map[string]string{
		"refused": refused, "untrusted certificate": untrusted.URL, "no such host": "http://kakao.invalid",
	} {
		c, err := New(Config{ClientID: "rest-key", AuthURL: base, APIURL: base, Timeout: 3 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		for call, err := range both(t.Context(), c) {
			if !errors.Is(err, ErrUnavailable) {
				t.Errorf("%s %s: %v", name, call, err)
			}
		}
	}
}

func TestPF08_ClockSkew(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	is, c := newIssuer(t, k)
	fresh := is.goodClaims(nil)
	fresh["iat"] = is.clock().Unix()
	raw := k.token(fresh)
	is.advance(-59 * time.Second)
	accepts(t, c, "59 s slow", raw)
	is.advance(-5 * time.Minute)
	_, err := c.VerifyIDToken(t.Context(), raw, withNonce)
	var refused *IDTokenError
	if !errors.As(err, &refused) || !refused.Clock || refused.Skew != 5*time.Minute+59*time.Second ||
		!strings.Contains(err.Error(), "clock") {
		t.Errorf("5 min slow: %v", err)
	}
}

// The test measures allocations and must not run in parallel with others.
func TestPF09_HugeResponse(t *testing.T) {
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		chunk := bytes.Repeat([]byte(" "), 64<<10)
		for r.Context().Err() == nil { // endless chunks
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for name, err := range both(t.Context(), c) {
		if !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 64<<20 {
		t.Errorf("%d MiB allocated", grown>>20)
	}
}

func TestPF10_CompressionBomb(t *testing.T) {
	t.Parallel()
	var bomb bytes.Buffer
	z, _ := gzip.NewWriterLevel(&bomb, gzip.BestCompression)
	for range 64 {
		z.Write(make([]byte, 1<<20)) // 64 MiB compress to 64 KiB
	}
	z.Close()
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(bomb.Bytes())
	})
	for name, err := range both(t.Context(), c) {
		if !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), strconv.Itoa(DefaultMaxBody)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A small compressed response is accepted.
	small := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		io.WriteString(z, `{"id":3141592653589}`)
		z.Close()
	})
	if u, err := small.UserMe(t.Context(), testToken, UserMeOptions{}); err != nil || u.ID != ryan {
		t.Errorf("%v, %v", u, err)
	}
}

func TestPF11_MinimalUserInformation(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"user_me_minimal.json", "user_me_not_agreed.json", "user_me_no_email.json"} {
		u := userFrom(t, file)
		if _, ok := u.Account.VerifiedEmail(); u.ID != ryan || ok {
			t.Errorf("%s: %+v", file, u)
		}
	}
}

func TestPF12_UserCancels(t *testing.T) {
	t.Parallel()
	_, err := callbackFrom(t, "callback_cancelled.txt")
	var e *CallbackError
	if !errors.As(err, &e) || e.Kind != Cancelled || e.State != "st-0123456789abcdef" {
		t.Errorf("%v", err)
	}
}

// The entry of a code has a plain sentence for users, and the setting for operators.
func TestPF13_KakaoErrorCodes(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"koe320", "koe303", "koe010", "koe101", "koe237"} {
		s := load(t, "token_"+code+".json")
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { answer(w, s.status, s.body) })
		_, err := c.Exchange(t.Context(), goodExchange)
		var e *Error
		if !errors.As(err, &e) {
			t.Fatal(err)
		}
		entry, ok := e.Entry()
		if !ok || entry.ForUser.Ko == "" || strings.Contains(entry.ForUser.Ko, "KOE") || entry.Remedy.Ko == "" {
			t.Errorf("%s: %+v", code, entry)
		}
		if (code == "koe010" || code == "koe101") && !strings.Contains(entry.Menu.Ko, "[플랫폼 키]") {
			t.Errorf("%s: no console menu", code)
		}
	}
}

// PF-14 (a crash between exchange and UserMe) does not concern this package, because the client stores nothing.

func TestPF15_RecoveryWithinSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		up, requests := false, 0
		c := newRoundTripClient(t, func(r *http.Request) (*http.Response, error) {
			requests++
			if !up {
				return nil, errors.New("connection refused")
			}
			return jsonResponse(`{"id":3141592653589}`), nil
		})
		for range 60 { // an outage of a minute, ten calls per second
			for range 10 {
				if _, err := c.UserMe(t.Context(), testToken, UserMeOptions{}); !errors.Is(err, ErrUnavailable) {
					t.Fatal(err)
				}
				time.Sleep(100 * time.Millisecond)
			}
		}
		if requests > 60 {
			t.Errorf("%d requests in a minute to a host that is down", requests)
		}
		up = true
		began := time.Now()
		for {
			if _, err := c.UserMe(t.Context(), testToken, UserMeOptions{}); err == nil {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("recovered after %v", took)
		}
		for range 20 { // the breaker stays closed
			if _, err := c.UserMe(t.Context(), testToken, UserMeOptions{}); err != nil {
				t.Error(err)
			}
		}
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func jsonResponse(body string) *http.Response {
	return &http.Response{
		StatusCode: 200,
		Header:     http.Header{"Content-Type": {"application/json"}},
		Body:       io.NopCloser(strings.NewReader(body)),
	}
}
