package app_test

import (
	"slices"
	"testing"

	"github.com/norang-login/norang/internal/app"
)

func TestKakaoSettingsThatCannotWorkAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*app.Kakao)
		want   []string
	}{
		"complete": {func(*app.Kakao) {}, nil},
		"scopes":   {func(k *app.Kakao) { k.Scopes = []string{"account_email", "birthday"} }, nil},
		"scopes in one": {
			func(k *app.Kakao) { k.Scopes = []string{"account_email birthday"} }, []string{"Kakao.Scopes"},
		},
		"secret as JavaScript":   {func(k *app.Kakao) { k.JavaScriptKeys = []string{"def"} }, []string{"Kakao.ClientSecret"}},
		"secret as native key":   {func(k *app.Kakao) { k.NativeAppKeys = []string{"def"} }, []string{"Kakao.ClientSecret"}},
		"secret as REST API key": {func(k *app.Kakao) { k.ClientID = "def" }, []string{"Kakao.ClientSecret"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := app.Config{
				URL: "https://login.example.com", Database: t.TempDir() + "/norang.db",
				Kakao: app.Kakao{ClientID: "abc", ClientSecret: "def", AppID: 1, AdminKeys: []string{"ghi"}},
			}
			c.change(&cfg.Kakao)
			var got []string
			for _, e := range app.ConfigErrors(app.Check(cfg)) {
				got = append(got, e.Field)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("errors of %v, want %v", got, c.want)
			}
		})
	}
}
