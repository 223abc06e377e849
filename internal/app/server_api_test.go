package app_test

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/apikey"
	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/testkit/skipped"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// server is an app's server with a key.
type server struct {
	w   *world
	key string
}

func (w *world) newKey(scopes ...apikey.Scope) (*server, string) {
	w.t.Helper()
	text, k, err := w.operator(w.t).Use.Keys.Create(w.t.Context(), "shop", scopes, time.Hour)
	if err != nil {
		w.t.Fatal(err)
	}
	return &server{w, text}, k.ID
}

// call calls the API. Further headers are name and value in turn.
func (s *server) call(t *testing.T, method, path, body string, header ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.w.srv.URL+"/auth/api/v1"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Language", "en")
	if s.key != "" {
		r.Header.Set("Authorization", "Bearer "+s.key)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	b := s.w.browser()
	a := b.do(r)
	if len(a.Cookies()) > 0 {
		t.Errorf("%s %s sets a cookie", method, path)
	}
	return a
}

// want calls the API and checks the status, and that the body contains the texts.
func (s *server) want(t *testing.T, method, path, body string, status int, contains ...string) answer {
	t.Helper()
	a := s.call(t, method, path, body)
	if a.StatusCode != status {
		t.Errorf("%s %s %.80s: %s %s, want %d", method, path, body, a.Status, a.body, status)
	}
	for _, text := range contains {
		if !strings.Contains(a.body, text) {
			t.Errorf("%s %s: %s, want %s", method, path, a.body, text)
		}
	}
	return a
}

func TestServerAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t, keeping(app.KeepSession), func(c *app.Config) { c.Limits.Servers = app.Rate{PerMinute: -1} })
	ryan, id := w.member(kakaotest.PersonaRyan)
	_, apeach := w.member(kakaotest.PersonaApeach)
	subject := w.subject(kakaotest.PersonaRyan)
	s, _ := w.newKey(apikey.Read, apikey.Write, apikey.Tokens)

	t.Run("reads", func(t *testing.T) {
		s.want(t, "GET", "/users/"+id, "", 200, `"id":"`+id+`"`, `"ref":null`, `"meta":null`, `"subject":"`+subject+`"`)
		s.want(t, "GET", "/users/kakao:"+subject, "", 200, id)
		s.want(t, "GET", "/users?limit=1", "", 200, `"has_more":true`, apeach, `"next":"`+apeach+`"`)
		s.want(t, "GET", "/users?limit=1&after="+apeach, "", 200, `"has_more":false`, id, `"next":null`)
		s.want(t, "GET", "/users?status=disabled", "", 200, `"users":[]`)
		a := s.want(t, "POST", "/users/batch", `{"keys":["kakao:`+subject+`","ref:none","`+apeach+`"]}`, 200)
		var batch struct {
			Results []struct {
				Key  string
				User *struct{ ID string }
			}
		}
		if err := json.Unmarshal([]byte(a.body), &batch); err != nil || len(batch.Results) != 3 ||
			batch.Results[0].User.ID != id || batch.Results[1].User != nil || batch.Results[2].User.ID != apeach {
			t.Errorf("%v %s", err, a.body)
		}
		email := w.persona(kakaotest.PersonaRyan).Email
		s.want(t, "POST", "/users/search", `{"email":"`+email+`"}`, 200, `"has_more":false`)
		s.want(t, "GET", "/users/"+id+"/sessions", "", 200, `"address":"127.0.0.1"`)
		s.want(t, "GET", "/users/"+id+"/consents", "", 200, `"has_more":false`)
		s.want(t, "POST", "/users/"+id+"/export", `{"reason":"asked by mail"}`, 200, `"format": "norang.export/1"`)
		s.want(t, "GET", "/events?limit=1", "", 200, `"type":"user.created"`, `"next":"1"`)
		s.want(t, "POST", "/users/"+id+"/provider-token", "", 200, `"access_token":"`, `"provider":"kakao"`)
		s.want(t, "POST", "/users/"+id+"/provider-token?provider=kakao", "", 200, `"access_token":"`)
		s.want(t, "POST", "/users/"+id+"/provider-token?provider=naver", "", 409, "grant.none",
			"Please sign in with naver again", "access that naver gave")
		s.want(t, "POST", "/users/"+id+"/provider-token?provider=Naver!", "", 400, "provider must be the name of a provider")
		s.want(t, "GET", "/openapi.json", "", 200, `"openapi": "3.1.0"`, `"operationId": "listUsers"`)
	})
	t.Run("changes", func(t *testing.T) {
		s.want(t, "PATCH", "/users/"+id, `{"ref":"10482","meta":{"plan":"pro","n":12345678901234567890}}`, 200,
			`"ref":"10482"`, `"meta":{"n":12345678901234567890,"plan":"pro"}`)
		s.want(t, "PATCH", "/users/ref:10482", `{"meta":{"n":null}}`, 200, `"meta":{"plan":"pro"}`, `"ref":"10482"`)
		if got := ryan.get("/auth/session"); !strings.Contains(got.body, `"ref":"10482"`) {
			t.Errorf("the running session: %s", got.body)
		}
		s.want(t, "PATCH", "/users/"+apeach, `{"ref":"10482"}`, 409, `"code":"api.ref_taken"`)
		s.want(t, "PATCH", "/users/"+apeach, `{"meta":{"a":"`+strings.Repeat("x", 4200)+`"}}`, 400, "4096")
		s.want(t, "PATCH", "/users/"+apeach, `{"meta":[]}`, 400, "meta must be a JSON object")
		s.want(t, "PATCH", "/users/"+apeach, `{"ref":""}`, 400, "ref must be")

		s.want(t, "POST", "/users/"+id+"/disable", `{"reason":"spam"}`, 204)
		if got := ryan.get("/auth/session"); !strings.Contains(got.body, `"signed_in":false`) {
			t.Errorf("after disabling: %s", got.body)
		}
		s.want(t, "GET", "/users?status=disabled", "", 200, id)
		s.want(t, "POST", "/users/"+id+"/enable", "", 204)
		again, _ := w.member(kakaotest.PersonaRyan)
		s.want(t, "DELETE", "/users/"+id+"/sessions", "", 200, `"ended":1`)
		if got := again.get("/auth/session"); !strings.Contains(got.body, `"signed_in":false`) {
			t.Errorf("after ending all sessions: %s", got.body)
		}
		again, _ = w.member(kakaotest.PersonaRyan)
		list := s.want(t, "GET", "/users/"+id+"/sessions", "", 200)
		_, rest, _ := strings.Cut(list.body, `"sessions":[{"id":"`)
		session, _, _ := strings.Cut(rest, `"`)
		s.want(t, "DELETE", "/users/"+apeach+"/sessions/"+session, "", 404, `"code":"api.no_session"`) // another user's
		s.want(t, "DELETE", "/users/"+id+"/sessions/"+session, "", 204)
		s.want(t, "DELETE", "/users/"+id+"/sessions/"+session, "", 404)
		if got := again.get("/auth/session"); !strings.Contains(got.body, `"signed_in":false`) {
			t.Errorf("after ending the session: %s", got.body)
		}
		s.want(t, "POST", "/users/"+id+"/merge", `{"from":"`+apeach+`","reason":"phone call"}`, 200, `"id":"`+id+`"`)
		s.want(t, "POST", "/users/"+id+"/merge", `{"from":"`+id+`","reason":"x"}`, 409, `"code":"api.not_mergeable"`)
		s.want(t, "POST", "/users/"+id+"/withdraw", "", 204)
		s.want(t, "PATCH", "/users/"+id, `{"ref":"1"}`, 409, `"code":"api.withdrawn"`)
		s.want(t, "POST", "/users/"+id+"/enable", "", 409, `"code":"api.withdrawn"`)
	})
	t.Run("refuses", func(t *testing.T) { refuseCalls(t, s, id) })
	if log := w.log.String(); strings.Contains(log, apikey.Prefix) || strings.Contains(log, "10482") ||
		strings.Contains(log, "access_token") {
		t.Error("a key, a ref or a token is in the log")
	}
	records := w.rows("SELECT DISTINCT kind FROM audit_log WHERE actor LIKE 'key:%' ORDER BY kind")
	for _, kind := range []string{
		"access.event.list", "access.user.consents", "access.user.disable", "access.user.export", "access.user.list",
		"access.user.merge", "access.user.provider_token", "access.user.show", "access.user.update",
		"access.user.withdraw", "access.session.list", "access.session.revoke",
	} {
		if !strings.Contains(strings.Join(records, " ")+" ", kind+" ") {
			t.Errorf("no access record %s: %v", kind, records)
		}
	}
}

func refuseCalls(t *testing.T, s *server, id string) {
	long := strings.Repeat("x", 300<<10)
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		code               string
	}{
		"unknown user":        {"GET", "/users/ref:none", "", 404, "api.no_user"},
		"a ref without ref:":  {"GET", "/users/10482", "", 400, "request.bad"},
		"limit too large":     {"GET", "/users?limit=201", "", 400, "request.bad"},
		"limit 0":             {"GET", "/users?limit=0", "", 400, "request.bad"},
		"unknown parameter":   {"GET", "/users?page=2", "", 400, "request.bad"},
		"a parameter twice":   {"GET", "/users?limit=1&limit=2", "", 400, "request.bad"},
		"a bad cursor":        {"GET", "/users?after=x", "", 400, "request.bad"},
		"a bad status":        {"GET", "/users?status=gone", "", 400, "request.bad"},
		"unknown event":       {"GET", "/events?after=999999", "", 410, "api.cursor"},
		"not an event cursor": {"GET", "/events?after=-1", "", 400, "request.bad"},
		"a long wait":         {"GET", "/events?wait=31", "", 400, "request.bad"},
		"unknown member":      {"PATCH", "/users/" + id, `{"name":"x"}`, 400, "request.bad"},
		"another letter case": {"PATCH", "/users/" + id, `{"Ref":"x"}`, 400, "request.bad"},
		"a member twice":      {"PATCH", "/users/" + id, `{"ref":"1","ref":"2"}`, 400, "request.bad"},
		"trailing text":       {"PATCH", "/users/" + id, `{"ref":"1"}{}`, 400, "request.bad"},
		"no JSON":             {"PATCH", "/users/" + id, `ref=1`, 400, "request.bad"},
		"a ref in EUC-KR":     {"PATCH", "/users/" + id, "{\"ref\":\"\xb0\xa1\"}", 400, "request.bad"},
		"a ticket in EUC-KR":  {"POST", "/link-tickets", "{\"ref\":\"\xb0\xa1\"}", 400, "request.bad"},
		"search, limit 0":     {"POST", "/users/search", `{"email":"a@example.com","limit":0}`, 400, "request.bad"},
		"a wrong type":        {"POST", "/users/batch", `{"keys":"x"}`, 400, "request.bad"},
		"a missing member":    {"POST", "/users/batch", `{}`, 400, "request.bad"},
		"an empty batch":      {"POST", "/users/batch", `{"keys":[]}`, 400, "request.bad"},
		"a bad key":           {"POST", "/users/batch", `{"keys":["10482"]}`, 400, "request.bad"},
		"a large body":        {"POST", "/users/batch", `{"keys":["` + long + `"]}`, 413, "request.too_large"},
		"export, no reason":   {"POST", "/users/" + id + "/export", `{"reason":""}`, 400, "request.bad"},
		"export, blanks":      {"POST", "/users/" + id + "/export", `{"reason":" \t "}`, 400, "request.bad"},
		"an unknown path":     {"GET", "/nothing", "", 404, "not_found"},
		"another method":      {"PUT", "/users/" + id, "", 405, "method_not_allowed"},
	} {
		a := s.call(t, c.method, c.path, c.body)
		if a.StatusCode != c.status || !strings.Contains(a.body, `"code":"`+c.code+`"`) &&
			!strings.Contains(a.Header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: %s %s", name, a.Status, a.body)
		}
	}
	for path, want := range map[string]string{
		"/users/" + id + "?page=2": "unknown parameter in the query; this call takes none",
		"/users?page=2":            "unknown parameter in the query; known are: ",
	} {
		if a := s.call(t, "GET", path, ""); !strings.Contains(a.body, want) {
			t.Errorf("%s: want %q: %s", path, want, a.body)
		}
	}
	a := s.call(t, "POST", "/users/batch", `{"keys":["ref:1"]}`, "Content-Type", "text/plain")
	if a.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("text/plain: %s", a.Status)
	}
}

// JSON readers replace what is not Unicode text, so that different keys would name one user.
func TestKeysWithReplacedCharactersAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, id := w.member(kakaotest.PersonaRyan)
	s, _ := w.newKey(apikey.Read, apikey.Write)
	w.rows("UPDATE users SET ref = 'a\ufffd'") // by an earlier build
	const half, replaced = "half a surrogate pair", "without NUL or U+FFFD"
	for _, c := range []struct{ method, path, body, reason string }{
		{"PATCH", "/users/" + id, `{"ref":"\ud800"}`, half},
		{"PATCH", "/users/" + id, `{"ref":"\ud83e\udd81\uDBFFx"}`, half},
		{"PATCH", "/users/" + id, `{"ref":"b\ufffd"}`, replaced},
		{"POST", "/link-tickets", `{"ref":"a\udfff"}`, half},
		{"POST", "/link-tickets", "{\"ref\":\"a\ufffd\"}", replaced},
		{"POST", "/users/batch", `{"keys":["ref:1","ref:a\ud800\\udc00"]}`, half},
		{"POST", "/users/" + id + "/merge", `{"from":"ref:a\ud800","reason":"x"}`, half},
	} {
		s.want(t, c.method, c.path, c.body, 400, `"code":"request.bad"`, c.reason)
	}
	s.want(t, "GET", "/users/ref:a%EF%BF%BD", "", 200, `"id":"`+id)
	s.want(t, "POST", "/users/batch", `{"keys":["ref:a\ufffd"]}`, 200, `"id":"`+id)
	s.want(t, "PATCH", "/users/"+id, `{"meta":{"cut":"\ud83e"}}`, 400, `"code":"request.bad"`)
	s.want(t, "PATCH", "/users/"+id, `{"meta":{"cut":"\ufffd"}}`, 200, "\"ref\":\"a\ufffd\"", "\"cut\":\"\ufffd\"")
	s.want(t, "PATCH", "/users/"+id, `{"ref":"\\ud800 \ud83e\udd81"}`, 200, `"ref":"\\ud800 🦁"`)
}

// AP-01: scopes, expiry, and revocation by another process.
func TestAP01_ScopesExpiryAndRevocation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, id := w.member(kakaotest.PersonaRyan)
	read, readID := w.newKey(apikey.Read)
	write, _ := w.newKey(apikey.Write)
	for _, path := range []string{
		"PATCH /users/" + id, "POST /users/" + id + "/disable", "POST /users/" + id + "/withdraw",
		"POST /users/" + id + "/merge", "DELETE /users/" + id + "/sessions", "POST /link-tickets",
		"DELETE /users/" + id + "/sessions/x", "POST /users/" + id + "/enable",
	} {
		method, path, _ := strings.Cut(path, " ")
		read.want(t, method, path, "{}", 403, `"code":"api.scope"`, "the scope write")
	}
	for _, s := range []*server{read, write} {
		s.want(t, "POST", "/users/"+id+"/provider-token", "", 403, "the scope tokens")
	}
	write.want(t, "GET", "/users", "", 403, "the scope read")

	a := read.want(t, "GET", "/users", "", 200)
	if a.Header.Get("RateLimit") == "" || a.Header.Get("RateLimit-Policy") != `"key";q=6000;w=60` {
		t.Errorf("%v", a.Header)
	}
	for name, c := range map[string]*server{
		"no key": {w, ""}, "a session token": {w, "nrg_s_x"}, "a typing error": {w, read.key[:len(read.key)-1] + "?"},
		"a part": {w, read.key[:20]},
	} {
		a := c.want(t, "GET", "/users", "", 401, `"code":"api.key"`)
		if a.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: no WWW-Authenticate", name)
		}
	}
	read.want(t, "GET", "/users?key="+read.key, "", 400, "must not be in the address")
	if err := w.operator(t).Use.Keys.Revoke(t.Context(), readID); err != nil {
		t.Fatal(err)
	}
	read.want(t, "GET", "/users", "", 401, "unknown or revoked")
	w.clock.advance(2 * time.Hour)
	write.want(t, "POST", "/link-tickets", `{"ref":"1"}`, 401, "has expired")
}

// AP-02: a key is nowhere after it was shown, and its last use is a day.
func TestAP02_KeysAreStoredAsHashes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, id := w.newKey(apikey.Read)
	for range 3 {
		s.want(t, "GET", "/users", "", 200)
	}
	all, err := w.operator(t).Use.Keys.List(t.Context())
	today := w.clock.now().UTC().Truncate(24 * time.Hour)
	if err != nil || len(all) != 1 || all[0].ID != id || !all[0].UsedAt.Equal(today) {
		t.Fatalf("%+v, %v", all, err)
	}
	w.stop()
	if stored := w.files("norang.db", "norang.db-wal"); strings.Contains(stored, s.key[len(apikey.Prefix):]) {
		t.Error("the key is in the database")
	}
	if strings.Contains(w.log.String(), s.key[:12]) {
		t.Error("the key is in the log")
	}
}

// AP-04: a repeated request gets the first answer.
func TestAP04_RepeatedRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, _ := w.newKey(apikey.Write)
	other, _ := w.newKey(apikey.Write)
	once := func(s *server, body string, status int) string {
		t.Helper()
		a := s.call(t, "POST", "/link-tickets", body, "Idempotency-Key", "8e03978e")
		if a.StatusCode != status {
			t.Errorf("%s: %s %s", body, a.Status, a.body)
		}
		return a.body
	}
	first := once(s, `{"ref":"10482"}`, 200)
	if second := once(s, `{"ref":"10482"}`, 200); second != first || !strings.Contains(first, "/auth/link/") {
		t.Errorf("%s, then %s", first, second)
	}
	if body := once(s, `{"ref":"10483"}`, 422); !strings.Contains(body, "api.other_request") {
		t.Error(body)
	}
	if theirs := once(other, `{"ref":"10482"}`, 200); theirs == first {
		t.Error("another key gets the answer")
	}
	_, rest, _ := strings.Cut(first, "/auth/link/")
	ticket, _, _ := strings.Cut(rest, `"`)
	if stored := w.files("norang.db", "norang.db-wal"); strings.Contains(stored, ticket) {
		t.Error("the ticket is stored in the clear")
	}
	w.clock.advance(apikey.RememberFor)
	late, _ := w.newKey(apikey.Write) // the first one has expired
	once(late, `{"ref":"10483"}`, 200)
}

// The calls of docs/server-api.md, as they are written there.
func TestDocumentedCallsOfTheServerAPI(t *testing.T) {
	t.Parallel()
	curl, bash := skipped.Command(t, "curl"), skipped.Command(t, "bash")
	page, err := os.ReadFile("../../docs/server-api.md")
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(string(page), "## Calls")
	_, code, _ = strings.Cut(code, "```sh\n")
	code, _, _ = strings.Cut(code, "```")
	w := newWorld(t)
	_, id := w.member(kakaotest.PersonaRyan)
	s, _ := w.newKey(apikey.Read, apikey.Write)
	script := "set -e\ncurl() { '" + curl + "' -ksSf \"$@\"; }\n" + code
	cmd := exec.CommandContext(t.Context(), bash, "-c", script)
	cmd.Env = append(os.Environ(), "API="+w.srv.URL+"/auth/api/v1", "KEY="+s.key, "ID="+id)
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Count(code, "curl ") < 10 || !strings.Contains(string(out), `"ref":"10482"`) {
		t.Errorf("%v\n%s", err, out)
	}
	if got := w.statusOf(id); len(got) != 1 || !strings.Contains(got[0], "withdrawn") {
		t.Errorf("the last call: %v", got)
	}
}
