package browsertest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/norang-login/norang/internal/testkit/skipped"
)

// findAxe reads axe-core once per process: from NORANG_AXE, or with npm in a temporary directory.
var findAxe = sync.OnceValues(func() (string, error) {
	if file := os.Getenv("NORANG_AXE"); file != "" {
		raw, err := os.ReadFile(file)
		return string(raw), err
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", fmt.Errorf("no NORANG_AXE and no npm: %w", err)
	}
	dir, err := os.MkdirTemp("", "norang-axe-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, npm, "install", "--prefix", dir, "--no-audit", "--no-fund", "--ignore-scripts",
		"--fetch-retries=0", "--fetch-timeout=20000", "axe-core@4")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm install axe-core: %w: %.200s", err, out)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "node_modules", "axe-core", "axe.min.js"))
	return string(raw), err
})

// Axe returns the source of axe-core, or skips the test.
func Axe(t testing.TB) string {
	t.Helper()
	source, err := findAxe()
	if err != nil {
		skipped.Skip(t, "axe-core: "+err.Error())
	}
	return source
}

// violation is the part of axe-core's report that the tests print.
type violation struct {
	ID    string `json:"id"`
	Help  string `json:"help"`
	Nodes []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

// everyRule runs the rules of WCAG 2.2 AA and the best practices of axe-core. It runs through the debugger, to which
// the page's content policy does not apply. Nothing is preloaded: of the rules only those for sound and one that is
// switched off read it.
const everyRule = `axe.run(document, {
	runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
	resultTypes: ["violations"], preload: false,
}).then(r => r.violations)`

// colourRules are those of everyRule that depend on colours.
const colourRules = `axe.run(document, {
	runOnly: {type: "rule", values: ["color-contrast", "link-in-text-block"]},
	resultTypes: ["violations"], preload: false,
}).then(r => r.violations)`

// layout is what the other rules see that a style sheet can change: where each element is, and whether it is visible.
const layout = `JSON.stringify([...document.querySelectorAll("body, body *")].map(e => {
	const r = e.getBoundingClientRect(), s = getComputedStyle(e);
	return [e.tagName, r.x, r.y, r.width, r.height, s.visibility, s.display, s.opacity];
}))`

// CheckAxe runs axe-core on the page in the tab and reports every violation as a test error.
func CheckAxe(t testing.TB, tab context.Context, source string) {
	t.Helper()
	LoadAxe(t, tab, source)
	RunAxe(t, tab)
}

// LoadAxe loads axe-core into the page in the tab.
func LoadAxe(t testing.TB, tab context.Context, source string) {
	t.Helper()
	if err := chromedp.Do(tab, chromedp.Evaluate[chromedp.Void](source+";undefined")); err != nil {
		t.Fatalf("load axe-core: %v", err)
	}
}

// PreloadAxe loads axe-core into every page that the tab opens from now on, which is cheaper than [LoadAxe] for each.
func PreloadAxe(t testing.TB, tab context.Context, source string) {
	t.Helper()
	_, err := chromedp.Call(tab, page.AddScriptToEvaluateOnNewDocument,
		page.AddScriptToEvaluateOnNewDocumentParams{Source: source})
	if err != nil {
		t.Fatalf("load axe-core: %v", err)
	}
}

// RunAxe runs axe-core, after [LoadAxe] or [PreloadAxe], and reports every violation as a test error.
func RunAxe(t testing.TB, tab context.Context) {
	t.Helper()
	found, err := chromedp.Run(tab, chromedp.Evaluate[[]violation](everyRule, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("run axe-core: %v", err)
	}
	report(t, found)
}

// FinishTransitions brings every running transition to its end, as after a change of the colour scheme.
func FinishTransitions(t testing.TB, tab context.Context) {
	t.Helper()
	err := chromedp.Do(tab, chromedp.Evaluate[chromedp.Void](
		`document.getAnimations().forEach(a => a.finish()); undefined`))
	if err != nil {
		t.Fatalf("finish transitions: %v", err)
	}
}

// report reports violations as test errors.
func report(t testing.TB, found []violation) {
	t.Helper()
	for _, v := range found {
		var where []string
		for _, n := range v.Nodes {
			where = append(where, n.HTML+"\n    "+n.Summary)
		}
		t.Errorf("%s: %s\n  %s", v.ID, v.Help, strings.Join(where, "\n  "))
	}
}
