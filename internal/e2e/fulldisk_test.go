package e2e_test

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/testkit/disktest"
	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/internal/testkit/soak"
)

// diskSize is the size of a disk that is mostly filled by one file. That file must exceed what the database's log
// takes under constant sign-ins (32 MB), so that freeing it helps. Each round adds accounts.
func diskSize() int64 { return 96<<20 + int64(soak.Rounds(1))*4<<20 }

// ST-03 through the whole service on a real full disk: the page limit of SQLite, as used in internal/store, does not
// cover its log, its shared memory and other files.
func TestST03_FullDisk(t *testing.T) {
	t.Parallel()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	for name, disk := range map[string]func(*testing.T, int64, func(string)){
		"in memory": disktest.Small,
		"ext4":      disktest.Ext4,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			disk(t, diskSize(), func(dir string) { fullDisk(t, bin, dir) })
		})
	}
}

// full is a service on a disk of its own.
type full struct {
	*place
	filler   string
	late     *person // found the disk full at the callback
	settings []string
}

func fullDisk(t *testing.T, bin, dir string) {
	p := &place{t: t, bin: bin, dir: dir, port: freeport.Pick(t)}
	p.k = crowdKakao(t, p.url()+"/oauth/kakao/callback")
	f := &full{
		place:    p,
		filler:   filepath.Join(dir, "filler"),
		settings: append([]string{"NORANG_DATABASE=" + filepath.Join(dir, "norang.db")}, unlimited...),
	}
	s := p.serveWith(p.port, f.settings...)
	early := newPerson(t)
	if err := early.loginAs(p.url(), "crowd-398"); err != nil {
		t.Fatal(err)
	}
	c := startCrowd(t, p.url())
	disktest.Fill(t, f.filler, 1<<20) // the rest is for sign-ins
	f.awaitFull(c, s)

	f.reportsFullDisk(s, early)
	f.room(c, s)

	for range soak.Rounds(1) {
		c.pause.Lock() // the filler will be freed, and must be larger than what sign-ins use
		disktest.Fill(t, f.filler, 64<<10)
		c.pause.Unlock()
		f.awaitFull(c, s)
		s.kill()
		if s = f.startFull(early); s.up { // the write-ahead log is as the kill left it
			s.stop(t)
			s = f.startFull(early) // and here as an orderly stop on a full disk left it
		}
		if !s.up {
			disktest.Fill(t, f.filler, 64<<10) // enough to run but not for many sign-ins
			s = p.serveWith(p.port, f.settings...)
		}
		f.room(c, s)
	}
	c.works()
	c.end()
	c.verify()
	s.kill()
	r := &replicas{place: *p}
	r.command("db", "check", "--database", filepath.Join(dir, "norang.db"))
	f.startsInNoRoom()
	c.verify()
	for _, failure := range c.failures {
		if !expected(failure.err) {
			t.Errorf("unexpected failure: %v", failure.err)
		}
	}
	t.Logf("%d sign-ins, %d sign-outs, %d failures", len(c.in), len(c.out), len(c.failures))
}

// awaitFull waits until sign-ins keep failing for longer than the interval at which the database reuses its log.
func (f *full) awaitFull(c *crowd, s *process) {
	f.t.Helper()
	quiet := time.Now()
	worked, failed := c.counts()
	for began := quiet; ; time.Sleep(50 * time.Millisecond) {
		now, vain := c.counts()
		switch {
		case now != worked:
			worked, failed, quiet = now, vain, time.Now()
		case vain-failed > 2*crowdSize && time.Since(quiet) > 2500*time.Millisecond:
			return
		case time.Since(began) > 3*timeout:
			f.t.Fatalf("the disk does not become full: %s", s.out)
		}
	}
}

// counts returns how many requests were acknowledged and how many failed.
func (c *crowd) counts() (worked, failed int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.in) + len(c.out), len(c.failures)
}

// reportsFullDisk checks what users, probes and operators see of a full disk.
func (f *full) reportsFullDisk(s *process, early *person) {
	t := f.t
	t.Helper()
	if got := early.status(f.url()); got != "active" {
		t.Errorf("status of a signed-in user: %q", got)
	}
	if got := early.verify(f.url()); got != http.StatusOK {
		t.Errorf("verify of a session: %d", got)
	}
	// A refused sign-in sets no cookie and creates no session.
	late := newPerson(t)
	answer := late.callbackOf(f.url(), "crowd-397")
	if answer.status != http.StatusServiceUnavailable || !strings.Contains(answer.body, "store.unavailable") ||
		answer.header.Get("Retry-After") == "" {
		t.Errorf("a sign-in: %d, %v, %s", answer.status, answer.header, answer.body)
	}
	if got := late.status(f.url()); got != "" {
		t.Errorf("status after a refused sign-in: %q", got)
	}
	// A sign-out that cannot be written is refused.
	if answer = early.post(f.url() + "/auth/signout"); answer.status != http.StatusServiceUnavailable ||
		len(answer.header.Values("Set-Cookie")) > 0 {
		t.Errorf("a sign-out: %d, %v", answer.status, answer.header)
	}
	if got := early.status(f.url()); got != "active" {
		t.Errorf("status after the refused sign-out: %q", got)
	}
	for path, want := range map[string]int{"/auth/readyz": 503, "/auth/healthz": 200} {
		if got := f.probe(path); got != want {
			t.Errorf("%s with a full disk: %d, want %d", path, got, want)
		}
	}
	// The first fifty, then one a second (internal/web/failing.go).
	log, most := s.out.all(), 60+int(time.Since(s.began).Seconds())
	if !strings.Contains(log, "disk is full") {
		t.Errorf("the log does not say that the disk is full: %s", s.out)
	}
	if n := strings.Count(log, `"code":"store.unavailable"`); n > most {
		t.Errorf("%d log lines, want at most %d", n, most)
	}
	// The attempt was not claimed, so the same callback URL works later (see room).
	f.late = late
}

// room frees the disk and waits until the service has recovered.
func (f *full) room(c *crowd, s *process) {
	t := f.t
	t.Helper()
	if err := os.Remove(f.filler); err != nil {
		t.Fatal(err)
	}
	freed := time.Now()
	c.pause.Lock() // or they would use the freed space
	defer c.pause.Unlock()
	for f.probe("/auth/readyz") != http.StatusOK || newPerson(t).loginAs(f.url(), "crowd-399") != nil {
		if time.Since(freed) > timeout {
			t.Fatalf("no login %v after the disk was freed: %s", timeout, s.out)
		}
		time.Sleep(100 * time.Millisecond)
	}
	if f.late != nil {
		if _, err := f.late.step(f.late.callback); err != nil {
			t.Errorf("the refused callback, requested again: %v", err)
		}
		if got := f.late.status(f.url()); got != "active" {
			t.Errorf("status after it: %q", got)
		}
		f.late = nil
	}
}

// startFull starts the service on the full disk. If there is too little space to run, it must say so.
func (f *full) startFull(early *person) *process {
	s := f.start(f.port, f.settings...)
	if !s.up {
		saysFull(f.t, s.out.all())
		return s
	}
	if got := early.verify(f.url()); got != http.StatusOK { // read from the file, because the cache is empty
		f.t.Errorf("verify of a session: %d", got)
	}
	return s
}

// startsInNoRoom starts a service whose log and shared memory were deleted at its end and whose space was then
// taken. It must say what is missing, and start once there is space.
func (f *full) startsInNoRoom() {
	t := f.t
	t.Helper()
	s := f.serveWith(f.port, f.settings...)
	s.stop(t)
	disktest.Fill(t, f.filler, 0)
	s = f.start(f.port, f.settings...)
	if !s.up {
		saysFull(t, s.out.all())
	}
	if err := os.Remove(f.filler); err != nil {
		t.Fatal(err)
	}
	if !s.up {
		f.serveWith(f.port, f.settings...)
	}
}

// stop stops a service in order.
func (s *process) stop(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-s.end
	if code := s.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("stopped with exit status %d: %s", code, s.out)
	}
}

// answer is a response of the service.
type answer struct {
	status int
	header http.Header
	body   string
}

func (p *person) ask(r *http.Request) answer {
	p.t.Helper()
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	resp, err := p.http.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(resp.Body); err != nil {
		p.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, b.String()}
}

// callbackOf signs in at Kakao and requests the callback.
func (p *person) callbackOf(service, persona string) answer {
	p.t.Helper()
	kakao, err := p.step(service + "/oauth/kakao?login_hint=" + persona)
	if err != nil {
		p.t.Fatal(err)
	}
	if p.callback, err = p.step(kakao); err != nil {
		p.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.callback, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.ask(r)
}

func (p *person) post(address string) answer {
	p.t.Helper()
	r, err := http.NewRequestWithContext(
		p.t.Context(),
		http.MethodPost,
		address,
		strings.NewReader(url.Values{}.Encode()),
	)
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return p.ask(r)
}

func (p *person) verify(service string) int {
	p.t.Helper()
	resp, err := p.http.Get(service + "/auth/verify")
	if err != nil {
		p.t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// The very first start on a full disk fails with a message and leaves nothing that breaks a later one.
func TestST03_FirstStartOnAFullDisk(t *testing.T) {
	t.Parallel()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	disktest.Small(t, 4<<20, func(dir string) {
		p := &place{t: t, bin: bin, dir: dir, port: freeport.Pick(t)}
		p.k = crowdKakao(t, p.url()+"/oauth/kakao/callback")
		filler, settings := filepath.Join(
			dir,
			"filler",
		), append(
			[]string{"NORANG_DATABASE=" + filepath.Join(dir, "norang.db")},
			unlimited...)
		for _, left := range []int64{0, 4 << 10, 64 << 10, 200 << 10} {
			disktest.Fill(t, filler, left)
			s := p.start(p.port, settings...)
			if s.up {
				t.Errorf("it starts with %d bytes free", left)
				s.kill()
			}
			saysFull(t, s.out.all())
		}
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
		p.serveWith(p.port, settings...)
		if err := newPerson(t).loginAs(p.url(), "crowd-399"); err != nil {
			t.Error(err)
		}
	})
}

// saysFull checks the message of a command that finds no space.
func saysFull(t *testing.T, said string) {
	t.Helper()
	if !strings.Contains(said, "the disk is full") || !strings.Contains(said, "hint: Free some space") {
		t.Errorf("message on a full disk: %s", said)
	}
}

// A backup onto a full disk fails and leaves no file that looks like a backup.
func TestST03_BackupCommandOntoAFullDisk(t *testing.T) {
	t.Parallel()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	r := &replicas{place: place{t: t, bin: bin, dir: t.TempDir()}}
	database := filepath.Join(r.dir, "norang.db")
	r.command("db", "migrate", "--database", database)
	disktest.Small(t, 96<<10, func(dir string) {
		cmd := exec.Command(bin, "db", "backup", "--database", database, filepath.Join(dir, "copy.db"))
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + r.dir}
		said, err := cmd.CombinedOutput()
		if cmd.ProcessState.ExitCode() != 1 {
			t.Errorf("%v", err)
		}
		saysFull(t, string(said))
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("files left: %v %v", left, err)
		}
	})
}
