//go:build unix

package fileowner

import (
	"os"
	"syscall"
)

// Keep gives a new file to the owner and group of the file named like. It must have been created by this process: an
// open file of another kind could be a link to a file that the owner of like may not have.
func Keep(f *os.File, like string) error {
	want, err := os.Stat(like)
	if err != nil {
		return err
	}
	have, err := f.Stat()
	if err != nil {
		return err
	}
	to, at := want.Sys().(*syscall.Stat_t), have.Sys().(*syscall.Stat_t)
	if to.Uid == at.Uid && to.Gid == at.Gid {
		return nil
	}
	return f.Chown(int(to.Uid), int(to.Gid))
}
