package cli

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/config"
	"github.com/norang-login/norang/internal/doctor"
	"github.com/norang-login/norang/internal/i18n"
)

// initCmd writes a settings file.
type initCmd struct {
	kong.Plugins
	flags *settingFlags

	OIDC     oidcFlags `embed:"" prefix:"oidc-"`
	NoDoctor bool      `name:"no-doctor" help:"flag.init.no-doctor"`
}

// question is a setting that init asks for.
type question struct {
	setting string
	ask     i18n.Text
	file    bool // asks for the path of a file that holds the secret

	// Of a setting that is not in the table, see oidcFlags:
	row      *config.Setting
	flag     string
	optional bool
	with     string // another setting, NAME=value, without which this one is not checked
}

// urlQuestion is the first question, for every choice of providers.
var urlQuestion = question{setting: "NORANG_URL", ask: i18n.Text{
	Ko: "서비스의 공개 주소(예: https://login.example.com)", En: "Public address (such as https://login.example.com)",
}}

var kakaoQuestions = []question{
	{setting: "KAKAO_APP_ID", ask: i18n.Text{Ko: "카카오 앱 ID([앱] > [일반])", En: "Kakao app id ([앱] > [일반])"}},
	{setting: "KAKAO_CLIENT_ID", ask: i18n.Text{Ko: "REST API 키([앱] > [플랫폼 키])", En: "REST API key ([앱] > [플랫폼 키])"}},
	{setting: "KAKAO_CLIENT_SECRET", ask: i18n.Text{
		Ko: "클라이언트 시크릿([앱] > [플랫폼 키] > [REST API 키])", En: "Client secret ([앱] > [플랫폼 키] > [REST API 키])",
	}},
	{setting: "KAKAO_ADMIN_KEY", ask: i18n.Text{
		Ko: "어드민 키([앱] > [플랫폼 키] > [어드민 키])", En: "Admin key ([앱] > [플랫폼 키] > [어드민 키])",
	}},
}

// questions are those about the chosen providers. Without a choice (--providers) it is the provider of which a
// setting is given, else Kakao.
func (i *initCmd) questions(c *terminal, given initAnswers) ([]question, error) {
	all := []question{urlQuestion}
	ask := map[string][]question{"kakao": kakaoQuestions}
	names := []string{"kakao"}
	for _, p := range furtherProviders {
		ask[p.name] = p.questions
		names = append(names, p.name)
	}
	chosen := providerList(cmp.Or(given[orderSetting], variable(c.environ, orderSetting)))
	if len(chosen) == 0 {
		chosen = slices.DeleteFunc(slices.Clone(names), func(name string) bool {
			return !slices.ContainsFunc(ask[name], func(q question) bool {
				if q.setting == oidcNameQuestion.setting {
					return i.OIDC != (oidcFlags{})
				}
				return given.has(q.setting) || variable(c.environ, q.setting) != "" ||
					variable(c.environ, q.setting+"_FILE") != ""
			})
		})
	}
	if len(chosen) == 0 {
		chosen = names[:1]
	}
	for _, name := range chosen {
		if name == i.OIDC.Name && ask[name] == nil {
			name = oidcCommands.name
		}
		if !slices.Contains(names, name) {
			return nil, c.usage(c.pick("모르는 제공자입니다: %q", "unknown provider %q", clip(name, 40)),
				c.pick("쓸 수 있는 것: %s", "Known: %s", strings.Join(names, ", ")))
		}
		all = append(all, ask[name]...)
	}
	return all, i.OIDC.used(c, all)
}

// orderSetting names the providers in the order of their buttons.
const orderSetting = "NORANG_PROVIDERS"

func providerList(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
}

func (a initAnswers) has(setting string) bool { return a[setting] != "" || a[setting+"_FILE"] != "" }

func isAsked(s config.Setting) bool {
	asks := func(q question) bool { return q.setting == s.Name }
	return s.Name == orderSetting || asks(urlQuestion) || slices.ContainsFunc(kakaoQuestions, asks) ||
		slices.ContainsFunc(furtherProviders, func(p furtherProvider) bool { return slices.ContainsFunc(p.questions, asks) })
}

// Run is kong's.
func (i *initCmd) Run(c *terminal) error {
	answers, asked, err := i.answers(c)
	if err != nil {
		return err
	}
	text := settingsFile(answers, asked)
	s, _, err := config.Load(config.Sources{Environ: answers.environ()})
	errs := configErrors(err)
	if errs = append(errs, s.Unusable(s.Config.Check(), errs)...); len(errs) > 0 {
		i.nameFlags(errs)
		return errs
	}
	name, err := writeSettings(c, text)
	if err != nil {
		return err
	}
	if err := ignoreInGit(c); err != nil {
		return err
	}
	if err := printConsole(c, s); err != nil {
		return err
	}
	if i.NoDoctor {
		return nil
	}
	fmt.Fprintln(c.stdout)
	in := readInstallation(c, nil, name)
	in.print(c, doctor.Run(c.ctx, in.checks(), doctor.Selection{}))
	c.print("\n콘솔에 등록한 뒤 다시 확인하십시오: norang doctor", "\nOnce everything is registered, check again: norang doctor")
	return c.ctx.Err()
}

// initAnswers are the values by setting. A secret may be the path of a file, under its name and _FILE.
type initAnswers map[string]string

func (a initAnswers) environ() (all []string) {
	for name, value := range a {
		all = append(all, name+"="+value)
	}
	return all
}

// answers takes values from flags and the environment, and asks for the others on a terminal.
func (i *initCmd) answers(c *terminal) (initAnswers, []question, error) {
	a := initAnswers(i.flags.given())
	asked, err := i.questions(c, a)
	if err != nil {
		return nil, nil, err
	}
	var missing, variables []string
	var lines *bufio.Reader
	if isTerminal(c.stdin) && isTerminal(c.stdout) {
		lines = bufio.NewReader(c.stdin)
	}
	for n := 0; n < len(asked); n++ {
		if asked[n].setting == oidcNameQuestion.setting {
			further, name, err := i.OIDC.questions(c, a, lines)
			if err != nil {
				return nil, nil, err
			}
			if name == "" {
				missing = append(missing, "--oidc-name")
			}
			a.nameOIDC(name)
			asked = slices.Replace(asked, n, n+1, further...)
		}
		q := asked[n]
		for _, name := range []string{q.setting, q.setting + "_FILE"} {
			if v := variable(c.environ, name); v != "" && !a.has(q.setting) {
				a[name] = v
			}
		}
		if a.has(q.setting) {
			continue
		}
		row, flag := q.of()
		if lines == nil {
			if !q.optional {
				missing, variables = append(missing, "--"+flag), append(variables, q.setting)
			}
			continue
		}
		if err := a.ask(c, lines, q, row.Secret() && !q.file); err != nil {
			return nil, nil, err
		}
	}
	if len(missing) > 0 {
		return nil, nil, c.usage(c.pick("값이 없습니다: %s", "missing: %s", strings.Join(missing, ", ")),
			c.pick("터미널이 아니면 묻지 않습니다. 플래그나 환경 변수로 주십시오: %s",
				"Nothing is asked without a terminal. Use flags, or the environment: %s", strings.Join(variables, ", ")))
	}
	return a, asked, nil
}

// ask asks until the answer can be used.
func (a initAnswers) ask(c *terminal, lines *bufio.Reader, q question, secret bool) error {
	for {
		text, err := readAnswer(c, lines, q.ask.In(c.lang)+": ", secret)
		if err != nil {
			return err
		}
		name := q.setting
		if q.file {
			name += "_FILE"
		}
		if text == "" && q.optional {
			return nil
		}
		a[name] = text
		s, _, err := config.Load(config.Sources{Environ: []string{name + "=" + text, q.with}})
		var errs config.Errors
		errors.As(err, &errs)
		errs = append(errs, config.Unusable(s.Config.Check(), errs)...)
		wrong := slices.IndexFunc(errs, func(e *config.Error) bool { return e.Setting == q.setting })
		if wrong < 0 && (text != "" || q.row == nil) {
			return nil
		}
		if wrong < 0 { // an OpenID Connect provider without an issuer is off
			wrong, errs = 0, config.Errors{{Setting: q.setting, Reason: i18n.Text{Ko: "값이 없습니다.", En: "is missing"}}}
		}
		fmt.Fprintln(c.stdout, "  "+oneLine(errs[wrong].In(c.lang)))
	}
}

// readAnswer asks and reads the answer. That of a secret is not shown, however soon after the question it is typed.
func readAnswer(c *terminal, lines *bufio.Reader, ask string, secret bool) (string, error) {
	if secret {
		echo := func(mode string) {
			cmd := exec.Command("stty", mode)
			cmd.Stdin = c.stdin
			_ = cmd.Run() // without stty the answer is shown
		}
		echo("-echo")
		defer func() { echo("echo"); fmt.Fprintln(c.stdout) }()
	}
	text, err := readLine(c, c.stdout, lines, ask)
	if errors.Is(err, errNoAnswer) {
		return "", c.usage(c.pick("답이 없습니다", "no answer"), c.pick("아무것도 쓰지 않았습니다.", "Nothing was written."))
	}
	return text, err
}

// settingsFile is the text of the file.
func settingsFile(a initAnswers, asked []question) string {
	quote := func(text string) string {
		b, _ := json.Marshal(text) // a JSON string is a TOML string
		return string(b)
	}
	var b strings.Builder
	b.WriteString("# norang serve reads this file in its working directory, or with --config.\n" +
		"# docs/settings.md describes all settings.\n")
	fmt.Fprintf(&b, "url = %s\n", quote(a["NORANG_URL"]))
	if order := providerList(a[orderSetting]); len(order) > 0 {
		names, _ := json.Marshal(order)
		fmt.Fprintf(&b, "providers = %s\n", names)
	}
	table := ""
	for _, q := range asked[1:] {
		row, _ := q.of()
		at := strings.LastIndex(row.Key, ".")
		in, key := row.Key[:at], row.Key[at+1:]
		if q.optional && !a.has(q.setting) {
			continue // a client without a secret
		}
		if in != table {
			fmt.Fprintf(&b, "\n[%s]\n", in)
			table = in
		}
		value := quote(a[q.setting])
		switch {
		case a[q.setting+"_FILE"] != "":
			key, value = key+"_file", quote(absolute(a[q.setting+"_FILE"]))
		case q.setting == "KAKAO_APP_ID":
			value = a[q.setting]
		case q.setting == "KAKAO_ADMIN_KEY":
			value = "[" + value + "]"
		}
		fmt.Fprintf(&b, "%s = %s\n", key, value)
	}
	return b.String()
}

// writeSettings writes norang.toml, or norang.toml.new if there is another one, and returns the file's name.
func writeSettings(c *terminal, text string) (string, error) {
	name := config.DefaultFile
	old, err := os.ReadFile(name)
	switch {
	case err == nil && string(old) == text:
		c.print("%s 파일은 그대로입니다.", "%s is unchanged.", name)
		return name, nil
	case err == nil:
		name += ".new"
	case !errors.Is(err, fs.ErrNotExist):
		return "", err
	}
	err = writeNew(name, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
	if errors.Is(err, fs.ErrExist) {
		return "", &failure{status: statusFailed, text: c.pick("%s 파일이 이미 있습니다", "%s already exists", name),
			hint: c.pick("아무것도 덮어쓰지 않습니다. 그 파일을 치우고 다시 실행하십시오.",
				"Nothing is overwritten. Move it away and run this again.")}
	}
	if err != nil {
		return "", unwritten(c, name, err)
	}
	c.print("%s 파일을 썼습니다(권한 0600).", "%s written (mode 0600).", name)
	if old != nil {
		c.print("%s 파일은 바꾸지 않았습니다. 다른 점:", "%s was left as it is. The difference:", config.DefaultFile)
		fmt.Fprint(c.stdout, difference(string(old), text))
	}
	return name, nil
}

// difference lists the lines that only one of two files has, with the values of secrets hidden.
func difference(old, text string) string {
	var b strings.Builder
	only := func(sign string, of, other []string) {
		for _, line := range of {
			if line != "" && !slices.Contains(other, line) {
				b.WriteString(sign + hideSecret(line) + "\n")
			}
		}
	}
	before, after := strings.Split(old, "\n"), strings.Split(text, "\n")
	only("- ", before, after)
	only("+ ", after, before)
	return b.String()
}

// hideSecret hides the value of a line of a settings file unless it is known not to be secret.
func hideSecret(line string) string {
	key, _, found := strings.Cut(line, "=")
	name := strings.TrimSpace(key)
	for _, s := range config.Table() {
		_, last, _ := strings.Cut(s.Key, ".")
		if !s.CanBeFile() && (name == s.Key || name == last) || name == last+"_file" {
			return visible(line)
		}
	}
	if !found {
		return visible(line)
	}
	return visible(key) + "= …"
}

// ignored are the files that must not get into a repository.
var ignored = []string{"norang.toml", "norang.toml.new", "norang.db*", "norang.keys"}

// ignoreInGit appends the files to .gitignore in a working tree of git.
func ignoreInGit(c *terminal) error {
	if !inWorkTree() {
		return nil
	}
	old, err := os.ReadFile(".gitignore")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	lines := strings.Split(string(old), "\n")
	var add []string
	for _, name := range ignored {
		if !slices.Contains(lines, name) && !slices.Contains(lines, "/"+name) {
			add = append(add, name)
		}
	}
	if len(add) == 0 {
		return nil
	}
	f, err := os.OpenFile(".gitignore", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	text := strings.Join(add, "\n") + "\n"
	if len(old) > 0 && !strings.HasSuffix(string(old), "\n") {
		text = "\n" + text
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Truncate(".gitignore", int64(len(old))))
	}
	c.print(".gitignore에 더했습니다: %s", "Added to .gitignore: %s", strings.Join(add, ", "))
	return nil
}

// inWorkTree reports whether the working directory is in a working tree of git.
func inWorkTree() bool {
	dir, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil {
			return true
		}
		if dir == filepath.Dir(dir) {
			return false
		}
		dir = filepath.Dir(dir)
	}
	return false
}

// kakaoConsole is where apps are registered at Kakao.
const kakaoConsole = "https://developers.kakao.com/console/app"

// printConsole says what to enter in the providers' consoles.
func printConsole(c *terminal, s config.Settings) error {
	all, err := app.ConsoleSteps(app.FromPublic(s.Config))
	if err != nil {
		return err
	}
	for _, provider := range all {
		address := kakaoConsole
		if n := slices.IndexFunc(s.OIDC, func(o norang.OIDC) bool { return o.Name == provider.Name }); n >= 0 {
			address = s.OIDC[n].Issuer // the address of its console is not known
		} else if p, ok := findProvider(provider.Name); ok {
			address = p.console
		}
		c.print("\n%s 콘솔(%s)에서:", "\nIn the console of %s (%s):", provider.Label.In(c.lang), address)
		for n, step := range provider.Steps {
			fmt.Fprintf(c.stdout, "%d. %s\n   %s\n", n+1, step.Menu.In(c.lang), step.What.In(c.lang))
			for _, text := range step.Paste {
				fmt.Fprintf(c.stdout, "     %s\n", visible(text))
			}
		}
	}
	return nil
}
