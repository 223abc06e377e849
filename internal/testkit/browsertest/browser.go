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

	"github.com/chromedp/cdproto/emulation"
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

// launch starts the Chromium at path. stop ends it, also after an error.
func launch(path string) (browser context.Context, stop func(), err error) {
	opts := append(
		chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.WSURLReadTimeout(2*time.Minute), // a slow machine with other tests running
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("accept-lang", "en-US,en"), // the headless shell prefers no language
		// Pages and axe-core run too shortly for compiled code to be worth its compilation.
		chromedp.Flag("js-flags", "--no-turbofan --no-maglev"),
		// A thread that composes the frames only costs time here. A window with a user interface needs it.
		chromedp.Flag("disable-threaded-compositing", strings.HasSuffix(path, "headless-shell")),
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

// Screen is a screen that a page is shown on.
type Screen struct {
	Name          string
	Width, Height int64
	Phone         bool // touch, and the viewport of a mobile browser
	Dark          bool // prefers-color-scheme
}

// Screens are the four screens that every page is tested on.
func Screens() []Screen {
	return []Screen{
		{Name: "phone-light", Width: 360, Height: 800, Phone: true},
		{Name: "phone-dark", Width: 360, Height: 800, Phone: true, Dark: true},
		{Name: "desktop-light", Width: 1280, Height: 800},
		{Name: "desktop-dark", Width: 1280, Height: 800, Dark: true},
	}
}

// Show makes the tab emulate a screen.
func Show(t testing.TB, tab context.Context, s Screen) {
	t.Helper()
	scheme := "light"
	if s.Dark {
		scheme = "dark"
	}
	var opts []chromedp.EmulateViewportOption
	if s.Phone {
		opts = append(opts, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulatePortrait)
	}
	err := chromedp.Do(tab, chromedp.EmulateViewport(s.Width, s.Height, opts...))
	if err == nil {
		_, err = chromedp.Call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
	}
	if err != nil {
		t.Fatalf("screen %s: %v", s.Name, err)
	}
}

// Open navigates to a URL and fails the test on an error.
func Open(t testing.TB, tab context.Context, url string) {
	t.Helper()
	if err := chromedp.Do(tab, chromedp.Navigate(url)); err != nil {
		t.Fatalf("open %s: %v", url, err)
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
