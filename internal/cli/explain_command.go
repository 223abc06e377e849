package cli

import (
	"errors"
	"slices"
	"strings"
)

// explainCmd explains the Kakao error codes in its arguments.
type explainCmd struct {
	Code []string `arg:"" name:"code" help:"arg.code"`
	JSON bool     `name:"json" help:"flag.json"`
}

// Run implements the kong command.
func (e *explainCmd) Run(c *terminal) error {
	err := Explain(c.stdout, strings.Join(e.Code, " "), c.lang, e.JSON)
	if unknown := (*UnknownCodeError)(nil); errors.As(err, &unknown) {
		hint := c.pick("모든 코드는 docs/errors.ko.md에 있습니다.", "docs/errors.md lists all codes.")
		others := explainedElsewhere(strings.Join(e.Code, " "))
		switch name := unknown.of.name; {
		case name != "":
			hint = c.pick("이 제공자는 docs/%s.ko.md에 있습니다.", "docs/%s.md describes this provider.", name)
		case len(others) > 0:
			hint = c.pick("제공자 이름을 앞에 적으십시오: %s", "Write the provider's name in front: %s", strings.Join(others, ", "))
		}
		return &failure{status: statusFailed, text: err.Error(), hint: hint}
	}
	return err
}

// explainedElsewhere are the commands that explain a code of other providers, one for each that has it.
func explainedElsewhere(code string) (commands []string) {
	for _, p := range furtherProviders {
		for _, known := range p.codes() {
			if strings.EqualFold(known.code, strings.TrimSpace(code)) {
				commands = append(commands, "norang explain "+p.name+" "+known.code)
				break
			}
		}
	}
	return commands
}

// explainArgs turns "norang explain -401 --json" into "norang explain --json -- -401": a code that begins with a hyphen
// is not a flag.
func explainArgs(args []string) []string {
	at := slices.Index(args, "explain")
	if at < 0 || slices.Contains(args, "--") || slices.ContainsFunc(args[:at], func(a string) bool {
		return !strings.HasPrefix(a, "-") && a != "ko" && a != "en"
	}) {
		return args
	}
	out := slices.Clone(args[:at+1])
	var codes []string
	for rest := args[at+1:]; len(rest) > 0; rest = rest[1:] {
		switch a := rest[0]; {
		case a == "--lang" && len(rest) > 1:
			out = append(out, a, rest[1])
			rest = rest[1:]
		case strings.HasPrefix(a, "-") && (len(a) < 2 || a[1] < '0' || a[1] > '9'):
			out = append(out, a)
		default:
			codes = append(codes, a)
		}
	}
	if len(codes) == 0 {
		return out
	}
	return append(append(out, "--"), codes...)
}
