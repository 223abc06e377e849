package oidctest

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// An issuer of its own stays when the address changes: the browser and the service are sent to the address.
func TestIssuerMayDifferFromTheServerAddress(t *testing.T) {
	t.Parallel()
	const issuer = "http://127.0.0.1:5007"
	for path, app := range map[string]App{
		"": {}, "/realms/demo": {IssuerPath: "/realms/demo"}, "/t1/v2.0": {Switches: Switches{Tenant: "t1"}},
	} {
		emu := StartWith(t, Config{Issuer: issuer, App: app})
		if got := emu.Issuer(); got != issuer+path {
			t.Errorf("issuer %s, want %s", got, issuer+path)
		}
		res, err := http.Get(emu.URL() + path + discoveryPath)
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Issuer    string `json:"issuer"`
			Authorize string `json:"authorization_endpoint"`
			Token     string `json:"token_endpoint"`
			Keys      string `json:"jwks_uri"`
		}
		err = json.NewDecoder(res.Body).Decode(&doc)
		res.Body.Close()
		if err != nil || doc.Issuer != issuer+path {
			t.Errorf("%+v, %v", doc, err)
		}
		for _, address := range []string{doc.Authorize, doc.Token, doc.Keys} {
			if !strings.HasPrefix(address, emu.URL()+"/") {
				t.Errorf("%s is not at %s", address, emu.URL())
			}
		}
	}
	for _, wrong := range []string{"http://a/b", "a", "http://", "http://a?b=c", "://"} {
		if _, err := New(Config{Issuer: wrong}); err == nil || !strings.Contains(err.Error(), "issuer") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}
