package kakaotest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Config describes an emulator. The zero value is a complete one: one app, every persona, the machine's clock.
type Config struct {
	// BrowserURL is the base address that the browser sees. Default "http://localhost:5001" for [New], the address
	// listened on for [Start]. No path, no trailing slash.
	BrowserURL string
	// ServerURL is the base address that the service's server sees, where it differs: a container knows another host
	// than the browser. Default BrowserURL.
	ServerURL string
	// Issuer is the "iss" of ID tokens and security event tokens. Default BrowserURL.
	Issuer string
	// PictureURL is the base of profile picture addresses. Default BrowserURL. Without secure_resource=true its scheme
	// is replaced by http, as Kakao does.
	PictureURL string
	// Apps are the registered apps, the first is the default one. Default one app, see [DefaultApp].
	Apps []App
	// Accounts are the Kakao accounts. Default [Personas].
	Accounts []Account
	// Now is the clock under [Server.Advance]. Default [time.Now].
	Now func() time.Time
	// Rand is the source of tokens, codes and keys. Default crypto/rand. Signing keys always come from crypto/rand.
	Rand io.Reader
	// Transport carries webhooks to the service. Default a transport of its own that follows no redirect.
	Transport http.RoundTripper
	// RequestLog is how many requests the log keeps. Default 1000.
	RequestLog int
	// AllowedHosts are further Host values (with or without port) under which the control pages and the control API
	// may be called. Loopback names and the hosts of the URLs above are always allowed.
	AllowedHosts []string
	// Chaos, if its Seed is not zero, injects reproducible random faults. Default off.
	Chaos Chaos
}

// withDefaults returns a copy with every default in place, or all faults at once.
func withDefaults(c Config) (Config, error) {
	if c.BrowserURL == "" {
		c.BrowserURL = "http://localhost:5001"
	}
	for _, f := range []struct {
		name string
		p    *string
	}{{"BrowserURL", &c.BrowserURL}, {"ServerURL", &c.ServerURL}, {"Issuer", &c.Issuer}, {"PictureURL", &c.PictureURL}} {
		if *f.p == "" {
			*f.p = c.BrowserURL
		}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.RequestLog <= 0 {
		c.RequestLog = 1000
	}
	if len(c.Apps) == 0 {
		c.Apps = []App{DefaultApp()}
	}
	if c.Accounts == nil {
		c.Accounts = Personas()
	}
	var faults []error
	for _, f := range []struct{ name, v string }{{"BrowserURL", c.BrowserURL}, {"ServerURL", c.ServerURL}, {"PictureURL", c.PictureURL}} {
		if err := checkBase(f.v); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", f.name, err))
		}
	}
	faults = append(faults, c.Chaos.check())
	apps := make([]App, 0, len(c.Apps))
	for i, a := range c.Apps {
		if a.AppID == 0 {
			a.AppID = defaultAppID + int64(i)
		}
		if a.AutoPersona == "" && len(c.Accounts) > 0 && !slices.ContainsFunc(c.Accounts, func(p Account) bool { return p.ID == PersonaRyan }) {
			a.AutoPersona = c.Accounts[0].ID
		}
		a = appDefaults(a)
		faults = append(faults, checkApp(a))
		apps = append(apps, a)
	}
	c.Apps = apps
	for _, a := range c.Accounts {
		faults = append(faults, checkAccount(a))
	}
	return c, errors.Join(faults...)
}

// checkBase says what is wrong with a base URL.
func checkBase(s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return err
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return fmt.Errorf("%q is not an http or https address", s)
	case u.Path != "" || u.RawQuery != "" || u.Fragment != "" || strings.HasSuffix(s, "?"):
		return fmt.Errorf("%q must end after the host, without a slash", s)
	}
	return nil
}
