package cli

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/testkit/bounded"
)

// confirmed are the commands that destroy what no other command brings back, with arguments. docs/operating.md lists
// the same.
var confirmed = map[string][][]string{
	"user withdraw":    {{"id:01932b1c-0000-7000-8000-000000000001"}, {"--from", "users.txt"}, {"--from", "-"}},
	"user merge":       {{"ref:1", "ref:2", "--reason", "same person"}},
	"user disable":     {{"--from", "users.txt"}},
	"user enable":      {{"--from", "users.txt"}},
	"session revoke":   {{"--everybody"}},
	"key revoke":       {{"01932b1c-0000-7000-8000-000000000001"}},
	"origin remove":    {{"https://pr-7-shop.vercel.app"}},
	"admin revoke":     {{"ref:1"}},
	"admin reset-totp": {{"ref:1"}},
	"db restore":       {{"copy.db", "--database", "there.db"}},
}

// TestCommandsThatDestroyNeedAConfirmation: exactly these commands have --yes, without it and without a terminal they
// do nothing, also with an input that would confirm, and docs/operating.md names them.
func TestCommandsThatDestroyNeedAConfirmation(t *testing.T) {
	document, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(document), "\n## Commands that ask first\n")
	table, _, _ := strings.Cut(section, "\nThe others do not ask")
	t.Chdir(t.TempDir())
	for _, name := range []string{"there.db", "users.txt"} {
		if err := os.WriteFile(name, []byte("ref:1\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	parser, err := newParser(&terminal{lang: i18n.En})
	if err != nil {
		t.Fatal(err)
	}
	var have []string
	for _, leaf := range parser.Model.Leaves(true) {
		for _, flag := range leaf.Flags {
			if flag.Name == "yes" {
				have = append(have, strings.TrimPrefix(leaf.FullPath(), "norang "))
			}
		}
	}
	for name := range confirmed {
		if !strings.Contains(table, "norang "+name) {
			t.Errorf("docs/operating.md does not list %s", name)
		}
		if !slices.Contains(have, name) {
			t.Errorf("%s has no --yes", name)
		}
	}
	for _, name := range have {
		if len(confirmed[name]) == 0 {
			t.Errorf("%s has --yes and is not in the list", name)
		}
		for _, args := range confirmed[name] {
			var out, errs bytes.Buffer
			args = append(strings.Fields(name), args...)
			status := Run(bounded.Context(t), args, nil, strings.NewReader("yes\n"), &out, &errs)
			if status != statusUsage || !strings.Contains(errs.String(), " needs --yes\nhint: ") || out.Len() > 0 {
				t.Errorf("%q: status %d, %s%s", args, status, out.String(), errs.String())
			}
		}
	}
	if made, err := os.ReadDir("."); err != nil || len(made) != 2 {
		t.Errorf("%v, files %v", err, made)
	}
}
