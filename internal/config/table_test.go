package config

import (
	"net/netip"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/norang-login/norang"
)

// Every row is complete and its names are unique.
func TestTableIsComplete(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	once := func(s *Setting, kind, name string) {
		if other, twice := seen[kind+name]; twice {
			t.Errorf("%s: the %s %q belongs to %s", s.Name, kind, name, other)
		}
		seen[kind+name] = s.Name
	}
	rows := rowsOf([]string{"name"})
	for i := range rows {
		s := &rows[i]
		if !regexp.MustCompile(`^(NORANG|KAKAO|NAVER|LINE|APPLE|GOOGLE|OIDC)_[A-Z0-9_]+$`).MatchString(s.Name) ||
			strings.HasSuffix(s.Name, fileSuffix) {
			t.Errorf("%s: not a valid name", s.Name)
		}
		if (s.Group != GroupOIDC || s.Flag != "") && !regexp.MustCompile(`^[a-z]+(-[a-z0-9]+)*$`).MatchString(s.Flag) ||
			!regexp.MustCompile(`^([a-z]+\.|oidc\.name\.)?[a-z]+(_[a-z0-9]+)*$`).MatchString(s.Key) {
			t.Errorf("%s: flag %q, key %q", s.Name, s.Flag, s.Key)
		}
		if s.Help.Ko == "" || s.Help.En == "" || s.Example == "" {
			t.Errorf("%s: help or example is missing", s.Name)
		}
		if strings.HasSuffix(s.Name, "SECRET") && !strings.HasPrefix(s.Name, "NORANG_NO_") && !s.Secret() ||
			s.Name == "KAKAO_ADMIN_KEY" && !s.Secret() {
			t.Errorf("%s is not marked as a secret", s.Name)
		}
		for _, n := range s.Names() {
			once(s, "variable", n)
		}
		if s.Flag != "" {
			once(s, "flag", s.FlagName())
		}
		once(s, "key", s.Key)
	}
}

// The documented example of every row is a valid value.
func TestExamplesAreValid(t *testing.T) {
	t.Parallel()
	for i := range table {
		s := &table[i]
		example := s.Example
		if s.Secret() {
			example = strings.ReplaceAll(example, " ", "-") // a description, not a value
		}
		got, warnings, err := Load(Sources{Environ: []string{s.Name + "=" + example}})
		warnings = slices.DeleteFunc(warnings, func(e *Error) bool {
			return turnedOnBy(s.Name) != nil && e.Setting == s.Name
		})
		if err != nil || len(warnings) != 0 {
			t.Errorf("%s=%s: %v %v", s.Name, example, err, warnings)
		}
		if before, _, _ := Load(Sources{}); sprint(before) == sprint(got) {
			t.Errorf("%s=%s changed nothing", s.Name, example)
		}
	}
}

// Every field of norang.Config can be set, except those that only Go code can give.
func TestEveryConfigFieldHasASetting(t *testing.T) {
	t.Parallel()
	goOnly := []string{
		"Limits.Addresses", "Templates", "JoinHook", "Dev", "Log", "Now",
		"Random", "Transport", "ConsoleSettings",
		"OIDC", // its members are rows of a template
	}
	var set []string
	for i := range table {
		if f := table[i].Field(); f != "" {
			set = append(set, f)
		}
	}
	if len(set) != len(table)-4 { // the listeners, the directory of templates and the log level
		t.Errorf("%d of %d rows set a field of norang.Config", len(set), len(table))
	}
	var walk func(typ reflect.Type, path string)
	walk = func(typ reflect.Type, path string) {
		for i := range typ.NumField() {
			f := typ.Field(i)
			leaf := f.Type.Kind() != reflect.Struct || f.Type == reflect.TypeFor[norang.Rate]() ||
				f.Type == reflect.TypeFor[netip.Prefix]()
			switch name := path + f.Name; {
			case !leaf:
				walk(f.Type, name+".")
			case slices.Contains(set, name) == slices.Contains(goOnly, name):
				t.Errorf("%s: has a setting: %v", name, slices.Contains(set, name))
			}
		}
	}
	walk(reflect.TypeFor[norang.Config](), "")
}

func TestUnusableNamesSettings(t *testing.T) {
	t.Parallel()
	_, err := norang.New(norang.Config{
		URL: "http://login.example.com", Limits: norang.Limits{Starts: norang.Rate{Burst: 1}},
		Kakao: norang.Kakao{ClientSecret: "s", AppID: 1},
	})
	known := Errors{{Setting: "NORANG_URL"}}
	var got []string
	for _, e := range Unusable(err, known) {
		got = append(got, e.Setting)
	}
	slices.Sort(got)
	if want := []string{"KAKAO_ADMIN_KEY", "KAKAO_CLIENT_ID", "Limits"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q: %v", got, want, err)
	}
	all := Unusable(err, nil).Error()
	for _, want := range []string{
		`NORANG_URL: must be https unless the host is localhost, got "http://login.example.com"`,
		"KAKAO_ADMIN_KEY: is missing", "set NORANG_NO_ADMIN_KEY=1",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is missing in:\n%s", want, all)
		}
	}
}
