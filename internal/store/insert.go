package store

import (
	"strconv"
	"strings"
)

// rowInsert is an INSERT of up to eight rows at once. A statement costs more than a row: SQLite opens the table and
// its indexes for each, PostgreSQL plans each.
type rowInsert struct {
	texts   [8]string // of one row, of two, …
	columns int
}

// newInsert prepares the statements; into is a table with its columns in parentheses.
func newInsert(into string) rowInsert {
	i := rowInsert{columns: strings.Count(into, ",") + 1}
	var b strings.Builder
	b.WriteString("INSERT INTO " + into + "\nVALUES ")
	for row := range i.texts {
		for column := range i.columns {
			switch {
			case column > 0:
				b.WriteString(", ")
			case row > 0:
				b.WriteString(", (")
			default:
				b.WriteString("(")
			}
			b.WriteString("$" + strconv.Itoa(row*i.columns+column+1))
		}
		b.WriteString(")")
		i.texts[row] = b.String()
	}
	return i
}

// put inserts the rows whose values follow one another in args.
func (i *rowInsert) put(t tx, args []any) error {
	for len(args) > 0 {
		n := min(len(args)/i.columns, len(i.texts))
		if err := t.put(i.texts[n-1], args[:n*i.columns]...); err != nil {
			return err
		}
		args = args[n*i.columns:]
	}
	return nil
}
