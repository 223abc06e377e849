package store

import (
	"strconv"
	"strings"
)

// rowInsert is an INSERT of one row or a few at once. A statement costs more than a row: SQLite opens the table and its
// indexes anew for each and looks up its counter, PostgreSQL plans each.
type rowInsert struct {
	texts   [8]string // of one row, of two, …
	columns int
}

// newInsert makes the statements; into is a table with its columns in brackets.
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

// put writes rows that stand in args one after another.
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
