package kakao

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// currentIDToken returns an ID token that is valid now, signed with the first key.
func currentIDToken() Secret {
	now := time.Now().Unix()
	claims := map[string]any{"iss": DefaultAuthURL, "aud": "rest-key", "sub": "1", "iat": now, "exp": now + 60}
	return signers()[0].token(claims)
}

func TestOpenBreakerFailsFastForOneHost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		requests := map[string]int{}
		c := newRoundTripClient(t, func(r *http.Request) (*http.Response, error) {
			if requests[r.URL.Host]++; r.URL.Host == "kauth.kakao.com" {
				return nil, errors.New("connection refused")
			}
			return jsonResponse(`{"id":3141592653589}`), nil
		})
		for range DefaultBreakAfter + 10 {
			c.Exchange(t.Context(), goodExchange)
		}
		_, err := c.Exchange(t.Context(), goodExchange)
		var e *Error
		if !errors.Is(err, ErrUnavailable) || !errors.As(err, &e) || e.RetryAfter <= 0 {
			t.Error(err)
		}
		if n := requests["kauth.kakao.com"]; n != DefaultBreakAfter {
			t.Errorf("%d requests", n)
		}
		if _, err := c.UserMe(t.Context(), testToken, UserMeOptions{}); err != nil {
			t.Errorf("the other host: %v", err)
		}
	})
}

func TestCancelledCallsDoNotOpenTheBreaker(t *testing.T) {
	t.Parallel()
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

func TestSF02_RedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("followed to %s", r.URL)
	}))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		follow := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}
		redirect := func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL+r.URL.Path, status)
		}
		c := newTestClient(t, redirect, func(cfg *Config) { cfg.HTTPClient = follow })
		errs := both(t.Context(), c)
		_, errs["jwks"] = c.VerifyIDToken(t.Context(), currentIDToken(), IDTokenOptions{SkipNonce: true})
		for name, err := range errs {
			if err == nil || errors.Is(err, ErrTokenInvalid) {
				t.Errorf("%d %s: %v", status, name, err)
			}
		}
	}
}

func TestSF04_DistributedClaimsAreNotFetched(t *testing.T) {
	t.Parallel()
	k := signers()[0]
	is, c := newIssuer(t, k)
	is.mux.HandleFunc("/claims", func(w http.ResponseWriter, r *http.Request) { t.Error("fetched a claim source") })
	raw := k.token(is.goodClaims(map[string]any{
		"email":          nil,
		"_claim_names":   map[string]any{"email": "src"},
		"_claim_sources": map[string]any{"src": map[string]any{"endpoint": c.cfg.AuthURL + "/claims"}},
	}))
	if id, err := c.VerifyIDToken(t.Context(), raw, withNonce); err != nil || id.Email != "" {
		t.Errorf("%+v, %v", id, err)
	}
}

// crypto/tls rejects untrusted, expired and wrong certificates alike; this checks that verification is not disabled.
func TestSF05_CertificatesAreVerified(t *testing.T) {
	t.Parallel()
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer(w, 200, `{"id":1}`)
	}))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	defer srv.Close()
	c, err := New(Config{ClientID: "rest-key", AuthURL: srv.URL, APIURL: srv.URL})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.UserMe(t.Context(), testToken, UserMeOptions{}); !errors.Is(err, ErrUnavailable) {
		t.Errorf("untrusted certificate: %v", err)
	}
	own := c.calls.HTTP.Transport.(*http.Transport)
	if cfg := own.TLSClientConfig; cfg != nil &&
		(cfg.InsecureSkipVerify || cfg.MinVersion != 0 && cfg.MinVersion < 0x0303) {
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

func TestTransportErrorsDoNotContainTheURL(t *testing.T) {
	t.Parallel()
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }, noPause)
	_, err := c.UserMeAsAdmin(t.Context(), ryan, UserMeOptions{})
	if err == nil || strings.Contains(err.Error(), "3141592653589") ||
		strings.Contains(fmt.Sprintf("%+v", err), "the-admin-key") {
		t.Errorf("%+v", err)
	}
}
