package store

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/handoff"
	"github.com/norang-login/norang/internal/session"
)

func TestErrorNamesTheOperationOnce(t *testing.T) {
	t.Parallel()
	db, err := Open(t.Context(), Config{DSN: filepath.Join(t.TempDir(), "norang.db")})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = db.Branch(t.Context(), handoff.Branch{Session: session.Session{CreatedAt: time.Now()}})
	if !errors.Is(err, ErrClosed) || strings.Count(err.Error(), "store: ") != 1 {
		t.Errorf("branch: %v", err)
	}
	_, err = db.Replay(t.Context(), time.Now())
	if !errors.Is(err, ErrClosed) || strings.Count(err.Error(), "store: ") != 1 {
		t.Errorf("replay: %v", err)
	}
}

// losingRaces is a backend whose first write loses a race.
type losingRaces struct {
	backend
	writes int
}

func (b *losingRaces) write(ctx context.Context, fn func(tx) error) error {
	if b.writes++; b.writes == 1 {
		return errLost
	}
	return b.backend.write(ctx, fn)
}

// The register is replayed while the service runs, whose transactions may lock the same rows.
func TestReplayRepeatsATransactionThatLostARace(t *testing.T) {
	t.Parallel()
	db, err := Open(t.Context(), Config{DSN: filepath.Join(t.TempDir(), "norang.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const id = account.ID("01932b1c-7c5e-7a2b-9d10-6f0e8b1c2d3e")
	now := time.Now()
	err = db.write(t.Context(), "test", func(tx tx) error {
		if err := tx.put(insertUser, string(id), string(account.Active), millis(now), millis(now)); err != nil {
			return err
		}
		return registerErased(tx, id, now)
	})
	if err != nil {
		t.Fatal(err)
	}
	db.b = &losingRaces{backend: db.b}
	if n, err := db.Replay(t.Context(), now); n != 1 || err != nil {
		t.Errorf("%d erased again, %v", n, err)
	}
}
