package cli

import (
	"errors"
	"slices"
	"syscall"

	"github.com/norang-login/norang/internal/app"
)

// diskFull reports that a file could not be written for lack of space, inodes or quota.
func diskFull(err error) bool { return errors.Is(err, app.ErrDiskFull) || isErrno(err, fullErrnos) }

// readOnlyDisk reports that a file system is mounted read-only, or that the database is read-only.
func readOnlyDisk(err error) bool {
	return errors.Is(err, app.ErrReadOnly) || isErrno(err, readOnlyErrnos)
}

func isErrno(err error, among []syscall.Errno) bool {
	return slices.ContainsFunc(among, func(errno syscall.Errno) bool { return errors.Is(err, errno) })
}

// outputError is an error of writing standard output.
type outputError struct{ error }

func (e outputError) Unwrap() error { return e.error }

// diskHint says what to do about a disk that cannot be written to, or nothing if that is not what err is about.
func diskHint(c *terminal, err error) string {
	switch {
	case diskFull(err):
		return c.pick("공간(df -h)이나 inode(df -i)를 비우고 다시 실행하십시오.",
			"Free some space (df -h) or inodes (df -i) and run this again.") + leftBehind(c, err)
	case readOnlyDisk(err):
		return c.pick("쓰기 가능으로 마운트하거나 쓸 수 있는 곳을 적으십시오. 컨테이너에서는 볼륨, systemd에서는 StateDirectory입니다. "+
			"커널이 고장 난 디스크를 읽기 전용으로 바꾸기도 합니다(dmesg).",
			"Mount it read-write, or name a place that is: a volume of the container, the StateDirectory under systemd. "+
				"The kernel also makes a failing disk read-only (dmesg).")
	}
	return ""
}

// damage is what a damaged SQLite file looks like, to be appended. path may be "".
func damage(c *terminal, path string) string {
	if text := app.Damage(path).In(c.lang); text != "" {
		return " " + text
	}
	return ""
}

// leftBehind says what is left of a command for which the disk was too small: nothing for the commands that write a
// file and remove what they could not finish. It begins with a space, and is empty where the command's own error says
// what was done.
func leftBehind(c *terminal, err error) string {
	if errors.As(err, new(outputError)) && c.command != "key create" && c.command != "user link-ticket" {
		return c.pick(" 지금까지의 출력은 완전하지 않으니 쓰지 마십시오.", " The output so far is incomplete: do not use it.")
	}
	switch c.command {
	case "db migrate", "serve":
		return c.pick(" 끝난 마이그레이션은 남고 나머지부터 이어서 적용합니다.",
			" Migrations that were finished stay, and the next run continues after them.")
	case "db backup", "db restore", "doctor", "init", "keyring init", "keyring rotate", "user export":
		return c.pick(" 절반만 쓴 것은 없습니다.", " Nothing was partially written.")
	}
	return ""
}
