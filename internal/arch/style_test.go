package arch

import (
	"fmt"
	"go/ast"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxMain      = 19
	maxFile      = 450
	maxFunc      = 100
	maxLine      = 120
	maxInterface = 5
)

// meaninglessNames are package names that do not say what the package owns.
var meaninglessNames = []string{
	"util", "utils", "common", "helper", "helpers", "type", "types", "model", "models", "misc", "shared", "base", "lib",
}

// unfinished matches marks of unfinished work: the first group in this case only, the second in any.
var unfinished = regexp.MustCompile(
	`\b(TODO|FIXME|HACK|WIP)\b|(?i)\b(for now|not (yet )?implemented|unimplemented|coming soon)\b`)

// checkPackageComments exempts packages that consist of external tests.
func checkPackageComments(m *module) []violation {
	var out []violation
	for _, pkg := range m.packages() {
		name, found, program := "", false, false
		for _, f := range m.files {
			if f.pkg != pkg || f.test {
				continue
			}
			program, name = true, f.ast.Name.Name
			want := "Package " + name + " "
			if name == "main" {
				want = "Command "
			}
			found = found || strings.HasPrefix(f.ast.Doc.Text(), want)
		}
		if program && !found {
			out = append(out, violation{pkg, "package " + name + " has no package comment"})
		}
	}
	return out
}

func checkMain(m *module) []violation {
	var out []violation
	for _, f := range m.files {
		if strings.HasPrefix(f.pkg, "cmd/") && !f.test && (f.path != "cmd/norang/main.go" || len(f.lines) > maxMain) {
			out = append(out, violation{f.path, fmt.Sprintf("%d lines; the commands belong to internal/cli", len(f.lines))})
		}
	}
	return out
}

func checkPackageNames(m *module) []violation {
	var out []violation
	for _, f := range m.files {
		name := strings.TrimSuffix(f.ast.Name.Name, "_test")
		if slices.Contains(meaninglessNames, name) {
			out = append(out, violation{f.path, "package name " + name + " has no meaning"})
		}
		if f.pkg != "." && !isExample(f.pkg) && name != "main" && name != f.pkg[strings.LastIndex(f.pkg, "/")+1:] {
			out = append(out, violation{f.path, "package " + name + " in directory " + f.pkg})
		}
	}
	return out
}

func checkInit(m *module) []violation {
	var out []violation
	for _, f := range m.files {
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				out = append(out, violation{f.at(fn), "func init"})
			}
		}
	}
	return out
}

func checkFiles(m *module) []violation {
	var out []violation
	for _, f := range m.files {
		if !f.test && len(f.lines) > maxFile {
			out = append(out, violation{f.path, fmt.Sprintf("%d lines, at most %d", len(f.lines), maxFile)})
		}
	}
	return out
}

// checkFuncs exempts tests, which may be long tables.
func checkFuncs(m *module) []violation {
	var out []violation
	for _, f := range m.files {
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && !f.test && f.length(fn) > maxFunc {
				place := f.path + ": " + fn.Name.Name
				out = append(out, violation{place, fmt.Sprintf("%d lines, at most %d", f.length(fn), maxFunc)})
			}
		}
	}
	return out
}

// checkLines counts characters; a tab is one.
func checkLines(m *module) []violation {
	var out []violation
	for _, f := range m.files {
		for i, line := range f.lines {
			if n := utf8.RuneCountInString(line); n > maxLine {
				out = append(out, violation{fmt.Sprintf("%s:%d", f.path, i+1), fmt.Sprintf("%d columns", n)})
			}
		}
	}
	return out
}

// checkInterfaces counts the methods that are written out; embedded interfaces are counted where they are declared.
func checkInterfaces(m *module) []violation {
	var out []violation
	for _, f := range m.files {
		if f.test {
			continue
		}
		eachType(f, func(spec *ast.TypeSpec) {
			it, ok := spec.Type.(*ast.InterfaceType)
			if !ok {
				return
			}
			methods := 0
			for _, field := range it.Methods.List {
				methods += len(field.Names)
			}
			if methods > maxInterface {
				place := f.path + ": " + spec.Name.Name
				out = append(out, violation{place, fmt.Sprintf("%d methods, at most %d", methods, maxInterface)})
			}
		})
	}
	return out
}

func eachType(f *goFile, do func(*ast.TypeSpec)) {
	ast.Inspect(f.ast, func(n ast.Node) bool {
		if spec, ok := n.(*ast.TypeSpec); ok {
			do(spec)
		}
		return true
	})
}

// checkFinished reads comments of Go files and all of other texts.
func checkFinished(m *module) []violation {
	var out []violation
	for _, f := range m.files {
		for _, group := range f.ast.Comments {
			for _, c := range group.List {
				if word := unfinished.FindString(c.Text); word != "" {
					out = append(out, violation{f.at(c), fmt.Sprintf("%q", word)})
				}
			}
		}
	}
	for _, x := range m.texts {
		for i, line := range strings.Split(x.body, "\n") {
			if word := unfinished.FindString(line); word != "" {
				out = append(out, violation{fmt.Sprintf("%s:%d", x.path, i+1), fmt.Sprintf("%q", word)})
			}
		}
	}
	return out
}
