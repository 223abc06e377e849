package kakaotest

import (
	"cmp"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

// Config configures an emulator. The zero value has one app, all personas and the machine's clock.
type Config struct {
	// BrowserURL is the base URL that the browser uses, without path and trailing slash. The default is
	// "http://localhost:5001" for [New], and the address listened on for [Start].
	BrowserURL string
	// ServerURL is the base URL that the service's server uses, where it differs, as in a container. Default
	// BrowserURL.
	ServerURL string
	// Issuer is the iss of ID tokens and security event tokens. Default BrowserURL.
	Issuer string
	// PictureURL is the base URL of profile pictures. Without secure_resource=true its scheme becomes http, as at
	// Kakao. Default BrowserURL.
	PictureURL string
	// Apps are the registered apps; the first is the default app. Default [DefaultApp].
	Apps []App
	// Accounts are the Kakao accounts. Default [Personas].
	Accounts []Account
	// Now is the clock that [Server.Advance] adds to. Default [time.Now].
	Now func() time.Time
	// Rand is the source of tokens and codes. Default crypto/rand. Signing keys always come from crypto/rand.
	Rand io.Reader
	// Transport sends webhooks. Default a new transport, without a proxy.
	Transport http.RoundTripper
	// RequestLog is the number of requests in the log. Default 1000.
	RequestLog int
	// AllowedHosts are additional Host values, with or without port, for the control pages and the control API.
	// Loopback names and the hosts of the URLs above are always allowed.
	AllowedHosts []string
	// Strict refuses what Kakao accepts without documenting it: GET on the token endpoint, and bodies that are not forms.
	Strict bool
	// Chaos injects seeded random faults. Default off.
	Chaos Chaos
}

// withDefaults returns c with its defaults, or everything that is wrong with it.
func withDefaults(c Config) (Config, error) {
	if c.BrowserURL == "" {
		c.BrowserURL = "http://localhost:5001"
	}
	for _, f := range []struct {
		name string
		p    *string
	}{{"BrowserURL", &c.BrowserURL}, {"ServerURL", &c.ServerURL}, {"Issuer", &c.Issuer},
		{"PictureURL", &c.PictureURL}} {
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
	if len(c.Apps) == 0 {
		c.Apps = []App{DefaultApp()}
	}
	if c.Accounts == nil {
		c.Accounts = Personas()
	}
	faults := []error{emulator.CheckHosts("allowed_hosts", c.AllowedHosts), emulator.CheckRequestLog(c.RequestLog)}
	c.RequestLog = cmp.Or(max(c.RequestLog, 0), 1000)
	for _, f := range []struct{ name, v string }{{"BrowserURL", c.BrowserURL}, {"ServerURL", c.ServerURL},
		{"PictureURL", c.PictureURL}} {
		if err := checkBase(f.v); err != nil {
			faults = append(faults, emulator.Errorf("%s: %v", "%s: %v", f.name, err))
		}
	}
	faults = append(faults, c.Chaos.check())
	apps := make([]App, 0, len(c.Apps))
	for i, a := range c.Apps {
		if a.AppID == 0 {
			a.AppID = defaultAppID + int64(i)
		}
		if a.AutoPersona == "" && len(c.Accounts) > 0 &&
			!slices.ContainsFunc(c.Accounts, func(p Account) bool { return p.ID == PersonaRyan }) {
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

// checkBase checks a base URL.
func checkBase(s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return emulator.Errorf("http나 https 주소여야 합니다: %q", "must be an http or https URL, got %q", s)
	case u.Path != "" || u.RawQuery != "" || u.Fragment != "" || strings.HasSuffix(s, "?"):
		return emulator.Errorf("호스트까지만, 끝에 / 없이 적습니다: %q",
			"must end after the host, without a slash, got %q", s)
	}
	return nil
}
