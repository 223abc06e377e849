package navertest

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// stay returns the address that a browser is sent to, or the page that it gets.
func stay(t *testing.T, address, agent, cookie string) (to *url.URL, res *http.Response) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("User-Agent", agent)
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if res, err = client.Do(r); err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if to, err = res.Location(); err != nil {
		return nil, res
	}
	return to, res
}

func authorizeURL(s *Server, pairs ...string) string {
	q := url.Values{
		"client_id": {s.App().ClientID}, "response_type": {"code"}, "redirect_uri": {back}, "state": {state},
	}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return s.URL() + "/oauth2.0/authorize?" + q.Encode()
}

// Both methods of Naver's token endpoint work in the OAuth set.
func TestTokenEndpointAnswersGET(t *testing.T) {
	t.Parallel()
	s := startTest(t, App{})
	form := s.tokenForm(url.Values{
		"grant_type": {"authorization_code"}, "state": {state}, "code": {s.code(t, Approval{})},
	})
	status, body := api(t, s.APIURL()+"/oauth2.0/token?"+form.Encode(), "")
	if status != 200 || body["access_token"] == nil {
		t.Errorf("%d %v", status, body)
	}
}

// Whether Naver echoes a nonce is not known: ID tokens have none, unless the switch is on.
func TestNonceIsEchoedBySwitch(t *testing.T) {
	t.Parallel()
	for _, on := range []bool{false, true} {
		s := startTest(t, App{Switches: Switches{EchoNonce: on}})
		code := s.code(t, Approval{OpenID: true, Params: map[string]string{"scope": "openid", "nonce": "n-1"}})
		_, body := post(t, s.APIURL()+"/oauth2/token", s.tokenForm(url.Values{
			"grant_type": {"authorization_code"}, "state": {state}, "code": {code},
		}))
		token, _ := body["id_token"].(string)
		var claims map[string]any
		if parts := strings.Split(token, "."); len(parts) == 3 {
			raw, err := base64.RawURLEncoding.DecodeString(parts[1])
			if err != nil || json.Unmarshal(raw, &claims) != nil {
				t.Fatal(token)
			}
		}
		if claims["sub"] != s.UserID(PersonaBoseong) || (claims["nonce"] == "n-1") != on {
			t.Errorf("switch %t: %v", on, claims)
		}
	}
}

// After a rotation, the previous secret still authenticates the service while the application has it.
func TestPreviousSecretIsAcceptedWhileItIsSet(t *testing.T) {
	t.Parallel()
	s := startTest(t, App{ClientSecret: "before"})
	form := func() url.Values {
		f := s.tokenForm(url.Values{"grant_type": {"authorization_code"}, "state": {state}, "code": {s.code(t, Approval{})}})
		f.Set("client_secret", "before")
		return f
	}
	for _, previous := range []string{"before", ""} {
		if err := s.UpdateApp(func(a *App) { a.ClientSecret, a.PreviousSecret = "after", previous }); err != nil {
			t.Fatal(err)
		}
		status, body := post(t, s.APIURL()+"/oauth2.0/token", form())
		if (status == 200) != (previous != "") || status != 200 && (status != 401 || body["error"] != "invalid_client") {
			t.Errorf("previous secret %q: %d %v", previous, status, body)
		}
	}
	if status, _ := post(t, s.APIURL()+"/oauth2.0/revoke", func() url.Values {
		f := s.tokenForm(url.Values{"token": {"x"}})
		f.Set("client_secret", "")
		return f
	}()); status != 401 {
		t.Errorf("an empty secret: %d", status)
	}
}

// A PC callback URL does not work on a phone, once the mobile web environment has its own.
func TestMobileWebHasItsOwnCallbackURLs(t *testing.T) {
	t.Parallel()
	const phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
	s := startTest(t, App{Auto: true, MobileCallbackURLs: []string{back + "/mobile"}})
	for _, tc := range []struct {
		agent, to string
		ok        bool
	}{{"", back, true}, {phone, back, false}, {"", back + "/mobile", false}, {phone, back + "/mobile", true}} {
		to, res := stay(t, authorizeURL(s, "redirect_uri", tc.to), tc.agent, "")
		if (to != nil) != tc.ok || !tc.ok && res.StatusCode != 400 {
			t.Errorf("%q to %s: %v, %d", tc.agent, tc.to, to, res.StatusCode)
		}
	}
}

// auth_type=autologin shows no page: in the Naver app it needs a login and a consent.
func TestAutomaticLoginNeedsSessionAndConsent(t *testing.T) {
	t.Parallel()
	const app = "Mozilla/5.0 (iPhone) NAVER(inapp; search; 2000; 12.8.0)"
	s := startTest(t, App{})
	session := ""
	s.w.Locked(func() { session = sessionCookie + "=" + s.w.logins.sessions.Put(PersonaHadong) })
	address := authorizeURL(s, "auth_type", "autologin")
	for _, tc := range []struct{ agent, cookie, want string }{
		{"Mozilla/5.0", session, "unsupported browser environment."},
		{app, "", "user not logged in."},
		{app, session, "need user consent."},
	} {
		to, _ := stay(t, address, tc.agent, tc.cookie)
		if to == nil || to.Query().Get("error") != "access_denied" || to.Query().Get("error_description") != tc.want {
			t.Errorf("%s: %v", tc.want, to)
		}
	}
	s.code(t, Approval{Account: PersonaHadong}) // consents
	if to, _ := stay(t, address, app, session); to == nil || to.Query().Get("code") == "" {
		t.Errorf("with consent: %v", to)
	}
}

// After the revocation the next login asks for consent again, and a wrong hint still revokes.
func TestRevocationIgnoresAWrongHint(t *testing.T) {
	t.Parallel()
	s := startTest(t, App{})
	token := s.tokens(t, PersonaHadong)
	status, body := post(t, s.APIURL()+"/oauth2.0/revoke", s.tokenForm(url.Values{
		"token": {token["refresh_token"].(string)}, "token_type_hint": {"access_token"},
	}))
	if status != 200 || body != nil || len(s.Links()) != 0 {
		t.Errorf("%d %v, links %v", status, body, s.Links())
	}
	session := ""
	s.w.Locked(func() { session = sessionCookie + "=" + s.w.logins.sessions.Put(PersonaHadong) })
	if to, res := stay(t, authorizeURL(s), "", session); to != nil || res.StatusCode != 200 {
		t.Errorf("no consent page: %v, %d", to, res.StatusCode)
	}
	for code, want := range map[string]int{"temporarily_unavailable": 503, "unauthorized_client": 401} {
		if err := s.Script(Scenario{Endpoint: "oauth2.0/revoke", Code: code}); err != nil {
			t.Fatal(err)
		}
		status, body := post(t, s.APIURL()+"/oauth2.0/revoke", s.tokenForm(url.Values{"token": {"x"}}))
		if status != want || body["error"] != code {
			t.Errorf("%s: %d %v", code, status, body)
		}
	}
}

// The errors that Naver documents for the profile, in both shapes.
func TestProfileErrorsHaveBothShapes(t *testing.T) {
	t.Parallel()
	for _, common := range []bool{false, true} {
		s := startTest(t, App{Switches: Switches{CommonErrors: common}})
		bearer := "Bearer " + s.tokens(t, PersonaBoseong)["access_token"].(string)
		member := map[bool]string{false: "resultcode", true: "errorCode"}[common]
		for code, want := range map[string]int{"024": 401, "028": 401, "403": 403, "404": 404, "429": 429, "500": 500} {
			if err := s.Script(Scenario{Endpoint: "nid/me", Code: code}); err != nil {
				t.Fatal(err)
			}
			if status, body := api(t, s.APIURL()+"/v1/nid/me", bearer); status != want || body[member] != code {
				t.Errorf("%s, common %t: %d %v", code, common, status, body)
			}
		}
	}
}

// A scripted error of the authorize page goes back to the service, as Naver's do, unless the address is not registered.
func TestScriptedErrorsOfThePagesAreRedirects(t *testing.T) {
	t.Parallel()
	s := startTest(t, App{})
	script := func() {
		t.Helper()
		if err := s.Script(Scenario{Endpoint: "oauth2.0/authorize", Code: "server_error"}); err != nil {
			t.Fatal(err)
		}
	}
	script()
	to, _ := stay(t, authorizeURL(s), "", "")
	if to == nil || to.Query().Get("error") != "server_error" || to.Query().Get("state") != state {
		t.Errorf("%v", to)
	}
	script()
	if to, res := stay(t, authorizeURL(s, "redirect_uri", back+"/"), "", ""); to != nil || res.StatusCode != 400 {
		t.Errorf("not registered: %v, %d", to, res.StatusCode)
	}
}

// The personas cover what profiles can look like.
func TestPersonasCoverTheProfiles(t *testing.T) {
	t.Parallel()
	var all []Item
	for _, id := range itemIDs {
		all = append(all, Item{ID: id, Required: true})
	}
	s := startTest(t, App{Items: all})
	profile := func(persona string) map[string]any {
		token := s.tokens(t, persona)["access_token"].(string)
		_, body := api(t, s.APIURL()+"/v1/nid/me", "Bearer "+token)
		return body["response"].(map[string]any)
	}
	for persona, want := range map[string]map[string]any{
		PersonaNumericID:    {"id": "32742776"},
		PersonaOddID:        {"id": "qPb/5K2y+4nFz1cTgDd8Lw=="},
		PersonaMasked:       {"nickname": "gan***"},
		PersonaNoEmail:      {"email": nil},
		PersonaForeignEmail: {"email": "abroad@example.com"},
		PersonaBirthyear:    {"birthyear": "1988", "birthday": nil, "gender": "U"},
	} {
		got := profile(persona)
		for member, value := range want {
			if got[member] != value {
				t.Errorf("%s: %s is %v, want %v", persona, member, got[member], value)
			}
		}
		if picture, _ := got["profile_image"].(string); !strings.HasSuffix(picture, "nodata_33x33.gif") {
			t.Errorf("%s: picture %q", persona, picture)
		}
	}
}
