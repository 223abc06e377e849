package withdrawal

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/seal"
)

// RejoinKeyStore stores the sealed key of the re-join blocks.
type RejoinKeyStore interface {
	// RejoinKey returns the stored sealed key, after storing proposed if there is none and proposed is not "".
	RejoinKey(ctx context.Context, proposed string) (sealed string, err error)
	// ChangeRejoinKey replaces a sealed key; it does nothing if another one is stored meanwhile.
	ChangeRejoinKey(ctx context.Context, old, new string) error
	// RejoinBlocks counts the blocks in force.
	RejoinBlocks(ctx context.Context, now time.Time) (int, error)
}

// RejoinKeyLostError means that no key of the key ring opens the key of the re-join blocks.
type RejoinKeyLostError struct{ Blocks int }

func (e *RejoinKeyLostError) Error() string {
	return fmt.Sprintf("no key in the file opens the key of %d re-join blocks", e.Blocks)
}

// rejoinKeyBinding binds the sealed key to its use.
const rejoinKeyBinding = "rejoin blocks"

// RejoinKey returns the HMAC key of the re-join blocks, and creates it if there is none. It never rotates, because
// that would void the blocks; it is stored in the database, sealed by the key ring, which does rotate (see
// docs/decisions/rejoin-block-key.md). A key that cannot be opened is replaced if no block needs it, otherwise the
// error is a *[RejoinKeyLostError].
func RejoinKey(
	ctx context.Context, st RejoinKeyStore, keys *seal.Keyring, random io.Reader, now time.Time,
) ([]byte, error) {
	s := keys.Sealer("rejoin key")
	key := make([]byte, sha256.Size)
	if _, err := io.ReadFull(random, key); err != nil {
		return nil, err
	}
	proposed := s.Seal(key, rejoinKeyBinding)
	sealed, err := st.RejoinKey(ctx, proposed)
	if err != nil {
		return nil, err
	}
	key, err = s.Open(sealed, rejoinKeyBinding)
	if err != nil {
		blocks, err := st.RejoinBlocks(ctx, now)
		if err != nil {
			return nil, err
		}
		if blocks > 0 {
			return nil, &RejoinKeyLostError{blocks}
		}
		if err := st.ChangeRejoinKey(ctx, sealed, proposed); err != nil {
			return nil, err
		}
		return storedRejoinKey(ctx, st, s)
	}
	if len(key) != sha256.Size {
		return nil, errors.New("the key of the re-join blocks has the wrong length")
	}
	// Seal it by the current key, so that the previous one can leave the file after the next restart.
	if err := st.ChangeRejoinKey(ctx, sealed, s.Seal(key, rejoinKeyBinding)); err != nil {
		return nil, err
	}
	return key, nil
}

// storedRejoinKey reads the key that is stored now, which another replica may have written.
func storedRejoinKey(ctx context.Context, st RejoinKeyStore, s *seal.Sealer) ([]byte, error) {
	sealed, err := st.RejoinKey(ctx, "")
	if err != nil {
		return nil, err
	}
	key, err := s.Open(sealed, rejoinKeyBinding)
	if err != nil {
		return nil, fmt.Errorf("key of the re-join blocks: %w", err)
	}
	return key, nil
}

// Blind returns the function that makes an identity unrecognisable for a re-join block: an HMAC over its parts with
// their lengths, so that no two identities make one message.
func Blind(key []byte) func(account.Key) []byte {
	return func(k account.Key) []byte {
		h := hmac.New(sha256.New, key)
		for _, part := range []string{k.Provider, k.Namespace, k.Subject} {
			_, _ = h.Write(binary.AppendUvarint(nil, uint64(len(part)))) // never fails, see hash.Hash
			_, _ = io.WriteString(h, part)
		}
		return h.Sum(nil)
	}
}
