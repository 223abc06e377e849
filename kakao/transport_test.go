package kakao

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestBreakerFailsFast: an open breaker says how long, makes no request, and one host's does not touch the other's.
func TestBreakerFailsFast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		requests := map[string]int{}
		c, err := New(Config{ClientID: "rest-key", HTTPClient: &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			if requests[r.URL.Host]++; r.URL.Host == "kauth.kakao.com" {
				return nil, errors.New("connection refused")
			}
			return jsonResponse(`{"id":3141592653589}`), nil
		})}})
		if err != nil {
			t.Fatal(err)
		}
		for range DefaultBreakAfter + 10 {
			c.Exchange(t.Context(), goodExchange)
		}
		_, err = c.Exchange(t.Context(), goodExchange)
		var e *Error
		if requests["kauth.kakao.com"] != DefaultBreakAfter || !errors.As(err, &e) || e.RetryAfter <= 0 || !errors.Is(err, ErrUnavailable) {
			t.Errorf("%d requests, %v", requests["kauth.kakao.com"], err)
		}
		if _, err := c.UserMe(t.Context(), testToken, UserMeOptions{}); err != nil {
			t.Errorf("the other host: %v", err)
		}
	})
}

// TestBreakerLetsOneProbeThrough: of many callers at the end of the pause one goes out.
func TestBreakerLetsOneProbeThrough(t *testing.T) {
	now := testTime
	b := newBreaker(Config{Now: func() time.Time { return now }, BreakAfter: 1, BreakFor: time.Second})
	b.allow()
	b.report(sick)
	now = now.Add(2 * time.Second)
	through := 0
	for range 10 {
		if ok, _ := b.allow(); ok {
			through++
		}
	}
	if through != 1 {
		t.Errorf("%d probes", through)
	}
	b.report(unknown) // the prober left: the next may try
	if ok, _ := b.allow(); !ok {
		t.Error("closed for ever after a cancelled probe")
	}
	b.report(healthy)
	now = now.Add(-time.Hour) // the clock set back must not shut it either
	if ok, _ := b.allow(); !ok {
		t.Error("not closed after a good probe")
	}
	b.report(sick)
	now = now.Add(-24 * time.Hour)
	if _, wait := b.allow(); wait > time.Second {
		t.Errorf("waits %v after the clock was set back", wait)
	}
}

// TestCallersWhoGiveUpOpenNoBreaker: a cancelled context says nothing about Kakao.
func TestCallersWhoGiveUpOpenNoBreaker(t *testing.T) {
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { answer(w, 200, `{"id":3141592653589}`) })
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	expired, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	for range DefaultBreakAfter + 1 {
		for _, ctx := range []context.Context{cancelled, expired} {
			if _, err := c.UserMe(ctx, testToken, UserMeOptions{}); !errors.Is(err, ctx.Err()) {
				t.Error(err)
			}
		}
	}
	if _, err := c.UserMe(t.Context(), testToken, UserMeOptions{}); err != nil {
		t.Error(err)
	}
}

// TestSF02_RedirectingProvider: no redirect is followed, nothing secret goes elsewhere.
func TestSF02_RedirectingProvider(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { t.Errorf("followed to %s", r.URL) }))
	defer elsewhere.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		follow := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL+r.URL.Path, status) },
			func(cfg *Config) { cfg.HTTPClient = follow })
		errs := both(t.Context(), c)
		_, errs["jwks"] = c.VerifyIDToken(t.Context(), signers()[0].token(map[string]any{"iss": DefaultAuthURL, "aud": "rest-key", "sub": "1", "iat": time.Now().Unix(), "exp": time.Now().Unix() + 60}), IDTokenOptions{SkipNonce: true})
		for name, err := range errs {
			if err == nil || errors.Is(err, ErrTokenInvalid) {
				t.Errorf("%d %s: %v", status, name, err)
			}
		}
	}
}

// TestSF04_ClaimSources: distributed claims are not fetched.
func TestSF04_ClaimSources(t *testing.T) {
	k := signers()[0]
	is, c := newIssuer(t, k)
	is.mux.HandleFunc("/claims", func(w http.ResponseWriter, r *http.Request) { t.Error("a claim source was called") })
	raw := k.token(is.goodClaims(map[string]any{"email": nil, "_claim_names": map[string]any{"email": "src"}, "_claim_sources": map[string]any{"src": map[string]any{"endpoint": c.cfg.AuthURL + "/claims"}}}))
	if id, err := c.VerifyIDToken(t.Context(), raw, withNonce); err != nil || id.Email != "" {
		t.Errorf("%+v, %v", id, err)
	}
}

// TestSF05_TLSFaults: certificates are always checked. Expired and wrong names fail in
// crypto/tls like the untrusted one here; that nothing turns it off is what we own.
func TestSF05_TLSFaults(t *testing.T) {
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answer(w, 200, `{"id":1}`) }))
	defer srv.Close()
	c, err := New(Config{ClientID: "rest-key", AuthURL: srv.URL, APIURL: srv.URL})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.UserMe(t.Context(), testToken, UserMeOptions{}); !errors.Is(err, ErrUnavailable) {
		t.Errorf("untrusted certificate: %v", err)
	}
	own := c.http.Transport.(*http.Transport)
	if cfg := own.TLSClientConfig; cfg != nil && (cfg.InsecureSkipVerify || cfg.MinVersion != 0 && cfg.MinVersion < 0x0303) {
		t.Errorf("%+v", cfg)
	}
	trusted, err := New(Config{ClientID: "rest-key", AuthURL: srv.URL, APIURL: srv.URL, HTTPClient: srv.Client()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := trusted.UserMe(t.Context(), testToken, UserMeOptions{}); err != nil {
		t.Errorf("trusted certificate: %v", err)
	}
}

// TestTransportErrorsHoldNoAddress: net/http puts the whole address into its errors.
func TestTransportErrorsHoldNoAddress(t *testing.T) {
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }, noPause)
	_, err := c.UserMeAsAdmin(t.Context(), ryan, UserMeOptions{})
	if err == nil || strings.Contains(err.Error(), "3141592653589") || strings.Contains(fmt.Sprintf("%+v", err), "the-admin-key") {
		t.Errorf("%+v", err)
	}
}
