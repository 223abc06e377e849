// Package soak tells tests how often to repeat what only repeats: few times by default, many in "make soak".
package soak

import (
	"os"
	"strconv"
)

// Rounds returns the setting NORANG_ROUNDS, or few if it is not set.
func Rounds(few int) int {
	if n, err := strconv.Atoi(os.Getenv("NORANG_ROUNDS")); err == nil && n > 0 {
		return n
	}
	return few
}
