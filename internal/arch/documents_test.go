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

// These tests keep documents and code consistent.

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
	layerRow = regexp.MustCompile(`(?m)^\| ([0-9]) \| ([^|]*) \|`)
	code     = regexp.MustCompile("`([^`]+)`")
)

// layersIn reads the table of layers in CONTRIBUTING.md: the layer of each package.
func layersIn(doc string) map[string]string {
	pkgs := map[string]string{}
	for _, row := range layerRow.FindAllStringSubmatch(doc, -1) {
		for _, pkg := range code.FindAllStringSubmatch(row[2], -1) {
			pkgs[pkg[1]] = row[1]
		}
	}
	return pkgs
}

// TestContributingListsEveryPackage: CONTRIBUTING.md lists every package of the program in its layer, and no others.
func TestContributingListsEveryPackage(t *testing.T) {
	m, err := theModule()
	if err != nil {
		t.Fatal(err)
	}
	table := layersIn(readFile(t, "CONTRIBUTING.md"))
	for _, pkg := range m.packages() {
		if table[pkg] == "" && !slices.Contains(testPackages, pkg) && !isExample(pkg) {
			t.Errorf("CONTRIBUTING.md does not list %s", pkg)
		}
	}
	for pkg, layer := range table {
		if want, _, ok := layerOf(pkg); !ok || layer != strconv.Itoa(want) {
			t.Errorf("CONTRIBUTING.md lists %s in layer %s", pkg, layer)
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
func undocumented(m *module, modules []string) []string {
	var missing []string
	for _, f := range m.files {
		for _, p := range f.imports {
			first, _, _ := strings.Cut(p, "/")
			if _, own := pkgOf(p); own || !strings.Contains(first, ".") {
				continue
			}
			in := func(module string) bool { return p == module || strings.HasPrefix(p, module+"/") }
			if !slices.ContainsFunc(modules, in) {
				missing = append(missing, fmt.Sprintf("%s: imports %s", f.path, p))
			}
		}
	}
	return missing
}

// TestDependenciesAreExplained: each library that we import has its line, and each line its library.
func TestDependenciesAreExplained(t *testing.T) {
	m, err := theModule()
	if err != nil {
		t.Fatal(err)
	}
	modules := dependenciesIn(readFile(t, "docs/decisions/dependencies.md"))
	if len(modules) < 5 {
		t.Fatalf("only %q found in the tables", modules)
	}
	for _, missing := range undocumented(m, modules) {
		t.Errorf("%s, which has no line in docs/decisions/dependencies.md", missing)
	}
	mod := readFile(t, "go.mod")
	for _, name := range modules {
		if !strings.Contains(mod, "\t"+name+" v") {
			t.Errorf("docs/decisions/dependencies.md explains %s, which is not in go.mod", name)
		}
	}
}

// TestDocumentReaders shows that the readers find what a document contains.
func TestDocumentReaders(t *testing.T) {
	got := layersIn(
		"| layer | packages |\n| --- | --- |\n| 7 | `cmd/norang` | main |\n| 0 | `kakao` `kakao/koe` | lowest `x` |\n",
	)
	if diff := cmp.Diff(map[string]string{"cmd/norang": "7", "kakao": "0", "kakao/koe": "0"}, got); diff != "" {
		t.Errorf("layers (-want +got):\n%s", diff)
	}
	modules := dependenciesIn("| `example.com/a` | one |\n| `example.com/b/v2` | two |\nand `example.com/c` |\n")
	if diff := cmp.Diff([]string{"example.com/a", "example.com/b/v2"}, modules); diff != "" {
		t.Errorf("modules (-want +got):\n%s", diff)
	}
	m := build(t, map[string]string{
		"internal/web/a.go": source(
			"web",
			"net/http",
			"example.com/a",
			"example.com/b/v2/x",
			"example.com/ab",
			"internal/page",
		),
	})
	if diff := cmp.Diff([]string{"internal/web/a.go: imports example.com/ab"}, undocumented(m, modules)); diff != "" {
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
