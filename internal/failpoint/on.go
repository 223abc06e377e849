//go:build failpoints

package failpoint

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
)

// Enabled says whether this program was built with failpoints.
const Enabled = true

// hits counts how often the chosen place was passed.
var hits atomic.Int64

// Hit kills the process, without a last word (SIGKILL), when the environment variable FAILPOINT names this place:
// "finish.before_commit", or "finish.before_commit:3" to die at the third passing.
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
	select {} // the signal may take a moment; nothing may happen after this place
}
