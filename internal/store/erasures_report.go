package store

import (
	"context"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/privacy"
)

const proofsOfErasure = `SELECT (at + 32400000) / 86400000, people, what, method, actor FROM erasures
WHERE at >= $1 AND at < $2 ORDER BY at`

// Erasures counts the erasures of a period by day in Korea, kind, method and actor, in this order of time.
func (db *auditLog) Erasures(ctx context.Context, from, to time.Time) (all []privacy.Erasure, err error) {
	var day, people int64
	var what, method, actor string
	err = db.read(ctx, "erasures", func(t tx) error {
		all = nil
		at := map[privacy.Erasure]int{} // without their counts
		return t.each(proofsOfErasure, []any{millis(from), millis(to)},
			[]any{&day, &people, &what, &method, &actor}, func() error {
				kind, _, _ := strings.Cut(what, ":")
				e := privacy.Erasure{Day: fromMillis(day*24*3600*1000 - koreaMillis), Kind: kind, Method: method, By: actor}
				i, known := at[e]
				if !known {
					i = len(all)
					at[e] = i
					all = append(all, e)
				}
				all[i].Count += int(people)
				return nil
			})
	})
	return all, err
}
