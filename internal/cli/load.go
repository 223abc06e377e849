package cli

import (
	"errors"
	"log/slog"

	"github.com/norang-login/norang/internal/config"
)

// load reads and checks the settings and reports every error at once. It opens and creates nothing.
func (c *terminal) load(flags map[string]string, file string, log *slog.Logger) (config.Settings, error) {
	s, warnings, err := config.Load(config.Sources{Flags: flags, Environ: c.environ, File: file})
	for _, w := range warnings {
		c.warn("%s", "%s", w.In(c.lang))
	}
	var errs config.Errors
	if err != nil && !errors.As(err, &errs) {
		return s, err
	}
	s.Log = log
	if e := s.OpenTemplates(); e != nil {
		errs = append(errs, e)
	}
	errs = append(errs, config.Unusable(s.Config.Check(), errs)...)
	if len(errs) > 0 {
		return s, errs
	}
	return s, nil
}
