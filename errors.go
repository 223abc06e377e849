package norang

import (
	"errors"
	"fmt"
	"strings"

	"github.com/norang-login/norang/internal/app"
)

// ConfigError is one field of a [Config] that cannot be used.
type ConfigError struct {
	// Field is the path of the field: "URL", "Kakao.ClientID".
	Field string
	// Value is the value as printed, "" if it is missing or secret.
	Value string
	// Reason says what is wrong and what to change. It never holds a secret.
	Reason string

	err *app.ConfigError
}

func (e *ConfigError) Error() string { return e.err.Error() }

// Unwrap returns the internal error, from which the norang command makes a message in terms of its settings.
func (e *ConfigError) Unwrap() error { return e.err }

// ConfigErrors lists what is wrong with the configuration that [New] rejected with err, nil if err has another cause.
func ConfigErrors(err error) []*ConfigError {
	var out []*ConfigError
	for _, e := range app.ConfigErrors(err) {
		out = append(out, newConfigError(e))
	}
	return out
}

func newConfigError(e *app.ConfigError) *ConfigError {
	name := func(field string) string { return strings.TrimSuffix(field, "=1") }
	return &ConfigError{Field: e.Field, Value: e.Value, Reason: e.Reason(name).En, err: e}
}

// Check reports every missing, unsafe or contradictory field of c, as [New] does, without opening or creating anything.
func (c Config) Check() error { return publicError(app.Check(c.internal())) }

// Paths lists the paths that norang serves in front of an app, as patterns of [net/http.ServeMux]: a path that ends
// with a slash covers everything below it. A reverse proxy passes these to norang and everything else to the app.
func (c Config) Paths() []string { return app.Paths(c.internal()) }

// publicError makes configuration errors public. Other errors stay as they are.
func publicError(err error) error {
	found := ConfigErrors(err)
	if len(found) == 0 {
		return err
	}
	all := make([]error, len(found))
	for i, e := range found {
		all[i] = e
	}
	return fmt.Errorf("norang: invalid configuration: %w", errors.Join(all...))
}
