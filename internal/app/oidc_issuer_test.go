package app_test

import (
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/app"
)

func TestSF03_UnsafeIssuersAreRefused(t *testing.T) {
	t.Parallel()
	for issuer, emulatorToo := range map[string]bool{
		"http://id.example.com":            false,
		"https://10.0.0.7":                 false,
		"https://169.254.169.254/latest":   false,
		"https://[fd00::1]:8443/realm":     false,
		"https://user:hush@id.example.com": true,
		"https://id.example.com?tenant=1":  true,
		"https://id.example.com/#a":        true,
		"ftp://id.example.com":             true,
		"https://id.example.com/realms/a?": true,
		"//id.example.com":                 true,
		"https:id.example.com":             true,
		"https://id.example.com\r\nX: y":   true,
	} {
		cfg := app.Config{
			URL: "http://localhost:5000", OIDC: []app.OIDC{{Name: "idp", Issuer: issuer, ClientID: "a"}},
		}
		for _, allowed := range []bool{false, true} {
			cfg.AllowEmulator = allowed
			refused := false
			for _, e := range app.ConfigErrors(app.Check(cfg)) {
				refused = refused || e.Field == "OIDC.idp.Issuer"
				if strings.Contains(e.Error(), "hush") {
					t.Errorf("a password is shown: %v", e)
				}
			}
			if refused != (!allowed || emulatorToo) {
				t.Errorf("%q, emulator %v: refused: %v", issuer, allowed, refused)
			}
		}
	}
	cfg := app.Config{URL: "https://a.test", OIDC: []app.OIDC{{Name: "idp", Issuer: "https://id.test/a", ClientID: "a"}}}
	if err := app.Check(cfg); err != nil { // alone, without a built-in provider
		t.Error(err)
	}
}

// PR-46: an issuer for several tenants needs their ids, which the error asks for by the name of the setting.
func TestPR46_SharedIssuerAsksForTenants(t *testing.T) {
	t.Parallel()
	const tenant = "11111111-2222-4333-8444-555555555555"
	for _, tt := range []struct {
		issuer  string
		tenants []string
		want    string
	}{
		{"https://login.microsoftonline.com/common/v2.0", nil, "OIDC.idp.Tenants"},
		{"https://login.microsoftonline.com/organizations/v2.0", []string{tenant}, ""},
		{"https://login.microsoftonline.com/organizations/v2.0", []string{"example.com"}, "OIDC.idp.Tenants"},
		{"https://id.example.com", []string{tenant}, "OIDC.idp.Tenants"},
	} {
		got := ""
		for _, e := range app.ConfigErrors(app.Check(app.Config{URL: "https://a.test", OIDC: []app.OIDC{
			{Name: "idp", Issuer: tt.issuer, ClientID: "a", Tenants: tt.tenants},
		}})) {
			got += e.Field
		}
		if got != tt.want {
			t.Errorf("%s, %v: %q, want %q", tt.issuer, tt.tenants, got, tt.want)
		}
	}
}
