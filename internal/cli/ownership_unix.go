//go:build unix

package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// ownershipHint says which command gives a file or directory to this user, if err is that it may not be used. A volume
// that belongs to root under a program that does not run as root is the usual cause.
func ownershipHint(c *terminal, err error) string {
	var denied *fs.PathError
	if !errors.As(err, &denied) || !errors.Is(denied, fs.ErrPermission) || denied.Path == "" {
		return ""
	}
	path := denied.Path
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) { // it could not be created
		path = filepath.Dir(path)
		info, err = os.Stat(path)
	}
	if err != nil {
		return ""
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	uid := os.Geteuid()
	return c.pick("%[1]s의 소유자는 uid %[2]d(권한 %[3]s)이고 이 프로그램은 uid %[4]d로 실행됩니다. 실행하십시오: chown %[4]d %[1]s",
		"%[1]s belongs to uid %[2]d (mode %[3]s) and this program runs as uid %[4]d; run: chown %[4]d %[1]s",
		path, owner.Uid, info.Mode(), uid)
}
