//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package seal

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// lockWait bounds the wait for other rotations, which take milliseconds.
const lockWait = 10 * time.Second

// lock waits for the lock of a key file, which one rotation holds at a time. A rotation replaces the file, so a lock
// counts only while the path leads to the file that is locked. Without locks (NFS may have none), or a file that can be
// opened, nothing is locked.
func lock(path string) (unlock func(), err error) {
	for deadline := time.Now().Add(lockWait); ; time.Sleep(10 * time.Millisecond) {
		f, err := os.Open(path)
		if err != nil {
			return func() {}, nil // the caller reads it next, and says what is wrong
		}
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		busy := errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, syscall.EINTR)
		if err == nil {
			locked, statErr := f.Stat()
			current, pathErr := os.Stat(path)
			busy = statErr == nil && pathErr == nil && !os.SameFile(locked, current)
		}
		if !busy {
			return func() { f.Close() }, nil // which unlocks it
		}
		f.Close()
		if time.Now().After(deadline) {
			return nil, badFile(nil, "다른 프로세스가 %[1]s 파일을 잠그고 있습니다.", "another process has locked %[1]s", path)
		}
	}
}
