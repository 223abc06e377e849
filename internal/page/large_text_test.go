package page

import (
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/norang-login/norang/internal/testkit/browsertest"
)

// columns doubles the size of all text, and returns what is then wider than the screen or a column of single letters:
// text on more than two lines, each narrower than four letters.
const columns = `(() => {
	document.documentElement.style.setProperty("font-size", "200%", "important");
	const found = [];
	if (document.documentElement.scrollWidth > innerWidth) found.push("wider than the screen");
	for (const e of document.querySelectorAll("main :is(h1, h2, p, dt, dd, label)")) {
		const { width, height } = e.getBoundingClientRect(), style = getComputedStyle(e);
		if (width > 2 && width < 4 * parseFloat(style.fontSize) && height > 2.5 * parseFloat(style.lineHeight)) {
			found.push(e.textContent.trim().slice(0, 40));
		}
	}
	return found.join("; ");
})()`

// The browser of an app follows the size of the phone's text, which is up to 200 % (WCAG 1.4.4).
func TestLargeTextOnAPhoneIsReadable(t *testing.T) {
	t.Parallel()
	all := samples("kakao")
	r := newRenderer(t, sampleConfig())
	browser := browsertest.Start(t)
	tab := browsertest.Tab(t, browser)
	browsertest.Hide(t, tab)
	browsertest.Open(t, tab, serveViews(t, r, all)+"/"+all[0].name)
	browsertest.Show(t, tab, browsertest.Screen{Width: 320, Height: 740, Phone: true})
	for _, s := range all {
		t.Run(s.name, func(t *testing.T) {
			browsertest.Replace(t, tab, render(t, r, s.view))
			fold(t, tab, true)
			if found, err := chromedp.Run(tab, chromedp.Evaluate[string](columns)); err != nil || found != "" {
				t.Error(found, err)
			}
		})
	}
}
