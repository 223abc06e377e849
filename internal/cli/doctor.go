package cli

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/config"
	"github.com/norang-login/norang/internal/doctor"
	"github.com/norang-login/norang/internal/i18n"
)

// doctorCmd checks an installation.
type doctorCmd struct {
	kong.Plugins
	flags *settingFlags

	Config string   `name:"config" placeholder:"FILE" help:"flag.config"`
	JSON   bool     `name:"json" help:"flag.json"`
	Strict bool     `name:"strict" help:"flag.doctor.strict"`
	Only   []string `name:"only" placeholder:"ID" help:"flag.doctor.only"`
	Skip   []string `name:"skip" placeholder:"ID" help:"flag.doctor.skip"`
	Report string   `name:"report" placeholder:"FILE" help:"flag.doctor.report"`
}

// Run is kong's.
func (d *doctorCmd) Run(c *terminal) error {
	in := readInstallation(c, d.flags.given(), d.Config)
	checks, unseen := in.checks(), app.DoctorUnseen(app.FromPublic(in.settings.Config))
	selection := doctor.Selection{Only: d.Only, Skip: d.Skip}
	if unknown := selection.Unknown(checks, unseen); len(unknown) > 0 {
		return c.usage(c.pick("그런 확인이 없습니다: %s", "no such check: %s", strings.Join(unknown, ", ")),
			c.pick("모든 id는 docs/doctor.ko.md에 있습니다.", "docs/doctor.md lists all ids."))
	}
	if d.Report != "" {
		if err := checkFile(c, i18n.Text{Ko: "보고서", En: "report"}, d.Report); err != nil {
			return err
		}
	}
	unseen = selection.Unseen(unseen)
	r := doctor.Run(c.ctx, checks, selection)
	if c.ctx.Err() != nil {
		return c.ctx.Err()
	}
	if d.Report != "" {
		err := writeNew(d.Report, func(w io.Writer) error {
			_, err := io.WriteString(w, in.report(r))
			return err
		})
		if err != nil {
			return noReport(c, d.Report, err)
		}
	}
	if d.JSON {
		if err := c.json(in.json(r, unseen, c.lang)); err != nil {
			return err
		}
	} else {
		in.print(c, r)
		printUnseen(c, unseen)
	}
	if r.Count(doctor.Faulty) > 0 || d.Strict && r.Count(doctor.Warned) > 0 {
		return &failure{status: statusFailed}
	}
	return nil
}

// noReport is the error of a report that could not be written, with the status of what could not run.
func noReport(c *terminal, path string, err error) error {
	f := &failure{status: statusUsage, err: err, text: c.pick("보고서를 쓸 수 없습니다", "cannot write the report")}
	var told *failure
	switch {
	case errors.Is(err, fs.ErrExist):
		f.hint = c.pick("이미 있는 파일은 덮어쓰지 않습니다.", "A file that exists is not overwritten.")
	case errors.As(unwritten(c, path, err), &told):
		f.hint = told.hint
	}
	return f
}

// installation is what doctor examines.
type installation struct {
	settings config.Settings
	errs     config.Errors
	file     string   // the settings file, "" if none was read
	secrets  []string // files with secrets
	dotenv   string   // an .env file with settings that nothing reads
	names    []string // of the settings that are set
}

// readInstallation reads the settings and keeps their errors for the report.
func readInstallation(c *terminal, flags map[string]string, file string) *installation {
	src := settingSources(c, flags, file)
	s, warnings, err := config.Load(src)
	in := &installation{file: src.File, dotenv: unreadDotenv()}
	errors.As(err, &in.errs)
	for _, w := range warnings {
		c.warn("%s", "%s", w.In(c.lang))
	}
	s.Log = slog.New(slog.DiscardHandler)
	in.errs = append(in.errs, s.Check(in.errs, 0)...)
	in.settings = s
	in.names = slices.Sorted(maps.Keys(s.Set()))
	in.secrets = config.SecretFiles(src)
	return in
}

// unreadDotenv is the .env file of the working directory if it holds settings: norang does not read it.
func unreadDotenv() string {
	const name = ".env"
	text, err := os.ReadFile(name)
	if err != nil || len(text) > 1<<20 {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		key, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "=")
		if config.Known(strings.TrimSpace(key)) {
			return name
		}
	}
	return ""
}

// checks are all checks, cheapest first.
func (in *installation) checks() []doctor.Check {
	all := []doctor.Check{
		{
			ID: app.ValidSettings, What: i18n.Text{Ko: "설정의 값", En: "values of the settings"},
			Run: always(in.invalid()),
		},
		{
			ID: "settings.dotenv", What: i18n.Text{Ko: "읽지 않는 .env 파일", En: ".env file that nothing reads"},
			Run: always(in.notRead()),
		},
		{
			ID: "settings.exposed", Run: always(in.exposed()),
			What: i18n.Text{Ko: "네트워크에 드러나는 설정", En: "settings that expose something to the network"},
		},
		doctor.Tracked(in.privateFiles()),
	}
	all = append(all, app.DoctorChecks(app.FromPublic(in.settings.Config), string(in.settings.Listen))...)
	return append(all, in.namespaces())
}

func (in *installation) invalid() (found []doctor.Finding) {
	for _, e := range in.errs {
		f := doctor.Finding{Level: doctor.Fault, Subject: e.Setting, Cause: e.Reason}
		if e.Value != "" {
			f.Seen = e.Value
		}
		f.Fix = i18n.Text{
			Ko: "고친 뒤 다시 실행하십시오. 설정은 docs/settings.ko.md에 있습니다.",
			En: "Correct it and run this again; docs/settings.md describes it.",
		}
		if e.Where != "" && e.Where != e.Setting {
			f.Fix.Ko = e.Where + "에 적은 값을 " + f.Fix.Ko
			f.Fix.En = "The value is from " + e.Where + ". " + f.Fix.En
		}
		found = append(found, f)
	}
	return found
}

func (in *installation) notRead() []doctor.Finding {
	if in.dotenv == "" {
		return nil
	}
	return []doctor.Finding{{
		Level: doctor.Warning, Seen: in.dotenv,
		Cause: i18n.Text{
			Ko: ".env 파일에 norang의 설정이 있지만 norang은 .env를 읽지 않습니다.",
			En: "The file .env has settings of norang, which does not read it.",
		},
		Fix: i18n.Text{
			Ko: "norang.toml로 옮기거나(norang init), 셸(set -a; . ./.env), 컴포즈(env_file), systemd(EnvironmentFile)로 읽어 들이십시오.",
			En: "Move them to norang.toml (norang init), or load the file by the shell (set -a; . ./.env), compose (env_file) " +
				"or systemd (EnvironmentFile).",
		},
	}}
}

func (in *installation) exposed() (found []doctor.Finding) {
	address := ""
	if host, _, err := net.SplitHostPort(string(in.settings.OpsListen)); err == nil {
		address = host
	}
	for _, w := range exposures(in.settings, nil, exposedAddress(address)) {
		found = append(found, doctor.Finding{Level: doctor.Warning, Subject: w.setting, Cause: w.text})
	}
	return found
}

// exposedAddress is the address that a host in a setting means.
func exposedAddress(host string) net.Addr {
	a := &net.TCPAddr{IP: net.ParseIP(host)}
	if host == "" {
		a.IP = net.IPv6unspecified
	}
	return a
}

// always is a check whose result is known.
func always(found []doctor.Finding) func(context.Context) ([]doctor.Finding, bool) {
	return func(context.Context) ([]doctor.Finding, bool) { return found, true }
}

// privateFiles are the files that hold secrets or users' data.
func (in *installation) privateFiles() []string {
	files := append([]string{".env"}, in.secrets...)
	if in.file != "" {
		files = append(files, in.file)
	}
	database := in.settings.Database
	if database == "" {
		row, _ := setting("NORANG_DATABASE")
		database = row.Default
	}
	if !strings.Contains(database, "://") && app.CheckDatabaseForm(database) == nil {
		files = append(files, database, filepath.Join(filepath.Dir(database), "norang.keys"))
	}
	if in.settings.Keys != "" {
		files = append(files, in.settings.Keys)
	}
	return files
}
