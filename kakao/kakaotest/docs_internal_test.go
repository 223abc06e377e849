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

	"github.com/norang-login/norang/internal/emulator"
	"github.com/norang-login/norang/kakao/koe"
)

const docFile = "../../docs/emulator.md"

// docTexts are the words of the generated part, in the language of each page.
var docTexts = map[string]struct {
	rows, endpoint, none, head, implemented, chosen, here, page, webhooks, codes, script string
}{
	docFile: {
		rows:     "%d rows implemented, %d chosen where Kakao's documents are silent.\n",
		endpoint: "%s. Authorization: %s. Covered by %s.", none: "No parameters and no specific errors.\n",
		head: "| parameter or error | state |\n|---|---|\n", implemented: "implemented", chosen: "chosen: ",
		here: " (here %d `%s`)", page: " (here a page with status 400, KOE003 500)",
		webhooks: "### Webhooks\n\nCovered by %s.\n\n| `referrer_type` or event | state |\n|---|---|\n",
		codes: "\n### Every code\n\nAny of them can be scripted (TestContract, TestScenarioAppliesToMatchingCalls)." +
			" Without a script the emulator answers:\n\n| code | answered by |\n|---|---|\n",
		script: "script only",
	},
	docFileKo: {
		rows:     "%d줄을 구현했고, %d줄은 카카오의 문서에 없어서 정했습니다.\n",
		endpoint: "%s. Authorization: %s. 테스트: %s.", none: "파라미터와 고유한 오류가 없습니다.\n",
		head: "| 파라미터나 오류 | 상태 |\n|---|---|\n", implemented: "구현", chosen: "정함: ",
		here: " (여기서는 %d `%s`)", page: " (여기서는 상태 코드 400인 화면, KOE003은 500)",
		webhooks: "### 웹훅\n\n테스트: %s.\n\n| `referrer_type`이나 이벤트 | 상태 |\n|---|---|\n",
		codes: "\n### 모든 코드\n\n모두 시나리오로 낼 수 있습니다(TestContract, TestScenarioAppliesToMatchingCalls)." +
			" 시나리오 없이는 이렇게 답합니다.\n\n| 코드 | 답하는 곳 |\n|---|---|\n",
		script: "시나리오만",
	},
}

const docFileKo = "../../docs/emulator.ko.md"

// coveredBy lists the tests of each endpoint.
func coveredBy() map[string][]string {
	return map[string][]string{
		"oauth/authorize": {"TestLoginWithPages", "TestAuthorizePages", "TestPromptNone",
			"TestPromptShowsTheLoginPageDespiteASession", "TestKakaoTalkBrowserIsSignedIn",
			"TestAppSettingsCauseErrorPages", "TestUnder14", "FuzzAuthorize"},
		"login": {"TestLoginByEmailPhoneOrID", "TestCreateAccount", "TestKakaoSessionLifetime",
			"TestBrowserLogin", "FuzzPages"},
		"consent": {"TestLoginWithPages", "TestServiceTermsAtLogin", "TestPagesCannotBeReplayed",
			"FuzzPages"},
		"oauth/token": {"TestTokenErrors", "TestRefreshRotatesInTheLastMonth", "TestTokenLifetimeDependsOnTheKey",
			"TestTokenLimit", "TestCodesExpireAndAreInvalidAfterAFailedExchange", "TestUndocumentedRequestsThatKakaoAccepts",
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
func choices() map[string]koe.Text {
	return map[string]koe.Text{
		"oauth/authorize code_challenge_method": {
			Ko: "`plain`이거나 방법 없는 challenge는 KOE204",
			En: "`plain`, or a challenge without a method, is KOE204",
		},
		"oauth/authorize ka":            {Ko: "무시", En: "ignored"},
		"oauth/authorize agt":           {Ko: "무시", En: "ignored"},
		"oauth/authorize state_token":   {Ko: "무시", En: "ignored"},
		"oauth/authorize is_popup":      {Ko: "무시", En: "ignored"},
		"oauth/authorize kauth_tx_id":   {Ko: "무시", En: "ignored"},
		"oauth/authorize auth_tran_id":  {Ko: "무시", En: "ignored"},
		"oauth/authorize approval_type": {Ko: "무시", En: "ignored"},
		"oauth/authorize settle_id":     {Ko: "무시", En: "ignored"},
		"oauth/authorize service_terms": {
			Ko: "적은 약관을 필수든 선택이든 보여 줌",
			En: "the named terms are shown, required or not",
		},
		"oauth/authorize prompt": {
			Ko: "모르는 값이거나 `none`이 다른 것과 함께 있으면 KOE204, `cert`는 무시",
			En: "an unknown value, or `none` with another, is KOE204; `cert` is ignored",
		},
		"oauth/authorize login_hint": {
			Ko: "페르소나 id면 그 페르소나를 고르고, 다른 값은 입력란을 채움",
			En: "a persona id selects that persona; anything else fills the field",
		},
		"oauth/token redirect_uri": {Ko: "틀리면 코드가 무효가 됨", En: "a wrong one makes the code invalid"},
		"oauth/token code_verifier": {
			Ko: "틀리거나, 없거나, 있지 말아야 하면 KOE320이고 코드가 무효가 됨",
			En: "a wrong, missing or unexpected one is KOE320 and makes the code invalid",
		},
		"oauth/token code":   {Ko: "600초 동안 유효", En: "valid for 600 seconds"},
		"oauth/token KOE207": {Ko: "code나 redirect_uri가 없을 때", En: "for a missing code or redirect_uri"},
		"oauth/logout state": {Ko: "카카오 세션이 없으면 바로 리다이렉트", En: "without a Kakao session the redirect is immediate"},
		"user/ids from_id":   {Ko: "그 번호를 포함", En: "inclusive"},
		"user/shipping_address from_updated_at": {
			Ko: "그 시각 전에 바뀐 배송지, 기본 배송지는 빼고",
			En: "addresses changed before that time, without the default one",
		},
		"app/users target_ids": {
			Ko: "모르는 회원은 빼고, 응답은 배열 그대로",
			En: "unknown users are left out; the response is a bare array",
		},
		"system/ips rule_type": {Ko: "에뮬레이터가 있는 루프백 주소", En: "the addresses are loopback, where the emulator is"},
	}
}

// TestDocumentedTableIsCurrent: the tables in docs/emulator.md and docs/emulator.ko.md match the registry. go test -run
// DocumentedTable -update writes them.
func TestDocumentedTableIsCurrent(t *testing.T) {
	t.Parallel()
	for file := range docTexts {
		doc, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		const begin, end = "<!-- generated: begin -->\n", "<!-- generated: end -->\n"
		head, rest, ok := strings.Cut(string(doc), begin)
		_, tail, ok2 := strings.Cut(rest, end)
		if !ok || !ok2 {
			t.Fatalf("%s has lost the markers of its generated part", file)
		}
		want := head + begin + generatedTable(t, file) + end + tail
		if *update {
			if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		} else if want != string(doc) {
			t.Errorf("%s is out of date; run go test ./kakao/kakaotest -run DocumentedTable -update", file)
		}
	}
}

func generatedTable(t *testing.T, file string) string {
	t.Helper()
	text, lang := docTexts[file], "en"
	if file == docFileKo {
		lang = "ko"
	}
	tests := testNames(t)
	covered, chosen := coveredBy(), choices()
	var b strings.Builder
	implemented, decided := 0, 0
	row := func(name, state string) {
		if strings.HasPrefix(state, text.chosen) {
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
		fmt.Fprintf(&b, "\n### %s `%s`\n\n"+text.endpoint+"\n\n", strings.Join(e.methods, ", "),
			e.path, e.korean, e.auth, strings.Join(by, ", "))
		if len(e.params)+len(e.codes) == 0 {
			b.WriteString(text.none)
			continue
		}
		b.WriteString(text.head)
		for _, p := range e.params {
			if note, ok := chosen[e.name+" "+p]; ok {
				row(p, text.chosen+note.In(lang))
			} else {
				row(p, text.implemented)
			}
		}
		for _, code := range e.codes {
			entry, _ := koe.Lookup(code)
			note := chosen[e.name+" "+code]
			switch {
			case !note.IsZero():
				row(code, text.chosen+note.In(lang))
			case !entry.Unconfirmed.IsZero():
				row(code, text.chosen+strings.TrimSuffix(entry.Unconfirmed.In(lang), ".")+
					unconfirmedStatus(e, code, text.here, text.page))
			default:
				row(code, text.implemented)
			}
		}
	}
	fmt.Fprintf(&b, "\n"+text.webhooks, "TestUnlinkWebhook, TestIncompleteSignUpWebhook, TestAccountWebhook, "+
		"TestWebhooksDuplicatedDelayedAndReordered, TestWebhookReceivers, TestWebhookWithWrongToken")
	for _, name := range append(ReferrerTypes(), AccountEvents()...) {
		row(name, text.implemented)
	}
	b.WriteString(text.codes)
	for _, entry := range koe.All() {
		var by []string
		for _, e := range endpoints() {
			if slices.Contains(e.codes, string(entry.Code)) {
				by = append(by, "`"+e.name+"`")
			}
		}
		if by == nil {
			by = []string{text.script}
		}
		if len(by) > 6 {
			by = append(by[:6:6], "…")
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", entry.Code, strings.Join(by, ", "))
	}
	return fmt.Sprintf(text.rows, implemented, decided) + b.String()
}

// unconfirmedStatus describes the emulator's status of a code where it is a choice.
func unconfirmedStatus(e endpoint, code, here, page string) string {
	switch {
	case e.host == "kauth" && e.page:
		return page
	case e.host == "kauth":
		s := koeAnswer(code)
		return fmt.Sprintf(here, s.status, s.oauth)
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
	for name, field := range emulator.MemberTypes(t) {
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
		want = append(want, "| `"+v.Name+"` |")
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
