package operator

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/norang-login/norang/internal/audit"
)

// ReviewStore sums up the access records of a period.
type ReviewStore interface {
	// Activities sums up the access records of a period by account.
	Activities(ctx context.Context, from, to time.Time) ([]Activity, error)
	// ActivitiesByKind sums them up by account, kind and outcome.
	ActivitiesByKind(ctx context.Context, from, to time.Time) ([]ActivityByKind, error)
	// Disclosures lists the access records of exports and of unmasked e-mail addresses, the newest first.
	Disclosures(ctx context.Context, from, to time.Time, limit int) ([]audit.Entry, error)
	// Digest returns a hash of all access records of a period: it changes if a record is added, removed or changed.
	Digest(ctx context.Context, from, to time.Time) ([sha256.Size]byte, error)
}

// Reviews writes the reports on access records.
type Reviews struct {
	caller *Caller
	store  ReviewStore
}

// NewReviews returns Reviews for a caller.
func NewReviews(c *Caller, store ReviewStore) *Reviews { return &Reviews{c, store} }

// Review is the monthly report on access records that the Korean safety standards require.
type Review struct {
	From, To time.Time // the month in Korean time
	Accounts []Activity
	Kinds    []ActivityByKind
	// Disclosures are exports and unmasked e-mail addresses, the newest first, at most [MaxPage].
	Disclosures []audit.Entry
	More        bool // there are more disclosures
	// Digest is a hash of all access records of the month. Kept outside the database with the report, it proves later that
	// the records of a past month are unchanged.
	Digest [sha256.Size]byte
}

// Activity is what one account did.
type Activity struct {
	Actor string
	Times int // access records
	Users int // distinct users
	Late  int // records made between 22:00 and 07:00 or on a weekend, in Korean time
}

// ActivityByKind is what one account did, for one kind and outcome.
type ActivityByKind struct {
	Actor   string
	Kind    audit.Kind
	Outcome audit.Outcome
	Times   int
	Users   int
}

// korea has had no daylight saving time since 1988.
var korea = time.FixedZone("KST", 9*60*60)

// ParseMonth parses "2026-11" as a month in Korean time.
func ParseMonth(text string) (from, to time.Time, err error) {
	from, err = time.ParseInLocation("2006-01", text, korea)
	if err != nil {
		return from, to, fmt.Errorf("operator: month must have the form 2026-11, got %q", text)
	}
	return from, from.AddDate(0, 1, 0), nil
}

// Read returns the report for a period. The review is recorded itself, because it has to be proven.
func (r *Reviews) Read(ctx context.Context, from, to time.Time) (*Review, error) {
	report := &Review{From: from, To: to}
	var err error
	if report.Accounts, err = r.store.Activities(ctx, from, to); err != nil {
		return nil, err
	}
	if report.Kinds, err = r.store.ActivitiesByKind(ctx, from, to); err != nil {
		return nil, err
	}
	if report.Disclosures, err = r.store.Disclosures(ctx, from, to, MaxPage+1); err != nil {
		return nil, err
	}
	if report.More = len(report.Disclosures) > MaxPage; report.More {
		report.Disclosures = report.Disclosures[:MaxPage]
	}
	if report.Digest, err = r.store.Digest(ctx, from, to); err != nil {
		return nil, err
	}
	detail := "from=" + timestamp(from) + " to=" + timestamp(to)
	if err := r.caller.record(ctx, audit.Access{Kind: audit.LogReview, Outcome: audit.Done, Detail: detail}); err != nil {
		return nil, err
	}
	return report, nil
}
