package appletest_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/norang-login/norang/apple/appletest"
)

// Apple's pages read "+" as a space. The sheet that Safari shows on Apple's devices ignores such a scope.
func TestScopeWithPlusIsIgnoredBySafariOnly(t *testing.T) {
	t.Parallel()
	const mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
	for _, tc := range []struct {
		name, agent, scope string
		user, noted        bool
	}{
		{"Chrome, plus", mac + "Chrome/140.0.0.0 Safari/537.36", "name+email", true, true},
		{"Safari, plus", mac + "Version/18.6 Safari/605.1.15", "name+email", false, true},
		{"Safari, percent", mac + "Version/18.6 Safari/605.1.15", "name%20email", true, false},
		{"openid besides", "", "openid%20name%20email", true, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			emu := start(t)
			v := newVisitor(t)
			v.agent = tc.agent
			_, page := v.do("GET", emu.URL()+query("scope", tc.scope), nil)
			if noted := strings.Contains(page, "In Safari on iPhones"); noted != tc.noted {
				t.Errorf("note about the plus: %t\n%s", noted, page)
			}
			_, page = v.do("POST", emu.URL()+"/login", url.Values{"tx": {v.tx(page)}, "persona": {appletest.PersonaAda}})
			_, page = v.do("POST", emu.URL()+"/confirm", url.Values{"tx": {v.tx(page)}, "action": {"continue"}})
			if user := strings.Contains(page, `name="user"`); user != tc.user {
				t.Errorf("user sent: %t\n%s", user, page)
			}
			if why := fmt.Sprint(emu.Requests()); strings.Contains(why, "In Safari on iPhones") != tc.noted {
				t.Errorf("log: %s", why)
			}
		})
	}
}

// openid alone needs no form_post: it asks for neither name nor e-mail.
func TestOpenIDScopeAloneMayUseTheQuery(t *testing.T) {
	t.Parallel()
	emu := start(t)
	if err := emu.UpdateTeam(func(t *appletest.Team) { t.Auto = true }); err != nil {
		t.Fatal(err)
	}
	address := emu.URL() + query("response_mode", "", "scope", "openid")
	if status, to := newVisitor(t).do("GET", address, nil); status != 302 || !strings.HasPrefix(to, back+"?code=c") {
		t.Errorf("%d %s", status, to)
	}
}

// As seen in Apple's ID tokens: those of the token endpoint have at_hash, those of the browser and of apps c_hash.
func TestIDTokensHashTheAccessTokenOrTheCode(t *testing.T) {
	t.Parallel()
	emu := start(t)
	if err := emu.UpdateTeam(func(t *appletest.Team) { t.Auto = true }); err != nil {
		t.Fatal(err)
	}
	_, page := newVisitor(t).do("GET", emu.URL()+query("response_type", "code%20id_token"), nil)
	fields := map[string]string{}
	for _, m := range field.FindAllStringSubmatch(page, -1) {
		fields[m[1]] = m[2]
	}
	native, err := emu.Native(appletest.NativeSignIn{})
	if err != nil {
		t.Fatal(err)
	}
	for code, token := range map[string]string{fields["code"]: fields["id_token"], native.Code: native.IDToken} {
		claims := claimsOf(t, token)
		if sum := sha256.Sum256([]byte(code)); claims["c_hash"] != base64.RawURLEncoding.EncodeToString(sum[:16]) {
			t.Errorf("c_hash %v for the code %s", claims["c_hash"], code)
		}
		if claims["at_hash"] != nil {
			t.Errorf("at_hash without an access token: %v", claims)
		}
	}
}

func claimsOf(t *testing.T, token string) (claims map[string]any) {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("not a JWT: %q", token)
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}
