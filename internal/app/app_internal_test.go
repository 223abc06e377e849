package app

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/norang-login/norang/internal/admin"
)

// WakeJobs makes the job runner look at the queue now, for a test that has advanced the clock.
func (a *App) WakeJobs() { a.runner.Wake() }

// ConsoleRows are the rows of the console's route table.
func (a *App) ConsoleRows() []admin.Row { return a.console.Rows() }

// A write that takes longer than its time, as on a busy disk, leaves the next one its own time.
func TestSlowLastWriteLeavesTimeToTheOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		written := false
		writeLast(slog.New(slog.NewTextHandler(&log, nil)),
			lastWrite{"slow", func(context.Context) error { time.Sleep(2 * closeTime); return errors.New("locked") }},
			lastWrite{"quick", func(ctx context.Context) error { written = ctx.Err() == nil; return ctx.Err() }})
		got := log.String()
		if !written || strings.Count(got, "\n") != 1 || !strings.Contains(got, `"slow not saved" err=locked`) {
			t.Errorf("written: %t, log %q", written, got)
		}
	})
}

func TestMonthsAreRoundedUp(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]int{day: 1, 31 * day: 1, 31*day + 1: 2, 92 * day: 3, 106751 * day: 3444} {
		if got := months(d); got != want {
			t.Errorf("%v: %d, want %d", d, got, want)
		}
	}
}
