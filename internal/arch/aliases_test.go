package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/errcode"
	"github.com/norang-login/norang/internal/oauthclient"
)

// go doc shows nothing of a type of an internal package: the comment of its alias in a client package has to name the
// methods and fields.
func TestAliasesOfClientTypesNameTheirMembers(t *testing.T) {
	t.Parallel()
	types := map[string]reflect.Type{
		"oauthclient.Secret": reflect.TypeFor[oauthclient.Secret](), "shared.Owner": reflect.TypeFor[errcode.Owner](),
		"shared.Retry": reflect.TypeFor[errcode.Retry](), "shared.Place": reflect.TypeFor[errcode.Place](),
		"shared.Text": reflect.TypeFor[errcode.Text](), "shared.Entry": reflect.TypeFor[errcode.Entry](),
	}
	seen := 0
	for _, pattern := range []string{"../../*/secret.go", "../../*/errcode/errcode.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			for name, comment := range aliases(parsed) {
				kind, ok := types[name]
				if !ok {
					t.Errorf("%s: alias of %s, which this test does not know", file, name)
					continue
				}
				seen++
				for _, m := range members(kind) {
					if !regexp.MustCompile(`\b` + m + `\b`).MatchString(comment) {
						t.Errorf("%s: the comment of the alias of %s does not name %s", file, name, m)
					}
				}
			}
		}
	}
	if seen < 5*len(types) {
		t.Errorf("only %d aliases found", seen)
	}
}

// Nor does go doc show the fields and methods of an internal type that a public one embeds or is an alias of. Those in
// the files of the test above are described in comments.
func TestPublicTypesHideNothing(t *testing.T) {
	t.Parallel()
	m, err := theModule()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, f := range m.files {
		described := strings.HasSuffix(f.path, "/secret.go") || strings.HasSuffix(f.path, "/errcode.go")
		if f.test || described || !slices.Contains(public, f.pkg) {
			continue
		}
		seen++
		for _, place := range hidden(f) {
			t.Errorf("%s: an exported type shows an internal one", place)
		}
	}
	if seen < 50 {
		t.Errorf("only %d files of public packages found", seen)
	}
}

// hidden lists the exported types of a file that embed a type of an internal package or are an alias of one.
func hidden(f *goFile) (places []string) {
	internal := func(e ast.Expr) bool {
		if star, ok := e.(*ast.StarExpr); ok {
			e = star.X
		}
		of, ok := e.(*ast.SelectorExpr)
		return ok && slices.ContainsFunc(f.imports, func(p string) bool {
			return strings.HasPrefix(p, modulePath+"/internal/") && path.Base(p) == of.X.(*ast.Ident).Name
		})
	}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok || !spec.Name.IsExported() {
			return true
		}
		if spec.Assign.IsValid() && internal(spec.Type) {
			places = append(places, f.at(spec))
		}
		if s, ok := spec.Type.(*ast.StructType); ok {
			for _, field := range s.Fields.List {
				if len(field.Names) == 0 && internal(field.Type) {
					places = append(places, f.at(field))
				}
			}
		}
		return true
	})
	return places
}

func TestHiddenTypesAreFound(t *testing.T) {
	t.Parallel()
	f, err := parse("x/y.go", []byte(`package x

import "`+modulePath+`/internal/emulator"

type (
	Alias  = emulator.Server
	Server struct{ *emulator.Server }
	Fine   struct{ server *emulator.Server }
	own    = emulator.Server
)
`))
	if err != nil {
		t.Fatal(err)
	}
	if got := hidden(f); !slices.Equal(got, []string{"x/y.go:6", "x/y.go:7"}) {
		t.Errorf("found %v", got)
	}
}

// aliases returns the comments of the aliases of types of other packages, by type.
func aliases(file *ast.File) map[string]string {
	all := make(map[string]string)
	for _, d := range file.Decls {
		group, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, s := range group.Specs {
			spec, ok := s.(*ast.TypeSpec)
			if !ok || !spec.Assign.IsValid() {
				continue
			}
			if of, ok := spec.Type.(*ast.SelectorExpr); ok {
				comment := group.Doc.Text() + spec.Doc.Text()
				all[of.X.(*ast.Ident).Name+"."+of.Sel.Name] = strings.Join(strings.Fields(comment), " ")
			}
		}
	}
	return all
}

// members returns the names of the exported methods and fields of a type.
func members(kind reflect.Type) (all []string) {
	for m := range kind.NumMethod() {
		all = append(all, kind.Method(m).Name)
	}
	if kind.Kind() == reflect.Struct {
		for f := range kind.NumField() {
			all = append(all, kind.Field(f).Name)
		}
	}
	return all
}
