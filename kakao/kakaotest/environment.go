package kakaotest

import (
	"slices"

	"github.com/norang-login/norang/internal/emulator"
)

// environmentPrefix begins the variables that belong to the emulator alone. Unknown ones are errors.
const environmentPrefix = "KAKAO_EMULATOR_"

// variables are all environment variables, listed in docs/emulator.md. Those outside [environmentPrefix] have the
// names that services use, so that one set of variables configures the service and the emulator.
func variables() []emulator.Variable[File] {
	text, flag, number := emulator.TextVariable[File], emulator.FlagVariable[File], emulator.NumberVariable[File]
	app := func(f *File) *App { return &f.Apps[0] }
	return []emulator.Variable[File]{
		text("KAKAO_EMULATOR_LISTEN", func(f *File) *string { return &f.Listen }),
		flag("KAKAO_EMULATOR_ALLOW_NON_LOCAL", func(f *File) *bool { return &f.AllowNonLocal }),
		text("KAKAO_EMULATOR_BROWSER_URL", func(f *File) *string { return &f.BrowserURL }),
		text("KAKAO_EMULATOR_SERVER_URL", func(f *File) *string { return &f.ServerURL }),
		text("KAKAO_EMULATOR_ISSUER", func(f *File) *string { return &f.Issuer }),
		text("KAKAO_EMULATOR_PICTURE_URL", func(f *File) *string { return &f.PictureURL }),
		list("KAKAO_EMULATOR_ALLOWED_HOSTS", func(f *File) *[]string { return &f.AllowedHosts }),
		flag("KAKAO_EMULATOR_STRICT", func(f *File) *bool { return &f.Strict }),
		flag("KAKAO_EMULATOR_TLS", func(f *File) *bool { return &f.TLS }),
		list("KAKAO_EMULATOR_TLS_HOSTS", func(f *File) *[]string { return &f.TLSHosts }),
		text("KAKAO_EMULATOR_TLS_CA_FILE", func(f *File) *string { return &f.TLSCertFile }),
		number("KAKAO_EMULATOR_CHAOS_SEED", func(f *File) *int64 { return &f.Chaos.Seed }),
		flag("KAKAO_EMULATOR_AUTO", func(f *File) *bool { return &app(f).Auto }),
		text("KAKAO_EMULATOR_PERSONA", func(f *File) *string { return &app(f).AutoPersona }),
		flag("KAKAO_EMULATOR_NO_TOKEN_LIMIT", func(f *File) *bool { return &app(f).TokenLimitOff }),
		flag("KAKAO_EMULATOR_NO_CLIENT_SECRET", func(f *File) *bool { return &app(f).ClientSecretOff }),
		flag("KAKAO_EMULATOR_NO_OIDC", func(f *File) *bool { return &app(f).OIDCOff }),
		text("KAKAO_EMULATOR_UNLINK_WEBHOOK", func(f *File) *string { return &app(f).UnlinkWebhook.URL }),
		text("KAKAO_EMULATOR_ACCOUNT_WEBHOOK", func(f *File) *string { return &app(f).AccountWebhook.URL }),
		number("KAKAO_APP_ID", func(f *File) *int64 { return &app(f).AppID }),
		text("KAKAO_CLIENT_ID", func(f *File) *string { return &app(f).RESTKey }),
		text("KAKAO_REST_API_KEY", func(f *File) *string { return &app(f).RESTKey }),
		text("KAKAO_CLIENT_SECRET", func(f *File) *string { return &app(f).ClientSecret }),
		text("KAKAO_ADMIN_KEY", func(f *File) *string { return &app(f).AdminKey }),
		text("KAKAO_NATIVE_APP_KEY", func(f *File) *string { return &app(f).NativeKey }),
		text("KAKAO_JAVASCRIPT_KEY", func(f *File) *string { return &app(f).JavaScriptKey }),
		list("KAKAO_REDIRECT_URI", func(f *File) *[]string { return &app(f).RedirectURIs }),
		list("KAKAO_SIGNOUT_REDIRECT_URI", func(f *File) *[]string { return &app(f).LogoutRedirectURIs }),
	}
}

// Environment returns f with the settings of environ (as from os.Environ) in place of its own. An empty value counts
// as unset. The error names every variable with an invalid value and every unknown KAKAO_EMULATOR_ name.
func Environment(f File, environ []string) (File, error) {
	f.Apps = slices.Clone(f.Apps)
	if len(f.Apps) == 0 {
		f.Apps = []App{{}}
	}
	f, err := emulator.Environment(f, environmentPrefix, variables(), environ)
	if c := &f.Chaos; c.Seed != 0 && c.Fail+c.Cut+c.Slow == 0 {
		c.Fail, c.Slow = 0.05, 0.1
	}
	return f, err
}

// list is a variable that replaces a list of the file.
func list(name string, member func(*File) *[]string) emulator.Variable[File] {
	return emulator.Variable[File]{Name: name, Set: func(f *File, value string) error {
		*member(f) = splitList(value)
		return nil
	}}
}
