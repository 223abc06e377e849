package app_test

import (
	"net/http"
	"runtime/pprof"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/kakao/kakaotest"
)

// Cases PF, end to end: a failure of Kakao ends in an error page and ends no session.

func TestPF01_ServerErrorIsA503(t *testing.T) {
	t.Parallel()
	for _, endpoint := range []string{"oauth/token", "user/me"} {
		for _, status := range []int{500, 502, 503} {
			w := newWorld(t)
			a := w.refused(
				t,
				endpoint,
				kakaotest.Scenario{Endpoint: endpoint, Status: status, Body: "<h1>planted-body</h1>", Times: -1},
				http.StatusServiceUnavailable,
				"provider.unavailable",
			)
			if a.Header.Get("Retry-After") == "" ||
				!strings.Contains(a.body, "return_to=%2Fboard") && !strings.Contains(a.body, "/auth/login") {
				t.Errorf("%s %d: no link to start again: %s", endpoint, status, a.body)
			}
		}
	}
}

// A Kakao that accepts connections and never responds is given up at the deadline; signed-in users are not affected.
func TestPF02_HangingKakaoIsGivenUp(t *testing.T) {
	t.Parallel()
	pprof.SetGoroutineLabels(pprof.WithLabels(t.Context(), pprof.Labels("test", t.Name())))
	w := newWorld(t, givesUp)
	member := w.browser()
	member.signIn(kakaotest.PersonaApeach, "")
	before := labelledGoroutines(t)
	w.refused(
		t,
		"hang",
		kakaotest.Scenario{Endpoint: "oauth/token", Hang: true},
		http.StatusServiceUnavailable,
		"provider.unavailable",
	)
	if !member.whoami().SignedIn {
		t.Error("a user was signed out")
	}
	if n := w.calls("oauth/token"); n != 2 {
		t.Errorf("%d exchanges for two logins", n)
	}
	if n := labelledGoroutines(t) - before; n > 50 {
		t.Errorf("%d goroutines more than before", n)
	}
}

// labelledGoroutines counts the goroutines that carry the label of the test, which they inherit from the one that set
// it.
func labelledGoroutines(t *testing.T) (n int) {
	t.Helper()
	var profile strings.Builder
	if err := pprof.Lookup("goroutine").WriteTo(&profile, 1); err != nil {
		t.Fatal(err)
	}
	for _, stack := range strings.Split(profile.String(), "\n\n") {
		if strings.Contains(stack, t.Name()) {
			count, _, _ := strings.Cut(stack, " @ ")
			same, err := strconv.Atoi(count[strings.LastIndex(count, "\n")+1:])
			if err != nil {
				t.Fatalf("unreadable stack: %v: %s", err, stack)
			}
			n += same
		}
	}
	if n == 0 {
		t.Fatal("no goroutine carries the label")
	}
	return n
}

func TestPF03_PF04_ResponsesThatAreNotJSON(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, endpoint := range []string{"oauth/token", "user/me"} {
		for name, sc := range map[string]kakaotest.Scenario{
			"HTML":         {Body: "<html>planted-body</html>", Type: "text/html", Times: -1},
			"HTML as JSON": {Body: "<html>planted-body</html>", Type: "application/json", Times: -1},
			"nothing":      {Body: " ", Type: "application/json"},
			"truncated":    {Body: `{"access_token":"planted-body`, Type: "application/json"},
			"PF-04":        {Type: "text/html", After: true, Status: 200},
		} {
			sc.Endpoint = endpoint
			status, code := http.StatusBadGateway, "provider.invalid_answer"
			if strings.HasPrefix(name, "HTML") { // a maintenance page
				status, code = http.StatusServiceUnavailable, "provider.unavailable"
			}
			a := w.refused(t, endpoint+" "+name, sc, status, code)
			if strings.Contains(a.body, "planted-body") {
				t.Errorf("%s: the page shows Kakao's body", name)
			}
		}
	}
	if strings.Contains(w.log.String(), "planted-body") {
		t.Error("the log contains Kakao's body")
	}
}

func TestPF05_RateLimitIsNotRetried(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.refused(
		t,
		"429",
		kakaotest.Scenario{
			Endpoint: "user/me",
			Status:   429,
			Header:   map[string]string{"Retry-After": "77"},
			Times:    -1,
		},
		http.StatusServiceUnavailable,
		"provider.rate_limited",
	)
	if a.Header.Get("Retry-After") != "77" {
		t.Errorf("Retry-After %q, Kakao said 77", a.Header.Get("Retry-After"))
	}
	if n := w.calls("user/me"); n != 1 {
		t.Errorf("%d calls after a 429", n)
	}
	w = newWorld(t)
	w.refused(
		t,
		"-10",
		kakaotest.Scenario{Endpoint: "user/me", Code: "-10", Times: -1},
		http.StatusServiceUnavailable,
		"provider.rate_limited",
		"provider.-10",
	)
	if n := w.calls("user/me"); n != 1 {
		t.Errorf("%d calls after a -10", n)
	}
}

func TestPF06_OnlySafeCallsAreRetried(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.refused(
		t,
		"cut after the exchange",
		kakaotest.Scenario{Endpoint: "oauth/token", After: true, Cut: true},
		http.StatusServiceUnavailable,
		"provider.unavailable",
	)
	if n := w.calls("oauth/token"); n != 1 {
		t.Errorf("the code was sent %d times", n)
	}
	before := w.calls("user/me")
	w.accepted(t, "user information fails once", kakaotest.Scenario{Endpoint: "user/me", Status: 503})
	if n := w.calls("user/me") - before; n != 2 {
		t.Errorf("%d calls for the user information, want a second one", n)
	}
}

func TestPF07_UnreachableKakao(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	member := w.browser()
	member.signIn(kakaotest.PersonaRyan, "")
	b := w.browser()
	to := b.toCallback(kakaotest.PersonaApeach, "/board")
	if err := w.kakao.Close(); err != nil {
		t.Fatal(err)
	}
	if a := b.get(to); a.StatusCode != http.StatusServiceUnavailable ||
		!strings.Contains(a.body, "provider.unavailable") {
		t.Errorf("%s %s", a.Status, a.body)
	}
	if a := member.get("/auth/verify"); a.StatusCode != http.StatusOK || !member.whoami().SignedIn {
		t.Errorf("a signed-in user while Kakao is down: %s", a.Status)
	}
}

// PF-08: Kakao's clock is off; elsewhere the emulator shares the clock of the test.
func TestPF08_ClockSkewIsReported(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ahead := func(d time.Duration) kakaotest.Scenario {
		now := w.clock.now().Add(d)
		return token(kakaotest.IDTokenFault{Claims: claims{"iat": now.Unix(), "exp": now.Add(6 * time.Hour).Unix()}})
	}
	w.accepted(t, "50 s behind", ahead(50*time.Second))
	w.accepted(t, "50 s ahead", ahead(-50*time.Second))
	w.refused(t, "five minutes behind", ahead(5*time.Minute), http.StatusBadGateway, "provider.clock")
	if !strings.Contains(w.log.String(), "check the clock of this machine") {
		t.Error("the log does not mention the clock")
	}
}

func TestPF09_PF10_HugeResponsesAreCut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, endpoint := range []string{"oauth/token", "user/me"} {
		w.refused(
			t,
			"PF-09 "+endpoint,
			kakaotest.Scenario{Endpoint: endpoint, Pad: 200 << 20},
			http.StatusBadGateway,
			"provider.invalid_answer",
		)
		w.refused(
			t,
			"PF-10 "+endpoint,
			kakaotest.Scenario{Endpoint: endpoint, Pad: 64 << 20, Gzip: true},
			http.StatusBadGateway,
			"provider.invalid_answer",
		)
	}
}

func TestPF11_IncompleteUserInfo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.accepted(
		t,
		"id alone",
		kakaotest.Scenario{Endpoint: "user/me", RemoveJSON: []string{"kakao_account", "properties", "connected_at"}},
	)
	w.accepted(t, "consent needed", kakaotest.Scenario{Endpoint: "user/me", SetJSON: claims{"kakao_account": claims{
		"profile_nickname_needs_agreement": true, "email_needs_agreement": true,
	}}})
}

func TestPF13_KakaoErrorCodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for code, status := range map[string]int{
		"KOE320": 502,
		"KOE303": 502,
		"KOE010": 502,
		"KOE101": 502,
		"KOE237": 503,
	} {
		a := w.refused(
			t,
			code,
			kakaotest.Scenario{Endpoint: "oauth/token", Code: code, Message: "planted-message"},
			status,
			"provider."+code,
			"provider.rate_limited",
			"login.already_used",
		)
		if strings.Contains(a.body, "planted-message") {
			t.Errorf("%s: the page shows Kakao's text", code)
		}
		if !strings.Contains(w.log.String(), code) {
			t.Errorf("%s: the log does not name the code", code)
		}
	}
}

// PF-14: a login that ended after the exchange leaves nothing that breaks the next one.
func TestPF14_FailureBeforeUserInfoLeavesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.refused(
		t,
		"dies",
		kakaotest.Scenario{Endpoint: "user/me", Cut: true, Times: -1},
		http.StatusServiceUnavailable,
		"provider.unavailable",
	)
	w.clock.advance(time.Minute)
	one, two := w.browser(), w.browser()
	one.signIn(kakaotest.PersonaRyan, "")
	two.signIn(kakaotest.PersonaRyan, "")
	if a, b := one.whoami(), two.whoami(); !a.SignedIn || a.User.ID != b.User.ID {
		t.Errorf("afterwards: %+v and %+v", a, b)
	}
}

func TestPF15_LoginWorksAfterRecovery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 8 { // long enough for the breaker to open
		w.refused(
			t,
			"away",
			kakaotest.Scenario{Endpoint: "oauth/token", Status: 503, Times: -1},
			http.StatusServiceUnavailable,
			"provider.unavailable",
		)
	}
	w.clock.advance(time.Minute)
	w.accepted(t, "back")
}
