package skipped

import (
	"fmt"
	"strings"
	"testing"
)

// recorder takes what Skip would do to a test.
type recorder struct {
	testing.TB
	skipped, failed string
}

func (r *recorder) Helper()                        {}
func (r *recorder) Skipf(format string, a ...any)  { r.skipped = fmt.Sprintf(format, a...) }
func (r *recorder) Fatalf(format string, a ...any) { r.failed = fmt.Sprintf(format, a...); panic(r) }

func TestSkipSaysWhatIsMissing(t *testing.T) {
	t.Setenv("NORANG_TEST_REQUIRE", "")
	r := &recorder{TB: t}
	Skip(r, "the moon")
	if r.skipped != "left out: the moon" || r.failed != "" {
		t.Errorf("skipped %q, failed %q", r.skipped, r.failed)
	}
}

func TestWhereEverythingIsRequiredItFails(t *testing.T) {
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

func TestWhatIsRefusedIsSaidAndNeverFails(t *testing.T) {
	t.Setenv("NORANG_TEST_REQUIRE", "all")
	r := &recorder{TB: t}
	Refused(r, "the sun")
	if r.skipped != "left out: the sun" || r.failed != "" {
		t.Errorf("skipped %q, failed %q", r.skipped, r.failed)
	}
}
