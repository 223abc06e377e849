package cli

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/testkit/bounded"
)

// A secret that could not be printed is of no use to anyone: the key is revoked again, and the command says so.
func TestSecretThatIsNotPrintedIsNotLeftBehind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	database := filepath.Join(dir, "norang.db")
	environ := []string{"LC_ALL=C", "NORANG_DATABASE=" + database, "NORANG_URL=https://login.example.com"}
	run := func(args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		if status := Run(bounded.Context(t), args, environ, nil, &out, &errs); status != statusDone {
			t.Fatalf("%s: %s", args, errs.String())
		}
		return out.String()
	}
	run("db", "migrate")
	for _, c := range []struct{ args, want string }{
		{"key create x", "the API key could not be printed and was revoked again: no space left"},
		{"key create x --json", "the API key could not be printed and was revoked again: no space left"},
		{"user link-ticket 10482", "the link could not be printed, it ends by itself at "},
	} {
		var errs bytes.Buffer
		status := Run(bounded.Context(t), strings.Fields(c.args), environ, nil, fullOutput{}, &errs)
		if said := errs.String(); status != statusFailed || !strings.Contains(said, c.want) ||
			strings.Contains(said, "nrg_k_") || strings.Contains(said, "incomplete") {
			t.Errorf("%s: status %d: %s", c.args, status, said)
		}
	}
	if said := run("key", "list"); !strings.Contains(said, "No API keys") {
		t.Error(said)
	}
	program := filepath.Join(dir, "norang")
	if err := copyProgram(program); err != nil {
		t.Fatal(err)
	}
	// A pipe whose reader has ended, which would end the program with SIGPIPE.
	piped := exec.Command("sh", "-c", `{ sleep 0.2; "$0" key create x 2>errs; } | true; cat errs`, program)
	piped.Dir, piped.Env = dir, environ
	if said, err := piped.CombinedOutput(); err != nil || !strings.Contains(string(said), "revoked again: write") {
		t.Errorf("%v: %s", err, said)
	}
	if said := run("key", "list"); !strings.Contains(said, "No API keys") {
		t.Error(said)
	}
}
