package cli

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/norang-login/norang/kakao/kakaotest"
)

// What the emulators cannot do is refused, not answered 200 and ignored.
func TestEmulatorsRefuseWhatTheyCannotDo(t *testing.T) {
	t.Parallel()
	kakao := kakaotest.Start(t)
	patch := func(h http.Handler, base, path, body string) (int, string) {
		t.Helper()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPatch, base+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	for _, id := range []string{"-1", "0", "1000002"} {
		status, body := patch(kakao, kakao.URL(), "/-/api/apps/1000001", `{"app_id":`+id+`}`)
		if status != http.StatusBadRequest || !strings.Contains(body, "app_id") {
			t.Errorf("app_id %s: %d %s", id, status, body)
		}
	}
	if status, body := patch(kakao, kakao.URL(), "/-/api/apps/1000001", `{"app_id":1000001}`); status != http.StatusOK {
		t.Errorf("its own app_id: %d %s", status, body)
	}
	for text, want := range map[string]int{
		"file:///etc/passwd": 400, "http://[::1": 400, "localhost:5000/x": 400, "//host/x": 400, "": 200,
		"http://localhost:5000/auth/webhooks/x": 200,
	} {
		for _, member := range []string{"unlink_webhook", "account_webhook"} {
			status, body := patch(kakao, kakao.URL(), "/-/api/apps/1000001", `{"`+member+`":{"url":"`+text+`"}}`)
			if status != want {
				t.Errorf("Kakao, %s %q: %d %s", member, text, status, body)
			}
		}
		for name, member := range map[string]string{
			"naver": "unlink_url", "google": "events_url", "oidc": "backchannel_url",
		} {
			for _, p := range furtherProviders {
				if p.name != name {
					continue
				}
				e, err := p.emulator(emulatorSetup{browserURL: "http://127.0.0.1:6407"})
				if err != nil {
					t.Fatal(err)
				}
				status, body := patch(e.server, e.server.URL(), "/-/api/app", `{"`+member+`":"`+text+`"}`)
				if status != want {
					t.Errorf("%s, %s %q: %d %s", name, member, text, status, body)
				}
				if err := e.server.Close(); err != nil {
					t.Error(err)
				}
			}
		}
	}
}
