package kakao

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

const testVerifier = Secret("dBjftJeZ4CVP-mBa2kOJWkWnEcBvXtsD0jYxz8mM9Ek")

func newTestClient(t *testing.T, h http.HandlerFunc, change ...func(*Config)) *Client {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	cfg := Config{
		ClientID: "rest-key", ClientSecret: "the-client-secret", AppID: 123456,
		AdminKeys: []Secret{"the-admin-key", "older-admin-key"},
		Audiences: []string{"native-key"}, AuthURL: srv.URL, APIURL: srv.URL,
	}
	for _, f := range change {
		f(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// newRoundTripClient returns a client with the default URLs whose requests go to rt.
func newRoundTripClient(t *testing.T, rt roundTrip) *Client {
	t.Helper()
	c, err := New(Config{ClientID: "rest-key", HTTPClient: &http.Client{Transport: rt}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	w.Write([]byte(body))
}

func TestExchangeSendsOneForm(t *testing.T) {
	t.Parallel()
	var forms []url.Values
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		forms = append(forms, r.PostForm)
		if r.Header.Get("Authorization") != "" {
			t.Error("Authorization header for the token endpoint")
		}
		answer(w, 200, `{"access_token":"A1","token_type":"BEARER","refresh_token":"R1","expires_in":21599,`+
			`"scope":"profile_nickname openid","refresh_token_expires_in":5183999}`)
	})
	req := goodExchange
	req.Code = "abc&grant_type=refresh_token"
	tok, err := c.Exchange(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if tok.AccessToken.Reveal() != "A1" || tok.RefreshToken.Reveal() != "R1" || len(tok.Scope) != 2 ||
		tok.ExpiresIn.Seconds() != 21599 {
		t.Errorf("token = %+v", tok)
	}
	want := url.Values{
		"grant_type": {"authorization_code"}, "client_id": {"rest-key"}, "client_secret": {"the-client-secret"},
		"code": {"abc&grant_type=refresh_token"}, "redirect_uri": {"https://svc.example/cb"},
		"code_verifier": {testVerifier.Reveal()},
	}
	if len(forms) != 1 || forms[0].Encode() != want.Encode() {
		t.Errorf("sent %v", forms)
	}
}

func TestExchangeErrorDoesNotContainTheCode(t *testing.T) {
	t.Parallel()
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		answer(w, 400, `{"error":"invalid_grant","error_code":"KOE320",`+
			`"error_description":"authorization code not found for code=the-code"}`)
	})
	_, err := c.Exchange(t.Context(), goodExchange)
	var e *Error
	if !errors.As(err, &e) || e.Code != "KOE320" || e.OAuthError != "invalid_grant" || e.Status != 400 ||
		!errors.Is(err, ErrCodeInvalid) {
		t.Fatalf("err = %v", err)
	}
	if strings.Contains(err.Error()+e.Description, "the-code") {
		t.Errorf("the error contains the code: %v / %s", err, e.Description)
	}
	if entry, ok := e.Entry(); !ok || entry.Cause.Ko == "" {
		t.Error("no entry")
	}
}
