package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/norang-login/norang"
)

// sprint prints every value, including secrets.
func sprint(s Settings) string {
	return fmt.Sprintf("%+v %q %q %q %v", s.Config, s.Listen, s.OpsListen, s.TemplatesDir, s.LogLevel)
}

func write(t *testing.T, name, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // regardless of the umask
		t.Fatal(err)
	}
	return path
}

// names are the names in an error.
func names(err error) []string {
	var fs Errors
	errors.As(err, &fs)
	var out []string
	for _, f := range fs {
		out = append(out, f.Name())
	}
	return out
}

func TestPrecedence(t *testing.T) {
	t.Parallel()
	file := write(t, "norang.toml", "url = 'https://file.test'\nprefix = '/file'\nlisten = '127.0.0.1:1'\n", 0o644)
	for _, tt := range []struct {
		name    string
		src     Sources
		url     string
		prefix  string
		listens Listen
	}{
		{"default", Sources{}, "", "", "127.0.0.1:5000"},
		{"file", Sources{File: file}, "https://file.test", "/file", "127.0.0.1:1"},
		{"environment over file",
			Sources{File: file, Environ: []string{"NORANG_URL=https://env.test", "PORT=8080"}},
			"https://env.test", "/file", ":8080"},
		{"flag over environment", Sources{
			File:    file,
			Environ: []string{"NORANG_URL=https://env.test", "NORANG_LISTEN=127.0.0.1:2"},
			Flags:   map[string]string{"NORANG_URL": "https://flag.test", "NORANG_LISTEN": "127.0.0.1:3"},
		}, "https://flag.test", "/file", "127.0.0.1:3"},
		{"empty variable is none", Sources{File: file, Environ: []string{"NORANG_URL=", "NORANG_PREFIX="}},
			"https://file.test", "/file", "127.0.0.1:1"},
	} {
		s, _, err := Load(tt.src)
		if err != nil || s.URL != tt.url || s.Prefix != tt.prefix || s.Listen != tt.listens {
			t.Errorf("%s: %q %q %q %v", tt.name, s.URL, s.Prefix, s.Listen, err)
		}
	}
}

func TestEveryKind(t *testing.T) {
	t.Parallel()
	want := Settings{Listen: "unix:/run/a.sock|0666", OpsListen: "127.0.0.1:5002", Config: norang.Config{
		URL: "https://a.test", AllowEmulator: true,
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128"),
			norang.UnixPeers()},
		Origins: []string{"https://b.test", "https://*.c.test"}, SessionIdle: 14 * 24 * time.Hour,
		SessionLife: 36 * time.Hour,
		Terms:       []norang.Term{{Tag: "t", Version: "1", TitleKo: "약관", Required: true}},
		Kakao:       norang.Kakao{AppID: 9007199254740993, ClientSecret: "s", AdminKeys: []string{"a", "b"}},
	}}
	env := []string{"NORANG_URL=https://a.test", "NORANG_LISTEN=unix:/run/a.sock|0666", "NORANG_ALLOW_EMULATOR=1",
		"NORANG_TRUSTED_PROXIES=10.0.0.0/8, ::1, unix",
		"NORANG_ORIGINS=https://b.test,https://*.c.test", "NORANG_SESSION_IDLE=14d", "NORANG_SESSION_LIFE=36h",
		`NORANG_TERMS=[{"tag":"t","version":"1","title_ko":"약관","required":true}]`,
		"KAKAO_APP_ID=9007199254740993", "KAKAO_CLIENT_SECRET=s", "KAKAO_ADMIN_KEY=a,b"}
	file := write(t, "norang.toml", `
url = "https://a.test"
listen = "unix:/run/a.sock|0666"
allow_emulator = true
trusted_proxies = ["10.0.0.0/8", "::1", "unix"]
origins = ["https://b.test", "https://*.c.test"]
[session]
idle = "14d"
life = "36h"
[kakao]
app_id = 9007199254740993
client_secret = "s"
admin_key = ["a", "b"]
[[terms]]
tag = "t"
version = "1"
title_ko = "약관"
required = true
`, 0o600)
	for name, src := range map[string]Sources{"environment": {Environ: env}, "file": {File: file}} {
		got, _, err := Load(src)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got.Listen != want.Listen || got.OpsListen != want.OpsListen {
			t.Errorf("%s: listens on %q and %q", name, got.Listen, got.OpsListen)
		}
		if diff := cmp.Diff(want.Config, got.Config, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// OP-03: malformed values are refused by name, all at once.
func TestOP03_MalformedValues(t *testing.T) {
	t.Parallel()
	bad := map[string][]string{
		"NORANG_LISTEN": {"5000", "localhost", "127.0.0.1:http", "127.0.0.1:70000", "http://a:80", "unix:", "unix:a.sock",
			"unix:/a.sock|8", "unix:/a b.sock"},
		"NORANG_OPS_LISTEN":   {"5002", "unix:/run/ops.sock"},
		"NORANG_SESSION_IDLE": {"2 weeks", "14", "0", "-1h", "0d", "999999d", "1d12h"},
		"NORANG_TRUSTED_PROXIES": {"proxy.test",
			"10.0.0.5/8", "10.0.0.0/8,,::1", "10.0.0.0/33", "fe80::1%eth0", "unix:/a", "::", "::/128"},
		"NORANG_ORIGINS":      {"https://a.test,", ","},
		"KAKAO_APP_ID":        {"12a", "-5", "1_000", "0x10", "1e5", "99999999999999999999"},
		"NORANG_PICTURES":     {"maybe", "TRUE", "2"},
		"KAKAO_CLIENT_SECRET": {"abc\n", " abc", "ab c", "a\x00b"},
		"KAKAO_ADMIN_KEY":     {"a,b c", "a,,b"},
		"NORANG_URL":          {"https://a.test ", "https://a.test\r"},
		"NORANG_TERMS": {"tag", "{}", "[1]", "[]]", "[]}", "[][", "[] x",
			`[{"tag":1}]`, `[{"Tag":"a"}]`, `[{"tag":"a","tag":"b"}]`,
			`[{"tag":"a","required":"yes"}]`,
			`[{"tag":"a","more":{}}]`, `[{"tag":"a"}`, `[] []`},
	}
	var all []string
	for name, values := range bad {
		for _, v := range values {
			_, _, err := Load(Sources{Environ: []string{name + "=" + v}})
			if diff := cmp.Diff([]string{name}, names(err)); diff != "" {
				t.Errorf("%s=%q: %v", name, v, err)
			}
		}
		all = append(all, name+"="+values[0])
	}
	_, _, err := Load(Sources{Environ: all})
	if got := names(err); len(got) != len(bad) {
		t.Errorf("together: %q", got)
	}
}

// An error is reported although a source of higher precedence hides it.
func TestHiddenErrorsAreReported(t *testing.T) {
	t.Parallel()
	file := write(t, "norang.toml", "[kakao]\napp_id = '1'\n", 0o600)
	s, _, err := Load(Sources{Environ: []string{"KAKAO_APP_ID=2"}, File: file})
	if diff := cmp.Diff([]string{"KAKAO_APP_ID (norang.toml: kakao.app_id)"}, names(err)); diff != "" ||
		s.Kakao.AppID != 2 {
		t.Errorf("%d %v", s.Kakao.AppID, err)
	}
}

// OP-03: a setting that is given twice is refused when the values differ.
func TestOP03_DuplicateSettings(t *testing.T) {
	t.Parallel()
	secret := write(t, "secret", "one\n", 0o600)
	twice := write(t, "norang.toml", "age = 'off'\nage = 'off'\n", 0o600)
	twiceInTable := write(t, "norang.toml", "[kakao]\nclient_id = 'a'\nclient_id = 'b'\n", 0o600)
	for _, tt := range []struct {
		name string
		src  Sources
		want []string
	}{
		{"alias", Sources{Environ: []string{"KAKAO_CLIENT_ID=a", "KAKAO_REST_API_KEY=b"}}, []string{"KAKAO_CLIENT_ID"}},
		{"alias, equal", Sources{Environ: []string{"KAKAO_CLIENT_ID=a", "KAKAO_REST_API_KEY=a"}}, nil},
		{"database", Sources{Environ: []string{"NORANG_DATABASE=a", "DATABASE_URL=b"}}, []string{"NORANG_DATABASE"}},
		{"variable", Sources{Environ: []string{"NORANG_AGE=off", "NORANG_AGE=declare"}},
			[]string{"NORANG_AGE", "NORANG_AGE"}},
		{"value and file",
			Sources{Environ: []string{"KAKAO_CLIENT_SECRET=two", "KAKAO_CLIENT_SECRET_FILE=" + secret}},
			[]string{"KAKAO_CLIENT_SECRET"}},
		{"value and file, equal",
			Sources{Environ: []string{"KAKAO_CLIENT_SECRET=one", "KAKAO_CLIENT_SECRET_FILE=" + secret}}, nil},
		{"two ports", Sources{Environ: []string{"NORANG_LISTEN=:5000", "PORT=8080"}}, []string{"NORANG_LISTEN"}},
		{"a socket and a port", Sources{Environ: []string{"NORANG_LISTEN=unix:/run/a.sock", "PORT=8080"}},
			[]string{"NORANG_LISTEN"}},
		{"two ports, decided", Sources{Environ: []string{"NORANG_LISTEN=:5000", "PORT=8080"},
			Flags: map[string]string{"NORANG_LISTEN": ":1"}}, nil},
		{"two ports, equal", Sources{Environ: []string{"NORANG_LISTEN=10.0.0.1:8080", "PORT=8080"}}, nil},
		{"key", Sources{File: twice}, []string{twice}},
		{"key in a table", Sources{File: twiceInTable}, []string{twiceInTable}},
	} {
		_, _, err := Load(tt.src)
		if diff := cmp.Diff(tt.want, names(err)); diff != "" {
			t.Errorf("%s: %v", tt.name, err)
		}
		if err != nil && strings.HasPrefix(tt.name, "key") && !strings.Contains(err.Error(), "twice") {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// OP-03: an unknown name is refused and the nearest one is suggested. Unknown KAKAO_ names are warnings, because other
// programs use them too.
func TestOP03_UnknownNames(t *testing.T) {
	t.Parallel()
	_, warnings, err := Load(Sources{
		Environ: []string{"NORANG_COKIE_DOMAIN=example.com", "NORANG_WHATEVER_ELSE=1", "NORANG_FOO=1",
			"NORANG_PORT=5000", "KAKAO_CLIENT_SECERT=x", "KAKAO_PAY_CID=x", "HOME=/"},
		File: write(t, "norang.toml", "cokie_domain = 'a'\naudiences = ['x']\naccess_log = true\nNORANG_TERMS = 'x'\n"+
			"[kakao]\nclient_idd = 'x'\n[sesion]\nidle = '1d'\n", 0o600),
	})
	for _, want := range []string{"NORANG_COKIE_DOMAIN: unknown setting; did you mean NORANG_COOKIE_DOMAIN?",
		"NORANG_WHATEVER_ELSE: unknown setting; remove it",
		"NORANG_FOO: unknown setting; remove it", "NORANG_PORT",
		"norang.toml: cokie_domain): unknown setting; did you mean cookie_domain?",
		"audiences): unknown setting; did you mean tokens.audiences?", // for NORANG_AUDIENCES
		"access_log): unknown setting; did you mean log.access?", "NORANG_TERMS): unknown setting; did you mean terms?",
		"did you mean kakao.client_id?", "sesion"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in: %v", want, err)
		}
	}
	var warned []string
	for _, w := range warnings {
		warned = append(warned, w.Setting)
	}
	if diff := cmp.Diff([]string{"KAKAO_CLIENT_SECERT", "KAKAO_PAY_CID"}, warned); diff != "" {
		t.Error(diff)
	}
}

// A Kubernetes service named norang must not stop its own pod from starting.
func TestServiceLinksAreIgnored(t *testing.T) {
	t.Parallel()
	_, warnings, err := Load(Sources{Environ: []string{
		"NORANG_SERVICE_HOST=10.0.0.7", "NORANG_SERVICE_PORT=5000", "NORANG_SERVICE_PORT_HTTP=5000",
		"NORANG_PORT=tcp://10.0.0.7:5000",
		"NORANG_PORT_5000_TCP=tcp://10.0.0.7:5000", "NORANG_PORT_5000_TCP_PROTO=tcp",
		"NORANG_PORT_5000_TCP_PORT=5000", "NORANG_PORT_5000_TCP_ADDR=10.0.0.7",
		"NORANG_OPS_SERVICE_HOST=10.0.0.8", "NORANG_OPS_PORT=tcp://10.0.0.8:5002",
		"KAKAO_EMULATOR_SERVICE_HOST=10.0.0.9",
	}})
	if err != nil || len(warnings) != 0 {
		t.Errorf("%v %v", err, warnings)
	}
}

func TestSecretFiles(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		mode       os.FileMode
		want       string
		reason     string
	}{
		{"newline", "s3cret\n", 0o600, "s3cret", ""},
		{"newline of Windows", "s3cret\r\n", 0o600, "s3cret", ""},
		{"none", "s3cret", 0o640, "s3cret", ""},
		{"two newlines", "s3cret\n\n", 0o600, "", "line break"},
		{"empty", "\n", 0o600, "", "empty"},
		{"others may read", "s3cret\n", 0o604, "", "others can read"},
		{"too large", strings.Repeat("x", maxSecret+1), 0o600, "", "larger"},
	} {
		path := write(t, "secret", tt.text, tt.mode)
		for how, src := range map[string]Sources{
			"environment": {Environ: []string{"KAKAO_CLIENT_SECRET_FILE=" + path}},
			"flag":        {Flags: map[string]string{"KAKAO_CLIENT_SECRET_FILE": path}},
			"file":        {File: write(t, "norang.toml", "[kakao]\nclient_secret_file = '"+path+"'\n", 0o644)},
		} {
			s, _, err := Load(src)
			if (err != nil) != (tt.reason != "") || err != nil && !strings.Contains(err.Error(), tt.reason) ||
				s.Kakao.ClientSecret != tt.want {
				t.Errorf("%s by %s: %q, %v", tt.name, how, s.Kakao.ClientSecret, err)
			}
			if err != nil && strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%s by %s: the error shows the secret", tt.name, how)
			}
		}
	}
	if _, _, err := Load(Sources{Environ: []string{"KAKAO_CLIENT_SECRET_FILE=/nowhere/at/all"}}); err == nil {
		t.Error("a missing file is accepted")
	}
	unit := t.TempDir()
	_, _, err := Load(Sources{Environ: []string{"CREDENTIALS_DIRECTORY=" + unit,
		"KAKAO_CLIENT_SECRET_FILE=" + filepath.Join(unit, "kakao-client-secret")}})
	if err == nil || !strings.Contains(err.Error(), "LoadCredential=kakao-client-secret:") {
		t.Errorf("a credential that the unit does not load: %v", err)
	}
}

func TestSettingsFile(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		mode       os.FileMode
		want       string // in the error, "" for none
	}{
		{"secret, others may read", "[kakao]\nclient_secret = 'x'\n", 0o644, "chmod"},
		{"password, others may read", "database = 'postgres://u:p@h/d'\n", 0o644, "chmod"},
		{"no secret, others may read", "url = 'https://a.test'\n", 0o644, ""},
		{"not TOML", "url = https://a.test\n", 0o600, "line 1"},
		{"broken secret", "[kakao]\nclient_secret = s3cret\n", 0o600, "line 2"},
		{"number for text", "url = 5\n", 0o600, "in quotes"},
		{"text for number", "[kakao]\napp_id = '5'\n", 0o600, "without quotes"},
		{"text for switch", "pictures = 'yes'\n", 0o600, "true or false"},
		{"text for list", "origins = 'https://a.test'\n", 0o600, "list of texts"},
		{"mixed list", "origins = ['https://a.test', 5]\n", 0o600, "list of texts"},
		{"empty text", "prefix = ''\n", 0o600, "not empty"},
		{"text for table", "kakao = 'x'\n", 0o600, "unknown setting"},
		{"text for terms", "terms = 'x'\n", 0o600, "[[terms]]"},
		{"unknown member of a term", "[[terms]]\ntag = 'a'\ntitel_ko = 'x'\n", 0o600, "titel_ko"},
		{"number for a secret file", "[kakao]\nclient_secret_file = 5\n", 0o600, "path of a file"},
	} {
		_, _, err := Load(Sources{File: write(t, "norang.toml", tt.text, tt.mode)})
		if (err != nil) != (tt.want != "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: the error shows the secret: %v", tt.name, err)
		}
	}
	for _, path := range []string{"/nowhere/at/all", t.TempDir()} {
		if _, _, err := Load(Sources{File: path}); err == nil {
			t.Errorf("%s is accepted", path)
		}
	}
}

// Every user of the machine can read a command line.
func TestDatabasePasswordIsRefusedAsAFlag(t *testing.T) {
	t.Parallel()
	_, _, err := Load(Sources{Flags: map[string]string{"NORANG_DATABASE": "postgres://u:hunter2@h/d"}})
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%v", err)
	}
	s, _, err := Load(Sources{Flags: map[string]string{"NORANG_DATABASE": "/tmp/a@b.db"}})
	if err != nil || s.Database != "/tmp/a@b.db" {
		t.Errorf("%v", err)
	}
}

func TestExampleFileIsValid(t *testing.T) {
	t.Parallel()
	secret := write(t, "secret", "x\n", 0o600)
	text := strings.NewReplacer("/run/secrets/kakao_client_secret", secret, "/run/secrets/kakao_admin_key",
		secret).Replace(ExampleFile)
	s, _, err := Load(Sources{File: write(t, "norang.toml", text, 0o644)})
	if err != nil || s.Kakao.AppID != 123456 || len(s.Terms) != 1 || s.Brand.Name == "" ||
		s.SessionIdle != 7*24*time.Hour {
		t.Errorf("%+v %v", s, err)
	}
}

// No way of printing settings shows a secret.
func TestSettingsPrintRedacted(t *testing.T) {
	t.Parallel()
	s, _, err := Load(Sources{Environ: []string{"KAKAO_CLIENT_SECRET=hunter2", "KAKAO_ADMIN_KEY=hunter2a,hunter2b",
		"NORANG_DATABASE=postgres://norang:hunter2@db.test/norang?sslpassword=hunter2"}})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&out, verb+"\n", s)
		fmt.Fprintf(&out, verb+"\n", &s)
	}
	j, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(j)
	log := slog.New(slog.NewJSONHandler(&out, nil))
	log.Info("m", "settings", s)
	slog.New(slog.NewTextHandler(&out, nil)).Info("m", "settings", s, "pointer", &s)
	for _, spelt := range []string{"hunter2", fmt.Sprintf("%x", "hunter2"), fmt.Sprintf("%X", "hunter2"),
		"104 117 110"} {
		if strings.Contains(out.String(), spelt) {
			t.Errorf("%q shows in:\n%s", spelt, out.String())
		}
	}
	if !strings.Contains(out.String(), redacted) || !strings.Contains(out.String(), "postgres://db.test/norang") {
		t.Errorf("other values are missing:\n%s", out.String())
	}
}

// Load returns settings or errors that name a setting, for any environment.
func FuzzLoad(f *testing.F) {
	f.Add("NORANG_TERMS", `[{"tag":"a"}]`)
	f.Add("NORANG_SESSION_IDLE", "14d")
	f.Add("KAKAO_ADMIN_KEY", "a,b")
	f.Add("NORANG_TRUSTED_PROXIES", "10.0.0.0/8,::1")
	f.Fuzz(func(t *testing.T, name, value string) {
		if strings.HasSuffix(name, fileSuffix) {
			t.Skip("would read files")
		}
		_, _, err := Load(Sources{Environ: []string{name + "=" + value}})
		var fs Errors
		if err != nil && (!errors.As(err, &fs) || len(fs) == 0 || fs[0].Setting == "" || fs[0].Reason.Ko == "" ||
			fs[0].Reason.En == "") {
			t.Errorf("%#v", err)
		}
	})
}

// The console and the log write networks as they are given.
func TestNetworksAreWrittenAsGiven(t *testing.T) {
	t.Parallel()
	s, _, err := Load(Sources{Environ: []string{"NORANG_TRUSTED_PROXIES=10.0.0.0/8,2001:db8::/128,unix"}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.Set()["NORANG_TRUSTED_PROXIES"], "[10.0.0.0/8 2001:db8::/128 unix]"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
