package operator

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/norang-login/norang/internal/audit"
)

// Review is what somebody must look at once a month: who handled members' data, how much, and when (korea.md 1).
type Review struct {
	From, To time.Time // in Korea, from the first moment of the month to that of the next
	Accounts []Activity
	Kinds    []ActivityByKind
	// HandedOut are exports, and pages on which e-mail addresses were shown in full: the newest, at most [MaxPage].
	Disclosures []Entry
	More        bool // there were more of them
	// Digest is one number of all access records of the month. Kept with the report outside the database, it is the
	// evidence: once the month is over, the same report must give the same number for as long as the records are kept.
	Digest [sha256.Size]byte
}

// Handled is what one account did.
type Activity struct {
	Actor string
	Times int // access records
	Users int // different ones
	// Late is how many of the records are of the night or a weekend in Korea: from 22 to 7 o'clock, Saturdays, Sundays.
	Late int
}

// HandledKind is the same for one kind of action and its outcome.
type ActivityByKind struct {
	Actor   string
	Kind    audit.Kind
	Outcome audit.Outcome
	Times   int
	Users   int
}

// Korea has had one clock since 1988, nine hours ahead of UTC.
var korea = time.FixedZone("KST", 9*60*60)

// ParseMonth reads "2026-11" as that month in Korea.
func ParseMonth(text string) (from, to time.Time, err error) {
	from, err = time.ParseInLocation("2006-01", text, korea)
	if err != nil {
		return from, to, fmt.Errorf("operator: %q is no month", text)
	}
	return from, from.AddDate(0, 1, 0), nil
}

// Review sums up a time. That it was looked at is itself recorded: the review has to be proven.
func (d *Service) Review(ctx context.Context, from, to time.Time) (*Review, error) {
	r := &Review{From: from, To: to}
	var err error
	if r.Accounts, err = d.cfg.Log.Activities(ctx, from, to); err != nil {
		return nil, err
	}
	if r.Kinds, err = d.cfg.Log.ActivitiesByKind(ctx, from, to); err != nil {
		return nil, err
	}
	if r.Disclosures, err = d.cfg.Log.Disclosures(ctx, from, to, MaxPage+1); err != nil {
		return nil, err
	}
	if r.More = len(r.Disclosures) > MaxPage; r.More {
		r.Disclosures = r.Disclosures[:MaxPage]
	}
	if r.Digest, err = d.cfg.Records.Digest(ctx, from, to); err != nil {
		return nil, err
	}
	if err := d.record(ctx, note{audit.LogReview, audit.Done, "from=" + moment(from) + " to=" + moment(to)}); err != nil {
		return nil, err
	}
	return r, nil
}
