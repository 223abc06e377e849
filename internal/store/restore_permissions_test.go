package store_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/linking"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/returnurl"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/store"
)

// What users and operators have withdrawn since the backup stays withdrawn; what was used once cannot be used again.
func TestRestoreWithdrawsAgainWhatWasPermitted(t *testing.T) {
	t.Parallel()
	ctx, path, copied := t.Context(), migratedPath(t), filepath.Join(t.TempDir(), "backup.db")
	kim, now := audit.Operator("kim", "", audit.Client{}), time.Now()
	db := openSQLite(t, store.Config{DSN: path, Exclusive: true})
	raw := rawSQLite(t, path)
	exec := func(query string, args ...any) {
		t.Helper()
		if _, err := raw.Exec(query, args...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	var ids []account.ID
	var keys []session.Key
	for i := range 3 {
		c := benchCompletion(int64(i + 1))
		if err := signIn(ctx, db, c); err != nil {
			t.Fatal(err)
		}
		keys = append(keys, c.Session.Key)
		ids = append(ids, userOf(t, db, c.Session.Key))
	}
	withdraws, agrees, unlinks := ids[0], ids[1], ids[2]
	line := func(user account.ID, agreed int, at time.Time) {
		exec(`INSERT INTO consents (user_id, kind, tag, version, agreed, at, place) VALUES (?, 'marketing', 'news', '1', ?, ?,
			'account')`, string(user), agreed, at.UnixMilli())
	}
	const second = "01930000-0000-7000-8000-0000000000aa"
	exec(`INSERT INTO identities (id, user_id, provider, app, subject, email_state, linked_at, seen_at)
		VALUES (?, ?, 'naver', 'app', 'second', 0, 1, 1)`, second, string(unlinks))
	preview := func(n int) returnurl.Preview {
		return returnurl.Preview{
			ID: fmt.Sprintf("01930000-0000-7000-8000-%012d", n), Origin: fmt.Sprintf("https://pr-%d.example.app", n%10),
			CreatedAt: now, ExpiresAt: now.Add(time.Hour),
		}
	}
	add := func(numbers ...int) {
		for _, n := range numbers {
			if _, err := db.AddOrigin(ctx, preview(n), kim); err != nil {
				t.Fatal(err)
			}
		}
	}
	remove := func(which string) {
		if ok, err := db.RemoveOrigin(ctx, which, kim, now); err != nil || !ok {
			t.Fatalf("%s: %t, %v", which, ok, err)
		}
	}
	line(withdraws, 1, now.Add(-time.Hour))
	line(agrees, 1, now.Add(-time.Hour))
	add(1, 2, 3, 4) // 1 is removed by its id, 2 by its name, 3 is removed and added again, 4 stays
	ticket := account.TicketIssue{
		Hash: account.TicketHash{1}, Ref: "7", At: now, ExpiresAt: now.Add(account.TicketLife), Actor: kim,
	}
	if err := errors.Join(db.PutTicket(ctx, ticket), db.Backup(ctx, copied)); err != nil {
		t.Fatal(err)
	}

	line(withdraws, 0, now)
	line(agrees, 0, now)
	line(agrees, 1, now.Add(time.Second))
	remove(preview(1).ID)
	remove(preview(2).Origin)
	remove(preview(3).Origin)
	add(13)
	_, err := db.Claim(ctx, login.AttemptKey{9}, now, now.Add(time.Hour))
	_, uerr := db.Unlink(ctx, linking.UnlinkRequest{
		Session: keys[2], Renewed: session.Key{1}, UserID: unlinks, IdentityID: second, At: benchTime.Add(time.Second),
	})
	if err := errors.Join(err, uerr, raw.Close(), db.Close()); err != nil {
		t.Fatal(err)
	}

	r, err := store.Restore(ctx, store.Config{DSN: path}, copied, restorer)
	if err != nil || r.Origins != 2 || r.Consents != 1 || r.Unlinked != 1 || r.Unknown {
		t.Fatalf("%+v, %v", r, err)
	}
	raw = rawSQLite(t, path)
	entries := fmt.Sprintf("SELECT kind FROM audit_log WHERE at = %d ORDER BY kind", restorer.At.UnixMilli())
	for query, want := range map[string]string{
		"SELECT origin FROM preview_origins ORDER BY origin": fmt.Sprint(
			[][]string{{preview(3).Origin}, {preview(4).Origin}}),
		"SELECT COUNT(*) FROM link_tickets":                           "[[0]]",
		"SELECT COUNT(*) FROM identities WHERE id = '" + second + "'": "[[0]]",
		"SELECT COUNT(*) FROM identities":                             "[[3]]",
		"SELECT user_id FROM consents WHERE agreed = 0":               fmt.Sprintf("[[%s]]", withdraws),
		"SELECT COUNT(*) FROM users WHERE agreed IS NOT NULL":         "[[0]]",
		entries: "[[access.database.restore] [access.origin.remove] [access.origin.remove] [consent.changed] " +
			"[identity.unlinked]]",
	} {
		if got := fmt.Sprint(textRows(t, raw, query)); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	db = openSQLite(t, store.Config{DSN: path})
	if a, err := db.Attempt(ctx, login.AttemptKey{9}); err != nil || a.Progress == login.Unclaimed {
		t.Errorf("an attempt that was claimed can be claimed again: %+v, %v", a, err)
	}
}
