package cli

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/i18n"
)

// codeWalk collects the error codes of providers that source code compares with or answers with.
type codeWalk struct {
	funcs   map[string]*ast.FuncType // by name, without receiver
	bodies  map[string]*ast.BlockStmt
	names   map[string]ast.Expr // package-level constants and variables
	literal *regexp.Regexp
	found   map[string]string // code to file
	file    string
}

// codeMember are the members of errors and answers that hold a provider's code, codeName the names of variables and
// parameters.
var (
	codeMember = []string{"Code", "OAuthError", "Subtype", "Vendor"}
	codeName   = []string{"code", "oauth"}
)

// ours are functions whose code is the service's answer to the provider's message (RFC 8935), which no provider sends.
var ours = []string{"refuseEvent", "badSET", "webhookBody"}

func parseDirs(t *testing.T, dirs ...string) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	for _, dir := range dirs {
		paths, err := filepath.Glob(filepath.Join("..", "..", dir, "*.go"))
		if err != nil || len(paths) == 0 {
			t.Fatal(dir, err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			files[path] = f
		}
	}
	return files
}

func walkCodes(t *testing.T, dirs ...string) map[string]string {
	t.Helper()
	w := &codeWalk{
		funcs: map[string]*ast.FuncType{}, bodies: map[string]*ast.BlockStmt{}, names: map[string]ast.Expr{},
		literal: regexp.MustCompile(`^[A-Za-z0-9_-]{2,}$`), found: map[string]string{},
	}
	for _, f := range parseDirs(t, append(dirs, "internal/emulator")...) {
		ast.Inspect(f, w.declare)
	}
	for path, f := range parseDirs(t, dirs...) {
		w.file = strings.TrimPrefix(path, filepath.Join("..", "..")+string(os.PathSeparator))
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil && !slices.Contains(ours, fn.Name.Name) {
				ast.Inspect(fn.Body, func(n ast.Node) bool { return w.visit(fn, n) })
			}
		}
	}
	return w.found
}

// declare notes functions, also those in variables, and the values of constants and variables.
func (w *codeWalk) declare(n ast.Node) bool {
	switch d := n.(type) {
	case *ast.FuncDecl:
		w.funcs[d.Name.Name], w.bodies[d.Name.Name] = d.Type, d.Body
	case *ast.AssignStmt:
		if id, ok := d.Lhs[0].(*ast.Ident); ok {
			if fn, ok := d.Rhs[0].(*ast.FuncLit); ok {
				w.funcs[id.Name], w.bodies[id.Name] = fn.Type, fn.Body
			}
		}
	case *ast.ValueSpec:
		for i, v := range d.Values {
			w.names[d.Names[i].Name] = v
		}
	}
	return true
}

func (w *codeWalk) visit(fn *ast.FuncDecl, n ast.Node) bool {
	switch n := n.(type) {
	case *ast.SwitchStmt:
		if w.isCode(fn, n.Tag) {
			for _, c := range n.Body.List {
				for _, e := range c.(*ast.CaseClause).List {
					w.add(e)
				}
			}
		}
	case *ast.BinaryExpr:
		if n.Op == token.EQL || n.Op == token.NEQ {
			if w.isCode(fn, n.X) {
				w.add(n.Y)
			}
			if w.isCode(fn, n.Y) {
				w.add(n.X)
			}
		}
	case *ast.KeyValueExpr:
		if id, ok := n.Key.(*ast.Ident); ok && slices.Contains(codeMember, id.Name) {
			w.flow(fn, n.Value, 3)
		}
	case *ast.IndexExpr: // a table with codes as keys
		if id, ok := n.X.(*ast.Ident); ok && w.isCode(fn, n.Index) {
			if table, ok := w.names[id.Name].(*ast.CompositeLit); ok {
				for _, e := range table.Elts {
					if kv, ok := e.(*ast.KeyValueExpr); ok {
						w.add(kv.Key)
					}
				}
			}
		}
	case *ast.CallExpr:
		w.call(fn, n)
	case *ast.ReturnStmt: // a function that names what is wrong with a request
		if fn.Name.Name == "refused" || fn.Name.Name == "refusal" {
			w.add(n.Results[0])
		}
	}
	return true
}

// callee is the name of the function that is called, without its package or receiver.
func callee(n *ast.CallExpr) string {
	switch f := n.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// call looks at the arguments of functions with a parameter for a code, and at slices.Contains.
func (w *codeWalk) call(fn *ast.FuncDecl, n *ast.CallExpr) {
	name := callee(n)
	if slices.Contains(ours, name) {
		return
	}
	if name == "Contains" && len(n.Args) == 2 && w.isCode(fn, n.Args[1]) {
		list, ok := n.Args[0].(*ast.CompositeLit)
		if id, named := n.Args[0].(*ast.Ident); named {
			list, ok = w.names[id.Name].(*ast.CompositeLit)
		}
		if ok {
			for _, e := range list.Elts {
				w.add(e)
			}
		}
	}
	if kind := w.funcs[name]; kind != nil {
		at := 0
		for _, field := range kind.Params.List {
			for _, p := range field.Names {
				if isCodeName(p.Name) && at < len(n.Args) {
					w.flow(fn, n.Args[at], 3)
				}
				at++
			}
		}
	}
}

func isCodeName(name string) bool { return slices.Contains(codeName, name) }

// isCode reports whether an expression is a provider's code.
func (w *codeWalk) isCode(fn *ast.FuncDecl, e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.CallExpr: // strings.ToLower and the like
		return len(e.Args) == 1 && w.isCode(fn, e.Args[0])
	case *ast.SelectorExpr:
		return slices.Contains(codeMember, e.Sel.Name)
	case *ast.Ident:
		return isCodeName(e.Name) || e.Name == "name" && fn.Name.Name == "callbackKind"
	}
	return false
}

// flow adds the literals that an expression can have: itself, what the function assigns to the variable, and what a
// function of these packages returns.
func (w *codeWalk) flow(fn *ast.FuncDecl, e ast.Expr, depth int) {
	if depth == 0 {
		return
	}
	switch e := e.(type) {
	case *ast.BasicLit:
		w.add(e)
	case *ast.Ident:
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			a, ok := n.(*ast.AssignStmt)
			if !ok {
				return true
			}
			for i, left := range a.Lhs {
				if id, ok := left.(*ast.Ident); ok && id.Name == e.Name {
					w.flow(fn, a.Rhs[min(i, len(a.Rhs)-1)], depth-1)
				}
			}
			return true
		})
		if v := w.names[e.Name]; v != nil {
			w.flow(fn, v, depth-1)
		}
	case *ast.CallExpr:
		name := callee(e)
		if body := w.bodies[name]; body != nil && name != fn.Name.Name {
			ast.Inspect(body, func(n ast.Node) bool {
				if r, ok := n.(*ast.ReturnStmt); ok && len(r.Results) > 0 {
					if lit, ok := r.Results[0].(*ast.BasicLit); ok {
						w.add(lit)
					}
				}
				return true
			})
		}
	}
}

func (w *codeWalk) add(e ast.Expr) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return
	}
	if text, err := strconv.Unquote(lit.Value); err == nil && w.literal.MatchString(text) {
		w.found[text] = w.file
	}
}

func TestEveryCodeOfTheProvidersIsExplained(t *testing.T) {
	t.Parallel()
	for provider, known := range map[string][]string{ // codes that the walk has to find
		"kakao":  {"KOE006", "-401", "access_denied"},
		"naver":  {"024", "invalid_scope", "server_error"},
		"google": {"disallowed_useragent", "rate_limit_exceeded", "account_selection_required"},
		"apple":  {"invalid_grant", "user_cancelled_authorize"},
		"line":   {"invalid_grant", "access_denied"},
		"oidc":   {"unsupported_token_type", "login_required", "insufficient_scope"},
	} {
		found := walkCodes(t, provider, provider+"/"+provider+"test")
		for _, code := range known {
			if found[code] == "" {
				t.Errorf("%s: the walk does not find %s", provider, code)
			}
		}
		for _, code := range slices.Sorted(maps.Keys(found)) {
			for _, lang := range []i18n.Lang{i18n.Ko, i18n.En} {
				var b strings.Builder
				text := provider + " " + code
				if provider == "kakao" {
					text = code
				}
				if err := Explain(&b, text, lang, false); err != nil {
					t.Errorf("norang explain %s (%s): %s", text, found[code], err)
				}
			}
		}
	}
}
