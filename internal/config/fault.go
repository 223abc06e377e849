package config

import (
	"fmt"
	"strings"
)

// Text is a sentence in both languages.
type Text struct{ Ko, En string }

// In gives the Korean sentence for "ko" and the English one for anything else.
func (t Text) In(lang string) string {
	if lang == "ko" {
		return t.Ko
	}
	return t.En
}

// say writes a sentence in both languages from the same values.
func say(ko, en string, args ...any) Text {
	if len(args) == 0 {
		return Text{ko, en}
	}
	return Text{fmt.Sprintf(ko, args...), fmt.Sprintf(en, args...)}
}

// Fault is one setting that cannot be used as it was given.
type Fault struct {
	// Setting is the setting's name in the environment, or the unknown name itself.
	Setting string
	// Where says how it was given when that was not by this name: "--session-idle", "norang.toml: session.idle".
	Where string
	// Problem says what to change. It never holds a secret.
	Problem Text
}

// Name is the setting and where it was given.
func (f *Fault) Name() string {
	if f.Where == "" || f.Where == f.Setting {
		return f.Setting
	}
	return f.Setting + " (" + f.Where + ")"
}

func (f *Fault) Error() string { return f.Name() + ": " + f.Problem.En }

// Faults is every fault at once.
type Faults []*Fault

func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.As find a Fault.
func (fs Faults) Unwrap() []error {
	out := make([]error, len(fs))
	for i, f := range fs {
		out[i] = f
	}
	return out
}
