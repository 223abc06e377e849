package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/importing"
	"github.com/norang-login/norang/internal/store"
)

// The tests of importing that need a database are here. In their own package they would need a second compilation of
// this one, which imports it.
var importer = audit.Operator("kim", "moving", audit.Client{RequestID: "cmd-1"})

// links says of every id below a number that it is linked.
type links int

func (n links) Linked(_ context.Context, k account.Key) (bool, error) {
	var id int
	_, err := fmt.Sscan(k.Subject, &id)
	return id < int(n), err
}

func importService(t *testing.T, db *store.DB, n links) *importing.Service {
	t.Helper()
	s, err := importing.New(importing.Config{Store: db, Links: n, Provider: "acme", Namespace: "app", Actor: importer})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func importFile(n int) string {
	var b strings.Builder
	b.WriteString("acme_id,ref\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,r%d\n", i+1, i+1)
	}
	return b.String()
}

func exported(t *testing.T, db *store.DB) string {
	t.Helper()
	var b bytes.Buffer
	if _, err := importing.WriteCSV(t.Context(), db, "acme", "app", &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestIM02_NineOfTenIdsHaveToBeLinked(t *testing.T) {
	t.Parallel()
	db := openSQLite(t, store.Config{DSN: migratedPath(t)})
	for known, foreign := range map[int]bool{0: true, 8: true, 9: false, 10: false} {
		r, err := importService(t, db, links(known+1)).Check(t.Context(), strings.NewReader(importFile(10)))
		if err != nil || r.Foreign() != foreign || r.Refused() != foreign || r.Sampled != 10 || r.Known != known {
			t.Errorf("%d of 10: %+v, %v", known, r, err)
		}
	}
	r, err := importService(t, db, 9).Write(t.Context(), strings.NewReader(importFile(10)))
	if !errors.Is(err, importing.ErrRefused) {
		t.Errorf("written: %+v, %v", r, err)
	}
	if got := strings.Count(exported(t, db), "\n"); got != 1 {
		t.Errorf("%d users of another app", got-1)
	}
	r, err = importService(t, db, 1<<30).Check(t.Context(), strings.NewReader(importFile(500)))
	if err != nil || r.Sampled != 50 || r.Known != 50 {
		t.Errorf("a long file: %+v, %v", r, err)
	}
}

func TestIM01_ARepeatedIdInAnotherTransactionStopsTheImport(t *testing.T) {
	t.Parallel()
	db := openSQLite(t, store.Config{DSN: migratedPath(t)})
	text := importFile(importing.BatchRows+5) + "3,another\n77777,r9\n"
	r, err := importService(t, db, 1<<30).Write(t.Context(), strings.NewReader(text))
	if !errors.Is(err, importing.ErrRefused) || r.FaultCount != 2 {
		t.Fatalf("%+v, %v", r, err)
	}
	lines := []int{r.Faults[0].Line, r.Faults[1].Line}
	if diff := cmp.Diff([]int{importing.BatchRows + 7, importing.BatchRows + 8}, lines); diff != "" {
		t.Error(diff)
	}
	if got := strings.Count(exported(t, db), "\n"); got != 1 {
		t.Errorf("%d users written", got-1)
	}
}

func TestIM01_FilesThatAreNoCSVAreRefused(t *testing.T) {
	t.Parallel()
	s := importService(t, openSQLite(t, store.Config{DSN: migratedPath(t)}), 1<<30)
	for text, want := range map[string]string{
		"":                                     "empty",
		"\xff\xfea\x00":                        "UTF-16",
		"acme_id;ref\n1;2\n":                   "semicolons",
		"acme_id,ref\n1,2,3\n":                 "wrong number of fields",
		"acme_id,ref\n1,\"2\n3,4\n":            "not CSV",
		"acme_id,ref,nickname\n1,2,\xb6\xf3\n": "CP949",
		"acme_id,ref,phone\n1,2,3\n":           "unknown column",
	} {
		r, err := s.Check(t.Context(), strings.NewReader(text))
		if err != nil || r.FaultCount != 1 || !strings.Contains(r.Faults[0].Reason.En, want) {
			t.Errorf("%q: %+v, %v", text, r, err)
		}
	}
	for _, text := range []string{"\xef\xbb\xbfacme_id,ref\r\n1,2\r\n", "ref,acme_id\n2,1\n\n"} {
		r, err := s.Check(t.Context(), strings.NewReader(text))
		if err != nil || r.Refused() || r.Verdicts[importing.Create] != 1 {
			t.Errorf("%q: %+v, %v", text, r, err)
		}
	}
}

// failingLog fails to write access records.
type failingLog struct{ *store.DB }

func (failingLog) Record(context.Context, []audit.Event) error { return errors.New("disk is full") }

func TestST14_NothingIsImportedUnrecorded(t *testing.T) {
	t.Parallel()
	db := openSQLite(t, store.Config{DSN: migratedPath(t)})
	s, err := importing.New(importing.Config{Store: failingLog{db}, Provider: "acme", Namespace: "app", Actor: importer})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write(t.Context(), strings.NewReader(importFile(3))); err == nil {
		t.Error("imported without a record")
	}
	if got := strings.Count(exported(t, db), "\n"); got != 1 {
		t.Errorf("%d users written", got-1)
	}
}

func TestNewNeedsAnOperator(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]importing.Config{
		"no store":     {Provider: "acme", Namespace: "app", Actor: importer},
		"no provider":  {Store: &store.DB{}, Namespace: "app", Actor: importer},
		"no namespace": {Store: &store.DB{}, Provider: "acme", Actor: importer},
		"a user":       {Store: &store.DB{}, Provider: "acme", Namespace: "app", Actor: audit.User("u", audit.Client{})},
	} {
		if _, err := importing.New(c); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// Another user gets a ref of the file between the check and the write.
func TestAConflictAfterTheCheckIsReportedAsWritten(t *testing.T) {
	t.Parallel()
	db := openSQLite(t, store.Config{DSN: migratedPath(t)})
	cfg := importing.Config{Store: db, Links: links(1 << 30), Provider: "acme", Namespace: "app", Actor: importer}
	cfg.Progress = func(_ int, written bool) {
		if written {
			return
		}
		other := strings.NewReader("acme_id,ref\n999,r3\n")
		if _, err := importService(t, db, 1<<30).Write(t.Context(), other); err != nil {
			t.Error(err)
		}
	}
	s, err := importing.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Write(t.Context(), strings.NewReader(importFile(5)))
	if !errors.Is(err, importing.ErrChanged) || !r.Written || r.FaultCount != 1 || r.Verdicts[importing.Create] != 4 {
		t.Fatalf("%+v, %v", r, err)
	}
	if got := strings.Count(exported(t, db), "\n"); got != 1+5 {
		t.Errorf("%d users, want the four clean rows and the one who joined", got-1)
	}
}

// A user who joined before the import gets the ref of the file, and the app an event of each change.
func TestAnImportEmitsTheRefAndTheStatusThatItChanges(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		row  string
		want []events.Kind
	}{
		"ref":                {"1,r1,active", []events.Kind{events.UserUpdated}},
		"ref of a disabled":  {"1,r1,disabled", []events.Kind{events.UserUpdated, events.UserDisabled}},
		"nothing is changed": {"1,,disabled", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := openSQLite(t, store.Config{DSN: migratedPath(t)})
			for _, row := range []string{"1,,active", c.row} {
				file := strings.NewReader("acme_id,ref,status\n" + row + "\n")
				if _, err := importService(t, db, 1<<30).Write(t.Context(), file); err != nil {
					t.Fatal(err)
				}
			}
			list, _, err := db.Events(t.Context(), 0, 10)
			if err != nil {
				t.Fatal(err)
			}
			var got []events.Kind
			for _, e := range list {
				got = append(got, e.Kind)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// busyStore is a database that does not finish large transactions in time.
type busyStore struct {
	*store.DB
	most, late int
}

func (b *busyStore) WriteImport(ctx context.Context, batch importing.Batch) ([]importing.Verdict, error) {
	if len(batch.Rows) > b.most {
		b.late++
		return nil, fmt.Errorf("write import: %w", context.DeadlineExceeded)
	}
	return b.DB.WriteImport(ctx, batch)
}

func TestImportIntoABusyDatabaseWritesSmallerTransactions(t *testing.T) {
	t.Parallel()
	for most, written := range map[int]int{300: 1000, 10: 0} {
		db := openSQLite(t, store.Config{DSN: migratedPath(t)})
		busy := &busyStore{DB: db, most: most}
		s, err := importing.New(importing.Config{
			Store: busy, Links: links(1 << 30), Provider: "acme", Namespace: "app", Actor: importer,
		})
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Write(t.Context(), strings.NewReader(importFile(1000)))
		if late := errors.Is(err, context.DeadlineExceeded); late != (written == 0) || busy.late == 0 {
			t.Errorf("at most %d: %d late, %v", most, busy.late, err)
		}
		if got := strings.Count(exported(t, db), "\n") - 1; got != written || r.Verdicts[importing.Create] != written {
			t.Errorf("at most %d: %d users, %+v, want %d", most, got, r, written)
		}
	}
}
