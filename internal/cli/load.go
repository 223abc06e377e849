package cli

import (
	"errors"
	"log/slog"

	"github.com/norang-login/norang/internal/config"
	"github.com/norang-login/norang/internal/i18n"
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
	if e := s.OpenTemplates(); e != nil {
		errs = append(errs, e)
	}
	if s.AccessLog && s.LogLevel > slog.LevelInfo {
		errs = append(errs, &config.Error{Setting: "NORANG_ACCESS_LOG", Reason: i18n.Text{
			Ko: "info 수준으로 남기므로 NORANG_LOG_LEVEL이 warn이나 error이면 쓸 수 없습니다.",
			En: "is logged at level info, which NORANG_LOG_LEVEL leaves out",
		}})
	}
	errs = append(errs, config.Unusable(s.Config.Check(), errs)...)
	if len(errs) > 0 {
		return s, errs
	}
	return s, nil
}
