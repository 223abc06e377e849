package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/testkit/bounded"
)

// What no check can find out is listed for each provider, and makes no run fail, even with --strict. Only ids of it are
// chosen here, so that no provider is called.
func TestDoctorListsWhatItCannotCheck(t *testing.T) {
	t.Parallel()
	want := []string{
		"kakao.members", "kakao.webhooks_registered",
		"naver.review", "naver.callback_registered", "naver.unlink_registered",
		"google.published", "google.callback_registered", "google.risc_registered",
		"apple.callback_registered", "apple.key", "apple.notices_registered",
		"line.provider", "line.published", "line.callback_registered",
		"entra.callback_registered", "entra.secret_end", "keycloak.callback_registered",
	}
	environ := append(slices.DeleteFunc(allProviders(), func(s string) bool {
		return strings.HasPrefix(s, "NORANG_PROVIDERS=")
	}), "KAKAO_ADMIN_KEY=11112222333344445555666677778888",
		"OIDC_ENTRA_ISSUER=https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0",
		"OIDC_ENTRA_CLIENT_ID=norang", "OIDC_ENTRA_CLIENT_SECRET=secretOfEntra")
	text, err := os.ReadFile(filepath.Join(root, "docs", "doctor.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	run := func(more []string, args ...string) string {
		var out, errs bytes.Buffer
		args = append([]string{"doctor", "--strict", "--only", strings.Join(want, ",")}, args...)
		if got := Run(bounded.Context(t), args, append(environ, more...), nil, &out, &errs); got != statusDone {
			t.Fatalf("%q: status %d: %s%s", args, got, out.String(), errs.String())
		}
		return out.String()
	}
	for lang, title := range map[string]string{"en": "Not checked from here", "ko": "여기서 확인할 수 없는 것"} {
		out := run(nil, "--lang", lang)
		if n := strings.Count(out, "\n"); n > 24 || !strings.Contains(out, title) || strings.Contains(out, "secretOf") {
			t.Errorf("%s: %d lines:\n%s", lang, n, out)
		}
		var value any
		if err := json.Unmarshal([]byte(run(nil, "--lang", lang, "--json")), &value); err != nil {
			t.Fatal(err)
		}
		for _, problem := range against(schema, value, "$") {
			t.Error(problem)
		}
	}
	ids := func(more []string, args ...string) (got []string) {
		var report doctorJSON
		if err := json.Unmarshal([]byte(run(more, append(args, "--json")...)), &report); err != nil {
			t.Fatal(err)
		}
		for _, u := range report.Unseen {
			got = append(got, u.ID)
		}
		slices.Sort(got)
		return got
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, ids(nil)); diff != "" {
		t.Error(diff)
	}
	want = slices.DeleteFunc(want, func(id string) bool { // an id that is not there would be unknown
		return id == "entra.secret_end" || strings.HasPrefix(id, "naver.")
	})
	if diff := cmp.Diff(want, ids([]string{"OIDC_ENTRA_SECRET_EXPIRES=2099-01-01"}, "--skip", "naver")); diff != "" {
		t.Error(diff)
	}
}
