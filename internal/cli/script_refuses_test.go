package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// refuses REGEXP [KEY=VALUE…]: with these variables, norang serve does not start, norang serve --check says the very
// same (OP-06), both with status 2 and in both languages, of which the regexp is for the English one, and nothing is
// left behind. The last of the four is a process of its own, whose output stdout and stderr look at.
func cmdRefuses(ts *testscript.TestScript, _ bool, args []string) {
	before := map[string]string{}
	for _, kv := range args[1:] {
		k, v, _ := strings.Cut(kv, "=")
		before[k] = ts.Getenv(k)
		ts.Setenv(k, strings.ReplaceAll(v, `\n`, "\n"))
	}
	defer func() {
		for k, v := range before {
			ts.Setenv(k, v)
		}
	}()
	environ := environment(ts)
	for k := range before {
		environ = append(environ, k+"="+ts.Getenv(k))
	}
	run := func(args ...string) (said string) {
		status, said := runAgain(ts, commandLine{Args: args, Environ: environ, Dir: ts.MkAbs(".")})
		if status != statusUsage {
			ts.Fatalf("exit status %d of %v, want 2\n%s", status, args, said)
		}
		return said
	}
	// --check first, because it always ends.
	said := run("serve", "--check", "--lang", "en")
	if again := run("serve", "--lang", "en"); said != again {
		ts.Fatalf("--check says otherwise:\n%s\n%s", said, again)
	}
	if !regexp.MustCompile(args[0]).MatchString(said) {
		ts.Fatalf("%q is not in:\n%s", args[0], said)
	}
	said = run("serve", "--check", "--lang", "ko")
	if got := exitStatus(ts.Exec("norang", "serve", "--lang", "ko")); got != statusUsage {
		ts.Fatalf("exit status %d, want 2", got)
	}
	if again := ts.ReadFile("stderr"); said != again {
		ts.Fatalf("--check says otherwise:\n%s\n%s", said, again)
	}
	inKorean(ts, said)
	if _, err := os.Stat(ts.MkAbs("norang.db")); err == nil {
		ts.Fatalf("a database was made")
	}
}

// inKorean looks at a list of faults: each names its setting and says something in Korean.
func inKorean(ts *testscript.TestScript, said string) {
	faults := regexp.MustCompile(`(?m)^  [A-Z_a-z0-9]+.*: .*`).FindAllString(said, -1)
	for _, f := range faults {
		if !regexp.MustCompile(`\p{Hangul}{2}`).MatchString(f) {
			ts.Fatalf("not in Korean: %s", f)
		}
	}
	if len(faults) == 0 {
		ts.Fatalf("no faults in:\n%s", said)
	}
}

// commandLine is a command for a program that runs several, because starting one takes longer than what it does.
type commandLine struct {
	Args, Environ []string
	Dir           string
}

// outcome is how a command ended.
type outcome struct {
	Status int
	Said   string // to standard error
}

// runCommands is that program.
func runCommands() {
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var c commandLine
		err := in.Decode(&c)
		if err == io.EOF {
			return
		}
		var said bytes.Buffer
		if err = cmp.Or(err, os.Chdir(c.Dir)); err == nil {
			ctx, cancel := context.WithTimeout(context.Background(), patience) // in case that it serves
			status := Run(ctx, c.Args, c.Environ, strings.NewReader(""), io.Discard, &said)
			cancel()
			err = out.Encode(outcome{status, said.String()})
		}
		if err != nil {
			panic(err)
		}
	}
}

// several is a program that runs commands, which the script keeps.
type several struct {
	in  *json.Encoder
	out *json.Decoder
}

// runAgain runs a command in the program that the script keeps for that.
func runAgain(ts *testscript.TestScript, c commandLine) (status int, said string) {
	kept := ts.Value("several").(*several)
	if kept.in == nil {
		path, err := exec.LookPath("several")
		ts.Check(err)
		cmd := exec.Command(path)
		cmd.Env = environment(ts)
		in, err := cmd.StdinPipe()
		ts.Check(err)
		out, err := cmd.StdoutPipe()
		ts.Check(err)
		var failed bytes.Buffer
		cmd.Stderr = &failed
		ts.Check(cmd.Start())
		kept.in, kept.out = json.NewEncoder(in), json.NewDecoder(out)
		ts.Defer(func() {
			in.Close()
			if err := cmd.Wait(); err != nil {
				ts.Fatalf("the program of several commands: %v: %s", err, failed.String())
			}
		})
	}
	var o outcome
	ts.Check(kept.in.Encode(c))
	ts.Check(kept.out.Decode(&o))
	return o.Status, o.Said
}
