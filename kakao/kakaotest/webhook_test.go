package kakaotest_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang/kakao/kakaotest"
)

// receiver is a webhook receiver that records requests.
type receiver struct {
	*httptest.Server
	mu   sync.Mutex
	got  []received
	hook func(http.ResponseWriter, *http.Request)
}

type received struct {
	method, auth, contentType string
	form                      url.Values
	body                      string
}

func newReceiver(t *testing.T, status int) *receiver {
	t.Helper()
	rc := &receiver{}
	rc.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(r.URL.RawQuery)
		if r.Method == "POST" {
			form, _ = url.ParseQuery(string(b))
		}
		rc.mu.Lock()
		rc.got = append(rc.got, received{r.Method, r.Header.Get("Authorization"), r.Header.Get("Content-Type"), form,
			string(b)})
		hook := rc.hook
		rc.mu.Unlock()
		if hook != nil {
			hook(w, r)
			return
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(rc.Close)
	return rc
}

func (rc *receiver) all() []received {
	rc.mu.Lock()
	defer rc.mu.Unlock()
	return append([]received(nil), rc.got...)
}

func wait(t *testing.T, emu *kakaotest.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := emu.WaitWebhooks(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestUnlinkWebhook(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"POST", "GET"} {
		rc := newReceiver(t, 200)
		emu := auto(t, func(a *kakaotest.App) {
			a.UnlinkWebhook = kakaotest.UnlinkWebhook{URL: rc.URL + "/hook", Method: method}
			a.MoreKeys = []kakaotest.Key{{Type: kakaotest.KeyAdmin, Value: "emuadmin-primary", Primary: true}}
		})
		tok := login(t, emu, kakaotest.PersonaRyan)
		api(t, emu, "POST", "/v1/user/unlink", tok.bearer(), nil) // by the service: no webhook
		login(t, emu, kakaotest.PersonaRyan)
		if !emu.Unlink(0, kakaotest.PersonaRyan, "") {
			t.Fatal("there was no link")
		}
		wait(t, emu)
		got := rc.all()
		if len(got) != 1 {
			t.Fatalf("%s: %d webhooks, want 1", method, len(got))
		}
		sample, err := os.ReadFile(filepath.Join("..", "testdata", "unlink_webhook.txt"))
		if err != nil {
			t.Fatal(err)
		}
		want, err := url.ParseQuery(strings.TrimSpace(string(sample)))
		if err != nil {
			t.Fatal(err)
		}
		want.Set("app_id", "1000001")
		want.Set("user_id", "3141592601")
		if got[0].form.Encode() != want.Encode() || got[0].method != method ||
			got[0].auth != "KakaoAK emuadmin-primary" {
			t.Errorf("%s: %+v, want the fields %v", method, got[0], want)
		}
		if d := emu.Deliveries(); len(d) != 1 || !d[0].Accept || d[0].Status != 200 {
			t.Errorf("delivery log: %+v", d)
		}
	}
}

func TestIncompleteSignUpWebhook(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t, 200)
	emu := auto(t, func(a *kakaotest.App) { a.UnlinkWebhook.URL = rc.URL })
	login(t, emu, kakaotest.PersonaRyan)
	emu.Advance(25 * time.Hour)
	wait(t, emu)
	if got := rc.all(); len(got) != 1 || got[0].form.Get("referrer_type") != "INCOMPLETE_SIGN_UP" {
		t.Errorf("%+v", got)
	}
}

// TestAccountWebhook: the events of an ordinary sign-up, then every event by hand, in the form of its sample.
func TestAccountWebhook(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t, 202)
	emu := auto(t, func(a *kakaotest.App) { a.AccountWebhook.URL = rc.URL })
	id := userID(t, login(t, emu, kakaotest.PersonaRyan))
	wait(t, emu)
	var names []string
	for _, d := range emu.Deliveries() {
		names = append(names, d.What)
	}
	if got := strings.Join(names, " "); got != "user-linked user-scope-consent token-issued" {
		t.Errorf("at sign-up: %s", got)
	}
	for _, name := range kakaotest.AccountEvents() {
		extra := map[string]any{}
		if name == "user-unlinked" || name == "account-disabled" {
			extra["reason"] = "x"
		}
		if err := emu.SendAccountWebhook(0, id, name, extra, kakaotest.WebhookSend{}); err != nil {
			t.Fatal(err)
		}
		wait(t, emu)
		got := rc.all()
		last := got[len(got)-1]
		if last.contentType != "application/secevent+jwt" {
			t.Errorf("%s: content type %q", name, last.contentType)
		}
		b, err := json.Marshal(claims(t, last.body))
		if err != nil {
			t.Fatal(err)
		}
		compareShape(t, "account_webhook_"+strings.ReplaceAll(name, "-", "_")+".json",
			strings.ReplaceAll(string(b), "e+09", ""))
	}
	if err := emu.SendAccountWebhook(0, id, "no-such-event", nil, kakaotest.WebhookSend{}); err == nil {
		t.Error("an unknown event was sent")
	}
}

func TestWebhooksDuplicatedDelayedAndReordered(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t, 200)
	emu := auto(t, func(a *kakaotest.App) { a.UnlinkWebhook.URL = rc.URL })
	emu.HoldWebhooks()
	for _, ref := range []string{"ONE", "TWO"} {
		if err := emu.SendUnlinkWebhook(0, 1, ref, kakaotest.WebhookSend{}); err != nil {
			t.Fatal(err)
		}
	}
	emu.ReleaseWebhooks(true)
	wait(t, emu)
	if err := emu.SendUnlinkWebhook(0, 2, "", kakaotest.WebhookSend{Times: 2, WrongKey: true, AppID: "9",
		Delay: kakaotest.Duration(time.Millisecond)}); err != nil {
		t.Fatal(err)
	}
	wait(t, emu)
	got := rc.all()
	if len(got) != 4 || got[0].form.Get("referrer_type") != "TWO" || got[1].form.Get("referrer_type") != "ONE" {
		t.Fatalf("out of order, then twice: %+v", got)
	}
	if got[3].form.Get("app_id") != "9" || got[3].auth == "KakaoAK "+emu.App().AdminKey ||
		got[2].body != got[3].body {
		t.Errorf("a duplicate with a wrong key and another app: %+v", got[3])
	}
}

// TestWebhookReceivers: redirects are not followed, a wrong status is a failure, and nothing is sent a second time.
func TestWebhookReceivers(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t, 200)
	emu := auto(t, func(a *kakaotest.App) { a.UnlinkWebhook.URL = rc.URL })
	send := func(hook func(http.ResponseWriter, *http.Request)) kakaotest.Delivery {
		t.Helper()
		rc.mu.Lock()
		rc.hook = hook
		rc.mu.Unlock()
		if err := emu.SendUnlinkWebhook(0, 1, "", kakaotest.WebhookSend{}); err != nil {
			t.Fatal(err)
		}
		wait(t, emu)
		d := emu.Deliveries()
		return d[len(d)-1]
	}
	if d := send(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/",
			http.StatusFound)
	}); d.Accept || !strings.Contains(d.Problem, "redirects") {
		t.Errorf("redirect: %+v", d)
	}
	if d := send(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(202) }); d.Accept || d.Status != 202 {
		t.Errorf("202 to an unlink webhook: %+v", d)
	}
	if d := send(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }); d.Accept ||
		d.Status != 0 || d.Problem == "" {
		t.Errorf("cut: %+v", d)
	}
	if n := len(rc.all()); n != 3 {
		t.Errorf("%d requests for three webhooks", n)
	}
	if err := auto(t).SendUnlinkWebhook(0, 1, "", kakaotest.WebhookSend{}); err == nil {
		t.Error("an app without a webhook sent one")
	}
}

// TestWebhookWithWrongToken: a security event token has the scripted faults.
func TestWebhookWithWrongToken(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t, 202)
	emu := auto(t, func(a *kakaotest.App) { a.AccountWebhook.URL = rc.URL })
	err := emu.SendAccountWebhook(0, 1, "tokens-revoked", nil,
		kakaotest.WebhookSend{Token: &kakaotest.IDTokenFault{Alg: "none", Claims: map[string]any{"aud": "else"},
			Remove: []string{"jti"}}})
	if err != nil {
		t.Fatal(err)
	}
	wait(t, emu)
	body := rc.all()[0].body
	if c := claims(t, body); !strings.HasSuffix(body, ".") || c["aud"] != "else" || c["jti"] != nil {
		t.Errorf("%s: %v", body, c)
	}
}

// TestDeliveryFailsAfterThreeSeconds: without blocking the emulator.
func TestDeliveryFailsAfterThreeSeconds(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t, 200)
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	rc.hook = func(http.ResponseWriter, *http.Request) { <-release }
	emu := auto(t, func(a *kakaotest.App) { a.UnlinkWebhook.URL = rc.URL })
	if err := emu.SendUnlinkWebhook(0, 1, "", kakaotest.WebhookSend{}); err != nil {
		t.Fatal(err)
	}
	login(t, emu, "ryan") // not blocked
	wait(t, emu)
	if d := emu.Deliveries(); len(d) != 1 || d[0].Accept || d[0].Took < 3*time.Second ||
		!strings.Contains(d[0].Problem, "three seconds") {
		t.Errorf("%+v", d)
	}
}

func TestSSEConfiguration(t *testing.T) {
	t.Parallel()
	emu := auto(t)
	r := api(t, emu, "GET", "/.well-known/sse-configuration", "", nil)
	if r.text("issuer") != emu.Issuer() || r.text("jwks_uri") != emu.APIURL()+"/.well-known/jwks.json" ||
		r.text("delivery_methods_supported") == "" {
		t.Errorf("%s", r.body)
	}
}
