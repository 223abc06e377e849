package app_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/norang-login/norang/apple"
	"github.com/norang-login/norang/google"
	"github.com/norang-login/norang/internal/oauthclient"
	"github.com/norang-login/norang/kakao"
	"github.com/norang-login/norang/line"
	"github.com/norang-login/norang/naver"
	"github.com/norang-login/norang/oidc"
)

// TestTokensAreNeverPrinted is here because this package links every client anyway.
func TestTokensAreNeverPrinted(t *testing.T) {
	t.Parallel()
	const text = "s3cret-token"
	for _, token := range []any{
		oauthclient.Secret(text),
		apple.Token{AccessToken: text, RefreshToken: text, IDToken: text},
		google.Token{AccessToken: text, RefreshToken: text, IDToken: text},
		kakao.Token{AccessToken: text, RefreshToken: text, IDToken: text},
		line.Token{AccessToken: text, RefreshToken: text, IDToken: text},
		naver.Token{AccessToken: text, RefreshToken: text, IDToken: text},
		oidc.Token{AccessToken: text, RefreshToken: text, IDToken: text},
	} {
		raw, err := json.Marshal(token)
		if err != nil {
			t.Fatal(err)
		}
		ways := []string{string(raw)}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			ways = append(ways, fmt.Sprintf(verb, token))
		}
		for _, out := range ways {
			if strings.Contains(out, text) || strings.Contains(out, fmt.Sprintf("%x", text)) ||
				!strings.Contains(out, oauthclient.Redacted) {
				t.Errorf("%T: %s", token, out)
			}
		}
	}
}
