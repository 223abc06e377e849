package page

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/norang-login/norang/internal/returnurl"
)

// Brand is the service's face.
type Brand struct {
	// Name is the service's display name; required.
	Name string
	// Logo is an https URL or a path on this origin; default none.
	Logo string
	// Color is "#rrggbb" (or "#rgb") for buttons other than the providers'; default dark grey. Text on it is black or
	// white, by contrast; links and the dark scheme use the nearest colour with enough contrast.
	Color string
	// SupportURL and PrivacyURL are https URLs or paths on this origin, SupportURL also a mailto: address; default none.
	SupportURL string
	PrivacyURL string
}

// defaultColor is used without Brand.Color.
const defaultColor = "#2b2f36"

// The backgrounds on which the accents must be legible; norang.css has the same two.
var (
	lightGround = rgb{0xff, 0xff, 0xff}
	darkGround  = rgb{0x1b, 0x1c, 0x1f}
)

func (b Brand) check() (errs []ConfigError) {
	if b.Name == "" {
		errs = append(errs, ConfigError{"Brand.Name", "is empty"})
	}
	if b.Color != "" {
		if _, err := parseColor(b.Color); err != nil {
			errs = append(errs, ConfigError{"Brand.Color", err.Error()})
		}
	}
	for _, l := range [...]struct {
		name, url string
		valid     func(string) bool
	}{
		{"Brand.Logo", b.Logo, returnurl.IsLink}, {"Brand.SupportURL", b.SupportURL, returnurl.IsContact},
		{"Brand.PrivacyURL", b.PrivacyURL, returnurl.IsLink},
	} {
		if l.url != "" && !l.valid(l.url) {
			errs = append(errs, ConfigError{l.name, "is neither an https URL nor a path on this origin"})
		}
	}
	return errs
}

// rgb is a colour in sRGB.
type rgb [3]uint8

func (c rgb) String() string { return fmt.Sprintf("#%02x%02x%02x", c[0], c[1], c[2]) }

// parseColor accepts only "#rgb" and "#rrggbb": the value ends up in a style sheet.
func parseColor(s string) (rgb, error) {
	hex, ok := strings.CutPrefix(s, "#")
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	n, err := strconv.ParseUint(hex, 16, 32)
	if !ok || len(hex) != 6 || err != nil {
		return rgb{}, fmt.Errorf("%q is not #rrggbb", s)
	}
	return rgb{uint8(n >> 16), uint8(n >> 8), uint8(n)}, nil
}

// luminance is the relative luminance of WCAG 2.2.
func (c rgb) luminance() float64 {
	lin := func(v uint8) float64 {
		x := float64(v) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*lin(c[0]) + 0.7152*lin(c[1]) + 0.0722*lin(c[2])
}

// contrast is the contrast ratio of WCAG 2.2, 1 to 21.
func contrast(a, b rgb) float64 {
	x, y := a.luminance(), b.luminance()
	if x < y {
		x, y = y, x
	}
	return (x + 0.05) / (y + 0.05)
}

// mix moves c towards to by part, 0 to 1.
func (c rgb) mix(to rgb, part float64) rgb {
	var m rgb
	for i := range m {
		m[i] = uint8(math.Round(float64(c[i])*(1-part) + float64(to[i])*part))
	}
	return m
}

// legible moves c towards black or white, away from ground, until it reaches the contrast ratio.
func (c rgb) legible(ground rgb, ratio float64) rgb {
	away := rgb{0xff, 0xff, 0xff}
	if ground.luminance() > 0.5 {
		away = rgb{}
	}
	for part := 0.0; part < 1; part += 0.02 {
		if m := c.mix(away, part); contrast(m, ground) >= ratio {
			return m
		}
	}
	return away
}

// ink is the text colour on c: black or white, of which the better always reaches 4.58.
func (c rgb) ink() rgb {
	black, white := rgb{}, rgb{0xff, 0xff, 0xff}
	if contrast(c, white) >= 4.5 || contrast(c, white) > contrast(c, black) {
		return white
	}
	return black
}

// colorCSS is the part of the style sheet with the brand's colours. The content security policy allows no inline
// styles.
func (b Brand) colorCSS() string {
	color := b.Color
	if color == "" {
		color = defaultColor
	}
	c, err := parseColor(color)
	if err != nil {
		c, _ = parseColor(defaultColor) // New has refused it before
	}
	scheme := func(fill, ground rgb) string {
		return fmt.Sprintf("--fill: %s; --ink: %s; --accent: %s;", fill, fill.ink(), c.legible(ground, 4.5))
	}
	// On white only a nearly white button needs more contrast to be seen; on dark, a dark brand colour does.
	return fmt.Sprintf(":root { %s }\n@media (prefers-color-scheme: dark) { :root { %s } }\n",
		scheme(c.legible(lightGround, 1.25), lightGround), scheme(c.legible(darkGround, 3), darkGround))
}
