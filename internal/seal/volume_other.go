//go:build !linux

package seal

import "os"

// SecretVolume reports whether a file is on a secret volume of a Linux container.
func SecretVolume(*os.File) bool { return false }
