package browsertest

import (
	"strings"
	"testing"
)

// TestFaultsOfAKnownShapeAreReported checks a page, then the same with one fault, twice, and then with other texts.
func TestFaultsOfAKnownShapeAreReported(t *testing.T) {
	t.Parallel()
	tab := Tab(t, Start(t))
	Hide(t, tab)
	PreloadAxe(t, tab, Axe(t))
	const page = `<!DOCTYPE html><html lang="en"><title>x</title><meta name="viewport" content="width=device-width">
		<style>a, button { display: block; height: 30px; } button { float: left; border: 0; padding: 0; }
			p { color: #000; }</style>
		<nav aria-label="one"><a href="/a">one page</a></nav><nav aria-label="two"><a href="/b">another page</a></nav>
		<main><h1>x</h1><img src="x" alt="picture"><p role="note">text</p><button>wider</button><button>wide</button></main>`
	Open(t, tab, serve(t, page))
	screen := Screens()[0]
	Show(t, tab, screen)
	count := func(page string) int {
		Replace(t, tab, page)
		r := &recorder{TB: t}
		checkScreen(r, tab, screen, nil)
		return r.errors
	}
	for name, fault := range map[string][2]string{
		"contrast":          {`color: #000`, `color: #ddd`},
		"contrast of one":   {`<p `, `<p style="color: #ddd" `},
		"link without text": {`another page`, ` `},
		"blank alternative": {`alt="picture"`, `alt=" "`},
		"role":              {`"note"`, `"nonsense"`},
		"heading":           {`<h1>x</h1>`, `<h2>x</h2>`},
		"language":          {`lang="en"`, `lang="xx-no"`},
		"landmark":          {`aria-label="two"`, `aria-label="one"`},
		"target":            {`wide<`, `ii<`},
		"not in a landmark": {`</main>`, `</main><p>text</p>`},
	} {
		faulty := strings.Replace(page, fault[0], fault[1], 1)
		if none, one, again := count(page), count(faulty), count(faulty); none != 0 || one == 0 || again != one {
			t.Errorf("%s: %d errors without it, %d and %d with it", name, none, one, again)
		}
	}
	if n := count(strings.NewReplacer("one", "first", "text", "another", `"en"`, `"ko"`).Replace(page)); n != 0 {
		t.Errorf("%d errors with other texts", n)
	}
}
