package cli

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/operator"
)

type userExportCmd struct {
	operatorFlags

	User     string `arg:"" optional:"" help:"arg.user"`
	Output   string `name:"output" placeholder:"FILE" help:"flag.output"`
	CSV      bool   `name:"csv" help:"flag.export.csv"`
	Provider string `name:"provider" placeholder:"NAME" help:"flag.export.provider"`
	App      string `name:"app" placeholder:"ID" help:"flag.export.app"`
}

// Run is kong's.
func (u *userExportCmd) Run(c *terminal) error {
	if u.Output == "-" {
		u.Output = "" // standard output
	}
	if u.CSV == (u.User != "") || (u.App != "" || u.Provider != "") && !u.CSV {
		return c.usage(c.pick("회원 한 명 또는 --csv 가운데 하나를 고르십시오", "give either a user or --csv"), "")
	}
	if u.CSV {
		return u.withOperator(c, func(d *app.Operator) error { return u.all(c, d) })
	}
	s, err := operator.ParseSelector(u.User)
	if err != nil {
		return c.explain(err)
	}
	return u.withOperator(c, func(d *app.Operator) error {
		write := func(w io.Writer) error { return d.Use.Exports.Write(c.ctx, s, w) }
		if err := u.write(c, write); err != nil || u.Output == "" {
			return err
		}
		c.print("%s 파일에 썼습니다. 본인에게 전한 다음 지우십시오.", "Wrote %s. Delete it once the user has received it.", u.Output)
		return nil
	})
}

// all writes all users as CSV.
func (u *userExportCmd) all(c *terminal, d *app.Operator) error {
	var out app.Exported
	err := u.write(c, func(w io.Writer) (err error) {
		out, err = d.ExportCSV(c.ctx, u.Provider, u.App, w)
		return err
	})
	switch {
	case errors.Is(err, app.ErrWhichProvider):
		return c.usage(c.pick("회원이 있는 제공자가 둘 이상입니다: %s", "there are users of several providers: %s",
			strings.Join(out.Others, ", ")), c.pick("--provider에 하나를 적으십시오. 파일은 제공자마다 따로입니다.",
			"Name one with --provider: each has a file of its own."))
	case errors.Is(err, app.ErrWhichApp):
		return c.usage(c.pick("%s 앱이 둘 이상입니다", "there are users of several apps at %s", out.Provider),
			c.pick("--app에 하나를 적으십시오: %s", "Name one with --app: %s", strings.Join(out.Apps, ", ")))
	}
	if err != nil {
		return err
	}
	if out.Several > 0 {
		c.warn("계정을 둘 이상 연결한 회원 %d명은 하나만 들어 있습니다",
			"%d users have several accounts there, of which the file has one", out.Several)
	}
	if len(out.Others) > 0 {
		c.warn("다른 제공자로만 로그인하는 회원은 들어 있지 않습니다. 따로 내보내십시오: %s",
			"users who only sign in by another provider are not in the file; export them as well: %s",
			strings.Join(out.Others, ", "))
	}
	c.warn("회원 %d명을 썼습니다. 모두의 개인정보가 들어 있으니 필요 없어지면 지우십시오",
		"wrote %d users; the file holds their personal data, delete it when it is no longer needed", out.Rows)
	return nil
}

// write writes to --output, or to standard output.
func (u *userExportCmd) write(c *terminal, write func(io.Writer) error) error {
	if u.Output == "" {
		return write(c.stdout)
	}
	err := writeNew(u.Output, write)
	if errors.Is(err, fs.ErrExist) {
		return &failure{status: statusFailed, text: c.pick("%s 파일이 이미 있습니다", "%s already exists", u.Output),
			hint: c.pick("다른 이름을 고르십시오.", "Choose another name.")}
	}
	return unwritten(c, u.Output, err)
}

// writeNew writes a new file that only its owner can read. An incomplete file is removed.
func writeNew(name string, write func(io.Writer) error) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err = errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}
