package withdrawal

import (
	"time"

	"github.com/norang-login/norang/internal/account"
)

// Effect is what a withdrawal does to a user.
type Effect int8

const (
	// NoEffect: the user has withdrawn already.
	NoEffect Effect = iota
	// Discard deletes a user who has not joined yet, row and all.
	Discard
	// Hide keeps the data for the grace period, during which nothing shows it.
	Hide
	// Erase deletes all data at once.
	Erase
	// Purge ends a grace period and deletes the data that it kept.
	Purge
)

// EffectOn decides what a withdrawal does, by the user's status. inGrace says that the user has withdrawn and is not
// yet purged; grace is the grace period to grant, and without one a grace period under way ends. A disabled user gets
// no grace period: restoring the account would enable it again (AL-15).
func EffectOn(status account.Status, inGrace bool, grace time.Duration) Effect {
	switch {
	case status == account.Withdrawn && inGrace && grace <= 0:
		return Purge
	case status == account.Withdrawn:
		return NoEffect
	case status == account.Pending:
		return Discard
	case status == account.Active && grace > 0:
		return Hide
	}
	return Erase
}
