package kakao

import (
	"strings"

	"github.com/norang-login/norang/internal/doctor"
	"github.com/norang-login/norang/internal/i18n"
)

// Unseen lists what the checks cannot find out. Kakao calls webhooks at https addresses only.
func (e *Examiner) Unseen() []doctor.Unseen {
	all := []doctor.Unseen{{
		ID: "kakao.members",
		What: i18n.Text{
			Ko: "테스트 앱인지. 테스트 앱에는 멤버만 로그인할 수 있습니다(KOE005)",
			En: "whether this is a test app, at which only its members can sign in (KOE005)",
		},
	}}
	var hooks []string
	for _, address := range []string{e.cfg.UnlinkHook, e.cfg.AccountHook} {
		if strings.HasPrefix(address, "https://") {
			hooks = append(hooks, address)
		}
	}
	if len(hooks) > 0 {
		all = append(all, doctor.Unseen{
			ID: "kakao.webhooks_registered", Paste: hooks,
			What: i18n.Text{
				Ko: "등록한 연결 해제 웹훅과 계정 상태 변경 웹훅", En: "webhooks for unlinking and account state changes",
			},
			Console: i18n.Text{Ko: "[앱] > [웹훅]", En: "[앱] > [웹훅] (app > webhooks)"},
		})
	}
	return all
}
