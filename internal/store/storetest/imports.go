package storetest

import (
	"bytes"
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/importing"
)

// moving is what an import and its way back need.
type moving interface {
	LookImport(context.Context, importing.Batch) ([]importing.Verdict, error)
	WriteImport(context.Context, importing.Batch) ([]importing.Verdict, error)
	importing.ExportStore
	CountExtra(ctx context.Context, provider, namespace string) (int, error)
}

var importTests = []test{
	{"IM03_KeepsWhatTheFileSays", importedAsGiven},
	{"IM01_AUserWhoIsThereIsUnchanged", importedTwice},
	{"IM03_UsersWhoJoinedMeanwhileGetTheirRef", importedMeanwhile},
	{"IM01_ConflictsWriteNothing", importConflicts},
	{"ExportOmitsWithdrawnUsers", exportedUsers},
	{"MoreRowsThanOneStatementTakes", importedMany},
}

func batchOf(rows ...importing.Row) importing.Batch {
	for i := range rows {
		if rows[i].Status == "" {
			rows[i].Status = account.Active
		}
	}
	return importing.Batch{
		Provider: "kakao", Namespace: "123456", Rows: rows, At: noon, Actor: audit.Operator("kim", "moving", origin),
	}
}

func (w world) imports(t *testing.T, b importing.Batch, want ...importing.Verdict) {
	t.Helper()
	before := w.count(t, "users")
	looked, err := w.Store.LookImport(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	if after := w.count(t, "users"); after != before {
		t.Errorf("looking made %d users", after-before)
	}
	wrote, err := w.Store.WriteImport(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, looked, want)
	diff(t, wrote, want)
}

func (w world) export(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	if _, err := importing.WriteCSV(t.Context(), w.Other, "kakao", "123456", &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func importedAsGiven(t *testing.T, w world) {
	at := time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC)
	terms := []account.Consent{
		{Kind: account.ConsentTerms, Tag: "service", Version: "1", Agreed: true, At: at, Place: account.PlaceImport},
		{Kind: account.ConsentMarketing, Tag: "news", Version: "5", Agreed: true, At: at, Place: account.PlaceImport},
		{Kind: account.ConsentAge, Tag: "age", Version: "14", Agreed: true, Place: account.PlaceImport},
	}
	w.imports(t, batchOf(
		importing.Row{Subject: "1", Ref: "a"},
		importing.Row{
			Subject: "2", Ref: "b", Status: account.Disabled, CreatedAt: at, Consents: terms,
			Profile: account.Profile{Nickname: "라이언", Email: "ryan@example.com", EmailState: account.EmailUnverified},
		},
		importing.Row{Subject: "3"},
	), importing.Create, importing.Create, importing.Create)

	const users = "SELECT COALESCE(ref, ''), status, agreed, created_at, joined_at FROM users ORDER BY 1"
	diff(t, w.Query(t, users), [][]string{
		{"", "active", "NULL", millisText(noon), millisText(noon)},
		{"a", "active", "NULL", millisText(noon), millisText(noon)},
		{"b", "disabled", "service=1\nnews=5\nage=14", millisText(at), millisText(at)},
	})
	diff(t, w.Query(t, "SELECT subject, nickname, email, email_state FROM identities ORDER BY subject"), [][]string{
		{"1", "NULL", "NULL", "0"}, {"2", "라이언", "ryan@example.com", "1"}, {"3", "NULL", "NULL", "0"},
	})
	diff(t, w.Query(t, "SELECT kind, tag, version, agreed, at, place, address FROM consents ORDER BY id"), [][]string{
		{"terms", "service", "1", "1", millisText(at), "import", "NULL"},
		{"marketing", "news", "5", "1", millisText(at), "import", "NULL"},
		{"age", "age", "14", "1", millisText(noon), "import", "NULL"},
	})
	diff(t, w.Query(t, `SELECT DISTINCT kind, actor, reason, outcome FROM audit_log WHERE user_id IS NOT NULL`),
		[][]string{{"access.user.import", "operator:kim", "moving", "done"}})
	if n := w.count(t, "events"); n != 0 {
		t.Errorf("%d events", n)
	}
	// The user signs in as the one from the file; a disabled user stays disabled.
	if p := w.signIn(t, "1"); p.User.Ref != "a" || p.User.Status != account.Active {
		t.Errorf("signed in as %+v", p.User)
	}
	if out := w.finish(t, w.completion(t, "2")); out.Decision.Reason != account.ReasonDisabled {
		t.Errorf("disabled user: %+v", out.Decision)
	}
	if w.count(t, "users") != 3 {
		t.Error("signing in made another user")
	}
}

func importedTwice(t *testing.T, w world) {
	rows := []importing.Row{{Subject: "1", Ref: "a"}, {Subject: "2", Ref: "b"}, {Subject: "3"}}
	w.imports(t, batchOf(rows[:2]...), importing.Create, importing.Create)
	before := w.export(t)
	again := batchOf(rows...)
	again.At = noon.Add(time.Hour)
	again.Rows[0].Profile = account.Profile{Nickname: "other"}
	again.Rows[1].Status = account.Disabled
	w.imports(t, again, importing.Unchanged, importing.StatusDiffers, importing.Create)
	diff(t, w.export(t)[:len(before)], before)
}

func importedMeanwhile(t *testing.T, w world) {
	a, b := w.signIn(t, "1"), w.signIn(t, "2")
	w.signInPending(t, "3")
	w.imports(t, batchOf(
		importing.Row{Subject: "1", Ref: "a"}, importing.Row{Subject: "2", Ref: "b", Status: account.Disabled},
		importing.Row{Subject: "3", Ref: "c"},
	), importing.GiveRef, importing.GiveRef, importing.Joining)
	if p := w.principal(t, a.Session.Key); p.User.Ref != "a" || p.User.Status != account.Active {
		t.Errorf("%+v", p.User)
	}
	w.gone(t, "the disabled user's session", b.Session.Key)
	diff(t, w.Query(t, "SELECT ref, status FROM users WHERE ref IS NOT NULL ORDER BY ref"),
		[][]string{{"a", "active"}, {"b", "disabled"}})
}

func importConflicts(t *testing.T, w world) {
	w.imports(t, batchOf(importing.Row{Subject: "1", Ref: "a"}, importing.Row{Subject: "9"}), importing.Create,
		importing.Create)
	before := w.export(t)
	w.imports(t, batchOf(
		importing.Row{Subject: "1", Ref: "b"}, importing.Row{Subject: "2", Ref: "a"}, importing.Row{Subject: "9", Ref: "a"},
	), importing.OtherRef, importing.RefTaken, importing.RefTaken)
	diff(t, w.export(t), before)
}

func exportedUsers(t *testing.T, w world) {
	w.signInPending(t, "3")
	w.signIn(t, "2")
	at := time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC)
	service := account.Consent{
		Kind: account.ConsentTerms, Tag: "service", Version: "a b;c@d", Agreed: true, At: at, Place: account.PlaceImport,
	}
	w.imports(t, batchOf(importing.Row{
		Subject: "1", Ref: "=1", CreatedAt: at, Consents: []account.Consent{service},
		Profile: account.Profile{
			Nickname: "-라이언,\n\"곰\"", Email: "ryan@example.com", EmailState: account.EmailUnverified, EmailRelay: true,
		},
	}), importing.Create)
	const head = "kakao_id,ref,nickname,email,email_relay,created_at,status,terms,marketing_at\n"
	diff(t, w.export(t), head+
		"1,'=1,\"'-라이언,\n\"\"곰\"\"\",ryan@example.com,true,2024-05-01T00:00:00.000Z,active,"+
		"service=a+b%3Bc%40d@2024-05-01T00:00:00.000Z,\n"+
		"2,,라이언,ryan@example.com,,2026-03-01T03:00:00.123Z,active,,\n")
	if n, err := w.Store.CountExtra(t.Context(), "kakao", "123456"); err != nil || n != 0 {
		t.Errorf("CountExtra = %d, %v", n, err)
	}
	err := w.Exec(`UPDATE identities SET user_id = (SELECT user_id FROM identities WHERE subject = '1')
WHERE subject = '2'`)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := w.Store.CountExtra(t.Context(), "kakao", "123456"); err != nil || n != 1 {
		t.Errorf("CountExtra of a user with two = %d, %v", n, err)
	}
	if got := w.export(t); strings.Count(got, "\n") != 3 { // one is in a nickname
		t.Errorf("a user with two identities is there twice:\n%s", got)
	}
}

func importedMany(t *testing.T, w world) {
	const n = 1203
	var rows []importing.Row
	var want []importing.Verdict
	for i := range n {
		id := millisText(time.UnixMilli(int64(1_000_000 + i)))
		rows, want = append(rows, importing.Row{Subject: id, Ref: "r" + id}), append(want, importing.Create)
	}
	w.imports(t, batchOf(rows...), want...)
	for i := range want {
		want[i] = importing.Unchanged
	}
	w.imports(t, batchOf(rows...), want...)
	if got := strings.Count(w.export(t), "\n"); got != n+1 {
		t.Errorf("%d lines", got)
	}
}

func millisText(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }
