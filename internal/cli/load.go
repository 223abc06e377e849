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

// loadFor is load for a command that needs only the named settings: others may be missing, such as the secrets that a
// service gets as credentials of its unit.
func loadFor(
	c *terminal, flags map[string]string, file string, log *slog.Logger, names ...string,
) (config.Settings, error) {
	s, _, err := config.Load(settingSources(c, flags, file))
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

// loadPublic is load for a command that uses no secret and no file of the service. Missing secrets get stand-ins, so
// that the rest is checked and read as the service does.
func loadPublic(c *terminal, flags map[string]string, file string, log *slog.Logger) (config.Settings, error) {
	s, warnings, err := config.Load(settingSources(c, flags, file))
	if err != nil {
		return s, err
	}
	for _, w := range warnings {
		c.warn("%s", "%s", w.In(c.lang))
	}
	for _, e := range s.Check(nil, countPassed(c)) {
		if err := s.StandIn(e.Setting, func() (string, error) { return newStandIn(e.Setting) }); err != nil {
			return s, err
		}
	}
	s.Log = log
	errs := slices.DeleteFunc(s.Check(nil, countPassed(c)), func(e *config.Error) bool {
		return isSecret(e.Setting) || e.Setting == "NORANG_KEYS" || e.Setting == "NORANG_DATABASE"
	})
	if len(errs) > 0 {
		return s, errs
	}
	return s, nil
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
