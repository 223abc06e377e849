package arch

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// module is the module's source. Build constraints are ignored: a file counts on every system and under every tag.
type module struct {
	files []*goFile
	texts []text // documents, templates, scripts, SQL
}

type goFile struct {
	path     string // "internal/login/start.go"
	pkg      string // directory: "internal/login"; "." for the root
	test     bool   // a _test.go file
	external bool   // of a package x_test
	imports  []string
	lines    []string
	fset     *token.FileSet
	ast      *ast.File
}

type text struct{ path, body string }

// textSuffixes are the files other than Go's that are searched for unfinished work.
var textSuffixes = []string{
	".md", ".html", ".css", ".sql", ".sh", ".toml", ".yml", ".yaml", ".conf", "Makefile", "Caddyfile", ".ci/run",
}

// theModule reads this module once for all tests.
var theModule = sync.OnceValues(func() (*module, error) { return read(os.DirFS("../..")) })

// read parses every Go file below root, except in directories that Go ignores (testdata, "_x", ".x"), in node_modules
// and in other modules.
func read(root fs.FS) (*module, error) {
	m := &module{}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return enter(root, name, d.Name())
		}
		if !d.Type().IsRegular() {
			return nil
		}
		isText := slices.ContainsFunc(textSuffixes, func(s string) bool { return strings.HasSuffix(name, s) })
		if !isText && path.Ext(name) != ".go" {
			return nil
		}
		body, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		if isText {
			m.texts = append(m.texts, text{name, string(body)})
			return nil
		}
		f, err := parse(name, body)
		if err != nil {
			return err
		}
		m.files = append(m.files, f)
		return nil
	})
	return m, err
}

func enter(root fs.FS, name, base string) error {
	if name == "." || name == ".ci" {
		return nil
	}
	if base == "testdata" || base == "node_modules" || base[0] == '.' || base[0] == '_' {
		return fs.SkipDir
	}
	if _, err := fs.Stat(root, path.Join(name, "go.mod")); err == nil {
		return fs.SkipDir
	}
	return nil
}

func parse(name string, body []byte) (*goFile, error) {
	f := &goFile{path: name, pkg: path.Dir(name), test: strings.HasSuffix(name, "_test.go"), fset: token.NewFileSet()}
	parsed, err := parser.ParseFile(f.fset, name, body, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	f.ast = parsed
	f.external = f.test && strings.HasSuffix(parsed.Name.Name, "_test")
	f.lines = strings.Split(string(bytes.TrimSuffix(body, []byte("\n"))), "\n")
	for _, spec := range parsed.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, fmt.Errorf("%s: import %s: %w", name, spec.Path.Value, err)
		}
		f.imports = append(f.imports, p)
	}
	return f, nil
}

// pkgOf returns the directory of an imported package of this module, false for other modules.
func pkgOf(importPath string) (string, bool) {
	if importPath == modulePath {
		return ".", true
	}
	return strings.CutPrefix(importPath, modulePath+"/")
}

// packages lists the directories that contain Go files, sorted.
func (m *module) packages() []string {
	var out []string
	for _, f := range m.files {
		out = append(out, f.pkg)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// importsPkg reports whether f imports a package of this module.
func (f *goFile) importsPkg(pkg string) bool {
	return slices.ContainsFunc(f.imports, func(p string) bool {
		imported, own := pkgOf(p)
		return own && imported == pkg
	})
}

// at is "file:line" of a node.
func (f *goFile) at(n ast.Node) string {
	return fmt.Sprintf("%s:%d", f.path, f.fset.Position(n.Pos()).Line)
}

// length is the number of lines of a node.
func (f *goFile) length(n ast.Node) int {
	return f.fset.Position(n.End()).Line - f.fset.Position(n.Pos()).Line + 1
}

// TestModule checks the module against every rule.
func TestModule(t *testing.T) {
	m, err := theModule()
	if err != nil {
		t.Fatal(err)
	}
	if len(m.files) < 20 {
		t.Fatalf("only %d Go files found: not the module's root", len(m.files))
	}
	needed := map[string]bool{}
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			for _, v := range r.check(m) {
				needed[v.place] = true
				if exceptions[v.place] == "" {
					t.Errorf("%s: %s\n\trule: %s", v.place, v.what, r.why)
				}
			}
		})
	}
	for place, why := range exceptions {
		if !needed[place] {
			t.Errorf("exception %s (%s) is not needed", place, why)
		}
	}
	if len(exceptions) >= 10 {
		t.Errorf("%d exceptions, at most 9 are accepted", len(exceptions))
	}
}
