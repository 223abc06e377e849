package cli

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/testkit/bounded"
	"github.com/norang-login/norang/line/errcode"
	"github.com/norang-login/norang/line/linetest"
)

func TestExplainLINE(t *testing.T) {
	t.Parallel()
	for _, e := range errcode.All() {
		for _, lang := range []i18n.Lang{i18n.Ko, i18n.En} {
			var b strings.Builder
			if err := Explain(&b, "line "+strings.ToLower(e.Code), lang, false); err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(b.String(), e.Code+"\n") || strings.Count(b.String(), ": ") < 4 ||
				!strings.Contains(b.String(), i18n.Text(e.Cause).In(lang)) {
				t.Errorf("%s in %s: %s", e.Code, lang, b.String())
			}
		}
	}
	var unknown *UnknownCodeError
	if err := Explain(io.Discard, "line KOE006", i18n.En, false); !errors.As(err, &unknown) ||
		!strings.Contains(err.Error(), "ACCESS_DENIED") {
		t.Error(err)
	}
}

func TestLINEEmulatorStartsBesideKakaos(t *testing.T) {
	t.Parallel()
	environ := []string{
		"LINE_EMULATOR_LISTEN=127.0.0.1:0", "LINE_REDIRECT_URI=http://localhost:5000/oauth/line/callback",
		"LINE_CHANNEL_SECRET=a-secret-of-ours",
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
		"LINE_CHANNEL_ID=emu", "LINE_PROVIDER_ID=emu", "LINE_AUTH_URL=http://127.0.0.1:",
		"LINE_REDIRECT_URI=http://localhost:5000", "# LINE_CHANNEL_SECRET: as configured",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s missing in %s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "a-secret-of-ours") {
		t.Error("the banner shows the secret")
	}
}

// Doctor examines the settings of LINE, against the emulator.
func TestDoctorExaminesLINE(t *testing.T) {
	t.Parallel()
	emu := linetest.Start(t)
	channel := emu.Channel()
	environ := []string{
		"NORANG_URL=http://localhost:1", "NORANG_LISTEN=localhost:1", "NORANG_ALLOW_EMULATOR=1",
		"LINE_CHANNEL_ID=" + channel.ID, "LINE_AUTH_URL=" + emu.URL(), "LINE_API_URL=" + emu.URL(),
	}
	for name, row := range map[string]struct {
		secret, providerID, want string
	}{
		"good":     {channel.Secret, channel.ProviderID, ""},
		"secret":   {"wrong", channel.ProviderID, "FAULT  line.channel_secret  LINE_CHANNEL_SECRET"},
		"provider": {channel.Secret, channel.ID, "FAULT  settings.valid  LINE_PROVIDER_ID"},
	} {
		var out, errs strings.Builder
		args := []string{"doctor", "--lang", "en", "--only", "line.channel_secret,settings.valid"}
		got := Run(bounded.Context(t), args, append([]string{
			"LINE_CHANNEL_SECRET=" + row.secret, "LINE_PROVIDER_ID=" + row.providerID,
		}, environ...), nil, &out, &errs)
		want := map[bool]int{true: statusFailed}[row.want != ""]
		if got != want || !strings.Contains(out.String(), row.want) {
			t.Errorf("%s: status %d: %s %s", name, got, out.String(), errs.String())
		}
	}
}
