package page

import (
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/apikey"
	"github.com/norang-login/norang/internal/doctor"
)

// ConsoleOperators lists who holds a role.
type ConsoleOperators struct {
	ConsoleFrame
	Members []ConsoleMember
	// Missing reports a form without a user or confirmation, Unknown one about a user who does not exist or is not
	// active, Last one that would have left no operator.
	Missing, Unknown, Last bool
}

func (ConsoleOperators) file() string { return consoleDir + "operators.html" }

// ConsoleMember is a user who holds a role.
type ConsoleMember struct {
	ID        account.ID
	Nickname  string
	Status    account.Status
	Role      string
	GrantedAt time.Time
	GrantedBy string // in words
	Granter   string // their account or id
	Factor    bool   // an authenticator app is enrolled
	SeenAt    time.Time
}

// ConsoleKeys lists the keys of the server API.
type ConsoleKeys struct {
	ConsoleFrame
	Now    time.Time
	Keys   []apikey.Key
	Scopes []apikey.Scope
	// Created is the text of a key that was just made; it is shown once.
	Created string
	// Missing reports a form with an invalid name, no scope or an invalid life, or without confirmation.
	Missing bool
	MaxDays int
}

func (ConsoleKeys) file() string { return consoleDir + "keys.html" }

// ConsoleDoctor shows the result of the checks of norang doctor; before they ran, Ran is false.
type ConsoleDoctor struct {
	ConsoleFrame
	Ran      bool
	Findings []doctor.Finding
	Results  []doctor.Result
	// Unseen is what no check can find out.
	Unseen []doctor.Unseen
}

func (ConsoleDoctor) file() string { return consoleDir + "doctor.html" }

// ConsoleSettings lists the settings that are set, without secrets.
type ConsoleSettings struct {
	ConsoleFrame
	Settings []ConsoleSetting
}

func (ConsoleSettings) file() string { return consoleDir + "settings.html" }

// ConsoleSetting is a setting.
type ConsoleSetting struct{ Name, Value string }
