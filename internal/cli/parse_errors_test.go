package cli

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/testkit/bounded"
)

// Every kind of error of the parser is a sentence in the user's language.
func TestErrorsOfTheParser(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ args, ko, en, hint string }{
		{"serv", `모르는 명령입니다: "serv". "dev", "serve", "user" 가운데 하나 아닙니까?`,
			`unknown command "serv", did you mean one of "dev", "serve", "user"?`, ""},
		{"user lst", `모르는 명령입니다: "lst". "list" 아닙니까?`, `unknown command "lst", did you mean "list"?`, "user"},
		{"proxy foo", `모르는 명령입니다: "foo"`, `unknown command "foo"`, "proxy"},
		{"=", `모르는 명령입니다: "="`, `unknown command "="`, ""},
		{"help foo", `모르는 명령입니다: "foo"`, `unknown command "foo"`, ""},
		{"user", "명령이 하나 더 필요합니다: list, show, ", "a command is missing: one of list, show, ", "user"},
		{"events", "명령이 하나 더 필요합니다: status, tail, send, replay, skip",
			"a command is missing: one of status, tail, send, replay, skip", "events"},
		{"user list x", `더 받지 않는 인자입니다: "x"`, `unexpected argument "x"`, "user list"},
		{"version user", `더 받지 않는 인자입니다: "user"`, `unexpected argument "user"`, "version"},
		{"user list --statu a", `모르는 플래그입니다: --statu. "--status" 아닙니까?`,
			`unknown flag --statu, did you mean "--status"?`, "user list"},
		{"user list -x", "모르는 플래그입니다: -x", "unknown flag -x", "user list"},
		{"--nope", "모르는 플래그입니다: --nope", "unknown flag --nope", ""},
		{"dev -v=x", "모르는 플래그입니다: -=", "unknown flag -=", "dev"},
		{"user show", "인자가 필요합니다: USER", "missing argument: USER", "user show"},
		{"explain", "인자가 필요합니다: CODE", "missing argument: CODE", "explain"},
		{"origin add --", "인자가 필요합니다: ", "missing argument: ", "origin add"},
		{"user merge kakao:1", "인자가 필요합니다: ", "missing argument: ", "user merge"},
		{"user list --status foo", `--status "foo": pending, active, disabled, withdrawn 가운데 하나여야 합니다`,
			`--status must be one of pending, active, disabled, withdrawn, got "foo"`, "user list"},
		{"key create x --scope foo", `--scope "foo": read, write, tokens 가운데 하나여야 합니다`,
			`--scope must be one of read, write, tokens, got "foo"`, "key create"},
		{"version --lang fr", `--lang "fr": ko, en 가운데 하나여야 합니다`, `--lang must be one of ko, en, got "fr"`, "version"},
		{"user list --limit", "--limit 뒤에 값이 없습니다", "--limit needs a value", "user list"},
		{"serve --config", "--config 뒤에 값이 없습니다", "--config needs a value", "serve"},
		{"serve --url", "--url 뒤에 값이 없습니다", "--url needs a value", "serve"},
		{"doctor --only", "--only 뒤에 값이 없습니다", "--only needs a value", "doctor"},
		{"emulator --redirect-uri", "--redirect-uri 뒤에 값이 없습니다", "--redirect-uri needs a value", "emulator"},
		{"dev --upstream --phone", `--upstream 뒤에 값이 아니라 플래그가 있습니다: "--phone". 그것이 값이라면 --upstream="--phone"처럼 적으십시오`,
			`--upstream needs a value, and the flag "--phone" follows; if that is the value, write --upstream="--phone"`,
			"dev"},
		{"user list --limit -1", `--limit 뒤에 값이 아니라 플래그가 있습니다: "-1". 그것이 값이라면 --limit="-1"처럼 적으십시오`,
			`--limit needs a value, and the flag "-1" follows; if that is the value, write --limit="-1"`, "user list"},
		{"user list --limit x", `--limit "x": 정수여야 합니다`, `--limit must be a whole number, got "x"`, "user list"},
		{"user list --limit=", `--limit "": 정수여야 합니다`, `--limit must be a whole number, got ""`, "user list"},
		{"user list --limit 99999999999999999999",
			`--limit "99999999999999999999": 정수여야 합니다`, `--limit must be a whole number`, "user list"},
		{"dev --phone=maybe", `--phone "maybe": 값 없이 쓰거나, =true나 =false를 붙입니다`,
			`--phone takes no value, or =true or =false, got "maybe"`, "dev"},
		{"serve --allow-emulator=2", `--allow-emulator "2": 값 없이`, `--allow-emulator takes no value`, "serve"},
		{"version --help=x", `--help "x": 값 없이`, `--help takes no value`, "version"},
		{"healthcheck --timeout x", `--timeout "x": 5s, 1m30s처럼 단위가 있는 시간이어야 합니다`,
			`--timeout must be a duration with a unit, such as 5s or 1m30s, got "x"`, "healthcheck"},
		{"healthcheck --timeout 5", `--timeout "5": 5s, 1m30s처럼`,
			`--timeout must be a duration with a unit`, "healthcheck"},
	} {
		for _, lang := range []i18n.Lang{i18n.Ko, i18n.En} {
			var out, errs bytes.Buffer
			environ := []string{"LANG=" + map[i18n.Lang]string{i18n.Ko: "ko_KR.UTF-8", i18n.En: "C"}[lang]}
			status := Run(bounded.Context(t), strings.Fields(tt.args), environ, nil, &out, &errs)
			want, hint := "norang: "+tt.en, "hint: See norang "+strings.TrimSpace(tt.hint+" --help")+".\n"
			if lang == i18n.Ko {
				want, hint = "norang: "+tt.ko, "힌트: norang "+strings.TrimSpace(tt.hint+" --help")+"를 보십시오.\n"
			}
			if status != statusUsage || !strings.HasPrefix(errs.String(), want) || !strings.HasSuffix(errs.String(), hint) {
				t.Errorf("%s, %s: status %d: %s\nwant %s\n%s", tt.args, lang, status, &errs, want, hint)
			}
			english := regexp.MustCompile(`\b(expected?|unexpected|unknown|missing|did you mean|must be|value|got)\b`)
			if word := english.FindString(errs.String()); lang == i18n.Ko && word != "" {
				t.Errorf("%s: %q in Korean: %s", tt.args, word, &errs)
			}
		}
	}
}

// Every form that is listed can still occur, or is for commands that have none of it yet. Another is shown as it
// is.
func TestFormsOfTheParser(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]i18n.Text{
		"missing flags: --a=STRING":               {Ko: "플래그가 필요합니다: --a=STRING", En: "missing flag: --a=STRING"},
		"missing positional arguments <id> <url>": {Ko: "인자가 필요합니다: ID URL", En: "missing argument: ID URL"},
		`--n: expected a valid 16 bit uint but got "-"`: {
			Ko: `--n "-": 정수여야 합니다`, En: `--n must be a whole number, got "-"`,
		},
		"something new": {Ko: "명령을 이해할 수 없습니다: something new", En: "something new"},
	} {
		if got := parserText(said, nil); got != want {
			t.Errorf("%s: %+v", said, got)
		}
	}
	c := &terminal{lang: i18n.En}
	if err := c.parseError(errors.New("x")); err == nil || err.Error() != "x" {
		t.Error(err)
	}
}
