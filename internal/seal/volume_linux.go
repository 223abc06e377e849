package seal

import (
	"os"
	"syscall"
)

// From statfs(2).
const (
	tmpfsMagic = 0x01021994
	ramfsMagic = 0x858458f6
	readOnly   = 1 // ST_RDONLY
)

// SecretVolume reports whether a file is on a read-only memory file system. Kubernetes and Swarm mount secrets so, by
// default readable by every account of the container, and the mode cannot be changed there.
func SecretVolume(f *os.File) bool {
	var s syscall.Statfs_t
	if err := syscall.Fstatfs(int(f.Fd()), &s); err != nil {
		return false
	}
	return (uint32(s.Type) == tmpfsMagic || uint32(s.Type) == ramfsMagic) && s.Flags&readOnly != 0
}
