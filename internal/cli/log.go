package cli

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/tracecontext"
)

// newLog logs text to a terminal and JSON otherwise.
func newLog(w io.Writer, level slog.Level) *slog.Logger {
	return newLogLike(w, isTerminal(w), level)
}

func newLogLike(w io.Writer, text bool, level slog.Leveler) *slog.Logger {
	o := &slog.HandlerOptions{Level: level}
	if text {
		return slog.New(slog.NewTextHandler(w, o))
	}
	return tracecontext.Logger(slog.New(slog.NewJSONHandler(i18n.EscapeJSON(w), o)))
}

func isTerminal(w any) bool {
	if checked, ok := w.(*checkedWriter); ok {
		w = checked.Writer
	}
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

const (
	linesQueued = 1024
	flushTime   = 2 * time.Second
)

// lineQueue is a writer that never blocks: the reader of the log may stall, and the requests that log must not. Lines
// that find the queue full are dropped and counted.
type lineQueue struct {
	out     io.Writer
	dropped atomic.Int64
	written chan struct{} // closed when the last line is out

	mu     sync.Mutex // of closing, and of the order of lines
	closed bool
	lines  chan []byte
}

func newLineQueue(out io.Writer) *lineQueue {
	q := &lineQueue{out: out, written: make(chan struct{}), lines: make(chan []byte, linesQueued)}
	go q.run()
	return q
}

func (q *lineQueue) run() {
	defer close(q.written)
	for line := range q.lines {
		_, _ = q.out.Write(line) // the log itself cannot be written
		if n := q.dropped.Swap(0); n > 0 {
			newLog(q.out, slog.LevelWarn).Warn("log lines dropped: the log was not read in time", "lines", n)
		}
	}
}

// Write queues a line.
func (q *lineQueue) Write(line []byte) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return 0, fmt.Errorf("write log line: %w", os.ErrClosed)
	}
	select {
	case q.lines <- append([]byte(nil), line...):
	default:
		q.dropped.Add(1)
	}
	return len(line), nil
}

// Close waits until the queued lines are written, but not for a reader that has stalled.
func (q *lineQueue) Close() {
	q.mu.Lock()
	if !q.closed {
		q.closed = true
		close(q.lines)
	}
	q.mu.Unlock()
	select {
	case <-q.written:
	case <-time.After(flushTime):
	}
}
