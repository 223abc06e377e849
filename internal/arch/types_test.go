package arch

import (
	"fmt"
	"go/ast"
	"maps"
	"path"
	"slices"
	"strings"
)

const (
	maxFields  = 12
	maxMethods = 30
)

// typeDecl is a named type of this module that is no interface.
type typeDecl struct {
	place   string
	fields  int
	record  bool // a struct whose fields are all exported
	methods map[string]bool
	// parts are the embedded types whose methods count as the type's own, by package and name, as far as they are
	// declared in this module.
	parts []string
}

// checkTypes limits the methods of every type, and the fields of structs with state of their own. The methods of
// embedded types count too, because callers see one type. Only a type inside a package may embed a pointer that does
// not count: it adds to another object for a purpose, and is seen nowhere else. A record is free of the limit of
// fields: a struct whose fields are all exported, such as a Config, settings, JSON of another format or a view model.
func checkTypes(m *module) []violation {
	types := m.types()
	var out []violation
	for key, d := range types {
		all := methodsOf(types, key, nil)
		switch {
		case len(all) > maxMethods && len(all) > len(d.methods):
			what := fmt.Sprintf("%d methods, %d of them from embedded types, at most %d",
				len(all), len(all)-len(d.methods), maxMethods)
			out = append(out, violation{d.place, what})
		case len(all) > maxMethods:
			out = append(out, violation{d.place, fmt.Sprintf("%d methods, at most %d", len(all), maxMethods)})
		case d.fields > maxFields && len(d.methods) > 0 && !d.record:
			out = append(out, violation{d.place, fmt.Sprintf("%d fields, at most %d", d.fields, maxFields)})
		}
	}
	slices.SortFunc(out, func(a, b violation) int { return strings.Compare(a.place, b.place) })
	return out
}

// methodsOf returns the names of the methods of a type and its parts, at any depth. seen are the types around it.
func methodsOf(types map[string]*typeDecl, key string, seen []string) map[string]bool {
	all := map[string]bool{}
	d := types[key]
	if d == nil || slices.Contains(seen, key) { // an interface, of another module, or embedded in itself
		return all
	}
	maps.Copy(all, d.methods)
	for _, e := range d.parts {
		maps.Copy(all, methodsOf(types, e, append(seen, key)))
	}
	return all
}

// types returns the types of this module by package and name, without those of tests.
func (m *module) types() map[string]*typeDecl {
	types := map[string]*typeDecl{}
	for _, f := range m.files {
		if f.test {
			continue
		}
		eachType(f, func(spec *ast.TypeSpec) {
			if _, ok := spec.Type.(*ast.InterfaceType); ok {
				return
			}
			d := &typeDecl{place: f.path + ": " + spec.Name.Name, methods: map[string]bool{}}
			if st, ok := spec.Type.(*ast.StructType); ok {
				d.fields, d.record = fieldsOf(st)
				d.parts = f.parts(spec.Name.IsExported(), st)
			}
			types[f.pkg+" "+spec.Name.Name] = d
		})
	}
	for _, f := range m.files {
		for _, decl := range f.ast.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Recv == nil || f.test {
				continue
			}
			if d := types[f.pkg+" "+typeName(fn.Recv.List[0].Type)]; d != nil {
				d.methods[fn.Name.Name] = true
			}
		}
	}
	return types
}

// parts lists the embedded types of a struct whose methods count as its own.
func (f *goFile) parts(exported bool, st *ast.StructType) (all []string) {
	for _, field := range st.Fields.List {
		if len(field.Names) > 0 {
			continue
		}
		typ := field.Type
		if star, ok := typ.(*ast.StarExpr); ok {
			if typ = star.X; !exported {
				continue
			}
		}
		if of, ok := typ.(*ast.SelectorExpr); ok {
			if pkg := f.packageOf(of.X.(*ast.Ident).Name); pkg != "" {
				all = append(all, pkg+" "+of.Sel.Name)
			}
			continue
		}
		all = append(all, f.pkg+" "+typeName(typ))
	}
	return all
}

// packageOf returns the package of this module that a file names so, "" if there is none.
func (f *goFile) packageOf(name string) string {
	for i, spec := range f.ast.Imports {
		pkg, own := pkgOf(f.imports[i])
		if own && (spec.Name != nil && spec.Name.Name == name || spec.Name == nil && path.Base(f.imports[i]) == name) {
			return pkg
		}
	}
	return ""
}

// fieldsOf counts the fields of a struct and reports whether all are exported.
func fieldsOf(st *ast.StructType) (n int, record bool) {
	record = true
	for _, field := range st.Fields.List {
		n += max(1, len(field.Names))
		for _, name := range field.Names {
			record = record && name.IsExported()
		}
	}
	return n, record
}

// typeName returns the name of a receiver's or embedded type of the same package.
func typeName(typ ast.Expr) string {
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	switch generic := typ.(type) {
	case *ast.IndexExpr:
		typ = generic.X
	case *ast.IndexListExpr:
		typ = generic.X
	}
	if id, ok := typ.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}
