package e2e_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/internal/testkit/pgtest"
	"github.com/norang-login/norang/internal/testkit/skipped"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// shellBlocks returns the sh blocks of a document under a heading.
func shellBlocks(t *testing.T, file, heading string) []string {
	t.Helper()
	return blocksOf(t, file, heading, "sh")
}

// blocksOf returns the blocks in a language of a document under a heading.
func blocksOf(t *testing.T, file, heading, language string) (blocks []string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, under, ok := strings.Cut(string(b), "\n"+heading+"\n")
	if !ok {
		t.Fatalf("%s has no heading %q", file, heading)
	}
	under, _, _ = strings.Cut(under, "\n## ")
	for _, part := range strings.Split("\n"+under, "```"+language+"\n")[1:] {
		block, _, _ := strings.Cut(part, "```")
		blocks = append(blocks, block)
	}
	return blocks
}

// shell runs commands of a document; the first that fails ends the test.
func (p *place) shell(commands, database string) string {
	p.t.Helper()
	cmd := exec.CommandContext(p.t.Context(), "sh", "-e", "-c", commands)
	cmd.Dir = p.dir
	cmd.Env = []string{
		"PATH=" + filepath.Dir(p.bin) + ":" + os.Getenv("PATH"), "HOME=" + p.dir, "NORANG_DATABASE=" + database,
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		p.t.Fatalf("%s%v: %s", commands, err, out)
	}
	return string(out)
}

// The commands of docs/postgresql.md restore a database on an empty new server and on the same one: users who withdrew
// since the backup stay withdrawn, sessions have ended, and everything that needs the register works.
func TestPostgresRestoreAsDocumented(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"pg_dump", "pg_restore", "psql"} {
		if _, err := exec.LookPath(tool); err != nil {
			skipped.Skip(t, "no "+tool)
		}
	}
	blocks := shellBlocks(t, "../../docs/postgresql.md", "## Backup and restore")
	if len(blocks) != 3 {
		t.Fatalf("%d blocks of commands, want backup, restore, move aside: %q", len(blocks), blocks)
	}
	statements := blocksOf(t, "../../docs/postgresql.md", "## Backup and restore", "sql")
	if len(statements) != 2 {
		t.Fatalf("%d blocks of statements, want role of backups and grants: %q", len(statements), statements)
	}
	backup, restore, aside := strings.SplitAfter(blocks[0], "\n"), blocks[1], blocks[2]
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	p := &place{t: t, bin: bin, dir: t.TempDir(), port: freeport.Pick(t), k: kakaotest.Start(t)}
	p.k.AddRedirectURI(p.url() + "/oauth/kakao/callback")
	if err := p.k.UpdateApp(0, func(a *kakaotest.App) { a.Auto = true }); err != nil {
		t.Fatal(err)
	}
	oldAdmin, emptyAdmin := emptyPostgres(t), ownPostgres(t).DSN("postgres")
	roles := pgtest.NewRoles(t, "../../docs/postgresql.md")
	roles.Create(oldAdmin)
	roles.CreateOnly(emptyAdmin)
	owns := func(admin string) string { return roles.As("norang_owner", admin) }
	old, empty := roles.As("norang_service", oldAdmin), roles.As("norang_service", emptyAdmin)
	exec := func(dsn, statements string) {
		t.Helper()
		if err := pgtest.Exec(dsn, roles.SQL(statements)); err != nil {
			t.Fatalf("%s: %v", statements, err)
		}
	}
	keys := filepath.Join(p.dir, "keys")
	(&replicas{place: *p}).command("keyring", "init", keys)
	serve := func(database string) *process {
		return p.serveWith(p.port, "NORANG_DATABASE="+database, "NORANG_KEYS="+keys, "NORANG_AGE=off")
	}
	signIn := func(persona string) (*person, string) {
		t.Helper()
		one := newPerson(t)
		if err := one.loginAs(p.url(), persona); err != nil {
			t.Fatal(err)
		}
		return one, one.who(p.url()).User.ID
	}
	withdraw := func(id, database string) { p.shell("norang user withdraw --yes id:"+id, database) }
	statuses := func(database string, want map[string]string) {
		t.Helper()
		for id, status := range want {
			if said := p.shell("norang user show --json id:"+id, database); !strings.Contains(said, `"status": "`+status+`"`) {
				t.Errorf("user %s is not %s: %s", id, status, said)
			}
		}
	}

	p.shell("norang db migrate", owns(oldAdmin))
	exec(oldAdmin, statements[0])
	s := serve(old)
	ryan, ryanID := signIn(kakaotest.PersonaRyan)
	_, apeachID := signIn(kakaotest.PersonaApeach)
	_, muziID := signIn(kakaotest.PersonaFull)
	backups := roles.As("norang_backup", oldAdmin)
	p.shell(backup[0], backups)
	p.shell(backup[0], owns(oldAdmin))
	withdraw(apeachID, old)
	p.shell(backup[1], backups)
	p.shell(backup[1], owns(oldAdmin))
	s.kill()

	if said := p.shell(restore, owns(emptyAdmin)); !strings.Contains(said, "erased again: 1") {
		t.Errorf("restored on an empty server: %s", said)
	}
	exec(owns(emptyAdmin), statements[1])
	s = serve(empty)
	if got := p.probe("/auth/readyz"); got != http.StatusOK {
		t.Errorf("readyz after the restore: %d", got)
	}
	if got := ryan.status(p.url()); got != "" {
		t.Errorf("a session of before the restore: %q", got)
	}
	if _, again := signIn(kakaotest.PersonaRyan); again != ryanID {
		t.Errorf("ryan is %s, was %s", again, ryanID)
	}
	withdraw(muziID, empty)
	statuses(empty, map[string]string{ryanID: "active", apeachID: "withdrawn", muziID: "withdrawn"})
	p.shell("norang user disable --yes id:"+ryanID, empty)
	key := p.shell("norang key create shop --json", empty)
	_, key, _ = strings.Cut(key, `"id": "`)
	key, _, _ = strings.Cut(key, `"`)
	p.shell("norang key revoke --yes "+key, empty)
	s.kill()

	// Back in time on the same server, whose register knows both.
	bare := strings.Replace(restore, "pg_restore ", "pg_restore --no-privileges ", 1)
	if said := p.shell(aside+bare, owns(emptyAdmin)); !strings.Contains(said, "erased again: 2") {
		t.Errorf("restored on the same server: %s", said)
	}
	if said := p.shell("norang user list 2>&1 || true", empty); !strings.Contains(said, "GRANT USAGE ON SCHEMA norang") {
		t.Errorf("without rights: %s", said)
	}
	exec(owns(emptyAdmin), statements[1])
	serve(empty)
	if got := p.probe("/auth/readyz"); got != http.StatusOK {
		t.Errorf("readyz after the second restore: %d", got)
	}
	found := p.revokedBefore(owns(emptyAdmin))
	if !strings.Contains(found, "access.key.revoke||key="+key) || !strings.Contains(found, ryanID) {
		t.Errorf("what was revoked in the data that was moved aside: %s", found)
	}
	statuses(empty, map[string]string{ryanID: "active", apeachID: "withdrawn", muziID: "withdrawn"})
	for _, block := range shellBlocks(t, "../../docs/operating.md", "## What remains of erased data") {
		if said := p.shell(block, owns(emptyAdmin)); said != "" { // PostgreSQL skips tables with a warning only
			t.Errorf("%s%s", block, said)
		}
	}
}

// revokedBefore runs the queries of docs/postgresql.md for what was revoked since the backup.
func (p *place) revokedBefore(database string) (found string) {
	p.t.Helper()
	document, err := os.ReadFile("../../docs/postgresql.md")
	if err != nil {
		p.t.Fatal(err)
	}
	query := regexp.MustCompile("(?m)^\\* `(SELECT [^`]+ norang_before\\.[^`]+)`$")
	queries := query.FindAllStringSubmatch(string(document), -1)
	if len(queries) != 3 {
		p.t.Fatalf("%d queries for what was revoked", len(queries))
	}
	for _, q := range queries {
		found += p.shell(`psql --no-psqlrc --tuples-only --no-align "$NORANG_DATABASE" --command="`+q[1]+`"`, database)
	}
	return found
}
