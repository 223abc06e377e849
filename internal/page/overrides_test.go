package page

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

func with(files map[string]string) Config {
	cfg := sampleConfig()
	m := fstest.MapFS{"README.txt": {Data: []byte("not ours to read")}, "dir/other.html": {Data: []byte("{{")}}
	for name, text := range files {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	cfg.Overrides = m
	return cfg
}

func TestOverrides(t *testing.T) {
	t.Parallel()
	r := newRenderer(t, with(map[string]string{
		"signout.html": `{{define "title"}}bye{{end}}{{define "main"}}<h1>See you at {{brand.Name}}</h1>{{end}}`,
		"norang.css":   "body { color: black; }",
	}))
	if page := render(t, r, Signout{}); !strings.Contains(page, "<h1>See you at 놀이터</h1>") ||
		!strings.Contains(page, "<title>bye</title>") {
		t.Error(page)
	}
	if page := render(t, r, Home{}); !strings.Contains(page, "놀이터에 로그인하세요") {
		t.Error("other pages are not ours any more")
	}
	css := string(r.assets[r.named[styleSheet]].body)
	if !strings.Contains(css, "body { color: black; }") || !strings.Contains(css, "--fill: #3056d3") ||
		strings.Contains(css, ".provider svg") {
		t.Error(css)
	}
}

func TestOverridesThatCannotWorkStopTheStart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"does not parse": {map[string]string{"home.html": `{{define "main"}}{{if}}{{end}}`}, "home.html"},
		"names an unknown field": {
			map[string]string{"home.html": `{{define "title"}}x{{end}}{{define "main"}}{{.Nobody}}{{end}}`}, "Nobody",
		},
		"names an unknown page": {map[string]string{"hom.html": ``}, "hom.html replaces nothing"},
		"is in a directory, as with go:embed": {
			map[string]string{"web/pages/signin.html": `x`, "web/pages/logo.svg": ``}, "web/pages/signin.html replaces nothing",
		},
		"names an unknown func": {map[string]string{"layout.html": `{{env "HOME"}}`}, "env"},
		"has text in script": {map[string]string{
			"account.html": `{{define "title"}}x{{end}}` +
				`{{define "main"}}<script>var a = ` + "`{{.Name}}" + `</script>{{end}}`,
		}, "account.html"},
		"lacks main": {map[string]string{"join.html": `{{define "title"}}x{{end}}`}, "main"},
		"two faults": {map[string]string{"join.html": `{{`, "home.html": `{{`}, "home.html"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(with(c.files))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want something about %s", err, c.want)
			}
		})
	}
}

// A directory beside the files may hold anything, and a mounted ConfigMap has one that is hidden.
func TestDirectoriesBesideOverridesAreIgnored(t *testing.T) {
	t.Parallel()
	home := `{{define "title"}}x{{end}}{{define "main"}}x{{end}}`
	for _, files := range []map[string]string{
		{"home.html": home, "old/signin.html": `{{`},
		{"..2026_12_02/home.html": home},
		{"images/a.html": `x`},
		{},
	} {
		if _, err := New(with(files)); err != nil {
			t.Errorf("%v: %v", files, err)
		}
	}
}

// TestFaultOfATemplateIsReportedOnce: many samples fail for one fault.
func TestFaultOfATemplateIsReportedOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		files map[string]string
		want  int
	}{
		{map[string]string{"signin.html": `{{define "title"}}x{{end}}{{define "main"}}{{.Nope}}{{end}}`}, 1},
		{map[string]string{"layout.html": `<html>{{.Nope}}</html>`}, 1},
		{map[string]string{
			"signin.html": `{{define "title"}}x{{end}}{{define "main"}}{{.Nope}}{{end}}`,
			"home.html":   `{{define "title"}}x{{end}}{{define "main"}}{{.Nope}}{{end}}`,
		}, 2},
		{map[string]string{"login.html": `x`, "joining.html": `x`}, 2},
	} {
		_, err := New(with(c.files))
		faults, ok := errors.AsType[OverrideErrors](err)
		if !ok || len(faults) != c.want {
			t.Errorf("%v: %d errors, want %d: %v", c.files, len(faults), c.want, err)
		}
	}
}

// broken is a directory that cannot be read.
type broken struct{}

func (broken) Open(string) (fs.File, error) { return nil, fs.ErrPermission }

func TestUnreadableOverridesStopTheStart(t *testing.T) {
	t.Parallel()
	cfg := sampleConfig()
	cfg.Overrides = broken{}
	if _, err := New(cfg); err == nil {
		t.Error("no error")
	}
}
