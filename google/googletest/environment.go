package googletest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// variable is an environment variable that configures an emulator. Those outside GOOGLE_EMULATOR_ have the names that
// services use, so that one set of variables configures the service and the emulator.
type variable struct {
	name string
	set  func(*Config, string) error
}

func variables() []variable {
	text := func(member func(*Config) *string) func(*Config, string) error {
		return func(c *Config, v string) error { *member(c) = v; return nil }
	}
	flag := func(member func(*Config) *bool) func(*Config, string) error {
		return func(c *Config, v string) (err error) {
			if *member(c), err = strconv.ParseBool(v); err != nil {
				return fmt.Errorf("must be true or false, got %q", clip(v, 40))
			}
			return nil
		}
	}
	list := func(member func(*Config) *[]string) func(*Config, string) error {
		return func(c *Config, v string) error {
			*member(c) = append(*member(c), strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' })...)
			return nil
		}
	}
	return []variable{
		{"GOOGLE_CLIENT_ID", text(func(c *Config) *string { return &c.App.ClientID })},
		{"GOOGLE_CLIENT_SECRET", text(func(c *Config) *string { return &c.App.ClientSecret })},
		{"GOOGLE_REDIRECT_URI", list(func(c *Config) *[]string { return &c.App.RedirectURIs })},
		{"GOOGLE_NATIVE_CLIENT_IDS", list(func(c *Config) *[]string { return &c.App.NativeClientIDs })},
		{"GOOGLE_EMULATOR_BROWSER_URL", text(func(c *Config) *string { return &c.BrowserURL })},
		{"GOOGLE_EMULATOR_SERVER_URL", text(func(c *Config) *string { return &c.ServerURL })},
		{"GOOGLE_EMULATOR_EVENTS_URL", text(func(c *Config) *string { return &c.App.EventsURL })},
		{"GOOGLE_EMULATOR_AUTO", flag(func(c *Config) *bool { return &c.App.Auto })},
		{"GOOGLE_EMULATOR_PERSONA", text(func(c *Config) *string { return &c.App.AutoPersona })},
		{"GOOGLE_EMULATOR_TESTING", flag(func(c *Config) *bool { return &c.App.Testing })},
		{"GOOGLE_EMULATOR_INSECURE_REDIRECTS", flag(func(c *Config) *bool { return &c.App.InsecureRedirects })},
	}
}

// ListenVariable is read by the program that listens for the emulator.
const ListenVariable = "GOOGLE_EMULATOR_LISTEN"

// Environment returns c with the settings of environ (as from os.Environ). An empty value counts as unset. The error
// names every variable with an invalid value and every unknown GOOGLE_EMULATOR_ name.
func Environment(c Config, environ []string) (Config, error) {
	var faults []error
	known := map[string]func(*Config, string) error{ListenVariable: func(*Config, string) error { return nil }}
	for _, v := range variables() {
		known[v.name] = v.set
	}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		switch set := known[name]; {
		case value == "":
		case set != nil:
			if err := set(&c, value); err != nil {
				faults = append(faults, fmt.Errorf("%s: %w", name, err))
			}
		case strings.HasPrefix(name, "GOOGLE_EMULATOR_"):
			faults = append(faults, fmt.Errorf("unknown variable %s", name))
		}
	}
	return c, errors.Join(faults...)
}
