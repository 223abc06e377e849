package e2e_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/testkit/browsertest"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// device is a second device of the user: a client with its own cookies.
type device struct {
	t    *testing.T
	http *http.Client
	url  string
}

func (d *device) get(path string) string {
	d.t.Helper()
	r, err := http.NewRequestWithContext(d.t.Context(), http.MethodGet, d.url+path, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	r.Header.Set(
		"User-Agent",
		kakaoTalkAgent,
	)
	resp, err := d.http.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return string(body)
}

// A user finds an unknown device, signs out all others, and sees that in the security log. The browser must submit
// the forms (CSP), store the new cookie and keep its session.
func TestJourneyThroughDevices(t *testing.T) {
	t.Parallel()
	axe := browsertest.Axe(t)
	j := newJourney(t, browsertest.Start(t), browsertest.Screens()[:1], "ko", axe)
	if err := j.kakao.UpdateApp(0, func(a *kakaotest.App) { a.Auto, a.TokenLimitOff = true, true }); err != nil {
		t.Fatal(err)
	}
	start := "/oauth/kakao?login_hint=" + kakaotest.PersonaRyan
	browsertest.Open(t, j.tab, j.url+start)
	j.at(j.url, "/auth/join")
	j.tick(`#age`)
	j.tick(`#term-service`)
	j.click(`button[value="join"]`)
	j.see(`a[href="/auth/account"]`)

	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	other := &device{t, &http.Client{Jar: jar, Timeout: timeout}, j.url}
	other.get(start)
	if !strings.Contains(other.get("/auth/session"), `"signed_in":true`) {
		t.Fatal("the other device is not signed in")
	}

	before := sessionID(j.json("/auth/session"))
	browsertest.Open(t, j.tab, j.url+"/auth/account")
	j.click(`a[href="/auth/account/sessions"]`)
	j.see(`button[value="others"]`)
	j.look("e-devices")
	if list := j.text("main"); !strings.Contains(list, "안드로이드, 카카오톡") ||
		strings.Index(list, "지금 쓰는 기기") > strings.Index(list, "카카오톡") {
		t.Errorf("the list: %s", list)
	}
	j.click(`button[value="others"]`)
	j.at(j.url, "notice=others_ended")
	j.look("f-others-ended")
	if list := j.text("main"); strings.Contains(list, "카카오톡") || !strings.Contains(list, "다른 기기에서 모두 로그아웃했어요.") {
		t.Errorf("the list afterwards: %s", list)
	}
	if strings.Contains(other.get("/auth/session"), `"signed_in":true`) {
		t.Error("the other device is still signed in")
	}
	if after := sessionID(j.json("/auth/session")); after != before || after == "" {
		t.Errorf("session %q changed to %q", before, after)
	}
	browsertest.Open(t, j.tab, j.url+"/auth/account/log")
	j.look("g-log")
	if log := j.text("main"); !strings.Contains(log, "다른 기기에서 로그아웃했어요") || !strings.Contains(log, "가입했어요") {
		t.Errorf("the log: %s", log)
	}
	browsertest.Open(t, j.tab, j.url+"/auth/account")
	j.tick(`section summary`)
	j.click(`button[name="everywhere"]`)
	j.at(j.url, "notice=signed_out")
}

func sessionID(body string) string {
	_, rest, _ := strings.Cut(body, `"session":{"id":"`)
	id, _, _ := strings.Cut(rest, `"`)
	return id
}
