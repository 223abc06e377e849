package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"testing"
)

// leaf is a page of a tree with cells of ten bytes at its end, after rubbish.
func leaf(kind byte, header, cells int) []byte {
	page := bytes.Repeat([]byte{'x'}, 512)
	length := 8
	if kind < 8 {
		length = 12
	}
	page[header] = kind
	binary.BigEndian.PutUint16(page[header+3:], uint16(cells))
	binary.BigEndian.PutUint16(page[header+5:], uint16(512-10*cells))
	for i := range cells {
		binary.BigEndian.PutUint16(page[header+length+2*i:], uint16(512-10*(i+1)))
	}
	return page
}

func TestUnusedPartOfAPage(t *testing.T) {
	t.Parallel()
	broken := func(change func([]byte)) []byte {
		page := leaf(10, 0, 3)
		change(page)
		return page
	}
	for name, c := range map[string]struct {
		n    int64
		page []byte
		want int
	}{
		"leaf of an index":        {7, leaf(10, 0, 3), 512 - 30 - 8 - 6},
		"leaf of a table":         {7, leaf(13, 0, 1), 512 - 10 - 8 - 2},
		"inner page":              {7, leaf(2, 0, 2), 512 - 20 - 12 - 4},
		"first page":              {1, leaf(5, 100, 2), 512 - 20 - 112 - 4},
		"overflow page":           {7, append([]byte{0, 0, 1, 9}, make([]byte, 508)...), 0},
		"empty":                   {7, nil, 0},
		"more cells than fit":     {7, broken(func(p []byte) { p[3] = 0xff }), 0},
		"cells begin after it":    {7, broken(func(p []byte) { p[5] = 0xff }), 0},
		"a cell before the first": {7, broken(func(p []byte) { p[8], p[9] = 0, 40 }), 0},
		"a cell after the page":   {7, broken(func(p []byte) { p[8], p[9] = 2, 0 }), 0},
	} {
		if got := len(unusedPart(c.n, c.page)); got != c.want {
			t.Errorf("%s: %d bytes, want %d", name, got, c.want)
		}
	}
}

// A search leaves nothing in the unused parts, changes no row, and writes nothing the second time.
func TestScrubberChangesNoContent(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "norang.db")
	db, err := Open(t.Context(), Config{DSN: path, Exclusive: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	b := db.b.(*sqliteDB)
	write := func(query string, args ...any) {
		t.Helper()
		err := b.writer.write(t.Context(), func(t tx) error { return t.put(query, args...) })
		if err != nil {
			t.Fatal(err)
		}
	}
	write("CREATE TABLE texts (id INTEGER PRIMARY KEY, text TEXT)")
	write("CREATE INDEX texts_text ON texts (text)")
	for i := range 3000 { // in an order that splits pages in their middle
		write("INSERT INTO texts VALUES ($1, $2)", int64(i*1237%3001), fmt.Sprintf("text %d of many", i*977%3001))
	}
	raw, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	content := func() (all string) {
		t.Helper()
		err := raw.QueryRowContext(t.Context(), "SELECT group_concat(id || text) FROM (SELECT * FROM texts ORDER BY text)").
			Scan(&all)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	before := content()
	if dirty(t, b) == 0 {
		t.Fatal("nothing to overwrite: the test shows nothing")
	}
	if _, err := b.unused.pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := dirty(t, b); n != 0 {
		t.Errorf("%d pages with something in their unused part", n)
	}
	var verdict string
	if err := raw.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("%s, %v", verdict, err)
	}
	if content() != before {
		t.Error("the rows have changed")
	}
	write("INSERT INTO texts VALUES (9999, 'text of the end')") // the writer's own pages are still right
	write("DELETE FROM texts WHERE id < 1500")
	if err := raw.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("after further writes: %s, %v", verdict, err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := b.unused.pass(ended); err == nil {
		t.Error("a search goes on after its end")
	}
}

// dirty counts the pages with something in their unused part.
func dirty(t *testing.T, b *sqliteDB) (n int) {
	t.Helper()
	var pages int64
	var page []byte
	err := b.read(t.Context(), func(t tx) error {
		if err := t.get("PRAGMA page_count", nil, &pages); err != nil {
			return err
		}
		for i := int64(1); i <= pages; i++ {
			if err := t.get(readPage, []any{i}, &page); err != nil {
				return err
			}
			if !zero(unusedPart(i, page)) {
				n++
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
