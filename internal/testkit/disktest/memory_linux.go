package disktest

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	// tmpfs is the type of a file system in memory, as statfs(2) reports it.
	tmpfs = 0x01021994

	shm       = "/dev/shm"
	memoryDir = "norang-test-"
	// leftAfter is how old a directory is that a test program may have left behind. Until then its own program may not
	// have locked it yet.
	leftAfter = time.Hour
)

// removeLeft runs once in a program.
var removeLeft = sync.OnceFunc(func() { removeLeftIn(shm, time.Now()) })

// Memory returns a directory in memory that is removed when the test ends, for tests that write a lot and do not
// test durability. If /dev/shm is small or missing, it is t.TempDir.
//
// A program that is killed, that panics or runs out of time leaves its directories behind: no function of its tests
// runs then. A later one removes them.
func Memory(t testing.TB) string {
	t.Helper()
	const enough = 1 << 30
	var fs syscall.Statfs_t
	if err := syscall.Statfs(shm, &fs); err != nil || int64(fs.Type) != tmpfs || fs.Bavail*uint64(fs.Bsize) < enough {
		return t.TempDir()
	}
	removeLeft()
	dir, err := os.MkdirTemp(shm, memoryDir)
	if err != nil {
		return t.TempDir()
	}
	lock, err := lockDir(dir)
	if err != nil {
		t.Error(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(os.RemoveAll(dir), lock.Close()); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// lockDir locks a directory until the file is closed or the program has ended. It fails if another one holds the lock.
func lockDir(dir string) (*os.File, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(&os.PathError{Op: "lock", Path: dir, Err: err}, f.Close())
	}
	return f, nil
}

// removeLeftIn removes the directories of programs that have ended. Other users' stay.
func removeLeftIn(parent string, now time.Time) {
	all, _ := filepath.Glob(filepath.Join(parent, memoryDir+"*"))
	for _, dir := range all {
		info, err := os.Lstat(dir)
		if err != nil || !info.IsDir() || now.Sub(info.ModTime()) < leftAfter {
			continue
		}
		if lock, err := lockDir(dir); err == nil {
			_ = os.RemoveAll(dir) // the next program tries again
			_ = lock.Close()
		}
	}
}
