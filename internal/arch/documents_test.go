package arch

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The documents say things that the code knows better. These tests keep the two together.

// readFile reads a file of the module, by its path from the root.
func readFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("../../" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var (
	floorRow = regexp.MustCompile(`(?m)^\| ([0-9]) \| ([^|]*) \|`)
	code     = regexp.MustCompile("`([^`]+)`")
)

// floorsIn reads the table of floors out of CONTRIBUTING.md.
func floorsIn(doc string) map[string]string {
	rooms := map[string]string{}
	for _, row := range floorRow.FindAllStringSubmatch(doc, -1) {
		for _, room := range code.FindAllStringSubmatch(row[2], -1) {
			rooms[room[1]] = row[1]
		}
	}
	return rooms
}

// TestContributingShowsTheFloors: every room that is built stands in CONTRIBUTING.md, and all that stand there are on
// their floor.
func TestContributingShowsTheFloors(t *testing.T) {
	h, err := read(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	table := floorsIn(readFile(t, "CONTRIBUTING.md"))
	for _, room := range h.rooms() {
		testsOnly := room == "internal/arch" || strings.HasPrefix(room, "internal/e2e")
		if table[room] == "" && !testsOnly && !isExample(room) {
			t.Errorf("CONTRIBUTING.md does not show %s", room)
		}
	}
	for room, floor := range table {
		if want, ok := floorOf(room); !ok || floor != strconv.Itoa(want) {
			t.Errorf("CONTRIBUTING.md shows %s on floor %s, which is not the plan", room, floor)
		}
	}
}

var dependencyRow = regexp.MustCompile("(?m)^\\| `([a-z0-9-]+\\.[^`]+)` \\|")

// dependenciesIn lists the modules in the tables of dependencies.md.
func dependenciesIn(doc string) []string {
	var out []string
	for _, row := range dependencyRow.FindAllStringSubmatch(doc, -1) {
		out = append(out, row[1])
	}
	return out
}

// undocumented lists packages of others that are imported from a module without a row.
func undocumented(h *house, modules []string) []string {
	var faults []string
	for _, f := range h.files {
		for _, p := range f.imports {
			first, _, _ := strings.Cut(p, "/")
			if _, ours := roomOf(p); ours || !strings.Contains(first, ".") {
				continue
			}
			in := func(module string) bool { return p == module || strings.HasPrefix(p, module+"/") }
			if !slices.ContainsFunc(modules, in) {
				faults = append(faults, fmt.Sprintf("%s: imports %s", f.path, p))
			}
		}
	}
	return faults
}

// TestDependenciesAreExplained: each library that we import has its line, and each line its library.
func TestDependenciesAreExplained(t *testing.T) {
	h, err := read(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	modules := dependenciesIn(readFile(t, "docs/decisions/dependencies.md"))
	if len(modules) < 5 {
		t.Fatalf("only %q found in the tables", modules)
	}
	for _, fault := range undocumented(h, modules) {
		t.Errorf("%s, which has no line in docs/decisions/dependencies.md", fault)
	}
	mod := readFile(t, "go.mod")
	for _, m := range modules {
		if !strings.Contains(mod, "\t"+m+" v") {
			t.Errorf("docs/decisions/dependencies.md explains %s, which is not in go.mod", m)
		}
	}
}

// TestDocumentsCanFail shows the two readers finding what is there.
func TestDocumentsCanFail(t *testing.T) {
	got := floorsIn("| floor | rooms |\n| --- | --- |\n| 7 | `cmd/norang` | main |\n| 0 | `kakao` `kakao/koe` | leaves `x` |\n")
	if diff := cmp.Diff(map[string]string{"cmd/norang": "7", "kakao": "0", "kakao/koe": "0"}, got); diff != "" {
		t.Errorf("floors (-want +got):\n%s", diff)
	}
	modules := dependenciesIn("| `example.com/a` | one |\n| `example.com/b/v2` | two |\nand `example.com/c` |\n")
	if diff := cmp.Diff([]string{"example.com/a", "example.com/b/v2"}, modules); diff != "" {
		t.Errorf("modules (-want +got):\n%s", diff)
	}
	h := build(t, map[string]string{
		"internal/web/a.go": source("web", "net/http", "example.com/a", "example.com/b/v2/x", "example.com/ab", "internal/page"),
	})
	if diff := cmp.Diff([]string{"internal/web/a.go: imports example.com/ab"}, undocumented(h, modules)); diff != "" {
		t.Errorf("undocumented (-want +got):\n%s", diff)
	}
}

// TestDecisionsAreListed: a decision that the index does not name is not found.
func TestDecisionsAreListed(t *testing.T) {
	files, err := os.ReadDir("../../docs/decisions")
	if err != nil {
		t.Fatal(err)
	}
	index := readFile(t, "docs/decisions/README.md")
	for _, f := range files {
		if f.Name() != "README.md" && !strings.Contains(index, "]("+f.Name()+")") {
			t.Errorf("docs/decisions/README.md does not list %s", f.Name())
		}
	}
}
