//go:build unix

package cli

import (
	"cmp"
	"errors"
	"io/fs"
	"net"
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
	path, info, ok := refusing(err)
	if !ok {
		return ""
	}
	owner, uid := info.Sys().(*syscall.Stat_t).Uid, os.Geteuid()
	seen := seenOwner(c, path, info)
	switch {
	case int(owner) == uid:
		return seen
	case mayTakeOver(c.command, path, info, owner):
		return seen + c.pick(". 실행하십시오: chown %[2]d %[1]s", "; run: chown %[2]d %[1]s", path, uid)
	}
	return seen + underAccountOf(c, owner)
}

// unreadHint is ownershipHint for a file that commands only read, such as that of the settings or keys. The command may
// be a check by an account other than the service's, which must not take the file from the service.
func unreadHint(c *terminal, err error) string {
	path, info, ok := refusing(err)
	if !ok {
		return ""
	}
	stat := info.Sys().(*syscall.Stat_t)
	uid, seen, byGroup := os.Geteuid(), seenOwner(c, path, info), info.Mode()&0o040 != 0
	switch {
	case int(stat.Uid) == uid:
		return seen
	case c.command == "serve" && byGroup:
		return seen + c.pick(". 서비스의 계정이 읽을 수 있어야 합니다. 이것이 그 계정이면 실행하십시오: chgrp %[2]d %[1]s",
			"; the account of the service must be able to read it: if this is that account, run: chgrp %[2]d %[1]s",
			path, os.Getegid())
	case c.command == "serve":
		return seen + c.pick(". 서비스의 계정이 소유해야 합니다. 이것이 그 계정이면 실행하십시오: chown %[2]d %[1]s",
			"; it must belong to the account of the service: if this is that account, run: chown %[2]d %[1]s", path, uid)
	case byGroup:
		return seen + c.pick(". 서비스와 같은 계정처럼 그룹 %s에 속한 계정으로 실행하십시오.",
			"; run it under an account of the group %s, such as that of the service", groupName(stat.Gid))
	}
	return seen + underAccountOf(c, stat.Uid)
}

// refusing is the file that err says may not be used, or the directory that refuses it.
func refusing(err error) (path string, info fs.FileInfo, ok bool) {
	var denied *fs.PathError
	var socket *net.OpError
	switch {
	case !errors.Is(err, fs.ErrPermission):
		return "", nil, false
	case errors.As(err, &denied):
		path = denied.Path
	case errors.As(err, &socket) && socket.Net == "unix" && socket.Addr != nil:
		path = socket.Addr.String()
	}
	if path == "" {
		return "", nil, false
	}
	info, err = os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) { // the directory refuses it
		path = filepath.Dir(path)
		info, err = os.Stat(path)
	}
	if err != nil {
		return "", nil, false
	}
	_, ok = info.Sys().(*syscall.Stat_t)
	return path, info, ok
}

// seenOwner says whose a file is and who runs this program.
func seenOwner(c *terminal, path string, info fs.FileInfo) string {
	return c.pick("%[1]s의 소유자는 uid %[2]d(권한 %[3]s)이고 이 프로그램은 uid %[4]d로 실행됩니다",
		"%[1]s belongs to uid %[2]d (mode %[3]s) and this program runs as uid %[4]d",
		path, info.Sys().(*syscall.Stat_t).Uid, info.Mode(), os.Geteuid())
}

// underAccountOf says how to run the command as another user.
func underAccountOf(c *terminal, uid uint32) string {
	account := strconv.Itoa(int(uid))
	name := "'#" + account + "'"
	if known, err := user.LookupId(account); err == nil {
		name = known.Username
	}
	return c.pick(". 서비스와 같은 계정으로 실행하십시오: sudo -u %[1]s norang %[2]s (컨테이너: docker exec -u %[3]s)",
		"; run it under the account of the service: sudo -u %[1]s norang %[2]s (container: docker exec -u %[3]s)",
		name, cmp.Or(c.command, "…"), account)
}

func groupName(gid uint32) string {
	number := strconv.Itoa(int(gid))
	if known, err := user.LookupGroupId(number); err == nil {
		return known.Name
	}
	return number
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

// unwritableHint is ownershipHint for a new file that the command line names, whose directory may be anyone's.
func unwritableHint(c *terminal, path string, err error) string {
	refused, info, ok := refusing(err)
	dir, absErr := filepath.Abs(filepath.Dir(path))
	if at, err := filepath.Abs(refused); !ok || absErr != nil || err != nil || at != dir && filepath.Dir(at) != dir {
		return ""
	}
	owner, uid, seen := info.Sys().(*syscall.Stat_t).Uid, os.Geteuid(), seenOwner(c, refused, info)
	switch {
	case int(owner) == uid:
		return seen
	case mayTakeOver(c.command, refused, info, owner):
		return seen + c.pick(". 실행하십시오: chown %[2]d %[1]s", "; run: chown %[2]d %[1]s", refused, uid)
	}
	return seen + c.pick(". 이 계정이 쓸 수 있는 디렉터리를 적거나 관리자가 만드십시오: install -d -o %[2]d -m 700 %[1]s",
		"; name a directory in which this account may write, or let an administrator make one: "+
			"install -d -o %[2]d -m 700 %[1]s", filepath.Join(dir, "norang"), uid)
}

// unreadableHint is ownershipHint for a file that the command line names and the command only reads.
func unreadableHint(c *terminal, path string, err error) string {
	refused, info, ok := refusing(err)
	if !ok || refused != path && refused != filepath.Dir(path) {
		return ""
	}
	return seenOwner(c, refused, info) +
		c.pick(". 관리자가 이 계정의 사본을 만드십시오: install -o %[2]d -m 600 %[1]s 사본",
			"; let an administrator copy it for this account: install -o %[2]d -m 600 %[1]s COPY", path, os.Geteuid())
}
