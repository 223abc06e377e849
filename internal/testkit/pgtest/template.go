//go:build unix

package pgtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

// making lets one cluster be made at a time, so that the others of a process can be copies of it.
var making sync.Mutex

// cluster makes the cluster's files: a copy of those that initdb made earlier with the same program and arguments,
// which takes a third of its processor time, or else with initdb.
func (s *Server) cluster(d Disks) error {
	args := []string{"-U", "norang", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"}
	if d != (Disks{}) {
		args = append(args, "--wal-segsize=1")
	}
	wal := ""
	if d.WAL != "" {
		wal = filepath.Join(d.WAL, "pg_wal")
	}
	making.Lock()
	defer making.Unlock()
	kept := keptFor(s.bin, args)
	if _, err := os.Stat(kept); err == nil {
		return copier{s.as}.cluster(kept, s.data, wal, d == (Disks{}))
	}
	args = append(args, "-D", s.data)
	if wal != "" {
		args = append(args, "-X", wal)
	}
	if out, err := s.command("initdb", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	keep(s.data, kept)
	return nil
}

// keptFor is the directory for what initdb makes with args, "" if the user has no cache directory. The programs of
// PostgreSQL are in the directory programs.
func keptFor(programs string, args []string) string {
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	bin := filepath.Join(programs, "postgres")
	info, err := os.Stat(bin)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(fmt.Appendln(nil, bin, info.Size(), info.ModTime().UnixNano(), args))
	return filepath.Join(cache, "norang-test", "postgres", hex.EncodeToString(sum[:16]))
}

// keep copies a cluster that was never started. A cache that cannot be written is no error.
func keep(data, kept string) {
	if kept == "" || os.MkdirAll(filepath.Dir(kept), 0o700) != nil {
		return
	}
	work, err := os.MkdirTemp(filepath.Dir(kept), "new-")
	if err != nil {
		return
	}
	defer os.RemoveAll(work)
	made := filepath.Join(work, "data")
	if (copier{}).cluster(data, made, "", true) == nil {
		_ = os.Rename(made, kept) // fails if another process was faster
	}
}

// copier copies files and gives them to the user that a server runs as, if that is another one.
type copier struct{ as *syscall.Credential }

// cluster copies the files of a cluster. With wal, the directory of the write-ahead log becomes that one. A sparse copy
// takes no space for zeros at the end of files, such as those of an empty log; a server on a small disk needs that
// space reserved.
func (c copier) cluster(from, to, wal string, sparse bool) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	if err := errors.Join(os.Mkdir(to, 0o700), c.chown(to)); err != nil {
		return err
	}
	for _, e := range entries {
		source, target := filepath.Join(from, e.Name()), filepath.Join(to, e.Name())
		if e.Name() == "pg_wal" && wal != "" {
			if err := errors.Join(os.Symlink(wal, target), c.chown(target)); err != nil {
				return err
			}
			target = wal
		}
		info, err := os.Stat(source) // of a log on another disk, its directory
		switch {
		case err != nil:
		case info.IsDir():
			err = c.cluster(source, target, "", sparse)
		default:
			err = c.file(source, target, sparse)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c copier) file(from, to string, sparse bool) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	size := int64(len(text))
	if sparse {
		text = bytes.TrimRight(text, "\x00")
	}
	err = os.WriteFile(to, text, 0o600)
	if err == nil && int64(len(text)) < size {
		err = os.Truncate(to, size)
	}
	return errors.Join(err, c.chown(to))
}

// chown gives a file to the user that the server runs as.
func (c copier) chown(path string) error {
	if c.as == nil {
		return nil
	}
	return os.Lchown(path, int(c.as.Uid), int(c.as.Gid))
}
