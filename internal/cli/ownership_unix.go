//go:build unix

package cli

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// ownershipHint says what to do about a file or directory that this user may not use, if that is what err is about. A
// volume that belongs to root under a program that does not run as root is the usual cause at the start of a service;
// of the other commands it is an account other than the service's.
func ownershipHint(c *terminal, err error) string {
	var denied *fs.PathError
	if !errors.As(err, &denied) || !errors.Is(denied, fs.ErrPermission) || denied.Path == "" {
		return ""
	}
	path := denied.Path
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) { // the directory refuses it
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
	seen := c.pick("%[1]s의 소유자는 uid %[2]d(권한 %[3]s)이고 이 프로그램은 uid %[4]d로 실행됩니다",
		"%[1]s belongs to uid %[2]d (mode %[3]s) and this program runs as uid %[4]d",
		path, owner.Uid, info.Mode(), uid)
	switch {
	case int(owner.Uid) == uid:
		return seen
	case mayTakeOver(c.command, path, info, owner.Uid):
		return seen + c.pick(". 실행하십시오: chown %[2]d %[1]s", "; run: chown %[2]d %[1]s", path, uid)
	}
	account := strconv.Itoa(int(owner.Uid))
	name := "'#" + account + "'"
	if known, err := user.LookupId(account); err == nil {
		name = known.Username
	}
	return seen + c.pick(". 서비스와 같은 계정으로 실행하십시오: sudo -u %[1]s norang %[2]s (컨테이너: docker exec -u %[3]s)",
		"; run it under the account of the service: sudo -u %[1]s norang %[2]s (container: docker exec -u %[3]s)",
		name, cmp.Or(c.command, "…"), account)
}

// mayTakeOver reports that giving the path to this user takes nothing from a running service: the command is the
// service, the path is an empty volume, or its owner is root at the step before the first start.
func mayTakeOver(command, path string, info fs.FileInfo, owner uint32) bool {
	if command == "serve" || command == "db migrate" && owner == 0 {
		return true
	}
	if !info.IsDir() {
		return false
	}
	entries, err := os.ReadDir(path)
	return err == nil && (len(entries) == 0 || len(entries) == 1 && entries[0].Name() == "lost+found")
}
