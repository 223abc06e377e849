package kakao

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/oauthclient"
	"github.com/norang-login/norang/kakao/koe"
)

// sentinels are the sentinel errors by code. Other codes have none.
var sentinels = map[string]error{
	"-1": ErrUnavailable, "-7": ErrUnavailable, "-603": ErrUnavailable, "-9798": ErrUnavailable,
	"KOE003": ErrUnavailable,
	"-10":    ErrRateLimited, "KOE237": ErrRateLimited,
	"-101": ErrNotLinked, "-102": ErrAlreadyLinked, "-401": ErrTokenInvalid, "-402": ErrConsentRequired,
	"KOE127": ErrCallerRefused, "KOE320": ErrCodeInvalid, "KOE322": ErrRefreshTokenInvalid, "KOE400": ErrTokenInvalid,
}

var allSentinels = []error{
	ErrUnavailable, ErrRateLimited, ErrMalformed, ErrTokenInvalid, ErrCallerRefused, ErrNotLinked,
	ErrAlreadyLinked, ErrConsentRequired, ErrCodeInvalid, ErrRefreshTokenInvalid, ErrForeignToken,
	ErrInvalidInput,
}

// TestEveryDocumentedErrorIsTyped checks the error of a call for each error response in testdata.
func TestEveryDocumentedErrorIsTyped(t *testing.T) {
	t.Parallel()
	tested := map[koe.Code]bool{}
	for file, s := range samples(t) {
		code := codeOf(file)
		if code == "" {
			continue
		}
		tested[code] = true
		t.Run(file, func(t *testing.T) {
			c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
				answer(w, s.status, s.body)
			}, noPause)
			err := callFor(t.Context(), c, file)
			var e *Error
			if !errors.As(err, &e) || e.Code != code || e.Status != s.status {
				t.Fatalf("err = %#v (%v)", e, err)
			}
			if entry, ok := e.Entry(); !ok || entry.Code != code {
				t.Error("no entry in koe")
			} else if entry.Status != 0 && entry.Status != s.status && !(code == "-10" && s.status == 429) {
				t.Errorf("koe says status %d, testdata %d", entry.Status, s.status)
			}
			want := sentinels[string(code)]
			if strings.Contains(file, "_ip") || strings.Contains(file, "_key_off") {
				want = ErrCallerRefused
			}
			if file == "access_token_info_-2.json" {
				want = ErrTokenInvalid
			}
			for _, sentinel := range allSentinels {
				if got := errors.Is(err, sentinel); got != (sentinel == want) {
					t.Errorf("Is(%v) = %v", sentinel, got)
				}
			}
			if text := err.Error(); !strings.Contains(text, string(code)) ||
				strings.Contains(text+e.Description, "the-code-that-was-sent") {
				t.Errorf("text %q, description %q", text, e.Description)
			}
		})
	}
	for _, entry := range koe.All() {
		if (entry.In(koe.Token) || entry.In(koe.API) || entry.In(koe.TokenInfo)) && !tested[entry.Code] {
			t.Errorf("%s has no file in testdata", entry.Code)
		}
	}
}

// codeOf returns Kakao's code in a file name, "" if the file is not an error.
func codeOf(file string) koe.Code {
	for _, part := range strings.Split(strings.TrimSuffix(file, ".json"), "_") {
		if strings.HasPrefix(part, "koe") {
			return koe.Code(strings.ToUpper(part))
		}
		if strings.HasPrefix(part, "-") {
			return koe.Code(part)
		}
	}
	return ""
}

// callFor makes the call that returns the response in the file.
func callFor(ctx context.Context, c *Client, file string) error {
	var err error
	switch {
	case strings.HasPrefix(file, "tokeninfo"):
		_, err = c.TokenInfo(ctx, "a.b.c")
	case file == "token_koe319.json", file == "token_koe322.json":
		_, err = c.Refresh(ctx, RefreshRequest{RefreshToken: "R1"})
	case strings.HasPrefix(file, "token"):
		_, err = c.Exchange(
			ctx,
			ExchangeRequest{
				Code:         "the-code-that-was-sent",
				RedirectURI:  "https://svc.example/cb",
				CodeVerifier: testVerifier,
			},
		)
	case strings.HasPrefix(file, "access_token_info"):
		_, err = c.AccessTokenInfo(ctx, testToken)
	case strings.HasPrefix(file, "userinfo"):
		_, err = c.UserInfo(ctx, testToken, "")
	case strings.HasPrefix(file, "user_ids"):
		_, err = c.UserIDs(ctx, UserIDsRequest{})
	case strings.HasPrefix(file, "shipping_address"):
		_, err = c.ShippingAddresses(ctx, testToken, ShippingAddressOptions{})
	case strings.HasPrefix(file, "logout"):
		_, err = c.Logout(ctx, testToken)
	case file == "unlink_-401.json":
		_, err = c.Unlink(ctx, testToken)
	case strings.HasPrefix(file, "update_profile"):
		_, err = c.UpdateProfile(ctx, testToken, map[string]string{"favorite_colour": "yellow"})
	case strings.HasPrefix(file, "signup"):
		_, err = c.Signup(ctx, testToken, map[string]string{"a": "b"})
	case strings.HasPrefix(file, "scopes_revoke"):
		_, err = c.RevokeScopes(ctx, testToken, "profile_nickname")
	case strings.HasPrefix(file, "scopes"):
		_, err = c.Scopes(ctx, testToken)
	case strings.HasPrefix(file, "service_terms"):
		_, err = c.ServiceTerms(ctx, testToken, ServiceTermsOptions{})
	default: // user_me, error_, and unlink_-101, which Unlink treats as success
		_, err = c.UserMe(ctx, testToken, UserMeOptions{})
	}
	return err
}

func TestConsentURLAsksForTheMissingConsents(t *testing.T) {
	t.Parallel()
	s := load(t, "shipping_address_-402.json")
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { answer(w, s.status, s.body) })
	_, err := c.ShippingAddresses(t.Context(), testToken, ShippingAddressOptions{})
	var need *ConsentError
	if !errors.As(err, &need) || need.APIType != "SHIPPING_ADDRESS" ||
		!slices.Equal(need.Missing(), []string{"shipping_address"}) {
		t.Fatalf("need = %+v, err = %v", need, err)
	}
	r := goodAuthorize
	r.Scope = []string{"replaced"}
	got, err := c.ConsentURL(fmt.Errorf("wrapped: %w", err), r)
	if err != nil || !strings.Contains(got, "&scope=shipping_address%2Copenid") {
		t.Errorf("%s, %v", got, err)
	}
	nothingMissing := &ConsentError{Required: []string{"a"}, Allowed: []string{"a"}}
	for _, other := range []error{nil, ErrConsentRequired, &Error{Code: "-402", cause: nothingMissing}} {
		if _, err := c.ConsentURL(other, r); !errors.Is(err, ErrInvalidInput) {
			t.Errorf("ConsentURL(%v): %v", other, err)
		}
	}
}

func TestErrorWithoutKOECode(t *testing.T) {
	t.Parallel()
	s := load(t, "token_no_code.json")
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { answer(w, s.status, s.body) })
	_, err := c.Exchange(t.Context(), goodExchange)
	var e *Error
	if !errors.As(err, &e) || e.OAuthError != "invalid_grant" || e.Code != "" || e.Temporary() ||
		!errors.Is(err, ErrCodeInvalid) || errors.Is(err, ErrRefreshTokenInvalid) {
		t.Errorf("%#v", err)
	}
	_, err = c.Refresh(t.Context(), RefreshRequest{RefreshToken: "R1"})
	if !errors.Is(err, ErrRefreshTokenInvalid) || errors.Is(err, ErrCodeInvalid) {
		t.Errorf("refresh: %v", err)
	}
	if _, err = c.UserMe(t.Context(), testToken, UserMeOptions{}); errors.Is(err, ErrCodeInvalid) || err == nil {
		t.Errorf("user_me: %v", err)
	}
	if _, ok := e.Entry(); ok {
		t.Error("Entry found an entry without a code")
	}
}

func TestOAuthErrorsAreClassifiedByRFC6749(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status int
		body   string
		want   error
	}{
		{400, `{"error":"invalid_grant","error_description":"authorization code not found"}`, ErrCodeInvalid},
		{401, `{"error_description":"x","error":"invalid_grant","error_code":null}`, ErrCodeInvalid},
		{400, `{"error":"invalid_grant","error_code":"KOE999"}`, ErrCodeInvalid},
		{400, `{"error":"invalid_grant","error_code":"KOE303"}`, nil},
		{401, `{"error":"invalid_client"}`, nil},
		{400, `{"error":"Invalid_Grant"}`, nil},
		{503, `{"error":"invalid_grant"}`, ErrUnavailable},
		{429, `{"error":"invalid_grant"}`, ErrRateLimited},
	} {
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { answer(w, tt.status, tt.body) })
		_, err := c.Exchange(t.Context(), goodExchange)
		for _, sentinel := range allSentinels {
			if errors.Is(err, sentinel) != (sentinel == tt.want) {
				t.Errorf("%d %s: %v, want %v", tt.status, tt.body, err, tt.want)
			}
		}
	}
}

func TestErrorsOfNewerAPIsKeepTheirMessage(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"errorType":"NotAuthorizedError","message":"cannot find Authorization : KakaoAK header"}`: "NotAuthorizedError",
		`{"message":"token=abc rejected","errorType":"AccessDeniedError","code":"x"}`:               "AccessDeniedError",
	} {
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { answer(w, 403, body) })
		_, err := c.UserMe(t.Context(), testToken, UserMeOptions{})
		var e *Error
		if !errors.As(err, &e) || e.Type != want || e.Description == "" || errors.Is(err, ErrMalformed) ||
			!strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), e.Description) {
			t.Errorf("%s: %v", body, err)
		}
		if strings.Contains(err.Error(), "abc") {
			t.Errorf("%v contains a token", err)
		}
	}
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { answer(w, 200, `{"id":1,"message":"hello"}`) })
	if _, err := c.UserMe(t.Context(), testToken, UserMeOptions{}); err != nil {
		t.Errorf("a message alone is not an error: %v", err)
	}
}

func TestErrorMemberTakesPrecedenceOverStatus200(t *testing.T) {
	t.Parallel()
	const token = `"access_token":"A","token_type":"bearer","expires_in":5,"refresh_token":"R"}`
	for _, body := range []string{
		`{"error":"invalid_grant","error_code":"KOE320",` + token,
		`{"msg":"this access token does not exist","code":-401,` + token,
	} {
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { answer(w, 200, body) })
		if tok, err := c.Exchange(
			t.Context(),
			ExchangeRequest{Code: "c", RedirectURI: "https://svc.example/cb", CodeVerifier: testVerifier},
		); err == nil {
			t.Errorf("%s gave %v", body, tok)
		}
	}
}

func TestTemporary(t *testing.T) {
	t.Parallel()
	for code, want := range map[koe.Code]bool{
		"-1": true, "-10": true, "KOE237": true, "KOE003": true, "-9798": true,
		"-401": false, "KOE320": false, "-101": false, "KOE006": false,
	} {
		e := &Error{Code: code, Status: 400}
		e.classify()
		if e.Temporary() != want {
			t.Errorf("%s: Temporary() = %v", code, !want)
		}
		entry, _ := e.Entry()
		if soon := entry.Retry == koe.Soon || entry.Retry == koe.Later; soon != want {
			t.Errorf("%s: Retry in koe is %s, want temporary %v", code, entry.Retry, want)
		}
	}
}

func TestRetryAfterHeader(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]time.Duration{
		"":                              0,
		"7":                             7 * time.Second,
		"-7":                            0,
		"x":                             0,
		"99999999":                      24 * time.Hour,
		"Fri, 02 Jan 2026 03:05:05 GMT": time.Minute,
		"Thu, 01 Jan 2026 00:00:00 GMT": 0,
	} {
		if got := oauthclient.RetryAfter(header, testTime); got != want {
			t.Errorf("RetryAfter(%q) = %v, want %v", header, got, want)
		}
	}
}

func TestScrub(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want string }{
		{"authorization code not found for code=abcdef", "authorization code not found for code=[redacted]"},
		{"bad token=xyz given", "bad token=[redacted] given"},
		{"you sent s3cret here", "you sent [redacted] here"},
		{"line\r\nlevel=info msg=\"admin signed in\"", "linelevel=info msg=\"admin signed in\""},
		{"\x1b[31mred\u202e", "[31mred"},
		{"ip mismatched! callerIp=192.0.2.7.", "ip mismatched! callerIp=192.0.2.7."},
	} {
		if got := scrub(tt.in, []Secret{"s3cret", ""}); got != tt.want {
			t.Errorf("scrub(%q) = %q", tt.in, got)
		}
	}
	if got := scrub(strings.Repeat("가", 200), nil); len(got) > 300 || !strings.HasSuffix(got, "가") {
		t.Errorf("not truncated at a character boundary: %d bytes", len(got))
	}
}
