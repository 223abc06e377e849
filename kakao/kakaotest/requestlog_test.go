package kakaotest_test

import (
	"html"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/norang-login/norang/kakao/kakaotest"
)

func TestRequestLogKeepsTheLatest(t *testing.T) {
	t.Parallel()
	emu := kakaotest.StartWith(t, kakaotest.Config{RequestLog: 3})
	for range 5 {
		api(t, emu, "GET", "/v2/user/me", "", nil)
	}
	log := emu.Requests()
	if len(log) != 3 || log[0].ID != 3 || log[2].ID != 5 {
		t.Errorf("%d entries, from %d to %d", len(log), log[0].ID, log[len(log)-1].ID)
	}
}

// TestRequestLogHoldsNoSecrets: not even of misspelt or misplaced parameters.
func TestRequestLogHoldsNoSecrets(t *testing.T) {
	t.Parallel()
	emu := auto(t)
	secret := "very-secret-value"
	code(t, emu, kakaotest.PersonaRyan, "nonce", secret, "state", secret, "code_challenge",
		challenge(strings.Repeat("v", 43)), "code_challenge_method", "S256", "cilent_secret", secret)
	q := url.Values{}
	for _, name := range []string{"client_secret", "code", "refresh_token", "id_token", "code_verifier", "password",
		"access_token", "properties", "misspelt_secret"} {
		q.Set(name, secret)
	}
	for _, path := range []string{"/oauth/token", "/oauth/tokeninfo", "/login", "/v1/user/update_profile"} {
		api(t, emu, "POST", path, "Bearer "+secret, q)
		r, err := http.NewRequestWithContext(t.Context(), "POST", emu.URL()+path+"?"+q.Encode(), nil)
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth("id", secret)
		send(t, r)
	}
	if log := control(t, emu, "GET", "/-/api/requests", "").body; strings.Contains(log, secret) {
		t.Errorf("the log holds it: %s", log)
	}
}

// TestRequestLogExplainsErrors: with what was sent, the cause, the console menu and the remedy.
func TestRequestLogExplainsErrors(t *testing.T) {
	t.Parallel()
	emu := auto(t)
	newVisitor(t, emu).get("/oauth/authorize", authorizeParams(emu, "redirect_uri", callback+"/"))
	newVisitor(t, emu).get("/oauth/authorize", authorizeParams(emu, "scope", "gender"))
	used := code(t, emu, "ryan")
	exchange(t, emu, used)
	exchange(t, emu, used)
	log := emu.Requests()
	slash, scope, twice := log[0], log[1], log[len(log)-1]
	if slash.Code != "KOE006" || !strings.Contains(slash.HintEN, "trailing slash") || slash.Menu == "" ||
		slash.Cause == "" || slash.CauseEN == "" || slash.Params["redirect_uri"] != callback+"/" {
		t.Errorf("%+v", slash)
	}
	if scope.Code != "KOE205" || !strings.Contains(scope.Hint, "gender") {
		t.Errorf("%+v", scope)
	}
	if twice.Code != "KOE320" || !strings.Contains(twice.Message, "used already") || twice.Account != "ryan" ||
		twice.App != 1000001 {
		t.Errorf("%+v", twice)
	}
}

func TestRequestLogWaitsForTheNextRequest(t *testing.T) {
	t.Parallel()
	emu := auto(t)
	done := make(chan string, 1)
	go func() {
		res, err := http.Get(emu.URL() + "/-/api/requests?wait=20")
		if err != nil {
			done <- err.Error()
			return
		}
		defer res.Body.Close()
		b, _ := io.ReadAll(res.Body)
		done <- string(b)
	}()
	api(t, emu, "GET", "/v2/user/me", "", nil)
	if got := <-done; !strings.Contains(got, "user/me") {
		t.Errorf("%s", got)
	}
}

// TestErrorsSayWhatWasExpected: the hint of the log names the value that was sent and the expected ones, and the
// error page shows it.
func TestErrorsSayWhatWasExpected(t *testing.T) {
	t.Parallel()
	emu := auto(t, func(a *kakaotest.App) {
		a.Channels = []kakaotest.Channel{{PublicID: "_known"}}
		a.MoreKeys = []kakaotest.Key{{Type: kakaotest.KeyREST, Value: "emu-elsewhere",
			AllowedIPs: []string{"192.0.2.1"}}}
	})
	key := emu.App().RESTKey
	for _, tc := range []struct{ code, name, value, want string }{
		{"KOE207", "client_id", "", "client_id is missing, expected: " + key},
		{"KOE101", "client_id", "typo", "client_id=typo, expected: " + key},
		{"KOE207", "redirect_uri", "", "redirect_uri is missing, expected: " + callback},
		{"KOE207", "response_type", "", "response_type is missing, expected: code"},
		{"KOE202", "response_type", "token", "response_type=token, expected: code"},
		{"KOE201", "response_type", "id_token", "response_type=id_token, expected: code"},
		{"KOE204", "prompt", "nonsense", "prompt=nonsense, expected: login, none"},
		{"KOE204", "code_challenge", "x", "code_challenge_method is missing, expected: S256"},
		{"KOE205", "scope", "gender",
			"scope=gender, expected: profile_nickname, profile_image, account_email, openid"},
		{"KOE102", "channel_public_id", "_typo", "channel_public_id=_typo, expected: _known"},
		{"KOE005", "login_hint", "not-a-member", "account=not-a-member"},
	} {
		l := newVisitor(t, emu).get("/oauth/authorize", authorizeParams(emu, tc.name, tc.value, "lang", "en"))
		e := lastRequest(emu)
		if e.Code != tc.code || !strings.HasPrefix(e.HintEN, tc.want) || e.Hint == "" ||
			!strings.Contains(html.UnescapeString(l.body), tc.want) {
			t.Errorf("%s=%s: %s %q, want %q", tc.name, tc.value, e.Code, e.HintEN, tc.want)
		}
	}
	for _, tc := range []struct{ code, name, value, want string }{
		{"KOE101", "client_id", "typo", "client_id=typo, expected: " + key},
		{"KOE010", "client_secret", "", "client_secret is missing"},
		{"KOE010", "client_secret", "wrong", "client_secret is not that of this REST API key"},
		{"KOE127", "client_id", "emu-elsewhere", "IP=127.0.0.1, expected: 192.0.2.1"},
		{"KOE310", "grant_type", "password", "grant_type=password, expected: authorization_code, refresh_token"},
		{"KOE207", "code", "", "code is missing"},
		{"KOE303", "redirect_uri", callback + "/", "it differs from the registered " + callback +
			" only in the trailing slash"},
	} {
		exchange(t, emu, code(t, emu, "apeach"), tc.name, tc.value)
		if e := lastRequest(emu); e.Code != tc.code || !strings.HasPrefix(e.HintEN, tc.want) || e.Hint == "" {
			t.Errorf("%s=%s: %s %q, want %q", tc.name, tc.value, e.Code, e.HintEN, tc.want)
		}
	}
	if log := control(t, emu, "GET", "/-/api/requests", "").body; strings.Contains(log, emu.App().ClientSecret) ||
		strings.Contains(log, emu.App().AdminKey) {
		t.Error("the log holds a secret")
	}
}
