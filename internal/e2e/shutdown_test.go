package e2e_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// DO-11: a service that receives SIGTERM finishes the logins in progress and exits with status 0.
func TestDO11_Shutdown(t *testing.T) {
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
	kakao, asked, answer := heldKakao(t, p.k)
	settings := []string{
		"NORANG_AGE=off",
		"NORANG_DATABASE=" + filepath.Join(p.dir, "norang.db"),
		"KAKAO_AUTH_SERVER_URL=" + kakao,
	}
	s := p.serveWith(p.port, settings...)
	ann := newPerson(t)
	_, next := ann.get(p.url() + "/oauth/kakao?return_to=/board&login_hint=" + kakaotest.PersonaRyan)
	_, ann.callback = ann.get(next)
	type end struct {
		status int
		to     string
	}
	done := make(chan end, 1)
	go func() {
		status, to := ann.get(ann.callback)
		done <- end{status, to}
	}()
	select {
	case <-asked: // the service waits for Kakao
	case got := <-done:
		t.Fatalf("the login before the signal: %+v: %s", got, s.out)
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	await(t, p.stopping, func() string { return "the service does not stop: " + s.out.String() })
	answer()
	if got := <-done; got.status != http.StatusSeeOther || got.to != "/board" {
		t.Errorf("the login in progress: %+v", got)
	}
	<-s.end
	if code := s.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit status %d: %s", code, s.out)
	}
	again := p.serveWith(p.port, settings...)
	if got := ann.status(p.url()); got != "active" {
		t.Errorf("after the restart: %q: %s", got, again.out)
	}
}

// heldKakao is a proxy of the emulator that holds token requests: asked is closed at the first one, and answer
// releases them all.
func heldKakao(t *testing.T, k *kakaotest.Server) (address string, asked chan struct{}, answer func()) {
	t.Helper()
	to, err := url.Parse(k.AuthURL())
	if err != nil {
		t.Fatal(err)
	}
	through := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }}
	asked, held := make(chan struct{}), make(chan struct{})
	first := sync.OnceFunc(func() { close(asked) })
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/oauth/token") {
			first()
			<-held
		}
		through.ServeHTTP(w, r)
	}))
	answer = sync.OnceFunc(func() { close(held) })
	t.Cleanup(func() { answer(); front.Close() })
	return front.URL, asked, answer
}

// stopping reports on a new connection whether the service has begun to stop: its responses close their connections,
// and later it accepts none.
func (p *place) stopping() bool {
	client := &http.Client{Transport: &http.Transport{}, Timeout: timeout}
	defer client.CloseIdleConnections()
	resp, err := client.Get(p.url() + "/auth/healthz")
	if err != nil {
		return true
	}
	resp.Body.Close()
	return resp.Close
}
