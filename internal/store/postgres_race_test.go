package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/handoff"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/linking"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/internal/withdrawal"
)

// Kakao says that a link has ended, while its account becomes a part of another one. Who waited for the merge finds
// the identity with its new owner: what Kakao said concerns them, and is not taken for a notice without a user (WH-06).
func TestPostgresNoticeDuringAMerge(t *testing.T) {
	t.Parallel()
	dsn := copyPostgres(t)
	db := openStore(t, store.Config{DSN: dsn, BusyTimeout: time.Minute})
	keep, lose := benchCompletion(1), benchCompletion(2)
	for _, c := range []login.Completion{keep, lose} {
		if err := signIn(t.Context(), db, c); err != nil {
			t.Fatal(err)
		}
	}
	at := benchTime.Add(time.Hour)
	n := withdrawal.StoredNotice{Key: lose.Key, Changes: []provider.Change{provider.LinkEnded}, What: "TEST",
		ReceivedAt: at}
	payload, err := json.Marshal(n)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.QueueJob(t.Context(), jobs.New{Kind: withdrawal.NoticeJob, Key: "1", Payload: string(payload),
		At: at}); err != nil {
		t.Fatal(err)
	}
	claimed, err := db.ClaimJobs(t.Context(), at, time.Minute, 1)
	if err != nil || len(claimed) != 1 {
		t.Fatalf("%d jobs, %v", len(claimed), err)
	}
	raw := rawPostgres(t, dsn+"&search_path=norang")
	waiting := func(want int) {
		t.Helper()
		for textRows(t, raw, "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = "+
			"current_database()")[0][0] != fmt.Sprint(want) {
			time.Sleep(5 * time.Millisecond)
		}
	}
	// The merge comes as far as the sessions that it ends, and holds both accounts.
	hold, err := raw.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hold.Exec("SELECT 1 FROM sessions WHERE user_id = $1 FOR UPDATE", string(lose.UserID)); err != nil {
		t.Fatal(err)
	}
	merged := make(chan error, 1)
	go func() {
		k, proof := keep.Session.Key, lose.Key
		_, err := db.Merge(t.Context(), linking.MergeRequest{
			Keep: keep.UserID, Lose: lose.UserID, ProvenKey: &proof, Session: &k, Renewed: session.Key{1}, At: at,
			Actor: audit.User(keep.UserID, audit.Client{}),
		})
		merged <- err
	}()
	waiting(1)
	type applied struct {
		withdrawal.NoticeResult
		err error
	}
	told := make(chan applied, 1)
	go func() {
		done, err := db.ApplyNotice(t.Context(), withdrawal.NoticeWork{
			StoredNotice: n, Job: claimed[0], At: at, Link: withdrawal.LinkGone,
		})
		told <- applied{done, err}
	}()
	waiting(2)
	if err := hold.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-merged; err != nil {
		t.Fatal(err)
	}
	if got := <-told; got.err != nil || got.Outcome != withdrawal.NoticeDetached || got.UserID != keep.UserID {
		t.Errorf("the notice came to %+v", got)
	}
}

// All sessions end while one of them is being copied for a page on another site: the copy, which is written afterwards,
// has ended too (AD-06).
func TestPostgresEndOfAllDuringAHandoff(t *testing.T) {
	t.Parallel()
	dsn := copyPostgres(t)
	db := openStore(t, store.Config{DSN: dsn, BusyTimeout: time.Minute})
	from, next := benchCompletion(1), benchCompletion(2).Session
	if err := signIn(t.Context(), db, from); err != nil {
		t.Fatal(err)
	}
	raw := rawPostgres(t, dsn+"&search_path=norang")
	hold, err := raw.Begin() // the copy is read, but not written, until the identity is free
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hold.Exec("SELECT 1 FROM identities FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	copied := make(chan error, 1)
	go func() {
		_, err := db.Branch(t.Context(), handoff.Branch{
			From: from.Session.Key, Session: next, CodeEnds: next.CreatedAt.Add(time.Hour),
		})
		copied <- err
	}()
	for textRows(t, raw, "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = "+
		"current_database()")[0][0] != "1" {
		time.Sleep(5 * time.Millisecond)
	}
	if _, err := db.EndAll(t.Context(), audit.Operator("kim", "", audit.Client{}), benchTime); err != nil {
		t.Fatal(err)
	}
	if err := hold.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-copied; err != nil {
		t.Fatal(err)
	}
	if rows := textRows(t, raw, "SELECT epoch FROM sessions"); len(rows) != 2 {
		t.Errorf("%d sessions, want the copied one and its copy", len(rows))
	}
	if _, err := db.Principal(t.Context(), next.Key); !errors.Is(err, session.ErrNone) {
		t.Errorf("the copy: %v", err)
	}
}
