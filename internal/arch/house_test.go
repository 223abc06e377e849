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
	"testing"
)

// house is the module as it stands in its files. Build constraints are not looked at: a file counts on every system and
// under every tag.
type house struct {
	files []*goFile
	texts []text // everything else that people write: documents, templates, scripts, SQL
}

// goFile is a parsed file of ours.
type goFile struct {
	path     string // "internal/login/start.go"
	room     string // "internal/login"; "." for the root
	test     bool   // a _test.go file
	external bool   // of a package x_test
	imports  []string
	lines    int
	fset     *token.FileSet
	ast      *ast.File
}

type text struct{ path, body string }

// textSuffixes are the files, other than Go's, in which unfinished words are looked for.
var textSuffixes = []string{".md", ".html", ".css", ".sql", ".sh", ".toml", ".yml", ".yaml", ".conf", "Makefile", "Caddyfile", ".ci/run"}

// read parses every Go file below root. Skipped are folders that Go does not look into (testdata, "_x", ".x"), folders of
// other registries, and modules of their own.
func read(root fs.FS) (*house, error) {
	h := &house{}
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
		body, isText, err := contents(root, name)
		if err != nil {
			return err
		}
		switch {
		case isText:
			h.texts = append(h.texts, text{name, string(body)})
		case path.Ext(name) == ".go":
			f, err := parse(name, body)
			if err != nil {
				return err
			}
			h.files = append(h.files, f)
		}
		return nil
	})
	return h, err
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

// contents reads the files that matter and leaves the others (databases, pictures) where they are.
func contents(root fs.FS, name string) (body []byte, isText bool, err error) {
	isText = slices.ContainsFunc(textSuffixes, func(s string) bool { return strings.HasSuffix(name, s) })
	if !isText && path.Ext(name) != ".go" {
		return nil, false, nil
	}
	body, err = fs.ReadFile(root, name)
	return body, isText, err
}

func parse(name string, body []byte) (*goFile, error) {
	f := &goFile{path: name, room: path.Dir(name), test: strings.HasSuffix(name, "_test.go"), fset: token.NewFileSet()}
	parsed, err := parser.ParseFile(f.fset, name, body, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	f.ast = parsed
	f.external = f.test && strings.HasSuffix(parsed.Name.Name, "_test")
	f.lines = bytes.Count(body, []byte("\n"))
	for _, spec := range parsed.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, fmt.Errorf("%s: import %s: %w", name, spec.Path.Value, err)
		}
		f.imports = append(f.imports, p)
	}
	return f, nil
}

// roomOf is the room that an import path means; false for other people's packages.
func roomOf(importPath string) (string, bool) {
	if importPath == modulePath {
		return ".", true
	}
	return strings.CutPrefix(importPath, modulePath+"/")
}

// rooms lists the folders that hold Go files, sorted.
func (h *house) rooms() []string {
	var out []string
	for _, f := range h.files {
		out = append(out, f.room)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// at is "file:line" of a node.
func (f *goFile) at(n ast.Node) string {
	return fmt.Sprintf("%s:%d", f.path, f.fset.Position(n.Pos()).Line)
}

// length is the number of lines from the first to the last of a node.
func (f *goFile) length(n ast.Node) int {
	return f.fset.Position(n.End()).Line - f.fset.Position(n.Pos()).Line + 1
}

// TestHouse holds the module to every rule.
func TestHouse(t *testing.T) {
	h, err := read(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	if len(h.files) < 20 {
		t.Fatalf("only %d Go files found: is this the module's root?", len(h.files))
	}
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			for _, fault := range r.check(h) {
				t.Errorf("%s\n\trule: %s", fault, r.why)
			}
		})
	}
	t.Run("exceptions are used", func(t *testing.T) {
		for _, fault := range unused(h) {
			t.Error(fault)
		}
	})
}
