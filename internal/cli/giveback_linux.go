package cli

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// giveBackCode lets go of the program's own code, nine megabytes because starting ran through nearly all of it. A service
// at rest needs four of them, which come again by themselves, mostly from the system's memory. The system would take
// them when it is short of memory; until then they count as ours.
//
// Only code, never data: code is what the file says, byte by byte, and to read it again loses nothing.
func giveBackCode() {
	self, err := os.Executable()
	if err != nil {
		return
	}
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		return
	}
	defer maps.Close()
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		f := strings.Fields(lines.Text()) // address, rights, offset, device, inode, path
		if len(f) != 6 || f[1] != "r-xp" || f[5] != self {
			continue
		}
		from, to, _ := strings.Cut(f[0], "-")
		begin, err1 := strconv.ParseUint(from, 16, 64)
		end, err2 := strconv.ParseUint(to, 16, 64)
		if err1 == nil && err2 == nil && begin < end {
			_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, uintptr(begin), uintptr(end-begin), syscall.MADV_DONTNEED)
		}
	}
}
