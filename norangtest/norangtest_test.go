package norangtest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/kakao/kakaotest"
	"github.com/norang-login/norang/naver/navertest"
	"github.com/norang-login/norang/norangtest"
)

// expectFailure is a test that has to end with a message.
type expectFailure struct {
	testing.TB
	want string
}

func (e *expectFailure) Fatalf(format string, args ...any) {
	e.TB.Helper()
	if got := fmt.Sprintf(format, args...); !strings.Contains(got, e.want) {
		e.TB.Errorf("the test ends with %q, want something about %q", got, e.want)
	}
	runtime.Goexit()
}

// fails runs do, which has to end a test with a message.
func fails(t *testing.T, want string, do func(testing.TB)) {
	t.Helper()
	ended := true
	var wg sync.WaitGroup
	wg.Go(func() {
		do(&expectFailure{TB: t, want: want})
		ended = false
	})
	wg.Wait()
	if !ended {
		t.Errorf("the test goes on, want something about %q", want)
	}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	emu := kakaotest.Start(t)
	svc := norangtest.New(t, norangtest.Emulate(emu, norang.Config{
		URL: "https://shop.test", Prefix: "/account/sign-in",
		Terms: []norang.Term{
			{Tag: "service", Version: "2026-01", TitleKo: "이용약관", TitleEn: "Terms", Required: true},
			{Tag: "news", Version: "1", TitleKo: "혜택 소식 받기", TitleEn: "News", Marketing: true},
		},
	}))
	app := svc.Wrap(svc.RequireConsent(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u, _ := norang.UserFrom(r.Context())
		news := svc.HasConsent(r.Context(), norang.Consent{Term: "news"})
		fmt.Fprintf(w, "%s %s %v %s %v", r.Method, u.ID, r.URL, r.PostFormValue("a"), news)
	}), norang.Consent{Term: "service"}))

	t.Run("several users at the same time", func(t *testing.T) {
		personas := []string{
			kakaotest.PersonaRyan, kakaotest.PersonaApeach, kakaotest.PersonaFull, kakaotest.PersonaNoEmail,
		}
		sessions := make([]*norangtest.Session, len(personas))
		var wg sync.WaitGroup
		for i, p := range personas {
			wg.Go(func() { sessions[i] = norangtest.SignIn(t, svc, p) })
		}
		wg.Wait()
		seen := map[string]bool{}
		for i, s := range sessions {
			if s == nil || seen[s.ID] || s.Subject != fmt.Sprint(3141592601+i) || s.Origin != "https://shop.test" {
				t.Fatalf("%s: %+v", personas[i], s)
			}
			seen[s.ID] = true
			if !hasSession(s) {
				t.Errorf("%v", s.Cookies())
			}
		}
		u := sessions[0].User
		if u.Nickname != "라이언" || u.Email != "ryan@example.com" || u.AuthTime.IsZero() || u.SessionID == "" {
			t.Errorf("%+v", u)
		}
	})

	ryan := norangtest.SignIn(t, svc, kakaotest.PersonaRyan) // has joined
	read := func(c *http.Client, path string, form url.Values) string {
		t.Helper()
		res, err := c.Get(path)
		if form != nil {
			res, err = c.PostForm(path, form)
		}
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	client := ryan.Client(app)
	if got, want := read(client, "/my?b=2", nil), "GET "+ryan.ID+" /my?b=2  false"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	form := url.Values{"a": {"1"}}
	if got, want := read(client, ryan.Origin+"/my", form), "POST "+ryan.ID+" /my 1 false"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := read(client, emu.URL()+"/-/healthz", nil); strings.Contains(got, "GET ") {
		t.Errorf("another host is answered by the handler: %q", got)
	}
	res, err := client.PostForm("/account/sign-in/signout", nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if hasSession(ryan) {
		t.Errorf("%v after the sign-out, which ended at %v", ryan.Cookies(), res.Request.URL)
	}
	if got := read(client, "/my", nil); !strings.Contains(got, "shop.test에 로그인하세요") {
		t.Errorf("after the sign-out: %q", got)
	}
}

func hasSession(s *norangtest.Session) bool {
	return slices.ContainsFunc(s.Cookies(), func(c *http.Cookie) bool { return c.Name == "__Host-norang" })
}

func TestSignInThatFailsEndsTheTest(t *testing.T) {
	t.Parallel()
	emu := kakaotest.Start(t)
	svc := norangtest.New(t, norangtest.Emulate(emu, norang.Config{}))
	for persona, want := range map[string]string{
		kakaotest.PersonaDeclines:   "without a session",
		kakaotest.PersonaNotAMember: "KOE005",
		kakaotest.PersonaBlocked:    "problem provider.",
		"nobody":                    "nobody",
	} {
		fails(t, want, func(t testing.TB) { norangtest.SignIn(t, svc, persona) })
	}
	if err := emu.Script(kakaotest.Scenario{Endpoint: "oauth/token", Code: "KOE320"}); err != nil {
		t.Fatal(err)
	}
	fails(t, "502 Bad Gateway with problem provider.", func(t testing.TB) {
		norangtest.SignIn(t, svc, kakaotest.PersonaApeach)
	})
	fails(t, "Kakao.AppID", func(t testing.TB) {
		norangtest.New(t, norang.Config{Kakao: norang.Kakao{ClientID: "0123456789abcdef0123456789abcdef"}})
	})
	real := norangtest.New(t, norang.Config{Kakao: norang.Kakao{
		ClientID: "0123456789abcdef0123456789abcdef", AppID: 1, ClientSecret: "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345",
		AdminKeys: []string{"fedcba9876543210fedcba9876543210"},
	}})
	fails(t, "norangtest.Emulate", func(t testing.TB) { norangtest.SignIn(t, real, kakaotest.PersonaRyan) })
}

// What WithUser puts into a context is what UserFrom returns, in every field.
func TestWithUserKeepsEveryField(t *testing.T) {
	t.Parallel()
	u := norang.User{
		ID: "01932b1c-7c5e-7a2b-9d10-6f0e8b1c2d3e", Ref: "10482",
		Nickname: "라이언", Picture: "https://p.kakaocdn.net/x.jpg", Email: "ryan@example.com",
		CreatedAt: time.Unix(1764500000, 0).UTC(), Provider: "kakao", Namespace: "123456", Subject: "3141592601",
		SessionID: "s", AuthTime: time.Unix(1764500001, 0).UTC(),
	}
	unverified := u
	unverified.Email, unverified.EmailUnverified, unverified.EmailRelay = "", "ryan@example.com", true
	filled := 0
	for _, want := range []norang.User{u, unverified, {}} {
		got, ok := norang.UserFrom(norangtest.WithUser(context.Background(), want))
		if !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	for i := range reflect.TypeFor[norang.User]().NumField() {
		if !reflect.ValueOf(u).Field(i).IsZero() || !reflect.ValueOf(unverified).Field(i).IsZero() {
			filled++
		}
	}
	if all := reflect.TypeFor[norang.User]().NumField(); filled != all {
		t.Errorf("the test fills %d of %d fields", filled, all)
	}
}

// A persona of another provider's emulator signs in as well; the service may offer several.
func TestSignInAtAnotherProvider(t *testing.T) {
	t.Parallel()
	emu := navertest.StartWith(t, navertest.Config{App: navertest.App{
		CallbackURLs: []string{norangtest.URL + "/oauth/naver/callback"},
	}})
	svc := norangtest.New(t, norang.Config{Naver: norang.Naver{
		ClientID: emu.App().ClientID, ClientSecret: emu.App().ClientSecret, AuthURL: emu.URL(), APIURL: emu.APIURL(),
	}})
	s := norangtest.SignInAt(t, svc, "naver", navertest.PersonaBoseong)
	if s.Provider != "naver" || s.Subject != emu.UserID(navertest.PersonaBoseong) || s.Nickname != "보성녹차" {
		t.Errorf("%+v", s.User)
	}
	if kakao := norangtest.SignIn(t, svc, kakaotest.PersonaRyan); kakao.Provider != "kakao" || kakao.ID == s.ID {
		t.Errorf("%+v", kakao.User)
	}
	fails(t, "unknown account", func(t testing.TB) { norangtest.SignInAt(t, svc, "naver", "nobody") })
	fails(t, "unknown provider", func(t testing.TB) { norangtest.SignInAt(t, svc, "google", "x") })
}
