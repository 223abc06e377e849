package events_test

import (
	"testing"
	"time"

	"github.com/norang-login/norang/internal/events"
)

func TestBody(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 21, 0, 0, 120_000_000, time.FixedZone("KST", 9*3600))
	for _, c := range []struct {
		kind  events.Kind
		about string
		want  string
	}{
		{events.UserCreated, "", `{"type":"user.created","timestamp":"2026-03-01T12:00:00.120Z","data":{"user_id":"u"}}`},
		{events.SessionRevoked, "s", `{"type":"session.revoked","timestamp":"2026-03-01T12:00:00.120Z","data":{"user_id":"u","session_id":"s"}}`},
		{events.IdentityLinked, "i", `{"type":"identity.linked","timestamp":"2026-03-01T12:00:00.120Z","data":{"user_id":"u","identity_id":"i"}}`},
		{events.ConsentChanged, events.ScopeAbout([]string{"birthday"})[0], `{"type":"consent.changed","timestamp":"2026-03-01T12:00:00.120Z","data":{"user_id":"u","scope":"birthday"}}`},
		{events.ConsentReconfirmDue, "news", `{"type":"consent.reconfirm_due","timestamp":"2026-03-01T12:00:00.120Z","data":{"user_id":"u","term":"news"}}`},
	} {
		body, err := events.Event{Kind: c.kind, At: at, UserID: "u", About: c.about}.Body()
		if err != nil || string(body) != c.want {
			t.Errorf("%s: %s, %v", c.kind, body, err)
		}
	}
}
