package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/i18n"
)

func TestExplainKnowsOurOwnCodesAndMessagesOfPhones(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"mobile.nonce_absent":                             "send access_token instead of id_token",
		`{"code":"login.other_browser","status":400}`:     "HTTP 400",
		"net::ERR_UNKNOWN_URL_SCHEME":                     "system browser",
		"This app is not allowed to query for scheme kak": "LSApplicationQueriesSchemes",
		"AuthCodeHandlerActivity was not found":           "kakao{NATIVE_APP_KEY}",
		"provider.KOE101 of mobile.nonce":                 "KOE101\n", // the provider's code says more
	} {
		var b bytes.Buffer
		if err := Explain(&b, text, i18n.En, false); err != nil || !strings.Contains(b.String(), want) {
			t.Errorf("%s: %v\n%s", text, err, b.String())
		}
		for _, e := range findProblems(text) {
			page, anchor, _ := strings.Cut(e.More, "#")
			body, err := os.ReadFile(filepath.Join("..", "..", page))
			if err != nil {
				t.Fatal(err)
			}
			heading := "# " + strings.ReplaceAll(anchor, "-", " ")
			if lower := strings.ToLower(string(body)); !strings.Contains(lower, `id="`+anchor+`"`) &&
				!strings.Contains(lower, heading+"\n") {
				t.Errorf("%s: no place %s", text, e.More)
			}
		}
	}
	for text, want := range map[string]string{
		"provider.invalid_answer": "{provider} login is unavailable right now", "login.provider_error": "quote {id}.",
	} {
		var b bytes.Buffer
		if err := Explain(&b, text, i18n.En, false); err != nil || !strings.Contains(b.String(), want) {
			t.Errorf("%s: %v\n%s", text, err, b.String())
		}
	}
	var got explained
	var b bytes.Buffer
	if err := Explain(&b, "mobile.nonce_absent", i18n.Ko, true); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil || got.Status != 401 || got.Cause.Ko == "" ||
		got.Remedy.En == "" {
		t.Errorf("%v: %s", err, b.Bytes())
	}
	if err := Explain(&b, "nonsense.code x.y", i18n.En, false); err == nil {
		t.Error("an unknown code is explained")
	}
}
