package cli

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/operator"
)

type userExportCmd struct {
	operatorFlags

	User   string `arg:"" optional:"" help:"arg.user"`
	Output string `name:"output" placeholder:"FILE" help:"flag.output"`
	CSV    bool   `name:"csv" help:"flag.export.csv"`
	App    string `name:"app" placeholder:"ID" help:"flag.export.app"`
}

// Run is kong's.
func (u *userExportCmd) Run(c *terminal) error {
	if u.CSV == (u.User != "") || u.App != "" && !u.CSV {
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
		if err := u.write(c, func(w io.Writer) error { return d.Export(c.ctx, s, w) }); err != nil || u.Output == "" {
			return err
		}
		c.print("%s 파일에 썼습니다. 본인에게 전한 다음 지우십시오.", "Wrote %s. Delete it once the user has received it.", u.Output)
		return nil
	})
}

// all writes all users as CSV.
func (u *userExportCmd) all(c *terminal, d *app.Operator) error {
	var rows, several int
	err := u.write(c, func(w io.Writer) (err error) {
		rows, several, err = d.ExportCSV(c.ctx, u.App, w)
		return err
	})
	if errors.Is(err, app.ErrWhichApp) {
		return c.usage(c.pick("카카오 앱이 둘 이상입니다", "there are users of several Kakao apps"),
			c.pick("--app에 앱 ID를 적으십시오.", "Name one with --app."))
	}
	if err != nil {
		return err
	}
	if several > 0 {
		c.warn("카카오계정을 둘 이상 연결한 회원 %d명은 하나만 들어 있습니다",
			"%d users have several Kakao accounts, of which the file has one", several)
	}
	c.warn("회원 %d명을 썼습니다. 모두의 개인정보가 들어 있으니 필요 없어지면 지우십시오",
		"wrote %d users; the file holds their personal data, delete it when it is no longer needed", rows)
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
	return err
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
