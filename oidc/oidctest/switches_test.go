package oidctest_test

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/norang-login/norang/oidc/oidctest"
)

// idToken signs in and returns the ID token.
func idToken(t *testing.T, emu *oidctest.Server) string {
	t.Helper()
	token, err := emu.NativeToken(oidctest.NativeRequest{ClientID: emu.App().ClientID})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// A hint signs out at once if this provider signed it, with any of its keys, and is refused otherwise.
func TestSignOutHintIsVerified(t *testing.T) {
	t.Parallel()
	const back = "http://localhost:5000/signed-out"
	for _, algorithm := range []string{"RS256", "ES256", "HS256"} {
		emu := oidctest.StartWith(t, oidctest.Config{App: oidctest.App{
			PostLogoutRedirectURIs: []string{back}, Switches: oidctest.Switches{Algorithm: algorithm},
		}})
		good := idToken(t, emu)
		emu.RotateKeys()
		parts := strings.Split(good, ".")
		forged := parts[0] + "." + parts[1] + "." + base64.RawURLEncoding.EncodeToString(make([]byte, 64))
		client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		for hint, want := range map[string]int{good: http.StatusFound, forged: http.StatusBadRequest, "x": 400} {
			res, err := client.Get(emu.URL() + "/logout?" + url.Values{
				"id_token_hint": {hint}, "post_logout_redirect_uri": {back},
			}.Encode())
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != want {
				t.Errorf("%s: %d, want %d", algorithm, res.StatusCode, want)
			}
		}
	}
}

// Both forgeries of an algorithm: none, and HS256 with the public key as the secret.
func TestForgedAlgorithms(t *testing.T) {
	t.Parallel()
	for algorithm, want := range map[string]string{"none": `"alg":"none"`, "HS256-public-key": `"alg":"HS256"`} {
		emu := oidctest.StartWith(t, oidctest.Config{App: oidctest.App{Switches: oidctest.Switches{Algorithm: algorithm}}})
		head, _, _ := strings.Cut(idToken(t, emu), ".")
		raw, err := base64.RawURLEncoding.DecodeString(head)
		if err != nil || !strings.Contains(string(raw), want) || !strings.Contains(string(raw), `"kid"`) {
			t.Errorf("%s: %s, %v", algorithm, raw, err)
		}
	}
}

// A scripted error of the authorize page goes back to the service, unless the address is not registered. One of the
// sign-out is a page.
func TestScriptedErrorsOfThePagesAreRedirects(t *testing.T) {
	t.Parallel()
	const back = "http://localhost:5000/callback"
	emu := oidctest.StartWith(t, oidctest.Config{App: oidctest.App{RedirectURIs: []string{back}}})
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for name, tc := range map[string]struct{ endpoint, to, mode, want, never string }{
		"query":          {"authorize", back, "", "?error=temporarily_unavailable", "<html"},
		"form":           {"authorize", back, "form_post", `value="temporarily_`, "?error="},
		"not registered": {"authorize", back + "/", "", "redirect_uri does not equal", "temporarily_unavailable"},
		"sign-out":       {"logout", "", "", `<p class="alert">temporarily_unavailable`, "redirect_uri"},
	} {
		if err := emu.Script(oidctest.Scenario{Endpoint: tc.endpoint, Code: "temporarily_unavailable"}); err != nil {
			t.Fatal(err)
		}
		res, err := client.Get(emu.URL() + "/" + tc.endpoint + "?" + url.Values{
			"client_id": {emu.App().ClientID}, "response_type": {"code"}, "redirect_uri": {tc.to},
			"response_mode": {tc.mode}, "lang": {"en"},
		}.Encode())
		if err != nil {
			t.Fatal(err)
		}
		page, err := io.ReadAll(res.Body)
		res.Body.Close()
		got := res.Header.Get("Location") + string(page)
		if err != nil || !strings.Contains(got, tc.want) || strings.Contains(got, tc.never) {
			t.Errorf("%s: %d %s", name, res.StatusCode, got)
		}
	}
}
