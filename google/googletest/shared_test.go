package googletest

import (
	"net/http"
	"testing"
)

// secretParams are the parameters of the request log that hold only a length.
var secretParams = []string{
	"client_secret", "code", "access_token", "refresh_token", "token", "code_verifier", "tx", "state",
}

func TestScenariosChangeIDTokens(t *testing.T) {
	t.Parallel()
	s := startTest(t, App{})
	if err := s.Script(Scenario{Endpoint: "token", Claims: map[string]any{"aud": "other", "email": nil}}); err != nil {
		t.Fatal(err)
	}
	for _, scripted := range []bool{true, false} {
		_, body := s.exchange(t, s.approve(t, PersonaMinji, nil).Code, nil)
		c := claims(t, body["id_token"])
		if _, has := c["email"]; has == scripted || (c["aud"] == "other") != scripted {
			t.Errorf("scripted %v: %v", scripted, c)
		}
	}
}

func TestControlPagesShowGooglesState(t *testing.T) {
	t.Parallel()
	s := startTest(t, App{})
	for path, want := range map[string]int{
		"/-/static/emulator.css": 200, "/-/static/person-a.svg": 200, "/-/static/person-b.svg": 200,
		"/-/api/events": 200, "/-/api/notices": 404, "/odd": 404,
	} {
		res, err := http.Get(s.URL() + path)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s: %s", path, res.Status)
		}
	}
	for _, r := range s.Requests() {
		if r.Path == "/odd" && (r.Code != "not_found" || r.Why != "Google has nothing at this path") {
			t.Errorf("%+v", r)
		}
	}
}
