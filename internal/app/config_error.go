package app

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Fault is one thing that is wrong with the configuration: which setting, what is wrong, what to change.
type ConfigError struct {
	Setting string // the name of the environment variable
	Problem string // a sentence that says what to change; never holds a secret
	korean  string // the same in Korean; "" if nobody has written it
}

func (f *ConfigError) Error() string { return f.Setting + ": " + f.Problem }

// In gives the problem in a language: Korean for "ko", English for anything else.
func (f *ConfigError) In(lang string) string {
	if lang == "ko" && f.korean != "" {
		return f.korean
	}
	return f.Problem
}

// newFault makes a Fault. The English sentence is also the key of the Korean one, see korean in fault_korean.go; a test finds those that have
// none.
func newConfigError(setting, format string, args ...any) *ConfigError {
	args = slices.Clone(args)
	for i, a := range args {
		if d, ok := a.(time.Duration); ok {
			args[i] = written(d)
		}
	}
	f := &ConfigError{Setting: setting, Problem: fmt.Sprintf(format, args...)}
	if ko, ok := koreanFor(format); ok {
		f.korean = fmt.Sprintf(ko, args...)
	}
	return f
}

// written is a duration as settings have it: 90d and 12h, where time.Duration says 2160h0m0s and 12h0m0s.
func written(d time.Duration) string {
	if d != 0 && d%(24*time.Hour) == 0 {
		return fmt.Sprintf("%dd", d/(24*time.Hour))
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

// Faults lists every fault of an error that New returned.
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
