package cli

import (
	"bytes"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/config"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/testkit/bounded"
)

// keys are the help keys in the grammar.
func keys(typ reflect.Type) []string {
	var out []string
	for i := range typ.NumField() {
		f := typ.Field(i)
		if k := f.Tag.Get("help"); k != "" {
			out = append(out, k)
		}
		if f.Type.Kind() == reflect.Struct {
			out = append(out, keys(f.Type)...)
		}
	}
	return out
}

// Everything in the grammar has words in both languages, and there are no words for what is not in it.
func TestTextsMatchTheGrammar(t *testing.T) {
	used := keys(reflect.TypeFor[grammar]())
	for _, k := range used {
		if text := texts[k]; text.Ko == "" || text.En == "" {
			t.Errorf("%s: no text", k)
		}
	}
	for k, text := range texts {
		if text.Ko == "" || text.En == "" {
			t.Errorf("%s lacks a language", k)
		}
		if k != "norang" && !slices.Contains(used, strings.TrimSuffix(k, ".more")) {
			t.Errorf("%s is used nowhere", k)
		}
	}
}

// Every setting has its flag in the help of serve, in both languages.
func TestServeHelpHasEverySetting(t *testing.T) {
	for _, lang := range i18n.Langs() {
		var out, errs bytes.Buffer
		got := Run(bounded.Context(t), []string{"serve", "--help", "--lang", string(lang)}, nil, nil, &out, &errs)
		if got != 0 || errs.Len() > 0 {
			t.Fatalf("%d %s", got, errs.String())
		}
		for _, s := range config.Table() {
			for _, want := range []string{"--" + s.FlagName(), s.Help.In(lang), "$" + s.Name} {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%s: %q is missing", lang, want)
				}
			}
		}
	}
}

func TestLanguage(t *testing.T) {
	for _, tt := range []struct {
		args, env []string
		want      i18n.Lang
	}{
		{nil, nil, "en"},
		{nil, []string{"LANG=ko_KR.UTF-8"}, "ko"},
		{nil, []string{"LANG=ko"}, "ko"},
		{nil, []string{"LANG=kok_IN"}, "en"}, // Konkani is not Korean
		{nil, []string{"LANG=ko_KR.UTF-8", "LC_ALL=C"}, "en"},
		{nil, []string{"LANG=C", "LC_MESSAGES=ko_KR"}, "ko"},
		{nil, []string{"LC_ALL=", "LANG=ko_KR"}, "ko"},
		{[]string{"--lang", "ko"}, []string{"LANG=C"}, "ko"},
		{[]string{"dev", "--lang=en"}, []string{"LANG=ko"}, "en"},
		{[]string{"explain", "--", "--lang=ko"}, nil, "en"},
		{[]string{"--lang", "fr"}, []string{"LANG=ko"}, "ko"},
		{[]string{"--lang"}, nil, "en"},
	} {
		if got := language(tt.args, tt.env); got != tt.want {
			t.Errorf("%q %q: %s", tt.args, tt.env, got)
		}
	}
}

// Text of others cannot look like lines of this program.
func TestOneLine(t *testing.T) {
	if got := oneLine("a\nnorang: b\x1b[2J\r\tc\x7f "); got != "a norang: b [2J  c" {
		t.Errorf("%q", got)
	}
}

// Every command has an example in its help, in both languages, with flags that the command has.
func TestEveryCommandHasAnExample(t *testing.T) {
	t.Parallel()
	parser, err := newParser(&terminal{stdout: io.Discard, stderr: io.Discard, lang: i18n.En})
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, leaf := range parser.Model.Leaves(true) {
		used[leaf.Help] = true
		flags := map[string]bool{}
		for _, group := range leaf.AllFlags(false) {
			for _, f := range group {
				flags["--"+f.Name] = true
			}
		}
		for _, lang := range i18n.Langs() {
			mark := map[i18n.Lang]string{i18n.Ko: "예:", i18n.En: "Example"}[lang]
			text := texts[leaf.Help+".more"].In(lang)
			if example := examples[leaf.Help]; example != "" {
				text = mark + ": " + example
			}
			_, example, ok := strings.Cut(text, mark)
			if !ok || !strings.Contains(example, leaf.FullPath()) {
				t.Errorf("%s: no example in %s: %q", leaf.FullPath(), lang, text)
			}
			for _, word := range strings.Fields(example) {
				name, _, _ := strings.Cut(strings.Trim(word, "`.,()"), "=")
				if strings.HasPrefix(name, "--") && !flags[name] {
					t.Errorf("%s: no flag %s: %s", leaf.FullPath(), name, example)
				}
			}
		}
	}
	for key := range examples {
		if !used[key] {
			t.Errorf("an example of no command: %s", key)
		}
	}
}
