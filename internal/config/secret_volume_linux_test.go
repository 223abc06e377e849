package config

import (
	"crypto/rand"
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

// inside is the directory of the test in its mount namespace.
const inside = "TEST_SECRET_VOLUME"

// TestOP15_SecretVolume: files with mode 0644 and 0444, behind a ..data link as Kubernetes makes it, are accepted
// with a warning on a read-only memory file system and nowhere else. The test runs itself in a mount namespace of its
// own.
func TestOP15_SecretVolume(t *testing.T) {
	if dir := os.Getenv(inside); dir != "" {
		secretVolume(t, dir)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestOP15_SecretVolume$", "-test.v")
	cmd.Env = append(os.Environ(), inside+"="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	if exit, ok := err.(*exec.ExitError); !ok && err != nil || ok && !exit.Exited() {
		skipped.Refused(t, "user namespaces are not permitted: "+err.Error())
	}
	if err != nil || !strings.Contains(string(out), "--- PASS: TestOP15_SecretVolume") {
		t.Errorf("%v\n%s", err, out)
	}
}

func secretVolume(t *testing.T, dir string) {
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, ""); err != nil {
		t.Fatal(err)
	}
	put := func(name string, mode os.FileMode, text string) {
		t.Helper()
		path := filepath.Join(dir, "..2026", name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join("..data", name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "..2026"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("..2026", filepath.Join(dir, "..data")); err != nil {
		t.Fatal(err)
	}
	put("kubernetes", 0o644, "s3cret\n")
	put("swarm", 0o444, "s3cret\n")
	put("writable", 0o666, "s3cret\n")
	put("norang.toml", 0o644, "[kakao]\nclient_secret = 's3cret'\n")
	keys := filepath.Join(dir, "..2026", "made.keys")
	if err := seal.Create(keys, time.Now(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	made, err := os.ReadFile(keys)
	if err != nil {
		t.Fatal(err)
	}
	put("norang.keys", 0o644, string(made))
	put("group.keys", 0o664, string(made))

	sources := func(name string) Sources {
		if path := filepath.Join(dir, name); name != "norang.toml" {
			return Sources{Environ: []string{"KAKAO_CLIENT_SECRET_FILE=" + path}}
		}
		return Sources{File: filepath.Join(dir, name)}
	}
	const hint = "Kubernetes: defaultMode: 0440, fsGroup / Compose: mode: 0400, uid"
	for _, name := range []string{"kubernetes", "swarm", "writable", "norang.toml"} {
		if _, _, err := Load(sources(name)); err == nil || !strings.Contains(err.Error(), hint) {
			t.Errorf("%s on a writable volume: %v", name, err)
		}
	}
	if _, err := seal.Load(filepath.Join(dir, "norang.keys")); err == nil {
		t.Error("keys on a writable volume are accepted")
	}
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"kubernetes", "swarm", "norang.toml"} {
		s, warnings, err := Load(sources(name))
		if err != nil || s.Kakao.ClientSecret != "s3cret" || len(warnings) != 1 || !strings.Contains(warnings.Error(), hint) {
			t.Errorf("%s: %q, %v, %v", name, s.Kakao.ClientSecret, warnings, err)
		}
	}
	if _, _, err := Load(sources("writable")); err == nil {
		t.Error("a file that others can write is accepted")
	}
	if k, err := seal.Load(filepath.Join(dir, "norang.keys")); err != nil || !k.Readable() {
		t.Errorf("keys: %v", err)
	}
	if _, err := seal.Load(filepath.Join(dir, "group.keys")); err == nil {
		t.Error("keys that the group can write are accepted")
	}
}
