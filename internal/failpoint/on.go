//go:build failpoints

package failpoint

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
)

// Enabled reports whether the program was built with failpoints.
const Enabled = true

// hits counts how often the chosen place was reached.
var hits atomic.Int64

// Hit kills the process with SIGKILL if the environment variable FAILPOINT names this place: "finish.before_commit", or
// "finish.before_commit:3" for the third time that it is reached.
func Hit(name string) {
	want, nth, found := strings.Cut(os.Getenv("FAILPOINT"), ":")
	if want != name {
		return
	}
	n := int64(1)
	if found {
		parsed, err := strconv.ParseInt(nth, 10, 64)
		if err != nil {
			panic("failpoint: FAILPOINT: " + err.Error())
		}
		n = parsed
	}
	if hits.Add(1) != n {
		return
	}
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		panic(err)
	}
	_ = self.Kill()
	select {} // the signal may take a moment
}
