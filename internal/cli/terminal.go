package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"unicode"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/config"
	"github.com/norang-login/norang/internal/i18n"
)

// terminal is the user's side: language, environment and streams.
type terminal struct {
	ctx            context.Context
	environ        []string
	stdin          io.Reader
	stdout, stderr io.Writer
	lang           i18n.Lang
	command        string // that runs: "user list"; "" before it is known
	pipes          config.Pipes
}

// pick formats the text in the user's language.
func (c *terminal) pick(ko, en string, args ...any) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && i18n.Control(r) {
			return '\uFFFD' // from an argument that a stranger wrote
		}
		return r
	}, i18n.Textf(ko, en, args...).In(c.lang))
}

// print prints a line to standard output.
func (c *terminal) print(ko, en string, args ...any) {
	fmt.Fprintln(c.stdout, c.pick(ko, en, args...))
}

// warn prints a line to standard error.
func (c *terminal) warn(ko, en string, args ...any) {
	fmt.Fprintln(c.stderr, "norang: "+c.pick(ko, en, args...))
}

// json prints JSON.
func (c *terminal) json(v any) error { return writeJSON(c.stdout, v) }

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(i18n.EscapeJSON(w))
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// failure is an error with a hint.
type failure struct {
	status int
	text   string // a sentence; empty if all is said already
	hint   string // what to do next
	err    error  // the cause, or nil
}

func (f *failure) Error() string {
	if f.err != nil {
		return f.text + ": " + f.err.Error()
	}
	return f.text
}

func (f *failure) Unwrap() error { return f.err }

// usage returns a failure with the exit status for wrong usage.
func (c *terminal) usage(text, hint string) error {
	return &failure{status: statusUsage, text: text, hint: hint}
}

// confirmFlag is the flag of commands that destroy what no other command brings back.
type confirmFlag struct {
	Yes bool `name:"yes" help:"flag.yes"`
}

// confirmed asks on a terminal and refuses to go on anywhere else, unless --yes is given. what names what needs it,
// hint says how to look first.
func (f confirmFlag) confirmed(c *terminal, what i18n.Text, hint string) error {
	if f.Yes {
		return nil
	}
	if !isTerminal(c.stdin) || !isTerminal(c.stderr) {
		return f.missing(c, what, hint)
	}
	fmt.Fprintln(c.stderr, c.pick("힌트: ", "hint: ")+hint)
	ask := c.pick("%s yes를 입력하십시오: ", "%s needs your confirmation, type yes: ", what.In(c.lang))
	answer, err := readLine(c, c.stderr, bufio.NewReader(c.stdin), ask)
	switch {
	case errors.Is(err, errNoAnswer): // such as of /dev/null
		return f.missing(c, what, hint)
	case err != nil:
		return err
	case answer != "yes":
		return &failure{status: statusFailed, text: c.pick("확인하지 않아 아무것도 하지 않았습니다", "not confirmed, nothing was done")}
	}
	return nil
}

// missing is the error of a command without a confirmation.
func (confirmFlag) missing(c *terminal, what i18n.Text, hint string) error {
	return c.usage(c.pick("%s --yes가 필요합니다", "%s needs --yes", what.In(c.lang)), hint)
}

// errNoAnswer is the end of the input in place of an answer.
var errNoAnswer = errors.New("no answer")

// readLine asks on out and reads the answer. It returns when c.ctx ends.
func readLine(c *terminal, out io.Writer, lines *bufio.Reader, ask string) (string, error) {
	fmt.Fprint(out, ask)
	type answer struct {
		text string
		err  error
	}
	read := make(chan answer, 1)
	go func() {
		text, err := lines.ReadString('\n')
		read <- answer{strings.TrimSpace(text), err}
	}()
	select {
	case <-c.ctx.Done():
		return "", context.Cause(c.ctx)
	case r := <-read:
		if r.err != nil {
			return "", errNoAnswer
		}
		return r.text, nil
	}
}

// report prints an error and returns the exit status.
func (c *terminal) report(err error) int {
	if err == nil {
		return statusDone
	}
	if errs := configErrors(err); len(errs) > 0 {
		c.reportConfig(errs)
		return statusUsage
	}
	var f *failure
	if !errors.As(err, &f) {
		f = &failure{status: statusFailed, text: i18n.Message(err).In(c.lang)}
		if c.lang != i18n.En && !strings.ContainsFunc(f.text, isHangul) {
			f.text, f.err = unfinished(err), err
		}
	}
	if f.text != "" {
		printFailure(c, f)
	}
	if advice, ok := app.DatabaseAdvice(err); ok {
		f.hint = oneLine(advice.Fix.In(c.lang)) // replaces the command's own hint
	} else if hint := diskHint(c, err); hint != "" {
		f.hint = hint
	} else if hint := rightsHint(c, err); hint != "" {
		f.hint = oneLine(hint)
	} else if f.hint == "" {
		f.hint = oneLine(ownershipHint(c, err))
	}
	if f.hint != "" {
		fmt.Fprintln(c.stderr, c.pick("힌트: ", "hint: ")+f.hint)
	}
	return f.status
}

// printFailure prints what happened and its cause, which has a line of its own if only the former is in Korean.
func printFailure(c *terminal, f *failure) {
	if f.err != nil && c.lang != i18n.En {
		cause, between := i18n.Message(f.err).In(c.lang), ": "
		if !strings.ContainsFunc(cause, isHangul) {
			cause, between = f.err.Error(), "\n원인: "
		}
		fmt.Fprintln(c.stderr, "norang: "+oneLine(f.text)+between+oneLine(cause))
		return
	}
	fmt.Fprintln(c.stderr, "norang: "+oneLine(f.Error()))
}

func isHangul(r rune) bool { return unicode.Is(unicode.Hangul, r) }

// unfinished says in Korean what happened, of an error that does not.
func unfinished(err error) string {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "파일이나 디렉터리를 읽거나 쓸 권한이 없습니다"
	case errors.Is(err, fs.ErrNotExist):
		return "파일이나 디렉터리가 없습니다"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return "시간 안에 끝나지 않았습니다"
	}
	return "명령을 끝내지 못했습니다"
}

// configErrors are the configuration errors in err, by settings.
func configErrors(err error) config.Errors {
	var errs config.Errors
	if errors.As(err, &errs) {
		return errs
	}
	return config.Unusable(err, nil)
}

// reportConfig lists configuration errors. Those of a command that reads no settings are all of its flags.
func (c *terminal) reportConfig(errs config.Errors) {
	ofFlag := func(e *config.Error) bool { return strings.HasPrefix(e.Setting, "--") && !e.OfFile }
	if c.command != "" && !slices.ContainsFunc(errs, func(e *config.Error) bool { return !ofFlag(e) }) {
		for _, e := range errs {
			c.warn("%s", "%s", oneLine(e.In(c.lang)))
		}
		fmt.Fprintln(c.stderr, c.pick("힌트: norang %s --help를 보십시오.", "hint: See norang %s --help.", c.command))
		return
	}
	c.warn("고쳐야 할 설정: %d개", "configuration errors: %d", len(errs))
	for _, e := range errs {
		fmt.Fprintln(c.stderr, "  "+oneLine(e.In(c.lang)))
	}
	for _, e := range errs {
		if hint := unreadHint(c, e.Cause); hint != "" {
			fmt.Fprintln(c.stderr, c.pick("힌트: ", "hint: ")+oneLine(hint))
			return
		}
	}
	fmt.Fprintln(c.stderr, c.pick("힌트: 모든 설정은 norang serve --help와 docs/settings.ko.md에 있습니다.",
		"hint: norang serve --help and docs/settings.md list all settings."))
}

// visible makes one line of s and marks characters that move the cursor or change the text direction: names are written
// by strangers.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if i18n.Control(r) {
			return '\uFFFD'
		}
		return r
	}, s)
}

// oneLine keeps paths, file names and responses from looking like lines of this program or moving the cursor.
func oneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if i18n.Control(r) {
			return ' '
		}
		return r
	}, s))
}
