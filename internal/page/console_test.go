package page

import (
	"io"
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
