package cli

import (
	"errors"

	"github.com/norang-login/norang/internal/app"
)

// rightsHint says what to do about a role of PostgreSQL that lacks rights, or nothing if that is not what err is about.
func rightsHint(c *terminal, err error) string {
	if lack, ok := errors.AsType[*app.RightsError](err); ok {
		return c.pick("표를 소유한 역할로 psql에서 실행하십시오: %s", "Run this in psql as the role that owns the tables: %s",
			lack.Grants())
	}
	if errors.Is(err, app.ErrMayNotMigrate) {
		return c.pick("스키마 norang을 소유한 역할의 주소로 norang db migrate를 실행하십시오(docs/postgresql.ko.md).",
			"Run norang db migrate with the address of the role that owns the schema norang (docs/postgresql.md).")
	}
	return ""
}
