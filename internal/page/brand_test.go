package page

import (
	"errors"
	"strings"
	"testing"
)

func TestParseColor(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{"#fee500": "#fee500", "#FEE500": "#fee500", "#abc": "#aabbcc"} {
		if c, err := parseColor(s); err != nil || c.String() != want {
			t.Errorf("%s: %s, %v", s, c, err)
		}
	}
	// The value goes into a style sheet, so nothing but digits may pass.
	for _, s := range []string{
		"", "#", "fee500", "#fee50", "#fee5000", "#ggg", "red", "#fff;}", "#+12", "#-12345", "#0x1234", "#1_234_",
	} {
		if c, err := parseColor(s); err == nil {
			t.Errorf("%q: %s", s, c)
		}
	}
}

// Known values of WCAG's formula.
func TestContrast(t *testing.T) {
	t.Parallel()
	black, white, grey := rgb{}, rgb{0xff, 0xff, 0xff}, rgb{0x76, 0x76, 0x76}
	if c := contrast(black, white); c < 20.99 || c > 21.01 {
		t.Errorf("black on white: %f", c)
	}
	if c := contrast(white, grey); c < 4.53 || c > 4.55 {
		t.Errorf("#767676 on white: %f", c)
	}
	if contrast(grey, white) != contrast(white, grey) {
		t.Error("contrast depends on the order")
	}
}

// Text on and in every brand colour is legible, in both schemes.
func TestEveryBrandColorIsLegible(t *testing.T) {
	t.Parallel()
	for v := 0; v < 1<<24; v += 2999 {
		c := rgb{uint8(v >> 16), uint8(v >> 8), uint8(v)}
		for _, on := range []struct {
			ground rgb
			seen   float64
		}{{lightGround, 1.25}, {darkGround, 3}} {
			fill, accent := c.legible(on.ground, on.seen), c.legible(on.ground, 4.5)
			if got := contrast(fill, fill.ink()); got < 4.5 {
				t.Errorf("%s: text on its button %s has %.2f", c, fill, got)
			}
			if got := contrast(accent, on.ground); got < 4.5 {
				t.Errorf("%s: link %s on %s has %.2f", c, accent, on.ground, got)
			}
			if got := contrast(fill, on.ground); got < on.seen {
				t.Errorf("%s: button %s on %s has %.2f", c, fill, on.ground, got)
			}
		}
	}
}

// A brand that is legible already is left as it is.
func TestBrandColorIsKept(t *testing.T) {
	t.Parallel()
	css := Brand{Name: "S", Color: "#3056D3"}.colorCSS()
	if !strings.HasPrefix(css, ":root { --fill: #3056d3; --ink: #ffffff; --accent: #3056d3; }") {
		t.Error(css)
	}
	if css := (Brand{Name: "S", Color: "#fee500"}).colorCSS(); !strings.Contains(css, "--fill: #fee500; --ink: #000000;") {
		t.Error(css)
	}
}

// The grounds that legibility is measured against are those of the style sheet.
func TestGroundsAreTheStyleSheets(t *testing.T) {
	t.Parallel()
	for _, ground := range []rgb{lightGround, darkGround} {
		if !strings.Contains(embeddedStyle, "--card: "+ground.String()+";") {
			t.Errorf("norang.css has no ground %s", ground)
		}
	}
}

func TestNewNamesEveryFault(t *testing.T) {
	t.Parallel()
	_, err := New(Config{
		Brand: Brand{
			Color: "yellow", Logo: "http://example.com/logo.png",
			SupportURL: "javascript:alert(1)", PrivacyURL: "//evil.example",
		},
		Prefix: "auth/",
		Providers: []Provider{at(
			[]string{"https://kauth.kakao.com/"},
			"https://*.kakaocdn.net", "https://k.kakaocdn.net; script-src *", "http://localhost:5001",
		)},
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"Brand.Name", `Brand.Color: "yellow"`, "Brand.Logo", "Brand.SupportURL", "Brand.PrivacyURL", `Prefix: "auth/"`,
		`"https://kauth.kakao.com/"`, "*.kakaocdn.net", "script-src", "localhost:5001",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("nothing about %s in:\n%v", want, err)
		}
	}
}

// Each error names the member that is wrong, also where another one is of the same kind.
func TestErrorsOfTheConfigurationNameTheMember(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*Config){
		"Brand.Name":       func(c *Config) { c.Brand.Name = "" },
		"Brand.Color":      func(c *Config) { c.Brand.Color = "yellow" },
		"Brand.Logo":       func(c *Config) { c.Brand.Logo = "logo.png" },
		"Brand.SupportURL": func(c *Config) { c.Brand.SupportURL = "mailto:" },
		"Brand.PrivacyURL": func(c *Config) { c.Brand.PrivacyURL = "javascript:alert(1)" },
		"Prefix":           func(c *Config) { c.Prefix = "auth" },
		"ReturnOrigins":    func(c *Config) { c.ReturnOrigins = []string{"https://a.example", "https://b.example/path"} },
		"Providers":        func(c *Config) { c.Providers[0].FormOrigins = []string{"https://a.example/path"} },
	} {
		cfg := sampleConfig()
		change(&cfg)
		_, err := New(cfg)
		faults, ok := errors.AsType[ConfigErrors](err)
		if !ok || len(faults) != 1 || faults[0].Member != want {
			t.Errorf("%s: %v", want, err)
		}
	}
}
