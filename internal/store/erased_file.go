package store

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
)

// registerFile is the register of erasures next to a SQLite database: one line each, "2026-01-02T03:04:05Z id". Lines
// are appended and synced under a lock file, because trimming replaces the file.
type registerFile struct{ path, database string }

func (db *sqliteDB) register() registerFile {
	return registerFile{cmp.Or(db.cfg.register, registerPath(db.path)), db.path}
}

// registerPath is the register of the database at path.
func registerPath(path string) string { return path + ".erasures" }

// registerSlack is how much longer than needed a line may stay, so that the file is not rewritten every day.
const registerSlack = 7 * 24 * time.Hour

func (f registerFile) locked(ctx context.Context, fn func() error) error {
	lock, err := awaitLock(ctx, f.path+".lock", f.database)
	if err != nil {
		return err
	}
	return errors.Join(fn(), lock.unlock())
}

// add appends lines and syncs them.
func (f registerFile) add(all []erasure) (err error) {
	file, err := openBeside(f.path, f.database, os.O_RDWR|os.O_APPEND)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	var b strings.Builder
	if n := info.Size(); n > 0 {
		last := make([]byte, 1)
		if _, err := file.ReadAt(last, n-1); err != nil {
			return err
		}
		if last[0] != '\n' {
			b.WriteByte('\n') // after a line that was cut off
		}
	}
	for _, e := range all {
		b.WriteString(e.line())
	}
	if _, err := file.WriteString(b.String()); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if info.Size() == 0 {
		return syncDir(filepath.Dir(f.path))
	}
	return nil
}

func (e erasure) line() string { return e.at.UTC().Format(time.RFC3339) + " " + string(e.id) + "\n" }

// each reads all lines. A line that was cut off is ignored: its erasure is still noted in the database.
func (f registerFile) each(fn func(erasure) error) (err error) {
	file, err := os.Open(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	lines := bufio.NewReader(file)
	for {
		line, err := lines.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			return fmt.Errorf("%s is not a register of erasures: line longer than %d bytes", f.path, len(line))
		}
		if e, ok := parseErasure(string(line)); ok {
			if err := fn(e); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func parseErasure(line string) (erasure, bool) {
	at, id, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
	when, err := time.Parse(time.RFC3339, at)
	if !ok || err != nil || len(id) != 36 || !strings.HasSuffix(line, "\n") {
		return erasure{}, false
	}
	return erasure{account.ID(id), when}, true
}

// errEnough stops [registerFile.each] early.
var errEnough = errors.New("read enough")

// trim drops the lines from before a time. The first line is the oldest.
func (f registerFile) trim(before time.Time) (err error) {
	old := false
	if err := f.each(func(e erasure) error {
		old = e.at.Before(before.Add(-registerSlack))
		return errEnough
	}); err != nil && !errors.Is(err, errEnough) {
		return err
	}
	if !old {
		return nil
	}
	part := registerFile{f.path + ".part", f.database}
	if err := os.Remove(part.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(part.path) // it would only take space on a full disk
		}
	}()
	if err := part.add(nil); err != nil { // the file must exist even if nothing is kept
		return err
	}
	var kept []erasure
	if err := f.each(func(e erasure) error {
		if e.at.Before(before) {
			return nil
		}
		if kept = append(kept, e); len(kept) < erasedBatch {
			return nil
		}
		err := part.add(kept)
		kept = kept[:0]
		return err
	}); err != nil {
		return err
	}
	if err := part.add(kept); err != nil {
		return err
	}
	if err := os.Rename(part.path, f.path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(f.path))
}

// eachErased reads without the lock: lines added meanwhile are of users erased from this database.
func (db *sqliteDB) eachErased(ctx context.Context, fn func(erasure) error) error {
	if err := db.register().each(fn); err != nil {
		return err
	}
	return eachErased(ctx, db.read, fn)
}

// flushErased appends the noted erasures to the file, syncs it, and then deletes the notes.
func (db *sqliteDB) flushErased(ctx context.Context) error {
	var all []erasure
	if err := eachErased(ctx, db.read, func(e erasure) error { all = append(all, e); return nil }); err != nil ||
		len(all) == 0 {
		return err
	}
	f := db.register()
	if err := f.locked(ctx, func() error { return f.add(all) }); err != nil {
		return err
	}
	return db.write(ctx, func(t tx) error {
		for _, e := range all {
			if _, err := t.exec(forgetErased, string(e.id)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (db *sqliteDB) trimErased(ctx context.Context, before time.Time) error {
	f := db.register()
	if _, err := os.Lstat(f.path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return f.locked(ctx, func() error { return f.trim(before) })
}

func (db *postgresDB) eachErased(ctx context.Context, fn func(erasure) error) error {
	return eachErased(ctx, db.read, fn)
}

func (db *postgresDB) flushErased(context.Context) error { return nil } // the table is the register

func (db *postgresDB) trimErased(ctx context.Context, before time.Time) error {
	return db.write(ctx, func(t tx) error {
		_, err := t.exec(trimErased, millis(before))
		return err
	})
}
