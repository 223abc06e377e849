package app_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/apikey"
)

// An event that the app will never accept is found and skipped over the server API.
func TestEventsAreSkippedByTheServerAPI(t *testing.T) {
	t.Parallel()
	e := newReceiver(t)
	e.refuse(http.StatusNotFound)
	w := newWorld(t, e.Config)
	b := w.browser()
	b.signIn("ryan", "")
	user := b.whoami().User.ID
	s, id := w.newKey(apikey.Read, apikey.Write)
	reader, _ := w.newKey(apikey.Read)
	var state struct {
		Held []struct {
			ID, Type string
			UserID   string `json:"user_id"`
			Failures int
			LastErr  string `json:"last_error"`
		}
	}
	eventually(t, "a refused event", func() bool {
		a := reader.want(t, "GET", "/events/delivery", "", 200, `"sending":true`, `"skipped":[]`)
		if err := json.Unmarshal([]byte(a.body), &state); err != nil {
			t.Fatal(err)
		}
		return len(state.Held) == 1
	})
	held := state.Held[0]
	if held.Type != "user.created" || held.UserID != user || held.Failures < 1 || !strings.Contains(held.LastErr, "404") {
		t.Errorf("%+v", held)
	}
	skip := "/events/evt_" + held.ID + "/skip"
	reader.want(t, "POST", skip, `{"reason":"unknown user"}`, 403, `"code":"api.scope"`)
	s.want(t, "POST", skip, "", 415)
	s.want(t, "POST", skip, `{}`, 400, "member reason is missing")
	s.want(t, "POST", skip, `{"reason":""}`, 400, "reason must not be empty")
	s.want(t, "POST", "/events/0/skip", `{"reason":"unknown user"}`, 404, `"code":"api.no_event"`)
	s.want(t, "POST", skip, `{"reason":"unknown user"}`, 200, `"id":"`+held.ID+`"`, `"type":"user.created"`)
	s.want(t, "POST", "/events/"+held.ID+"/skip", `{"reason":"again"}`, 409, `"code":"api.event_not_held"`)
	s.want(t, "GET", "/events/delivery?limit=1", "", 200, `"held":[]`, `"held_users":0`, `"skipped_by":"key:`+id+`"`)
	s.want(t, "GET", "/events/delivery?limit=0", "", 400)
	s.want(t, "GET", "/events", "", 200, held.ID)
	records := w.rows("SELECT kind || ' ' || COALESCE(reason, '') FROM audit_log WHERE actor = 'key:" + id + "'")
	if all := strings.Join(records, "\n"); !strings.Contains(all, "access.event.skip") ||
		!strings.Contains(all, "unknown user") {
		t.Errorf("records: %s", all)
	}
}
