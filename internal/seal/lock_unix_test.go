//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package seal

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
)

func TestRotationDoesNotWaitForEverForALock(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys")
	if err := Create(path, testTime, rand.Reader); err != nil {
		t.Fatal(err)
	}
	other, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := syscall.Flock(int(other.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		if _, err := Rotate(path, testTime, rand.Reader); err == nil || !strings.Contains(err.Error(), "has locked "+path) {
			t.Errorf("rotated: %v", err)
		}
	})
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := Rotate(path, testTime, rand.Reader); n != 2 || err != nil {
		t.Errorf("%d keys after the lock has ended, %v", n, err)
	}
}
