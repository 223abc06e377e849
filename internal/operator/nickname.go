package operator

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/norang-login/norang/internal/account"
)

// MaxNicknames is how many users [Users.ByNickname] returns: more are found by a longer beginning.
const MaxNicknames = 50

// ErrNickname: the text cannot begin a nickname.
var ErrNickname = errors.New("operator: not the beginning of a nickname")

// ByNickname returns the users whose nickname begins with a text, at most [MaxNicknames], and whether there are more.
// Nicknames repeat and prove nothing. The access record does not contain the text. [ErrNickname].
func (u *Users) ByNickname(ctx context.Context, prefix string) (page []User, more bool, err error) {
	prefix = strings.TrimSpace(prefix)
	if prefix == "" || !utf8.ValidString(prefix) || utf8.RuneCountInString(prefix) > account.MaxNickname ||
		strings.ContainsRune(prefix, 0) {
		return nil, false, ErrNickname
	}
	ids, err := u.store.UsersByNickname(ctx, prefix, MaxNicknames+1)
	if err != nil {
		return nil, false, err
	}
	if more = len(ids) > MaxNicknames; more {
		ids = ids[:MaxNicknames]
	}
	if page, err = u.store.ReadUsers(ctx, ids); err != nil {
		return nil, false, err
	}
	return page, more, u.recordUsers(ctx, page, "nickname", Masked)
}
