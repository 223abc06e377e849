package browsertest

import (
	"context"
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

// CheckScreens shows the page in the tab on each screen, in a subtest named prefix and the screen: axe-core, which
// [PreloadAxe] has loaded, finds nothing, and the page is no wider than the screen. also is called before that.
//
// A dark page after a light one of its width has the layout of that to the pixel, so that only the rules about colours
// run on it again.
func CheckScreens(
	t *testing.T, tab context.Context, prefix string, screens []Screen, also func(*testing.T, Screen),
) {
	t.Helper()
	var light Screen
	var layout string
	for _, screen := range screens {
		t.Run(prefix+screen.Name, func(t *testing.T) {
			Show(t, tab, screen)
			FinishTransitions(t, tab)
			also(t, screen)
			now := Layout(t, tab)
			if screen.Dark && light.Width == screen.Width && light.Phone == screen.Phone {
				RunAxeColours(t, tab)
				if now != layout {
					t.Errorf("the layout of the dark page differs:\n%s\nlight:\n%s", now, layout)
				}
			} else {
				RunAxe(t, tab)
			}
			if !screen.Dark {
				light, layout = screen, now
			}
			wide, err := chromedp.Run(tab,
				chromedp.Evaluate[[2]int64](`[document.documentElement.scrollWidth, innerWidth]`))
			if err != nil || wide[0] > screen.Width || wide[1] != screen.Width {
				t.Errorf("%d px wide in a window of %d px (%v)", wide[0], wide[1], err)
			}
		})
	}
}
