package cli

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/testkit/bounded"
)

// A database setting of another form is refused by every command that opens or names the database, as serve does, and
// its password is not repeated.
func TestDatabaseOfAnotherFormIsRefusedByEveryCommand(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	service := []string{"NORANG_URL=http://localhost:1", "KAKAO_CLIENT_ID=aaaabbbbccccddddeeeeffff00001111",
		"KAKAO_CLIENT_SECRET=the-client-secret-of-this-test", "NORANG_NO_ADMIN_KEY=1", "KAKAO_APP_ID=1"}
	commands := []string{
		"db migrate", "db status", // with every form, the others with the first
		"user list", "user show ref:1", "user export ref:1 --reason x", "session list ref:1", "key list",
		"key revoke x --yes", "admin list", "jobs list", "jobs retry --all", "events status", "audit",
		"audit --review 2026-11", "origin list", "origin add https://a.example.com", "privacy review 2026-11",
		"privacy erasures 2026-11", "db check", "db backup b.db", "db restore b.db --yes", "db replay", "import users.csv",
		"doctor --only database", "doctor --only settings.valid", "serve --check",
	}
	if err := os.WriteFile("users.csv", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for i, database := range []string{
		"host=db.internal user=norang password=s3cr3tpw dbname=norang", "Server=h;Password=s3cr3tpw;",
		"root:s3cr3tpw@tcp(127.0.0.1:3306)/d", "sqlserver://sa:s3cr3tpw@h", "redis://:s3cr3tpw@h",
		"jdbc:postgresql://h/d?password=s3cr3tpw", "postgresql+psycopg2://u:s3cr3tpw@h/d", "postgres://u:s3cr3tpw/x@h/d",
	} {
		for n, command := range commands {
			if args := strings.Fields(command); i == 0 || n < 2 {
				refuseDatabase(t, args, append([]string{"NORANG_DATABASE=" + database}, service...))
				refuseDatabase(t, args, append([]string{"DATABASE_URL=" + database}, service...))
				if !strings.Contains(database, "://") {
					refuseDatabase(t, append(args, "--database", database), service)
				}
			}
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Errorf("created %v, %v", files, err)
	}
}

func refuseDatabase(t *testing.T, args, environ []string) {
	t.Helper()
	var out, errs bytes.Buffer
	status := Run(bounded.Context(t), append([]string{"--lang", "en"}, args...), environ, nil, &out, &errs)
	said := out.String() + errs.String()
	if status == statusDone || strings.Contains(said, "s3cr3tpw") || !strings.Contains(said, "postgres://") &&
		!strings.Contains(said, "must be a URL") {
		t.Errorf("%v with %s: status %d: %s", args, environ[0], status, said)
	}
}

// The file of a backup is no address either.
func TestBackupFileIsNoAddressOfADatabase(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, command := range []string{"db backup", "db restore"} {
		for _, file := range []string{"postgres://u:s3cr3tpw@h/d", "host=h password=s3cr3tpw", "mysql://u:s3cr3tpw@h/d"} {
			var out, errs bytes.Buffer
			status := Run(bounded.Context(t), append(strings.Fields(command), file), nil, nil, &out, &errs)
			if said := out.String() + errs.String(); status != statusUsage || strings.Contains(said, "s3cr3tpw") {
				t.Errorf("%s %s: status %d: %s", command, file, status, said)
			}
		}
	}
	if files, err := os.ReadDir("."); err != nil || len(files) > 0 {
		t.Errorf("created %v, %v", files, err)
	}
}
