package page

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/provider/kakao"
)

var update = flag.Bool("update", false, "write the golden files")

// sampleConfig is the service of the samples.
func sampleConfig() Config {
	return Config{
		Brand: Brand{
			Name: "놀이터", Color: "#3056d3",
			SupportURL: "mailto:help@example.com", PrivacyURL: "https://example.com/privacy",
		},
		Providers: []Provider{sampleProvider()},
		Pictures:  true,
	}
}

// sampleProvider is the provider of the samples.
func sampleProvider() Provider {
	info := new(kakao.Provider).Info()
	info.FormOrigins = []string{"https://kauth.kakao.com", "https://accounts.kakao.com"}
	info.PictureOrigins = []string{"https://pictures.example", "https://k.kakaocdn.net"}
	return Provider{Info: info, SignsOut: true, Unlinks: true, Revokes: true}
}

func newRenderer(t testing.TB, cfg Config) *Renderer {
	t.Helper()
	r, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func render(t testing.TB, r *Renderer, v View) string {
	t.Helper()
	var buf bytes.Buffer
	if err := r.Render(&buf, v); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

// The hash in an asset's name changes with every line of the style sheet; the pages do not.
var assetHash = regexp.MustCompile(`(/static/[a-z]+)\.[0-9a-f]{12}\.`)

// TestGolden compares every sample with its golden file. After a change, run with -update and review the diff.
func TestGolden(t *testing.T) {
	t.Parallel()
	compareGolden(t, newRenderer(t, sampleConfig()), samples("kakao"), "testdata")
}

// TestConsoleGolden is TestGolden for the operator's console.
func TestConsoleGolden(t *testing.T) {
	t.Parallel()
	compareGolden(t, newRenderer(t, consoleConfig()), consoleSamples("kakao"), filepath.Join("testdata", "console"))
}

func compareGolden(t *testing.T, r *Renderer, all []sample, dir string) {
	t.Helper()
	want := map[string]bool{}
	for _, s := range all {
		file := filepath.Join(dir, s.name+".html")
		want[file] = true
		t.Run(s.name, func(t *testing.T) {
			got := assetHash.ReplaceAllString(render(t, r, s.view), "$1.HASH.")
			got = strings.ReplaceAll(got, string(script), "<script>page.js</script>")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s differs (-want +got):\n%s", file, diff)
			}
		})
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !want[file] {
			t.Errorf("%s belongs to no sample", file)
		}
	}
}
