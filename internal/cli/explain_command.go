package cli

import (
	"errors"
)

// explainCmd explains a code of Kakao's.
type explainCmd struct {
	Code string `arg:"" name:"code" help:"arg.code"`
	JSON bool   `name:"json" help:"flag.json"`
}

// Run is kong's.
func (e *explainCmd) Run(c *console) error {
	err := Explain(c.stdout, e.Code, c.lang, e.JSON)
	if unknown := (*UnknownCodeError)(nil); errors.As(err, &unknown) {
		return &failure{status: statusFailed, text: err.Error(), hint: c.pick("모든 코드는 docs/errors.md에 있습니다.", "All codes stand in docs/errors.md.")}
	}
	return err
}
