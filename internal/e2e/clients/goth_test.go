package clients_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/norang-login/norang/internal/testkit/skipped"
)

// TestGoth: goth signs in at the emulators. It is a program and a module of its own, because norang does not depend on
// goth.
func TestGoth(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("left out: -short, and goth would be downloaded")
	}
	command := skipped.Command(t, "go")
	program := filepath.Join(t.TempDir(), "goth")
	run := func(args ...string) ([]byte, error) {
		cmd := exec.CommandContext(t.Context(), command, args...)
		cmd.Dir = filepath.Join("testdata", "goth")
		cmd.Env = append(os.Environ(), "GOWORK=off", "CGO_ENABLED=0")
		return cmd.CombinedOutput()
	}
	if out, err := run("mod", "download"); err != nil {
		skipped.Skip(t, "goth cannot be downloaded: "+string(out))
	}
	if out, err := run("run", "-exec", "cp", ".", program); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, c := range clients() {
		if c.name == "goth" {
			signIn(t, c, exec.CommandContext(t.Context(), program), "")
		}
	}
}
