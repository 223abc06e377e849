package naver

import (
	"strings"

	"github.com/norang-login/norang/internal/doctor"
	"github.com/norang-login/norang/internal/i18n"
)

// Unseen lists what the checks cannot find out.
func (e *Examiner) Unseen() []doctor.Unseen {
	all := []doctor.Unseen{
		{
			ID: "naver.review", Console: menuReview,
			What: i18n.Text{
				Ko: "검수가 끝나기 전(개발 중)에는 [멤버관리]에 등록한 네이버 아이디만 로그인할 수 있습니다",
				En: "until the review is over (개발 중), only the Naver IDs registered under 멤버관리 can sign in",
			},
		},
		{
			ID: "naver.callback_registered", Console: menuAPI, Paste: []string{e.cfg.RedirectURI},
			What: i18n.Text{
				Ko: "PC 웹과 Mobile 웹에 등록한 Callback URL",
				En: "Callback URL of both PC 웹 and Mobile 웹",
			},
		},
	}
	if strings.HasPrefix(e.cfg.UnlinkHook, "https://") { // else a check says so
		all = append(all, doctor.Unseen{
			ID: "naver.unlink_registered", Console: menuAPI, Paste: []string{e.cfg.UnlinkHook},
			What: i18n.Text{
				Ko: "등록한 연결끊기 Callback URL",
				En: "unlink callback URL (연결끊기 Callback URL)",
			},
		})
	}
	return all
}
