package operator

import (
	"errors"

	"github.com/norang-login/norang/internal/account"
)

// Errors of a listing's filter.
var (
	ErrAfter  = errors.New("operator: after must be the next of the previous page")
	ErrStatus = errors.New("operator: status must be pending, active, disabled or withdrawn")
)

// ParseCursor reads where a page begins: the id of the last user of the page before, "" for the first page.
func ParseCursor(text string) (account.ID, error) {
	if text == "" {
		return "", nil
	}
	s, err := ParseKey(text)
	if err != nil || s.ID == "" || string(s.ID) != text {
		return "", ErrAfter
	}
	return s.ID, nil
}

// ParseStatus reads the status to list, "" for all.
func ParseStatus(text string) (account.Status, error) {
	switch s := account.Status(text); s {
	case "", account.Pending, account.Active, account.Disabled, account.Withdrawn:
		return s, nil
	}
	return "", ErrStatus
}
