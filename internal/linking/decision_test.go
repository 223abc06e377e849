package linking

import (
	"errors"
	"testing"

	"github.com/norang-login/norang/internal/account"
)

func TestCheckMerge(t *testing.T) {
	t.Parallel()
	user := func(id account.ID, s account.Status, ref string) account.User {
		return account.User{ID: id, Status: s, Ref: ref}
	}
	keep, lose := user("keep", account.Active, ""), user("lose", account.Active, "")
	for _, c := range []struct {
		name string
		f    MergeFacts
		want error
	}{
		{"two active users", MergeFacts{keep, lose, 2, true}, nil},
		{"one of them has a ref", MergeFacts{user("keep", account.Active, "7"), lose, 2, true}, nil},
		{"the other one has a ref", MergeFacts{keep, user("lose", account.Active, "7"), 2, true}, nil},
		{
			"both have a ref", MergeFacts{user("keep", account.Active, "7"), user("lose", account.Active, "8"), 2, true},
			ErrRefConflict,
		},
		{"as many identities as allowed", MergeFacts{keep, lose, account.MaxIdentities, true}, nil},
		{"too many identities", MergeFacts{keep, lose, account.MaxIdentities + 1, true}, ErrNotMergeable},
		{"not proven", MergeFacts{keep, lose, 2, false}, ErrNotMergeable},
		{"one user", MergeFacts{keep, keep, 1, true}, ErrNotMergeable},
		{"unknown user", MergeFacts{keep, account.User{}, 1, true}, ErrNotMergeable},
		{"disabled", MergeFacts{keep, user("lose", account.Disabled, ""), 2, true}, ErrNotMergeable},
		{"into a disabled one", MergeFacts{user("keep", account.Disabled, ""), lose, 2, true}, ErrNotMergeable},
		{"pending", MergeFacts{keep, user("lose", account.Pending, ""), 2, true}, ErrNotMergeable},
		{"withdrawn", MergeFacts{keep, user("lose", account.Withdrawn, ""), 2, true}, ErrNotMergeable},
	} {
		if got := CheckMerge(c.f); !errors.Is(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestCheckUnlink(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		ids  []string
		want error
	}{
		{nil, account.ErrNotFound},
		{[]string{"b"}, account.ErrNotFound},
		{[]string{"a"}, ErrLastIdentity},
		{[]string{"b", "a"}, nil},
		{[]string{"b", "c"}, account.ErrNotFound},
	} {
		if got := CheckUnlink(c.ids, "a"); !errors.Is(got, c.want) {
			t.Errorf("%q: %v, want %v", c.ids, got, c.want)
		}
	}
}
