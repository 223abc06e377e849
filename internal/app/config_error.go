package app

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/i18n"
)

// ConfigError is a field of [Config] that cannot be used as it is.
type ConfigError struct {
	Field string // "Kakao.ClientID"
	Value string // the value as it is printed; "" if it is missing or secret
	Cause error  // what another package said; nil for most

	// reason says what is wrong. {Field} names another field, {Field=1} switching it on.
	reason i18n.Text
}

// newConfigError returns a ConfigError. A nil value is not printed, which is how secrets stay out of messages. The
// arguments fill both texts.
func newConfigError(field string, value any, ko, en string, args ...any) *ConfigError {
	e := &ConfigError{Field: field, reason: i18n.Textf(ko, en, args...)}
	switch v := value.(type) {
	case nil:
	case string:
		e.Value = fmt.Sprintf("%q", v)
	case time.Duration:
		e.Value = formatDuration(v)
	default:
		e.Value = fmt.Sprint(v)
	}
	return e
}

// unusable is the ConfigError of a value that another package refused.
func unusable(field string, err error) *ConfigError {
	m := i18n.Message(err)
	if m.Ko == m.En {
		m.Ko = "쓸 수 없는 값입니다: " + m.Ko
	}
	return &ConfigError{Field: field, Cause: err, reason: m}
}

// Error names the fields as Go code does.
func (e *ConfigError) Error() string {
	name := func(field string) string { return "Config." + strings.TrimSuffix(field, "=1") }
	text := name(e.Field) + ": " + e.Reason(name).En
	if e.Value != "" {
		text += ", got " + e.Value
	}
	return text
}

var fieldRef = regexp.MustCompile(`\{([A-Za-z0-9.-]+)(=1)?\}`)

// Reason says what is wrong. name gives the caller's name of a field, or of a field that is switched on
// ("NoAdminKey=1").
func (e *ConfigError) Reason(name func(field string) string) i18n.Text {
	replace := func(text string) string {
		return fieldRef.ReplaceAllStringFunc(text, func(ref string) string {
			m := fieldRef.FindStringSubmatch(ref)
			return name(m[1] + m[2])
		})
	}
	return i18n.Text{Ko: replace(e.reason.Ko), En: replace(e.reason.En)}
}

// formatDuration writes a duration as settings do: 90d and 12h, where time.Duration says 2160h0m0s and 12h0m0s.
func formatDuration(d time.Duration) string {
	if d != 0 && d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// ConfigErrors lists every [ConfigError] in an error that [New] or [Check] returned.
func ConfigErrors(err error) []*ConfigError {
	var out []*ConfigError
	switch e := err.(type) {
	case *ConfigError:
		return []*ConfigError{e}
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			out = append(out, ConfigErrors(inner)...)
		}
	case interface{ Unwrap() error }:
		return ConfigErrors(e.Unwrap())
	}
	return out
}

// redactUser removes the user and password of an address.
func redactUser(text string) string {
	if _, after, ok := strings.Cut(text, "@"); ok {
		return "…@" + after
	}
	return text
}
