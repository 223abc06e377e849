package page

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/norang-login/norang/internal/testkit/skipped"
)

// lighthousePages are pages of each layout: of the users, and of the operator's console.
var lighthousePages = []string{"signin.ko", "console-overview.ko", "console-attempts-many.en", "console-person.ko"}

// TestLighthouse: pages have at least 95 points for accessibility and best practices. It needs NORANG_LIGHTHOUSE, the
// path of Lighthouse's program (npm install lighthouse), and does not run otherwise: its size is no use in each run,
// and TestAccessible runs the same rules of axe-core on every page.
func TestLighthouse(t *testing.T) {
	t.Parallel()
	program := os.Getenv("NORANG_LIGHTHOUSE")
	if program == "" {
		t.Skip("NORANG_LIGHTHOUSE is not set")
	}
	chromium := skipped.Command(t, "chromium", "chromium-browser", "google-chrome")
	main := serveViews(t, newRenderer(t, sampleConfig()), samples("kakao"))
	console := serveViews(t, newRenderer(t, consoleConfig()), consoleSamples("kakao"))
	for _, name := range lighthousePages {
		url := main + "/" + name
		for _, s := range consoleSamples("kakao") {
			if s.name == name {
				url = console + "/" + name
			}
		}
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "report.json")
			cmd := exec.CommandContext(t.Context(), program, url, "--quiet", "--output=json", "--output-path="+file,
				"--only-categories=accessibility,best-practices", "--chrome-flags=--headless=new --no-sandbox",
				"--max-wait-for-load=30000")
			cmd.Env = append(os.Environ(), "CHROME_PATH="+chromium)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v %s", err, out)
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var report struct {
				Categories map[string]struct {
					Score  float64
					Audits []struct{ ID string } `json:"auditRefs"`
				}
				Audits map[string]struct {
					Score *float64
					Title string
				}
			}
			if err := json.Unmarshal(text, &report); err != nil || len(report.Categories) != 2 {
				t.Fatalf("%d categories, %v", len(report.Categories), err)
			}
			for category, c := range report.Categories {
				t.Logf("%s: %.0f", category, 100*c.Score)
				if c.Score >= 0.95 {
					continue
				}
				t.Errorf("%s: %.0f points", category, 100*c.Score)
				for _, a := range c.Audits {
					if one := report.Audits[a.ID]; one.Score != nil && *one.Score < 1 {
						t.Errorf("%s: %s", a.ID, one.Title)
					}
				}
			}
		})
	}
}
