package page

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/testkit/browsertest"
	"github.com/norang-login/norang/internal/testkit/skipped"
)

// lighthousePage is a page for Lighthouse: a sample, on a phone or a desktop.
type lighthousePage struct {
	Name    string `json:"name"`
	URL     string `json:"url"`
	Desktop bool   `json:"desktop"`
}

// lighthouseReport is what Lighthouse says of a page.
type lighthouseReport struct {
	Name   string
	Scores map[string]float64 // by category, from 0 to 1
	Error  string
	Failed []string
}

// lighthousePages are pages of each layout, in both languages, on a phone or a desktop: those that most users see, and
// those of the console, of whose lists that without a row, with one and with many.
func lighthousePages(main, console string) []lighthousePage {
	var all []lighthousePage
	for _, name := range []string{"signin.ko", "join.ko", "account.en"} {
		all = append(all, lighthousePage{Name: name, URL: main + "/" + name})
	}
	for i, name := range []string{
		"home.ko", "overview.en", "overview-empty.ko", "attempts-none.en", "attempts-one.en", "attempts-many.ko",
		"people.en", "person.ko", "keys.ko", "doctor-findings.en",
	} {
		all = append(all, lighthousePage{Name: name, URL: console + "/console-" + name, Desktop: i%2 == 1})
	}
	return all
}

// TestLighthouse: pages have at least 95 points for accessibility and best practices, and one with faults has less. It
// needs Lighthouse and Node.js; see browsertest.Lighthouse.
func TestLighthouse(t *testing.T) {
	t.Parallel()
	program := browsertest.Lighthouse(t)
	node := skipped.Command(t, "node")
	main := serveViews(t, newRenderer(t, sampleConfig()), samples("kakao"))
	console := serveViews(t, newRenderer(t, consoleConfig()), consoleSamples("kakao"))
	faulty := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`<!DOCTYPE html><title>x</title><img src="/x"><input><a href="/x"></a>`))
	}))
	t.Cleanup(faulty.Close)
	pages := append(lighthousePages(main, console), lighthousePage{Name: "faulty", URL: faulty.URL})
	input, err := json.Marshal(pages)
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), node, "testdata/lighthouse.mjs", program, browsertest.Chromium(t))
	cmd.Stdin, cmd.Stderr = bytes.NewReader(input), &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("%v: %s", err, stderr.String())
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(pages) {
		t.Errorf("%d reports of %d pages: %s", len(lines), len(pages), stderr.String())
	}
	for _, line := range lines {
		var r lighthouseReport
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		t.Logf("%s: %v", r.Name, r.Scores)
		if r.Error != "" || len(r.Scores) != 2 {
			t.Errorf("%s: %v, %s", r.Name, r.Scores, r.Error)
		}
		for category, score := range r.Scores {
			if (score < 0.95) != (r.Name == "faulty") {
				t.Errorf("%s: %.0f points for %s:\n%s", r.Name, 100*score, category, strings.Join(r.Failed, "\n"))
			}
		}
	}
}
