package e2e_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

// transcript collects the output of a running process.
type transcript struct {
	mu   sync.Mutex
	said []byte
}

func (o *transcript) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.said = append(o.said, p...)
	return len(p), nil
}

// all returns the whole output, for tests of what is logged.
func (o *transcript) all() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.said)
}

// String returns what the message of a failed test needs: a crash, the last lines of level WARN and ERROR, and the last
// lines of all. Whole transcripts of several processes would bury the failure.
func (o *transcript) String() string {
	said := o.all()
	for _, crash := range []string{"panic: ", "fatal error: "} {
		if i := strings.Index(said, crash); i >= 0 {
			return said[i:min(len(said), i+3000)]
		}
	}
	return excerpt(said, func(line string) bool {
		return strings.Contains(line, `"level":"WARN"`) || strings.Contains(line, `"level":"ERROR"`)
	})
}

// excerpt returns the last lines of text, and before them the last that matter.
func excerpt(text string, matters func(line string) bool) string {
	const most, last, width = 8, 3, 400
	lines := strings.Split(strings.TrimSpace(text), "\n")
	end := max(0, len(lines)-last)
	var kept []string
	for _, line := range slices.Backward(lines[:end]) {
		if len(kept) < most && matters(line) {
			kept = append(kept, line)
		}
	}
	slices.Reverse(kept)
	left := end - len(kept)
	kept = append(kept, lines[end:]...)
	for i, line := range kept {
		kept[i] = line[:min(len(line), width)]
	}
	if left > 0 {
		kept = append([]string{fmt.Sprintf("(%d lines left out)", left)}, kept...)
	}
	return strings.Join(kept, "\n")
}

func TestTranscriptShowsWhatMatters(t *testing.T) {
	t.Parallel()
	o := &transcript{}
	for i := range 100 {
		level := "INFO"
		if i%10 == 0 {
			level = "WARN"
		}
		fmt.Fprintf(o, "{\"level\":%q,\"n\":%d,\"text\":%q}\n", level, i, strings.Repeat("x", 1000))
	}
	got := o.String()
	for _, want := range []string{`"n":20,`, `"n":90,`, `"n":97,`, `"n":99,`, "(89 lines left out)"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if strings.Contains(got, `"n":96,`) || len(got) > 5000 {
		t.Errorf("too much: %s", got)
	}
	fmt.Fprintln(o, "panic: here")
	if got := o.String(); !strings.HasPrefix(got, "panic: here") {
		t.Errorf("after a crash: %s", got)
	}
}
