package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/kakao/kakaotest"
)

// Cases IT, end to end: for any defect of the ID token the user gets an error page and no session. IT-15 and
// IT-17 need tokens that the emulator cannot sign; they are tested in package kakao.

// refused signs in while Kakao plays the scenario, and checks the failure: a page with a link to try again, the
// status and one of the codes, no session, and one log line.
func (w *world) refused(t *testing.T, name string, sc kakaotest.Scenario, status int, codes ...string) answer {
	t.Helper()
	if err := w.kakao.Script(sc); err != nil {
		t.Fatal(err)
	}
	defer w.kakao.ClearScenarios()
	before := strings.Count(w.log.String(), `msg="request failed"`)
	b := w.browser()
	a := b.signIn(kakaotest.PersonaRyan, "/board")
	found := false
	for _, c := range codes {
		found = found || strings.Contains(a.body, "<code>"+c+"</code>")
	}
	if a.StatusCode != status || !found {
		t.Errorf("%s: %s, want %d and one of %v: %s", name, a.Status, status, codes, a.body)
	}
	if !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
		t.Errorf("%s: %q is not a page", name, a.Header.Get("Content-Type"))
	}
	if strings.Count(a.body, `href="/auth/login`) != strings.Count(a.body, `return_to=%2Fboard"`) {
		t.Errorf("%s: the link to sign in again lost the return URL: %s", name, a.body)
	}
	if b.cookie(sessionCookie) != "" || b.whoami().SignedIn {
		t.Errorf("%s: signed in", name)
	}
	if n := strings.Count(w.log.String(), `msg="request failed"`) - before; n != 1 {
		t.Errorf("%s: %d lines in the log, want 1", name, n)
	}
	return a
}

// accepted is the opposite of refused.
func (w *world) accepted(t *testing.T, name string, scenarios ...kakaotest.Scenario) {
	t.Helper()
	if err := w.kakao.Script(scenarios...); err != nil {
		t.Fatal(err)
	}
	defer w.kakao.ClearScenarios()
	b := w.browser()
	if a := b.signIn(kakaotest.PersonaRyan, "/board"); a.StatusCode != http.StatusSeeOther || !b.whoami().SignedIn {
		t.Errorf("%s: %s %s", name, a.Status, a.body)
	}
}

func token(f kakaotest.IDTokenFault) kakaotest.Scenario {
	return kakaotest.Scenario{Endpoint: "oauth/token", IDToken: &f}
}

type claims = map[string]any

func TestIT01_to_IT16_ForgedTokensAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ours := w.kakao.App().RESTKey
	in := func(d time.Duration) int64 { return time.Now().Add(d).Unix() }
	for name, f := range map[string]kakaotest.IDTokenFault{
		"IT-01 none":                  {Alg: "none"},
		"IT-01 nOnE":                  {Header: claims{"alg": "nOnE"}},
		"IT-01 no alg":                {RemoveHeader: []string{"alg"}},
		"IT-02 HS256":                 {Alg: "HS256"},
		"IT-03 broken":                {Tamper: true},
		"IT-03 another key":           {Key: "other"},
		"IT-04 another issuer":        {Claims: claims{"iss": "https://evil.example"}},
		"IT-04 slash":                 {Claims: claims{"iss": w.kakao.Issuer() + "/"}},
		"IT-04 case":                  {Claims: claims{"iss": strings.ToUpper(w.kakao.Issuer())}},
		"IT-05 another app":           {OtherAud: true},
		"IT-05 none":                  {Remove: []string{"aud"}},
		"IT-05 empty":                 {Claims: claims{"aud": ""}},
		"IT-06 without azp":           {Claims: claims{"aud": []string{ours, "other"}}},
		"IT-06 azp of another":        {Claims: claims{"aud": []string{ours, "other"}, "azp": "other"}},
		"IT-07 no nonce":              {Remove: []string{"nonce"}},
		"IT-07 another nonce":         {Claims: claims{"nonce": "another"}},
		"IT-08 expired":               {Claims: claims{"exp": in(-70 * time.Second)}},
		"IT-09 no exp":                {Remove: []string{"exp"}},
		"IT-09 no iat":                {Remove: []string{"iat"}},
		"IT-09 no sub":                {Remove: []string{"sub"}},
		"IT-09 empty sub":             {Claims: claims{"sub": ""}},
		"IT-10 iat in the future":     {Claims: claims{"iat": in(10 * time.Minute)}},
		"IT-10 nbf in the future":     {Claims: claims{"nbf": in(10 * time.Minute)}},
		"IT-13 key URL in the header": {Key: "other", Header: claims{"jku": "https://evil.example/jwks.json"}},
		"IT-14 sub twice":             {Double: claims{"sub": "1"}},
		"IT-14 aud twice":             {Double: claims{"aud": "other"}},
		"IT-14 nonce twice":           {Double: claims{"nonce": "another"}},
		"IT-16 a megabyte":            {Raw: strings.Repeat("a", 1<<20)},
		"IT-20 no kid, another key":   {Key: "other", RemoveHeader: []string{"kid"}},
		"IT-22 wrong at_hash":         {Claims: claims{"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}},
	} {
		w.refused(t, name, token(f), http.StatusBadGateway, "provider.invalid_answer", "provider.clock")
	}
	for name, f := range map[string]kakaotest.IDTokenFault{
		"IT-06 aud as a list":     {Claims: claims{"aud": []string{ours}}},
		"IT-08 within the leeway": {Claims: claims{"exp": in(-30 * time.Second)}},
		"IT-20 no kid, two keys":  {RemoveHeader: []string{"kid"}},
		"IT-22 no at_hash":        {Remove: []string{"at_hash"}},
	} {
		w.accepted(t, name, token(f))
	}
}

func TestIT11_UnknownKidsFetchKeysOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 50 {
		w.refused(
			t,
			fmt.Sprint(i),
			token(kakaotest.IDTokenFault{Header: claims{"kid": fmt.Sprintf("random-%d", i)}}),
			http.StatusBadGateway,
			"provider.invalid_answer",
		)
	}
	if n := w.calls("jwks"); n > 2 {
		t.Errorf("%d requests for keys", n)
	}
}

func TestIT12_KeyRotationIsFollowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.accepted(t, "first")
	w.clock.advance(time.Minute)
	if err := w.kakao.RotateKeys(); err != nil {
		t.Fatal(err)
	}
	w.accepted(t, "after a rotation")
	w.clock.advance(time.Minute)
	w.accepted(t, "rotated just before signing", kakaotest.Scenario{Endpoint: "oauth/token", RotateKeys: true})
}

func TestIT18_IT19_UnavailableKeysFailClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	away := kakaotest.Scenario{Endpoint: "jwks", Status: 500, Times: -1}
	w.refused(t, "IT-18 cold", away, http.StatusServiceUnavailable, "provider.unavailable")
	w.clock.advance(2 * time.Minute)
	w.accepted(t, "available again")
	w.accepted(t, "IT-19 warm", away)
}

func TestIT21_UserInfoOfAnotherSubjectIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.refused(
		t,
		"another id",
		kakaotest.Scenario{Endpoint: "user/me", SetJSON: claims{"id": 4242}},
		http.StatusBadGateway,
		"provider.invalid_answer",
	)
	w.refused(
		t,
		"no id",
		kakaotest.Scenario{Endpoint: "user/me", RemoveJSON: []string{"id"}},
		http.StatusBadGateway,
		"provider.invalid_answer",
	)
	w.refused(
		t,
		"two ids",
		kakaotest.Scenario{Endpoint: "user/me", DoubleJSON: claims{"id": 4242}},
		http.StatusBadGateway,
		"provider.invalid_answer",
	)
}
