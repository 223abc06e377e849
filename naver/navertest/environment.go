package navertest

import "github.com/norang-login/norang/internal/emulator"

// variables are the environment variables that configure an emulator. Those outside NAVER_EMULATOR_ have the names that
// services use, so that one set of variables configures the service and the emulator.
func variables() []emulator.Variable[Config] {
	text, flag, list := emulator.TextVariable[Config], emulator.FlagVariable[Config], emulator.ListVariable[Config]
	return []emulator.Variable[Config]{
		text("NAVER_CLIENT_ID", func(c *Config) *string { return &c.App.ClientID }),
		text("NAVER_CLIENT_SECRET", func(c *Config) *string { return &c.App.ClientSecret }),
		list("NAVER_REDIRECT_URI", func(c *Config) *[]string { return &c.App.CallbackURLs }),
		text("NAVER_EMULATOR_BROWSER_URL", func(c *Config) *string { return &c.BrowserURL }),
		text("NAVER_EMULATOR_SERVER_URL", func(c *Config) *string { return &c.ServerURL }),
		text("NAVER_EMULATOR_UNLINK_URL", func(c *Config) *string { return &c.App.UnlinkURL }),
		flag("NAVER_EMULATOR_AUTO", func(c *Config) *bool { return &c.App.Auto }),
		text("NAVER_EMULATOR_PERSONA", func(c *Config) *string { return &c.App.AutoPersona }),
		flag("NAVER_EMULATOR_IN_DEVELOPMENT", func(c *Config) *bool { return &c.App.InDevelopment }),
	}
}

// ListenVariable is the environment variable with the address to listen on. The program that serves the emulator reads
// it; Environment accepts it and does nothing with it.
const ListenVariable = "NAVER_EMULATOR_LISTEN"

// Environment returns c with the settings of environ (as from os.Environ). An empty value counts as unset. The error
// names every variable with an invalid value and every unknown NAVER_EMULATOR_ name.
func Environment(c Config, environ []string) (Config, error) {
	return emulator.Environment(c, "NAVER_EMULATOR_", variables(), environ)
}
