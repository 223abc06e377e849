package line

import (
	"github.com/norang-login/norang/internal/doctor"
	"github.com/norang-login/norang/internal/i18n"
)

// Unseen lists what the checks cannot find out.
func (e *Examiner) Unseen() []doctor.Unseen {
	return []doctor.Unseen{
		{
			ID: "line.provider", Console: menuProvider, Paste: []string{e.cfg.ProviderID},
			What: i18n.Text{
				Ko: "공식 계정과 앱이 있는 프로바이더의 채널인지. 이용자 식별자는 프로바이더마다 다릅니다",
				En: "that the channel is under the provider of your Official Account and apps: user ids are per provider",
			},
		},
		{
			ID: "line.published", Console: menuBasic,
			What: i18n.Text{
				Ko: "채널이 Published인지. Developing이면 채널에 역할이 있는 사람만 로그인할 수 있습니다",
				En: "that the channel is Published: in Developing only users with a role in it can sign in",
			},
		},
		{
			ID: "line.callback_registered", Console: menuLogin, Paste: []string{e.cfg.RedirectURI},
			What: i18n.Text{
				Ko: "등록한 Callback URL",
				En: "Callback URL",
			},
		},
	}
}
