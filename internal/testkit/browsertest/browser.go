package browsertest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/norang-login/norang/internal/testkit/skipped"
)

// names are the program names to try if NORANG_CHROMIUM is not set, whole those of Chromium with its user interface.
var (
	whole = []string{"chromium", "chromium-browser", "google-chrome-stable", "google-chrome"}
	names = whole
)

// PreferShell makes the tests of the package use Chromium without a user interface where it is installed: the same
// pages take half the processor time, because no window with tabs and buttons is drawn for each. It has no clipboard:
// see [StartWhole]. TestMain calls it before [Main].
func PreferShell() {
	names = append([]string{"chromium-headless-shell", "chrome-headless-shell"}, names...)
}

// shared is the browser of a package whose TestMain calls Main.
var shared struct {
	sync.Mutex
	enabled bool
	browser context.Context
	stop    func()
	free    []context.Context // profiles that no test uses
}

// Main runs the tests of a package with one Chromium for all of them: [Start] starts it at the first call and Main
// stops it after the last test. It returns the exit code.
func Main(m *testing.M) int {
	shared.enabled = true
	code := m.Run()
	if shared.stop != nil {
		shared.stop()
	}
	return code
}

// Start returns the chromedp context of a running Chromium. It ends with the test, or with the package if that uses
// [Main]. Open its tabs with [Tab].
//
// The browser runs without its sandbox, which containers do not allow; it only opens pages of the tests.
func Start(t testing.TB) context.Context {
	t.Helper()
	path := Chromium(t)
	if !shared.enabled {
		return own(t, path)
	}
	shared.Lock()
	defer shared.Unlock()
	if shared.browser == nil {
		browser, stop, err := launch(path)
		if err != nil {
			stop()
			t.Fatal(err)
		}
		shared.browser, shared.stop = browser, stop
	}
	return shared.browser
}

// StartWhole is [Start] of a Chromium with its user interface, for this test alone.
func StartWhole(t testing.TB) context.Context {
	t.Helper()
	return own(t, find(t, whole))
}

// own starts a Chromium for the test.
func own(t testing.TB, path string) context.Context {
	t.Helper()
	browser, stop, err := launch(path)
	t.Cleanup(stop)
	if err != nil {
		t.Fatal(err)
	}
	return browser
}

// Chromium returns the path of Chromium's program, or skips the test.
func Chromium(t testing.TB) string {
	t.Helper()
	return find(t, names)
}

func find(t testing.TB, names []string) string {
	t.Helper()
	path := os.Getenv("NORANG_CHROMIUM")
	for i := 0; path == "" && i < len(names); i++ {
		if found, err := exec.LookPath(names[i]); err == nil {
			path = found
		}
	}
	if path == "" {
		skipped.Skip(t, "no Chromium: install one or set NORANG_CHROMIUM to its path")
	}
	return path
}

// screenshots reports whether a setting asks tests to write any.
func screenshots() bool { return os.Getenv("NORANG_SHOTS")+os.Getenv("NORANG_SCREENSHOTS") != "" }

// launch starts the Chromium at path. stop ends it, also after an error.
func launch(path string) (browser context.Context, stop func(), err error) {
	opts := append(
		chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.WSURLReadTimeout(2*time.Minute),                     // a slow machine with other tests running
		chromedp.Flag("enable-features", "NetworkServiceInProcess2"), // chromedp has its old name
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("accept-lang", "en-US,en"), // the headless shell prefers no language
		// Pages and axe-core run too shortly for optimized code to be worth its compilation.
		chromedp.Flag("js-flags", "--no-turbofan --no-maglev --always-sparkplug"),
		// A thread that composes the frames only costs time here. Screenshots and a window with a user interface need it.
		chromedp.Flag("disable-threaded-compositing", strings.HasSuffix(path, "headless-shell") && !screenshots()),
		// The tests walk between localhost and 127.0.0.1. A process for each site, another one in reserve, the page
		// before kept alive, and a new frame for each document of a tab would take as much time again as the pages
		// themselves.
		chromedp.Flag("renderer-process-limit", "2"),
		chromedp.Flag("disable-site-isolation-trials", true),
		chromedp.Flag(
			"disable-features",
			"Translate,IsolateOrigins,site-per-process,SpareRendererForSitePerProcess,BackForwardCache,PaintHolding,"+
				"RenderDocument",
		),
		// Only local names resolve: a page that requests a font or picture from elsewhere gets none.
		chromedp.Flag(
			"host-resolver-rules",
			"MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1, EXCLUDE [::1]",
		),
	)
	allocator, kill := chromedp.NewExecAllocator(context.Background(), opts...)
	browser, closeBrowser := chromedp.NewContext(allocator)
	stop = func() { closeBrowser(); kill() }
	if err := chromedp.Do(browser); err != nil {
		return nil, stop, fmt.Errorf("start %s: %w", path, err)
	}
	return browser, stop, nil
}

// Hide minimizes the window of the tab until the end of the test: pages have their layout, and nothing is painted. It
// is for pages that are only measured, without clicks and screenshots.
func Hide(t testing.TB, tab context.Context) {
	t.Helper()
	if err := show(tab, browser.WindowStateMinimized); err != nil {
		t.Fatalf("hide the tab: %v", err)
	}
	t.Cleanup(func() {
		if err := show(tab, browser.WindowStateNormal); err != nil { // the next tab may be in the same window
			t.Errorf("show the window again: %v", err)
		}
	})
}

// show changes the state of the tab's window.
func show(tab context.Context, state browser.WindowState) error {
	window, err := chromedp.Call(tab, browser.GetWindowForTarget, browser.GetWindowForTargetParams{})
	if err != nil {
		return err
	}
	_, err = chromedp.Call(tab, browser.SetWindowBounds, browser.SetWindowBoundsParams{
		WindowID: window.WindowID, Bounds: &browser.Bounds{WindowState: state},
	})
	return err
}

// Open navigates to a URL and fails the test on an error.
func Open(t testing.TB, tab context.Context, url string) {
	t.Helper()
	if err := chromedp.Do(tab, chromedp.Navigate(url)); err != nil {
		t.Fatalf("open %s: %v", url, err)
	}
}

// unsized is a document as wide as a mobile browser makes one that says nothing about its width.
const unsized = `<!DOCTYPE html><meta name="viewport" content="width=980"><title>x</title>`

// loaded resolves when the document and what it links to are loaded.
const loaded = `new Promise(done =>
	document.readyState === "complete" ? done() : addEventListener("load", () => done()))`

// Replace writes a document over the one in the tab and waits until it is loaded. Address, content policy and global
// variables of scripts stay, so that a script from [PreloadAxe] is compiled once for many documents. A document that
// says nothing about its width would be as wide as the one before it; therefore unsized comes between.
func Replace(t testing.TB, tab context.Context, html string) {
	t.Helper()
	tree, err := chromedp.Call(tab, page.GetFrameTree, cdp.Empty{})
	for _, document := range []string{unsized, html} {
		if err == nil {
			_, err = chromedp.Call(tab, page.SetDocumentContent, page.SetDocumentContentParams{
				FrameID: tree.FrameTree.Frame.ID, HTML: document,
			})
		}
		if err == nil { // also for the first one, whose load event would pass for that of the second
			err = chromedp.Do(tab, chromedp.Evaluate[chromedp.Void](loaded, chromedp.EvalAwaitPromise))
		}
	}
	if err != nil {
		t.Fatalf("replace the document: %v", err)
	}
}

// Screenshot writes the whole page to a PNG file.
func Screenshot(t testing.TB, tab context.Context, file string) {
	t.Helper()
	png, err := chromedp.Run(tab, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(file, png, 0o644)
	}
	if err != nil {
		t.Fatalf("screenshot %s: %v", file, err)
	}
}
