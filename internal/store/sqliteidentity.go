package store

import (
	"errors"

	"github.com/norang-login/norang/internal/account"
)

// packedIdentity is selectIdentity with its columns in one text.
var packedIdentity = packedQuery(selectIdentity)

// findIdentity reads an identity and whose it is, and keeps others from both; errNoRow if nobody has it.
func (q *queries) findIdentity(t tx, k account.Key, ur *userRow, ir *identityRow) error {
	key, dest := []any{k.Provider, k.App, k.Subject}, append(ur.dest(), ir.dest()...)
	if q.packed == "" {
		return t.get(q.identityLocked, key, dest...)
	}
	var text string
	if err := t.get(packedIdentity, key, &text); err != nil {
		return err
	}
	err := unpack(text, dest)
	if errors.Is(err, errNotPacked) {
		err = t.get(q.identityLocked, key, dest...)
	}
	return err
}
