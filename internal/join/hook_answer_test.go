package join

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/hook"
)

// An error page, a redirection and an answer of another type let nobody join, whatever their body says.
func TestHookAnswerIsReadOnlyWithItsStatusAndType(t *testing.T) {
	t.Parallel()
	yes := `{"allow":true}`
	for name, c := range map[string]struct {
		status     int
		kind, body string
		allow      bool
	}{
		"plain":                  {http.StatusOK, "application/json", yes, true},
		"with a charset":         {http.StatusOK, "application/json; charset=utf-8", yes, true},
		"in capitals":            {http.StatusOK, "Application/JSON", yes, true},
		"created":                {http.StatusCreated, "application/json", yes, false},
		"moved":                  {http.StatusFound, "application/json", yes, false},
		"forbidden":              {http.StatusForbidden, "application/json", yes, false},
		"failed":                 {http.StatusInternalServerError, "application/json", yes, false},
		"text":                   {http.StatusOK, "text/plain", yes, false},
		"a page":                 {http.StatusOK, "text/html; charset=utf-8", yes, false},
		"of another JSON type":   {http.StatusOK, "application/problem+json", yes, false},
		"with a broken type":     {http.StatusOK, "application/json; charset", yes, false},
		"with two charsets":      {http.StatusOK, "application/json; charset=a; charset=b", yes, false},
		"with more than allowed": {http.StatusOK, "application/json", yes + strings.Repeat(" ", 5000), false},
	} {
		app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", c.kind)
			w.WriteHeader(c.status)
			_, _ = w.Write([]byte(c.body))
		}))
		client, err := hook.New(hook.Config{
			URL: app.URL, AllowPrivate: true,
			Secrets: []string{"whsec_" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("s", 32)))},
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := HTTPHook(client)(t.Context(), HookRequest{ID: "join_s"})
		if got.Allow != c.allow || (err == nil) != c.allow {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		app.Close()
		if got, err := HTTPHook(client)(t.Context(), HookRequest{ID: "join_s"}); err == nil || got.Allow {
			t.Errorf("%s, app down: %+v, %v", name, got, err)
		}
	}
}
