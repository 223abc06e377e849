package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// openFiles are the files of an open database, by their paths: the database first, then its log and the index of that.
// SQLite makes the latter two when it first reads, and keeps them until the last connection ends.
type openFiles struct {
	paths []string
	infos []fs.FileInfo
}

// note adds files that are open now. A log that does not exist yet is left out.
func (o *openFiles) note(paths ...string) error {
	for _, path := range paths {
		info, err := os.Stat(path)
		if len(o.paths) > 0 && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		o.paths, o.infos = append(o.paths, path), append(o.infos, info)
	}
	return nil
}

// lost says which file was removed, replaced or emptied. Without the log next to it, the database lacks what was
// written last, and another process that opens it damages it.
func (o *openFiles) lost() error {
	for i, path := range o.paths {
		info, err := os.Stat(path)
		switch {
		case err != nil && i > 0:
			return fmt.Errorf("a file of the open database is gone, what is written now may be lost: "+
				"stop the service with SIGTERM, which saves it, before anything else opens the database: %w", err)
		case err != nil:
			return fmt.Errorf("the database file is gone: %w", err)
		case !os.SameFile(info, o.infos[i]):
			return fmt.Errorf("%s is another file than the open database", path)
		case info.Size() == 0 && !strings.HasSuffix(path, "-wal"): // a log that was copied may be empty
			return fmt.Errorf("%s is empty", path)
		}
	}
	return nil
}
