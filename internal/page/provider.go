package page

import (
	"fmt"
	"html/template"
	"regexp"
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/provider"
)

// Provider is an identity provider as pages show it.
type Provider struct {
	provider.Info
	SignsOut bool // it has a sign-out page
	Unlinks  bool // it has a call that ends a link
	Revokes  bool // it has a call that revokes a consent item
}

// cssColor are the characters of a CSS colour. Colours end up in the style sheet.
var cssColor = regexp.MustCompile(`^[#a-z0-9(),./% ]{1,40}$`)

func (c Config) checkProviders() (errs []ConfigError) {
	for _, p := range c.Providers {
		b := p.Button
		colors := []string{b.Background, b.Color}
		if b.Dark != (provider.Shades{}) {
			colors = append(colors, b.Dark.Background, b.Dark.Color)
		}
		for _, border := range []string{b.Border, b.Dark.Border} {
			if border != "" {
				colors = append(colors, border)
			}
		}
		for _, color := range colors {
			if !cssColor.MatchString(color) {
				errs = append(errs, ConfigError{"Providers", fmt.Sprintf("%s: invalid button colour %q", p.Name, color)})
			}
		}
		for _, o := range append(p.FormOrigins, p.PictureOrigins...) {
			if reason := checkOrigin(o, c.Dev); reason != "" {
				errs = append(errs, ConfigError{"Providers", p.Name + ": " + reason})
			}
		}
	}
	return errs
}

// buttonCSS is the part of the style sheet with the colours of the providers' buttons. A design guide may want colours
// with less contrast than WCAG 2.2 asks of small text (1.4.3): such a label is large text, bold and of at least 14 pt.
func (c Config) buttonCSS() string {
	var b strings.Builder
	for _, p := range c.Providers {
		face := p.Button
		b.WriteString(shades(p.Name, provider.Shades{Background: face.Background, Color: face.Color, Border: face.Border}))
		if face.Dark != (provider.Shades{}) {
			if face.Dark.Border == "" && face.Border != "" {
				face.Dark.Border = "transparent"
			}
			fmt.Fprintf(&b, "@media (prefers-color-scheme: dark) {\n%s}\n", shades(p.Name, face.Dark))
		}
		if face.Gap != 0 {
			fmt.Fprintf(&b, ".provider-%s.provider-%[1]s { gap: %dpx; }\n", p.Name, face.Gap)
		}
		if p.faint() {
			fmt.Fprintf(&b, ".provider-%s span { font-size: 1.1875rem; line-height: 1.3; font-weight: 700; }\n", p.Name)
		}
	}
	return b.String()
}

// shades are the rules of a button in one colour scheme. The class is repeated because the style sheet, which follows,
// gives every button a transparent border.
func shades(name string, s provider.Shades) string {
	rule := fmt.Sprintf(".provider-%s { background: %s; color: %s; }\n", name, s.Background, s.Color)
	if s.Border != "" {
		rule += fmt.Sprintf(".provider-%s.provider-%[1]s { border-color: %s; }\n", name, s.Border)
	}
	return rule
}

// faint reports that the label of the button has too little contrast for small text in one of the colour schemes.
func (p Provider) faint() bool {
	return faint(p.Button.Background, p.Button.Color) || faint(p.Button.Dark.Background, p.Button.Dark.Color)
}

func faint(background, color string) bool {
	ground, errGround := parseColor(background)
	text, errText := parseColor(color)
	return errGround == nil && errText == nil && contrast(ground, text) < 4.5
}

// provider is the configured provider of that name, or the first one.
func (c Config) provider(name string) Provider {
	for _, p := range c.Providers {
		if p.Name == name {
			return p
		}
	}
	if len(c.Providers) == 0 {
		return Provider{}
	}
	return c.Providers[0]
}

// providerOf is the provider that a page is about.
func (x *texts) providerOf(v View) Provider { return x.cfg.provider(v.frame().Provider) }

// providerNamed is the provider of that name, also if it is no longer configured. Then it can do nothing.
func (c Config) providerNamed(name string) Provider {
	if p := c.provider(name); p.Name == name {
		return p
	}
	shown := clean(name)
	label := i18n.Text{Ko: shown, En: shown}
	return Provider{Info: provider.Info{Name: name, Label: label, Account: label}}
}

// providerName is a provider's display name.
func (x *texts) providerName(v View, name string) string {
	return x.cfg.providerNamed(name).Label.In(langOf(v))
}

// providerNames are the display names of providers, each once.
func (x *texts) providerNames(v View, providers []string) (names []string) {
	for _, p := range providers {
		if name := x.providerName(v, p); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// place is a provider on a page, for the part "connections".
type place struct {
	View     View
	Provider Provider
}

// where is how a user finds their links at a provider, for a sentence.
func (x *texts) where(v View, p Provider) string { return x.textFor(v, p, "connections.where") }

// other returns the provider at which to offer another account: the one used last, or the only one. It returns nil if
// that provider has no account chooser.
func (x *texts) other(s SignIn) *Provider {
	if s.LastUsed == "" && len(x.cfg.Providers) != 1 {
		return nil
	}
	if p := x.cfg.provider(s.LastUsed); p.ChoosesAccount && !refused(s, p) {
		return &p
	}
	return nil
}

// keyAt is the key of a text: the variant for a provider if there is one.
func keyAt(p Provider, key string) string {
	if own := key + "." + p.Name; i18n.Has(own) {
		return own
	}
	return key
}

// button is the face of a provider's sign-in button. The logo is markup of this program.
func button(v View, p Provider) template.HTML {
	text := template.HTMLEscapeString(p.Button.Text.In(langOf(v)))
	return template.HTML(p.Button.Logo + "<span>" + text + "</span>")
}
