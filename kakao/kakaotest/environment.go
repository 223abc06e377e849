package kakaotest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// environmentPrefix begins the variables that belong to the emulator alone. Unknown ones are errors.
const environmentPrefix = "KAKAO_EMULATOR_"

// variable is an environment variable that sets a member of a [File].
type variable struct {
	name string
	set  func(f *File, value string) error
}

// variables are all environment variables, listed in docs/emulator.md. Those outside [environmentPrefix] have the
// names that services use, so that one set of variables configures the service and the emulator.
func variables() []variable {
	app := func(f *File) *App { return &f.Apps[0] }
	return []variable{
		{"KAKAO_EMULATOR_LISTEN", setText(func(f *File) *string { return &f.Listen })},
		{"KAKAO_EMULATOR_ALLOW_NON_LOCAL", setFlag(func(f *File) *bool { return &f.AllowNonLocal })},
		{"KAKAO_EMULATOR_BROWSER_URL", setText(func(f *File) *string { return &f.BrowserURL })},
		{"KAKAO_EMULATOR_SERVER_URL", setText(func(f *File) *string { return &f.ServerURL })},
		{"KAKAO_EMULATOR_ISSUER", setText(func(f *File) *string { return &f.Issuer })},
		{"KAKAO_EMULATOR_PICTURE_URL", setText(func(f *File) *string { return &f.PictureURL })},
		{"KAKAO_EMULATOR_ALLOWED_HOSTS", setList(func(f *File) *[]string { return &f.AllowedHosts })},
		{"KAKAO_EMULATOR_STRICT", setFlag(func(f *File) *bool { return &f.Strict })},
		{"KAKAO_EMULATOR_TLS", setFlag(func(f *File) *bool { return &f.TLS })},
		{"KAKAO_EMULATOR_TLS_HOSTS", setList(func(f *File) *[]string { return &f.TLSHosts })},
		{"KAKAO_EMULATOR_TLS_CA_FILE", setText(func(f *File) *string { return &f.TLSCertFile })},
		{"KAKAO_EMULATOR_CHAOS_SEED", setNumber(func(f *File) *int64 { return &f.Chaos.Seed })},
		{"KAKAO_EMULATOR_AUTO", setFlag(func(f *File) *bool { return &app(f).Auto })},
		{"KAKAO_EMULATOR_PERSONA", setText(func(f *File) *string { return &app(f).AutoPersona })},
		{"KAKAO_EMULATOR_NO_TOKEN_LIMIT", setFlag(func(f *File) *bool { return &app(f).TokenLimitOff })},
		{"KAKAO_EMULATOR_NO_CLIENT_SECRET", setFlag(func(f *File) *bool { return &app(f).ClientSecretOff })},
		{"KAKAO_EMULATOR_NO_OIDC", setFlag(func(f *File) *bool { return &app(f).OIDCOff })},
		{"KAKAO_EMULATOR_UNLINK_WEBHOOK", setText(func(f *File) *string { return &app(f).UnlinkWebhook.URL })},
		{"KAKAO_EMULATOR_ACCOUNT_WEBHOOK", setText(func(f *File) *string { return &app(f).AccountWebhook.URL })},
		{"KAKAO_APP_ID", setNumber(func(f *File) *int64 { return &app(f).AppID })},
		{"KAKAO_CLIENT_ID", setText(func(f *File) *string { return &app(f).RESTKey })},
		{"KAKAO_REST_API_KEY", setText(func(f *File) *string { return &app(f).RESTKey })},
		{"KAKAO_CLIENT_SECRET", setText(func(f *File) *string { return &app(f).ClientSecret })},
		{"KAKAO_ADMIN_KEY", setText(func(f *File) *string { return &app(f).AdminKey })},
		{"KAKAO_NATIVE_APP_KEY", setText(func(f *File) *string { return &app(f).NativeKey })},
		{"KAKAO_JAVASCRIPT_KEY", setText(func(f *File) *string { return &app(f).JavaScriptKey })},
		{"KAKAO_REDIRECT_URI", setList(func(f *File) *[]string { return &app(f).RedirectURIs })},
		{"KAKAO_SIGNOUT_REDIRECT_URI", setList(func(f *File) *[]string { return &app(f).LogoutRedirectURIs })},
	}
}

// Environment returns f with the settings of environ (as from os.Environ) in place of its own. An empty value counts
// as unset. The error names every variable with an invalid value and every unknown KAKAO_EMULATOR_ name.
func Environment(f File, environ []string) (File, error) {
	values := map[string]string{}
	for _, entry := range environ {
		if name, value, _ := strings.Cut(entry, "="); value != "" {
			values[name] = value
		}
	}
	f.Apps = slices.Clone(f.Apps)
	if len(f.Apps) == 0 {
		f.Apps = []App{{}}
	}
	var faults []error
	var known []string
	for _, v := range variables() {
		if value, ok := values[v.name]; ok {
			if err := v.set(&f, value); err != nil {
				faults = append(faults, fmt.Errorf("%s: %w", v.name, err))
			}
		}
		if strings.HasPrefix(v.name, environmentPrefix) {
			known = append(known, v.name)
		}
	}
	for _, name := range sortedNames(values) {
		if strings.HasPrefix(name, environmentPrefix) && !slices.Contains(known, name) {
			faults = append(faults, fmt.Errorf("unknown variable %s%s", name, oneOf(known)))
		}
	}
	if c := &f.Chaos; c.Seed != 0 && c.Fail+c.Cut+c.Slow == 0 {
		c.Fail, c.Slow = 0.05, 0.1
	}
	return f, errors.Join(faults...)
}

func setText(member func(*File) *string) func(*File, string) error {
	return func(f *File, value string) error {
		*member(f) = value
		return nil
	}
}

func setList(member func(*File) *[]string) func(*File, string) error {
	return func(f *File, value string) error {
		*member(f) = splitList(value)
		return nil
	}
}

func setFlag(member func(*File) *bool) func(*File, string) error {
	return func(f *File, value string) error {
		on, err := strconv.ParseBool(value)
		if err != nil {
			return fmt.Errorf("must be true or false, got %q", value)
		}
		*member(f) = on
		return nil
	}
}

func setNumber(member func(*File) *int64) func(*File, string) error {
	return func(f *File, value string) error {
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return fmt.Errorf("must be a whole number, got %q", value)
		}
		*member(f) = n
		return nil
	}
}
