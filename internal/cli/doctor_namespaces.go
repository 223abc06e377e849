package cli

import (
	"context"
	"strings"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/doctor"
	"github.com/norang-login/norang/internal/i18n"
)

// namespaces is the check whether the users in the database can still sign in: their ids belong to an application at a
// provider.
func (in *installation) namespaces() doctor.Check {
	return doctor.Check{
		ID: "database.providers", Needs: []string{app.ValidSettings, "database.reachable"},
		What: i18n.Text{Ko: "회원이 속한 제공자의 애플리케이션", En: "applications to which the users belong"},
		Run: func(ctx context.Context) (found []doctor.Finding, decided bool) {
			unconfigured, err := app.ExamineNamespaces(ctx, app.FromPublic(in.settings.Config))
			for _, e := range in.settings.Unusable(err, nil) {
				found = append(found, doctor.Finding{
					Level: doctor.Fault, Subject: e.Setting, Cause: e.Reason, Seen: e.Value,
					Fix: i18n.Text{
						Ko: "norang serve는 이대로 시작하지 않습니다. 모든 회원이 낯선 사람이 되기 때문입니다.",
						En: "norang serve does not start like this, because all these users would be strangers.",
					},
				})
			}
			if len(unconfigured) > 0 {
				found = append(found, doctor.Finding{
					Level: doctor.Warning, Seen: strings.Join(unconfigured, ", "),
					Cause: i18n.Text{
						Ko: "데이터베이스에 설정되지 않은 제공자의 회원이 있습니다. 그 제공자로는 로그인할 수 없습니다.",
						En: "The database has users of a provider that is not configured. They cannot sign in by it.",
					},
					Fix: i18n.Text{
						Ko: "제공자를 다시 설정하거나, 일부러 없앴다면 NORANG_FORMER_APPS에 적으십시오.",
						En: "Configure the provider again, or, if that is on purpose, name it in NORANG_FORMER_APPS.",
					},
				})
			}
			return found, err == nil || len(found) > 0
		},
	}
}
