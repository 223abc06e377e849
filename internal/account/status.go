package account

import "time"

// PendingLife is how long a user may take to join. Then the session ends and the user is deleted.
const PendingLife = 24 * time.Hour

// Next returns the user's status after the change, which is the present one if nothing changes. An enabled user is
// active, or pending again if they had not joined. [ErrNotFound] if the user has withdrawn.
func (c StatusChange) Next(u User) (Status, error) {
	switch {
	case u.Status == Withdrawn:
		return u.Status, ErrNotFound
	case c.Disabled:
		return Disabled, nil
	case u.Status != Disabled:
		return u.Status, nil
	case u.JoinedAt.IsZero():
		return Pending, nil
	}
	return Active, nil
}
