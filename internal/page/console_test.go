package page

import (
	"io"
	"regexp"
	"strings"
	"testing"
)

// consoleConfig is the service of the console's samples.
func consoleConfig() Config {
	return Config{
		Brand: Brand{Name: "놀이터", Color: "#3056d3"}, Prefix: "/admin", Console: true,
		Providers: []Provider{sampleProvider()},
	}
}

// Every page of the console renders, and none of them outside it.
func TestConsoleRendersItsPagesOnly(t *testing.T) {
	t.Parallel()
	r, main := newRenderer(t, consoleConfig()), newRenderer(t, sampleConfig())
	for _, s := range consoleSamples("kakao") {
		render(t, r, s.view)
		if _, ok := s.view.(consoleView); ok && main.Render(io.Discard, s.view) == nil {
			t.Errorf("%s: rendered by the main address", s.name)
		}
	}
	for _, s := range samples("kakao") {
		if _, ok := s.view.(Problem); !ok && r.Render(io.Discard, s.view) == nil {
			t.Errorf("%s: rendered by the console", s.name)
		}
	}
}

// What is for narrow screens only is out of reach at a desk: the console has a menu at its side there, and no second
// place for anything else.
func TestConsoleHidesNothingFromWideScreens(t *testing.T) {
	t.Parallel()
	r := newRenderer(t, consoleConfig())
	narrow := regexp.MustCompile(`class="[^"]*\bnarrow\b`)
	for _, s := range consoleSamples("kakao") {
		if found := narrow.FindString(render(t, r, s.view)); found != "" {
			t.Errorf("%s: %s", s.name, found)
		}
	}
}

var headingOrCaption = regexp.MustCompile(`<(h1|h2|caption)([^>]*)>([^<]*)</`)

// A caption that repeats the heading above it is for screen readers alone.
func TestCaptionsDoNotRepeatTheHeadingVisibly(t *testing.T) {
	t.Parallel()
	r, captions := newRenderer(t, consoleConfig()), 0
	for _, s := range consoleSamples("kakao") {
		heading := ""
		for _, m := range headingOrCaption.FindAllStringSubmatch(render(t, r, s.view), -1) {
			if m[1] != "caption" {
				heading = m[3]
				continue
			}
			if captions++; m[3] == heading && !strings.Contains(m[2], `class="hidden"`) {
				t.Errorf("%s: the heading %q is shown twice", s.name, heading)
			}
		}
	}
	if captions == 0 {
		t.Error("no captions")
	}
}
