package appletest_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/norang-login/norang/apple/appletest"
)

// Without a scope the answer may be in the query or the fragment, and with an ID token it is in the fragment unless a
// mode is given.
func TestResponseWithoutScopeIsInTheQueryOrFragment(t *testing.T) {
	t.Parallel()
	emu := start(t)
	if err := emu.UpdateTeam(func(t *appletest.Team) { t.Auto = true }); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ mode, kind, sep string }{
		"query":             {"query", "code", "?"},
		"none":              {"", "code", "?"},
		"fragment":          {"fragment", "code", "#"},
		"fragment and both": {"fragment", "code%20id_token", "#"},
		"none and both":     {"", "code%20id_token", "#"},
	} {
		address := emu.URL() + query("response_mode", tc.mode, "response_type", tc.kind, "scope", "")
		status, to := newVisitor(t).do("GET", address, nil)
		fields, err := url.ParseQuery(strings.TrimPrefix(to, back+tc.sep))
		if err != nil || status != 302 || !strings.HasPrefix(to, back+tc.sep) || fields.Get("code") == "" ||
			fields.Get("state") != "s1" || fields.Has("id_token") != strings.Contains(tc.kind, "id_token") {
			t.Errorf("%s: %d %s, %v", name, status, to, err)
		}
	}
}

// A scripted error of the authorize page ends as Apple's: on a page, or in the form that goes to the service.
func TestScriptedPageErrorsAreAsAtApple(t *testing.T) {
	t.Parallel()
	emu := start(t)
	for code, want := range map[string]string{
		"invalid_client": "<p class=\"alert\">invalid_client", "server_error": `name="error" value="server_error"`,
		"user_cancelled_authorize": `name="error" value="user_cancelled_authorize"`,
	} {
		if err := emu.Script(appletest.Scenario{Endpoint: "authorize", Code: code}); err != nil {
			t.Fatal(err)
		}
		if _, page := newVisitor(t).do("GET", emu.URL()+query(), nil); !strings.Contains(page, want) {
			t.Errorf("%s: %s", code, page)
		}
	}
	if err := emu.Script(appletest.Scenario{Endpoint: "authorize", Code: "server_error"}); err != nil {
		t.Fatal(err)
	}
	_, page := newVisitor(t).do("GET", emu.URL()+query("redirect_uri", url.QueryEscape(back+"/")), nil)
	if strings.Contains(page, "server_error") || !strings.Contains(page, "a registered return URL") {
		t.Errorf("an address that is not registered: %s", page)
	}
}

// The client secret must not be in an address.
func TestParametersOfTheTokenEndpointsAreInTheBody(t *testing.T) {
	t.Parallel()
	emu := start(t)
	for _, path := range []string{"/auth/token", "/auth/revoke"} {
		address := emu.URL() + path + "?client_id=emu.norang.web&client_secret=x"
		status, body := newVisitor(t).do("POST", address, url.Values{})
		if status != 400 || !strings.Contains(body, "invalid_request") {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
}
