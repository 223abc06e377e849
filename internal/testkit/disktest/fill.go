package disktest

import (
	"crypto/rand"
	"errors"
	"os"
	"syscall"
	"testing"
)

// Fill writes a file until the disk is full, then truncates it by leave bytes and returns its size.
func Fill(t *testing.T, path string, leave int64) int64 {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	block := make([]byte, 4096)
	_, _ = rand.Read(block)
	for {
		n, err := f.Write(block)
		if errors.Is(err, syscall.ENOSPC) {
			if n > 0 {
				continue // the rest of a block
			}
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	size := max(info.Size()-leave, 0)
	if err := errors.Join(f.Truncate(size), f.Sync()); err != nil {
		t.Fatal(err)
	}
	return size
}
