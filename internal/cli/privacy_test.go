package cli

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/norang-login/norang/apple/appletest"
	"github.com/norang-login/norang/internal/testkit/bounded"
)

// allProviders are the settings of an installation with every kind of provider.
func allProviders() []string {
	return []string{
		"NORANG_URL=https://login.example.com", "KAKAO_CLIENT_ID=aaaabbbbccccddddeeeeffff00001111",
		"KAKAO_CLIENT_SECRET=the-client-secret-of-this-test", "KAKAO_APP_ID=1",
		"NAVER_CLIENT_ID=client", "NAVER_CLIENT_SECRET=secretOfNaver",
		"GOOGLE_CLIENT_ID=1-x.apps.googleusercontent.com", "GOOGLE_CLIENT_SECRET=GOCSPX-secretOfGoogle",
		"LINE_CHANNEL_ID=2001234567", "LINE_CHANNEL_SECRET=0123456789abcdef0123456789abcdef", "LINE_PROVIDER_ID=1001234567",
		"APPLE_SERVICES_ID=com.example.login", "APPLE_TEAM_ID=ABCDE12345", "APPLE_KEY_ID=FGHIJ67890",
		"APPLE_PRIVATE_KEY=" + appletest.DefaultPrivateKey(),
		"OIDC_KEYCLOAK_ISSUER=https://sso.example.com/realms/main", "OIDC_KEYCLOAK_CLIENT_ID=norang",
		"OIDC_KEYCLOAK_CLIENT_SECRET=secretOfKeycloak", "OIDC_KEYCLOAK_LABEL=Keycloak",
		"NORANG_PROVIDERS=kakao,naver,google,apple,line,keycloak",
	}
}

// A policy promises at each provider only what can be done there.
func TestPrivacyPolicySaysWhatHappensToEachLink(t *testing.T) {
	t.Parallel()
	const admin, none = "KAKAO_ADMIN_KEY=11112222333344445555666677778888", "NORANG_NO_ADMIN_KEY=1"
	asked := "is asked to end the link, with a stored token"
	for name, c := range map[string]struct {
		more []string
		want map[string]string // id or beginning of a sentence, and text in it
		not  string
	}{
		"with an admin key": {[]string{admin}, map[string]string{
			"After withdrawal the link to Kakao":           "is ended",
			"After withdrawal Naver":                       asked,
			"After withdrawal Google":                      asked,
			"After withdrawal Apple":                       asked,
			"After withdrawal LINE":                        asked,
			"This service cannot end the link to Keycloak": "only the user can end it, at Keycloak",
			"sign_out_tokens":                              "ID token of Keycloak",
			"unlink_tokens":                                "tokens of Naver, Google, Apple, LINE",
		}, "Stored tokens"},
		"without": {[]string{none}, map[string]string{
			"This service cannot end the link to Kakao": "only the user can end it, at Kakao",
		}, "the link to Kakao is ended"},
		"tokens": {[]string{admin, "NORANG_KEEP_KAKAO_TOKENS=offline"}, map[string]string{
			"This service cannot end the link to Keycloak": "Stored tokens are kept until they are revoked there, if Keycloak",
			"provider_tokens": "until withdrawal, also after sign-out",
		}, "until sign-out or withdrawal"},
	} {
		var out, errs bytes.Buffer
		args := []string{"privacy", "policy", "--json"}
		if got := Run(bounded.Context(t), args, append(allProviders(), c.more...), nil, &out, &errs); got != statusDone {
			t.Fatalf("%s: status %d: %s", name, got, errs.String())
		}
		var p privacyJSON
		if err := json.Unmarshal(out.Bytes(), &p); err != nil {
			t.Fatal(err)
		}
		said := map[string]string{}
		for _, i := range p.Items {
			said[i.ID] = i.Data.En + ": " + i.Period.En
		}
		for begin, text := range c.want {
			found := strings.Contains(said[begin], text)
			for _, s := range p.Sentences {
				found = found || strings.HasPrefix(s.En, begin) && strings.Contains(s.En, text)
			}
			if !found {
				t.Errorf("%s: %q does not say %q: %s", name, begin, text, out.String())
			}
		}
		if strings.Contains(out.String(), c.not) {
			t.Errorf("%s: says %q", name, c.not)
		}
	}
}
