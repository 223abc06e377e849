package events_test

import (
	"testing"
	"time"

	"github.com/norang-login/norang/internal/events"
)

func TestBody(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 21, 0, 0, 120_000_000, time.FixedZone("KST", 9*3600))
	const prefix = `","timestamp":"2026-03-01T12:00:00.120Z","data":{"user_id":"u"`
	for _, c := range []struct {
		kind  events.Kind
		about string
		data  string
	}{
		{events.UserCreated, "", ""},
		{events.SessionRevoked, "s", `,"session_id":"s"`},
		{events.IdentityLinked, "i", `,"identity_id":"i"`},
		{events.ConsentChanged, events.ScopeAbout([]string{"birthday"})[0], `,"scope":"birthday"`},
		{events.ConsentReconfirmDue, "news", `,"term":"news"`},
	} {
		body, err := events.Event{Kind: c.kind, At: at, UserID: "u", About: c.about}.Body()
		if want := `{"type":"` + string(c.kind) + prefix + c.data + "}}"; err != nil || string(body) != want {
			t.Errorf("%s: %s, %v", c.kind, body, err)
		}
	}
}

func TestBodyOfAnEventOfAllUsers(t *testing.T) {
	t.Parallel()
	body, err := events.Event{Kind: events.SessionAllRevoked, At: time.Unix(1, 0)}.Body()
	want := `{"type":"session.all_revoked","timestamp":"1970-01-01T00:00:01.000Z","data":{}}`
	if err != nil || string(body) != want {
		t.Errorf("%s, %v", body, err)
	}
}
