package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/internal/testkit/skipped"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// previousProgram builds an older commit: that of NORANG_TEST_PREVIOUS, or the newest tag before this commit. It
// returns "" if there is no older release.
func previousProgram(t *testing.T) string {
	t.Helper()
	git := func(args ...string) ([]byte, error) {
		return exec.CommandContext(t.Context(), "git", append([]string{"-C", "../.."}, args...)...).Output()
	}
	revision := os.Getenv("NORANG_TEST_PREVIOUS")
	if revision == "" {
		tags, err := git("tag", "--list", "v*", "--no-contains=HEAD", "--sort=-creatordate")
		if err != nil {
			skipped.Skip(t, "no history of git")
		}
		revision, _, _ = strings.Cut(string(tags), "\n")
		if revision == "" {
			return ""
		}
	}
	dir := t.TempDir()
	source, bin := filepath.Join(dir, "source"), filepath.Join(dir, "bin", "norang")
	if err := os.Mkdir(source, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := git("archive", "--output="+source+".tar", revision); err != nil {
		t.Fatalf("git archive %s: %v", revision, err)
	}
	unpack := exec.CommandContext(t.Context(), "tar", "-C", source, "-xf", source+".tar")
	if out, err := unpack.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", bin, "./cmd/norang")
	build.Dir = source
	build.Env = append(os.Environ(), "CGO_ENABLED=0",
		"GOFLAGS=-buildvcs=false -trimpath -tags=nopgxregisterdefaulttypes")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v: %s", revision, err, out)
	}
	t.Logf("the previous program is %s", revision)
	return bin
}

// A release and the one before it serve the same users: beside each other on PostgreSQL, where a sign-in starts at one
// and ends at the other, and one after the other on SQLite. Going back works too, or is refused before anything is
// written.
func TestPreviousReleaseServesTheSameUsers(t *testing.T) {
	t.Parallel()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	old := previousProgram(t)
	if old == "" {
		skipped.Refused(t, "no release before this commit; NORANG_TEST_PREVIOUS names one to test against")
	}
	t.Run("postgres", func(t *testing.T) { besideEachOther(t, old, bin) })
	t.Run("sqlite", func(t *testing.T) { oneAfterTheOther(t, old, bin) })
}

// goesBack reports whether an older program started. If not, it must have been refused because of the schema.
func goesBack(t *testing.T, s *process) bool {
	t.Helper()
	if !s.up && !strings.Contains(s.out.all(), "database is of a newer norang") {
		t.Errorf("the older program does not start: %s", s.out)
	}
	return s.up
}

func besideEachOther(t *testing.T, old, bin string) {
	r := newReplicas(t, old, emptyPostgres(t))
	// signIn starts at one replica and ends at another.
	signIn := func(from, to int, persona string) *person {
		t.Helper()
		p := newPerson(t)
		r.meet(from)
		kakao, err := p.step(r.url() + "/oauth/kakao?login_hint=" + persona)
		if err == nil {
			p.callback, err = p.step(kakao)
		}
		r.meet(to)
		if err == nil {
			_, err = p.step(p.callback)
		}
		if err != nil {
			t.Fatalf("sign-in from %d to %d: %v", from, to, err)
		}
		return p
	}
	people := []*person{signIn(0, 1, kakaotest.PersonaRyan)}
	everyone := func(when string) {
		t.Helper()
		for i := range r.up {
			r.meet(i)
			for n, p := range people {
				if got := p.status(r.url()); got != "active" {
					t.Errorf("%s: user %d at replica %d: %q", when, n, i, got)
				}
			}
		}
	}
	replace := func(i int, with string) {
		t.Helper()
		r.up[i].stop(t)
		r.bin = with
		r.up[i] = r.run(i)
	}
	replace(0, bin)
	people = append(people, signIn(0, 1, kakaotest.PersonaApeach), signIn(2, 0, kakaotest.PersonaFull))
	everyone("one of three updated")
	r.signOutReachesEveryReplica(t)
	replace(1, bin)
	replace(2, bin)
	everyone("all updated")
	r.up[0].stop(t)
	r.bin = old
	r.up[0] = r.start(r.ports[0], "NORANG_DATABASE="+r.dsn, "NORANG_KEYS="+r.keys, "NORANG_AGE=off")
	if !goesBack(t, r.up[0]) {
		r.ports, r.up = r.ports[1:], r.up[1:]
	}
	people = append(people, signIn(0, 1, kakaotest.PersonaRyan))
	everyone("one of three gone back")
}

func oneAfterTheOther(t *testing.T, old, bin string) {
	p := &place{t: t, bin: old, dir: t.TempDir(), port: freeport.Pick(t), k: kakaotest.Start(t)}
	p.k.AddRedirectURI(p.url() + "/oauth/kakao/callback")
	if err := p.k.UpdateApp(0, func(a *kakaotest.App) { a.Auto = true }); err != nil {
		t.Fatal(err)
	}
	database := filepath.Join(p.dir, "norang.db")
	var people []*person
	for i, next := range []string{old, bin, old, bin} {
		p.bin = next
		s := p.start(p.port, "NORANG_DATABASE="+database, "NORANG_AGE=off")
		if next == old && i > 0 && !goesBack(t, s) {
			continue
		}
		if !s.up {
			t.Fatalf("the service does not start: %s", s.out)
		}
		people = append(people, newPerson(t))
		if err := people[len(people)-1].loginAs(p.url(), kakaotest.PersonaRyan); err != nil {
			t.Fatal(err)
		}
		for n, one := range people {
			if got := one.status(p.url()); got != "active" {
				t.Errorf("program %d: user %d: %q", i, n, got)
			}
		}
		s.stop(t)
	}
	p.shell("norang db check", database) // of the program in use: the last one
}
