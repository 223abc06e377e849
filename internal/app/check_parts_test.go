package app_test

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/norang-login/norang/internal/app"
)

// TestCheckAndStartRefuseTheSameTemplates, each fault once.
func TestCheckAndStartRefuseTheSameTemplates(t *testing.T) {
	t.Parallel()
	const unknown = `{{define "title"}}x{{end}}{{define "main"}}{{.Nope}}{{end}}`
	for _, c := range []struct {
		name   string
		file   string
		change func(*app.Config)
		want   []string
	}{
		{"unknown field", "signin.html", func(*app.Config) {}, []string{"Templates"}},
		{"unknown file", "login.html", func(*app.Config) {}, []string{"Templates"}},
		{"with another error", "signin.html", func(c *app.Config) { c.Age = "x" }, []string{"Age", "Templates"}},
		{"without a provider", "signin.html", func(c *app.Config) { c.Kakao = app.Kakao{} }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			cfg := app.Config{
				URL: "https://login.example.com", Database: dir + "/norang.db",
				Kakao:     app.Kakao{ClientID: "abc", ClientSecret: "def", AppID: 1, AdminKeys: []string{"ghi"}},
				Templates: fstest.MapFS{c.file: {Data: []byte(unknown)}},
			}
			c.change(&cfg)
			_, started := app.New(t.Context(), cfg)
			for what, err := range map[string]error{"check": app.Check(cfg), "start": started} {
				var got []string
				for _, e := range app.ConfigErrors(err) {
					got = append(got, e.Field)
				}
				if c.want != nil && !slices.Equal(got, c.want) || !slices.Contains(got, "Templates") {
					t.Errorf("%s: %v, want %v: %v", what, got, c.want, err)
				}
			}
		})
	}
}
