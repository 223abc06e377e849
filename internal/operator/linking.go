package operator

import (
	"context"
	"errors"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
)

// Linking is what this package needs to know of accounts that belong together. Every method is one transaction, which
// writes its access record.
type Linking interface {
	// Merge makes one account of two. [ErrNotMergeable], [ErrRefConflict].
	Merge(context.Context, Merger) error
	// IssueTicket makes a link ticket; ErrRef if there can be no such member number.
	IssueTicket(context.Context, TicketOrder) (account.TicketCode, time.Time, error)
}

// Merger is a merge that an operator carries out.
type Merger struct {
	Keep, Lose account.ID
	At         time.Time
	Actor      string
	Client     audit.Client
	Access     *audit.Access
}

// TicketOrder asks for a link ticket in an operator's name.
type TicketOrder struct {
	Ref    string
	Actor  string
	Client audit.Client
	Access *audit.Access
}

var (
	// ErrNotMergeable: the two are not two active members, or have too many identities between them.
	ErrNotMergeable = errors.New("operator: accounts cannot be merged")
	// ErrRefConflict: both have a number of the app's; only the app can make one of them.
	ErrRefConflict = errors.New("operator: both accounts have a ref")
	// ErrRef: the text cannot be a member number.
	ErrRef = errors.New("operator: no ref")
)

// Merge makes one account of two, without the person's own proof of both: whoever does it has seen to that in another way,
// and says how. It says how both stood before; dry changes nothing. [ErrNoReason], [ErrNotMergeable], [ErrRefConflict].
func (d *Service) Merge(ctx context.Context, keep, lose Selector, dry bool) (kept, lost *User, err error) {
	if d.cfg.Who.Reason == "" {
		return nil, nil, ErrNoReason
	}
	if kept, err = d.look(ctx, audit.UserMerge, keep); err != nil {
		return nil, nil, err
	}
	if lost, err = d.look(ctx, audit.UserMerge, lose); err != nil {
		return nil, nil, err
	}
	if dry {
		return kept, lost, d.record(ctx, note{kind: audit.UserMerge, outcome: audit.DryRun}, kept.ID, lost.ID)
	}
	err = d.cfg.Linking.Merge(ctx, Merger{
		Keep: kept.ID, Lose: lost.ID, At: d.now(), Actor: d.Actor(), Client: d.cfg.Who.Client,
		Access: d.access(audit.UserMerge, "into="+string(kept.ID)),
	})
	if errors.Is(err, ErrNotMergeable) || errors.Is(err, ErrRefConflict) {
		err = errors.Join(err, d.record(ctx, note{kind: audit.UserMerge, outcome: audit.NotDone}, kept.ID, lost.ID))
	}
	return kept, lost, err
}

// IssueTicket makes a link ticket for a member number of the app's. Whoever it is handed to becomes that member here.
func (d *Service) IssueTicket(ctx context.Context, ref string) (account.TicketCode, time.Time, error) {
	return d.cfg.Linking.IssueTicket(ctx, TicketOrder{
		Ref: ref, Actor: d.Actor(), Client: d.cfg.Who.Client, Access: d.access(audit.UserTicket, "ref="+ref),
	})
}
