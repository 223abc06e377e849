package app

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/linking"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/store"
)

// newLinker makes what lets people have more identities than one. The job runner must be there.
func (a *App) newLinker() (*linking.Service, error) {
	return linking.New(linking.Config{
		Store: a.db, Sessions: a.sessions, Wake: a.jobs.Wake, Now: a.cfg.Now, Random: a.cfg.Random,
	})
}

// oldApp is OldAppID as identities name it; "" for none.
func (k Kakao) oldApp() string {
	if k.OldAppID == 0 {
		return ""
	}
	return strconv.FormatInt(k.OldAppID, 10)
}

// linkings is how operators see accounts that belong together.
type linkings struct {
	db  *store.DB
	now func() time.Time
}

// Merge is operator.Linking's. A running service hears of it by the change feed.
func (l linkings) Merge(ctx context.Context, m operator.Merger) error {
	_, err := l.db.Merge(ctx, linking.Merge{
		Keep: m.Keep, Lose: m.Lose, At: m.At, Actor: m.Actor, Client: m.Client, Access: m.Access,
	})
	switch {
	case errors.Is(err, linking.ErrNotMergeable):
		return operator.ErrNotMergeable
	case errors.Is(err, linking.ErrRefConflict):
		return operator.ErrRefConflict
	}
	return err
}

// IssueTicket is operator.Linking's.
func (l linkings) IssueTicket(ctx context.Context, o operator.TicketOrder) (account.TicketCode, time.Time, error) {
	code, expires, err := linking.Tickets{Store: l.db, Now: l.now}.Issue(ctx, linking.TicketRequest(o))
	if errors.Is(err, linking.ErrInvalidRef) {
		err = operator.ErrRef
	}
	return code, expires, err
}
