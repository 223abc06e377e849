package store

import (
	"strconv"
	"strings"
)

// filter makes the statement of a listing. It contains only the conditions that are set, so that the database can
// choose an index.
type filter struct {
	where []string
	args  []any
}

// arg adds an argument and returns its parameter.
func (f *filter) arg(value any) string {
	f.args = append(f.args, value)
	return "$" + strconv.Itoa(len(f.args))
}

// add adds a condition that ends in an operator, such as "id <", and its value.
func (f *filter) add(condition string, value any) {
	f.where = append(f.where, condition+" "+f.arg(value))
}

// query returns the statement for at most limit rows of a SELECT without conditions.
func (f *filter) query(selection, order string, limit int) (query string, args []any) {
	if len(f.where) > 0 {
		selection += " WHERE " + strings.Join(f.where, " AND ")
	}
	query = selection + " ORDER BY " + order + " LIMIT " + f.arg(limit)
	return query, f.args
}
