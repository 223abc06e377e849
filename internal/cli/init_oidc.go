package cli

import (
	"bufio"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/config"
	"github.com/norang-login/norang/internal/i18n"
)

// oidcFlags are init's flags for an OpenID Connect provider. Its settings have no flags of their own, because their
// names depend on the provider's.
type oidcFlags struct {
	Name             string `help:"flag.init.oidc-name" placeholder:"NAME"`
	Issuer           string `help:"flag.init.oidc-issuer" placeholder:"URL"`
	ClientID         string `name:"client-id" help:"flag.init.oidc-client-id" placeholder:"VALUE"`
	ClientSecretFile string `name:"client-secret-file" help:"flag.init.oidc-client-secret-file" placeholder:"FILE"`
}

// oidcNameQuestion asks for the provider's name, in the place of the questions about its settings.
var oidcNameQuestion = question{setting: "OIDC_NAME", ask: i18n.Text{
	Ko: "제공자의 이름(예: keycloak, 나중에 바꾸지 마십시오)", En: "Name of the provider (such as keycloak; do not change it later)",
}}

// oidcQuestions are the questions about a provider's settings, by the ends of their names.
var oidcQuestions = []struct {
	key, flag string
	optional  bool
	ask       i18n.Text
}{
	{key: "issuer", flag: "oidc-issuer", ask: i18n.Text{
		Ko: "issuer(discovery 문서에 적힌 그대로)", En: "Issuer (exactly as in the discovery document)",
	}},
	{key: "client_id", flag: "oidc-client-id", ask: i18n.Text{Ko: "클라이언트 ID", En: "Client ID"}},
	{key: "client_secret", flag: "oidc-client-secret-file", optional: true, ask: i18n.Text{
		Ko: "클라이언트 비밀번호(공개 클라이언트면 비워 둡니다)", En: "Client secret (empty for a public client)",
	}},
}

// of returns the setting and its flag, without dashes.
func (q question) of() (config.Setting, string) {
	if q.row != nil {
		return *q.row, q.flag
	}
	row, _ := setting(q.setting)
	return row, row.FlagName()
}

// used returns an error if flags are given whose provider is not among those asked about.
func (f oidcFlags) used(c *terminal, asked []question) error {
	isName := func(q question) bool { return q.setting == oidcNameQuestion.setting }
	if f == (oidcFlags{}) || slices.ContainsFunc(asked, isName) {
		return nil
	}
	return c.usage(c.pick("--oidc-… 플래그가 있지만 제공자에 oidc가 없습니다", "--oidc-… flags without oidc among the providers"),
		c.pick("--providers(NORANG_PROVIDERS)에 oidc를 더하십시오.", "Add oidc to --providers (NORANG_PROVIDERS)."))
}

// questions asks for the name, puts the values of the flags into a, and returns the questions about the settings.
// Without a name, which is then missing, they are about a provider called name.
func (f oidcFlags) questions(c *terminal, a initAnswers, lines *bufio.Reader) (all []question, name string, err error) {
	switch {
	case f.Name != "":
		name = f.Name
		if e := config.CheckOIDCName(name); e != nil {
			e.Where = "--oidc-name"
			return nil, "", config.Errors{e}
		}
	case lines != nil:
		if name, err = askOIDCName(c, lines); err != nil {
			return nil, "", err
		}
	}
	rows := config.OIDCSettings(name)
	if name == "" {
		rows = config.OIDCSettings("name")
	}
	given := map[string]string{"issuer": f.Issuer, "client_id": f.ClientID, "client_secret": f.ClientSecretFile}
	// The check of one setting needs the others that a provider must have.
	with := map[string]string{"issuer": rows[1].Name + "=login"}
	for _, q := range oidcQuestions {
		i := slices.IndexFunc(rows, func(s config.Setting) bool { return strings.HasSuffix(s.Key, "."+q.key) })
		row := rows[i]
		if text := given[q.key]; text != "" && row.Secret() {
			a[row.Name+"_FILE"] = text
		} else if text != "" {
			a[row.Name] = text
		}
		next := question{setting: row.Name, ask: q.ask, row: &row, flag: q.flag, optional: q.optional, with: with[q.key]}
		if next.with == "" {
			next.with = rows[0].Name + "=https://id.example.com"
		}
		all = append(all, next)
	}
	return all, name, nil
}

// askOIDCName asks until the answer can be used.
func askOIDCName(c *terminal, lines *bufio.Reader) (string, error) {
	for {
		name, err := readAnswer(c, lines, oidcNameQuestion.ask.In(c.lang)+": ", false)
		if err != nil {
			return "", err
		}
		wrong := config.CheckOIDCName(name)
		if wrong == nil {
			return name, nil
		}
		fmt.Fprintln(c.stdout, "  "+oneLine(wrong.In(c.lang)))
	}
}

// nameOIDC writes the provider's name in the order of the buttons, where the command line has oidc.
func (a initAnswers) nameOIDC(name string) {
	order := providerList(a[orderSetting])
	if i := slices.Index(order, oidcCommands.name); i >= 0 && name != "" {
		order[i] = name
		a[orderSetting] = strings.Join(order, ",")
	}
}

// absolute makes the path of a file absolute, because the service may start in another directory.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// nameFlags adds to errors of settings the flags that gave them.
func (i *initCmd) nameFlags(errs config.Errors) {
	flags := i.flags.given()
	for _, e := range errs {
		row, ok := setting(e.Setting)
		_, given := flags[e.Setting]
		_, asFile := flags[e.Setting+"_FILE"]
		if ok && (given || asFile) {
			e.Where = "--" + row.FlagName()
		}
		for _, of := range []struct{ value, end, flag string }{
			{i.OIDC.Issuer, "_ISSUER", "--oidc-issuer"}, {i.OIDC.ClientID, "_CLIENT_ID", "--oidc-client-id"},
			{i.OIDC.ClientSecretFile, "_CLIENT_SECRET", "--oidc-client-secret-file"},
		} {
			if !ok && of.value != "" && strings.HasPrefix(e.Setting, "OIDC_") && strings.HasSuffix(e.Setting, of.end) {
				e.Where = of.flag
			}
		}
	}
}
