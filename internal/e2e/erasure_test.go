package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// PV-10: a user joins and is withdrawn by a command, in another process than the service's. Within a minute no file of
// the service and nothing that it printed holds the nickname, the e-mail address or the user number at Kakao.
func TestPV10_ErasedDataIsInNoFileOfARunningService(t *testing.T) {
	t.Parallel()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	p := &place{t: t, bin: bin, dir: t.TempDir(), port: freeport.Pick(t), k: kakaotest.Start(t)}
	p.k.AddRedirectURI(p.url() + "/oauth/kakao/callback")
	if err := p.k.UpdateApp(0, func(a *kakaotest.App) { a.Auto = true }); err != nil {
		t.Fatal(err)
	}
	s := p.serveWith(p.port, "NORANG_DATABASE=norang.db", "NORANG_AGE=off")
	ryan := newPerson(t)
	if err := ryan.loginAs(p.url(), kakaotest.PersonaRyan); err != nil {
		t.Fatal(err)
	}
	who := ryan.who(p.url())
	marks := map[string]string{"nickname": "라이언", "e-mail": "ryan@", "user number": who.Identity.Subject}
	left := func() (found []string) {
		files, err := filepath.Glob(filepath.Join(p.dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		texts := map[string]string{"output": s.out.all()}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			texts[filepath.Base(f)] = string(b)
		}
		for name, text := range texts {
			for what, mark := range marks {
				if strings.Contains(text, mark) {
					found = append(found, what+" in "+name)
				}
			}
		}
		return found
	}
	if n := len(left()); n < len(marks) {
		t.Fatalf("the files hold only %d of what the test looks for: %v", n, left())
	}
	p.shell("norang user withdraw --yes id:"+who.User.ID, "norang.db")
	await(t, func() bool {
		time.Sleep(100 * time.Millisecond) // reading all files takes a while
		return len(left()) == 0
	}, func() string { return fmt.Sprint("left: ", left()) })
}
