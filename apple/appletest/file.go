package appletest

import (
	"encoding/json"

	"github.com/norang-login/norang/internal/emulator"
)

// File is the section of a configuration file that describes an emulator, as docs/emulator.md lists it.
type File struct {
	RequestLog      int        `json:"request_log"`      // requests kept in the log; default 1000
	AllowedHosts    []string   `json:"allowed_hosts"`    // additional Host values for /-/
	BuiltinAccounts *bool      `json:"builtin_accounts"` // keep the personas; default true
	Team            Team       `json:"team"`
	Accounts        []Account  `json:"accounts"`  // additional or replaced accounts
	Scenarios       []Scenario `json:"scenarios"` // faults scripted from the start
}

// ParseFile reads a section as JSON. Unknown members are errors that list the known ones. An empty section is valid.
func ParseFile(section json.RawMessage) (File, error) { return emulator.ParseSection[File](section) }

// Config returns the configuration of the emulator. An account of the file replaces the built-in one with its id. The
// scenarios are scripted once the emulator exists.
func (f File) Config() Config {
	return Config{
		RequestLog: f.RequestLog, AllowedHosts: f.AllowedHosts, Team: f.Team,
		Accounts: emulator.Accounts(f.BuiltinAccounts, Personas(), f.Accounts, func(a Account) string { return a.ID }),
	}
}
