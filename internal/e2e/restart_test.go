package e2e_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/norang-login/norang/internal/testkit/skipped"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// A single node with socket activation is restarted three times under load, as systemd does it: no request fails, on
// new connections or on kept ones, and sessions live on.
func TestRestartWithSocketActivationDropsNothing(t *testing.T) {
	if runtime.GOOS == "windows" {
		skipped.Skip(t, "sockets are passed on Unix only")
	}
	t.Parallel()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	socket, err := ln.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	p := &place{t: t, bin: filepath.Join(t.TempDir(), "start"), dir: t.TempDir(), port: port, k: kakaotest.Start(t)}
	p.files = []*os.File{socket}
	// LISTEN_PID is the process's own, as systemd sets it.
	script := fmt.Sprintf("#!/bin/sh\nLISTEN_PID=$$ exec %s \"$@\"\n", bin)
	if err := os.WriteFile(p.bin, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	p.k.AddRedirectURI(p.url() + "/oauth/kakao/callback")
	if err := p.k.UpdateApp(0, func(a *kakaotest.App) { a.Auto = true }); err != nil {
		t.Fatal(err)
	}
	start := func() *process {
		// The address is not used: listening there would fail.
		return p.serveWith(port, "LISTEN_FDS=1", "NORANG_DATABASE="+filepath.Join(p.dir, "norang.db"), "NORANG_AGE=off")
	}
	s := start()
	ryan := newPerson(t)
	if err := ryan.loginAs(p.url(), kakaotest.PersonaRyan); err != nil {
		t.Fatal(err)
	}
	cookies := ryan.http.Jar
	var answered, failed atomic.Int64
	var wg sync.WaitGroup
	done := make(chan struct{})
	for worker := range 8 {
		wg.Go(func() {
			client := &http.Client{Timeout: timeout, Jar: cookies, Transport: &http.Transport{DisableKeepAlives: worker%2 == 0}}
			defer client.CloseIdleConnections()
			for {
				select {
				case <-done:
					return
				default:
				}
				resp, err := client.Get(p.url() + "/auth/verify")
				if err != nil || resp.StatusCode != http.StatusOK {
					if failed.Add(1) < 5 {
						t.Errorf("verify: %v, %v", resp, err)
					}
				}
				if err == nil {
					resp.Body.Close()
				}
				answered.Add(1)
			}
		})
	}
	for range 3 {
		before := answered.Load()
		await(t, func() bool { return answered.Load() > before+50 }, func() string { return "no answers" })
		if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		<-s.end
		if code := s.cmd.ProcessState.ExitCode(); code != 0 {
			t.Errorf("exit status %d: %s", code, s.out)
		}
		s = start()
	}
	before := answered.Load()
	await(t, func() bool { return answered.Load() > before+50 }, func() string { return "no answers" })
	close(done)
	wg.Wait()
	if n := failed.Load(); n > 0 {
		t.Errorf("%d of %d requests failed", n, answered.Load())
	}
	if out := s.out.all(); !strings.Contains(out, `"address":"127.0.0.1:`+port+`"`) {
		t.Errorf("log: %s", out)
	}
}
