package store

import (
	"cmp"
	"context"
	"sort"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/figures"
)

// reports keeps what the operator's console shows of the service itself.
type reports struct{ *core }

var _ figures.Store = (*DB)(nil)

const (
	addFigure = `INSERT INTO figures (span, metric, at, label, n, total) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (span, metric, at, label) DO UPDATE SET n = figures.n + excluded.n, total = figures.total + excluded.total`

	// 32400000 are the nine hours by which a day in Korea begins earlier; the country has no summer time.
	selectFigures = `SELECT (at + 32400000) / CAST($5 AS BIGINT), label, CAST(SUM(n) AS BIGINT), CAST(SUM(total) AS BIGINT)
FROM figures WHERE span = $1 AND metric = $2 AND at >= $3 AND at < $4 GROUP BY 1, label ORDER BY 1, label`

	sweepFigures = `DELETE FROM figures WHERE (span, metric, at, label) IN (SELECT span, metric, at, label FROM figures
WHERE span = $1 AND at < $2 ORDER BY at LIMIT $3)`
)

const koreaMillis = 32400000

// AddFigures adds rows to those of the same minute and hour.
func (db *reports) AddFigures(ctx context.Context, rows []figures.Row) error {
	type place struct {
		span   figures.Span
		metric figures.Metric
		at     int64
		label  string
	}
	sums := map[place][2]int64{}
	var all []place
	for _, r := range rows {
		for _, s := range figures.Spans {
			p := place{s, r.Metric, millis(r.At.Truncate(s.Duration())), clean(r.Label, figures.MaxLabel)}
			sum, ok := sums[p]
			if !ok {
				all = append(all, p)
			}
			sums[p] = [2]int64{sum[0] + r.Count, sum[1] + r.Sum}
		}
	}
	// In one order in all processes, so that none waits for another in a circle.
	sort.Slice(all, func(i, j int) bool {
		a, b := &all[i], &all[j]
		return cmp.Or(cmp.Compare(a.span, b.span), strings.Compare(string(a.metric), string(b.metric)),
			cmp.Compare(a.at, b.at), strings.Compare(a.label, b.label)) < 0
	})
	return db.write(ctx, "add figures", func(t tx) error {
		for _, p := range all {
			err := t.put(addFigure, int64(p.span), string(p.metric), p.at, p.label, sums[p][0], sums[p][1])
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Figures sums up the figures of a metric by step and label.
func (db *reports) Figures(ctx context.Context, q figures.Query) ([]figures.Figure, error) {
	step := cmp.Or(q.Step, q.Span.Duration()).Milliseconds()
	var nth, n, total int64
	var label string
	return list(ctx, db.core, "figures", selectFigures,
		[]any{int64(q.Span), string(q.Metric), millis(q.From), millis(q.To), step},
		[]any{&nth, &label, &n, &total}, func() figures.Figure {
			return figures.Figure{At: fromMillis(nth*step - koreaMillis), Label: label, Count: n, Sum: total}
		})
}

// sweepFigures deletes the rows of a span that are older than it is kept.
func (db *reports) sweepFigures(s figures.Span) func(context.Context, time.Time, int) (int, error) {
	return func(ctx context.Context, now time.Time, limit int) (int, error) {
		n, err := db.exec(ctx, "sweep figures", sweepFigures, int64(s), millis(now.Add(-s.Keep())), limit)
		return int(n), err
	}
}
