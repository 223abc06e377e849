package login

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/norang-login/norang/internal/provider"
)

func TestPromptWordsBecomeAnIntent(t *testing.T) {
	for text, want := range map[string]struct {
		Intent provider.Intent
		Extra  []string
	}{
		"":                     {provider.SignIn, nil},
		"login":                {provider.Fresh, nil},
		"select_account":       {provider.ChooseAccount, nil},
		"none":                 {provider.Silent, nil},
		"create":               {provider.SignIn, []string{"create"}},
		"login select_account": {provider.Fresh, []string{"select_account"}},
		"select_account login": {provider.ChooseAccount, []string{"login"}},
		"create login":         {provider.SignIn, []string{"create", "login"}},
	} {
		intent, extra := intentOf(strings.Fields(text))
		if len(extra) == 0 {
			extra = nil
		}
		if diff := cmp.Diff(want.Extra, extra); intent != want.Intent || diff != "" {
			t.Errorf("%q: intent %d, extra %v", text, intent, extra)
		}
	}
}
