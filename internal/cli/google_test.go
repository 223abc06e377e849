package cli

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/norang-login/norang/google/errcode"
	"github.com/norang-login/norang/google/googletest"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/testkit/bounded"
)

func TestExplainGoogle(t *testing.T) {
	t.Parallel()
	for _, e := range errcode.All() {
		for _, lang := range []i18n.Lang{i18n.Ko, i18n.En} {
			var b strings.Builder
			if err := Explain(&b, "google "+e.Code, lang, false); err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(b.String(), e.Code+"\n") || strings.Count(b.String(), ": ") < 4 ||
				!strings.Contains(b.String(), i18n.Text(e.Cause).In(lang)) {
				t.Errorf("%s in %s: %s", e.Code, lang, b.String())
			}
		}
	}
	var unknown *UnknownCodeError
	if err := Explain(io.Discard, "google KOE006", i18n.En, false); !errors.As(err, &unknown) ||
		!strings.Contains(err.Error(), "disallowed_useragent") {
		t.Error(err)
	}
}

func TestDoctorExaminesGoogle(t *testing.T) {
	t.Parallel()
	emulator := googletest.Start(t)
	app := emulator.App()
	environ := []string{
		"NORANG_URL=http://localhost:1", "NORANG_LISTEN=localhost:1", "KAKAO_CLIENT_ID=aaaabbbbccccddddeeeeffff00001111",
		"KAKAO_CLIENT_SECRET=the-client-secret-of-this-test", "NORANG_NO_ADMIN_KEY=1", "KAKAO_APP_ID=1",
		"NORANG_ALLOW_EMULATOR=1", "KAKAO_AUTH_URL=http://127.0.0.1:1", "KAKAO_API_URL=http://127.0.0.1:1",
		"KAKAO_ISSUER=http://127.0.0.1:1", "GOOGLE_CLIENT_ID=" + app.ClientID,
		"GOOGLE_AUTH_URL=" + emulator.URL(), "GOOGLE_API_URL=" + emulator.APIURL(),
	}
	for secret, want := range map[string]bool{app.ClientSecret: false, "wrong": true} {
		var out, errs strings.Builder
		args := []string{"doctor", "--lang", "en", "--only", "google.client_secret"}
		Run(bounded.Context(t), args, append(environ, "GOOGLE_CLIENT_SECRET="+secret), nil, &out, &errs)
		if got := strings.Contains(out.String(), "FAULT  google.client_secret  GOOGLE_CLIENT_SECRET"); got != want {
			t.Errorf("%s: %s%s", secret, out.String(), errs.String())
		}
	}
}
