package e2e_test

import (
	"database/sql"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/internal/testkit/skipped"
	"github.com/norang-login/norang/internal/testkit/soak"
)

// A backup that is taken while users sign in holds every sign-in that was acknowledged before it began: after the
// restore each of these users is there with the same id, and the log with each of the sign-ins.
func TestBackupDuringALoginStorm(t *testing.T) {
	t.Parallel()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		s := newBackupStorm(t, bin)
		s.database = filepath.Join(s.dir, "norang.db")
		file, restored := filepath.Join(s.dir, "backup.db"), filepath.Join(t.TempDir(), "norang.db")
		s.run(func() {
			s.shell("rm -f "+file+"*; norang db backup "+file, s.database)
		}, func() string {
			s.shell("norang db check", file)
			s.shell("norang db restore "+file, restored)
			s.shell("norang db check", restored)
			return restored
		})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		for _, tool := range []string{"pg_dump", "pg_restore", "psql"} {
			if _, err := exec.LookPath(tool); err != nil {
				skipped.Skip(t, "no "+tool)
			}
		}
		blocks := shellBlocks(t, "../../docs/postgresql.md", "## Backup and restore")
		s := newBackupStorm(t, bin)
		(&replicas{place: *s.place}).command("keyring", "init", s.keys)
		s.database = emptyPostgres(t)
		s.dsn = s.database
		s.run(func() { s.shell(blocks[0], s.database) }, func() string {
			s.dsn = emptyPostgres(t)
			s.shell(blocks[1], s.dsn)
			return s.dsn
		})
	})
}

// backupStorm is a service whose database is saved while a crowd signs in.
type backupStorm struct {
	*place
	keys     string
	database string
}

func newBackupStorm(t *testing.T, bin string) *backupStorm {
	t.Helper()
	p := &place{t: t, bin: bin, dir: t.TempDir(), port: freeport.Pick(t)}
	p.k = crowdKakao(t, p.url()+"/oauth/kakao/callback")
	return &backupStorm{place: p, keys: filepath.Join(p.dir, "keys")}
}

func (s *backupStorm) serveOn(database string) *process {
	return s.serveWith(s.port, append([]string{"NORANG_DATABASE=" + database, "NORANG_KEYS=" + s.keys}, unlimited...)...)
}

// run saves the database during a storm, restores the last copy, and compares.
func (s *backupStorm) run(backup func(), restore func() (database string)) {
	s.t.Helper()
	service := s.serveOn(s.database)
	c := startCrowd(s.t, s.url())
	var before map[string]int
	for range soak.Rounds(2) {
		c.works()
		before = c.acknowledged()
		backup()
		c.works() // the storm went on
	}
	c.end()
	after := c.acknowledged()
	if len(c.failures) > 0 {
		s.t.Errorf("a backup made a request fail: %v", c.lastFailure())
	}
	ids := s.identities(s.database)
	service.kill()

	restored := restore()
	have, logged := s.identities(restored), s.signIns(restored)
	total, during := 0, 0
	for subject, n := range after {
		during += n
		if before[subject] == 0 {
			continue
		}
		total += before[subject]
		if have[subject] == "" || have[subject] != ids[subject] {
			s.t.Errorf("user %s is %q, was %q", subject, have[subject], ids[subject])
		}
		if logged[subject] < before[subject] || logged[subject] > n {
			s.t.Errorf("user %s: %d sign-ins restored, %d were acknowledged before the backup and %d in all", subject,
				logged[subject], before[subject], n)
		}
	}
	s.serveOn(restored)
	if got := s.probe("/auth/readyz"); got != http.StatusOK {
		s.t.Errorf("readyz after the restore: %d", got)
	}
	again := newPerson(s.t)
	if err := again.loginAs(s.url(), crowdAccount(others).ID); err != nil {
		s.t.Fatal(err)
	}
	if w := again.who(s.url()); w.User.ID != ids[w.Identity.Subject] {
		s.t.Errorf("%s signs in as %s, was %s", w.Identity.Subject, w.User.ID, ids[w.Identity.Subject])
	}
	s.t.Logf("%d sign-ins before the backup and %d until the end, %d users", total, during-total, len(before))
}

// acknowledged returns the number of sign-ins of each subject so far.
func (c *crowd) acknowledged() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.logins)
}

// identities returns the user id of each subject.
func (s *backupStorm) identities(database string) map[string]string {
	all := map[string]string{}
	s.each(database, "SELECT subject, user_id FROM %s", func(rows *sql.Rows) error {
		var subject, user string
		err := rows.Scan(&subject, &user)
		all[subject] = user
		return err
	}, "identities")
	return all
}

// signIns counts the sign-ins in the log.
func (s *backupStorm) signIns(database string) map[string]int {
	all := map[string]int{}
	s.each(database, `SELECT i.subject, COUNT(*) FROM %s l JOIN %s i ON i.user_id = l.user_id
		WHERE l.kind = 'session.signed_in' GROUP BY i.subject`, func(rows *sql.Rows) error {
		var subject string
		var n int
		err := rows.Scan(&subject, &n)
		all[subject] = n
		return err
	}, "audit_log", "identities")
	return all
}

// each runs a query on tables of a database.
func (s *backupStorm) each(database, query string, row func(*sql.Rows) error, tables ...any) {
	s.t.Helper()
	driver, dsn := "sqlite", "file:"+database+"?_pragma=busy_timeout(60000)"
	if s.dsn != "" {
		driver, dsn = "pgx", database
		for i := range tables {
			tables[i] = fmt.Sprint("norang.", tables[i])
		}
	} else if _, err := os.Stat(database); err != nil {
		s.t.Fatal(err)
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(s.t.Context(), fmt.Sprintf(query, tables...))
	if err != nil {
		s.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		s.t.Fatal(err)
	}
}
