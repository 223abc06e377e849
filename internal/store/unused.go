package store

import (
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"
)

const (
	// scrubEvery is how often pages are searched at most, if something was written since.
	scrubEvery = 10 * time.Second
	// scrubShare bounds the search to this part of one processor's time: a large file is searched more rarely.
	scrubShare = 100
	// scrubChunk is how many pages are read and written at a time, so that other writers do not wait for long.
	scrubChunk = 64
)

const (
	readPage  = `SELECT data FROM sqlite_dbpage WHERE pgno = $1`
	writePage = `UPDATE sqlite_dbpage SET data = $2 WHERE pgno = $1`
)

// scrubber overwrites the unused part of the database's pages. secure_delete overwrites what is deleted, but not the
// copies of entries that SQLite leaves behind when it moves them to another page of a tree, and a copy of an erased
// e-mail address is one too many (PV-10, docs/decisions/unused-pages.md).
type scrubber struct {
	db      *sqliteDB
	log     *slog.Logger
	written atomic.Bool // something was committed since the last search began
	stop    context.CancelFunc
	idle    chan struct{}
}

func newScrubber(db *sqliteDB) *scrubber {
	ctx, stop := context.WithCancel(context.Background())
	s := &scrubber{db: db, log: db.cfg.Log, stop: stop, idle: make(chan struct{})}
	s.written.Store(true) // by the process before
	go s.run(ctx)
	return s
}

func (s *scrubber) run(ctx context.Context) {
	defer close(s.idle)
	ticks := time.NewTicker(scrubEvery)
	defer ticks.Stop()
	var next time.Time
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		if time.Now().Before(next) || !s.written.Swap(false) {
			continue
		}
		searching, err := s.pass(ctx)
		next = time.Now().Add(scrubShare * searching)
		if err != nil {
			s.written.Store(true) // the next time
		}
		if err != nil && !failing && ctx.Err() == nil {
			s.log.WarnContext(ctx, "unused parts of the database's pages not overwritten", "err", err)
		}
		failing = err != nil
	}
}

// pass goes through all pages once. It returns how long it searched, without its pauses.
func (s *scrubber) pass(ctx context.Context) (searching time.Duration, err error) {
	var pages int64
	err = s.db.read(ctx, func(t tx) error { return t.get("PRAGMA page_count", nil, &pages) })
	for first := int64(1); err == nil && first <= pages; first += scrubChunk {
		began := time.Now()
		err = s.chunk(ctx, first, min(first+scrubChunk-1, pages))
		took := time.Since(began)
		searching += took
		select {
		case <-ctx.Done():
			return searching, ctx.Err()
		case <-time.After(took): // half of the time at most, and writes of users come first
		}
	}
	return searching, err
}

// chunk overwrites the unused parts of the pages from first to last.
func (s *scrubber) chunk(ctx context.Context, first, last int64) error {
	var found []int64
	var page []byte
	err := s.db.read(ctx, func(t tx) error {
		for n := first; n <= last; n++ {
			if err := t.get(readPage, []any{n}, &page); err != nil {
				return err
			}
			if !zero(unusedPart(n, page)) {
				found = append(found, n)
			}
		}
		return nil
	})
	if err != nil || len(found) == 0 {
		return err
	}
	return s.db.writer.write(ctx, func(t tx) error {
		for _, n := range found {
			err := t.get(readPage, []any{n}, &page) // again: it may have been written meanwhile
			if errors.Is(err, errNoRow) {
				continue
			} else if err != nil {
				return err
			}
			part := unusedPart(n, page)
			if zero(part) {
				continue
			}
			clear(part)
			if err := t.put(writePage, n, page); err != nil {
				return err
			}
		}
		return nil
	})
}

// close ends a search that is under way.
func (s *scrubber) close() {
	s.stop()
	<-s.idle
}

// unusedPart is the part of page n of a tree between its list of cells and the first of them, which no reader looks
// at: "unallocated space" in https://www.sqlite.org/fileformat2.html#b_tree_pages. nil for every other page and for
// one that is not as the format has it.
func unusedPart(n int64, page []byte) []byte {
	header := 0
	if n == 1 {
		header = 100 // of the file
	}
	if len(page) < header+12 {
		return nil
	}
	length := 8
	switch page[header] {
	case 2, 5: // inner pages of an index and of a table; their header ends with a page number
		length = 12
	case 10, 13: // leaves. An overflow page begins with a page number, and none is that high below 137 GB.
	default:
		return nil
	}
	cells := int(binary.BigEndian.Uint16(page[header+3:]))
	first := int(binary.BigEndian.Uint16(page[header+5:]))
	if first == 0 {
		first = 65536
	}
	end := header + length + 2*cells
	if first > len(page) || end > first {
		return nil
	}
	for i := header + length; i < end; i += 2 {
		if at := int(binary.BigEndian.Uint16(page[i:])); at < first || at >= len(page) {
			return nil
		}
	}
	return page[end:first]
}

// zero reports whether nothing is left in b.
func zero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
