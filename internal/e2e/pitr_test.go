//go:build unix

package e2e_test

import (
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

// TestPointInTimeRecoveryAsDocumented takes a PostgreSQL back to a moment after its base backup, with the settings and
// commands of docs/postgresql.md: who signed in before that moment is there, who came later is not, and who withdrew
// later stays withdrawn.
func TestPointInTimeRecoveryAsDocumented(t *testing.T) {
	t.Parallel()
	psql := skipped.Command(t, "psql")
	page, err := os.ReadFile("../../docs/postgresql.md")
	if err != nil {
		t.Fatal(err)
	}
	settings := regexp.MustCompile("(?s)```ini\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	blocks := shellBlocks(t, "../../docs/postgresql.md", "## Backup and restore")
	if len(settings) != 2 || len(blocks) != 3 {
		t.Fatalf("%d blocks of settings, %d of commands", len(settings), len(blocks))
	}
	dump := strings.SplitAfter(blocks[0], "\n")[1]
	_, after, _ := strings.Cut(blocks[1], "\n") // from "norang db migrate" on
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	server, err := pgtest.New()
	if err != nil {
		skipped.Skip(t, err.Error())
	}
	t.Cleanup(server.Remove)
	archive := filepath.Join(t.TempDir(), "wal")
	if err := os.Mkdir(archive, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := server.Own(archive); err != nil {
		t.Fatal(err)
	}
	here := strings.NewReplacer("/backup/wal", archive)
	var options []string
	for line := range strings.Lines(here.Replace(settings[0][1])) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " = ")
		options = append(options, "-c", name+"="+strings.Trim(value, "'"))
	}
	if err := server.Start(options...); err != nil {
		t.Fatal(err)
	}
	admin := server.DSN("postgres")
	roles := pgtest.NewRoles(t, "../../docs/postgresql.md")
	roles.Create(admin)
	owner, database := roles.As("norang_owner", admin), roles.As("norang_service", admin)
	ask := func(sql string) string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), psql, "-X", "-A", "-t", "-q", "-c", sql, admin).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v: %s", sql, err, out)
		}
		return strings.TrimSpace(string(out))
	}

	p := &place{t: t, bin: bin, dir: t.TempDir(), port: freeport.Pick(t), k: kakaotest.Start(t)}
	p.k.AddRedirectURI(p.url() + "/oauth/kakao/callback")
	if err := p.k.UpdateApp(0, func(a *kakaotest.App) { a.Auto = true }); err != nil {
		t.Fatal(err)
	}
	keys := filepath.Join(p.dir, "keys")
	(&replicas{place: *p}).command("keyring", "init", keys)
	serve := func() *process {
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

	p.shell("norang db migrate", owner)
	s := serve()
	signIn(kakaotest.PersonaRyan)
	base := filepath.Join(t.TempDir(), "base")
	if err := server.Base(base); err != nil {
		t.Fatal(err)
	}
	apeach, apeachID := signIn(kakaotest.PersonaApeach) // only in the log
	_, fullID := signIn(kakaotest.PersonaFull)
	moment := ask("SELECT clock_timestamp()")
	_, lateID := signIn(kakaotest.PersonaEmojiNickname)
	p.shell("norang user withdraw --yes id:"+fullID, database)
	s.kill()
	ask("TRUNCATE norang.users CASCADE") // the mistake
	p.shell(dump, owner)
	ask("SELECT pg_switch_wal()")
	if err := server.Recover(base, regexp.MustCompile(`'20[^']*'`).ReplaceAllString(
		here.Replace(settings[1][1]), "'"+moment+"'")); err != nil {
		t.Fatal(err)
	}
	await(t, func() bool { return ask("SELECT pg_is_in_recovery()") == "f" }, func() string { return "still in recovery" })
	if said := p.shell(after, owner); !strings.Contains(said, "erased again: 1") {
		t.Errorf("after the recovery: %s", said)
	}
	serve()
	if got := p.probe("/auth/readyz"); got != 200 {
		t.Errorf("readyz: %d", got)
	}
	if got := apeach.status(p.url()); got != "" {
		t.Errorf("a session of before: %q", got)
	}
	if _, again := signIn(kakaotest.PersonaApeach); again != apeachID {
		t.Errorf("%s, was %s", again, apeachID)
	}
	if said := p.shell("norang user show --json id:"+fullID, database); !strings.Contains(said, `"status": "withdrawn"`) {
		t.Errorf("who withdrew: %s", said)
	}
	if got := ask("SELECT count(*) FROM norang.users WHERE id = '" + lateID + "'"); got != "0" {
		t.Errorf("who came after the moment is there %s times", got)
	}
}
