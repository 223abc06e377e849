package config

import (
	"regexp"
	"strings"
	"testing"
)

// Every row is complete, its names fit together and belong to nobody else.
func TestTableIsWhole(t *testing.T) {
	seen := map[string]string{}
	once := func(s *Setting, kind, name string) {
		if other, twice := seen[kind+name]; twice {
			t.Errorf("%s: the %s %q is %s's", s.Name, kind, name, other)
		}
		seen[kind+name] = s.Name
	}
	for i := range table {
		s := &table[i]
		if !regexp.MustCompile(`^(NORANG|KAKAO)_[A-Z0-9_]+$`).MatchString(s.Name) || strings.HasSuffix(s.Name, fileSuffix) {
			t.Errorf("%s: not a name of ours", s.Name)
		}
		if !regexp.MustCompile(`^[a-z]+(-[a-z0-9]+)*$`).MatchString(s.Flag) || !regexp.MustCompile(`^([a-z]+\.)?[a-z]+(_[a-z0-9]+)*$`).MatchString(s.Key) {
			t.Errorf("%s: flag %q, key %q", s.Name, s.Flag, s.Key)
		}
		if s.Help.Ko == "" || s.Help.En == "" || s.Example == "" {
			t.Errorf("%s: help or example is missing", s.Name)
		}
		if strings.HasSuffix(s.Name, "SECRET") && !strings.HasPrefix(s.Name, "NORANG_NO_") && !s.Secret() || s.Name == "KAKAO_ADMIN_KEY" && !s.Secret() {
			t.Errorf("%s is not held as a secret", s.Name)
		}
		for _, n := range s.Names() {
			once(s, "variable", n)
		}
		once(s, "flag", s.FlagName())
		once(s, "key", s.Key)
	}
}

// The example of every row, given as a variable, is a value that is read; so the documentation cannot lie about it.
func TestExamplesAreRead(t *testing.T) {
	for i := range table {
		s := &table[i]
		example := s.Example
		if s.Secret() {
			example = strings.ReplaceAll(example, " ", "-") // a description, not a value
		}
		got, warnings, err := Load(Sources{Environ: []string{s.Name + "=" + example}})
		if err != nil || len(warnings) != 0 {
			t.Errorf("%s=%s: %v %v", s.Name, example, err, warnings)
		}
		if before, _, _ := Load(Sources{}); sprint(before) == sprint(got) {
			t.Errorf("%s=%s changed nothing", s.Name, example)
		}
	}
}
