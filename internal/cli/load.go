package cli

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"log/slog"
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/config"
)

// settingSources are where settings come from. file is that of --config, "" without the flag.
func settingSources(c *terminal, flags map[string]string, file string) config.Sources {
	return config.Sources{
		Flags: flags, Environ: c.environ, File: config.FindFile(file, c.environ), Done: c.ctx.Done(), Pipes: &c.pipes,
	}
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

// readSettings reads the settings for a command that uses no secrets but the named ones. The files of the others may be
// readable only by the service.
func readSettings(from config.Sources, secrets ...string) (s config.Settings, warnings config.Errors, err error) {
	s, warnings, err = config.Load(from)
	var errs config.Errors
	if !errors.As(err, &errs) {
		return s, warnings, err
	}
	errs = slices.DeleteFunc(errs, func(e *config.Error) bool {
		return isSecret(e.Setting) && !slices.Contains(secrets, e.Setting)
	})
	if len(errs) > 0 {
		return s, warnings, errs
	}
	return s, warnings, nil
}

// loadFor is load for a command that needs only the named settings: others may be missing, such as the secrets that a
// service gets as credentials of its unit.
func loadFor(
	c *terminal, flags map[string]string, file string, log *slog.Logger, names ...string,
) (config.Settings, error) {
	s, _, err := readSettings(settingSources(c, flags, file), names...)
	if err != nil {
		return s, err
	}
	s.Log = log
	errs := slices.DeleteFunc(s.Check(nil, countPassed(c)), func(e *config.Error) bool {
		return !slices.Contains(names, e.Setting)
	})
	if len(errs) > 0 {
		return s, errs
	}
	return s, nil
}

// loadPublic is load for a command that uses no file of the service and no secret but the named ones. Missing secrets
// get stand-ins, so that the rest is checked and read as the service does; missing are those of the named ones.
func loadPublic(
	c *terminal, flags map[string]string, file string, log *slog.Logger, secrets ...string,
) (s config.Settings, missing []string, err error) {
	s, warnings, err := readSettings(settingSources(c, flags, file), secrets...)
	if err != nil {
		return s, nil, err
	}
	for _, w := range warnings {
		c.warn("%s", "%s", w.In(c.lang))
	}
	for _, e := range s.Check(nil, countPassed(c)) {
		if err := s.StandIn(e.Setting, func() (string, error) { return newStandIn(e.Setting) }); err != nil {
			return s, nil, err
		}
		if slices.Contains(secrets, e.Setting) {
			missing = append(missing, e.Setting)
		}
	}
	s.Log = log
	errs := slices.DeleteFunc(s.Check(nil, countPassed(c)), func(e *config.Error) bool {
		return isSecret(e.Setting) && !slices.Contains(secrets, e.Setting) ||
			e.Setting == "NORANG_KEYS" || e.Setting == "NORANG_DATABASE"
	})
	if len(errs) > 0 {
		return s, nil, errs
	}
	return s, missing, nil
}

// isSecret reports the name of a secret, also of an OpenID Connect provider, whose settings are in no table.
func isSecret(name string) bool {
	row, ok := setting(name)
	return ok && row.Secret() || strings.HasPrefix(name, "OIDC_") && strings.HasSuffix(name, "_CLIENT_SECRET")
}

// newStandIn returns a value for a secret that is not used, by the form of the setting's secret.
func newStandIn(name string) (string, error) {
	if !strings.HasSuffix(name, "_PRIVATE_KEY") {
		return rand.Text(), nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), nil
}
