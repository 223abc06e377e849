package operator

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/norang-login/norang/internal/audit"
)

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

// Review returns the report for a period. The review is recorded itself, because it has to be proven.
func (s *Service) Review(ctx context.Context, from, to time.Time) (*Review, error) {
	r := &Review{From: from, To: to}
	var err error
	if r.Accounts, err = s.cfg.Log.Activities(ctx, from, to); err != nil {
		return nil, err
	}
	if r.Kinds, err = s.cfg.Log.ActivitiesByKind(ctx, from, to); err != nil {
		return nil, err
	}
	if r.Disclosures, err = s.cfg.Log.Disclosures(ctx, from, to, MaxPage+1); err != nil {
		return nil, err
	}
	if r.More = len(r.Disclosures) > MaxPage; r.More {
		r.Disclosures = r.Disclosures[:MaxPage]
	}
	if r.Digest, err = s.cfg.Records.Digest(ctx, from, to); err != nil {
		return nil, err
	}
	detail := "from=" + timestamp(from) + " to=" + timestamp(to)
	if err := s.record(ctx, audit.Access{Kind: audit.LogReview, Outcome: audit.Done, Detail: detail}); err != nil {
		return nil, err
	}
	return r, nil
}
