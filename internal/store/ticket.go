package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/login"
)

const (
	// One ticket for each number: the newest counts.
	putTicket = `INSERT INTO link_tickets (hash, ref, expires_at) VALUES ($1, $2, $3)
ON CONFLICT (ref) DO UPDATE SET hash = excluded.hash, expires_at = excluded.expires_at`

	ticketRef    = `SELECT ref FROM link_tickets WHERE hash = $1 AND expires_at > $2`
	spendTicket  = `DELETE FROM link_tickets WHERE hash = $1 AND expires_at > $2`
	sweepTickets = `DELETE FROM link_tickets WHERE hash IN (SELECT hash FROM link_tickets WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)`
)

// PutTicket keeps a link ticket, with the record of who asked for it. A ticket for the same number that was not used is
// worth nothing from then on.
func (db *DB) PutTicket(ctx context.Context, i account.TicketIssue) error {
	if i.Ref == "" || i.Ref != clean(i.Ref, maxSubject) || !i.ExpiresAt.After(i.At) {
		return fmt.Errorf("%w: ticket", errInvalid)
	}
	return db.write(ctx, "put ticket", func(t tx) error {
		var owner string
		if err := t.get(refOwner, []any{i.Ref}, &owner); err != nil && !errors.Is(err, errNoRow) {
			return err
		}
		if err := t.put(putTicket, i.Hash[:], i.Ref, millis(i.ExpiresAt)); err != nil {
			return err
		}
		return recordAccess(t, i.Actor, audit.Access{
			At: i.At, Kind: audit.UserTicket, UserID: owner, Outcome: audit.Done, Detail: "ref=" + i.Ref,
		})
	})
}

// TicketRef says for which number a ticket is; account.ErrNotFound if there is none of that hash that can be used at a time.
func (db *DB) TicketRef(ctx context.Context, h account.TicketHash, at time.Time) (string, error) {
	var ref string
	err := db.read(ctx, "ticket", func(t tx) error { return t.get(ticketRef, []any{h[:], millis(at)}, &ref) })
	if errors.Is(err, errNoRow) {
		return "", account.ErrNotFound
	}
	return ref, err
}

// ticketFacts reads what a decision over a ticket depends on; nil for an attempt without one.
func (db *DB) ticketFacts(t tx, c login.Completion) (*account.Ticket, error) {
	if c.Purpose != login.Ticket {
		return nil, nil
	}
	f := &account.Ticket{}
	h, ok := account.ParseTicketHash(c.Detail)
	if !ok {
		return f, nil
	}
	err := t.get(ticketRef, []any{h[:], millis(c.At)}, &f.Ref)
	if errors.Is(err, errNoRow) {
		return f, nil
	}
	if err != nil {
		return nil, err
	}
	var r userRow
	err = t.get(db.q.refLocked, []any{f.Ref}, r.dest()...)
	if errors.Is(err, errNoRow) {
		return f, nil
	}
	if err != nil {
		return nil, err
	}
	owner := r.user()
	f.Owner = &owner
	f.Identities, err = countIdentities(t, owner.ID)
	return f, err
}

// spend ends a ticket and does what it was for. Of two who hold the same ticket one is too late: the transaction begins
// anew and finds none.
func spend(t tx, c login.Completion, d account.Decision, ref string, user *account.User) error {
	h, ok := account.ParseTicketHash(c.Detail)
	if !ok {
		return errInvalid
	}
	n, err := t.exec(spendTicket, h[:], millis(c.At))
	if err != nil {
		return err
	}
	if n != 1 {
		return errLost
	}
	if d.SetRef {
		if err := t.put(setRef, string(user.ID), ref); err != nil {
			return err
		}
		user.Ref = ref
		if err := emit(t, events.UserUpdated, c.At, user.ID, ""); err != nil {
			return err
		}
		if err := userChanged(t, c.At, user.ID); err != nil {
			return err
		}
	}
	return record(t, audit.Event{
		At: c.At, Kind: audit.TicketUsed, Actor: string(user.ID), UserID: string(user.ID), Client: c.Session.Client,
	})
}
