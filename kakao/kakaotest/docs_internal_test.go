package kakaotest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/norang-login/norang/kakao/koe"
)

const docFile = "../../docs/emulator.md"

// coveredBy lists the tests of each endpoint.
func coveredBy() map[string][]string {
	return map[string][]string{
		"oauth/authorize": {"TestLoginWithPages", "TestAuthorizePages", "TestPromptNone",
			"TestPromptsThatShowThePage", "TestKakaoTalkBrowserIsSignedIn",
			"TestAppSettingsThatGiveErrorPages", "TestUnder14", "FuzzAuthorize"},
		"login": {"TestLoginByEmailPhoneOrID", "TestCreateAccount", "TestKakaoSessionLifetime",
			"TestBrowserLogin", "FuzzPages"},
		"consent": {"TestLoginWithPages", "TestServiceTermsAtLogin", "TestPagesCannotBeReplayed",
			"FuzzPages"},
		"oauth/token": {"TestTokenErrors", "TestRefreshRotatesInTheLastMonth", "TestTokenLifetimeDependsOnTheKey",
			"TestTokenLimit", "TestCodesExpireAndAreBurned", "TestUndocumentedRequestsThatKakaoAccepts",
			"TestBrowsersCallTheAPIFromAnyOrigin", "TestKeysOfAnotherApp", "TestAllowedIPs", "TestContract",
			"FuzzToken"},
		"openid-configuration": {"TestGoOIDC", "TestBrowserServerAndIssuerURLsDiffer", "TestContract"},
		"jwks":                 {"TestGoOIDC", "TestKeyRotation", "TestContract"},
		"oauth/tokeninfo":      {"TestContract", "FuzzAPI"},
		"sse-configuration":    {"TestSSEConfiguration"},
		"oauth/logout":         {"TestLoginWithPages", "TestMethodsAndPaths"},
		"oidc/userinfo":        {"TestContract", "TestNpmClients", "FuzzAPI"},
		"user/me": {"TestUserMeOfPersonas", "TestPropertyKeys", "TestAdminKeys", "TestContract",
			"FuzzAPI"},
		"app/users":                  {"TestContract", "FuzzAPI"},
		"user/access_token_info":     {"TestKeysOfAnotherApp", "TestContract"},
		"user/logout":                {"TestLogoutEndsOneOrAllTokens", "TestContract"},
		"user/unlink":                {"TestUnlinkEndsTokensAndConsents", "TestContract"},
		"user/update_profile":        {"TestContract", "FuzzAPI"},
		"user/ids":                   {"TestUserIDs", "TestContract"},
		"user/shipping_address":      {"TestShippingAddresses", "TestContract"},
		"user/signup":                {"TestPreregisteredUser"},
		"user/scopes":                {"TestScopesAgreedLaterAndRevoked", "TestContract"},
		"user/revoke/scopes":         {"TestScopesAgreedLaterAndRevoked", "TestContract"},
		"user/service_terms":         {"TestServiceTerms", "TestContract"},
		"user/revoke/service_terms":  {"TestServiceTerms", "TestContract"},
		"user/upgrade/service_terms": {"TestServiceTerms", "TestContract"},
		"system/ips":                 {"TestContract", "FuzzAPI"},
	}
}

// choices lists our choices where Kakao's documents are silent, by endpoint and parameter or code.
func choices() map[string]string {
	return map[string]string{
		"oauth/authorize code_challenge_method": "`plain`, or a challenge without a method, is KOE204",
		"oauth/authorize ka":                    "ignored", "oauth/authorize agt": "ignored",
		"oauth/authorize state_token": "ignored", "oauth/authorize is_popup": "ignored",
		"oauth/authorize kauth_tx_id": "ignored", "oauth/authorize auth_tran_id": "ignored",
		"oauth/authorize approval_type": "ignored", "oauth/authorize settle_id": "ignored",
		"oauth/authorize service_terms":         "the named terms are shown, required or not",
		"oauth/authorize prompt":                "an unknown value, or `none` with another, is KOE204; `cert` is ignored",
		"oauth/authorize login_hint":            "a persona id selects that persona; anything else fills the field",
		"oauth/token redirect_uri":              "a wrong one makes the code invalid",
		"oauth/token code_verifier":             "a wrong, missing or unexpected one is KOE320 and makes the code invalid",
		"oauth/token code":                      "valid for 600 seconds",
		"oauth/token KOE207":                    "for a missing code or redirect_uri",
		"oauth/logout state":                    "without a Kakao session the redirect is immediate",
		"user/ids from_id":                      "inclusive",
		"user/shipping_address from_updated_at": "addresses changed before that time, without the default one",
		"app/users target_ids":                  "unknown users are left out; the response is a bare array",
		"system/ips rule_type":                  "the addresses are loopback, where the emulator is",
	}
}

// TestDocumentedTableIsCurrent: the tables in docs/emulator.md match the registry. go test -run DocumentedTable
// -update writes them.
func TestDocumentedTableIsCurrent(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile(docFile)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- generated: begin -->\n", "<!-- generated: end -->\n"
	head, rest, ok := strings.Cut(string(doc), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatal("docs/emulator.md has lost the markers of its generated part")
	}
	want := head + begin + generatedTable(t) + end + tail
	if *update {
		if err := os.WriteFile(docFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != string(doc) {
		t.Error("docs/emulator.md is out of date; run go test ./kakao/kakaotest -run DocumentedTable -update")
	}
}

func generatedTable(t *testing.T) string {
	t.Helper()
	tests := testNames(t)
	covered, chosen := coveredBy(), choices()
	var b strings.Builder
	implemented, decided := 0, 0
	row := func(name, state string) {
		if strings.HasPrefix(state, "chosen") {
			decided++
		} else {
			implemented++
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", name, state)
	}
	for _, e := range endpoints() {
		by := covered[e.name]
		if len(by) == 0 {
			t.Errorf("no test covers %s", e.name)
		}
		for _, name := range by {
			if !slices.Contains(tests, name) {
				t.Errorf("%s is covered by %s, which does not exist", e.name, name)
			}
		}
		fmt.Fprintf(&b, "\n### %s `%s`\n\n%s. Authorization: %s. Covered by %s.\n\n", strings.Join(e.methods, ", "),
			e.path, e.korean, e.auth, strings.Join(by, ", "))
		if len(e.params)+len(e.codes) == 0 {
			b.WriteString("No parameters and no specific errors.\n")
			continue
		}
		b.WriteString("| parameter or error | state |\n|---|---|\n")
		for _, p := range e.params {
			if note, ok := chosen[e.name+" "+p]; ok {
				row(p, "chosen: "+note)
			} else {
				row(p, "implemented")
			}
		}
		for _, code := range e.codes {
			entry, _ := koe.Lookup(code)
			note := chosen[e.name+" "+code]
			switch {
			case note != "":
				row(code, "chosen: "+note)
			case !entry.Unconfirmed.IsZero():
				row(code, "chosen: "+strings.TrimSuffix(entry.Unconfirmed.En, ".")+unconfirmedStatus(e, code))
			default:
				row(code, "implemented")
			}
		}
	}
	b.WriteString("\n### Webhooks\n\nCovered by TestUnlinkWebhook, TestIncompleteSignUpWebhook," +
		" TestAccountWebhook, TestWebhooksDuplicatedDelayedAndReordered," +
		" TestWebhookReceivers, TestWebhookWithWrongToken.\n\n| `referrer_type` or event | state |\n|---|---|\n")
	for _, name := range append(ReferrerTypes(), AccountEvents()...) {
		row(name, "implemented")
	}
	b.WriteString("\n### Every code\n\nAny of them can be scripted (TestContract, TestScenarioAppliesToMatchingCalls)." +
		" Without a script the emulator answers:\n\n| code | answered by |\n|---|---|\n")
	for _, entry := range koe.All() {
		var by []string
		for _, e := range endpoints() {
			if slices.Contains(e.codes, string(entry.Code)) {
				by = append(by, "`"+e.name+"`")
			}
		}
		if by == nil {
			by = []string{"script only"}
		}
		if len(by) > 6 {
			by = append(by[:6:6], "…")
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", entry.Code, strings.Join(by, ", "))
	}
	return fmt.Sprintf("%d rows implemented, %d chosen where Kakao's documents are silent.\n",
		implemented, decided) + b.String()
}

// unconfirmedStatus describes the emulator's status of a code where it is a choice.
func unconfirmedStatus(e endpoint, code string) string {
	if e.host == "kauth" && !e.page {
		s := koeAnswer(code)
		return fmt.Sprintf(" (here %d `%s`)", s.status, s.oauth)
	}
	if e.host == "kauth" {
		return " (here a page with status 400, KOE003 500)"
	}
	return ""
}

// testNames lists the tests of this package by name.
func testNames(t *testing.T) []string {
	t.Helper()
	list, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	decl := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	var names []string
	for _, f := range list {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range decl.FindAllSubmatch(b, -1) {
			names = append(names, string(m[1]))
		}
	}
	return names
}

// memberNames lists the names of the members of a struct and of the structs in it, tables excluded.
func memberNames(t reflect.Type) []string {
	var names []string
	for name, field := range memberTypes(t) {
		for field.Kind() == reflect.Pointer || field.Kind() == reflect.Slice {
			field = field.Elem()
		}
		if field.Kind() == reflect.Struct {
			names = append(names, memberNames(field)...)
		} else {
			names = append(names, name)
		}
	}
	return names
}

// TestDocumentNamesEverything: docs/emulator.md names every persona, environment variable, configuration member and
// control call, and every path in its recipes exists. internal/cli runs the page through the program.
func TestDocumentNamesEverything(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile(docFile)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, a := range Personas() {
		want = append(want, "`"+a.ID+"`")
	}
	for _, v := range variables() {
		want = append(want, "| `"+v.name+"` |")
	}
	for _, name := range memberNames(reflect.TypeFor[File]()) {
		want = append(want, "| `"+name+"` |")
	}
	for _, r := range controlRoutes() {
		want = append(want, r.method+" "+r.path)
	}
	for _, w := range want {
		if !bytes.Contains(doc, []byte(w)) {
			t.Errorf("docs/emulator.md does not mention %s", w)
		}
	}
	var paths []string
	for _, e := range endpoints() {
		paths = append(paths, e.path)
	}
	for _, m := range regexp.MustCompile(`localhost:5001(/[\w./-]+)`).FindAllSubmatch(doc, -1) {
		if p := string(m[1]); !slices.Contains(paths, p) && !strings.HasPrefix(p, "/-/") {
			t.Errorf("docs/emulator.md names %s, which does not exist", p)
		}
	}
	for _, m := range regexp.MustCompile(`\]\(\.\./(examples/[\w./-]+)\)`).FindAllSubmatch(doc, -1) {
		if _, err := os.Stat("../../" + string(m[1])); err != nil {
			t.Errorf("docs/emulator.md points at %s: %v", m[1], err)
		}
	}
}
