package store

import (
	"context"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/failures"
	"github.com/norang-login/norang/internal/problem"
)

var _ failures.Store = (*DB)(nil)

const (
	failureColumns = `id, at, request_id, code, provider, browser, device, user_id`

	countFailures   = `SELECT COUNT(*) FROM failed_attempts`
	countFailuresOf = `SELECT COUNT(*) FROM failed_attempts WHERE code = $1`
	sweepFailures   = `DELETE FROM failed_attempts WHERE id IN (SELECT id FROM failed_attempts WHERE at < $1
ORDER BY at LIMIT $2)`
	forgetFailuresOf = `DELETE FROM failed_attempts WHERE user_id = $1`
)

var insertFailures = newInsert(`failed_attempts (at, request_id, code, provider, browser, device, user_id)`)

// AddFailures writes the failures that failures.Kept selects, and returns their number. Replicas that write at the
// same time may exceed the bound by one batch each.
func (db *reports) AddFailures(ctx context.Context, all []failures.Failure) (kept int, err error) {
	err = db.write(ctx, "add failures", func(t tx) error {
		kept = 0
		var rows int64
		if err := t.get(countFailures, nil, &rows); err != nil {
			return err
		}
		ofCode := map[problem.Code]int64{}
		args := make([]any, 0, len(all)*insertFailures.columns)
		for _, f := range all {
			n, known := ofCode[f.Code]
			if !known {
				if err := t.get(countFailuresOf, []any{string(f.Code)}, &n); err != nil {
					return err
				}
			}
			ofCode[f.Code] = n
			if !failures.Kept(int(rows), int(n)) {
				continue
			}
			rows, ofCode[f.Code], kept = rows+1, n+1, kept+1
			args = append(args, millis(f.At), clean(f.RequestID, maxShort), clean(string(f.Code), maxShort),
				clean(f.Provider, maxShort), clean(f.Browser, maxShort), clean(f.Device, maxShort),
				null(clean(string(f.UserID), maxShort)))
		}
		return insertFailures.put(t, args)
	})
	return kept, err
}

func failureQuery(f failures.Filter) (query string, args []any) {
	var where filter
	if f.RequestID != "" {
		where.add("request_id =", f.RequestID)
	}
	if f.Code != "" {
		where.add("code =", string(f.Code))
	}
	if f.Provider != "" {
		where.add("provider =", f.Provider)
	}
	if f.UserID != "" {
		where.add("user_id =", string(f.UserID))
	}
	if f.After > 0 {
		where.add("id <", f.After)
	}
	return where.query("SELECT "+failureColumns+" FROM failed_attempts", "id DESC", bounded(f.Limit, maxRows+1))
}

// Failures lists failures, the newest first; never more than 501.
func (db *reports) Failures(ctx context.Context, f failures.Filter) ([]failures.Failure, error) {
	if !storable(maxShort, f.RequestID, string(f.Code), f.Provider, string(f.UserID)) {
		return nil, nil
	}
	query, args := failureQuery(f)
	var row failures.Failure
	var at int64
	var code, user string
	dest := []any{&row.ID, &at, &row.RequestID, &code, &row.Provider, &row.Browser, &row.Device, &user}
	return list(ctx, db.core, "failures", query, args, dest, func() failures.Failure {
		row.At, row.Code, row.UserID = fromMillis(at), problem.Code(code), account.ID(user)
		return row
	})
}

// CountFailures returns how many failures are kept.
func (db *reports) CountFailures(ctx context.Context) (int, error) {
	return db.count(ctx, "count failures", countFailures)
}
