package store

import (
	"context"
	"time"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/returnurl"
)

// previewOrigins keeps the origins that API keys have added for some days.
type previewOrigins struct{ *core }

var (
	_ operator.OriginStore   = (*DB)(nil)
	_ returnurl.PreviewStore = (*DB)(nil)
)

const (
	originColumns = `id, origin, created_at, expires_at`

	endedOrigins = `DELETE FROM preview_origins WHERE expires_at <= $1`
	otherOrigins = `SELECT COUNT(*) FROM preview_origins WHERE origin <> $1`
	putOrigin    = `INSERT INTO preview_origins (id, origin, created_at, expires_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (origin) DO UPDATE SET expires_at = excluded.expires_at`
	selectOrigin  = `SELECT ` + originColumns + ` FROM preview_origins WHERE origin = $1`
	selectOrigins = `SELECT ` + originColumns + ` FROM preview_origins WHERE expires_at > $1 ORDER BY created_at, id`
	deleteOrigin  = `DELETE FROM preview_origins WHERE id = $1 OR origin = $2`
	sweepOrigins  = `DELETE FROM preview_origins WHERE id IN (SELECT id FROM preview_origins WHERE expires_at < $1
ORDER BY expires_at LIMIT $2)`
)

// originRow receives originColumns.
type originRow struct {
	id, origin       string
	created, expires int64
}

func (r *originRow) dest() []any { return []any{&r.id, &r.origin, &r.created, &r.expires} }

func (r *originRow) preview() returnurl.Preview {
	return returnurl.Preview{
		ID: r.id, Origin: r.origin, CreatedAt: fromMillis(r.created), ExpiresAt: fromMillis(r.expires),
	}
}

// AddOrigin stores an origin, or the new end of one that is there, with the access record. It returns what is stored.
// returnurl.ErrPreviews if there are returnurl.MaxPreviews others.
func (db *previewOrigins) AddOrigin(
	ctx context.Context, o returnurl.Preview, by audit.Actor,
) (kept returnurl.Preview, err error) {
	err = db.write(ctx, "add origin", func(t tx) error {
		if err := db.serialize(t); err != nil {
			return err
		}
		if _, err := t.exec(endedOrigins, millis(o.CreatedAt)); err != nil {
			return err
		}
		var n int64
		if err := t.get(otherOrigins, []any{o.Origin}, &n); err != nil {
			return err
		}
		if n >= returnurl.MaxPreviews {
			return returnurl.ErrPreviews
		}
		if err := t.put(putOrigin, o.ID, o.Origin, millis(o.CreatedAt), millis(o.ExpiresAt)); err != nil {
			return err
		}
		var r originRow
		if err := t.get(selectOrigin, []any{o.Origin}, r.dest()...); err != nil {
			return err
		}
		kept = r.preview()
		return recordAccess(t, by, audit.Access{
			At: o.CreatedAt, Kind: audit.OriginAdd, Outcome: audit.Done,
			Detail: "origin=" + o.Origin + " until=" + o.ExpiresAt.UTC().Format(time.RFC3339),
		})
	})
	return kept, err
}

// Origins lists the origins that are live at a time, the oldest first. Like sessions it does not wait for other reads.
func (db *previewOrigins) Origins(ctx context.Context, at time.Time) (all []returnurl.Preview, err error) {
	var r originRow
	err = db.b.lookup(ctx, func(t tx) (err error) {
		all, err = collect(t, selectOrigins, []any{millis(at)}, r.dest(), r.preview)
		return err
	})
	return all, wrap("origins", err)
}

// RemoveOrigin deletes an origin, given by its id or as it is stored, with the access record; false if there is none.
func (db *previewOrigins) RemoveOrigin(
	ctx context.Context, which string, by audit.Actor, at time.Time,
) (removed bool, err error) {
	which = clean(which, maxURL)
	err = db.write(ctx, "remove origin", func(t tx) error {
		n, err := t.exec(deleteOrigin, which, which)
		if err != nil {
			return err
		}
		access := audit.Access{
			At: db.at(at), Kind: audit.OriginRemove, Outcome: audit.Done, Detail: "origin=" + which,
		}
		if removed = n > 0; !removed {
			access.Outcome = audit.NotFound
		}
		return recordAccess(t, by, access)
	})
	return removed, err
}
