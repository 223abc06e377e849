package store

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// A name that no operation has would be a series that stays at 0.
func TestOperationsHaveTheNamesThatAreMeasured(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		calls := regexp.MustCompile(`(?:\(ctx, (?:\w+\.core, )?|timed\()"([a-z ]+)"`)
		for _, m := range calls.FindAllStringSubmatch(string(text), -1) {
			used[m[1]] = true
		}
	}
	for _, name := range Operations() {
		if !used[name] {
			t.Errorf("no operation is called %q", name)
		}
	}
}
