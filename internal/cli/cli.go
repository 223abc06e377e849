package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"reflect"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/config"
)

// statuses are the values of --status; the first is the default, for all.
const statuses = ",pending,active,disabled,withdrawn"

// The exit statuses.
const (
	statusDone   = 0
	statusFailed = 1
	statusUsage  = 2
)

// grammar is all commands. The help tags are keys of texts, or names of settings.
type grammar struct {
	Help help   `name:"help" short:"h" help:"flag.help"`
	Lang string `name:"lang" enum:"ko,en" default:"${lang}" placeholder:"ko|en" help:"flag.lang"`

	Dev         devCmd         `cmd:"" help:"cmd.dev"`
	Serve       serveCmd       `cmd:"" help:"cmd.serve"`
	Emulator    emulatorCmd    `cmd:"" help:"cmd.emulator"`
	Init        initCmd        `cmd:"" help:"cmd.init"`
	Doctor      doctorCmd      `cmd:"" help:"cmd.doctor"`
	Try         tryCmd         `cmd:"" help:"cmd.try"`
	Proxy       proxyCmd       `cmd:"" help:"cmd.proxy"`
	Explain     explainCmd     `cmd:"" help:"cmd.explain"`
	DB          dbCmd          `cmd:"" name:"db" help:"cmd.db"`
	Keyring     keyringCmd     `cmd:"" help:"cmd.keyring"`
	User        userCmd        `cmd:"" help:"cmd.user"`
	Import      importCmd      `cmd:"" help:"cmd.import"`
	Session     sessionCmd     `cmd:"" help:"cmd.session"`
	Key         keyCmd         `cmd:"" help:"cmd.key"`
	Admin       adminCmd       `cmd:"" help:"cmd.admin"`
	Origin      originCmd      `cmd:"" help:"cmd.origin"`
	Jobs        jobsCmd        `cmd:"" help:"cmd.jobs"`
	Events      eventsCmd      `cmd:"" help:"cmd.events"`
	Audit       auditCmd       `cmd:"" help:"cmd.audit"`
	Privacy     privacyCmd     `cmd:"" help:"cmd.privacy"`
	Healthcheck healthcheckCmd `cmd:"" help:"cmd.healthcheck"`
	Version     versionCmd     `cmd:"" help:"cmd.version"`
}

// Run runs the program. args are without its name, environ is as in os.Environ. It returns the exit status, and returns
// when ctx ends.
func Run(ctx context.Context, args []string, environ []string, stdin io.Reader, stdout, stderr io.Writer) int {
	args = explainArgs(helpArgs(args))
	c := &terminal{ctx: ctx, environ: environ, stdin: stdin, stdout: stdout, stderr: stderr, lang: language(args, environ)}
	out := &checkedWriter{Writer: stdout}
	c.stdout = out
	err := c.run(args)
	if errors.Is(err, errHelpShown) {
		err = nil
	}
	if out.err != nil && !errors.As(err, new(outputError)) {
		err = &failure{status: statusFailed, err: outputError{out.err},
			text: c.pick("출력을 다 쓰지 못했습니다", "output not written completely")}
	}
	return c.report(err)
}

// checkedWriter remembers the first error of writing standard output. A list that is cut short, for example on a full
// disk, must not look complete.
type checkedWriter struct {
	io.Writer
	err error
}

func (w *checkedWriter) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	if w.err == nil {
		w.err = err
	}
	return n, err
}

// printOnce calls print, which prints a secret that is not stored, and returns its error or that of the output: nobody
// has seen the secret then. Without a reader of a pipe, a signal would end the program before that is known.
func printOnce(c *terminal, print func() error) error {
	signal.Ignore(syscall.SIGPIPE)
	err := print()
	if out, ok := c.stdout.(*checkedWriter); ok && out.err != nil {
		return outputError{out.err}
	}
	return err
}

// helpArgs turns "norang help user list" into "norang user list --help".
func helpArgs(args []string) []string {
	if len(args) == 0 || args[0] != "help" {
		return args
	}
	return append(slices.Clone(args[1:]), "--help")
}

// newParser returns the parser of command lines. With args, it has only what they name: building all commands, and the
// flags of the settings, takes half the run time of a short command.
func newParser(c *terminal, args ...string) (*kong.Kong, error) {
	g := new(grammar)
	named := func(command string) bool { return len(args) == 0 || slices.Contains(args, command) }
	for command, fields := range map[string]struct {
		flags   **settingFlags
		plugins *kong.Plugins
		want    func(config.Setting) bool
	}{
		"serve":  {&g.Serve.flags, &g.Serve.Plugins, allSettings},
		"try":    {&g.Try.flags, &g.Try.Plugins, allSettings},
		"init":   {&g.Init.flags, &g.Init.Plugins, isAsked},
		"doctor": {&g.Doctor.flags, &g.Doctor.Plugins, allSettings},
		"policy": {&g.Privacy.Policy.flags, &g.Privacy.Policy.Plugins, allSettings},
	} {
		if named(command) {
			*fields.flags = newSettingFlags(fields.want)
			*fields.plugins = kong.Plugins{(*fields.flags).target}
		}
	}
	for command, prepare := range map[string]func(){
		"proxy": g.Proxy.prepare, "healthcheck": g.Healthcheck.prepare, "events": g.Events.prepare,
	} {
		if named(command) {
			prepare()
		}
	}
	database := newSettingFlags(isDatabase) // for all of them, because only one command runs
	g.DB.Migrate.flags, g.DB.Status.flags, g.DB.Check.flags = database, database, database
	g.DB.Check.Plugins = kong.Plugins{database.target}
	g.DB.Migrate.Plugins, g.DB.Status.Plugins = g.DB.Check.Plugins, g.DB.Check.Plugins
	for _, f := range g.operatorCommands() {
		f.use(database)
	}
	return kong.New(g.only(args), kong.Name("norang"), kong.NoDefaultHelp(),
		kong.Vars{"lang": string(c.lang), "statuses": statuses},
		kong.Writers(c.stdout, c.stderr), kong.Bind(c), kong.Exit(func(int) {}))
}

// only returns the grammar for kong without the commands that args, which begin with the name of one, do not run.
func (g *grammar) only(args []string) any {
	if len(args) == 0 {
		return g
	}
	var fields []reflect.StructField
	var values []reflect.Value
	found, all := false, reflect.ValueOf(g).Elem()
	for i := range all.NumField() {
		field := all.Type().Field(i)
		if _, command := field.Tag.Lookup("cmd"); command {
			if cmp.Or(field.Tag.Get("name"), strings.ToLower(field.Name)) != args[0] {
				continue
			}
			found = true
		}
		fields, values = append(fields, field), append(values, all.Field(i))
	}
	if !found {
		return g
	}
	some := reflect.New(reflect.StructOf(fields))
	for i, v := range values {
		some.Elem().Field(i).Set(v)
	}
	return some.Interface()
}

func (c *terminal) run(args []string) error {
	parser, err := newParser(c, args...)
	if err != nil {
		return fmt.Errorf("grammar: %w", err) // a bug, found by tests
	}
	if len(args) == 0 {
		if err := c.help(c.stderr, parser.Model.Node); err != nil {
			return err
		}
		return &failure{status: statusUsage}
	}
	k, err := parser.Parse(args)
	if errors.Is(err, errHelpShown) {
		return errHelpShown
	}
	if err != nil {
		return c.parseError(err)
	}
	if name := repeatedFlag(k); name != "" {
		return c.usage(c.pick("--%s 플래그가 두 번 있습니다.",
			"flag --%s is given twice", name), c.pick("하나를 지우십시오.", "Remove one of them."))
	}
	c.command = strings.TrimPrefix(k.Selected().FullPath(), "norang ")
	stop := c.catchSignals(k.Command() == "serve")
	defer stop()
	return c.explainSystem(k.Run(c))
}

// catchSignals lets signals end c.ctx, so that commands clean up. SIGHUP too, for it means that the terminal is gone,
// unless the service runs or the program was started to ignore it (nohup).
func (c *terminal) catchSignals(serving bool) (stop func()) {
	var more []os.Signal
	if !serving && !signal.Ignored(syscall.SIGHUP) {
		more = append(more, syscall.SIGHUP)
	}
	c.ctx, stop = untilSignal(c.ctx, more...)
	return stop
}

// explainSystem explains a signal, a database that cannot be used, a full disk and a read-only file system, for every
// command.
func (c *terminal) explainSystem(err error) error {
	if errors.Is(err, context.Canceled) && c.ctx.Err() != nil {
		return &failure{status: statusFailed, text: c.pick("중단했습니다", "interrupted"),
			hint: c.pick("끝나지 않은 일은 되돌렸습니다.", "Unfinished work was undone.")}
	}
	var told *failure
	if errors.As(err, &told) {
		return err
	}
	if advice, ok := app.DatabaseAdvice(err); ok {
		return &failure{status: statusFailed, err: err, text: advice.Cause.In(c.lang) + damage(c, advice.File)}
	}
	switch {
	case diskFull(err):
		return &failure{status: statusFailed, err: err, text: c.pick("디스크에 남은 공간이 없습니다", "the disk is full")}
	case readOnlyDisk(err):
		return &failure{status: statusFailed, err: err, text: c.pick("읽기 전용이라 쓸 수 없습니다",
			"cannot write, read-only")}
	}
	return err
}

// repeatedFlag returns a flag that was given twice: the last one would win silently.
func repeatedFlag(k *kong.Context) string {
	seen := map[*kong.Value]bool{}
	for _, p := range k.Path {
		if p.Flag == nil || p.Flag.IsSlice() || p.Resolved {
			continue
		}
		if seen[p.Flag.Value] {
			return p.Flag.Name
		}
		seen[p.Flag.Value] = true
	}
	return ""
}
