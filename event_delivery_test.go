package norang_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"testing"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/kakao/kakaotest"
	"github.com/norang-login/norang/norangtest"
)

func TestAnEventThatTheAppRefusesIsSkipped(t *testing.T) {
	t.Parallel()
	refused, accepted := make(chan string, 100), make(chan string, 100)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var event struct{ Type string }
		if err := json.NewDecoder(r.Body).Decode(&event); err != nil {
			t.Error(err)
		}
		if event.Type == "user.created" { // of users whom the app does not know
			w.WriteHeader(http.StatusNotFound)
			refused <- r.Header.Get("webhook-id")
			return
		}
		w.WriteHeader(http.StatusNoContent)
		accepted <- event.Type
	}))
	defer receiver.Close()
	database := filepath.Join(t.TempDir(), "norang.db")
	svc := norangtest.New(t, norang.Config{
		Age: "off", Database: database, EventsURL: receiver.URL,
		EventsSecrets: []string{"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"}, AllowPrivateHooks: true,
	})
	ryan := norangtest.SignIn(t, svc, kakaotest.PersonaRyan)
	ctx, users := t.Context(), svc.Users().As(norang.Actor{Account: "kim", Reason: "unknown to the app"})
	if err := users.Disable(ctx, ryan.ID); err != nil {
		t.Fatal(err)
	}

	id := <-refused
	read, _, err := svc.Events(ctx, 0, 1)
	if err != nil || len(read) != 1 || "evt_"+read[0].ID != id {
		t.Fatalf("refused %s, read %+v, %v", id, read, err)
	}
	if _, err := users.SkipEvent(ctx, "evt_0"); !errors.Is(err, norang.ErrNoEvent) {
		t.Errorf("an unknown event: %v", err)
	}
	if _, err := svc.Users().SkipEvent(ctx, id); !errors.Is(err, norang.ErrNoReason) {
		t.Errorf("without a reason: %v", err)
	}
	// The refusal is stored some time after the app has answered; until then the event cannot be skipped.
	var skipped norang.Event
	for err = norang.ErrEventNotHeld; errors.Is(err, norang.ErrEventNotHeld); {
		skipped, err = users.SkipEvent(ctx, id)
	}
	if err != nil || skipped != read[0] {
		t.Fatalf("%+v, %v", skipped, err)
	}
	for kind := range accepted { // the end of the session comes before or after it
		if kind == "user.disabled" {
			break
		}
	}
	if _, err := users.SkipEvent(ctx, id); !errors.Is(err, norang.ErrEventNotHeld) {
		t.Errorf("an event that was skipped: %v", err)
	}
	d, err := users.EventDelivery(ctx, 0)
	if err != nil || d.HeldUsers != 0 || len(d.Held) != 0 || len(d.Skipped) != 1 {
		t.Fatalf("%+v, %v", d, err)
	}
	if s := d.Skipped[0]; s.Event != read[0] || s.SkippedBy != "operator:kim" || s.SkippedAt.IsZero() {
		t.Errorf("%+v", s)
	}
	if _, err := users.EventDelivery(ctx, 501); !errors.Is(err, norang.ErrLimit) {
		t.Errorf("a limit of 501: %v", err)
	}
	records := accesses(t, database)
	for _, want := range []string{
		"operator:kim access.event.skip done", "operator:kim access.event.skip not_found",
		"operator:kim access.event.skip unchanged", "operator:kim access.event.status done",
	} {
		if !slices.Contains(records, want) {
			t.Errorf("no record %q in %q", want, records)
		}
	}
}
