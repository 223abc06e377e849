package apple

import (
	"strings"

	"github.com/norang-login/norang/internal/doctor"
	"github.com/norang-login/norang/internal/i18n"
)

// Unseen lists what the checks cannot find out.
func (e *Examiner) Unseen() []doctor.Unseen {
	all := []doctor.Unseen{
		{
			ID: "apple.callback_registered", Console: menuServices, Paste: []string{e.cfg.RedirectURI},
			What: i18n.Text{
				Ko: "등록한 Return URL",
				En: "Return URL",
			},
		},
		{
			ID: "apple.key", Console: menuKeys,
			What: i18n.Text{
				Ko: "AuthKey_….p8의 사본. 한 번만 내려받을 수 있습니다",
				En: "that you have a copy of AuthKey_….p8: it can be downloaded once",
			},
		},
	}
	if strings.HasPrefix(e.cfg.NoticeHook, "https://") { // else a check says so
		all = append(all, doctor.Unseen{
			ID: "apple.notices_registered", Console: menuApps, Paste: []string{e.cfg.NoticeHook},
			What: i18n.Text{
				Ko: "등록한 Server-to-Server Notification Endpoint",
				En: "Server-to-Server Notification Endpoint",
			},
		})
	}
	return all
}
