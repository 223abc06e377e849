package kakao

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

func TestDocumentNamesEveryMethod(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../docs/kakao-client.md")
	if err != nil {
		t.Fatal(err)
	}
	typ := reflect.TypeFor[*Client]()
	for i := range typ.NumMethod() {
		name := typ.Method(i).Name
		// The document may name an AsAdmin method by its counterpart.
		plain := strings.TrimSuffix(name, "AsAdmin")
		if name != "String" && name != "Format" && !strings.Contains(string(guide), "`"+plain+"`") {
			t.Errorf("docs/kakao-client.md does not name %s", name)
		}
	}
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, cell := range strings.Split(string(guide), "`") {
		if strings.HasSuffix(cell, ".go") && !strings.Contains(cell, "/") {
			found := false
			for _, f := range files {
				found = found || f.Name() == cell
			}
			if !found {
				t.Errorf("docs/kakao-client.md names %s, which does not exist", cell)
			}
		}
	}
}
