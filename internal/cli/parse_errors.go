package cli

import (
	"errors"
	"regexp"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/norang-login/norang/internal/i18n"
)

// parserForm is a form of the parser's errors, which are English texts and no types, and what it means to a user. The
// texts are filled with what the expression captures.
type parserForm struct {
	form   *regexp.Regexp
	ko, en string
}

func form(expression, ko, en string) parserForm {
	return parserForm{regexp.MustCompile(`(?s)^` + expression + `$`), ko, en}
}

// parserForms are all forms that the flags and arguments of the commands can lead to, without suggestions.
var parserForms = []parserForm{
	form(`unknown flag (.+)`, "모르는 플래그입니다: %s", "unknown flag %s"),
	form(`missing positional arguments (.+)`, "인자가 필요합니다: %s", "missing argument: %s"),
	form(`expected "(<.+)"`, "인자가 필요합니다: %s", "missing argument: %s"),
	form(`missing flags: (.+)`, "플래그가 필요합니다: %s", "missing flag: %s"),
	form(`(.+) must be one of (.+) but got (".*")`, "%[1]s %[3]s: %[2]s 가운데 하나여야 합니다",
		"%[1]s must be one of %[2]s, got %[3]s"),
	form(`(.+): expected \w+ value but got "EOL" \(<EOL>\)`, "%s 뒤에 값이 없습니다", "%s needs a value"),
	form(`(.+): missing value, expecting .+`, "%s 뒤에 값이 없습니다", "%s needs a value"),
	form(`(.+): expected \w+ value but got (".+") \((?:long|short) flag\)`,
		"%[1]s 뒤에 값이 아니라 플래그가 있습니다: %[2]s. 그것이 값이라면 %[1]s=%[2]s처럼 적으십시오",
		"%[1]s needs a value, and the flag %[2]s follows; if that is the value, write %[1]s=%[2]s"),
	form(`(.+): expected a valid \d+ bit u?int but got (".*")`, "%s %s: 정수여야 합니다",
		"%s must be a whole number, got %s"),
	form(`(.+): bool value must be true, 1, yes, false, 0 or no but got (".*")`,
		"%s %s: 값 없이 쓰거나, =true나 =false를 붙입니다", "%s takes no value, or =true or =false, got %s"),
	form(`(.+): expected duration but got (".*"): .+`, "%s %s: 5s, 1m30s처럼 단위가 있는 시간이어야 합니다",
		"%s must be a duration with a unit, such as 5s or 1m30s, got %s"),
}

var (
	suggested = regexp.MustCompile(`(?s)^(.*), did you mean (?:one of )?(.+)\?$`)
	perhaps   = regexp.MustCompile(`(?s)^(.*); perhaps try .+\?$`)
	argName   = regexp.MustCompile(`<([^<>]+)>`)
)

// parseError explains an error of the parser. It names the flag or argument.
func (c *terminal) parseError(err error) error {
	var at *kong.Node
	if p, ok := errors.AsType[*kong.ParseError](err); ok {
		at = p.Context.Selected()
	}
	hint := c.pick("norang --help를 보십시오.", "See norang --help.")
	if at != nil {
		hint = c.pick("norang %s --help를 보십시오.", "See norang %s --help.", strings.TrimPrefix(at.FullPath(), "norang "))
	}
	return c.usage(parserText(err.Error(), at).In(c.lang), hint)
}

// parserText words an error of the parser, which happened in a command; nil for none.
func parserText(said string, at *kong.Node) i18n.Text {
	if m := suggested.FindStringSubmatch(said); m != nil {
		text := parserText(m[1], at)
		_, unknown, _ := strings.Cut(m[1], "flag ")
		if argument, ok := strings.CutPrefix(m[1], "unexpected argument "); ok {
			unknown = argument
		}
		if len(strings.Trim(unknown, "-")) < 3 { // everything short is like it
			return text
		}
		if names := strings.Split(m[2], ", "); len(names) > 1 {
			text.Ko += ". " + m[2] + " 가운데 하나 아닙니까?"
			text.En += ", did you mean one of " + m[2] + "?"
			return text
		}
		return i18n.Text{Ko: text.Ko + ". " + m[2] + " 아닙니까?", En: text.En + ", did you mean " + m[2] + "?"}
	}
	if m := perhaps.FindStringSubmatch(said); m != nil {
		said = m[1]
	}
	children := childNames(at)
	unknown, isArgument := strings.CutPrefix(said, "unexpected argument ")
	switch {
	case isArgument && at != nil && len(children) == 0:
		return i18n.Textf("더 받지 않는 인자입니다: %q", "unexpected argument %q", unknown)
	case isArgument:
		return i18n.Textf("모르는 명령입니다: %q", "unknown command %q", unknown)
	case strings.HasPrefix(said, "expected ") && len(children) > 0:
		return i18n.Textf("명령이 하나 더 필요합니다: %s", "a command is missing: one of %s", strings.Join(children, ", "))
	}
	for _, f := range parserForms {
		m := f.form.FindStringSubmatch(said)
		if m == nil {
			continue
		}
		var args []any
		for _, captured := range m[1:] {
			args = append(args, readable(captured))
		}
		return i18n.Textf(f.ko, f.en, args...)
	}
	return i18n.Textf("명령을 이해할 수 없습니다: %s", "%s", said)
}

// childNames are the commands below a command.
func childNames(at *kong.Node) (names []string) {
	if at == nil {
		return nil
	}
	for _, child := range at.Children {
		names = append(names, child.Name)
	}
	return names
}

// readable writes arguments as the help does, and a list of allowed values without quotes and without the empty one,
// which stands for a flag that is not given.
func readable(text string) string {
	if strings.HasPrefix(text, "<") {
		return strings.ToUpper(argName.ReplaceAllString(text, "$1"))
	}
	if strings.Contains(text, `","`) {
		return strings.TrimPrefix(strings.ReplaceAll(text[1:len(text)-1], `","`, ", "), ", ")
	}
	return text
}
