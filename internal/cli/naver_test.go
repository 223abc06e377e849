package cli

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/naver/errcode"
)

func TestExplainNaver(t *testing.T) {
	t.Parallel()
	for _, e := range errcode.All() {
		for _, lang := range []i18n.Lang{i18n.Ko, i18n.En} {
			var b strings.Builder
			if err := Explain(&b, "naver "+e.Code, lang, false); err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(b.String(), e.Code+"\n") || strings.Count(b.String(), ": ") < 4 ||
				!strings.Contains(b.String(), i18n.Text(e.Cause).In(lang)) {
				t.Errorf("%s in %s: %s", e.Code, lang, b.String())
			}
		}
	}
	var b strings.Builder
	if err := Explain(&b, "네이버 024", i18n.En, true); err != nil || !strings.Contains(b.String(), `"code": "024"`) {
		t.Errorf("%v %s", err, b.String())
	}
	var unknown *UnknownCodeError
	if err := Explain(io.Discard, "naver KOE006", i18n.En, false); !errors.As(err, &unknown) ||
		!strings.Contains(err.Error(), "024") {
		t.Error(err)
	}
}

func TestNaverEmulatorStartsBesideKakaos(t *testing.T) {
	t.Parallel()
	environ := []string{
		"NAVER_EMULATOR_LISTEN=127.0.0.1:0", "NAVER_REDIRECT_URI=http://localhost:5000/oauth/naver/callback",
	}
	all, err := (&emulatorCmd{}).further(emulatorFile{}, environ)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	defer closeFurther(all)
	res, err := http.Get(all[0].server.URL() + "/-/healthz")
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatal(err)
	}
	res.Body.Close()
	var out strings.Builder
	all[0].welcome(&terminal{stdout: &out, lang: i18n.En})
	for _, want := range []string{
		"NAVER_CLIENT_ID=emu", "NAVER_AUTH_URL=http://127.0.0.1:", "NAVER_REDIRECT_URI=http://localhost:5000",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s missing in %s", want, out.String())
		}
	}
}
