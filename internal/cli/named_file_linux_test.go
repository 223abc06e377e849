package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/testkit/skipped"
)

// A file that the command line names is not one of the service's: an account that may not use it is told which
// directory or file refuses it, and not to run the command as the owner.
func TestFileOfAnotherAccountIsNotTakenForTheServices(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		skipped.Skip(t, "root, to run as another user")
	}
	const uid = 65534
	program, volume := volumeOfRoot(t)
	if err := os.Chown(volume, uid, uid); err != nil {
		t.Fatal(err)
	}
	run := func(args string) (string, error) { return runAs(uid, volume, program, strings.Fields(args)...) }
	if out, err := run("db migrate"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	roots := filepath.Join(filepath.Dir(volume), "roots")
	closed, empty := filepath.Join(roots, "closed"), filepath.Join(roots, "empty")
	if err := errors.Join(os.Mkdir(roots, 0o755), os.Mkdir(empty, 0o755),
		os.WriteFile(closed, []byte("id:0"), 0o600)); err != nil {
		t.Fatal(err)
	}
	for command, want := range map[string]string{
		"db backup DIR/b.db":                              "make one: install -d -o 65534 -m 700 DIR/norang",
		"user export --csv --reason x --output DIR/u.csv": "make one: install -d -o 65534 -m 700 DIR/norang",
		"doctor --only database.private --report DIR/r":   "make one: install -d -o 65534 -m 700 DIR/norang",
		"keyring init DIR/keys":                           "make one: install -d -o 65534 -m 700 DIR/norang",
		"db backup DIR/empty/b.db":                        "run: chown 65534 DIR/empty\n",
		"db restore DIR/closed --yes":                     "install -o 65534 -m 600 DIR/closed COPY",
		"import DIR/closed --unchecked":                   "install -o 65534 -m 600 DIR/closed COPY",
		"user disable --from DIR/closed --dry-run":        "install -o 65534 -m 600 DIR/closed COPY",
	} {
		out, err := run(strings.ReplaceAll(command, "DIR", roots))
		if err == nil || !strings.Contains(out, strings.ReplaceAll(want, "DIR", roots)) || strings.Contains(out, "sudo") ||
			!strings.Contains(out, "belongs to uid 0 (mode ") {
			t.Errorf("%s: %v, want %q: %s", command, err, want, out)
		}
	}
	for command, want := range map[string]string{
		"db backup DIR/none/b.db":                              "no such directory: DIR/none\nhint: Make",
		"user export --csv --reason x --output DIR/none/u.csv": "no such directory: DIR/none\nhint: Make",
		"keyring init DIR/none/keys":                           "no such directory: DIR/none\nhint: Make",
		"doctor --only database.private --report DIR/none/r":   "hint: Make the directory first",
		"doctor --only database.private --report DIR/closed":   "hint: A file that exists is not overwritten",
		"db backup DIR/closed/b.db":                            "not a directory: DIR/closed",
		"db restore DIR/none.db --yes":                         "no such file: DIR/none.db",
		"user disable --from DIR/none --dry-run":               "no such file: DIR/none",
	} {
		out, err := run(strings.ReplaceAll(command, "DIR", roots))
		if err == nil || !strings.Contains(out, strings.ReplaceAll(want, "DIR", roots)) {
			t.Errorf("%s: %v, want %q: %s", command, err, want, out)
		}
	}
}
