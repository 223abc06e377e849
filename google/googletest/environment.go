package googletest

import "github.com/norang-login/norang/internal/emulator"

// variables are the environment variables that configure an emulator. Those outside GOOGLE_EMULATOR_ have the names
// that services use, so that one set of variables configures the service and the emulator.
func variables() []emulator.Variable[Config] {
	text, flag, list := emulator.TextVariable[Config], emulator.FlagVariable[Config], emulator.ListVariable[Config]
	return []emulator.Variable[Config]{
		text("GOOGLE_CLIENT_ID", func(c *Config) *string { return &c.App.ClientID }),
		text("GOOGLE_CLIENT_SECRET", func(c *Config) *string { return &c.App.ClientSecret }),
		list("GOOGLE_REDIRECT_URI", func(c *Config) *[]string { return &c.App.RedirectURIs }),
		list("GOOGLE_NATIVE_CLIENT_IDS", func(c *Config) *[]string { return &c.App.NativeClientIDs }),
		text("GOOGLE_EMULATOR_BROWSER_URL", func(c *Config) *string { return &c.BrowserURL }),
		text("GOOGLE_EMULATOR_SERVER_URL", func(c *Config) *string { return &c.ServerURL }),
		text("GOOGLE_EMULATOR_EVENTS_URL", func(c *Config) *string { return &c.App.EventsURL }),
		flag("GOOGLE_EMULATOR_AUTO", func(c *Config) *bool { return &c.App.Auto }),
		text("GOOGLE_EMULATOR_PERSONA", func(c *Config) *string { return &c.App.AutoPersona }),
		flag("GOOGLE_EMULATOR_TESTING", func(c *Config) *bool { return &c.App.Testing }),
		flag("GOOGLE_EMULATOR_INSECURE_REDIRECTS", func(c *Config) *bool { return &c.App.InsecureRedirects }),
	}
}

// ListenVariable is the environment variable with the address to listen on. The program that serves the emulator reads
// it; Environment accepts it and does nothing with it.
const ListenVariable = "GOOGLE_EMULATOR_LISTEN"

// Environment returns c with the settings of environ (as from os.Environ). An empty value counts as unset. The error
// names every variable with an invalid value and every unknown GOOGLE_EMULATOR_ name.
func Environment(c Config, environ []string) (Config, error) {
	return emulator.Environment(c, "GOOGLE_EMULATOR_", variables(), environ)
}
