package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/testkit/bounded"
	"github.com/norang-login/norang/internal/testkit/skipped"
)

// TestCommandsNeedNoSecretOfAProvider: with the packaged systemd unit, only the service sees the secrets.
func TestCommandsNeedNoSecretOfAProvider(t *testing.T) {
	t.Parallel()
	packaged, err := os.ReadFile("../../packaging/systemd/norang.toml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file, database := filepath.Join(dir, "norang.toml"), filepath.Join(dir, "norang.db")
	text := strings.Replace(string(packaged), "/var/lib/norang/norang.db", database, 1)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	// Or the file names them, where only the service can read them.
	named := filepath.Join(dir, "named.toml")
	text += "client_secret_file = \"/nowhere/kakao_secret\"\nadmin_key_file = \"/nowhere/kakao_admin\"\n" +
		"[events]\nurl = \"https://shop.example.com/events\"\nsecret_file = \"/nowhere/events\"\n"
	if err := os.WriteFile(named, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	users := filepath.Join(dir, "users.csv")
	if err := os.WriteFile(users, []byte("kakao_id,ref\n4242,7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"privacy", "policy"},
		{"db", "migrate"},
		{"origin", "add", "https://pr-7-shop.vercel.app", "--as", "kim"},
		{"origin", "list", "--as", "kim"},
		{"user", "list", "--as", "kim"},
		{"user", "link-ticket", "10482", "--as", "kim"},
		{"import", users, "--unchecked", "--as", "kim"},
		{"events", "status", "--as", "kim"},
		{"events", "tail", "--as", "kim"},
		{"proxy", "nginx"},
	} {
		for _, file := range []string{file, named} {
			var out, errs bytes.Buffer
			args := append(slices.Clone(args), "--config", file)
			if status := Run(bounded.Context(t), args, nil, nil, &out, &errs); status != statusDone {
				t.Errorf("%s: status %d: %s", args, status, errs.String())
			}
		}
	}
	// What is needed is asked for, and said to be optional.
	for file, want := range map[string]string{
		file: "the ids could not be checked at the provider", named: "KAKAO_ADMIN_KEY (named.toml: kakao.admin_key_file)",
	} {
		var out, errs bytes.Buffer
		status := Run(bounded.Context(t), []string{"import", users, "--config", file}, []string{"LC_ALL=C"}, nil, &out, &errs)
		if status == statusDone || !strings.Contains(errs.String(), want) {
			t.Errorf("status %d: %s", status, errs.String())
		}
	}
}

// TestSettingsAreReadOnceFromAPipe: a shell's <(…) can be read only once, whether it has settings or a secret.
func TestSettingsAreReadOnceFromAPipe(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		skipped.Skip(t, "a system with /dev/fd")
	}
	packaged, err := os.ReadFile("../../packaging/systemd/norang.toml")
	if err != nil {
		t.Fatal(err)
	}
	database := filepath.Join(t.TempDir(), "norang.db")
	text := strings.Replace(string(packaged), "/var/lib/norang/norang.db", database, 1)
	const secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"privacy", "policy"}, "365 days"},
		{[]string{"db", "migrate"}, "0001_"},
		{[]string{"db", "status"}, "sqlite: current"},
		{[]string{"user", "link-ticket", "10482"}, "https://www.example.com/auth/link/"},
		{[]string{"user", "list"}, "Nothing found"},
		{[]string{"origin", "add", "https://pr-7-shop.vercel.app"}, "https://pr-7-shop.vercel.app"},
		{[]string{"events", "status"}, "Events waiting: 0"},
		{[]string{"events", "replay", "--since", "1d"}, "Events sent: 0"},
	} {
		environ := []string{
			"LC_ALL=C", "NORANG_EVENTS_URL=https://shop.example.com/events",
			"NORANG_EVENTS_SECRET_FILE=" + pipeWith(t, secret),
		}
		var out, errs bytes.Buffer
		status := Run(bounded.Context(t), append(tt.args, "--config", pipeWith(t, text)), environ, nil, &out, &errs)
		if status != statusDone || !strings.Contains(out.String(), tt.want) {
			t.Errorf("%s: status %d: %s%s", tt.args, status, out.String(), errs.String())
		}
	}
}

// pipeWith returns the path of a pipe that holds text, as of a shell's <(…).
func pipeWith(t *testing.T, text string) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	_, err = io.WriteString(w, text)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("/dev/fd/%d", r.Fd())
}

// TestPrivacyPolicyIsTheSameWithoutTheSecrets: a missing secret of any provider is not taken for its absence.
func TestPrivacyPolicyIsTheSameWithoutTheSecrets(t *testing.T) {
	t.Parallel()
	policy := func(environ []string) string {
		t.Helper()
		var out, errs bytes.Buffer
		status := Run(bounded.Context(t), []string{"privacy", "policy", "--json"}, environ, nil, &out, &errs)
		if status != statusDone {
			t.Errorf("status %d: %s", status, errs.String())
		}
		return out.String()
	}
	with := append(allProviders(), "KAKAO_ADMIN_KEY=11112222333344445555666677778888", "NORANG_RECONCILE=24h",
		"NORANG_EVENTS_URL=https://shop.example.com/events",
		"NORANG_EVENTS_SECRET=whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
	var without []string
	for _, v := range with {
		if name, _, _ := strings.Cut(v, "="); !isSecret(name) {
			without = append(without, v)
		}
	}
	if len(with)-len(without) < 8 {
		t.Fatalf("%d secrets were left out", len(with)-len(without))
	}
	if a, b := policy(with), policy(without); a != b {
		t.Errorf("with the secrets:\n%s\nwithout:\n%s", a, b)
	}
}
