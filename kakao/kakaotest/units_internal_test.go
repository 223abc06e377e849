package kakaotest

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

func TestAgeRange(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 6, 15, 0, 0, 0, 0, time.UTC)
	for _, tc := range []struct{ year, day, want string }{
		{"", "", ""}, {"x", "", ""}, {"2020", "", "1~9"}, {"2016", "0616", "1~9"}, {"2016", "0615", "10~14"},
		{"2011", "", "15~19"},
		{"2006", "", "20~29"}, {"2006", "0616", "15~19"}, {"1990", "", "30~39"}, {"1937", "", "80~89"},
		{"1936", "", "90~"},
	} {
		if got := ageRange(&Account{Birthyear: tc.year, Birthday: tc.day}, now); got != tc.want {
			t.Errorf("born %s %s: %q, want %q", tc.year, tc.day, got, tc.want)
		}
	}
	if got := ageRange(&Account{Birthyear: "1990", AgeRange: "0~9"}, now); got != "0~9" {
		t.Errorf("a configured range: %q", got)
	}
}

func TestBirthdate(t *testing.T) {
	t.Parallel()
	acc := &Account{Birthyear: "1990", Birthday: "0305"}
	for items, want := range map[string]string{"": "", "birthyear": "1990", "birthday": "0000-03-05",
		"birthyear birthday": "1990-03-05"} {
		l := &link{agreed: agreements{items: map[string]time.Time{}}}
		for _, id := range strings.Fields(items) {
			l.agreed.items[id] = time.Time{}
		}
		if got := birthdate(acc, l); got != want {
			t.Errorf("%q: %q, want %q", items, got, want)
		}
	}
}

// TestHasValue: every item that can be collected is missing from an empty account and present in a full one.
func TestHasValue(t *testing.T) {
	t.Parallel()
	var full Account
	for _, p := range Personas() {
		if p.ID == PersonaFull {
			full = p
		}
	}
	for _, item := range []string{"account_email", "name", "gender", "age_range", "birthday", "birthyear",
		"phone_number", "account_ci", "shipping_address"} {
		if hasValue(&Account{}, item) || !hasValue(&full, item) {
			t.Errorf("%s: an empty account has it, or a full one lacks it", item)
		}
	}
	if !hasValue(&Account{}, "profile_nickname") {
		t.Error("a nickname is always there, if need be the placeholder")
	}
}

func TestMaskedEmail(t *testing.T) {
	t.Parallel()
	for email, want := range map[string]string{"kakao@x.test": "ka***@x.test", "k@x.test": "k***@x.test", "": ""} {
		if got := maskedEmail(&Account{Email: email, EmailInvalid: true}); got != want {
			t.Errorf("%q: %q, want %q", email, got, want)
		}
	}
}

// TestRedirectHint: the hint of KOE006 names the difference to a registered address.
func TestRedirectHint(t *testing.T) {
	t.Parallel()
	registered := []string{"https://svc.test/cb", "http://localhost:5000/cb"}
	for given, want := range map[string]string{
		"http://svc.test/cb":        "only in http and https",
		"https://svc.test/cb/":      "only in the trailing slash",
		"http://127.0.0.1:5000/cb":  "localhost",
		"https://SVC.test/cb":       "upper and lower case",
		"https://elsewhere.test/cb": "registered: https://svc.test/cb, http://localhost:5000/cb",
		"http://localhost:5001/cb":  "registered:",
	} {
		if got := redirectHint(given, registered); !strings.Contains(got[1], want) || got[0] == "" {
			t.Errorf("%s: %q, want it to say %q", given, got[1], want)
		}
	}
}

func TestDeliveryProblemNamesNoAddress(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf(`Post "http://svc.test/hook?key=1": dial tcp: refused`)
	if got := deliveryProblem(err); got[1] != "dial tcp: refused" {
		t.Errorf("%q", got)
	}
}

// TestRegistryHasNoDuplicates: names and paths are unique, and every entry is complete.
func TestRegistryHasNoDuplicates(t *testing.T) {
	t.Parallel()
	names, paths := map[string]bool{}, map[string]bool{}
	for _, e := range endpoints() {
		if names[e.name] || paths[e.path] {
			t.Errorf("duplicate %s", e.name)
		}
		names[e.name], paths[e.path] = true, true
		if e.handle == nil || e.korean == "" || e.host != "kauth" && e.host != "kapi" {
			t.Errorf("%s is incomplete: %+v", e.name, e)
		}
		if strings.HasPrefix(e.path, "/-/") {
			t.Errorf("%s lies under the control addresses", e.path)
		}
		if strings.Contains(e.auth, "admin") && e.api == "" {
			t.Errorf("%s has no category for an admin key's allow list", e.name)
		}
	}
}

func TestDefaultURL(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		listen string
		tls    bool
		want   string
	}{
		{"", false, "http://localhost:5001"}, {"127.0.0.1:80", false, "http://127.0.0.1"},
		{"0.0.0.0:5001", false, "http://localhost:5001"},
		{"[::1]:443", true, "https://[::1]"}, {":7000", true, "https://localhost:7000"},
		{"192.0.2.1:5001", false, "http://192.0.2.1:5001"},
		{"[2001:db8::1]:80", false, "http://[2001:db8::1]"}, {"nonsense", false, "http://localhost:5001"},
		{"127.0.0.1:0", false, "http://localhost:5001"},
	} {
		if got := defaultURL(File{Listen: tc.listen, TLS: tc.tls}); got != tc.want {
			t.Errorf("%q: %s, want %s", tc.listen, got, tc.want)
		}
	}
}

// TestConsoleCoversTheControlAPI: every member of the bodies of the control API is in a form of the console, with a
// label in both languages, and every call that changes something has a button.
func TestConsoleCoversTheControlAPI(t *testing.T) {
	t.Parallel()
	labels := memberLabels()
	for form, tc := range map[string]struct {
		groups []formGroup
		body   reflect.Type
	}{
		"app":      {appGroups(), reflect.TypeFor[App]()},
		"account":  {accountGroups(), reflect.TypeFor[Account]()},
		"scenario": {scenarioGroups(), reflect.TypeFor[Scenario]()},
		"chaos":    {chaosGroups(), reflect.TypeFor[Chaos]()},
		"approve":  {approvalGroups(), reflect.TypeFor[Approval]()},
		"send":     {sendGroups(), reflect.TypeFor[sendBody]()},
	} {
		have := map[string]bool{}
		for _, g := range tc.groups {
			for _, member := range strings.Fields(g.members) {
				have[member] = true
				if l := labels[form+"."+member]; l[0] == "" || l[1] == "" {
					t.Errorf("%s.%s has no label", form, member)
				}
				if _, ok := memberOf(reflect.Zero(tc.body), member); !ok {
					t.Errorf("%s.%s does not exist", form, member)
				}
				delete(labels, form+"."+member)
			}
		}
		for name, field := range emulator.MemberTypes(tc.body) {
			for field.Kind() == reflect.Pointer {
				field = field.Elem()
			}
			if have[name] {
				continue
			}
			if field.Kind() != reflect.Struct {
				t.Errorf("the form %s has no %s", form, name)
				continue
			}
			for inner := range emulator.MemberTypes(field) {
				if !have[name+"."+inner] {
					t.Errorf("the form %s has no %s.%s", form, name, inner)
				}
			}
		}
	}
	for key := range labels {
		t.Errorf("unused label %s", key)
	}
	buttons := map[string]string{
		"POST /-/api/reset": "reset", "POST /-/api/apps": "app", "PATCH /-/api/apps/{app}": "app",
		"DELETE /-/api/apps/{app}": "remove_app", "POST /-/api/accounts": "account",
		"PATCH /-/api/accounts/{account}": "account", "POST /-/api/apps/{app}/links/{account}/unlink": "unlink",
		"POST /-/api/approve": "approve", "DELETE /-/api/requests": "clear_requests",
		"POST /-/api/webhooks/unlink": "webhook", "POST /-/api/webhooks/account": "webhook",
		"POST /-/api/webhooks/hold": "hold", "POST /-/api/webhooks/release": "release",
		"POST /-/api/webhooks/wait": "", "POST /-/api/scenarios": "scenario", "DELETE /-/api/scenarios": "clear",
		"PUT /-/api/chaos": "chaos", "POST /-/api/clock/advance": "advance", "POST /-/api/keys/rotate": "rotate",
	}
	for _, r := range controlRoutes() {
		button, ok := buttons[r.method+" "+r.path]
		if r.method != "GET" && (!ok || button != "" && buttonTexts()["did."+button][1] == "") {
			t.Errorf("the console has no button for %s %s", r.method, r.path)
		}
	}
}

func TestScenariosAreDescribedInBothLanguages(t *testing.T) {
	t.Parallel()
	for want, sc := range map[emulator.Text]Scenario{
		{"연결 끊기", "cut the connection"}:                     {Cut: true},
		{"1s 지연, 상태 503", "delay 1s, status 503"}:           {Delay: Duration(time.Second), Status: 503},
		{"KOE320, 바꾼 JSON", "KOE320, changed JSON"}:         {Code: "KOE320", RemoveJSON: []string{"a"}},
		{"lost answer", "lost answer"}:                      {Name: "lost answer", Cut: true},
		{"키 교체, 바꾼 ID 토큰", "rotate keys, changed ID token"}: {RotateKeys: true, IDToken: &IDTokenFault{}},
	} {
		if got := describe(sc); got != want {
			t.Errorf("%+v: %q, want %q", sc, got, want)
		}
	}
}
