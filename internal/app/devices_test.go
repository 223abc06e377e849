package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// Cases SE about users managing their own sessions.

const (
	devicesPath = "/auth/account/sessions"
	logPath     = "/auth/account/log"

	agentPhone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4_1 like Mac OS X) " +
		"AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4.1 Mobile/15E148 Safari/604.1"
	agentTalk = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4_1 like Mac OS X) " +
		"AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 KAKAOTALK 10.6.5 (INAPP)"
	agentWhale = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) " +
		"AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Whale/3.26.244.20 Safari/537.36"
)

// device returns a signed-in browser.
func (w *world) device(persona, agent string) *browser {
	w.t.Helper()
	b := w.browser()
	b.agent = agent
	b.signIn(persona, "")
	if !b.whoami().SignedIn {
		w.t.Fatal("not signed in")
	}
	return b
}

// korean requests a page in Korean.
func (b *browser) korean(path string) answer {
	b.w.t.Helper()
	r := b.request("GET", path, nil)
	r.Header.Set("Accept-Language", "ko")
	return b.do(r)
}

// rule sends a form of the device list with its CSRF token.
func (b *browser) rule(form url.Values) answer {
	b.w.t.Helper()
	form.Set("csrf", hidden(b.w.t, b.get(devicesPath).body, "csrf"))
	return b.post(devicesPath, form)
}

func TestDevicesAreListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	phone := w.device(kakaotest.PersonaRyan, agentPhone)
	w.device(kakaotest.PersonaRyan, agentWhale)
	w.device(kakaotest.PersonaApeach, agentTalk)
	page := phone.korean(devicesPath).body
	own, other := strings.Index(page, "아이폰, Safari"), strings.Index(page, "윈도우, 웨일")
	if tag := strings.Index(page, "지금 쓰는 기기"); tag < 0 || own < tag || other < own {
		t.Errorf("order: tag, own %d, other %d in\n%s", own, other, page)
	}
	if strings.Contains(page, "카카오톡") {
		t.Error("the list contains a device of another user")
	}
	for _, want := range []string{
		"접속 IP <bdi>127.0.0.*</bdi>", "마지막 사용 <bdi>오늘 ", "다른 기기 모두 로그아웃", "내가 아니라면 바로 로그아웃해 주세요.",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%q not found in\n%s", want, page)
		}
	}
	if strings.Contains(page, "<bdi>127.0.0.1<") {
		t.Error("the list shows full IP addresses")
	}
	w.clock.advance(24 * time.Hour)
	if page := phone.korean(devicesPath).body; !strings.Contains(page, "마지막 사용 <bdi>어제 ") {
		t.Errorf("a day later:\n%s", page)
	}
}

func TestDeviceListNeedsAMemberSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) { c.Age = "declare" })
	nobody, pending := w.browser(), w.browser()
	pending.signIn(kakaotest.PersonaRyan, "")
	for _, path := range []string{devicesPath, logPath} {
		if a := nobody.get(path); a.StatusCode != http.StatusSeeOther ||
			!strings.HasPrefix(a.Header.Get("Location"), "/auth/login?") {
			t.Errorf("%s without a session: %s to %q", path, a.Status, a.Header.Get("Location"))
		}
		if a := pending.get(path); a.StatusCode != http.StatusSeeOther ||
			!strings.HasPrefix(a.Header.Get("Location"), "/auth/join?") {
			t.Errorf("%s with a pending session: %s to %q", path, a.Status, a.Header.Get("Location"))
		}
	}
}

func TestEndingOneDevice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	own, other, third := w.device(
		kakaotest.PersonaRyan,
		agentPhone,
	), w.device(
		kakaotest.PersonaRyan,
		agentWhale,
	), w.device(
		kakaotest.PersonaRyan,
		agentTalk,
	)
	before := own.cookie(sessionCookie)
	a := own.rule(url.Values{"action": {"one"}, "id": {other.whoami().Session.ID}})
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != devicesPath+"?notice=device_ended" {
		t.Errorf("%s to %q", a.Status, a.Header.Get("Location"))
	}
	if other.get("/auth/verify").StatusCode != 401 || other.whoami().SignedIn {
		t.Error("the ended device is still signed in")
	}
	if !own.whoami().SignedIn || !third.whoami().SignedIn || own.cookie(sessionCookie) != before {
		t.Error("another session changed")
	}
	if page := own.korean(a.Header.Get("Location")).body; !strings.Contains(page, "그 기기에서 로그아웃했어요.") ||
		strings.Contains(page, "윈도우") {
		t.Errorf("the list afterwards:\n%s", page)
	}
	// The button next to the current device is an ordinary sign-out.
	a = own.rule(url.Values{"action": {"one"}, "id": {own.whoami().Session.ID}})
	if a.StatusCode != http.StatusSeeOther || own.cookie(sessionCookie) != "" || own.whoami().SignedIn ||
		!third.whoami().SignedIn {
		t.Errorf("current session: %s, cookie %q", a.Status, own.cookie(sessionCookie))
	}
}

func TestSE11_ForeignSessionIDIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	thief, victim := w.device(kakaotest.PersonaApeach, ""), w.device(kakaotest.PersonaRyan, "")
	gone := w.device(kakaotest.PersonaApeach, "")
	goneID, id := gone.whoami().Session.ID, victim.whoami().Session.ID
	gone.post("/auth/signout", nil)
	if len(id) != 36 || strings.Contains(victim.cookie(sessionCookie), id) {
		t.Errorf("id %q", id)
	}
	// Foreign, ended and unknown sessions get the same response.
	var bodies []string
	for _, id := range []string{
		id,
		goneID,
		"01932b1c-7c5e-7a2b-9d10-6f0e8b1c2d3e",
		"1",
		"2",
		"3",
		"",
		"\x00",
		"'; --",
		strings.Repeat("a", 5000),
		strings.ToUpper(id),
	} {
		a := thief.rule(url.Values{"action": {"one"}, "id": {id}})
		if a.StatusCode != http.StatusNotFound || !strings.Contains(a.body, "already signed out") {
			t.Errorf("%.40q: %s", id, a.Status)
		}
		bodies = append(bodies, a.body)
	}
	for _, body := range bodies[1:] {
		if body != bodies[0] {
			t.Error("the responses differ")
		}
	}
	if !victim.whoami().SignedIn || !thief.whoami().SignedIn {
		t.Error("a session ended")
	}
	if a := thief.rule(url.Values{"action": {"one", "one"}}); a.StatusCode != http.StatusNotFound ||
		!thief.whoami().SignedIn {
		t.Errorf("without id: %s", a.Status)
	}
	for _, action := range []string{"", "all", "ONE"} {
		if a := thief.rule(url.Values{"action": {action}}); a.StatusCode != http.StatusBadRequest ||
			!thief.whoami().SignedIn {
			t.Errorf("action %q: %s", action, a.Status)
		}
	}
}

func TestSE03_SE10_EndingAllOtherDevices(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	own, second, third := w.device(
		kakaotest.PersonaRyan,
		agentPhone,
	), w.device(
		kakaotest.PersonaRyan,
		agentWhale,
	), w.device(
		kakaotest.PersonaRyan,
		agentTalk,
	)
	stranger := w.device(kakaotest.PersonaApeach, "")
	old, before := own.cookie(sessionCookie), own.whoami()
	thief := w.browser()
	thief.setCookie(sessionCookie, old)
	if !thief.whoami().SignedIn {
		t.Fatal("the stolen cookie did not work before")
	}
	a := own.rule(url.Values{"action": {"others"}})
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != devicesPath+"?notice=others_ended" {
		t.Fatalf("%s %s", a.Status, a.body)
	}
	for name, b := range map[string]*browser{"second": second, "third": third, "the copy of the old cookie": thief} {
		if b.get("/auth/verify").StatusCode != 401 || b.whoami().SignedIn {
			t.Errorf("%s is still signed in", name)
		}
	}
	if own.cookie(sessionCookie) == old || own.cookie(sessionCookie) == "" {
		t.Error("the token of this browser did not change")
	}
	// Other tabs of the browser have the new cookie and stay in the same session.
	after := own.whoami()
	if !after.SignedIn || after.Session.ID != before.Session.ID ||
		after.Session.ExpiresAt != before.Session.ExpiresAt ||
		!stranger.whoami().SignedIn {
		t.Errorf("before %+v, after %+v", before.Session, after.Session)
	}
	for _, c := range a.Cookies() {
		if c.Name == sessionCookie &&
			(c.MaxAge < int((89*24*time.Hour).Seconds()) || c.MaxAge > int((90*24*time.Hour).Seconds()) ||
				!c.HttpOnly || !c.Secure) {
			t.Errorf("the new cookie is %s", c.Raw)
		}
	}
	// A request of another tab that was sent just before must not delete the new cookie.
	late := own.request("GET", "/auth/session", nil)
	late.Header.Set("Cookie", sessionCookie+"="+old)
	tab := &browser{
		w:    w,
		http: &http.Client{Transport: own.http.Transport},
	} // no jar: the cookie comes from the header alone
	if a := tab.do(late); len(a.Cookies()) != 0 || !strings.Contains(a.body, `"signed_in":false`) {
		t.Errorf("the late response sets %v and says %s", a.Cookies(), a.body)
	}
	if page := own.korean(a.Header.Get("Location")).body; !strings.Contains(page, "다른 기기에서는 로그인하지 않았어요.") {
		t.Errorf("the list afterwards:\n%s", page)
	}
}

func TestDeviceFormsNeedOriginAndCSRFToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	own, other := w.device(kakaotest.PersonaRyan, ""), w.device(kakaotest.PersonaRyan, "")
	token := hidden(t, own.get(devicesPath).body, "csrf")
	foreign := hidden(t, w.device(kakaotest.PersonaApeach, "").get(devicesPath).body, "csrf")
	for name, c := range map[string]struct{ site, token string }{
		"no token":                 {"same-origin", ""},
		"another's token":          {"same-origin", foreign},
		"cross-site":               {"cross-site", token},
		"same-site":                {"same-site", token},
		"typed in the address bar": {"none", token},
	} {
		for _, form := range []url.Values{
			{"action": {"others"}},
			{"action": {"one"}, "id": {other.whoami().Session.ID}},
		} {
			form.Set("csrf", c.token)
			r := own.request("POST", devicesPath, strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Sec-Fetch-Site", c.site)
			if a := own.do(r); a.StatusCode != http.StatusForbidden {
				t.Errorf("%s, %v: %s", name, form, a.Status)
			}
		}
	}
	if !own.whoami().SignedIn || !other.whoami().SignedIn {
		t.Error("a session ended")
	}
	// A script on our own pages sends the token in the header and gets an empty success response.
	r := own.request("POST", devicesPath, strings.NewReader("action=others"))
	for k, v := range map[string]string{
		"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors",
		"X-Norang-CSRF": token,
	} {
		r.Header.Set(k, v)
	}
	if a := own.do(r); a.StatusCode != http.StatusNoContent || other.whoami().SignedIn || !own.whoami().SignedIn {
		t.Errorf("with fetch: %s %s", a.Status, a.body)
	}
}

func TestSE13_SessionCap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stranger := w.device(kakaotest.PersonaApeach, "")
	var all []*browser
	for range session.MaxPerUser + 1 {
		all = append(all, w.device(kakaotest.PersonaRyan, agentPhone))
		w.clock.advance(time.Second)
	}
	if all[0].whoami().SignedIn {
		t.Error("the oldest is still signed in")
	}
	for i, b := range append(all[1:], stranger) {
		if !b.whoami().SignedIn {
			t.Errorf("device %d of %d was signed out", i+2, len(all))
		}
	}
	// Failed attempts end no session, however many there are.
	for range 5 {
		w.browser().get("/oauth/kakao?login_hint=" + kakaotest.PersonaRyan)
	}
	page := all[1].korean(devicesPath).body
	if n := strings.Count(page, `name="id"`); n != session.MaxPerUser-1 || !all[1].whoami().SignedIn {
		t.Errorf("%d other devices in the list", n)
	}
	if page := all[1].korean(logPath).body; !strings.Contains(page, "가장 먼저 로그인한 기기는 자동으로 로그아웃됐어요") {
		t.Errorf("the security log lacks it:\n%s", page)
	}
}

func TestSecurityLogDistinguishesSignOuts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.device(kakaotest.PersonaRyan, "")
	for _, path := range []string{"/", "/auth/account"} {
		page := b.korean(path).body
		for _, want := range []string{
			`type="submit">로그아웃<`, `<summary>다른 방법으로 로그아웃<`, `name="everywhere" value="1">모든 기기에서 로그아웃<`,
			`href="/oauth/kakao/signout" aria-describedby="signout-note">카카오계정도 함께 로그아웃<`, "함께 쓰는 PC라면 이걸 고르세요",
		} {
			if strings.Count(page, want) != 1 {
				t.Errorf("%s: %d times %q", path, strings.Count(page, want), want)
			}
		}
	}
}

func TestSecurityLogShowsOnlyTheOwnUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	own, other := w.device(kakaotest.PersonaRyan, agentPhone), w.device(kakaotest.PersonaRyan, agentWhale)
	w.device(kakaotest.PersonaApeach, agentTalk)
	page := own.korean(logPath).body
	for _, want := range []string{"처음 로그인했어요", "로그인했어요", "아이폰, Safari", "윈도우, 웨일", "<bdi>127.0.0.1</bdi>"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q not found in\n%s", want, page)
		}
	}
	if strings.Contains(page, "카카오톡") {
		t.Error("the log contains the sign-in of another user")
	}
	if strings.Contains(page, own.whoami().Session.ID) || strings.Contains(page, own.cookie(sessionCookie)) {
		t.Error("the log contains session ids")
	}
	own.rule(url.Values{"action": {"one"}, "id": {other.whoami().Session.ID}})
	third := w.device(kakaotest.PersonaRyan, "")
	w.device(kakaotest.PersonaRyan, "")
	own.rule(url.Values{"action": {"others"}})
	third.signIn(kakaotest.PersonaRyan, "")
	third.signIn(kakaotest.PersonaRyan, "")
	third.post("/auth/signout", nil)
	page = own.korean(logPath).body
	for _, want := range []string{
		"기기 하나에서 로그아웃했어요", "다른 기기에서 로그아웃했어요 (2대)", "같은 브라우저에서 다시 로그인해서 이전 로그인은 끝났어요", ">로그아웃했어요<",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%q not found in\n%s", want, page)
		}
	}
}

func TestSecurityLogIsPaged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.device(kakaotest.PersonaRyan, agentPhone)
	if page := b.get(logPath).body; strings.Contains(page, "page=") {
		t.Error("one page, and links to others")
	}
	for range 10 { // each records a sign-in and the end of the previous session
		w.clock.advance(time.Second)
		b.signIn(kakaotest.PersonaRyan, "")
	}
	first, second := b.get(logPath).body, b.get(logPath+"?page=2").body
	if !strings.Contains(first, logPath+"?page=2") || strings.Contains(first, "page=0") ||
		strings.Count(first, "<li>") != 20 {
		t.Errorf("first page:\n%s", first)
	}
	if !strings.Contains(second, logPath+"?page=1") || strings.Contains(second, "page=3") ||
		!strings.Contains(second, "First sign-in") {
		t.Errorf("second page:\n%s", second)
	}
	if a := b.get(logPath + "?page=50"); a.StatusCode != 200 || strings.Contains(a.body, "page=51") ||
		!strings.Contains(a.body, "No activity yet.") {
		t.Errorf("an empty page: %s\n%s", a.Status, a.body)
	}
	for _, n := range []string{"0", "-1", "51", "x", "1e3", "99999999999999999999"} {
		if a := b.get(logPath + "?page=" + n); a.StatusCode != http.StatusNotFound {
			t.Errorf("page %s: %s", n, a.Status)
		}
	}
}
