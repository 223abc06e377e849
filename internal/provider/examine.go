package provider

import (
	"github.com/norang-login/norang/internal/doctor"
	"github.com/norang-login/norang/internal/i18n"
)

// Examiner knows what can be wrong between this service and a provider.
type Examiner interface {
	// Checks ask the provider, without a user, whether it accepts the settings. They change nothing. Their ids begin with
	// the provider's name and a dot.
	Checks() []doctor.Check
	// Unseen lists what the checks cannot find out, such as what is registered in the console. Ids as in Checks.
	Unseen() []doctor.Unseen
	// Console lists what has to be entered in the provider's console, in the order of its menus.
	Console() []ConsoleStep
}

// ConsoleStep is an entry in the provider's console.
type ConsoleStep struct {
	Menu  i18n.Text
	What  i18n.Text
	Paste []string // exact texts
}
