package app

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// failCalls are the string literals of every configuration error in this package, by call: [ko, en] and the fields
// named.
func failCalls(t *testing.T) (texts [][2]string, fields []string) {
	t.Helper()
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range files {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			name := ""
			switch fun := call.Fun.(type) {
			case *ast.Ident:
				name = fun.Name
			case *ast.SelectorExpr:
				name = fun.Sel.Name
			}
			if !slices.Contains([]string{"fail", "newConfigError", "unusable", "oneOf"}, name) {
				return true
			}
			if field := literal(call.Args[0]); field != "" {
				fields = append(fields, field)
			}
			if len(call.Args) >= 4 && literal(call.Args[3]) != "" && name != "oneOf" {
				texts = append(texts, [2]string{literal(call.Args[2]), literal(call.Args[3])})
			}
			return true
		})
	}
	return texts, fields
}

// literal is a string literal, or several with + between them.
func literal(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return text
		}
	case *ast.BinaryExpr:
		return literal(e.X) + literal(e.Y)
	}
	return ""
}

// hasField reports whether Config has a field of this path.
func hasField(path string) bool {
	typ := reflect.TypeFor[Config]()
	for name := range strings.SplitSeq(path, ".") {
		f, ok := typ.FieldByName(name)
		if !ok {
			return false
		}
		typ = f.Type
	}
	return true
}

func TestConfigErrorsAreInBothLanguagesAndNameFields(t *testing.T) {
	t.Parallel()
	texts, fields := failCalls(t)
	if len(texts) < 30 || len(fields) < 30 {
		t.Fatalf("only %d texts and %d fields found", len(texts), len(fields))
	}
	verbs := regexp.MustCompile(`%[a-z]`)
	refs := func(text string) []string {
		var all []string
		for _, m := range fieldRef.FindAllStringSubmatch(text, -1) {
			all = append(all, m[1])
		}
		return all
	}
	for _, text := range texts {
		switch ko, en := text[0], text[1]; {
		case !slices.Equal(verbs.FindAllString(en, -1), verbs.FindAllString(ko, -1)):
			t.Errorf("%q takes other values than %q", ko, en)
		case !slices.Equal(refs(ko), refs(en)):
			t.Errorf("%q names other fields than %q", ko, en)
		case !regexp.MustCompile(`\p{Hangul}`).MatchString(ko):
			t.Errorf("%q is not Korean", ko)
		default:
			fields = append(fields, refs(en)...)
		}
	}
	for _, f := range fields {
		if !hasField(f) {
			t.Errorf("Config has no field %s", f)
		}
	}
}

func TestConfigErrorNamesFieldsAsItsCallerDoes(t *testing.T) {
	t.Parallel()
	e := newConfigError(
		"Kakao.AuthURL",
		"http://x",
		"%d번: {AllowEmulator=1}",
		"must be %d unless {AllowEmulator=1}",
		1,
	)
	if got := e.Error(); got != `Config.Kakao.AuthURL: must be 1 unless Config.AllowEmulator, got "http://x"` {
		t.Error(got)
	}
	if got := e.Reason(func(field string) string {
		return "<" + field + ">"
	}); got.En != "must be 1 unless <AllowEmulator=1>" ||
		got.Ko != "1번: <AllowEmulator=1>" {
		t.Error(got)
	}
	if got := newConfigError("Keys", nil, "", "is missing").Error(); got != "Config.Keys: is missing" {
		t.Error(got)
	}
}

// Durations are printed as a user writes them.
func TestConfigErrorsWriteDurationsLikeSettings(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		500 * 24 * time.Hour: "500d", 36 * time.Hour: "36h", 90 * time.Minute: "1h30m", 10 * time.Second: "10s",
		20 * time.Minute: "20m", 0: "0s", 100 * time.Millisecond: "100ms", -24 * time.Hour: "-1d",
		time.Hour + time.Second: "1h0m1s",
	} {
		if e := newConfigError("LogKeep", d, "", "x"); e.Value != want ||
			fmt.Sprint(e) != "Config.LogKeep: x, got "+want {
			t.Errorf("%v: %v, want %s", d, e, want)
		}
	}
}
