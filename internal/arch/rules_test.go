package arch

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// violation is a place that breaks a rule. place begins with the file or package.
type violation struct{ place, what string }

type rule struct {
	name  string
	why   string
	check func(*module) []violation
}

// rules are all rules. TestRulesCanFail shows that each one can be broken.
var rules = []rule{
	{"layers", "imports point to lower layers, or to earlier rows of the same layer, see layers_test.go", checkLayers},
	{"restricted imports", "some packages may be imported only by some others, see layers_test.go", checkRestricted},
	{"kernel", "features are mounted on the HTTP kernel, which knows none of them", checkKernel},
	{"independent packages", "client and emulator are checked against kakao/testdata, not against each other",
		checkIndependent},
	{"test code", "test support is not part of the program", checkTestOnly},
	{"neutral packages", "only a provider's own package and its wiring name the provider", checkNeutral},
	{"line length", "lines end before column 120", checkLines},
	{"type size", "no type knows everything", checkTypes},
	{"package comments", "every package has a comment that says what it owns", checkPackageComments},
	{"main", "cmd/norang/main.go only calls package cli", checkMain},
	{"package names", "a package is named for what it owns", checkPackageNames},
	{"init functions", "importing a package has no effect", checkInit},
	{"file length", "a file covers one subject", checkFiles},
	{"function length", "a function can be read at once", checkFuncs},
	{"interfaces", "an interface has at most five methods and is declared by its reader", checkInterfaces},
	{"log context", "every log line of a request has its trace id", checkLogContext},
	{"bounded tests", "a test of a command that serves where it is to fail ends, and says so", checkBounded},
	{"emulator texts", "developers read what an emulator says in Korean or English", checkEmulatorTexts},
	{"unfinished work", "what cannot be finished is left out", checkFinished},
}

// layerOf returns the layer of a package and its row there. Examples are above all layers.
func layerOf(pkg string) (layer, row int, ok bool) {
	for layer, rows := range layers {
		for row, pkgs := range rows {
			if slices.Contains(pkgs, pkg) {
				return layer, row, true
			}
		}
	}
	return len(layers), 0, isExample(pkg)
}

func isExample(pkg string) bool {
	return pkg == examplesRoot || strings.HasPrefix(pkg, examplesRoot+"/")
}

// checkLayers exempts tests, which may import whatever Go lets them.
func checkLayers(m *module) []violation {
	var out []violation
	for _, pkg := range m.packages() {
		if _, _, ok := layerOf(pkg); !ok {
			out = append(out, violation{pkg, "has no layer: add it to layers_test.go and CONTRIBUTING.md"})
		}
	}
	for _, f := range m.files {
		layer, row, ok := layerOf(f.pkg)
		if f.test || !ok {
			continue
		}
		for _, p := range f.imports {
			pkg, own := pkgOf(p)
			if !own || pkg == f.pkg {
				continue
			}
			importLayer, importRow, known := layerOf(pkg)
			switch {
			case isExample(f.pkg):
				if !slices.Contains(public, pkg) {
					out = append(out, violation{f.path, "an example imports " + pkg + ", which is not public"})
				}
			case !known:
				out = append(out, violation{f.path, "imports " + pkg + ", which has no layer"})
			case importLayer > layer || importLayer == layer && importRow >= row:
				out = append(out, violation{f.path, fmt.Sprintf("layer %d imports %s of layer %d", layer, pkg, importLayer)})
			}
		}
	}
	return out
}

func checkRestricted(m *module) []violation {
	var out []violation
	for _, f := range m.files {
		if f.test || slices.Contains(testPackages, f.pkg) || isExample(f.pkg) {
			continue
		}
		for _, r := range restricted {
			if f.importsPkg(r.pkg) && !slices.Contains(r.by, f.pkg) {
				out = append(out, violation{f.path, "imports " + r.pkg + ": " + r.why})
			}
		}
	}
	return out
}

// checkKernel lets the HTTP kernel import no use case, in tests neither.
func checkKernel(m *module) []violation {
	var out []violation
	for _, f := range m.files {
		if f.pkg != kernel {
			continue
		}
		for _, p := range f.imports {
			pkg, own := pkgOf(p)
			if layer, _, known := layerOf(pkg); own && known && layer == useCases {
				out = append(out, violation{f.path, "imports the use case " + pkg})
			}
		}
	}
	return out
}

// checkIndependent includes internal tests; only external test packages may import both.
func checkIndependent(m *module) []violation {
	var out []violation
	for _, f := range m.files {
		if f.external {
			continue
		}
		for _, pair := range independent {
			if f.pkg == pair[0] && f.importsPkg(pair[1]) || f.pkg == pair[1] && f.importsPkg(pair[0]) {
				out = append(out, violation{f.path, pair[0] + " and " + pair[1] + " import each other"})
			}
		}
	}
	return out
}

func checkTestOnly(m *module) []violation {
	var out []violation
	for _, f := range m.files {
		if f.test || slices.Contains(testPackages, f.pkg) {
			continue
		}
		for _, p := range f.imports {
			pkg, own := pkgOf(p)
			if own && slices.Contains(testPackages, pkg) || !own && slices.ContainsFunc(testOnly, matches(p)) {
				out = append(out, violation{f.path, "imports " + p + ", which is for tests"})
			}
		}
	}
	return out
}

// matches compares a path with a pattern, which is a path, or a prefix if it ends in "/".
func matches(path string) func(pattern string) bool {
	return func(pattern string) bool {
		return path == pattern || strings.HasSuffix(pattern, "/") && strings.HasPrefix(path, pattern)
	}
}

var providerName = regexp.MustCompile("(?i)" + strings.Join(providerNames, "|"))

// checkNeutral reads code, comments and strings alike. Import paths do not count: layers and restrictions cover them.
func checkNeutral(m *module) []violation {
	var out []violation
	for _, f := range m.files {
		if f.test || slices.ContainsFunc(notNeutral, matches(f.pkg)) || slices.Contains(testPackages, f.pkg) {
			continue
		}
		for i, line := range f.lines {
			if name := providerName.FindString(line); name != "" && !strings.Contains(line, `"`+modulePath) {
				out = append(out, violation{f.path, fmt.Sprintf("line %d names the provider %s", i+1, name)})
			}
		}
	}
	return out
}
