package store

import (
	"errors"
	"io/fs"
	"os"

	"github.com/norang-login/norang/internal/fileowner"
)

// openBeside opens a file next to a database, and creates it with mode 0600 if it is missing. What root creates
// belongs to the account of the database: otherwise a command of an operator would lock the service out. An existing
// file does not change hands, because it may be a link.
func openBeside(path, database string, flag int) (*os.File, error) {
	f, err := os.OpenFile(path, flag|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return os.OpenFile(path, flag|os.O_CREATE, 0o600)
	}
	if err == nil && os.Geteuid() == 0 {
		// Root of a container may lack the right; then the next start of the service names the file.
		_ = fileowner.Keep(f, database)
	}
	return f, err
}
