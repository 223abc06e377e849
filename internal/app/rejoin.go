package app

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

// The bounds of leaving (korea.md 3: erasure without delay).
const (
	maxGrace = 90 * day
	maxBlock = 366 * day
)

// leaving checks how people leave and come back. Pages speak of days, so a period is so many of them.
func (c *checker) leaving() {
	for _, p := range []struct {
		field    string
		value    time.Duration
		min, max time.Duration
	}{
		{"WithdrawGrace", c.WithdrawGrace, 0, maxGrace}, {"RejoinBlock", c.RejoinBlock, day, maxBlock},
	} {
		if p.value < p.min || p.value > p.max || p.value%day != 0 {
			c.fail(p.field, p.value, "%d일부터 %d일까지, 하루 단위로 적으십시오.",
				"must be %d to %d whole days", p.min/day, p.max/day)
		}
	}
	c.oneOf("Rejoin", c.Rejoin, string(account.RejoinNew), string(account.RejoinRestore), string(account.RejoinBlocked))
	if account.Rejoin(c.Rejoin) == account.RejoinRestore && c.WithdrawGrace == 0 {
		c.fail("Rejoin", nil, "restore를 쓰려면 되돌릴 수 있는 기간인 {WithdrawGrace}가 필요합니다.",
			"restore needs {WithdrawGrace}, the time within which a user can return")
	}
}

// parting is how members leave.
func (a *App) withdrawalPolicy(ctx context.Context, keys *seal.Keyring) (account.WithdrawalPolicy, error) {
	p := account.WithdrawalPolicy{Grace: a.cfg.WithdrawGrace}
	if account.Rejoin(a.cfg.Rejoin) != account.RejoinBlocked {
		return p, nil
	}
	key, err := a.rejoinKey(ctx, keys.Sealer("rejoin key"))
	if err != nil {
		return p, err
	}
	p.BlockFor = a.cfg.RejoinBlock
	p.Blind = func(k account.Key) []byte {
		h := hmac.New(sha256.New, key)
		for _, part := range []string{k.Provider, k.Namespace, k.Subject} {
			// With the lengths, so that no two identities make one message.
			_, _ = h.Write(binary.AppendUvarint(nil, uint64(len(part)))) // never fails, see hash.Hash
			_, _ = io.WriteString(h, part)
		}
		return h.Sum(nil)
	}
	return p, nil
}

// rejoinKey is the key of the blocks. It never rotates, or blocks would be void; so it is no key of the key file, which
// rotates, but is kept in the database, sealed by one of those: see docs/decisions/rejoin-block-key.md.
func (a *App) rejoinKey(ctx context.Context, s *seal.Sealer) ([]byte, error) {
	const bindings = "rejoin blocks"
	fresh := make([]byte, sha256.Size)
	if _, err := io.ReadFull(a.cfg.Random, fresh); err != nil {
		return nil, err
	}
	proposed := s.Seal(fresh, bindings)
	sealed, err := a.db.RejoinKey(ctx, proposed)
	if err != nil {
		return nil, err
	}
	key, err := s.Open(sealed, bindings)
	if err != nil {
		n, countErr := a.db.RejoinBlocks(ctx, a.cfg.Now())
		if countErr != nil {
			return nil, countErr
		}
		if n > 0 {
			return nil, newConfigError("Keys", nil,
				"파일의 어느 키로도 재가입 제한 %d건의 키를 열 수 없습니다. 예전 키 파일의 줄을 새 줄 아래에 다시 넣으십시오.",
				"no key in the file opens the key of %d re-join blocks: append the lines of the old key file", n)
		}
		// It keeps nobody out any more: begin anew.
		if err := a.db.ChangeRejoinKey(ctx, sealed, proposed); err != nil {
			return nil, err
		}
		return a.reread(ctx, s, bindings)
	}
	if len(key) != sha256.Size {
		return nil, errors.New("the key of the re-join blocks has the wrong length")
	}
	// Under the current key, so that the one before it can leave the file after the next restart.
	if err := a.db.ChangeRejoinKey(ctx, sealed, s.Seal(key, bindings)); err != nil {
		return nil, err
	}
	return key, nil
}

// reread reads what another replica may have been quicker to write.
func (a *App) reread(ctx context.Context, s *seal.Sealer, bindings string) ([]byte, error) {
	sealed, err := a.db.RejoinKey(ctx, "")
	if err != nil {
		return nil, err
	}
	key, err := s.Open(sealed, bindings)
	if err != nil {
		return nil, fmt.Errorf("key of the re-join blocks: %w", err)
	}
	return key, nil
}
