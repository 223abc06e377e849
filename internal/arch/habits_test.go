package arch

import (
	"fmt"
	"go/ast"
	"regexp"
	"slices"
	"strings"
)

const (
	maxMain      = 20 // cmd/norang/main.go stays under it
	maxLines     = 450
	maxFuncLines = 100
	maxMethods   = 5
)

// emptyNames say nothing about what is inside.
var emptyNames = []string{
	"util", "utils", "common", "helper", "helpers", "type", "types", "model", "models", "misc", "shared", "base", "lib",
}

// unfinished words; the first group as they stand, the second in any case.
var unfinished = regexp.MustCompile(`\b(TODO|FIXME|HACK|WIP)\b|(?i)\b(for now|not (yet )?implemented|unimplemented|coming soon)\b`)

// checkPackageComments asks for a comment that begins as Go's tools expect it. A room of tests alone, in an external
// package, has no documentation to show.
func checkPackageComments(h *house) []string {
	var faults []string
	for _, room := range h.rooms() {
		name, found, program := "", false, false
		for _, f := range h.files {
			if f.room != room || f.test {
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
			faults = append(faults, fmt.Sprintf("%s: package %s has no package comment", room, name))
		}
	}
	return faults
}

func checkMain(h *house) []string {
	var faults []string
	for _, f := range h.files {
		if strings.HasPrefix(f.room, "cmd/") && !f.test && (f.path != "cmd/norang/main.go" || f.lines >= maxMain) {
			faults = append(faults, fmt.Sprintf("%s: %d lines; everything behind main belongs to internal/cli", f.path, f.lines))
		}
	}
	return faults
}

func checkPackageNames(h *house) []string {
	var faults []string
	for _, f := range h.files {
		name := strings.TrimSuffix(f.ast.Name.Name, "_test")
		if slices.Contains(emptyNames, name) {
			faults = append(faults, fmt.Sprintf("%s: package %s says nothing", f.path, name))
		}
		if f.room != "." && !isExample(f.room) && name != "main" && name != f.room[strings.LastIndex(f.room, "/")+1:] {
			faults = append(faults, fmt.Sprintf("%s: package %s in folder %s", f.path, name, f.room))
		}
	}
	return faults
}

func checkInit(h *house) []string {
	var faults []string
	for _, f := range h.files {
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				faults = append(faults, fmt.Sprintf("%s: func init", f.at(fn)))
			}
		}
	}
	return faults
}

// over is something above a limit, before the exceptions are looked at.
type over struct {
	name string // as the table of exceptions has it
	size int
}

func without(list []over, exceptions map[string]string, limit int) []string {
	var faults []string
	for _, o := range list {
		if exceptions[o.name] == "" {
			faults = append(faults, fmt.Sprintf("%s: %d, over %d", o.name, o.size, limit))
		}
	}
	return faults
}

func checkFiles(h *house) []string      { return without(longFiles(h), long, maxLines) }
func checkFuncs(h *house) []string      { return without(longFunctions(h), longFuncs, maxFuncLines) }
func checkInterfaces(h *house) []string { return without(wideInterfaces(h), wide, maxMethods) }

func longFiles(h *house) []over {
	var out []over
	for _, f := range h.files {
		if !f.test && f.lines > maxLines {
			out = append(out, over{f.path, f.lines})
		}
	}
	return out
}

// longFunctions counts functions of the program. Tests may be long tables.
func longFunctions(h *house) []over {
	var out []over
	for _, f := range h.files {
		if f.test {
			continue
		}
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && f.length(fn) > maxFuncLines {
				out = append(out, over{f.path + ": " + fn.Name.Name, f.length(fn)})
			}
		}
	}
	return out
}

// wideInterfaces counts the methods that are written out; embedding several small interfaces is a sum of promises that
// others have made small.
func wideInterfaces(h *house) []over {
	var out []over
	for _, f := range h.files {
		if f.test {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			it, ok := spec.Type.(*ast.InterfaceType)
			if !ok {
				return true
			}
			methods := 0
			for _, field := range it.Methods.List {
				methods += len(field.Names)
			}
			if methods > maxMethods {
				out = append(out, over{f.path + ": " + spec.Name.Name, methods})
			}
			return true
		})
	}
	return out
}

// checkFinished reads comments of Go files and the whole of other texts. Code itself is free to say what it must:
// http.StatusNotImplemented, or a list of these very words.
func checkFinished(h *house) []string {
	var faults []string
	for _, f := range h.files {
		for _, group := range f.ast.Comments {
			for _, c := range group.List {
				if word := unfinished.FindString(c.Text); word != "" {
					faults = append(faults, fmt.Sprintf("%s: %q", f.at(c), word))
				}
			}
		}
	}
	for _, x := range h.texts {
		for i, line := range strings.Split(x.body, "\n") {
			if word := unfinished.FindString(line); word != "" {
				faults = append(faults, fmt.Sprintf("%s:%d: %q", x.path, i+1, word))
			}
		}
	}
	return faults
}
