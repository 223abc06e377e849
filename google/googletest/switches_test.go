package googletest

import (
	"crypto/sha512"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/norang-login/norang/google/errcode"
)

// amr, like auth_time, comes only if it is asked for and the setting of the project is on.
func TestMethodsNeedRequestAndSwitch(t *testing.T) {
	t.Parallel()
	s := startTest(t, App{})
	asked := map[string]string{"claims": `{"id_token":{"amr":{"essential":true}}}`}
	for _, on := range []bool{false, true} {
		if err := s.UpdateApp(func(a *App) { a.StrengthClaims = on }); err != nil {
			t.Fatal(err)
		}
		for _, params := range []map[string]string{nil, asked} {
			_, body := s.exchange(t, s.approve(t, PersonaMinji, params).Code, nil)
			got := claims(t, body["id_token"])
			if _, has := got["amr"]; has != (on && params != nil) || got["auth_time"] != nil {
				t.Errorf("switch %v, asked %v: %v", on, params != nil, got)
			}
		}
	}
}

// A client has up to two secrets, so that one can be replaced without a gap.
func TestSecondSecretIsAccepted(t *testing.T) {
	t.Parallel()
	s := startTest(t, App{})
	for _, tc := range []struct {
		second, sent, want string
	}{{"", "new", "invalid_client"}, {"new", "new", ""}, {"new", DefaultClientSecret, ""}, {"", "", "invalid_client"}} {
		if err := s.UpdateApp(func(a *App) { a.SecondSecret = tc.second }); err != nil {
			t.Fatal(err)
		}
		code := s.approve(t, PersonaMinji, nil).Code
		_, body := s.exchange(t, code, url.Values{"client_secret": {tc.sent}})
		if got, _ := body["error"].(string); got != tc.want {
			t.Errorf("second %q, sent %q: %v", tc.second, tc.sent, body)
		}
	}
}

// token-revoked names the refresh token by its first 16 characters or by a double hash.
func TestTokenRevokedNamesTheRefreshToken(t *testing.T) {
	t.Parallel()
	s := startTest(t, App{})
	offline := map[string]string{"access_type": "offline", "prompt": "consent"}
	_, body := s.exchange(t, s.approve(t, PersonaMinji, offline).Code, nil)
	refresh := body["refresh_token"].(string)
	once := sha512.Sum512([]byte(refresh))
	twice := sha512.Sum512(once[:])
	for _, tc := range []struct {
		hash       bool
		alg, token string
	}{
		{false, "prefix", refresh[:16]},
		{true, "hash_base64_sha512_sha512", base64.StdEncoding.EncodeToString(twice[:])},
	} {
		got := claims(t, s.EventToken(PersonaMinji, EventSend{Type: TokenRevoked, TokenHash: tc.hash}))
		event := got["events"].(map[string]any)[TokenRevoked.schema()].(map[string]any)["subject"].(map[string]any)
		if event["token_identifier_alg"] != tc.alg || event["token"] != tc.token {
			t.Errorf("hash %t: %v", tc.hash, event)
		}
	}
}

// Every error that Google documents can be scripted at the authorize page: those that stay at Google are pages, the
// others go back to the service.
func TestScriptedPageErrorsAreAsAtGoogle(t *testing.T) {
	t.Parallel()
	s := startTest(t, App{})
	address := s.URL() + "/o/oauth2/v2/auth?" + url.Values{
		"client_id": {s.App().ClientID}, "response_type": {"code"}, "redirect_uri": {back}, "state": {state},
		"scope": {"openid"}, "lang": {"en"},
	}.Encode()
	open := func(code string) (int, string, *url.URL) {
		t.Helper()
		if err := s.Script(Scenario{Endpoint: "auth", Code: code}); err != nil {
			t.Fatal(err)
		}
		res, err := newSurfer(t).client.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		page, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		to, _ := res.Location()
		return res.StatusCode, string(page), to
	}
	for _, code := range pages {
		status, page, to := open(code)
		want := http.StatusBadRequest
		if e, ok := errcode.Lookup(code); ok && e.Status != 0 {
			want = e.Status
		}
		if status != want || to != nil || !strings.Contains(page, ": "+code+". ") ||
			texts["error."+code][0] == "" {
			t.Errorf("%s: %d %v", code, status, to)
		}
	}
	for _, code := range []string{"access_denied", "server_error", "interaction_required"} {
		if _, _, to := open(code); to == nil || to.Query().Get("error") != code || to.Query().Get("state") != state {
			t.Errorf("%s: %v", code, to)
		}
	}
}

// A Workspace's control of sessions ends a refresh token with a subtype of the error.
func TestSessionControlOfAWorkspaceCanBeScripted(t *testing.T) {
	t.Parallel()
	s := startTest(t, App{})
	if err := s.Script(Scenario{
		Endpoint: "token", Code: "invalid_grant", Set: map[string]any{"error_subtype": "invalid_rapt"},
	}); err != nil {
		t.Fatal(err)
	}
	status, body := s.exchange(t, "", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"x"}})
	if status != 400 || body["error"] != "invalid_grant" || body["error_subtype"] != "invalid_rapt" {
		t.Errorf("%d %v", status, body)
	}
}
