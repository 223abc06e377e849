package cli

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/norang-login/norang/internal/listening"
	"github.com/norang-login/norang/internal/testkit/freeport"
)

func TestMain(m *testing.M) {
	if !raceDetector { // twice as many tests as processors: most wait for programs; -parallel on the command line wins
		_ = flag.Set("test.parallel", strconv.Itoa(2*runtime.GOMAXPROCS(0)))
	}
	debug.SetGCPercent(gcPercent)
	testscript.Main(m, map[string]func(){
		"norang": func() {
			os.Exit(Run(context.Background(), os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
		},
		"stubborn": stubborn,
		"several":  runCommands,
	})
}

// gcPercent saves some processor time: several hundred programs start, and none of them needs much memory.
const gcPercent = 400

// stubborn is a program that never finishes what is under way.
func stubborn() {
	ctx, _ := untilSignal(context.Background()) // ends with the program
	fmt.Println("ready")
	<-ctx.Done()
	fmt.Println("stopping")
	time.Sleep(2 * patience)
}

// TestScripts_OP06_OP16_OP20_PV13 is the specification of the commands: testdata/*.txtar.
func TestScripts_OP06_OP16_OP20_PV13(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("left out: the scripts send POSIX signals and look at file modes")
	}
	// A shell ignores SIGINT for background jobs, and nohup SIGHUP, and the programs here would inherit that. A handled
	// signal is not inherited as ignored.
	for _, ignored := range []os.Signal{os.Interrupt, syscall.SIGHUP} {
		if signal.Ignored(ignored) {
			caught := make(chan os.Signal, 1)
			signal.Notify(caught, ignored)
			t.Cleanup(func() { signal.Stop(caught) })
		}
	}
	commands := buildCommands(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("GORACE", cmp.Or(os.Getenv("GORACE"), "atexit_sleep_ms=0")) // or each program sleeps a second at its end
			e.Setenv("GOGC", strconv.Itoa(gcPercent))
			e.Setenv("PATH", commands+string(os.PathListSeparator)+e.Getenv("PATH"))
			e.Values["running"] = map[string]*running{}
			e.Values["several"] = new(several)
			e.Values["inboxes"] = map[string]*inbox{}
			e.Values["browsers"] = map[string]*http.Client{}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status":  cmdStatus,
			"refuses": cmdRefuses,
			"start":   cmdStart,
			"await":   cmdAwait,
			"signal":  cmdSignal,
			"hangup":  cmdHangup,
			"fill":    cmdFill,
			"grows":   cmdGrows,
			"insist":  cmdInsist,
			"get":     cmdGet,
			"service": cmdService,
			"login":   cmdLogin,
			"visit":   cmdVisit,
			"until":   cmdUntil,
			"capture": cmdCapture,
			"free":    cmdFree,
			"occupy":  cmdOccupy,
			"mode":    cmdMode,
			"month":   cmdMonth,
			"empty":   cmdEmpty,
			"rows":    cmdRows,

			"receiver": cmdReceiver,
			"received": cmdReceived,
			"awaits":   cmdAwaits,
		},
		Condition: func(name string) (bool, error) {
			if name != "ipv6" {
				return false, fmt.Errorf("unknown condition %q", name)
			}
			return len(listening.Loopbacks()) == 2, nil
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// buildCommands builds norang for the several hundred commands of the scripts that end by themselves. This test program
// takes twice as long to start, and five times as long with the race detector. The services that scripts start in the
// background are this test program, in which races are detected.
func buildCommands(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	build := exec.Command("go", "run", "-exec", "cp", // a copy of the program that go run keeps linked
		"-tags", "failpoints,nopgxregisterdefaulttypes", // as the other tests of programs do
		"github.com/norang-login/norang/cmd/norang", filepath.Join(dir, "norang"))
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as the release, with whose packages it is linked
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return dir
}

// patience bounds every wait; it is long because the machine may be busy, and nothing depends on its length.
const patience = 3 * time.Minute

func exitStatus(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	return -1
}

// status N COMMAND…: the command ends with this exit status. Its output is what stdout and stderr look at.
func cmdStatus(ts *testscript.TestScript, _ bool, args []string) {
	if got := exitStatus(ts.Exec(args[1], args[2:]...)); strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit status %d, want %s\n%s", got, args[0], ts.ReadFile("stderr"))
	}
}

// running is a program in the background.
type running struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
}

// start NAME COMMAND…: runs it in the background, with its output in NAME.out and NAME.err.
func cmdStart(ts *testscript.TestScript, _ bool, args []string) {
	name := args[0]
	path, err := exec.LookPath(args[1]) // norang is this test program, see buildCommands
	if err != nil {                     // a command of the script, on its own path only
		path = filepath.Join(strings.Split(ts.Getenv("PATH"), string(os.PathListSeparator))[0], args[1])
	}
	// What a shell runs in the background ignores SIGINT, and so would our programs once they no longer catch it. What is
	// caught here begins with the default there.
	if signal.Ignored(syscall.SIGINT) {
		signal.Notify(make(chan os.Signal, 1), syscall.SIGINT)
	}
	r := &running{cmd: exec.Command(path, args[2:]...), done: make(chan struct{})}
	r.cmd.Dir = ts.Getenv("WORK")
	r.cmd.Env = environment(ts)
	for file, to := range map[string]*io.Writer{name + ".out": &r.cmd.Stdout, name + ".err": &r.cmd.Stderr} {
		f, err := os.Create(ts.MkAbs(file))
		ts.Check(err)
		defer f.Close()
		*to = f
	}
	ts.Check(r.cmd.Start())
	go func() {
		_ = r.cmd.Wait() // ProcessState says how it ended
		close(r.done)
	}()
	ts.Value("running").(map[string]*running)[name] = r
	ts.Defer(func() {
		_ = r.cmd.Process.Kill() // it may have ended already
		<-r.done
	})
}

// environment is the script's own, which testscript does not give away: every variable that a script may set.
func environment(ts *testscript.TestScript) []string {
	var env []string
	for _, name := range append(knownNames(),
		"PATH", "TMPDIR", "HOME", "LANG", "LC_ALL", "PORT", "GOCOVERDIR", "GORACE", "GOGC") {
		if v := ts.Getenv(name); v != "" {
			env = append(env, name+"="+v)
		}
	}
	return env
}

func knownNames() []string {
	var names []string
	for _, s := range newSettingFlags(allSettings).rows {
		names = append(names, s.Names()...)
	}
	return names
}

// await FILE REGEXP [VAR]: waits until the file holds it in a line that has come to its end. VAR takes the first group.
func cmdAwait(ts *testscript.TestScript, _ bool, args []string) {
	re := regexp.MustCompile(`(?m)` + args[1])
	for until := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		text, _ := os.ReadFile(ts.MkAbs(args[0])) // it may not be there yet
		text = text[:bytes.LastIndexByte(text, '\n')+1]
		if m := re.FindSubmatch(text); m != nil {
			if len(args) > 2 {
				ts.Setenv(args[2], string(m[1]))
			}
			return
		}
		if time.Now().After(until) {
			errs, _ := os.ReadFile(ts.MkAbs(strings.TrimSuffix(args[0], ".out") + ".err"))
			ts.Fatalf("%q did not come:\n%s\n%s", args[1], text, errs)
		}
	}
}

var signals = map[string]os.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP,
	"KILL": syscall.SIGKILL}

// signal NAME SIGNAL STATUS: sends the signal and waits for the end.
func cmdSignal(ts *testscript.TestScript, _ bool, args []string) {
	r := ts.Value("running").(map[string]*running)[args[0]]
	ts.Check(r.cmd.Process.Signal(signals[args[1]]))
	select {
	case <-r.done:
	case <-time.After(patience):
		ts.Fatalf("%s goes on after %s", args[0], args[1])
	}
	if got := r.cmd.ProcessState.ExitCode(); strconv.Itoa(got) != args[2] {
		ts.Fatalf("exit status %d, want %s", got, args[2])
	}
}

// hangup NAME: sends SIGHUP.
func cmdHangup(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(ts.Value("running").(map[string]*running)[args[0]].cmd.Process.Signal(syscall.SIGHUP))
}

// rows FILE N: writes a file for norang import.
func cmdRows(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	var b bytes.Buffer
	b.WriteString("kakao_id,ref,nickname,email,email_relay,created_at,status,terms,marketing_at\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,m%d,사람 %d,,,2024-05-01T00:00:00.000Z,active,service=1@2024-05-01T00:00:00.000Z,\n",
			1_000_000_000+i, i+1, i)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o600))
}

// fill DATABASE MB: makes a SQLite database so large that copying it takes a while.
func cmdFill(ts *testscript.TestScript, _ bool, args []string) {
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	defer db.Close()
	_, err = db.Exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < CAST($1 AS INTEGER))
INSERT INTO jobs (kind, key, payload, state, attempts, run_at, created_at, ended_at)
SELECT 'test', i, hex(zeroblob(500000)), 'done', 1, 1, 1, 1 FROM n`, args[1])
	ts.Check(err)
}

// grows GLOB: waits until a file of that name has begun to fill.
func cmdGrows(ts *testscript.TestScript, _ bool, args []string) {
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(time.Millisecond) {
		files, err := filepath.Glob(ts.MkAbs(args[0]))
		ts.Check(err)
		for _, f := range files {
			if info, err := os.Stat(f); err == nil && info.Size() > 0 {
				return
			}
		}
	}
	ts.Fatalf("no file %s", args[0])
}

// insist NAME SIGNAL: sends the signal again and again until one of them kills.
func cmdInsist(ts *testscript.TestScript, _ bool, args []string) {
	r := ts.Value("running").(map[string]*running)[args[0]]
	for until := time.Now().Add(patience); time.Now().Before(until); {
		// It may have ended.
		_ = r.cmd.Process.Signal(signals[args[1]])
		select {
		case <-r.done:
			if r.cmd.ProcessState.ExitCode() != -1 {
				ts.Fatalf("%v: not killed by the signal", r.cmd.ProcessState)
			}
			return
		case <-time.After(50 * time.Millisecond):
		}
	}
	ts.Fatalf("%s does not end", args[0])
}

// get URL STATUS [REGEXP]: asks once, without following redirects, and expects this answer. "!" expects none at all.
func cmdGet(ts *testscript.TestScript, neg bool, args []string) {
	client := &http.Client{
		Timeout:       patience,
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	req, err := http.NewRequest(http.MethodGet, args[0], nil)
	ts.Check(err)
	req.Host = ts.Getenv("HOST") // as a proxy in front passes it on; "" leaves the address's own
	res, err := client.Do(req)
	if neg {
		if err == nil {
			ts.Fatalf("%s answers %d", args[0], res.StatusCode)
		}
		return
	}
	ts.Check(err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	ts.Check(err)
	if strconv.Itoa(res.StatusCode) != args[1] {
		ts.Fatalf("status %d, want %s\n%s", res.StatusCode, args[1], body)
	}
	if len(args) > 2 && !regexp.MustCompile(args[2]).Match(body) {
		ts.Fatalf("%q is not in:\n%s", args[2], body)
	}
}

// portsOfDev is more than norang dev uses from its port on: the service, its operations, and every emulator.
const portsOfDev = 10

// ports keeps parallel scripts from picking the same ports.
var ports = struct {
	sync.Mutex
	next int
}{next: 20000 + os.Getpid()%80*2*devStep}

// free VAR: a port that is free on all loopback addresses, as are the others that norang dev takes then, and those
// devStep above. They lie below those that the system gives out by itself. No other script gets any of them.
func cmdFree(ts *testscript.TestScript, _ bool, args []string) {
	ports.Lock()
	defer ports.Unlock()
	for ports.next < 32000 {
		port := ports.next
		if ports.next += portsOfDev; ports.next%devStep == 0 {
			ports.next += devStep // the second choices of those before
		}
		if !freeport.Reserve(port) || !isFree(port) || !isFree(port+devStep) {
			continue
		}
		ts.Setenv(args[0], strconv.Itoa(port))
		ts.Setenv(args[0]+"1", strconv.Itoa(port+1))
		ts.Setenv(args[0]+"50", strconv.Itoa(port+devStep))
		ts.Setenv(args[0]+"51", strconv.Itoa(port+devStep+1))
		return
	}
	ts.Fatalf("no free port")
}

// isFree reports whether norang dev can use port and those after it.
func isFree(port int) bool {
	for i := range portsOfDev {
		all, _, err := listening.Hosts(listening.Loopbacks(), port+i)
		listening.CloseAll(all)
		if err != nil {
			return false
		}
	}
	return true
}

// occupy HOST PORT: holds the port until the script ends.
func cmdOccupy(ts *testscript.TestScript, _ bool, args []string) {
	ln, err := net.Listen("tcp", net.JoinHostPort(args[0], args[1]))
	ts.Check(err)
	ts.Defer(func() { ln.Close() })
}

// month VAR: the month that it is in Korea. It does not end within the next minutes: the script would find what it did
// in another one.
func cmdMonth(ts *testscript.TestScript, _ bool, args []string) {
	now := time.Now().In(time.FixedZone("KST", 9*60*60))
	if next := time.Date(now.Year(), now.Month()+1, 1, 0, 0, 0, 0, now.Location()); next.Sub(now) < 4*time.Minute {
		time.Sleep(next.Sub(now))
		now = next
	}
	ts.Setenv(args[0], now.Format("2006-01"))
}

// mode FILE 0600
func cmdMode(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[1] {
		ts.Fatalf("mode %s, want %s", got, args[1])
	}
}

// empty DIR
func cmdEmpty(ts *testscript.TestScript, neg bool, args []string) {
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	if (len(entries) == 0) == neg {
		ts.Fatalf("%d entries: %v", len(entries), entries)
	}
}
