package cli

import (
	"errors"
	"log/slog"

	"github.com/norang-login/norang/internal/config"
)

// settingSources are where settings come from. file is that of --config, "" without the flag.
func settingSources(c *terminal, flags map[string]string, file string) config.Sources {
	return config.Sources{Flags: flags, Environ: c.environ, File: config.FindFile(file, c.environ)}
}

// load reads and checks the settings and reports every error at once. It opens and creates nothing.
func (c *terminal) load(flags map[string]string, file string, log *slog.Logger) (config.Settings, error) {
	s, warnings, err := config.Load(settingSources(c, flags, file))
	for _, w := range warnings {
		c.warn("%s", "%s", w.In(c.lang))
	}
	var errs config.Errors
	if err != nil && !errors.As(err, &errs) {
		return s, err
	}
	s.Log = log
	errs = append(errs, s.Check(errs, countPassed(c))...)
	if len(errs) > 0 {
		return s, errs
	}
	return s, nil
}
