package config

import (
	"slices"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/i18n"
)

func TestSettingsWithoutEffectAreWarnings(t *testing.T) {
	t.Parallel()
	kakao := []string{
		"NORANG_URL=https://login.example.com", "KAKAO_CLIENT_ID=abc", "KAKAO_CLIENT_SECRET=def", "KAKAO_APP_ID=1",
		"KAKAO_ADMIN_KEY=ghi",
	}
	for _, c := range []struct {
		environ, want []string
	}{
		{nil, nil},
		{[]string{"NORANG_NO_CLIENT_SECRET=1"}, []string{"NORANG_NO_CLIENT_SECRET"}},
		{[]string{"NORANG_NO_ADMIN_KEY=1"}, []string{"NORANG_NO_ADMIN_KEY"}},
		{[]string{"NORANG_NO_ADMIN_KEY=0"}, nil},
		{[]string{"NAVER_CLIENT_SECRET=s"}, []string{"NAVER_CLIENT_SECRET"}},
		{[]string{"NAVER_CLIENT_SECRET=s", "NAVER_CLIENT_ID=i"}, nil},
		{[]string{"NAVER_CLIENT_SECRET=s", "NAVER_CLIENT_ID= i"}, nil}, // the error says enough
		{[]string{"GOOGLE_CLIENT_SECRET=s"}, []string{"GOOGLE_CLIENT_SECRET"}},
		{[]string{"LINE_CHANNEL_SECRET=s"}, []string{"LINE_CHANNEL_SECRET"}},
		{[]string{"NAVER_AUTH_URL=https://nid.naver.com"}, nil}, // the default
		{[]string{"APPLE_TEAM_ID=A1B2C3D4E5"}, []string{"APPLE_TEAM_ID"}},
		{[]string{"LINE_CHANNEL_ID=1", "LINE_CHANNEL_SECRET=s", "LINE_PROVIDER_ID=1234"}, nil},
		{[]string{"LINE_CHANNEL_ID=1", "LINE_CHANNEL_SECRET=s", "LINE_PROVIDER_ID=abc"}, []string{"LINE_PROVIDER_ID"}},
		{[]string{"LINE_CHANNEL_ID=1", "LINE_CHANNEL_SECRET=s", "LINE_PROVIDER_ID=emu12"}, nil}, // the emulator's
	} {
		_, warnings, _ := Load(Sources{Environ: append(slices.Clone(kakao), c.environ...)})
		var got []string
		for _, w := range warnings {
			got = append(got, w.Setting)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%v: warnings about %v, want %v", c.environ, got, c.want)
		}
	}
}

// Every setting of a provider that is off is named, with what turns the provider on.
func TestSettingsOfAProviderThatIsOffAreWarnings(t *testing.T) {
	t.Parallel()
	for i := range table {
		s := &table[i]
		on := turnedOnBy(s.Name)
		if on == nil && !strings.HasPrefix(s.Name, "NORANG_") {
			t.Errorf("%s is turned on by nothing", s.Name)
		}
		if on == nil || slices.Contains(on, s.Name) {
			continue
		}
		provider := "OIDC_OTHER_ISSUER=https://id.example.com"
		_, warnings, _ := Load(Sources{Environ: []string{provider, s.Name + "=" + strings.ReplaceAll(s.Example, " ", "-")}})
		if len(warnings) != 1 || warnings[0].In(i18n.En) != s.Name+": has no effect without "+on[0] {
			t.Errorf("%s: %v", s.Name, warnings)
		}
	}
}
