package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

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
	for _, args := range [][]string{
		{"privacy", "policy"},
		{"db", "migrate"},
		{"origin", "add", "https://pr-7-shop.vercel.app", "--as", "kim"},
		{"origin", "list", "--as", "kim"},
		{"user", "list", "--as", "kim"},
		{"user", "link-ticket", "10482", "--as", "kim"},
	} {
		var out, errs bytes.Buffer
		if status := Run(t.Context(), append(args, "--config", file), nil, nil, &out, &errs); status != statusDone {
			t.Errorf("%s: status %d: %s", args, status, errs.String())
		}
	}
}

// TestSettingsAreReadOnceFromAPipe: a shell's <(…) can be read only once.
func TestSettingsAreReadOnceFromAPipe(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		skipped.Skip(t, "a system with /dev/fd")
	}
	packaged, err := os.ReadFile("../../packaging/systemd/norang.toml")
	if err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	_, err = w.Write(packaged)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	args := []string{"privacy", "policy", "--config", fmt.Sprintf("/dev/fd/%d", r.Fd())}
	if status := Run(t.Context(), args, nil, nil, &out, &errs); status != statusDone {
		t.Errorf("status %d: %s", status, errs.String())
	}
}

// TestPrivacyPolicyIsTheSameWithoutTheSecrets: a missing secret of any provider is not taken for its absence.
func TestPrivacyPolicyIsTheSameWithoutTheSecrets(t *testing.T) {
	t.Parallel()
	policy := func(environ []string) string {
		t.Helper()
		var out, errs bytes.Buffer
		status := Run(t.Context(), []string{"privacy", "policy", "--json"}, environ, nil, &out, &errs)
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
