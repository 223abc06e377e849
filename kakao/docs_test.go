package kakao

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// TestTheGuideNamesEveryMethod: docs/kakao-client.md maps all of Kakao's APIs to methods.
func TestTheGuideNamesEveryMethod(t *testing.T) {
	guide, err := os.ReadFile("../docs/kakao-client.md")
	if err != nil {
		t.Fatal(err)
	}
	typ := reflect.TypeFor[*Client]()
	for i := range typ.NumMethod() {
		name := typ.Method(i).Name
		// …ServiceTermsAsAdmin and its like are named by their first half.
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
				t.Errorf("docs/kakao-client.md names %s, which is not there", cell)
			}
		}
	}
}
