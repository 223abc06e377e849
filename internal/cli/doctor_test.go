package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/apple/appletest"
	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/config"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/testkit/bounded"
	"github.com/norang-login/norang/naver/navertest"
)

// idsOf are the checks of an installation, and what they cannot find out.
func idsOf(s config.Settings) (ids []string) {
	for _, c := range (&installation{settings: s}).checks() {
		ids = append(ids, c.ID)
	}
	for _, u := range app.DoctorUnseen(app.FromPublic(s.Config)) {
		ids = append(ids, u.ID)
	}
	return ids
}

// everyCheck lists the checks of every kind of installation.
func everyCheck() []string {
	embedded, shared := everyInstallation()
	all := append(idsOf(embedded), idsOf(shared)...)
	slices.Sort(all)
	return slices.Compact(all)
}

// everyInstallation are settings with every built-in provider, on SQLite and on PostgreSQL.
func everyInstallation() (embedded, shared config.Settings) {
	k := norang.Kakao{
		ClientID: "a", AdminKeys: []string{"b"}, NativeAppKeys: []string{"c"}, JavaScriptKeys: []string{"d"},
		Scopes: []string{"e"},
	}
	n := norang.Naver{ClientID: "f", ClientSecret: "g", PreviousSecrets: []string{"h"}}
	g := norang.Google{ClientID: "i", ClientSecret: "j"}
	a := norang.Apple{
		ServicesID: "com.example.login", TeamID: "ABCDE12345", KeyID: "FGHIJ67890",
		PrivateKey: appletest.DefaultPrivateKey(), BundleIDs: []string{"com.example.app"},
	}
	l := norang.LINE{ChannelID: "1", ChannelSecret: "i", PreviousSecrets: []string{"j"}, ProviderID: "2"}
	embedded = config.Settings{Config: norang.Config{URL: "https://example.co.kr", Kakao: k, Naver: n, Google: g}}
	embedded.Apple, embedded.LINE = a, l
	shared = embedded
	shared.Database = "postgres://norang@127.0.0.1/norang"
	return embedded, shared
}

// TestDoctorChecksSayWhatTheyExamine: every check has words in both languages, which the console shows instead of the
// id alone, and no two checks of an installation have the same.
func TestDoctorChecksSayWhatTheyExamine(t *testing.T) {
	t.Parallel()
	embedded, shared := everyInstallation()
	keycloak := norang.OIDC{Name: "keycloak", Issuer: "https://id.example.com", ClientID: "a", ClientSecret: "b"}
	embedded.OIDC = append(embedded.OIDC, keycloak)
	for _, s := range []config.Settings{embedded, shared} {
		seen := map[i18n.Text]string{}
		for _, c := range (&installation{settings: s}).checks() {
			if c.What.Ko == "" || c.What.En == "" || c.What.Ko == c.What.En {
				t.Errorf("%s examines %+v", c.ID, c.What)
			}
			if other, ok := seen[c.What]; ok {
				t.Errorf("%s and %s examine the same: %+v", other, c.ID, c.What)
			}
			seen[c.What] = c.ID
		}
		if s.Database == "" && seen[i18n.Text{Ko: "keycloak 클라이언트 ID와 암호", En: "client ID and secret of keycloak"}] == "" {
			t.Errorf("no check of an OpenID Connect provider in %v", seen)
		}
	}
}

var idRow = regexp.MustCompile("(?m)^\\| `([a-z_.]+)` \\| \\S")

// TestDoctorDocumentsListEveryCheck: the tables of both documents have the checks of every kind of installation, and no
// others.
func TestDoctorDocumentsListEveryCheck(t *testing.T) {
	t.Parallel()
	want := everyCheck()
	for _, name := range []string{"doctor.md", "doctor.ko.md"} {
		text, err := os.ReadFile(filepath.Join(root, "docs", name))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range idRow.FindAllStringSubmatch(string(text), -1) {
			got = append(got, m[1])
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("docs/%s (-program +document):\n%s", name, diff)
		}
	}
}

// The command examines every provider that the settings turn on.
func TestDoctorExaminesNaver(t *testing.T) {
	t.Parallel()
	emulator := navertest.Start(t)
	client := emulator.App()
	environ := []string{
		"NORANG_URL=http://localhost:1", "NORANG_LISTEN=localhost:1", "KAKAO_CLIENT_ID=aaaabbbbccccddddeeeeffff00001111",
		"KAKAO_CLIENT_SECRET=the-client-secret-of-this-test", "NORANG_NO_ADMIN_KEY=1", "KAKAO_APP_ID=1",
		"NORANG_ALLOW_EMULATOR=1", "KAKAO_AUTH_URL=http://127.0.0.1:1", "KAKAO_API_URL=http://127.0.0.1:1",
		"KAKAO_ISSUER=http://127.0.0.1:1", "NAVER_CLIENT_ID=" + client.ClientID, "NAVER_AUTH_URL=" + emulator.URL(),
		"NAVER_API_URL=" + emulator.APIURL(),
	}
	for secret, status := range map[string]int{client.ClientSecret: statusDone, "wrong": statusFailed} {
		var out, errs bytes.Buffer
		args := []string{"doctor", "--lang", "en", "--only", "naver.client_secret,naver.review"}
		got := Run(bounded.Context(t), args, append(environ, "NAVER_CLIENT_SECRET="+secret), nil, &out, &errs)
		said := strings.Contains(out.String(), "FAULT  naver.client_secret  NAVER_CLIENT_SECRET")
		unseen := strings.Contains(out.String(), "Not checked from here") &&
			strings.Contains(out.String(), "  naver.review  ") && !strings.Contains(out.String(), "naver.callback_registered")
		if got != status || said != (status == statusFailed) || !unseen {
			t.Errorf("%s: status %d: %s%s", secret, got, out.String(), errs.String())
		}
	}
}

// TestDoctorJSONFollowsItsSchema runs doctor on installations with faults of several kinds.
func TestDoctorJSONFollowsItsSchema(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "docs", "doctor.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	secret := "the-client-secret-of-this-test"
	valid := []string{
		"NORANG_URL=http://localhost:1", "NORANG_LISTEN=localhost:1", "KAKAO_CLIENT_ID=aaaabbbbccccddddeeeeffff00001111",
		"KAKAO_CLIENT_SECRET=" + secret, "KAKAO_ADMIN_KEY=" + secret + "2", "KAKAO_APP_ID=1", "NORANG_ALLOW_EMULATOR=1",
		"KAKAO_AUTH_URL=http://127.0.0.1:1", "KAKAO_API_URL=http://127.0.0.1:1", "KAKAO_ISSUER=http://127.0.0.1:1",
		"NORANG_DATABASE=" + filepath.Join(t.TempDir(), "none", "norang.db"),
	}
	for name, tt := range map[string]struct {
		environ, args []string
		status        int
	}{
		"nothing is set":     {nil, nil, statusFailed},
		"nothing answers":    {valid, []string{"--skip", "clock"}, statusFailed},
		"one check":          {valid, []string{"--only", "keys.file"}, statusDone},
		"an unknown setting": {append(valid, "NORANG_NONSENSE="+secret), []string{"--only", "settings.valid"}, statusFailed},
	} {
		for _, lang := range []string{"ko", "en"} {
			var out, errs bytes.Buffer
			args := append([]string{"doctor", "--json", "--lang", lang}, tt.args...)
			if got := Run(bounded.Context(t), args, tt.environ, nil, &out, &errs); got != tt.status {
				t.Fatalf("%s: status %d: %s", name, got, errs.String())
			}
			var got any
			if err := json.Unmarshal(out.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			for _, problem := range against(schema, got, "$") {
				t.Errorf("%s: %s", name, problem)
			}
			if bytes.Contains(out.Bytes(), []byte(secret)) || bytes.Contains(errs.Bytes(), []byte(secret)) {
				t.Errorf("%s: a secret is in %s%s", name, out.String(), errs.String())
			}
		}
	}
	wrong := map[string]any{"schema": 2.0, "url": 1.0, "findings": []any{map[string]any{"x": ""}}}
	if len(against(schema, wrong, "$")) < 10 {
		t.Error("the validator accepts too much")
	}
}

// against compares a value with a schema, as far as docs/doctor.schema.json uses the language.
func against(schema map[string]any, v any, at string) (problems []string) {
	bad := func(format string, args ...any) { problems = append(problems, at+": "+fmt.Sprintf(format, args...)) }
	if want, ok := schema["const"]; ok && v != want {
		bad("%v, want %v", v, want)
	}
	if all, ok := schema["enum"].([]any); ok && !slices.Contains(all, v) {
		bad("%v is none of %v", v, all)
	}
	kinds := map[string]reflect.Kind{
		"object": reflect.Map, "array": reflect.Slice, "string": reflect.String, "integer": reflect.Float64,
	}
	if want, ok := schema["type"].(string); ok && reflect.ValueOf(v).Kind() != kinds[want] {
		bad("%v is no %s", v, want)
		return problems
	}
	switch v := v.(type) {
	case []any:
		for i, item := range v {
			problems = append(problems, against(schema["items"].(map[string]any), item, fmt.Sprintf("%s[%d]", at, i))...)
		}
	case map[string]any:
		known, _ := schema["properties"].(map[string]any)
		required, _ := schema["required"].([]any)
		for _, name := range required {
			if _, ok := v[name.(string)]; !ok {
				bad("%s is missing", name)
			}
		}
		for name, member := range v {
			if s, ok := known[name].(map[string]any); ok {
				problems = append(problems, against(s, member, at+"."+name)...)
			} else {
				bad("%s is not in the schema", name)
			}
		}
	}
	return problems
}
