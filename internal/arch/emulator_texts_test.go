package arch

import (
	"go/ast"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// checkEmulatorTexts lets an emulator say nothing to a developer in one language only: its errors are made with
// [emulator.Errorf], and what that, Textf and the literals of Text hold is Korean and English, with the same values.
func checkEmulatorTexts(m *module) []violation {
	var out []violation
	for _, f := range m.files {
		if f.test || f.pkg != "internal/emulator" && !slices.Contains(emulators, f.pkg) {
			continue
		}
		say := func(n ast.Node, what string) { out = append(out, violation{f.at(n), what}) }
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if what := badTextCall(n); what != "" {
					say(n, what)
				}
			case *ast.CompositeLit:
				for _, lit := range textLiterals(n) {
					if !bilingual(literalText(lit.Elts[0]), literalText(lit.Elts[1])) {
						say(lit, "a text has to be Korean and English")
					}
				}
			case *ast.AssignStmt:
				if assigns(n, "Problem") && !assigns(n, "ProblemKO") || setsString(n, "Why") {
					say(n, "has no Korean text")
				}
			}
			return true
		})
	}
	return out
}

// emulators are the packages of the providers' emulators.
var emulators = []string{
	"kakao/kakaotest", "naver/navertest", "google/googletest", "apple/appletest", "line/linetest", "oidc/oidctest",
}

// badTextCall says what is wrong with a call that makes an error or a text; "" if nothing is.
func badTextCall(call *ast.CallExpr) string {
	name := ""
	switch fun := call.Fun.(type) {
	case *ast.Ident:
		name = fun.Name
	case *ast.SelectorExpr:
		if pkg, ok := fun.X.(*ast.Ident); ok && (pkg.Name == "fmt" && fun.Sel.Name == "Errorf" || pkg.Name == "errors" &&
			fun.Sel.Name == "New") {
			return "an error in English alone: use emulator.Errorf"
		}
		name = fun.Sel.Name
	}
	switch {
	case name == "Verbatim" && len(call.Args) == 1 && literalText(call.Args[0]) != "":
		return "has no Korean text"
	case name != "Errorf" && name != "Textf" && name != "bad" || len(call.Args) < 2:
		return ""
	}
	ko, en := literalText(call.Args[0]), literalText(call.Args[1])
	switch {
	case !bilingual(ko, en):
		return "a text has to be Korean and English"
	case !slices.Equal(verbs(ko), verbs(en)):
		return "the Korean text has other values than the English one"
	}
	return ""
}

// textLiterals are the literals of two elements and type Text in one: itself, or its elements.
func textLiterals(lit *ast.CompositeLit) []*ast.CompositeLit {
	isText := func(t ast.Expr) bool {
		switch t := t.(type) {
		case *ast.Ident:
			return t.Name == "Text"
		case *ast.SelectorExpr:
			return t.Sel.Name == "Text"
		}
		return false
	}
	var elements ast.Expr
	switch t := lit.Type.(type) {
	case *ast.MapType:
		elements = t.Value
	case *ast.ArrayType:
		elements = t.Elt
	}
	var all []*ast.CompositeLit
	if isText(lit.Type) && len(lit.Elts) == 2 {
		all = append(all, lit)
	}
	for _, e := range lit.Elts {
		if pair, ok := e.(*ast.KeyValueExpr); ok {
			e = pair.Value
		}
		if inner, ok := e.(*ast.CompositeLit); ok && isText(elements) && inner.Type == nil && len(inner.Elts) == 2 {
			all = append(all, inner)
		}
	}
	return all
}

// literalText is what an expression has of string literals, such as "Service: " + name.
func literalText(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, _ := strconv.Unquote(e.Value) // numbers have no text
		return text
	case *ast.BinaryExpr:
		return literalText(e.X) + literalText(e.Y)
	}
	return ""
}

var verb = regexp.MustCompile(`%(?:\[(\d+)\])?[#+]?([a-z])`)

// bilingual reports whether two texts are Korean and English, in the order of the languages or, for the names of
// languages, the other way round. What has no words needs no translation.
func bilingual(ko, en string) bool {
	hangul := func(s string) bool {
		return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Hangul, r) })
	}
	between := func(r rune) bool { return !unicode.IsLetter(r) && r != '_' }
	words := strings.FieldsFunc(verb.ReplaceAllString(en, ""), between)
	isName := len(words) == 1 && ko == en
	return len(words) == 0 || isName || hangul(ko) || ko != "" && hangul(en)
}

// verbs are the verbs of a format with the number of their value, in the order of the values.
func verbs(format string) []string {
	var all []string
	for i, m := range verb.FindAllStringSubmatch(strings.ReplaceAll(format, "%%", ""), -1) {
		if m[1] == "" {
			m[1] = strconv.Itoa(i + 1)
		}
		all = append(all, m[1]+m[2])
	}
	slices.Sort(all)
	return all
}

// assigns reports whether a statement sets a field.
func assigns(a *ast.AssignStmt, field string) bool {
	return slices.ContainsFunc(a.Lhs, func(e ast.Expr) bool {
		s, ok := e.(*ast.SelectorExpr)
		return ok && s.Sel.Name == field
	})
}

// setsString reports whether a statement sets a field to a literal string.
func setsString(a *ast.AssignStmt, field string) bool {
	for i, e := range a.Lhs {
		if s, ok := e.(*ast.SelectorExpr); ok && s.Sel.Name == field && i < len(a.Rhs) {
			return literalText(a.Rhs[i]) != ""
		}
	}
	return false
}
