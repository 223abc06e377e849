package store

import (
	"strings"

	"github.com/norang-login/norang/internal/audit"
)

const insertEvent = `INSERT INTO audit_log (class, at, kind, actor, user_id, session_id, reason, address, user_agent, request_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

// Two logs, two clocks (korea.md): sign-ins of members, and what those did who handle members' data.
const (
	classMember = "member"
	classAccess = "access"
)

// record adds a line to the audit log, in the transaction of the thing that it tells of.
func record(t tx, e audit.Event) error {
	class := classMember
	if strings.HasPrefix(e.Actor, "operator:") {
		class = classAccess
	}
	if e.Actor == "" {
		e.Actor = "system"
	}
	o := cleanOrigin(e.Origin)
	return t.put(insertEvent, class, millis(e.At), string(e.Kind), clean(e.Actor, maxShort), null(clean(e.UserID, maxShort)),
		null(clean(e.Session, maxShort)), null(clean(e.Reason, maxShort)), null(o.Address), null(o.UserAgent), null(o.RequestID))
}
