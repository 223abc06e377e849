package app_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/apikey"
	"github.com/norang-login/norang/kakao/kakaotest"
)

func TestServerAPIRefusesWhatIsBeyondABound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, id := w.member(kakaotest.PersonaRyan)
	s, _ := w.newKey(apikey.Read, apikey.Write)
	for _, c := range []struct {
		method, path, body string
		status             int
		reason             string
	}{
		{"GET", "/users?limit=200", "", 200, ""},
		{"POST", "/users/search", `{"email":"a@example.com","limit":1}`, 200, ""},
		{"POST", "/users/search", `{"email":"a@example.com","limit":201}`, 400, "limit must be"},
		{"PATCH", "/users/" + id, `{"ref":7}`, 400, "ref must be a text that is not empty"},
		{"DELETE", "/users/" + id + "/sessions", "{}", 400, "no body"},
		{"POST", "/users/" + id + "/disable", `{"reason":"` + strings.Repeat("r", 501) + `"}`, 400, "at most 500 bytes"},
		{"POST", "/users/" + id + "/disable", `{"reason":"` + strings.Repeat("r", 500) + `"}`, 204, ""},
		{"POST", "/origins", `{"origin":"https://pr-7.example.com","days":0}`, 400, "from 1 to 30"},
		{"POST", "/origins", `{"origin":"https://pr-7.example.com","days":31}`, 400, "from 1 to 30"},
		{"POST", "/origins", `{"origin":"https://pr-7.example.com","days":30}`, 200, ""},
	} {
		s.want(t, c.method, c.path, c.body, c.status, c.reason)
	}
}

// Of two Authorization headers a proxy and the service might each read another one.
func TestTwoAuthorizationHeadersAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, _ := w.newKey(apikey.Read)
	r := w.browser().request("GET", "/auth/api/v1/users", nil)
	r.Header["Authorization"] = []string{"Bearer " + s.key, "Bearer " + s.key}
	if a := w.browser().do(r); a.StatusCode != http.StatusUnauthorized || !strings.Contains(a.body, `"code":"api.key"`) {
		t.Errorf("%s %s", a.Status, a.body)
	}
}

func TestAP04_IdempotencyKeyIsOneValueAndAFailureFreesIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, _ := w.newKey(apikey.Write)
	for _, c := range []struct {
		key    string
		ref    string
		status int
	}{
		{strings.Repeat("k", 255), "1", 200}, {strings.Repeat("k", 256), "1", 400}, {"", "1", 400},
		{"failed", "", 400}, {"failed", "2", 200},
	} {
		a := s.call(t, "POST", "/link-tickets", `{"ref":"`+c.ref+`"}`, "Idempotency-Key", c.key)
		if a.StatusCode != c.status {
			t.Errorf("%.10s, ref %q: %s %s, want %d", c.key, c.ref, a.Status, a.body, c.status)
		}
	}
}

func TestMergeOfTwoAccountsWithRefsIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, _ := w.newKey(apikey.Read, apikey.Write)
	for ref, persona := range map[string]string{"1": kakaotest.PersonaRyan, "2": kakaotest.PersonaApeach} {
		_, id := w.member(persona)
		s.want(t, "PATCH", "/users/"+id, `{"ref":"`+ref+`"}`, 200)
	}
	s.want(t, "POST", "/users/ref:1/merge", `{"from":"ref:2","reason":"x"}`, 409, "api.not_mergeable", "have a ref")
}
