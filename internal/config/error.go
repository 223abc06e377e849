package config

import (
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/i18n"
)

// Error is a setting that cannot be used as it was given.
type Error struct {
	Setting string    // its name in the environment, or the unknown name
	Where   string    // how it was given if not by this name: "--session-idle", "norang.toml: session.idle"
	Value   string    // as it is printed; "" if it is missing or secret
	Reason  i18n.Text // what is wrong and what to write instead
	OfFile  bool      // it is about the file of settings as a whole; Setting says how that was named
	Cause   error     // such as that the user may not read a file; nil for most

	unread bool // no setting of the file was read
}

// Name is the setting and where it was given.
func (e *Error) Name() string {
	if e.Where == "" || e.Where == e.Setting {
		return e.Setting
	}
	return e.Setting + " (" + e.Where + ")"
}

// In is the whole message in a language.
func (e *Error) In(l i18n.Lang) string {
	switch {
	case e.Value == "":
		return e.Name() + ": " + e.Reason.In(l)
	case l == i18n.Ko:
		return e.Name() + ": " + e.Value + ": " + e.Reason.Ko
	}
	return e.Name() + ": " + e.Reason.En + ", got " + e.Value
}

func (e *Error) Error() string { return e.In(i18n.En) }

// Errors is every configuration error at once, in the order of the table.
type Errors []*Error

func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// fileUnread reports whether the file could not be read, so that its settings look as if they were missing.
func (es Errors) fileUnread() bool {
	return slices.ContainsFunc(es, func(e *Error) bool { return e.unread })
}

// Unusable is like the function of this name, and also says where each value was given.
func (s *Settings) Unusable(err error, known Errors) Errors { return s.located(Unusable(err, known)) }

// Explain returns the errors of norang as [Errors], with where each value was given; any other error as it is. flags
// are those of the command, by the field of norang.Config that the command sets from them instead of from a setting.
func (s *Settings) Explain(err error, flags map[string]string) error {
	if errs := s.located(unusable(err, nil, flags)); len(errs) > 0 {
		return errs
	}
	return err
}

// located adds to errors where their settings were given.
func (s *Settings) located(errs Errors) Errors {
	for _, e := range errs {
		if e.Where == "" {
			e.Where = s.sources[e.Setting]
		}
	}
	return errs
}

// Named is the name of a setting with where it was given, if that was not by this name.
func (s *Settings) Named(setting string) string {
	return (&Error{Setting: setting, Where: s.sources[setting]}).Name()
}

// Unusable translates the errors of norang into those of settings, except those of settings that are in known
// already: what could not be read is missing, and reporting both would confuse.
func Unusable(err error, known Errors) Errors { return unusable(err, known, nil) }

func unusable(err error, known Errors, flags map[string]string) (all Errors) {
	named := func(field string) string {
		if flag, ok := flags[strings.TrimSuffix(field, "=1")]; ok {
			return flag
		}
		return settingOf(field)
	}
	for _, e := range app.ConfigErrors(err) {
		name := named(e.Field)
		if !slices.ContainsFunc(known, func(k *Error) bool {
			return k.Setting == name || k.Setting == keysTextSetting && name == "NORANG_KEYS" // which it replaces
		}) {
			all = append(all, &Error{Setting: name, Value: e.Value, Reason: e.Reason(named), Cause: e.Cause})
		}
	}
	return all
}

// settingOf is the name of the setting that sets a field of norang.Config, or the field's own name if there is none.
// With "=1" the field is a switch that is on.
func settingOf(field string) string {
	field, on := strings.CutSuffix(field, "=1")
	if name, ok := oidcSettingOf(field); ok {
		return name
	}
	if field == "Templates" { // which the setting gives as a directory
		return "NORANG_TEMPLATES"
	}
	for i := range table {
		if table[i].Field() != field {
			continue
		}
		if on {
			return table[i].Name + "=1"
		}
		return table[i].Name
	}
	return field
}
