package page

import (
	"errors"
	"fmt"
	"html/template"
	"regexp"
	"strings"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/provider"
)

// Provider is an identity provider as pages show it.
type Provider struct {
	provider.Info
	SignsOut bool // it has a sign-out page
}

// cssColor are the characters of a CSS colour. Colours end up in the style sheet.
var cssColor = regexp.MustCompile(`^[#a-z0-9(),./% ]{1,40}$`)

func (c Config) checkProviders() error {
	var errs []error
	for _, p := range c.Providers {
		for _, color := range []string{p.Button.Background, p.Button.Color} {
			if !cssColor.MatchString(color) {
				errs = append(errs, fmt.Errorf("page: provider %s: invalid button colour %q", p.Name, color))
			}
		}
		for _, o := range append(p.FormOrigins, p.PictureOrigins...) {
			errs = append(errs, checkOrigin("origin of "+p.Name, o, c.Dev))
		}
	}
	return errors.Join(errs...)
}

// buttonCSS is the part of the style sheet with the colours of the providers' buttons. A design guide may want colours
// with less contrast than WCAG 2.2 asks of small text (1.4.3): such a label is large text, bold and of at least 14 pt.
func (c Config) buttonCSS() string {
	var b strings.Builder
	for _, p := range c.Providers {
		fmt.Fprintf(&b, ".provider-%s { background: %s; color: %s; }\n", p.Name, p.Button.Background, p.Button.Color)
		if p.faint() {
			fmt.Fprintf(&b, ".provider-%s span { font-size: 1.1875rem; font-weight: 700; }\n", p.Name)
		}
	}
	return b.String()
}

// faint reports that the label of the button has too little contrast for small text.
func (p Provider) faint() bool {
	ground, errGround := parseColor(p.Button.Background)
	text, errText := parseColor(p.Button.Color)
	return errGround == nil && errText == nil && contrast(ground, text) < 4.5
}

// provider is the configured provider of that name, or the first one.
func (r *Renderer) provider(name string) Provider {
	for _, p := range r.cfg.Providers {
		if p.Name == name {
			return p
		}
	}
	if len(r.cfg.Providers) == 0 {
		return Provider{}
	}
	return r.cfg.Providers[0]
}

// providerOf is the provider that a page is about.
func (r *Renderer) providerOf(v View) Provider { return r.provider(v.frame().Provider) }

// providerName is a provider's display name.
func (r *Renderer) providerName(v View, name string) string {
	if p := r.provider(name); p.Name == name {
		return p.Label.In(langOf(v))
	}
	return clean(name) // no longer configured
}

// other is the provider to offer another account at: the one used last, or the only one. nil if it lets nobody choose.
func (r *Renderer) other(s SignIn) *Provider {
	if s.LastUsed == "" && len(r.cfg.Providers) != 1 {
		return nil
	}
	if p := r.provider(s.LastUsed); p.ChoosesAccount {
		return &p
	}
	return nil
}

// key is the key of a text: the variant for the page's provider if there is one.
func (r *Renderer) key(v View, key string) string {
	if own := key + "." + r.providerOf(v).Name; i18n.Has(own) {
		return own
	}
	return key
}

// button is the face of a provider's sign-in button. The logo is markup of this program.
func button(v View, p Provider) template.HTML {
	text := template.HTMLEscapeString(p.Button.Text.In(langOf(v)))
	return template.HTML(p.Button.Logo + "<span>" + text + "</span>")
}
