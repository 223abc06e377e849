package app

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/doctor"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/store"
)

// TestEveryCauseHasAdviceInBothLanguages also holds the form: clauses, which commands and doctor complete.
func TestEveryCauseHasAdviceInBothLanguages(t *testing.T) {
	t.Parallel()
	for _, cause := range []store.Cause{
		store.Damaged, store.NotSQLite, store.Foreign, store.Locked, store.Failing, store.Unopened,
		store.NoServer, store.NoSocket,
		store.NoHost, store.NoTLS, store.WrongPassword, store.NoLogin, store.NoDatabase, store.NoConnectRight,
		store.NoConnections, store.Starting, store.RowsLocked, store.Standby, store.ReadOnlySet,
	} {
		a, ok := advices[cause]
		if !ok || a.Cause.Ko == "" || a.Cause.En == "" || strings.HasSuffix(a.Cause.En, ".") ||
			strings.HasSuffix(a.Cause.Ko, ".") || a.Fix.Ko == "" || a.Fix.En == "" {
			t.Errorf("%s: %+v", cause, a)
		}
	}
	want := i18n.Text{Ko: "끝.", En: "The end."}
	if got := sentence(i18n.Text{Ko: "끝", En: "the end"}); got != want {
		t.Errorf("%+v", got)
	}
}

// TestAdviceFitsTheDatabase: a role that may only read is not sent to another server, and an error about a copy to
// restore says nothing about the database.
func TestAdviceFitsTheDatabase(t *testing.T) {
	t.Parallel()
	role := &store.ReadOnlyError{Source: "user", Role: "shop", Database: "d"}
	for _, c := range []struct {
		err  error
		want string // in the remedy; "" for no advice
	}{
		{fmt.Errorf("record: %w", role), `ALTER ROLE "shop" RESET default_transaction_read_only;`},
		{&store.ReadOnlyError{Source: "client"}, "it is a parameter of the address"},
		{&store.ReadOnlyError{Standby: true, Source: "default"}, "Use the address of the primary"},
		{store.ErrForeign, "Name another path"},
		{fmt.Errorf("%w: %w", store.ErrUnsound, store.ErrForeign), ""},
		{fs.ErrNotExist, ""},
		{nil, ""},
	} {
		a, ok := DatabaseAdvice(c.err)
		if ok != (c.want != "") || !strings.Contains(a.Fix.En, c.want) || ok && strings.Contains(a.Fix.En, "firewall") {
			t.Errorf("%v: %+v", c.err, a)
		}
	}
}

// TestDoctorBlamesWhatIsWrong: a file that cannot be read has no address and firewall, and PostgreSQL no owner.
func TestDoctorBlamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	denied := &fs.PathError{Op: "access", Path: "/var/lib/norang", Err: fs.ErrPermission}
	for name, c := range map[string]struct {
		x         store.Examination
		want, not string
	}{
		"another program's": {
			store.Examination{Database: "sqlite", Unreachable: store.ErrForeign}, "another program", "firewall",
		},
		"another account's": {
			store.Examination{Database: "sqlite", Unreachable: denied}, "under the account of the service", "firewall",
		},
		"a directory": {
			store.Examination{Database: "sqlite", Unreachable: errors.New("not a regular file")}, "at the path", "firewall",
		},
		"a server": {
			store.Examination{Database: "postgres", Unreachable: errors.New("EOF")}, "firewall", "owner",
		},
	} {
		f := unreachableDatabase(c.x)
		if text := f.Cause.En + " " + f.Fix.En; !strings.Contains(text, c.want) || strings.Contains(text, c.not) {
			t.Errorf("%s: %s", name, text)
		}
	}
	for name, c := range map[string]struct {
		err       error
		want, not string
	}{
		"another account's": {denied, "under the account of the service", "primary"},
		"a mount":           {errors.New("read-only file system"), "Mount the volume writable", "primary"},
		"a standby":         {&store.ReadOnlyError{Standby: true}, "primary", "chown"},
		"a role":            {&store.ReadOnlyError{Source: "user", Role: "shop"}, `ALTER ROLE "shop"`, "primary"},
	} {
		f := readOnlyDatabase(store.Examination{ReadOnly: c.err})
		if text := f.Cause.En + " " + f.Fix.En; !strings.Contains(text, c.want) || strings.Contains(text, c.not) {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// What doctor saw is shown in every language, so it holds facts and PostgreSQL's terms, not norang's English.
func TestWhatDoctorSawOfTheDatabaseIsNoEnglishSentence(t *testing.T) {
	t.Parallel()
	standby := fmt.Errorf("store: %w", &store.ReadOnlyError{Standby: true})
	rights := &store.RightsError{Role: "shop", Missing: []string{"a", "b", "c", "d", "e", "f"}}
	for want, f := range map[string]*doctor.Finding{
		"pg_is_in_recovery() = true": readOnlyDatabase(store.Examination{ReadOnly: standby}),
		"default_transaction_read_only = on (user, ROLE shop, DATABASE d)": readOnlyDatabase(store.Examination{
			ReadOnly: &store.ReadOnlyError{Source: "user", Role: "shop", Database: "d"}}),
		"ROLE shop: a, b, c, d, … (+2)": lackingRights(rights),
		"schema=9 norang=7": oldDatabase(store.Examination{
			Refused: store.ErrNewerSchema, Schema: store.Status{Current: 9, Latest: 7}}),
	} {
		if f.Seen != want {
			t.Errorf("%q, want %q", f.Seen, want)
		}
	}
}
