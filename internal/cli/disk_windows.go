package cli

import (
	"syscall"

	"golang.org/x/sys/windows"
)

var (
	fullErrnos = []syscall.Errno{
		windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL, windows.ERROR_DISK_QUOTA_EXCEEDED,
	}
	readOnlyErrnos = []syscall.Errno{windows.ERROR_WRITE_PROTECT}
)
