package store

import (
	"fmt"
	"slices"
	"strings"
)

// A RightsError says which rights the role of the database's address lacks. The owner of the tables can grant them.
type RightsError struct {
	Role    string
	Missing []string // "USAGE ON SCHEMA norang", "INSERT ON norang.users"
}

// shownRights is how many missing rights an error names.
const shownRights = 4

func (e *RightsError) Error() string { return "the role " + e.Role + " lacks rights: " + e.shown() }

// Seen is what is missing in PostgreSQL's terms, which are the same in every language.
func (e *RightsError) Seen() string { return "ROLE " + e.Role + ": " + e.shown() }

func (e *RightsError) shown() string {
	shown := strings.Join(e.Missing[:min(len(e.Missing), shownRights)], ", ")
	if more := len(e.Missing) - shownRights; more > 0 {
		shown += fmt.Sprintf(", … (+%d)", more)
	}
	return shown
}

// Grants returns the statements that the owner of the tables runs to give the role its rights, also on the tables of
// later migrations.
func (e *RightsError) Grants() string {
	const schemas, rights = "SCHEMA norang, norang_erasures", "SELECT, INSERT, UPDATE, DELETE ON"
	role := `"` + strings.ReplaceAll(e.Role, `"`, `""`) + `"`
	return "GRANT USAGE ON " + schemas + " TO " + role + "; " +
		"GRANT " + rights + " ALL TABLES IN " + schemas + " TO " + role + "; " +
		"ALTER DEFAULT PRIVILEGES IN " + schemas + " GRANT " + rights + " TABLES TO " + role + ";"
}

// missingRights lists what the role lacks. A right on any column counts, because it may be all that is needed.
const missingRights = `SELECT CAST(current_user AS text), 'USAGE ON SCHEMA ' || nspname, CAST(nspname AS text), ''
FROM pg_namespace WHERE nspname IN ('norang', 'norang_erasures') AND NOT has_schema_privilege(oid, 'USAGE')
UNION ALL
SELECT CAST(current_user AS text), r.name || ' ON ' || n.nspname || '.' || c.relname, r.name, CAST(c.relname AS text)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN (VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE')) AS r (name)
WHERE n.nspname IN ('norang', 'norang_erasures') AND c.relkind IN ('r', 'p') AND NOT
	CASE r.name WHEN 'DELETE' THEN has_table_privilege(c.oid, r.name) ELSE has_any_column_privilege(c.oid, r.name) END
ORDER BY 4, 2`

// right is what a role may do: "USAGE" on a schema, which has no table, or "SELECT" and others on a table.
type right struct{ what, table string }

// unneeded are the rights that the service does not use: triggers refuse these changes, or only migrations make them.
var unneeded = []right{
	{"UPDATE", "audit_log"},
	{"UPDATE", "consents"},
	{"DELETE", "audit_retention"},
	{"INSERT", migrationTable}, {"UPDATE", migrationTable}, {"DELETE", migrationTable},
	{"INSERT", "schema_support"}, {"UPDATE", "schema_support"}, {"DELETE", "schema_support"},
}

// signInRights are the rights without which no user can sign in.
func signInRights(r right) bool {
	return r.table == "" && r.what == "norang" || (r.what == "SELECT" || r.what == "INSERT") &&
		slices.Contains([]string{"attempts", "audit_log", "identities", "sessions", "users"}, r.table)
}

// statusRights are the rights without which the migrations cannot be read.
func statusRights(r right) bool {
	return r.table == "" && r.what == "norang" ||
		r.what == "SELECT" && (r.table == migrationTable || r.table == "schema_support")
}

// registerRights are the rights without which the register of erasures cannot be read.
func registerRights(r right) bool {
	return r.table == "" && r.what == "norang_erasures" || r.table == "erased" && r.what == "SELECT"
}

// serviceRights are all rights that the service uses.
func serviceRights(r right) bool {
	return r.table == "" || slices.Contains(neededTables, r.table) && !slices.Contains(unneeded, r)
}

// lacking returns a *RightsError if the role lacks a right that is needed.
func lacking(t tx, needed func(right) bool) (*RightsError, error) {
	var e RightsError
	var text string
	var r right
	err := t.each(missingRights, nil, []any{&e.Role, &text, &r.what, &r.table}, func() error {
		if needed(r) {
			e.Missing = append(e.Missing, text)
		}
		return nil
	})
	if err != nil || len(e.Missing) == 0 {
		return nil, err
	}
	return &e, nil
}
