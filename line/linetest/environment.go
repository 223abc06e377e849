package linetest

import (
	"encoding/json"

	"github.com/norang-login/norang/internal/emulator"
)

// variables are the environment variables that configure an emulator. Those outside LINE_EMULATOR_ have the names that
// services use, so that one set of variables configures the service and the emulator.
func variables() []emulator.Variable[Config] {
	text, flag := emulator.TextVariable[Config], emulator.FlagVariable[Config]
	return []emulator.Variable[Config]{
		text("LINE_CHANNEL_ID", func(c *Config) *string { return &c.Channel.ID }),
		text("LINE_CHANNEL_SECRET", func(c *Config) *string { return &c.Channel.Secret }),
		text("LINE_PROVIDER_ID", func(c *Config) *string { return &c.Channel.ProviderID }),
		emulator.ListVariable("LINE_REDIRECT_URI", func(c *Config) *[]string { return &c.Channel.CallbackURLs }),
		text("LINE_EMULATOR_BROWSER_URL", func(c *Config) *string { return &c.BrowserURL }),
		text("LINE_EMULATOR_SERVER_URL", func(c *Config) *string { return &c.ServerURL }),
		flag("LINE_EMULATOR_AUTO", func(c *Config) *bool { return &c.Channel.Auto }),
		text("LINE_EMULATOR_PERSONA", func(c *Config) *string { return &c.Channel.AutoPersona }),
		text("LINE_EMULATOR_OTHER_BROWSER", func(c *Config) *string { return &c.Channel.OtherBrowser }),
		flag("LINE_EMULATOR_BROKEN_AUTO_LOGIN", func(c *Config) *bool { return &c.Channel.BrokenAutoLogin }),
		flag("LINE_EMULATOR_DEVELOPING", func(c *Config) *bool { return &c.Channel.Developing }),
	}
}

// Environment returns c with the settings of environ (as from os.Environ). An empty value counts as unset. The error
// names every variable with an invalid value and every unknown LINE_EMULATOR_ name.
func Environment(c Config, environ []string) (Config, error) {
	return emulator.Environment(c, "LINE_EMULATOR_", variables(), environ)
}

// File is the section of a configuration file that describes an emulator, as docs/line.md lists it.
type File struct {
	RequestLog      int        `json:"request_log"`      // requests kept in the log; default 1000
	AllowedHosts    []string   `json:"allowed_hosts"`    // additional Host values for /-/
	BuiltinAccounts *bool      `json:"builtin_accounts"` // keep the personas; default true
	Channel         Channel    `json:"channel"`
	Accounts        []Account  `json:"accounts"`  // additional or replaced accounts
	Scenarios       []Scenario `json:"scenarios"` // faults scripted from the start
}

// ParseFile reads a section as JSON. Unknown members are errors that list the known ones. An empty section is valid.
func ParseFile(section json.RawMessage) (File, error) { return emulator.ParseSection[File](section) }

// Config returns the configuration of the emulator. An account of the file replaces the built-in one with its id. The
// scenarios are scripted once the emulator exists.
func (f File) Config() Config {
	return Config{
		RequestLog: f.RequestLog, AllowedHosts: f.AllowedHosts, Channel: f.Channel,
		Accounts: emulator.Accounts(f.BuiltinAccounts, Personas(), f.Accounts, func(a Account) string { return a.ID }),
	}
}
