package linetest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/norang-login/norang/line/linetest"
)

// Every answer of the API has the request id that LINE's guidelines want in the log of the service.
func TestAnswersHaveARequestID(t *testing.T) {
	t.Parallel()
	emu := start(t, linetest.Channel{})
	if err := emu.Script(linetest.Scenario{Endpoint: "profile", Code: "429"}); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for range 2 { // a scripted answer, and a real one
		res, err := http.Get(emu.URL() + "/v2/profile")
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		seen[res.Header.Get("x-line-request-id")] = true
	}
	if len(seen) != 2 || seen[""] {
		t.Errorf("request ids %v", seen)
	}
}

// LINE refuses an authorize request without state, in these words.
func TestStateIsRequired(t *testing.T) {
	t.Parallel()
	emu := start(t, linetest.Channel{})
	got, err := emu.Approve(linetest.Approval{Params: params(map[string]string{"state": ""})})
	if err != nil || got.Error != "INVALID_REQUEST" || !strings.Contains(got.Location, "is+not+specified") {
		t.Errorf("%+v, %v", got, err)
	}
}

// id_token_key_type=JWK gives an ID token that the published keys verify. LINE does not document it, Ory Kratos sends
// it.
func TestIDTokenOfAPublishedKey(t *testing.T) {
	t.Parallel()
	for _, strict := range []bool{false, true} {
		emu := start(t, linetest.Channel{Switches: linetest.Switches{Strict: strict}})
		got, err := emu.Approve(linetest.Approval{Params: params(nil)})
		if err != nil {
			t.Fatal(err)
		}
		_, body := call(t, "POST", emu.URL()+"/oauth2/v2.1/token", url.Values{
			"grant_type": {"authorization_code"}, "code": {got.Code}, "redirect_uri": {back},
			"client_id": {emu.Channel().ID}, "client_secret": {emu.Channel().Secret}, "id_token_key_type": {"JWK"},
		}, "")
		token, _ := body["id_token"].(string)
		header := map[bool]string{false: "eyJhbGciOiJFUzI1NiI", true: "eyJhbGciOiJIUzI1NiI"}[strict] // ES256, HS256
		if !strings.HasPrefix(token, header) {
			t.Errorf("strict %t: %v", strict, body)
		}
		status, _ := call(t, "POST", emu.URL()+"/oauth2/v2.1/verify", url.Values{
			"id_token": {token}, "client_id": {emu.Channel().ID},
		}, "")
		if status != 200 {
			t.Errorf("strict %t: verify: %d", strict, status)
		}
	}
}

// A picture is no page: a scripted error of it is one of the API's.
func TestScriptedErrorOfAPictureHasTheFormOfTheAPI(t *testing.T) {
	t.Parallel()
	emu := start(t, linetest.Channel{})
	if err := emu.Script(linetest.Scenario{Endpoint: "picture", Code: "404"}); err != nil {
		t.Fatal(err)
	}
	status, body := call(t, "GET", emu.URL()+"/picture/"+linetest.PersonaHana, nil, "")
	if status != 404 || body["message"] == nil {
		t.Errorf("%d %v", status, body)
	}
}

// A scripted error of the authorize page goes back to the service, unless the address is not registered.
func TestScriptedErrorsOfThePagesAreRedirects(t *testing.T) {
	t.Parallel()
	emu := start(t, linetest.Channel{})
	q := url.Values{"client_id": {emu.Channel().ID}, "response_type": {"code"}, "redirect_uri": {back}}
	for name, value := range params(nil) {
		q.Set(name, value)
	}
	for to, want := range map[string]string{back: "SERVER_ERROR", back + "/": ""} {
		q.Set("redirect_uri", to)
		if err := emu.Script(linetest.Scenario{Endpoint: "authorize", Code: "SERVER_ERROR"}); err != nil {
			t.Fatal(err)
		}
		res, err := browser(t).Get(emu.URL() + "/oauth2/v2.1/authorize?" + q.Encode())
		read(t, res, err)
		got := ""
		if u, err := res.Location(); err == nil {
			got = u.Query().Get("error")
		}
		if got != want {
			t.Errorf("%s: %q, %s", to, got, res.Status)
		}
	}
}
