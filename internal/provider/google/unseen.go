package google

import (
	"strings"

	"github.com/norang-login/norang/internal/doctor"
	"github.com/norang-login/norang/internal/i18n"
)

// Unseen lists what the checks cannot find out.
func (e *Examiner) Unseen() []doctor.Unseen {
	all := []doctor.Unseen{
		{
			ID: "google.published", Console: menuAudience,
			What: i18n.Text{
				Ko: "앱을 게시했는지. 테스트 중에는 등록한 테스트 사용자만 로그인할 수 있습니다",
				En: "that the app is published: in testing only the listed test users can sign in",
			},
		},
		{
			ID: "google.callback_registered", Console: menuClients, Paste: []string{e.cfg.RedirectURI},
			What: i18n.Text{
				Ko: "등록한 승인된 리디렉션 URI",
				En: "authorized redirect URI",
			},
		},
	}
	if strings.HasPrefix(e.cfg.EventsHook, "https://") { // else a check says so
		all = append(all, doctor.Unseen{
			ID: "google.risc_registered", Console: menuRISC, Paste: []string{e.cfg.EventsHook},
			What: i18n.Text{
				Ko: "RISC에 등록한 받는 주소",
				En: "receiver registered with RISC",
			},
		})
	}
	return all
}
