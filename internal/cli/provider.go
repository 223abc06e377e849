package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/errcode"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/kakao/koe"
)

// furtherProvider is what the commands know of a provider besides Kakao. Each has a file of its own,
// provider_<name>.go.
type furtherProvider struct {
	name   string    // as in routes, and in upper case in settings
	brand  i18n.Text // 네이버, Naver
	button i18n.Text // as on the sign-in page
	port   int       // of its emulator, if nothing else is chosen
	// otherSite: dev uses 127.0.0.1 for the emulator and localhost for the service, so that requests between them are
	// cross-site as in production.
	otherSite bool
	// early: in dev its emulator answers before the service is made, which asks for the discovery document.
	early bool
	// emulator makes the emulator without listening.
	emulator func(emulatorSetup) (*providerEmulator, error)
	// questions are what init asks for.
	questions []question
	// console is where the application is registered; "" if each provider has its own.
	console string
	// example is the section of the configuration file, commented.
	example string
	// codes are the provider's error codes for explain; nil if it has none.
	codes func() []providerCode
}

// furtherProviders are the providers besides Kakao, in the order in which the commands list them. A further one is one
// more entry.
var furtherProviders = []furtherProvider{naverCommands, googleCommands, appleCommands, lineCommands, oidcCommands}

// emulatorSetup is what an emulator is made from. Later members override earlier ones.
type emulatorSetup struct {
	section    json.RawMessage // of the configuration file, without the addresses; nil if there is none
	environ    []string        // as from os.Environ; nil in dev
	browserURL string          // if neither of them has one
	serverURL  string          // if the file has one
	service    string          // URL of the service that dev runs, whose addresses are registered; "" without one
	database   string          // of that service, which may be from an earlier run
}

// emulatorServer is the part of an emulator that the commands use.
type emulatorServer interface {
	http.Handler
	Serve(net.Listener)
	Close() error
	URL() string
}

// providerEmulator is an emulator with what a service needs to use it.
type providerEmulator struct {
	server   emulatorServer
	settings []settingLine        // of a service
	accounts []string             // ids of the personas
	use      func(*norang.Config) // configures the service that dev runs
}

// makeEmulator makes an emulator from the functions of its package: the section of the file is parsed, the environment
// applied, and then what configure adds. script scripts the scenarios of the file.
func makeEmulator[F interface{ Config() C }, C, S any](setup emulatorSetup, parse func(json.RawMessage) (F, error),
	environment func(C, []string) (C, error), create func(C) (*S, error), configure func(*C),
	script func(*S, F) error) (*S, error) {
	f, err := parse(setup.section)
	if err != nil {
		return nil, err
	}
	c, err := environment(f.Config(), setup.environ)
	if err != nil {
		return nil, err
	}
	configure(&c)
	s, err := create(c)
	if err != nil {
		return nil, err
	}
	return s, script(s, f)
}

// accountIDs are the ids of an emulator's accounts.
func accountIDs[A any](accounts []A, id func(A) string) (ids []string) {
	for _, a := range accounts {
		ids = append(ids, id(a))
	}
	return ids
}

// redirects adds a setting for each registered redirect address.
func (e *providerEmulator) redirects(setting string, addresses []string) {
	for _, u := range addresses {
		e.settings = append(e.settings, settingLine{name: setting, value: u})
	}
}

// settingLine is a setting to paste. A hidden value was configured and may be a secret.
type settingLine struct {
	name, value string
	hidden      bool
}

// provider returns the provider with a name, or a brand in either language.
func findProvider(name string) (furtherProvider, bool) {
	i := slices.IndexFunc(furtherProviders, func(p furtherProvider) bool {
		return strings.EqualFold(name, p.name) || strings.EqualFold(name, p.brand.En) || name == p.brand.Ko
	})
	if i < 0 {
		return furtherProvider{}, false
	}
	return furtherProviders[i], true
}

func providerNames() []string {
	var names []string
	for _, p := range furtherProviders {
		names = append(names, p.name)
	}
	return names
}

// providerCode is one error code of a provider, with texts for the developer or operator of a service. Empty texts are
// left out.
type providerCode struct {
	code                                           string
	cause, remedy, menu, owner, retry, unconfirmed i18n.Text
	entry                                          any // the JSON of explain --json
}

// providerCodes are the codes of a provider. operator says whom a setting in its console is for, provider is its name.
func providerCodes(all []errcode.Entry, operator, provider i18n.Text) func() []providerCode {
	owners := map[errcode.Owner]i18n.Text{
		errcode.User: {Ko: "회원", En: "the user who signs in"}, errcode.Developer: {Ko: "개발자", En: "the developer"},
		errcode.Operator: operator,
	}
	retries := map[errcode.Retry]i18n.Text{
		errcode.Never:       {Ko: "하지 마십시오. 먼저 고쳐야 합니다.", En: "No. Something must be fixed first."},
		errcode.Later:       {Ko: "몇 분 뒤에 할 수 있습니다.", En: "Yes, after a few minutes."},
		errcode.SignInAgain: {Ko: "로그인을 새로 시작하십시오.", En: "Start a new sign-in."},
		errcode.Refresh: {
			Ko: "토큰을 갱신한 다음 한 번만 하십시오. 그래도 안 되면 다시 로그인해야 합니다.",
			En: "Once, after refreshing the token. If that fails, the user must sign in again.",
		},
		errcode.OfferButton: {Ko: "로그인 버튼을 보여 주십시오.", En: "Show the sign-in button."},
	}
	return func() (codes []providerCode) {
		for _, e := range all {
			c := providerCode{
				code: e.Code, cause: i18n.Text(e.Cause), remedy: i18n.Text(e.Remedy), menu: i18n.Text(e.Menu),
				owner: owners[e.Owner], retry: retries[e.Retry], unconfirmed: i18n.Text(e.Unconfirmed), entry: e,
			}
			if e.Owner.IsProvider() {
				c.owner = provider
			}
			codes = append(codes, c)
		}
		return codes
	}
}

// providerOf returns the provider that a text begins with, and the code after it. The codes of further providers are
// numbers and words that several use, so they are explained only after a name.
func providerOf(text string) (p furtherProvider, code string, ok bool) {
	name, code, _ := strings.Cut(strings.TrimSpace(text), " ")
	if p, ok = findProvider(name); !ok || p.codes == nil {
		return p, "", false
	}
	return p, strings.TrimSpace(code), true
}

// explainCode writes the entry of one of a provider's codes.
func (p furtherProvider) explainCode(w io.Writer, code string, lang i18n.Lang, asJSON bool) error {
	all := p.codes()
	i := slices.IndexFunc(all, func(e providerCode) bool { return strings.EqualFold(e.code, code) })
	if i < 0 {
		unknown := &UnknownCodeError{Code: clip(code, 40), lang: lang, of: p}
		for _, known := range all {
			unknown.Similar = append(unknown.Similar, koe.Code(known.code))
		}
		return unknown
	}
	e := all[i]
	if asJSON {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(e.entry)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", e.code)
	for _, line := range []struct{ label, text i18n.Text }{
		{i18n.Text{Ko: "원인", En: "Cause"}, e.cause},
		{i18n.Text{Ko: "해결", En: "Remedy"}, e.remedy},
		{i18n.Text{Ko: p.brand.Ko + " 콘솔", En: p.brand.En + "'s console"}, e.menu},
		{i18n.Text{Ko: "누가 고치나", En: "Who can fix it"}, e.owner},
		{i18n.Text{Ko: "다시 시도", En: "Retry"}, e.retry},
		{i18n.Text{Ko: "확인되지 않음", En: "Not confirmed"}, e.unconfirmed},
	} {
		if line.text != (i18n.Text{}) {
			fmt.Fprintf(&b, "%s: %s\n", line.label.In(lang), line.text.In(lang))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
