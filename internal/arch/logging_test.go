package arch

import (
	"go/ast"
	"slices"
	"strings"
)

// lineMethods are slog's methods that log without a context.
var lineMethods = []string{"Debug", "Info", "Warn", "Error"}

// checkLogContext lets no function that has a context or a request log without it: the line would lack the trace id.
// Commands have no requests.
func checkLogContext(m *module) []violation {
	var out []violation
	for _, f := range m.files {
		if f.test || isExample(f.pkg) || f.pkg == "internal/cli" || strings.HasPrefix(f.pkg, "internal/testkit/") {
			continue
		}
		for _, d := range f.ast.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil || !hasContext(fn.Type) {
				continue
			}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				if method, ok := call.Fun.(*ast.SelectorExpr); ok && slices.Contains(lineMethods, method.Sel.Name) &&
					isLogger(method.X) {
					out = append(out, violation{f.at(call), "logs without the context: use " + method.Sel.Name + "Context"})
				}
				return true
			})
		}
	}
	return out
}

// hasContext reports whether a function has a parameter of type context.Context, *http.Request or a Request of ours.
func hasContext(t *ast.FuncType) bool {
	for _, p := range t.Params.List {
		typ := p.Type
		if star, ok := typ.(*ast.StarExpr); ok {
			typ = star.X
		}
		switch typ := typ.(type) {
		case *ast.SelectorExpr:
			if typ.Sel.Name == "Context" || typ.Sel.Name == "Request" {
				return true
			}
		case *ast.Ident:
			if typ.Name == "Request" {
				return true
			}
		}
	}
	return false
}

// isLogger reports whether an expression ends in log or Log, as loggers are named here.
func isLogger(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.Ident:
		return strings.EqualFold(x.Name, "log")
	case *ast.SelectorExpr:
		return strings.EqualFold(x.Sel.Name, "log")
	case *ast.CallExpr:
		return isLogger(x.Fun)
	}
	return false
}
