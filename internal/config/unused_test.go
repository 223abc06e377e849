package config

import (
	"slices"
	"testing"
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
		{[]string{"APPLE_TEAM_ID=A1B2C3D4E5"}, []string{"APPLE_TEAM_ID"}},
		{[]string{"LINE_CHANNEL_ID=1", "LINE_CHANNEL_SECRET=s", "LINE_PROVIDER_ID=1234"}, nil},
		{[]string{"LINE_CHANNEL_ID=1", "LINE_CHANNEL_SECRET=s", "LINE_PROVIDER_ID=abc"}, []string{"LINE_PROVIDER_ID"}},
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
