package app_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

const (
	unlinkHook  = "/auth/webhooks/kakao/unlink"
	accountHook = "/auth/webhooks/kakao/account"
)

// hooked is a world with both webhooks registered at Kakao.
func hooked(t *testing.T, changes ...func(*app.Config)) *world {
	t.Helper()
	w := newWorld(t, changes...)
	err := w.kakao.UpdateApp(0, func(a *kakaotest.App) {
		a.UnlinkWebhook = kakaotest.UnlinkWebhook{URL: w.srv.URL + unlinkHook, Method: "POST"}
		a.AccountWebhook = kakaotest.AccountWebhook{URL: w.srv.URL + accountHook, Events: []string{"account-enabled"}}
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// signedIn returns a signed-in browser of the persona and their Kakao number.
func (w *world) signedIn(persona string) (*browser, int64) {
	w.t.Helper()
	b := w.browser()
	b.signIn(persona, "")
	id, err := strconv.ParseInt(b.whoami().Identity.Subject, 10, 64)
	if err != nil {
		w.t.Fatal(err)
	}
	return b, id
}

// delivered waits for the webhooks that are in flight and returns the last response.
func (w *world) delivered(err error) kakaotest.Delivery {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.kakao.WaitWebhooks(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	all := w.kakao.Deliveries()
	if len(all) == 0 {
		w.t.Fatal("no webhook was sent")
	}
	return all[len(all)-1]
}

func (w *world) unlinkWebhook(id int64, referrer string, how kakaotest.WebhookSend) kakaotest.Delivery {
	w.t.Helper()
	return w.delivered(w.kakao.SendUnlinkWebhook(0, id, referrer, how))
}

func (w *world) accountWebhook(id int64, event string, how kakaotest.WebhookSend) kakaotest.Delivery {
	w.t.Helper()
	return w.delivered(w.kakao.SendAccountWebhook(0, id, event, nil, how))
}

// settled waits until no job is open.
func (w *world) settled() {
	w.t.Helper()
	eventually(w.t, "all jobs done", func() bool {
		r, err := http.NewRequestWithContext(w.t.Context(), "GET", "/metrics", nil)
		if err != nil {
			w.t.Fatal(err)
		}
		rec := newRecorder()
		w.app.Ops().ServeHTTP(rec, r)
		return strings.Contains(rec.body.String(), "\nnorang_jobs_open 0\n")
	})
}

// recorder is a minimal ResponseWriter.
type recorder struct {
	header http.Header
	body   strings.Builder
	status int
}

func newRecorder() *recorder                    { return &recorder{header: http.Header{}} }
func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }
func (b *browser) in() bool                     { b.w.t.Helper(); return b.whoami().SignedIn }
func (b *browser) out(t testing.TB) {
	t.Helper()
	eventually(t, "signed out", func() bool { return !b.in() })
}
func (w *world) adminKey() string { return w.kakao.App().AdminKey }
func (w *world) appID() string    { return strconv.FormatInt(w.kakao.App().AppID, 10) }

// hook sends a request to a webhook as an outsider would.
func (w *world) hook(method, path, auth, contentType string, body io.Reader) answer {
	w.t.Helper()
	b := w.browser()
	r := b.request(method, path, body)
	r.Header = http.Header{}
	if auth != "" {
		r.Header.Set("Authorization", auth)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return b.do(r)
}

const formType = "application/x-www-form-urlencoded"

func (w *world) unlinkForm(id int64) string {
	return url.Values{
		"app_id":        {w.appID()},
		"user_id":       {strconv.FormatInt(id, 10)},
		"referrer_type": {"UNLINK_FROM_APPS"},
	}.Encode()
}

func TestWH01_MissingOrWrongKeyIsRefused(t *testing.T) {
	t.Parallel()
	w := hooked(t)
	b, id := w.signedIn(kakaotest.PersonaRyan)
	for _, auth := range []string{"", "KakaoAK wrong", "Bearer " + w.adminKey(), "kakaoak " + w.adminKey(), "KakaoAK " + w.adminKey() + "x"} {
		if a := w.hook("POST", unlinkHook, auth, formType, strings.NewReader(w.unlinkForm(id))); a.StatusCode != http.StatusUnauthorized ||
			a.body != "" {
			t.Errorf("%q: %s %q", auth, a.Status, a.body)
		}
	}
	if d := w.unlinkWebhook(id, "", kakaotest.WebhookSend{WrongKey: true}); d.Status != http.StatusUnauthorized {
		t.Errorf("wrong key: %+v", d)
	}
	w.settled()
	if !b.in() {
		t.Error("a request with a wrong key signed a user out")
	}
	if strings.Contains(w.log.String(), w.adminKey()) || strings.Contains(w.log.String(), "KakaoAK") {
		t.Error("the log contains a key")
	}
}

func TestWH02_EventOfAnotherAppIsIgnored(t *testing.T) {
	t.Parallel()
	w := hooked(t)
	b, id := w.signedIn(kakaotest.PersonaRyan)
	if d := w.unlinkWebhook(id, "", kakaotest.WebhookSend{AppID: "9"}); d.Status != http.StatusForbidden {
		t.Errorf("%+v", d)
	}
	w.settled()
	if !b.in() {
		t.Error("another app's user was signed out here")
	}
}

func TestWH03_UnlinkByGETNeedsTheKey(t *testing.T) {
	t.Parallel()
	w := hooked(t)
	b, id := w.signedIn(kakaotest.PersonaRyan)
	if d := w.unlinkWebhook(id, "", kakaotest.WebhookSend{Method: "GET", WrongKey: true}); d.Status != http.StatusUnauthorized {
		t.Errorf("wrong key by GET: %+v", d)
	}
	if d := w.unlinkWebhook(id, "UNLINK_FROM_APPS", kakaotest.WebhookSend{Method: "GET"}); d.Status != http.StatusOK {
		t.Errorf("by GET: %+v", d)
	}
	b.out(t)
	log := w.log.String()
	if strings.Contains(log, w.adminKey()) || strings.Contains(log, strconv.FormatInt(id, 10)) {
		t.Error("the log contains the user id or the key")
	}
	if a := w.hook("HEAD", unlinkHook+"?"+w.unlinkForm(id), "KakaoAK "+w.adminKey(), "", nil); a.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("HEAD: %s", a.Status)
	}
}

func TestWH04_UnknownUserIsAccepted(t *testing.T) {
	t.Parallel()
	w := hooked(t)
	b, id := w.signedIn(kakaotest.PersonaRyan)
	if d := w.unlinkWebhook(id+1, "", kakaotest.WebhookSend{}); d.Status != http.StatusOK {
		t.Errorf("%+v", d)
	}
	w.settled()
	if !b.in() {
		t.Error("another user was signed out")
	}
}

func TestWH05_LockedDatabaseIsAnError(t *testing.T) {
	t.Parallel()
	w := hooked(t)
	b, id := w.signedIn(kakaotest.PersonaRyan)
	release := lockDatabase(t, filepath.Join(w.dir, "norang.db"))
	d := w.unlinkWebhook(id, "", kakaotest.WebhookSend{})
	if d.Status != http.StatusServiceUnavailable { // Kakao waits three seconds, and so does the emulator
		t.Errorf("%+v", d)
	}
	release()
	// Kakao's request failed; sent again it takes effect once.
	if d := w.unlinkWebhook(id, "", kakaotest.WebhookSend{}); d.Status != http.StatusOK {
		t.Errorf("afterwards: %+v", d)
	}
	b.out(t)
}

func TestWH07_DuplicatesHaveOneEffect(t *testing.T) {
	t.Parallel()
	w := hooked(t)
	b, id := w.signedIn(kakaotest.PersonaRyan)
	before := b.whoami().User.ID
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			if a := w.hook("POST", unlinkHook, "KakaoAK "+w.adminKey(), formType, strings.NewReader(w.unlinkForm(id))); a.StatusCode != 200 {
				t.Error(a.Status)
			}
		})
	}
	wg.Wait()
	b.out(t)
	w.settled()
	// The user signs in again at once, and a late copy of the webhook does not sign them out.
	again, _ := w.signedIn(kakaotest.PersonaRyan)
	if d := w.unlinkWebhook(id, "UNLINK_FROM_APPS", kakaotest.WebhookSend{}); d.Status != 200 {
		t.Errorf("%+v", d)
	}
	w.settled()
	if who := again.whoami(); !who.SignedIn || who.User.ID == before {
		t.Errorf("%+v", who)
	}
	if n := strings.Count(w.log.String(), "outcome"); n > 1 {
		t.Errorf("%d outcomes", n)
	}
}

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

func TestWH11_OtherEventsEndNothing(t *testing.T) {
	t.Parallel()
	w := hooked(t)
	b, id := w.signedIn(kakaotest.PersonaRyan)
	for _, event := range []string{
		"user-linked", "user-scope-consent", "token-issued", "token-revoked", "account-enabled", "assurance-level-change",
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
	if d := w.accountWebhook(id, "tokens-revoked", kakaotest.WebhookSend{ContentType: "application/secevent+jwt; charset=utf-8"}); d.Status != 202 {
		t.Errorf("with charset: %+v", d)
	}
	b.out(t)
}

func TestWH13_RevocationEndsOnlySessions(t *testing.T) {
	t.Parallel()
	w := hooked(t)
	other, _ := w.signedIn(kakaotest.PersonaApeach)
	for _, event := range []string{"tokens-revoked", "sessions-revoked", "credential-change", "credential-compromise", "account-disabled"} {
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
	if a := w.hook("POST", unlinkHook, key, formType, strings.NewReader(strings.Repeat("a", 10<<20))); a.StatusCode != http.StatusRequestEntityTooLarge {
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

func TestWH15_NoRedirects(t *testing.T) {
	t.Parallel()
	w := hooked(t)
	for _, path := range []string{
		unlinkHook + "/", accountHook + "/", "/auth/webhooks/kakao", "/auth/webhooks/kakao/", "/auth/webhooks/kakao/other",
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
	if a := w.hook("PUT", unlinkHook, "KakaoAK "+w.adminKey(), formType, nil); a.StatusCode != http.StatusMethodNotAllowed {
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
			b, id := w.signedIn(kakaotest.PersonaRyan)
			before := b.whoami().User.ID
			if d := w.unlinkWebhook(id, c.referrer, kakaotest.WebhookSend{}); d.Status != 200 {
				t.Fatalf("%+v", d)
			}
			w.settled()
			if b.in() != c.in {
				t.Errorf("signed in: %t", b.in())
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
	b, id := w.signedIn(kakaotest.PersonaRyan)
	if b.whoami().Status != "pending" {
		t.Fatal("joined without the page")
	}
	if d := w.unlinkWebhook(id, "INCOMPLETE_SIGN_UP", kakaotest.WebhookSend{}); d.Status != 200 {
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
	if err := w.kakao.SendAccountWebhook(0, id, "user-unlinked", map[string]any{"reason": "UNLINK_FROM_APPS"}, kakaotest.WebhookSend{}); err != nil {
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
