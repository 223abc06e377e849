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
	// One ticket for each ref: the newest counts.
	putTicket = `INSERT INTO link_tickets (hash, ref, expires_at) VALUES ($1, $2, $3)
ON CONFLICT (ref) DO UPDATE SET hash = excluded.hash, expires_at = excluded.expires_at`

	ticketRef    = `SELECT ref FROM link_tickets WHERE hash = $1 AND expires_at > $2`
	deleteTicket = `DELETE FROM link_tickets WHERE hash = $1 AND expires_at > $2`
	sweepTickets = `DELETE FROM link_tickets WHERE hash IN (SELECT hash FROM link_tickets WHERE expires_at < $1
ORDER BY expires_at LIMIT $2)`
)

// PutTicket stores a link ticket, in place of an unused one for the same ref.
func (db *logins) PutTicket(ctx context.Context, i account.TicketIssue) error {
	if !account.ValidRef(i.Ref) || !i.ExpiresAt.After(i.At) {
		return fmt.Errorf("%w: ticket", errInvalid)
	}
	return db.write(ctx, "put ticket", func(t tx) error {
		var owner string
		if _, err := found(t.get(refOwner, []any{i.Ref}, &owner)); err != nil {
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

// TicketRef returns the ref of a ticket; account.ErrNotFound if there is none that can be used at a time.
func (db *logins) TicketRef(ctx context.Context, h account.TicketHash, at time.Time) (string, error) {
	var ref string
	ok, err := db.get(ctx, "ticket", ticketRef, []any{h[:], millis(at)}, &ref)
	if err == nil && !ok {
		err = account.ErrNotFound
	}
	return ref, err
}

// ticketFacts reads what account.Resolve has to know about a ticket; nil for an attempt without one.
func (db *logins) ticketFacts(t tx, c login.Completion) (*account.Ticket, error) {
	if c.Purpose != login.Ticket {
		return nil, nil
	}
	f := &account.Ticket{}
	h, ok := account.ParseTicketHash(c.Detail)
	if !ok {
		return f, nil
	}
	if ok, err := found(t.get(ticketRef, []any{h[:], millis(c.At)}, &f.Ref)); !ok {
		return f, err
	}
	owner, err := findUser(t, db.q.refLocked, f.Ref)
	if errors.Is(err, account.ErrNotFound) {
		return f, nil
	}
	if err != nil {
		return nil, err
	}
	f.Owner = owner
	f.Identities, err = countIdentities(t, owner.ID)
	return f, err
}

// spendTicket uses a ticket up and sets the ref. If two sign-ins bring the same ticket, the later transaction
// starts over and finds none.
func spendTicket(t tx, c login.Completion, d account.Decision, ref string, user *account.User) error {
	h, ok := account.ParseTicketHash(c.Detail)
	if !ok {
		return errInvalid
	}
	if err := execOne(t, errLost, deleteTicket, h[:], millis(c.At)); err != nil {
		return err
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
	return record(t, userCause(c, user.ID, "").event(audit.TicketUsed, user.ID))
}
