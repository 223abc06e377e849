package e2e_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/norang-login/norang/kakao/kakaotest"
)

const (
	oldSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
	newSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
)

// inbox is an app that receives events and verifies them with both secrets.
type inbox struct {
	*httptest.Server
	mu    sync.Mutex
	heard []delivery
	hang  chan struct{} // calls wait for it before they answer; nil for none
}

// delivery is a call to the app.
type delivery struct {
	id, body string
	signed   []string // by which secrets
	others   int      // signatures by neither
}

func newInbox(t *testing.T) *inbox {
	in := &inbox{}
	in.Server = httptest.NewServer(in)
	t.Cleanup(in.Close)
	return in
}

func (in *inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // a body that is cut short does not verify
	d := delivery{id: r.Header.Get("webhook-id"), body: string(body)}
	for _, got := range strings.Fields(r.Header.Get("webhook-signature")) {
		known := len(d.signed)
		for _, secret := range []string{oldSecret, newSecret} {
			key, _ := base64.StdEncoding.DecodeString(secret[len("whsec_"):])
			mac := hmac.New(sha256.New, key)
			fmt.Fprintf(mac, "%s.%s.%s", d.id, r.Header.Get("webhook-timestamp"), body)
			if got == "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)) {
				d.signed = append(d.signed, secret)
			}
		}
		if len(d.signed) == known {
			d.others++
		}
	}
	in.mu.Lock()
	in.heard = append(in.heard, d)
	hang := in.hang
	in.mu.Unlock()
	if hang != nil {
		<-hang
	}
	w.WriteHeader(http.StatusNoContent)
}

func (in *inbox) setHang(c chan struct{}) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.hang = c
}

// wait returns the nth delivery.
func (in *inbox) wait(t *testing.T, n int) delivery {
	t.Helper()
	var all []delivery
	await(t, func() bool {
		in.mu.Lock()
		defer in.mu.Unlock()
		all = slices.Clone(in.heard)
		return len(all) >= n
	}, func() string { return fmt.Sprintf("%d deliveries, want %d", len(all), n) })
	return all[n-1]
}

// The process is killed while the app handles an event: the event comes again with its id. Meanwhile the secret is
// rotated: the app accepts the old one, then either, then the new one, and never misses an event.
func TestEventIsDeliveredAgainAfterAKillAndDuringARotation(t *testing.T) {
	t.Parallel()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	for name, dsn := range map[string]func(*testing.T) string{
		"sqlite": func(*testing.T) string { return "" }, "postgres": emptyPostgres,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := newInbox(t)
			w := newWalk(t, bin, dsn(t), []string{
				"NORANG_EVENTS_URL=" + in.URL, "NORANG_ALLOW_PRIVATE_HOOKS=1", "NORANG_EVENTS_SECRET=" + oldSecret,
			})
			hang := make(chan struct{})
			in.setHang(hang)
			w.again("")
			login := func(persona string) {
				t.Helper()
				if err := newPerson(t).loginAs(w.url(), persona); err != nil {
					t.Fatal(err)
				}
			}
			login(kakaotest.PersonaRyan)
			first := in.wait(t, 1)
			if !slices.Equal(first.signed, []string{oldSecret}) || first.others != 0 {
				t.Errorf("signed with %+v", first)
			}
			w.running.kill()
			in.setHang(nil)
			close(hang)
			db := w.database()
			defer db.Close()
			if _, err := db.ExecContext(t.Context(), "UPDATE event_delivery SET due_at = 1"); err != nil { // its lease
				t.Fatal(err)
			}

			w.more = append(w.more, "NORANG_EVENTS_SECRET="+newSecret+","+oldSecret)
			w.again("")
			second := in.wait(t, 2)
			if second.id != first.id || second.body != first.body {
				t.Errorf("delivered %+v, then %+v", first, second)
			}
			if !slices.Equal(second.signed, []string{newSecret, oldSecret}) || second.others != 0 {
				t.Errorf("signed with %+v while rotating", second)
			}
			login(kakaotest.PersonaFull)
			if third := in.wait(t, 3); third.id == first.id {
				t.Errorf("delivered %+v once more", third)
			}
			await(t, func() bool { return w.count("SELECT pos FROM event_delivery") == 2 },
				func() string { return "the progress is not saved" })

			w.more = append(w.more, "NORANG_EVENTS_SECRET="+newSecret)
			w.again("")
			login(kakaotest.PersonaApeach)
			fourth := in.wait(t, 4)
			if !slices.Equal(fourth.signed, []string{newSecret}) || fourth.others != 0 {
				t.Errorf("signed with %+v after the rotation", fourth)
			}
		})
	}
}
