package app_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

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

// endLink ends the persona's link at Kakao without a webhook.
func (w *world) endLink(persona string) {
	w.t.Helper()
	hook := w.kakao.App().UnlinkWebhook
	set := func(h kakaotest.UnlinkWebhook) {
		if err := w.kakao.UpdateApp(0, func(a *kakaotest.App) { a.UnlinkWebhook = h }); err != nil {
			w.t.Fatal(err)
		}
	}
	set(kakaotest.UnlinkWebhook{})
	if !w.kakao.Unlink(0, persona, "") {
		w.t.Fatalf("%s is not linked", persona)
	}
	set(hook)
}

// settled waits until no job is due or at work.
func (w *world) settled() {
	w.t.Helper()
	eventually(w.t, "all jobs done", func() bool {
		open := "SELECT kind FROM jobs WHERE state = 'open' AND (attempts > 0 OR run_at <= %d)"
		return len(w.rows(fmt.Sprintf(open, w.clock.now().UnixMilli()))) == 0
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
	for _, auth := range []string{
		"", "KakaoAK wrong", "Bearer " + w.adminKey(), "kakaoak " + w.adminKey(), "KakaoAK " + w.adminKey() + "x",
	} {
		if a := w.hook(
			"POST",
			unlinkHook,
			auth,
			formType,
			strings.NewReader(w.unlinkForm(id)),
		); a.StatusCode != http.StatusUnauthorized ||
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
	if d := w.unlinkWebhook(id, "", kakaotest.WebhookSend{
		Method:   "GET",
		WrongKey: true,
	}); d.Status != http.StatusUnauthorized {
		t.Errorf("wrong key by GET: %+v", d)
	}
	w.endLink(kakaotest.PersonaRyan)
	if d := w.unlinkWebhook(id, "UNLINK_FROM_APPS", kakaotest.WebhookSend{Method: "GET"}); d.Status != http.StatusOK {
		t.Errorf("by GET: %+v", d)
	}
	b.out(t)
	log := w.log.String()
	if strings.Contains(log, w.adminKey()) || strings.Contains(log, strconv.FormatInt(id, 10)) {
		t.Error("the log contains the user id or the key")
	}
	if a := w.hook(
		"HEAD", unlinkHook+"?"+w.unlinkForm(id), "KakaoAK "+w.adminKey(), "", nil,
	); a.StatusCode != http.StatusMethodNotAllowed {
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
	w.endLink(kakaotest.PersonaRyan)
	release := lockDatabase(t, filepath.Join(w.dir, "norang.db"))
	d := w.unlinkWebhook(id, "", kakaotest.WebhookSend{})
	if d.Status != http.StatusServiceUnavailable { // the service's own limit is shorter than Kakao's
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
	w.endLink(kakaotest.PersonaRyan)
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			if a := w.hook(
				"POST",
				unlinkHook,
				"KakaoAK "+w.adminKey(),
				formType,
				strings.NewReader(w.unlinkForm(id)),
			); a.StatusCode != 200 {
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
