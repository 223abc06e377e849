//go:build !failpoints

package failpoint

// Enabled reports whether the program was built with failpoints.
const Enabled = false

// Hit marks a place. Without the build tag it does nothing.
func Hit(string) {}
