package browsertest

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

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

// sized reports whether both screens differ only in their colours.
func (s Screen) sized(other Screen) bool {
	return s.Width == other.Width && s.Height == other.Height && s.Phone == other.Phone
}

// Show makes the tab emulate a screen.
func Show(t testing.TB, tab context.Context, s Screen) {
	t.Helper()
	var opts []chromedp.EmulateViewportOption
	if s.Phone {
		opts = append(opts, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulatePortrait)
	}
	if err := chromedp.Do(tab, chromedp.EmulateViewport(s.Width, s.Height, opts...)); err != nil {
		t.Fatalf("screen %s: %v", s.Name, err)
	}
	showColours(t, tab, s)
}

// showColours is [Show] on a screen of the same size.
func showColours(t testing.TB, tab context.Context, s Screen) {
	t.Helper()
	scheme := "light"
	if s.Dark {
		scheme = "dark"
	}
	_, err := chromedp.Call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	if err != nil {
		t.Fatalf("screen %s: %v", s.Name, err)
	}
}

// CheckScreens shows the page in the tab on each screen, in a subtest named prefix and the screen: axe-core, which
// [PreloadAxe] has loaded, finds nothing, no id is repeated, and the page is no wider than the screen. also is called
// after that.
//
// A dark page after a light one of its size has the layout of that to the pixel, so that only the rules about colours
// run on it again.
func CheckScreens(
	t *testing.T, tab context.Context, prefix string, screens []Screen, also func(*testing.T, Screen),
) {
	t.Helper()
	var shown Screen
	var light *sight
	for _, screen := range screens {
		t.Run(prefix+screen.Name, func(t *testing.T) {
			if screen.sized(shown) {
				showColours(t, tab, screen)
			} else {
				Show(t, tab, screen)
				light = nil
			}
			shown = screen
			if now := checkScreen(t, tab, screen, light); !screen.Dark {
				light = now
			}
			also(t, screen)
		})
	}
}

// sight is what checkScreen sees of a page.
type sight struct {
	Layout          string
	Content, Window int64  // width in pixels
	Repeated        string // ids of more than one element, which axe-core does not count as violations
	Violations      []violation
}

// look returns a sight of the page. It first brings the transitions to an end that the change of screens started. One
// evaluation takes less time than one for each part.
const look = `(async () => {
	document.getAnimations().forEach(a => a.finish());
	const [Layout, Content, Window] = [%s, document.documentElement.scrollWidth, innerWidth];
	const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
	const Repeated = ids.filter((id, i) => ids.indexOf(id) !== i).join(" ");
	return {Layout, Content, Window, Repeated, Violations: await %s};
})()`

// checkScreen checks the page in the tab, which shows screen. light is the same page on a light screen of the same size
// or nil. It returns what it has seen.
func checkScreen(t testing.TB, tab context.Context, screen Screen, light *sight) *sight {
	t.Helper()
	rules, onlyColours := everyRule, screen.Dark && light != nil
	if onlyColours {
		rules = colourRules
	}
	now, err := chromedp.Run(tab,
		chromedp.Evaluate[*sight](fmt.Sprintf(look, layout, rules), chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("check the page: %v", err)
	}
	report(t, now.Violations)
	if now.Repeated != "" {
		t.Errorf("more than one element has the id: %s", now.Repeated)
	}
	if onlyColours && now.Layout != light.Layout {
		t.Errorf("the layout of the dark page differs:\n%s\nlight:\n%s", now.Layout, light.Layout)
	}
	if now.Content > screen.Width || now.Window != screen.Width {
		t.Errorf("%d px wide in a window of %d px", now.Content, now.Window)
	}
	return now
}
