package cli

import "errors"

// explainCmd explains a Kakao error code.
type explainCmd struct {
	Code string `arg:"" name:"code" help:"arg.code"`
	JSON bool   `name:"json" help:"flag.json"`
}

// Run implements the kong command.
func (e *explainCmd) Run(c *terminal) error {
	err := Explain(c.stdout, e.Code, c.lang, e.JSON)
	if unknown := (*UnknownCodeError)(nil); errors.As(err, &unknown) {
		hint := c.pick("모든 코드는 docs/errors.md에 있습니다.", "docs/errors.md lists all codes.")
		return &failure{status: statusFailed, text: err.Error(), hint: hint}
	}
	return err
}
