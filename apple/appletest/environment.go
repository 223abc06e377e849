package appletest

import "github.com/norang-login/norang/internal/emulator"

const prefix = "APPLE_EMULATOR_"

// ListenVariable is the environment variable with the address to listen on. The program that serves the emulator reads
// it; Environment accepts it and does nothing with it.
const ListenVariable = prefix + "LISTEN"

// Environment returns c with the settings of environ (as from os.Environ). An empty value counts as unset. The error
// names every variable with an invalid value and every unknown APPLE_EMULATOR_ name.
func Environment(c Config, environ []string) (Config, error) {
	var e environment
	e.Config = c
	e, err := emulator.Environment(e, prefix, variables(), environ)
	if e.services != "" || e.bundles != nil || e.back != nil {
		if e.services == "" {
			e.services = DefaultServicesID
		}
		e.Team.Clients = []Client{{ID: e.services, ReturnURLs: e.back}}
		if e.bundles == nil {
			e.bundles = []string{DefaultBundleID}
		}
		for _, id := range e.bundles {
			e.Team.Clients = append(e.Team.Clients, Client{ID: id, App: true})
		}
	}
	return e.Config, err
}

// environment is a Config with what its client ids are made of.
type environment struct {
	Config
	services      string
	bundles, back []string
}

func variables() []emulator.Variable[environment] {
	text, list := emulator.TextVariable[environment], emulator.ListVariable[environment]
	return []emulator.Variable[environment]{
		text("APPLE_SERVICES_ID", func(e *environment) *string { return &e.services }),
		list("APPLE_BUNDLE_IDS", func(e *environment) *[]string { return &e.bundles }),
		list("APPLE_REDIRECT_URI", func(e *environment) *[]string { return &e.back }),
		text("APPLE_TEAM_ID", func(e *environment) *string { return &e.Team.TeamID }),
		text("APPLE_KEY_ID", func(e *environment) *string { return &e.Team.KeyID }),
		text("APPLE_PRIVATE_KEY", func(e *environment) *string { return &e.Team.PrivateKey }),
		text(prefix+"BROWSER_URL", func(e *environment) *string { return &e.BrowserURL }),
		text(prefix+"SERVER_URL", func(e *environment) *string { return &e.ServerURL }),
		text(prefix+"NOTICE_URL", func(e *environment) *string { return &e.Team.NoticeURL }),
		emulator.FlagVariable(prefix+"AUTO", func(e *environment) *bool { return &e.Team.Auto }),
		text(prefix+"PERSONA", func(e *environment) *string { return &e.Team.AutoPersona }),
	}
}
