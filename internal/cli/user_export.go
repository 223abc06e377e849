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

	User   string `arg:"" help:"arg.user"`
	Output string `name:"output" placeholder:"FILE" help:"flag.output"`
}

// Run is kong's.
func (u *userExportCmd) Run(c *terminal) error {
	s, err := operator.ParseSelector(u.User)
	if err != nil {
		return c.explain(err)
	}
	return u.withOperator(c, func(d *app.Operator) error {
		if u.Output == "" {
			return d.Export(c.ctx, s, c.stdout)
		}
		err := writeNew(u.Output, func(w io.Writer) error { return d.Export(c.ctx, s, w) })
		if errors.Is(err, fs.ErrExist) {
			return &failure{status: statusFailed, text: c.pick("%s 파일이 이미 있습니다", "%s already exists", u.Output),
				hint: c.pick("다른 이름을 고르십시오.", "Choose another name.")}
		}
		if err != nil {
			return err
		}
		c.print("%s 파일에 썼습니다. 본인에게 전한 다음 지우십시오.", "Wrote %s. Delete it once the user has received it.", u.Output)
		return nil
	})
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
