package kakao_test

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/doctor"
	kakaoprovider "github.com/norang-login/norang/internal/provider/kakao"
	"github.com/norang-login/norang/kakao"
	"github.com/norang-login/norang/kakao/kakaotest"
)

const (
	signedIn  = "https://shop.example.kr/oauth/kakao/callback"
	signedOut = "https://shop.example.kr/oauth/kakao/signout/callback"
)

// settings are what an operator configures.
type settings struct {
	clientID, secret string
	admin            []string
	examiner         kakaoprovider.ExaminerConfig
	authURL, issuer  string
	apiURL           string
}

// mistake is one thing that is wrong, at Kakao or in the settings, and the finding that must name it.
type mistake struct {
	name string
	app  func(*kakaotest.App)
	set  func(*settings)
	// fault is scripted before, and skew is how far Kakao's clock is ahead.
	fault *kakaotest.Scenario
	skew  time.Duration
	want  string // "id level code"
	seen  string // what the finding must say it saw; "" for anything
	cause string
}

// needUser are the settings of an app that show in a sign-in only.
var needUser = []string{
	"AppID", "Name", "Members", "ManualLink", "RefuseUnder14", "FloatingUserIDs", "TokenLimitOff", "Terms", "Channels",
	"UserProperties", "UnlinkWebhook", "AccountWebhook", "Auto", "AutoPersona", "Domains", "AndroidKeyHashes",
	"IOSBundleIDs",
}

func secretOf(texts []string) (all []kakao.Secret) {
	for _, s := range texts {
		all = append(all, kakao.Secret(s))
	}
	return all
}

var mistakes = []mistake{
	{name: "all is well"},
	{name: "unknown REST API key", set: func(s *settings) { s.clientID = "0123456789abcdef0123456789abcdef" },
		want: "kakao.client_id fault KOE101"},
	{name: "RESTKey replaced at Kakao", app: func(a *kakaotest.App) { a.RESTKey = "ffffffffffffffffffffffffffffffff" },
		want: "kakao.client_id fault KOE101"},
	{name: "native app key as REST API key", set: func(s *settings) { s.clientID = s.examiner.NativeAppKeys[0] },
		want: "kakao.client_id fault KOE009", cause: "not a REST API key"},
	{name: "JavaScript key as REST API key", set: func(s *settings) { s.clientID = s.examiner.JavaScriptKeys[0] },
		want: "kakao.client_id fault KOE009", cause: "not a REST API key"},
	{name: "admin key as REST API key", set: func(s *settings) { s.clientID = s.admin[0] },
		want: "kakao.client_id fault KOE008"},
	{name: "LoginOff", app: func(a *kakaotest.App) { a.LoginOff = true }, want: "kakao.login fault KOE004"},
	{name: "Sanctioned", app: func(a *kakaotest.App) { a.Sanctioned = true }, want: "kakao.app_status fault KOE125"},
	{name: "RedirectURIs empty", app: func(a *kakaotest.App) { a.RedirectURIs = nil },
		want: "kakao.redirect_uri fault KOE006"},
	{name: "redirect URI with a slash", app: func(a *kakaotest.App) { a.RedirectURIs = []string{signedIn + "/"} },
		want: "kakao.redirect_uri fault KOE006", seen: signedIn + "/", cause: "only in the slash at its end"},
	{name: "redirect URI with http", app: func(a *kakaotest.App) {
		a.RedirectURIs = []string{strings.Replace(signedIn, "https", "http", 1)}
	}, want: "kakao.redirect_uri fault KOE006", cause: "only in http and https"},
	{name: "redirect URI with www", app: func(a *kakaotest.App) {
		a.RedirectURIs = []string{strings.Replace(signedIn, "shop", "www.shop", 1)}
	}, want: "kakao.redirect_uri fault KOE006", cause: "only in www"},
	{name: "LogoutRedirectURIs", app: func(a *kakaotest.App) { a.LogoutRedirectURIs = []string{signedIn} },
		want: "kakao.signout_redirect_uri fault KOE007"},
	{name: "ClientSecret wrong", set: func(s *settings) { s.secret = "another" }, want: "kakao.client_secret fault KOE010",
		cause: "not that of this"},
	{name: "client secret not set", set: func(s *settings) { s.secret = "" }, want: "kakao.client_secret fault KOE010",
		cause: "none is set"},
	{name: "ClientSecret renewed at Kakao", app: func(a *kakaotest.App) { a.ClientSecret = "renewed" },
		want: "kakao.client_secret fault KOE010"},
	{name: "ClientSecretOff", app: func(a *kakaotest.App) { a.ClientSecretOff = true },
		want: "kakao.client_secret warning"},
	{name: "AllowedIPs", app: func(a *kakaotest.App) { a.AllowedIPs = []string{"203.0.113.7"} },
		want: "kakao.allowed_ips fault KOE127; kakao.admin_key fault -401", cause: "IP addresses from which"},
	{name: "OIDCOff", app: func(a *kakaotest.App) { a.OIDCOff = true }, want: "kakao.openid warning KOE205"},
	{name: "ConsentItems", app: func(a *kakaotest.App) {
		a.ConsentItems = []kakaotest.ConsentItem{{ID: "profile_nickname", Step: kakaotest.StepRequired}}
	}, want: "kakao.scopes fault KOE205", seen: "account_email"},
	{name: "Type basic", app: func(a *kakaotest.App) {
		a.Type = kakaotest.AppBasic
		a.ConsentItems = []kakaotest.ConsentItem{{ID: "profile_nickname", Step: kakaotest.StepRequired}}
	}, want: "kakao.scopes fault KOE205", seen: "account_email"},
	{name: "AdminKey unknown", set: func(s *settings) { s.admin = []string{"0123456789abcdef0123456789abcdef"} },
		want: "kakao.admin_key fault -401", cause: "does not know this admin key"},
	{name: "REST API key as admin key", set: func(s *settings) { s.admin = []string{s.clientID} },
		want: "kakao.admin_key fault -401"},
	{name: "a second admin key that was deactivated", set: func(s *settings) { s.admin = append(s.admin, "gone") },
		app: func(a *kakaotest.App) {
			a.MoreKeys = []kakaotest.Key{{Type: kakaotest.KeyAdmin, Value: "gone", Deactivated: true}}
		}, want: "kakao.admin_key fault -401", seen: "2/2"},
	{name: "AdminAPIs", app: func(a *kakaotest.App) { a.AdminAPIs = []string{"user_information", "consent_items"} },
		want: "kakao.admin_key_apis fault -3", seen: "unlink"},
	{name: "NativeKey", set: func(s *settings) { s.examiner.NativeAppKeys = []string{"unknown"} },
		want: "kakao.native_app_key fault KOE101"},
	{name: "JavaScriptKey", set: func(s *settings) { s.examiner.JavaScriptKeys = []string{"unknown"} },
		want: "kakao.javascript_key fault KOE101"},
	{name: "the clock of this machine is late", skew: 10 * time.Second, want: "clock warning"},
	{name: "the clock of this machine is minutes late", skew: 5 * time.Minute, want: "clock fault"},
	{name: "another issuer", set: func(s *settings) { s.issuer = "https://kauth.example.kr" },
		want: "kakao.discovery fault", seen: `want Config.Issuer "https://kauth.example.kr"`},
	{name: "signing keys that nothing can verify", fault: &kakaotest.Scenario{
		Endpoint: "jwks", Body: `{"keys":[]}`, Times: -1, Skip: 1}, want: "kakao.signing_keys fault"},
	{name: "maintenance", fault: &kakaotest.Scenario{Endpoint: "jwks", Status: 503, Body: "<html>", Times: -1},
		want: "kakao.network fault"},
	{name: "no such host", set: func(s *settings) { s.authURL = "http://kauth.invalid" }, want: "kakao.network fault",
		cause: "cannot resolve"},
	{name: "a closed port", set: func(s *settings) { s.apiURL = "http://127.0.0.1:1" }, want: "kakao.network fault",
		cause: "cannot be reached", seen: "kapi.kakao.com: "},
	{name: "an undocumented page", fault: &kakaotest.Scenario{Endpoint: "oauth/authorize", Code: "KOE102", Times: -1},
		want: "kakao.authorize fault KOE102"},
	{name: "an undocumented error", fault: &kakaotest.Scenario{Endpoint: "oauth/token", Code: "KOE310", Times: -1},
		want: "kakao.token fault KOE310"},
}

// TestEachMistakeIsNamed puts the emulator and the settings into each state with one mistake. The finding names it, and
// there is no other.
func TestEachMistakeIsNamed(t *testing.T) {
	t.Parallel()
	emu := kakaotest.StartWith(t, kakaotest.Config{RequestLog: 5000})
	emu.AddRedirectURI(signedIn)
	emu.AddLogoutRedirectURI(signedOut)
	right, links := emu.App(), emu.Links()
	covered := needUser
	for _, m := range mistakes {
		covered = append(covered, strings.Fields(m.name)[0])
		t.Run(m.name, func(t *testing.T) {
			if err := emu.UpdateApp(right.AppID, func(a *kakaotest.App) {
				*a = right
				if m.app != nil {
					m.app(a)
				}
			}); err != nil {
				t.Fatal(err)
			}
			emu.ClearScenarios()
			if m.fault != nil {
				if err := emu.Script(*m.fault); err != nil {
					t.Fatal(err)
				}
			}
			s := settings{
				clientID: right.RESTKey, secret: right.ClientSecret, admin: []string{right.AdminKey},
				authURL: emu.URL(), apiURL: emu.URL(), issuer: emu.URL(),
				examiner: kakaoprovider.ExaminerConfig{
					RedirectURI: signedIn, SignOutRedirectURI: signedOut, Scopes: []string{"profile_nickname", "account_email"},
					NativeAppKeys: []string{right.NativeKey}, JavaScriptKeys: []string{right.JavaScriptKey},
				},
			}
			if m.set != nil {
				m.set(&s)
			}
			r := examine(t, s, m.skew)
			judgeReport(t, m, r)
			if said := fmt.Sprint(r); strings.Contains(said, right.ClientSecret) || strings.Contains(said, right.AdminKey) {
				t.Errorf("a secret is in %s", said)
			}
		})
	}
	for f := range reflect.TypeFor[kakaotest.App]().Fields() {
		if !slices.Contains(covered, f.Name) && f.Name != "MoreKeys" {
			t.Errorf("no mistake with %s", f.Name)
		}
	}
	if diff := cmp.Diff(links, emu.Links()); diff != "" {
		t.Errorf("links changed (-before +after):\n%s", diff)
	}
}

// examine runs the checks, on a machine whose clock is late by skew.
func examine(t *testing.T, s settings, skew time.Duration) doctor.Report {
	t.Helper()
	clock := &doctor.Clock{Base: http.DefaultTransport, Now: func() time.Time { return time.Now().Add(-skew) }}
	client, err := kakao.New(kakao.Config{
		ClientID: s.clientID, ClientSecret: kakao.Secret(s.secret), AdminKeys: secretOf(s.admin), AppID: 1,
		AuthURL: s.authURL, APIURL: s.apiURL, Issuer: s.issuer, HTTPClient: &http.Client{Transport: clock},
		Timeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.examiner.Client, s.examiner.Secret, s.examiner.AdminKeys = client, kakao.Secret(s.secret), secretOf(s.admin)
	checks := kakaoprovider.NewExaminer(s.examiner).Checks()
	return doctor.Run(t.Context(), append(checks, clock.Check("kakao.network")), doctor.Selection{})
}

// judgeReport compares the findings with the one that is wanted.
func judgeReport(t *testing.T, m mistake, r doctor.Report) {
	t.Helper()
	var got []string
	for _, f := range r.Findings {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %s", f.ID, f.Level, f.Code)))
		if f.Cause.Ko == "" || f.Cause.En == "" || f.Fix.Ko == "" || f.Fix.En == "" {
			t.Errorf("%s lacks a cause or a fix", f.ID)
		}
	}
	if strings.Join(got, "; ") != m.want {
		t.Fatalf("%q, want %q\n%+v", strings.Join(got, "; "), m.want, r.Results)
	}
	said := func(of func(doctor.Finding) string, want string) bool {
		return want == "" || slices.ContainsFunc(r.Findings, func(f doctor.Finding) bool {
			return strings.Contains(of(f), want)
		})
	}
	if !said(func(f doctor.Finding) string { return f.Seen }, m.seen) {
		t.Errorf("saw %+v, want %q", r.Findings, m.seen)
	}
	if !said(func(f doctor.Finding) string { return f.Cause.En }, m.cause) {
		t.Errorf("cause %+v, want %q", r.Findings, m.cause)
	}
	if m.want == "" && r.Count(doctor.Passed) != len(r.Results) {
		t.Errorf("not passed: %+v", r.Results)
	}
}
