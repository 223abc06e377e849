package cli

import (
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/norang-login/norang/apple/appletest"
	"github.com/norang-login/norang/google/googletest"
	shared "github.com/norang-login/norang/internal/emulator"
	"github.com/norang-login/norang/line/linetest"
	"github.com/norang-login/norang/naver/navertest"
	"github.com/norang-login/norang/oidc/oidctest"
)

// Every member of the configuration of an emulator, which the control API changes by the same name, is on the page of
// its provider in both languages, and so are the members of scenarios on the emulators' page.
func TestEveryMemberOfAnEmulatorIsDocumented(t *testing.T) {
	t.Parallel()
	for document, of := range map[string]reflect.Type{
		"naver": reflect.TypeFor[navertest.App](), "google": reflect.TypeFor[googletest.App](),
		"apple": reflect.TypeFor[appletest.Team](), "line": reflect.TypeFor[linetest.Channel](),
		"oidc": reflect.TypeFor[oidctest.App](), "emulator": reflect.TypeFor[shared.Scenario](),
	} {
		for _, name := range []string{document + ".md", document + ".ko.md"} {
			b, err := os.ReadFile("../../docs/" + name)
			if err != nil {
				t.Fatal(err)
			}
			for _, member := range slices.Sorted(maps.Keys(shared.MemberTypes(of))) {
				if text := string(b); !strings.Contains(text, "`"+member+"`") && !strings.Contains(text, "\n"+member+" = ") {
					t.Errorf("docs/%s: %s is missing", name, member)
				}
			}
		}
	}
}
