package norang_test

import (
	"net/http"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/freeport"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// DO-11: a service that is told to stop finishes the logins that are under way, and ends with status 0.
func TestDO11_Shutdown(t *testing.T) {
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	p := &place{t: t, bin: bin, dir: t.TempDir(), port: freeport.Pick(t), k: kakaotest.Start(t)}
	p.k.AddRedirectURI(p.url() + "/oauth/kakao/callback")
	if err := p.k.UpdateApp(0, func(a *kakaotest.App) { a.Auto = true }); err != nil {
		t.Fatal(err)
	}
	if err := p.k.Script(kakaotest.Scenario{Endpoint: "oauth/token", Delay: kakaotest.Duration(1500 * time.Millisecond)}); err != nil {
		t.Fatal(err)
	}
	s := p.serveWith(p.port, "NORANG_AGE=off", "NORANG_DATABASE="+filepath.Join(p.dir, "norang.db"))
	ann := newPerson(t)
	_, kakao := ann.get(p.url() + "/oauth/kakao?return_to=/board&login_hint=" + kakaotest.PersonaRyan)
	_, ann.callback = ann.get(kakao)
	type end struct {
		status int
		to     string
	}
	done := make(chan end, 1)
	go func() {
		status, to := ann.get(ann.callback)
		done <- end{status, to}
	}()
	for len(p.k.Scenarios()) > 0 && len(done) == 0 {
		time.Sleep(5 * time.Millisecond) // until the service waits for Kakao
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if got := <-done; got.status != http.StatusSeeOther || got.to != "/board" {
		t.Errorf("the login under way: %+v", got)
	}
	<-s.end
	if code := s.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit status %d: %s", code, s.out)
	}
	again := p.serveWith(p.port, "NORANG_AGE=off", "NORANG_DATABASE="+filepath.Join(p.dir, "norang.db"))
	if got := ann.status(p.url()); got != "active" {
		t.Errorf("after the restart: %q: %s", got, again.out)
	}
}
