package naver

import (
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/doctor"
	"github.com/norang-login/norang/naver"
	"github.com/norang-login/norang/naver/navertest"
)

// examined are the settings of an operator.
type examined struct {
	id, secret, auth string
	cfg              ExaminerConfig
}

// needUser are the settings of an application that show in a sign-in only: Naver answers them with a page for people,
// or as part of what it says about a user.
var needUser = []string{
	"Name", "CallbackURLs", "MobileCallbackURLs", "Items", "InDevelopment", "Members", "UnlinkURL", "Auto",
	"AutoPersona", "Switches",
}

// TestEachMistakeIsNamed puts the emulator and the settings into each state with one mistake that Naver shows without a
// user. The finding names it, and there is no other.
func TestEachMistakeIsNamed(t *testing.T) {
	t.Parallel()
	emu := navertest.StartWith(t, navertest.Config{App: navertest.App{CallbackURLs: []string{back}}})
	right := emu.App()
	maintenance := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	t.Cleanup(maintenance.Close)
	covered := needUser
	for _, m := range []struct {
		name string
		app  func(*navertest.App)
		set  func(*examined)
		want string // "id level subject"
	}{
		{name: "all is well"},
		{name: "another client id", set: func(s *examined) { s.id = "unknown" },
			want: "naver.client_secret fault NAVER_CLIENT_SECRET"},
		{name: "ClientID replaced at Naver", app: func(a *navertest.App) { a.ClientID = "replaced" },
			want: "naver.client_secret fault NAVER_CLIENT_SECRET"},
		{name: "another client secret", set: func(s *examined) { s.secret = "wrong" },
			want: "naver.client_secret fault NAVER_CLIENT_SECRET"},
		{name: "ClientSecret renewed at Naver", app: func(a *navertest.App) { a.ClientSecret = "renewed" },
			want: "naver.client_secret fault NAVER_CLIENT_SECRET"},
		{name: "PreviousSecret still accepted", app: func(a *navertest.App) {
			a.ClientSecret, a.PreviousSecret = "renewed", a.ClientSecret
		}},
		{name: "client id and secret exchanged", set: func(s *examined) { s.id, s.secret = s.secret, s.id },
			want: "naver.client_secret fault NAVER_CLIENT_SECRET"},
		{name: "an address that Naver cannot call", set: func(s *examined) {
			s.cfg.UnlinkHook = "http://localhost:5000/auth/webhooks/naver/unlink"
		}, want: "naver.unlink_notice warning NORANG_URL"},
		{name: "an earlier secret", set: func(s *examined) { s.cfg.Previous = true },
			want: "naver.previous_secret warning NAVER_PREVIOUS_SECRETS"},
		{name: "a closed port", set: func(s *examined) { s.auth = "http://127.0.0.1:1" }, want: "naver.network fault"},
		{name: "no such host", set: func(s *examined) { s.auth = "http://nid.invalid" }, want: "naver.network fault"},
		{name: "maintenance", set: func(s *examined) { s.auth = maintenance.URL }, want: "naver.network fault"},
	} {
		covered = append(covered, strings.Fields(m.name)[0])
		t.Run(m.name, func(t *testing.T) {
			if err := emu.UpdateApp(func(a *navertest.App) {
				*a = right
				if m.app != nil {
					m.app(a)
				}
			}); err != nil {
				t.Fatal(err)
			}
			s := examined{id: right.ClientID, secret: right.ClientSecret, auth: emu.URL(), cfg: ExaminerConfig{
				RedirectURI: back, ServiceURL: "https://login.example.com",
				UnlinkHook: "https://login.example.com/auth/webhooks/naver/unlink",
			}}
			if m.set != nil {
				m.set(&s)
			}
			s.examine(t, m.want)
		})
	}
	for f := range reflect.TypeFor[navertest.App]().Fields() {
		if !slices.Contains(covered, f.Name) {
			t.Errorf("no mistake with %s", f.Name)
		}
	}
	if len(emu.Links()) != 0 {
		t.Error("the examination changed something")
	}
}

// examine runs the checks and compares the findings.
func (s examined) examine(t *testing.T, want string) {
	t.Helper()
	client, err := naver.New(naver.Config{
		ClientID: s.id, ClientSecret: naver.Secret(s.secret), AuthURL: s.auth, APIURL: s.auth,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.cfg.Client = client
	e := NewExaminer(s.cfg)
	if len(e.Console()) < 5 {
		t.Error("console steps are missing")
	}
	r := doctor.Run(t.Context(), e.Checks(), doctor.Selection{})
	var got []string
	for _, f := range r.Findings {
		got = append(got, strings.TrimSpace(f.ID+" "+string(f.Level)+" "+f.Subject))
		if f.Cause.Ko == "" || f.Cause.En == "" || f.Fix.Ko == "" || f.Fix.En == "" {
			t.Errorf("%s lacks a cause or a fix", f.ID)
		}
		if strings.Contains(f.Seen+f.Cause.En+f.Fix.En, s.secret) {
			t.Errorf("%s shows the secret: %+v", f.ID, f)
		}
	}
	if strings.Join(got, "; ") != want {
		t.Errorf("%q, want %q\n%+v", strings.Join(got, "; "), want, r)
	}
	if want == "" && r.Count(doctor.Passed) != len(r.Results) {
		t.Errorf("not passed: %+v", r.Results)
	}
}
