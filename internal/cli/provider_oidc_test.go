package cli

import (
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/config"
	"github.com/norang-login/norang/internal/i18n"
)

func TestExplainOIDC(t *testing.T) {
	t.Parallel()
	for _, lang := range i18n.Langs() {
		for _, p := range oidcCommands.codes() {
			var out strings.Builder
			err := Explain(&out, "oidc "+p.code, lang, false)
			if err != nil || !strings.Contains(out.String(), p.cause.In(lang)) || p.owner.IsZero() || p.retry.IsZero() {
				t.Errorf("%s: %v %s", p.code, err, out.String())
			}
		}
	}
	for _, p := range furtherProviders { // with their own codes, and not those of Kakao
		for _, code := range []string{"", " nonsense"} {
			err := Explain(new(strings.Builder), p.name+code, i18n.En, false)
			if err == nil || !strings.Contains(err.Error(), p.codes()[0].code) || strings.Contains(err.Error(), "KOE") {
				t.Errorf("%s%s: %v", p.name, code, err)
			}
		}
	}
}

// The settings that the emulator prints are enough for a service, without anything from the operator.
func TestOIDCEmulatorPrintsUsableSettings(t *testing.T) {
	t.Parallel()
	e, err := newOIDCEmulator(emulatorSetup{browserURL: "http://localhost:5007", environ: []string{
		"OIDC_EMULATOR_REDIRECT_URI=http://localhost:5000/oauth/emulator/callback",
		"OIDC_EMULATOR_SERVER_URL=http://127.0.0.1:5007",
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer e.server.Close()
	environ := []string{"NORANG_URL=http://localhost:5000", "NORANG_ALLOW_EMULATOR=1"}
	for _, s := range e.settings {
		if s.hidden {
			t.Errorf("%s is hidden", s.name)
		}
		environ = append(environ, s.name+"="+s.value)
	}
	s, warnings, err := config.Load(config.Sources{Environ: environ})
	if err != nil || len(warnings) > 0 || len(s.OIDC) != 1 || s.OIDC[0].ServerURL == "" {
		t.Fatalf("%v %v %v", s, warnings, err)
	}
	if err := s.Config.Check(); err != nil {
		t.Error(err)
	}
}
