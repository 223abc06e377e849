package cli

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// The code that is in memory becomes less, and the program goes on.
func TestGiveBackCode(t *testing.T) {
	before := residentCode(t)
	giveBackCode()
	if after := residentCode(t); after >= before {
		t.Errorf("%d kB of code in memory before, %d after", before, after)
	}
}

// residentCode is how much of the program's own code is in memory, in kB.
func residentCode(t *testing.T) (kb int) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	ours := false
	for line := range strings.Lines(string(data)) {
		f := strings.Fields(line)
		switch {
		case len(f) == 3 && f[0] == "Rss:" && ours:
			n, err := strconv.Atoi(f[1])
			if err != nil {
				t.Fatal(err)
			}
			kb += n
		case strings.Contains(f[0], "-") && !strings.HasSuffix(f[0], ":"):
			ours = f[1] == "r-xp" && f[len(f)-1] == self
		}
	}
	if kb == 0 {
		t.Fatal("no code of ours in /proc/self/smaps")
	}
	return kb
}
