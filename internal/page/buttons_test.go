package page

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"github.com/norang-login/norang/internal/provider/kakao"
	"github.com/norang-login/norang/internal/testkit/browsertest"
)

// face is a button as a browser computes it.
type face struct{ ground, ink, edge string }

const (
	white = "rgb(255, 255, 255)"
	black = "rgb(0, 0, 0)"
	clear = "rgba(0, 0, 0, 0)"
)

// guides is what the design guides of the providers ask for, in both colour schemes.
var guides = map[string]struct {
	ko, en      string
	light, dark face
	logo        float64 // least height in pixels
	gap         string  // between logo and label
	colours     string  // of the logo; "" for that of the label
}{
	"kakao": {
		"카카오 로그인", "Login with Kakao", face{"rgb(254, 229, 0)", "rgba(0, 0, 0, 0.85)", clear},
		face{"rgb(254, 229, 0)", "rgba(0, 0, 0, 0.85)", clear}, 18, "8px", "#000000",
	},
	"naver": {
		"네이버 로그인", "Log in with Naver", face{"rgb(3, 169, 77)", white, clear},
		face{"rgb(3, 169, 77)", white, clear}, 16, "8px", "#ffffff",
	},
	"google": {
		"Google 계정으로 로그인", "Sign in with Google", face{white, "rgb(31, 31, 31)", "rgb(116, 119, 117)"},
		face{"rgb(19, 19, 20)", "rgb(227, 227, 227)", "rgb(142, 145, 143)"}, 18, "10px", "#EA4335 #4285F4 #FBBC05 #34A853",
	},
	"apple": {
		"Apple로 로그인", "Sign in with Apple", face{black, white, clear}, face{white, black, clear}, 18, "8px", "",
	},
	"line": { // the icon alone is in LINE's colours; docs/decisions/button-colours.md says why
		"LINE으로 로그인", "Log in with LINE", face{white, "rgb(30, 30, 30)", "rgb(116, 119, 117)"},
		face{"rgb(30, 30, 30)", white, "rgb(142, 145, 143)"}, 24, "8px", "#06c755 #000000 #ffffff",
	},
}

// seen is a button on the page.
type seen struct {
	Class, Label, Ground, Ink, Edge, Gap, Fills string
	Width, Height, Logo                         float64
	Lines                                       int
}

const everyButton = `[...document.querySelectorAll(".ways.kept .provider")].map(a => {
	const s = getComputedStyle(a), r = a.getBoundingClientRect();
	const svg = a.querySelector("svg"), span = a.querySelector("span"), text = new Range();
	text.selectNodeContents(span); // the span is a flex item: one box for any number of lines
	const fills = [...a.querySelectorAll("svg[fill], svg [fill]")].map(e => e.getAttribute("fill"));
	return {
		Class: a.className, Label: span.innerText, Ground: s.backgroundColor, Ink: s.color, Edge: s.borderTopColor,
		Gap: s.columnGap, Fills: fills.join(" "), Width: r.width, Height: r.height,
		Logo: svg ? svg.getBoundingClientRect().height : 0, Lines: new Set([...text.getClientRects()].map(r => r.top)).size,
	};
})`

// TestButtonsFollowTheDesignGuides measures the sign-in buttons in a browser, in both languages, on a phone and a
// desktop, light and dark: colours, label on one line, logo, and the same size for all.
func TestButtonsFollowTheDesignGuides(t *testing.T) {
	t.Parallel()
	tab := browsertest.Tab(t, browsertest.Start(t))
	cfg := severalConfig()
	cfg.Providers[0].Button = new(kakao.Provider).Info().Button
	url := serveViews(t, newRenderer(t, cfg), severalSamples())
	for _, lang := range []string{"ko", "en"} {
		for _, screen := range browsertest.Screens() {
			t.Run(lang+"-"+screen.Name, func(t *testing.T) {
				browsertest.Show(t, tab, screen)
				browsertest.Open(t, tab, url+"/signin."+lang)
				all, err := chromedp.Run(tab, chromedp.Evaluate[[]seen](everyButton))
				if err != nil || len(all) != len(guides)+1 { // and the company's
					t.Fatalf("%d buttons, %v", len(all), err)
				}
				guided := 0
				for _, b := range all {
					if b.check(t, lang, screen.Dark, all[0]) {
						guided++
					}
				}
				if guided != len(guides) {
					t.Errorf("%d buttons have a guide, want %d", guided, len(guides))
				}
			})
		}
	}
	t.Run("shades", func(t *testing.T) { checkShades(t, tab) })
}

// check compares a button with its guide and with another button, and reports whether it has a guide.
func (b seen) check(t *testing.T, lang string, dark bool, other seen) bool {
	t.Helper()
	name := strings.TrimPrefix(b.Class, "provider provider-")
	if b.Width != other.Width || b.Height != other.Height || b.Height < 44 {
		t.Errorf("%s: %.1f by %.1f, others %.1f by %.1f", name, b.Width, b.Height, other.Width, other.Height)
	}
	if b.Lines != 1 {
		t.Errorf("%s: the label has %d lines", name, b.Lines)
	}
	g, ok := guides[name]
	if !ok {
		return false
	}
	want, label := g.light, g.ko
	if dark {
		want = g.dark
	}
	if lang == "en" {
		label = g.en
	}
	if got := (face{b.Ground, b.Ink, b.Edge}); got != want || b.Label != label || b.Gap != g.gap || b.Logo < g.logo {
		t.Errorf("%s: %+v %+v, want %+v %+v", name, got, b, want, g)
	}
	if g.colours != "" && b.Fills != g.colours || g.colours == "" && strings.Contains(b.Fills, "#") {
		t.Errorf("%s: logo in %q, want %q", name, b.Fills, g.colours)
	}
	return true
}

// checkShades points at LINE's button and presses it: its green is covered by 10 % and then 30 % of black.
func checkShades(t *testing.T, tab context.Context) {
	t.Helper()
	const at = `(e => (r => [r.x + r.width / 2, r.y + r.height / 2])(e.getBoundingClientRect()))(
		document.querySelector(".ways.kept .provider-line"))`
	centre, err := chromedp.Run(tab, chromedp.Evaluate[[2]float64](at))
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		do   input.DispatchMouseEventType
		away float64 // pixels above the button
		want string
	}{
		{input.DispatchMouseEventTypeMouseMoved, 1000, "0"}, {input.DispatchMouseEventTypeMouseMoved, 0, "0.1"},
		{input.DispatchMouseEventTypeMousePressed, 0, "0.3"},
	} {
		err := chromedp.Do(tab, chromedp.MouseEvent(step.do, centre[0], centre[1]-step.away, chromedp.ButtonLeft))
		if err != nil {
			t.Fatal(err)
		}
		const opacity = `getComputedStyle(document.querySelector(".ways.kept .provider-line .shade")).fillOpacity`
		if got, err := chromedp.Run(tab, chromedp.Evaluate[string](opacity)); err != nil || got != step.want {
			t.Errorf("%s: black of %s, want %s (%v)", step.do, got, step.want, err)
		}
	}
}
