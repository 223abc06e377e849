package store

import (
	"strconv"
	"strings"
	"sync"
)

// rowInsert is an INSERT of up to eight rows at once, or of manyRows on a database that takes them. A statement costs
// more than a row: SQLite opens the table and its indexes for each, PostgreSQL plans each.
type rowInsert struct {
	texts   [8]string // of one row, of two, …
	columns int
	many    func() string
}

// manyRows is how many rows of an import PostgreSQL gets in one statement. SQLite looks up each parameter by its name,
// which costs more than the statements that it would save.
const manyRows = 64

// takesMany is a transaction on a database that takes manyRows at once.
type takesMany interface{ takesManyRows() }

func (*pgTx) takesManyRows() {}

// newInsert prepares the statements; into is a table with its columns in parentheses.
func newInsert(into string) rowInsert {
	i := rowInsert{columns: strings.Count(into, ",") + 1}
	for row := range i.texts {
		i.texts[row] = insertText(into, i.columns, row+1)
	}
	i.many = sync.OnceValue(func() string { return insertText(into, i.columns, manyRows) })
	return i
}

func insertText(into string, columns, rows int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO " + into + "\nVALUES ")
	for n := range rows * columns {
		switch {
		case n == 0:
			b.WriteString("(")
		case n%columns == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(n+1))
	}
	b.WriteString(")")
	return b.String()
}

// put inserts the rows whose values follow one another in args.
func (i *rowInsert) put(t tx, args []any) error {
	if _, ok := t.(takesMany); ok {
		for most := manyRows * i.columns; len(args) >= most; args = args[most:] {
			if err := t.put(i.many(), args[:most]...); err != nil {
				return err
			}
		}
	}
	for len(args) > 0 {
		n := min(len(args)/i.columns, len(i.texts))
		if err := t.put(i.texts[n-1], args[:n*i.columns]...); err != nil {
			return err
		}
		args = args[n*i.columns:]
	}
	return nil
}
