package app

import (
	"strings"

	"github.com/norang-login/norang/internal/doctor"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/store"
)

func volatileDatabase(x store.Examination) *doctor.Finding {
	if !x.Volatile {
		return nil
	}
	return &doctor.Finding{
		Level: doctor.Warning, Seen: "fsync=off",
		Cause: i18n.Text{
			Ko: "PostgreSQL이 fsync=off로 실행 중입니다. 전원이 끊기면 끝난 로그인도 잃습니다.",
			En: "PostgreSQL runs with fsync=off: a power failure loses committed sign-ins.",
		},
		Fix: i18n.Text{Ko: "fsync를 켜십시오.", En: "Switch fsync on."},
	}
}

// strangersInSchema finds what an app has made in norang's schema, usually because its role has that name too.
func strangersInSchema(x store.Examination) *doctor.Finding {
	if len(x.Strangers) == 0 {
		return nil
	}
	return &doctor.Finding{
		Level: doctor.Warning, Seen: strings.Join(x.Strangers, ", "),
		Cause: i18n.Text{
			Ko: "PostgreSQL의 norang 스키마에 다른 프로그램의 표가 있습니다. norang이라는 역할로 연결하는 앱의 표는 이 스키마에 생깁니다.",
			En: "The schema norang of PostgreSQL has tables of another program. An app that connects as a role named norang " +
				"makes its tables there.",
		},
		Fix: i18n.Text{
			Ko: "앱을 다른 역할로 연결하고 표를 옮기십시오: ALTER TABLE norang.… SET SCHEMA public (docs/postgresql.ko.md)",
			En: "Let the app connect as another role and move the tables: ALTER TABLE norang.… SET SCHEMA public " +
				"(docs/postgresql.md)",
		},
	}
}
