package app

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/norang-login/norang/internal/figures"
	"github.com/norang-login/norang/internal/metrics"
	"github.com/norang-login/norang/internal/store"
)

const (
	sweepEvery  = time.Minute
	totalsEvery = 10 * time.Minute
	remindEvery = 6 * time.Hour
)

// maintenance is the background work on the database, and figures about it for metrics.
type maintenance struct {
	db    *store.DB
	now   func() time.Time
	log   *slog.Logger
	swept atomic.Int64 // Unix time
	last  atomic.Pointer[store.Totals]

	figures *figures.Recorder
}

// saveFigures writes what was counted, once a minute.
func (m *maintenance) saveFigures(ctx context.Context) {
	m.figures.Run(ctx, m.db, func(err error) {
		m.log.WarnContext(ctx, "figures not saved, trying again in a minute", "err", err)
	})
}

// maintain deletes expired rows, and first erases users whom an older copy of the database has brought back.
func (m *maintenance) maintain(ctx context.Context) {
	replayed := false
	every(ctx, sweepEvery, func(ctx context.Context) {
		replayed = replayed || m.replayErasures(ctx)
		_, err := m.db.SweepAll(ctx, m.now().UTC())
		switch {
		case err == nil:
			m.swept.Store(m.now().Unix())
		case ctx.Err() == nil:
			m.log.WarnContext(ctx, "expired rows not deleted", "err", err)
		}
	})
}

// countTotals counts the sessions now and then, which is too slow for a scrape.
func (m *maintenance) countTotals(ctx context.Context) {
	every(ctx, totalsEvery, func(ctx context.Context) {
		t, err := m.db.Totals(ctx, m.now().UTC())
		if err != nil && ctx.Err() == nil {
			m.log.WarnContext(ctx, "figures for metrics not read", "err", err)
		}
		if err == nil {
			m.last.Store(&t)
			m.figures.Sample(figures.Sessions, "", int64(t.Sessions))
		}
	})
}

var databaseGauges = []metrics.Gauge{
	{Name: "norang_database_working", Help: "Database connections of the pool that are in use; on SQLite by readers."},
	{Name: "norang_database_waiting", Help: "Callers that wait for a connection; on SQLite for the writer."},
	{Name: "norang_database_writable",
		Help: "1 if the last write succeeded; 0 if the database refuses writes or one hangs."},
	{Name: "norang_sessions", Help: "Sessions that have not expired, counted every ten minutes; -1 before."},
	{Name: "norang_users_erased", Help: "Users erased since the database was made, read every ten minutes; -1 before."},
	{Name: "norang_backup_finished_seconds",
		Help: "Unix time of the last norang db backup, read every ten minutes; 0 if there is none in the log."},
	{Name: "norang_sweep_finished_seconds",
		Help: "Unix time at which expired rows were last deleted; 0 before the first."},
}

func (m *maintenance) gauges() []float64 {
	working, waiting := m.db.Load()
	sessions, erased, backup := -1, -1, int64(0)
	if t := m.last.Load(); t != nil {
		sessions, erased = t.Sessions, t.Erased
		if !t.Backup.IsZero() {
			backup = t.Backup.Unix()
		}
	}
	writable := 0.0
	if m.db.Writable() {
		writable = 1
	}
	return []float64{
		float64(working), float64(waiting), writable, float64(sessions), float64(erased), float64(backup),
		float64(m.swept.Load()),
	}
}

// replayErasures reports whether the register of erasures has been replayed. It is tried again later if not, for
// example because the disk is full.
func (m *maintenance) replayErasures(ctx context.Context) bool {
	n, err := m.db.Replay(ctx, m.now().UTC())
	switch {
	case err != nil && ctx.Err() == nil:
		m.log.WarnContext(ctx, "register of erasures not replayed", "err", err)
	case n > 0:
		m.log.WarnContext(ctx, "erased users found in the database and erased again", "users", n)
	}
	return err == nil
}

// remindOfMarketing queues an event for each consent to advertising that has to be reconfirmed. Several replicas may
// do this.
func (a *App) remindOfMarketing(ctx context.Context) {
	every(ctx, remindEvery, func(ctx context.Context) {
		if _, err := a.consents.Remind(ctx); err != nil && ctx.Err() == nil {
			a.cfg.Log.WarnContext(ctx, "marketing reconfirmation events not queued", "err", err)
		}
	})
}
