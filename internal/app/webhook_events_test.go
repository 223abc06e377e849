package app_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// The account webhook: which senders are accepted.
func TestWH08_WH09_WH10_ForgedEventsAreRefused(t *testing.T) {
	t.Parallel()
	w := hooked(t)
	b, id := w.signedIn(kakaotest.PersonaRyan)
	for name, how := range map[string]kakaotest.WebhookSend{
		"alg none":            {Token: &kakaotest.IDTokenFault{Alg: "none"}},
		"HS256":               {Token: &kakaotest.IDTokenFault{Alg: "HS256"}},
		"bad signature":       {WrongKey: true},
		"another audience":    {Token: &kakaotest.IDTokenFault{Claims: map[string]any{"aud": "else"}}},
		"another issuer":      {Token: &kakaotest.IDTokenFault{Claims: map[string]any{"iss": "https://evil.example"}}},
		"an ID token's nonce": {Token: &kakaotest.IDTokenFault{Claims: map[string]any{"nonce": "x"}}},
		"without events":      {Token: &kakaotest.IDTokenFault{Remove: []string{"events"}}},
		"without jti":         {Token: &kakaotest.IDTokenFault{Remove: []string{"jti"}}},
		"no token":            {Body: "hello"},
	} {
		if d := w.accountWebhook(id, "user-unlinked", how); d.Status != http.StatusBadRequest {
			t.Errorf("%s: %+v", name, d)
		}
	}
	a := w.hook("POST", accountHook, "", "application/secevent+jwt", strings.NewReader("hello"))
	if a.Header.Get("Content-Type") != "application/json" || !strings.Contains(a.body, `"err":"invalid_request"`) {
		t.Errorf("%s %s", a.Header.Get("Content-Type"), a.body)
	}
	w.settled()
	if !b.in() {
		t.Error("a forged event signed a user out")
	}
}

// Events from the future say that this server's clock is behind. The log says so once, until an event is dated right.
func TestEventsFromTheFutureAreLoggedOnceUntilTheClockIsRight(t *testing.T) {
	t.Parallel()
	w := hooked(t)
	_, id := w.signedIn(kakaotest.PersonaRyan)
	const line = "webhooks from the future rejected"
	send := func(name string, ahead time.Duration, status, lines int) {
		t.Helper()
		at := w.clock.now().Add(ahead).Unix()
		how := kakaotest.WebhookSend{Token: &kakaotest.IDTokenFault{Claims: map[string]any{"iat": at, "toe": at}}}
		d := w.accountWebhook(id, "token-issued", how)
		if n := strings.Count(w.log.String(), line); d.Status != status || n != lines {
			t.Errorf("%s: %+v, %d lines", name, d, n)
		}
	}
	send("the first", 2*time.Minute, http.StatusServiceUnavailable, 1)
	send("the second", 2*time.Minute, http.StatusServiceUnavailable, 1)
	send("within the tolerance", 30*time.Second, http.StatusAccepted, 1)
	if d := w.unlinkWebhook(id, "", kakaotest.WebhookSend{}); d.Status != http.StatusOK {
		t.Errorf("without a date: %+v", d)
	}
	send("still behind", 2*time.Minute, http.StatusServiceUnavailable, 1)
	send("dated right", 0, http.StatusAccepted, 1)
	send("behind again", 2*time.Minute, http.StatusServiceUnavailable, 2)
	if strings.Contains(w.log.String(), "webhook rejected") {
		t.Error("logged as forged")
	}
}

func TestWH11_OtherEventsEndNothing(t *testing.T) {
	t.Parallel()
	w := hooked(t)
	b, id := w.signedIn(kakaotest.PersonaRyan)
	for _, event := range []string{
		"user-linked", "user-scope-consent", "token-issued", "token-revoked", "account-enabled",
		"assurance-level-change",
		"https://schemas.openid.net/secevent/oauth/event-type/user-unlinked-not", "https://evil.example/user-unlinked",
	} {
		if d := w.accountWebhook(id, event, kakaotest.WebhookSend{}); d.Status != http.StatusAccepted {
			t.Errorf("%s: %+v", event, d)
		}
		w.settled()
		if !b.in() {
			t.Fatalf("%s signed a user out", event)
		}
	}
}

func TestWH12_ContentTypeIsChecked(t *testing.T) {
	t.Parallel()
	w := hooked(t)
	b, id := w.signedIn(kakaotest.PersonaRyan)
	for ct, want := range map[string]int{"text/html": 415, "application/json": 415, "application/jwt": 415} {
		if d := w.accountWebhook(id, "tokens-revoked", kakaotest.WebhookSend{ContentType: ct}); d.Status != want {
			t.Errorf("%s: %+v", ct, d)
		}
	}
	if a := w.hook("POST", accountHook, "", "", strings.NewReader("x")); a.StatusCode != 415 {
		t.Errorf("none: %s", a.Status)
	}
	if !b.in() {
		t.Fatal("a refused event had an effect")
	}
	if d := w.accountWebhook(id, "tokens-revoked", kakaotest.WebhookSend{
		ContentType: "application/secevent+jwt; charset=utf-8",
	}); d.Status != 202 {
		t.Errorf("with charset: %+v", d)
	}
	b.out(t)
}

func TestWH13_RevocationEndsOnlySessions(t *testing.T) {
	t.Parallel()
	w := hooked(t)
	other, _ := w.signedIn(kakaotest.PersonaApeach)
	for _, event := range []string{
		"tokens-revoked", "sessions-revoked", "credential-change", "credential-compromise", "account-disabled",
	} {
		b, id := w.signedIn(kakaotest.PersonaRyan)
		second, _ := w.signedIn(kakaotest.PersonaRyan)
		before := b.whoami().User.ID
		if d := w.accountWebhook(id, event, kakaotest.WebhookSend{}); d.Status != http.StatusAccepted {
			t.Errorf("%s: %+v", event, d)
		}
		b.out(t)
		second.out(t)
		again, _ := w.signedIn(kakaotest.PersonaRyan)
		if again.whoami().User.ID != before {
			t.Errorf("%s: the account was closed", event)
		}
		w.settled()
		if !again.in() {
			t.Errorf("%s ended a session that began after it", event)
		}
		again.post("/auth/signout", url.Values{})
	}
	if !other.in() {
		t.Error("another user was signed out")
	}
}

func TestWH14_LargeAndSlowBodiesAreRefused(t *testing.T) {
	t.Parallel()
	w := hooked(t)
	key := "KakaoAK " + w.adminKey()
	if a := w.hook(
		"POST",
		unlinkHook,
		key,
		formType,
		strings.NewReader(strings.Repeat("a", 10<<20)),
	); a.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("10 MB: %s", a.Status)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte(w.unlinkForm(1))); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	b := w.browser()
	r := b.request("POST", unlinkHook, &packed)
	r.Header = http.Header{"Authorization": {key}, "Content-Type": {formType}, "Content-Encoding": {"gzip"}}
	if a := b.do(r); a.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("gzip: %s", a.Status)
	}
	pr, pw := io.Pipe()
	go func() {
		for range 100 {
			if _, err := pw.Write([]byte("a")); err != nil {
				return
			}
			time.Sleep(200 * time.Millisecond)
		}
	}()
	began := time.Now()
	b = w.browser()
	r = b.request("POST", unlinkHook, pr)
	r.Header = http.Header{"Authorization": {key}, "Content-Type": {formType}}
	resp, err := b.http.Do(r)
	if err == nil {
		resp.Body.Close()
	}
	pw.CloseWithError(net.ErrClosed)
	if took := time.Since(began); took > 15*time.Second || err == nil && resp.StatusCode != http.StatusBadRequest {
		t.Errorf("a slow body: %v, %v", took, err)
	}
	if a := w.browser().get("/auth/session"); a.StatusCode != 200 {
		t.Errorf("others: %s", a.Status)
	}
}

// A request that is refused unread is answered at once, whether or not its body ever arrives: the sender needs no key.
func TestWH14_BodiesOfRefusedWebhooksAreNotWaitedFor(t *testing.T) {
	t.Parallel()
	w := hooked(t)
	trust := w.srv.Client().Transport.(*http.Transport).TLSClientConfig
	over := &tls.Config{RootCAs: trust.RootCAs, ServerName: "example.com", NextProtos: []string{"http/1.1"}}
	for name, rest := range map[string]string{"none": "", "some": "user_id=1&", "long": strings.Repeat("a", 100_000)} {
		conn, err := tls.Dial("tcp", w.srv.Listener.Addr().String(), over)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
			t.Fatal(err)
		}
		go func() {
			_, _ = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: 200000\r\n\r\n%s",
				unlinkHook, w.host, formType, rest)
		}()
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || resp.StatusCode != http.StatusUnauthorized || !resp.Close {
			t.Errorf("%s of the body: %v, %v", name, resp, err)
		}
	}
}

func TestWH15_NoRedirects(t *testing.T) {
	t.Parallel()
	w := hooked(t)
	for _, path := range []string{
		unlinkHook + "/", accountHook + "/", "/auth/webhooks/kakao", "/auth/webhooks/kakao/",
		"/auth/webhooks/kakao/other",
		"/auth/webhooks/nobody/unlink", "/auth//webhooks/kakao/unlink", "/auth/webhooks/kakao/../kakao/unlink",
	} {
		for _, method := range []string{"POST", "GET"} {
			a := w.hook(method, path, "KakaoAK "+w.adminKey(), formType, strings.NewReader(w.unlinkForm(1)))
			if a.StatusCode != http.StatusNotFound {
				t.Errorf("%s %s: %s to %q", method, path, a.Status, a.Header.Get("Location"))
			}
		}
	}
	a := w.hook("POST", unlinkHook, "KakaoAK "+w.adminKey(), formType, strings.NewReader(w.unlinkForm(1)))
	if a.StatusCode != 200 || len(a.Cookies()) != 0 {
		t.Errorf("%s with %d cookies", a.Status, len(a.Cookies()))
	}
	if a := w.hook(
		"PUT", unlinkHook, "KakaoAK "+w.adminKey(), formType, nil,
	); a.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("PUT: %s", a.Status)
	}
}

func TestWH16_BothAdminKeysAreAccepted(t *testing.T) {
	t.Parallel()
	w := hooked(t)
	b, id := w.signedIn(kakaotest.PersonaRyan)
	old := w.adminKey()
	keys := func(keys ...string) func(*app.Config) { return func(c *app.Config) { c.Kakao.AdminKeys = keys } }
	w.restart(keys("emu-the-new-one"))
	if d := w.unlinkWebhook(id, "", kakaotest.WebhookSend{}); d.Status != http.StatusUnauthorized || !b.in() {
		t.Errorf("after the old key was removed: %+v", d)
	}
	w.restart(keys("emu-the-new-one", old))
	if d := w.unlinkWebhook(id, "", kakaotest.WebhookSend{}); d.Status != http.StatusOK {
		t.Errorf("both: %+v", d)
	}
	b.out(t)
}

// The effect of an unlink by the setting NORANG_UNLINK_POLICY and the reason.
func TestUnlinkPolicy(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		referrer string
		policy   string
		in, same bool // signed in afterwards; the same user at the next sign-in
	}{
		"unlinked by the user": {"UNLINK_FROM_APPS", "", false, false},
		"account deleted":      {"ACCOUNT_DELETE", "", false, false},
		"an unknown reason":    {"SOMETHING_NEW", "", false, false},
		"never signed up":      {"INCOMPLETE_SIGN_UP", "", true, true},
		"by Kakao's operators": {"UNLINK_FROM_ADMIN", "", false, true},
		"members are kept":     {"UNLINK_FROM_APPS", "keep", false, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := hooked(t, func(cfg *app.Config) { cfg.UnlinkPolicy = c.policy })
			b, _ := w.signedIn(kakaotest.PersonaRyan)
			before := b.whoami().User.ID
			if !w.kakao.Unlink(0, kakaotest.PersonaRyan, c.referrer) {
				t.Fatal("not linked")
			}
			if d := w.delivered(nil); d.Status != 200 {
				t.Fatalf("%+v", d)
			}
			w.settled()
			if eventually(t, "sessions as decided", func() bool { return b.in() == c.in }); c.in != b.in() {
				t.Errorf("signed in: %t", !c.in)
			}
			again, _ := w.signedIn(kakaotest.PersonaRyan)
			if same := again.whoami().User.ID == before; same != c.same {
				t.Errorf("same user: %t", same)
			}
			if w.calls("user/unlink") != 0 {
				t.Error("unlink was called for a link that had ended")
			}
		})
	}
}

func TestIncompleteSignUpEndsPendingUsers(t *testing.T) {
	t.Parallel()
	w := hooked(t, func(c *app.Config) { c.Age = "declare" })
	b, _ := w.signedIn(kakaotest.PersonaRyan)
	if b.whoami().Status != "pending" {
		t.Fatal("joined without the page")
	}
	w.kakao.Unlink(0, kakaotest.PersonaRyan, "INCOMPLETE_SIGN_UP")
	if d := w.delivered(nil); d.Status != 200 {
		t.Errorf("%+v", d)
	}
	b.out(t)
}

// A late event concerns the past: later actions of the user are not undone.
func TestLateEventsDoNotUndoLaterActions(t *testing.T) {
	t.Parallel()
	w := hooked(t)
	b, id := w.signedIn(kakaotest.PersonaRyan)
	before := b.whoami().User.ID
	w.kakao.HoldWebhooks()
	if err := w.kakao.SendAccountWebhook(0, id, "user-unlinked", map[string]any{
		"reason": "UNLINK_FROM_APPS",
	}, kakaotest.WebhookSend{}); err != nil {
		t.Fatal(err)
	}
	w.clock.advance(10 * time.Minute)
	again, _ := w.signedIn(kakaotest.PersonaRyan)
	w.kakao.ReleaseWebhooks(false)
	if d := w.delivered(nil); d.Status != http.StatusAccepted {
		t.Errorf("%+v", d)
	}
	b.out(t)
	w.settled()
	if who := again.whoami(); !who.SignedIn || who.User.ID != before {
		t.Errorf("%+v", who)
	}
}
