package main

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/kakao/kakaotest"
	"github.com/norang-login/norang/norangtest"
)

// TestAdminPage lists, disables, enables and signs out a user, and refuses strangers, other users and other sites.
func TestAdminPage(t *testing.T) {
	t.Parallel()
	svc := norangtest.New(t, norang.Config{})
	admin := norangtest.SignIn(t, svc, kakaotest.PersonaRyan)
	user := norangtest.SignIn(t, svc, kakaotest.PersonaApeach)
	app := handler(svc, []string{admin.ID})

	send := func(s *norangtest.Session, method, site string, form url.Values) (int, string) {
		t.Helper()
		r, err := http.NewRequest(method, "/admin", strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if site != "" {
			r.Header.Set("Sec-Fetch-Site", site)
			r.Header.Set("Origin", "https://evil.example")
		}
		res, err := s.Client(app).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(body)
	}
	act := func(s *norangtest.Session, site, action string) int {
		t.Helper()
		code, _ := send(s, "POST", site, url.Values{"id": {user.ID}, "action": {action}, "reason": {"신고 3건"}})
		return code
	}
	look := func() *norang.Account {
		t.Helper()
		u, err := svc.Users().Get(t.Context(), "id:"+user.ID)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}

	if code, body := send(admin, "GET", "", nil); code != 200 || !strings.Contains(body, "라이언") ||
		!strings.Contains(body, user.ID) {
		t.Fatalf("%d %s", code, body)
	}
	if code, body := send(user, "GET", "", nil); code != http.StatusForbidden || strings.Contains(body, admin.ID) {
		t.Errorf("a user who is no admin: %d %s", code, body)
	}
	if code := act(user, "", "disable"); code != http.StatusForbidden {
		t.Errorf("a user who is no admin disables: %d", code)
	}
	if code := act(admin, "cross-site", "disable"); code != http.StatusForbidden {
		t.Errorf("a form of another site: %d", code)
	}
	if code := act(admin, "", "delete"); code != http.StatusBadRequest {
		t.Errorf("an unknown action: %d", code)
	}
	if u := look(); u.Status != norang.StatusActive || u.Sessions != 1 {
		t.Fatalf("something was done: %+v", u)
	}
	if code := act(admin, "", "signout"); code != 200 || look().Sessions != 0 {
		t.Errorf("sign out: %d, %+v", code, look())
	}
	if code := act(admin, "", "disable"); code != 200 || look().Status != norang.StatusDisabled {
		t.Errorf("disable: %d, %+v", code, look())
	}
	if _, body := send(admin, "GET", "", nil); !strings.Contains(body, `value="enable"`) {
		t.Errorf("the list shows no disabled user: %s", body)
	}
	if code := act(admin, "", "enable"); code != 200 || look().Status != norang.StatusActive {
		t.Errorf("enable: %d, %+v", code, look())
	}
}
