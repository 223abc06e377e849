package arch

import (
	"go/ast"
	"slices"
)

// checkBounded lets no test call a command or an emulator with a context that ends with the test only: if the call
// serves where it is to fail, the test waits for it until go test gives up. Programs of TestMain end by themselves.
func checkBounded(m *module) []violation {
	var out []violation
	for _, f := range m.files {
		if !f.test {
			continue
		}
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name == "TestMain" {
				continue
			}
			ast.Inspect(d, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if ok && mayServe(f, call.Fun) && len(call.Args) > 0 && isEndless(call.Args[0]) {
					out = append(out, violation{f.at(call), "may never return: use bounded.Context"})
				}
				return true
			})
		}
	}
	return out
}

// mayServe reports whether a function may serve until its context ends.
func mayServe(f *goFile, fun ast.Expr) bool {
	switch fun := fun.(type) {
	case *ast.Ident:
		return f.pkg == "internal/cli" && (fun.Name == "Run" || fun.Name == "serveUntil") || fun.Name == "ListenAndServe"
	case *ast.SelectorExpr:
		x, ok := fun.X.(*ast.Ident)
		return ok && (fun.Sel.Name == "Run" && x.Name == "cli" || fun.Sel.Name == "ListenAndServe")
	}
	return false
}

// isEndless reports whether an expression is t.Context() or context.Background().
func isEndless(x ast.Expr) bool {
	call, ok := x.(*ast.CallExpr)
	if !ok {
		return false
	}
	made, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	of, ok := made.X.(*ast.Ident)
	return ok && of.Name != "bounded" && slices.Contains([]string{"Context", "Background"}, made.Sel.Name)
}
