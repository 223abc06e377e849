package disktest_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/norang-login/norang/internal/testkit/disktest"
)

func TestWritesFailOnAFullDisk(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func(*testing.T, int64, func(string)){
		"in memory": disktest.Small,
		"ext4":      disktest.Ext4,
	} {
		t.Run(name, func(t *testing.T) {
			make(t, 4<<20, func(dir string) {
				filler := filepath.Join(dir, "filler")
				if n := disktest.Fill(t, filler, 0); n < 1<<20 || n > 4<<20 {
					t.Errorf("%d bytes fit", n)
				}
				if err := os.WriteFile(filepath.Join(dir, "more"), []byte("more"), 0o600); !errors.Is(
					err,
					syscall.ENOSPC,
				) {
					t.Errorf("one more file: %v", err)
				}
				if err := os.Remove(filler); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, "more"), []byte("more"), 0o600); err != nil {
					t.Errorf("after freeing space: %v", err)
				}
			})
		})
	}
}
