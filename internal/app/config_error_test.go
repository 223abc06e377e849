package app

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// faultFormats are the English sentences of every fault in this package, from its source.
func faultFormats(t *testing.T) []string {
	t.Helper()
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
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
			if !ok || len(call.Args) < 2 {
				return true
			}
			name := ""
			switch fun := call.Fun.(type) {
			case *ast.Ident:
				name = fun.Name
			case *ast.SelectorExpr:
				name = fun.Sel.Name
			}
			if lit, ok := call.Args[1].(*ast.BasicLit); ok && (name == "fault" || name == "newFault") {
				text, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, text)
			}
			return true
		})
	}
	return all
}

// Every fault is told in Korean too, with the same values, and nothing is translated that nobody says.
func TestFaultsAreToldInKorean(t *testing.T) {
	formats := faultFormats(t)
	if len(formats) < 30 {
		t.Fatalf("only %d faults found", len(formats))
	}
	verbs := regexp.MustCompile(`%[a-z]`)
	for _, en := range formats {
		ko, ok := koreanFor(en)
		switch {
		case !ok:
			t.Errorf("fault_korean.go has no Korean for %q", en)
		case !slices.Equal(verbs.FindAllString(en, -1), verbs.FindAllString(ko, -1)):
			t.Errorf("%q takes other values than %q", ko, en)
		case !regexp.MustCompile(`\p{Hangul}`).MatchString(ko):
			t.Errorf("%q is not Korean", ko)
		}
	}
	for i, pair := range korean {
		if !slices.Contains(formats, pair[0]) || slices.ContainsFunc(korean[:i], func(p [2]string) bool { return p[0] == pair[0] }) {
			t.Errorf("nobody says %q, or it stands there twice", pair[0])
		}
	}
}

func TestFaultIn(t *testing.T) {
	f := newConfigError("NORANG_AGE", "%q is none of declare, kakao, off", "x")
	if got := f.In("ko"); got != `"x": declare, kakao, off 가운데 하나여야 합니다.` {
		t.Error(got)
	}
	if got := f.In("en"); got != `"x" is none of declare, kakao, off` || f.Error() != "NORANG_AGE: "+got {
		t.Error(got)
	}
	if got := newConfigError("X", "said by nobody").In("ko"); got != "said by nobody" {
		t.Error(got)
	}
}

// A fault names a duration as the person wrote it.
func TestFaultsWriteDurationsLikeSettings(t *testing.T) {
	for d, want := range map[time.Duration]string{
		500 * 24 * time.Hour: "500d", 36 * time.Hour: "36h", 90 * time.Minute: "1h30m", 10 * time.Second: "10s",
		20 * time.Minute: "20m", 0: "0s", 100 * time.Millisecond: "100ms", -24 * time.Hour: "-1d", time.Hour + time.Second: "1h0m1s",
	} {
		f := newConfigError("NORANG_SESSION_LIFE", "%v is more than 400 days, the longest that browsers keep a cookie", d)
		if !strings.HasPrefix(f.Problem, want+" is") || !strings.HasPrefix(f.In("ko"), want+":") {
			t.Errorf("%v: %q, %q, want %s", d, f.Problem, f.In("ko"), want)
		}
	}
}
