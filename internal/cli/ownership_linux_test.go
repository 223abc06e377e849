package cli

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/testkit/skipped"
)

// TestOwnerOfTheVolumeIsNamed runs the program as a user that may not use what belongs to root, as in a container whose
// volume root has made.
func TestOwnerOfTheVolumeIsNamed(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		skipped.Skip(t, "root, to run as another user")
	}
	const uid = 65534
	program, volume := volumeOfRoot(t)
	database := filepath.Join(volume, "norang.db")
	run := func(args ...string) (string, error) { return runAs(uid, volume, program, args...) }
	refused := func(path string) {
		t.Helper()
		out, err := run("db", "migrate")
		want := fmt.Sprintf("hint: %s belongs to uid 0 (mode ", path)
		if command := fmt.Sprintf("run: chown %d %s\n", uid, path); err == nil || !strings.Contains(out, want) ||
			!strings.Contains(out, command) {
			t.Errorf("%s belongs to root: %v, output %q", path, err, out)
		}
		if err := os.Chown(path, uid, uid); err != nil { // the command of the hint
			t.Fatal(err)
		}
	}
	refused(volume)
	if out, err := run("db", "migrate"); err != nil {
		t.Fatalf("after chown: %v\n%s", err, out)
	}
	if err := os.Chown(database, 0, 0); err != nil {
		t.Fatal(err)
	}
	refused(database)
	if out, err := run("db", "status"); err != nil {
		t.Fatalf("after chown: %v\n%s", err, out)
	}
}

// TestOperatorUnderAnotherAccountIsSentToTheServices: after a chown to the operator's account, the running
// service would lose its database.
func TestOperatorUnderAnotherAccountIsSentToTheServices(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		skipped.Skip(t, "root, to run as another user")
	}
	const service, operator, unnamed = 65534, 54321, 54322
	program, volume := volumeOfRoot(t)
	for _, owner := range []int{service, unnamed} {
		if err := os.Chown(volume, owner, owner); err != nil {
			t.Fatal(err)
		}
		if out, err := runAs(operator, volume, program, "db", "migrate"); err == nil ||
			!strings.Contains(out, fmt.Sprintf("run: chown %d %s\n", operator, volume)) {
			t.Errorf("an empty volume of another user: %v, output %q", err, out)
		}
	}
	for _, mode := range []os.FileMode{0o755, 0o700} {
		if err := errors.Join(os.Chown(volume, service, service), os.Chmod(volume, mode)); err != nil {
			t.Fatal(err)
		}
		if out, err := runAs(service, volume, program, "db", "migrate"); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		for _, args := range [][]string{{"user", "list"}, {"db", "migrate"}, {"db", "status"}} {
			out, err := runAs(operator, volume, program, args...)
			want := fmt.Sprintf(" belongs to uid %d ", service)
			command := "sudo -u nobody norang " + strings.Join(args, " ") + " (container: docker exec -u 65534)"
			if err == nil || !strings.Contains(out, want) || !strings.Contains(out, command) || strings.Contains(out, "chown") {
				t.Errorf("%s in a directory with mode %o: %v, output %q", args, mode, err, out)
			}
		}
	}
	info, err := os.Stat(volume)
	if err != nil {
		t.Fatal(err)
	}
	if !mayTakeOver("serve", volume, info, service) { // which is then the account that matters
		t.Error("the service is not told to chown")
	}
}

// TestAccountThatMayReadAFileOfTheSettingsIsNamed: as for the database, an error says who may read the file and what to
// do, without taking it from the service.
func TestAccountThatMayReadAFileOfTheSettingsIsNamed(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		skipped.Skip(t, "root, to run as another user")
	}
	const uid = 65534
	program, volume := volumeOfRoot(t)
	if err := os.Chown(volume, uid, uid); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(volume)
	config, closed := filepath.Join(dir, "settings.toml"), filepath.Join(dir, "closed")
	keys, secret := filepath.Join(dir, "norang.keys"), filepath.Join(dir, "secret")
	if err := errors.Join(seal.Create(keys, time.Now(), rand.Reader), os.WriteFile(secret, []byte("s"), 0o600),
		os.WriteFile(config, []byte("url = \"https://login.example.com\""), 0o600), os.Mkdir(closed, 0o700)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		path    string
		mode    os.FileMode
		environ string
		args    []string
		want    string
	}{
		{keys, 0o600, "NORANG_KEYS=" + keys, []string{"serve", "--check"}, "run: chown 65534 " + keys},
		{keys, 0o640, "NORANG_KEYS=" + keys, []string{"serve", "--check"}, "run: chgrp 65534 " + keys},
		{closed, 0o700, "NORANG_KEYS=" + closed + "/keys", []string{"serve", "--check"}, "run: chown 65534 " + closed},
		{closed, 0o700, "NORANG_TEMPLATES=" + closed, []string{"serve", "--check"}, "run: chown 65534 " + closed},
		{secret, 0o600, "NAVER_CLIENT_SECRET_FILE=" + secret, []string{"serve", "--check"}, "run: chown 65534 " + secret},
		{config, 0o600, "NORANG_CONFIG=" + config, []string{"serve"}, "run: chown 65534 " + config},
		{config, 0o600, "NORANG_CONFIG=" + config, []string{"user", "list"}, "run it under the account of the service: sudo"},
		{config, 0o640, "NORANG_CONFIG=" + config, []string{"user", "list"}, "run it under an account of the group root"},
		{closed, 0o700, "NORANG_LISTEN=unix:" + closed + "/s", []string{"serve"}, "run: chown 65534 " + closed},
	} {
		if err := os.Chmod(tt.path, tt.mode); err != nil {
			t.Fatal(err)
		}
		environ := []string{
			tt.environ, "NORANG_URL=http://localhost:5000", "NORANG_OPS_LISTEN=127.0.0.1:0",
			"NAVER_CLIENT_ID=AbCdEfGhIjKlMnOpQrSt",
		}
		if !strings.HasPrefix(tt.environ, "NAVER_") {
			environ = append(environ, "NAVER_CLIENT_SECRET=abcdefghij")
		}
		out, err := runIn(environ, uid, volume, program, tt.args...)
		seen := fmt.Sprintf("hint: %s belongs to uid 0 (mode %s) and this program runs as uid 65534",
			tt.path, modeOf(t, tt.path))
		if err == nil || !strings.Contains(out, seen) || !strings.Contains(out, tt.want) {
			t.Errorf("%s %s with mode %o: %v, output %q", tt.args, tt.environ, tt.mode, err, out)
		}
	}
}

func modeOf(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode()
}

// volumeOfRoot makes a directory of root's that others can enter, beside a copy of the program.
func volumeOfRoot(t *testing.T) (program, volume string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "norang-volume-") // t.TempDir has a parent that others cannot enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	program, volume = filepath.Join(dir, "norang"), filepath.Join(dir, "data")
	if err := errors.Join(copyProgram(program), os.Chmod(dir, 0o755), os.Mkdir(volume, 0o755)); err != nil {
		t.Fatal(err)
	}
	return program, volume
}

// runAs runs the program as a user, with the volume's database.
func runAs(uid uint32, volume, program string, args ...string) (string, error) {
	return runIn(nil, uid, volume, program, args...)
}

func runIn(environ []string, uid uint32, volume, program string, args ...string) (string, error) {
	cmd := exec.Command(program, args...)
	cmd.Dir = filepath.Dir(volume)
	cmd.Env = append([]string{"LC_ALL=C", "NORANG_DATABASE=" + filepath.Join(volume, "norang.db")}, environ...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// copyProgram copies the running test, which is the program when it is called norang.
func copyProgram(to string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	from, err := os.Open(self)
	if err != nil {
		return err
	}
	defer from.Close()
	f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(f, from); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}
