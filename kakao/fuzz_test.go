package kakao

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/norang-login/norang/internal/oauthclient"
)

// seed adds every file of testdata with the name prefix to the corpus.
func seed(f *testing.F, prefix string) {
	for file, s := range samples(f) {
		if strings.HasPrefix(file, prefix) {
			f.Add(s.body)
		}
	}
}

// FuzzJSON checks that the parser accepts only valid JSON, and rejects valid JSON only for its additional rules.
func FuzzJSON(f *testing.F) {
	seed(f, "")
	for _, s := range []string{`{"a":1,"a":2}`, `"\ud800"`, `[1,[2,[3]]]`, "\xff", `-0.1e+5`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		err := parse(s)
		if valid := json.Valid([]byte(s)); err == nil && !valid {
			t.Fatalf("accepted invalid JSON: %q", s)
		} else if err != nil && valid {
			for _, reason := range []string{"duplicate name", "too deeply", "too many members", "invalid UTF-8"} {
				if strings.Contains(err.Error(), reason) {
					return
				}
			}
			t.Fatalf("rejected %q: %v", s, err)
		}
	})
}

// FuzzCallback checks that a result is either a code or an error, with printable texts.
func FuzzCallback(f *testing.F) {
	seed(f, "callback")
	f.Add("code=a&code=b")
	f.Add("error=%00%0d%0a&error_description=%ff")
	f.Fuzz(func(t *testing.T, query string) {
		q, _ := url.ParseQuery(query)
		cb, err := ParseCallback(q)
		if err == nil {
			if !oauthclient.VisibleASCII(cb.Code.Reveal(), oauthclient.MaxCode) || q.Get("error") != "" ||
				q.Get("code") != cb.Code.Reveal() || q.Get("state") != cb.State {
				t.Fatalf("%q gave %q, %q", query, cb.Code.Reveal(), cb.State)
			}
			return
		}
		var e *CallbackError
		if !errors.As(err, &e) || e.Kind == "" || cb != (Callback{}) {
			t.Fatalf("%q: %v", query, err)
		}
		s := e.OAuthError + e.Description + e.Error()
		if !utf8.ValidString(s) || strings.ContainsAny(s, "\x00\r\n\x1b") || len(e.Description) > oauthclient.MaxDescription {
			t.Fatalf("%q: %q", query, s)
		}
	})
}

// FuzzToken checks that an accepted token response is complete.
func FuzzToken(f *testing.F) {
	seed(f, "token")
	f.Fuzz(func(t *testing.T, body string) {
		tok, err := decodeToken([]byte(body), testTime)
		if (err == nil) == (tok == nil) {
			t.Fatalf("token %v, error %v", tok, err)
		}
		if err == nil && (!oauthclient.VisibleASCII(tok.AccessToken.Reveal(), maxToken) || tok.ExpiresIn <= 0 ||
			!tok.ExpiresAt.After(testTime) || !json.Valid([]byte(body))) {
			t.Fatalf("%q gave %+v", body, tok)
		}
	})
}

// FuzzError checks that the texts of errors are printable, bounded and contain no secret.
func FuzzError(f *testing.F) {
	seed(f, "error")
	seed(f, "token_koe")
	f.Fuzz(func(t *testing.T, body string) {
		e := readError([]byte(body))
		if e == nil {
			return
		}
		e.Description = scrub(e.Description, []Secret{"A"})
		e.classify()
		if s := e.Error() + e.Description; !utf8.ValidString(s) || strings.ContainsAny(s, "\x00\r\n\x1b") ||
			strings.Contains(e.Description, "A") || len(e.Description) > 300 {
			t.Fatalf("%q gave %q", body, s)
		}
	})
}

// FuzzIDToken checks that no token without a valid signature is accepted.
func FuzzIDToken(f *testing.F) {
	k := signers()[3]
	c := fuzzClient(f)
	good := fuzzClaims()
	f.Add(signer{"k1", k.key}.token(good).Reveal())
	f.Add("a.b.c")
	f.Add("..")
	f.Add(b64([]byte(`{"alg":"none"}`)) + "." + b64([]byte(mustJSON(good))) + ".")
	f.Fuzz(func(t *testing.T, raw string) {
		if id, err := c.VerifyIDToken(t.Context(), Secret(raw), IDTokenOptions{Nonce: "n"}); err == nil {
			t.Fatalf("%q gave %+v", raw, id)
		}
	})
}

func fuzzClaims() map[string]any {
	now := testTime.Unix()
	return map[string]any{
		"iss": DefaultAuthURL, "aud": "rest-key", "sub": "1", "iat": now, "exp": now + 60, "nonce": "n",
	}
}

// fuzzClient returns a client that has cached the key k1 and has no network.
func fuzzClient(f *testing.F) *Client {
	f.Helper()
	noNetwork := func(*http.Request) (*http.Response, error) { return nil, errors.New("no network") }
	c, err := New(Config{
		ClientID: "rest-key", AppID: 123456, AdminKeys: []Secret{"the-admin-key"},
		Now:        func() time.Time { return testTime },
		HTTPClient: &http.Client{Transport: roundTrip(noNetwork)},
	})
	if err != nil {
		f.Fatal(err)
	}
	if err := c.keys.Prime([]byte(mustJSON(map[string]any{"keys": []any{signers()[0].jwk(nil)}}))); err != nil {
		f.Fatal(err)
	}
	return c
}

// FuzzClaims checks that accepted claims, signed with the right key, are complete.
func FuzzClaims(f *testing.F) {
	k := signers()[0]
	c := fuzzClient(f)
	seed(f, "idtoken")
	seed(f, "account_webhook")
	f.Add(mustJSON(fuzzClaims()))
	f.Fuzz(func(t *testing.T, payload string) {
		cl, err := decodeClaims([]byte(payload))
		if err != nil || c.checkClaims(cl, IDTokenOptions{Nonce: "n"}) != nil {
			return
		}
		id, err := c.VerifyIDToken(t.Context(), k.sign(k.header(), payload), IDTokenOptions{Nonce: "n"})
		if err != nil {
			if len(payload) < 4000 {
				t.Fatalf("%q: %v", payload, err)
			}
			return
		}
		if id.Issuer != DefaultAuthURL || id.UserID <= 0 || id.Nonce != "n" || id.IssuedAt.IsZero() ||
			id.ExpiresAt.IsZero() || !json.Valid([]byte(payload)) {
			t.Fatalf("%q gave %+v", payload, id)
		}
	})
}

// FuzzUserMe checks that a verified e-mail address has both flags and that phone numbers are well formed.
func FuzzUserMe(f *testing.F) {
	seed(f, "user_me")
	f.Fuzz(func(t *testing.T, body string) {
		p := parser{b: []byte(body)}
		u := readUser(&p)
		if p.done() != nil {
			return
		}
		if !json.Valid([]byte(body)) {
			t.Fatalf("accepted invalid JSON: %q", body)
		}
		_, ok := u.Account.VerifiedEmail()
		if ok && (u.Account.IsEmailValid != Yes || u.Account.IsEmailVerified != Yes) {
			t.Fatalf("%q", body)
		}
		if number, ok := u.Account.PhoneE164(); ok && (number[0] != '+' || len(number) > 16) {
			t.Fatalf("%q", number)
		}
		u.Nickname()
		u.Picture()
		if u.Account != nil {
			u.Account.AgeRange.Bounds()
		}
	})
}

// FuzzUnlinkWebhook checks that no webhook without the admin key or about another app is accepted.
func FuzzUnlinkWebhook(f *testing.F) {
	c := fuzzClient(f)
	for file, s := range samples(f) {
		if strings.HasPrefix(file, "unlink_webhook") {
			f.Add(strings.TrimSpace(s.body), adminHeader, true)
			f.Add(strings.TrimSpace(s.body), "KakaoAK x", false)
		}
	}
	f.Fuzz(func(t *testing.T, form, auth string, post bool) {
		r := &http.Request{Method: http.MethodGet, URL: &url.URL{RawQuery: form}, Header: http.Header{}}
		if post {
			r = httptest.NewRequest(http.MethodPost, "/", strings.NewReader(form))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		r.Header["Authorization"] = []string{auth}
		e, err := c.ParseUnlinkWebhook(r)
		if err == nil && (auth != adminHeader || e.AppID != 123456 || e.UserID <= 0) {
			t.Fatalf("%q %q gave %+v", form, auth, e)
		}
	})
}

// FuzzSET checks that an accepted security event is complete.
func FuzzSET(f *testing.F) {
	c := fuzzClient(f)
	seed(f, "account_webhook")
	seed(f, "idtoken")
	f.Fuzz(func(t *testing.T, payload string) {
		e, err := c.readSET([]byte(payload))
		if err != nil {
			var refused *WebhookError
			if !errors.As(err, &refused) || refused.Code == "" {
				t.Fatalf("%v", err)
			}
			return
		}
		if e.UserID <= 0 || e.ID == "" || len(e.Events) == 0 || e.IssuedAt.IsZero() || e.OccurredAt.IsZero() {
			t.Fatalf("%q gave %+v", payload, e)
		}
		for _, event := range e.Events {
			if !json.Valid(event.Payload) || strings.ContainsAny(event.URI+event.Reason, "\x00\r\n") {
				t.Fatalf("%q gave %+v", payload, event)
			}
		}
	})
}

// FuzzResponses checks that a successful response of the remaining calls has a user id.
func FuzzResponses(f *testing.F) {
	seed(f, "scopes")
	seed(f, "service_terms")
	seed(f, "shipping_address")
	seed(f, "user")
	seed(f, "ips")
	seed(f, "discovery")
	seed(f, "access_token_info")
	var body string
	respond := func(*http.Request) (*http.Response, error) { return jsonResponse(body), nil }
	c, err := New(Config{
		ClientID: "rest-key", AppID: 123456, AdminKeys: []Secret{"the-admin-key"},
		HTTPClient: &http.Client{Transport: roundTrip(respond)},
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		body = text
		ctx := t.Context()
		if x, err := c.Scopes(ctx, testToken); err == nil && x.UserID <= 0 {
			t.Fatalf("%q gave %+v", text, x)
		}
		if x, err := c.ServiceTerms(ctx, testToken, ServiceTermsOptions{}); err == nil && x.UserID <= 0 {
			t.Fatalf("%q gave %+v", text, x)
		}
		if x, err := c.ShippingAddresses(ctx, testToken, ShippingAddressOptions{}); err == nil && x.UserID <= 0 {
			t.Fatalf("%q gave %+v", text, x)
		}
		if x, err := c.VerifyAccessToken(ctx, testToken); err == nil && (x.UserID <= 0 || x.AppID != 123456) {
			t.Fatalf("%q gave %+v", text, x)
		}
		if x, err := c.UserInfo(ctx, testToken, ""); err == nil && (x.UserID <= 0 || x.Subject == "") {
			t.Fatalf("%q gave %+v", text, x)
		}
		if x, err := c.UserIDs(ctx, UserIDsRequest{}); err == nil {
			for _, id := range x.IDs {
				if id <= 0 {
					t.Fatalf("%q gave %+v", text, x)
				}
			}
		}
		if x, err := c.Users(ctx, []int64{ryan}, UserMeOptions{}); err == nil && len(x) > 1 {
			t.Fatalf("%q gave %+v", text, x)
		}
		if x, err := c.Discover(ctx); err == nil && x.Issuer != DefaultAuthURL {
			t.Fatalf("%q gave %+v", text, x)
		}
		c.IPs(ctx)
	})
}
