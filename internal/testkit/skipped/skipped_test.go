package skipped

import (
	"fmt"
	"strings"
	"testing"
)

// recorder records the calls of Skip.
type recorder struct {
	testing.TB
	skipped, failed string
}

func (r *recorder) Helper()                        {}
func (r *recorder) Skipf(format string, a ...any)  { r.skipped = fmt.Sprintf(format, a...) }
func (r *recorder) Fatalf(format string, a ...any) { r.failed = fmt.Sprintf(format, a...); panic(r) }

func TestSkipNamesTheRequirement(t *testing.T) {
	t.Setenv("NORANG_TEST_REQUIRE", "")
	r := &recorder{TB: t}
	Skip(r, "the moon")
	if r.skipped != "skipped: the moon" || r.failed != "" {
		t.Errorf("skipped %q, failed %q", r.skipped, r.failed)
	}
}

func TestSkipFailsIfEverythingIsRequired(t *testing.T) {
	t.Setenv("NORANG_TEST_REQUIRE", "all")
	r := &recorder{TB: t}
	func() {
		defer func() { _ = recover() }()
		Skip(r, "the moon")
	}()
	if r.skipped != "" || !strings.Contains(r.failed, "the moon") {
		t.Errorf("skipped %q, failed %q", r.skipped, r.failed)
	}
}

func TestRefusedNeverFails(t *testing.T) {
	t.Setenv("NORANG_TEST_REQUIRE", "all")
	r := &recorder{TB: t}
	Refused(r, "the sun")
	if r.skipped != "skipped: the sun" || r.failed != "" {
		t.Errorf("skipped %q, failed %q", r.skipped, r.failed)
	}
}
