package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// unwritten explains why the new file that the command line names cannot be written: its directory is missing or
// belongs to another account. Other errors are returned as they are. Unlike the files of the service, it need not
// belong to the service's account.
func unwritten(c *terminal, path string, err error) error {
	dir := filepath.Dir(path)
	info, statErr := os.Stat(dir)
	switch {
	case err == nil:
		return nil
	case errors.Is(statErr, fs.ErrNotExist):
		return &failure{status: statusFailed, text: c.pick("그런 디렉터리가 없습니다: %s", "no such directory: %s", dir),
			hint: c.pick("디렉터리를 먼저 만들거나 다른 곳을 적으십시오.", "Make the directory first, or name another one.")}
	case statErr == nil && !info.IsDir():
		return &failure{status: statusFailed, text: c.pick("디렉터리가 아닙니다: %s", "not a directory: %s", dir),
			hint: c.pick("다른 곳을 적으십시오.", "Name another place.")}
	}
	if hint := unwritableHint(c, path, err); hint != "" {
		return &failure{status: statusFailed, err: err, text: c.pick("%s 파일을 쓸 수 없습니다", "cannot write %s", path),
			hint: oneLine(hint)}
	}
	return err
}

// inMissingDirectory explains that the directory of a new SQLite database is missing, if that is what err is about.
func inMissingDirectory(c *terminal, database string, err error) error {
	dir := filepath.Dir(database)
	if _, statErr := os.Stat(dir); strings.Contains(database, "://") || !errors.Is(err, fs.ErrNotExist) ||
		!errors.Is(statErr, fs.ErrNotExist) {
		return err
	}
	return unwritten(c, database, err)
}

// unread explains why a file that the command line names cannot be read. Other errors are returned as they are.
func unread(c *terminal, path string, err error) error {
	if _, statErr := os.Stat(path); errors.Is(statErr, fs.ErrNotExist) {
		return &failure{status: statusFailed, text: c.pick("그런 파일이 없습니다: %s", "no such file: %s", path)}
	}
	if hint := unreadableHint(c, path, err); hint != "" {
		return &failure{status: statusFailed, err: err, text: c.pick("%s 파일을 읽을 수 없습니다", "cannot read %s", path),
			hint: oneLine(hint)}
	}
	return err
}
