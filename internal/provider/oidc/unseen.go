package oidc

import (
	"github.com/norang-login/norang/internal/doctor"
	"github.com/norang-login/norang/internal/i18n"
)

// Unseen lists what the checks cannot find out. No document names the end of a client secret, so a check knows it from
// the settings alone.
func (e *Examiner) Unseen() []doctor.Unseen {
	client := i18n.Text{Ko: e.cfg.Name + " > 클라이언트", En: e.cfg.Name + " > client"}
	all := []doctor.Unseen{{
		ID: e.cfg.Name + ".callback_registered", Console: client,
		Paste: []string{e.cfg.RedirectURI, e.cfg.SignOutRedirectURI},
		What: i18n.Text{
			Ko: "등록한 리디렉션 URI와 로그아웃 뒤의 주소", En: "redirect URI and post-logout redirect URI",
		},
	}}
	if e.cfg.SecretsEnd && e.cfg.SecretExpires.IsZero() {
		all = append(all, doctor.Unseen{
			ID: e.cfg.Name + ".secret_end", Console: client,
			What: i18n.Text{
				Ko: "클라이언트 암호가 만료되는 날. " + e.cfg.Prefix + "SECRET_EXPIRES에 적으면 30일 전부터 알립니다",
				En: "when the client secret expires; with " + e.cfg.Prefix + "SECRET_EXPIRES doctor warns 30 days before",
			},
		})
	}
	return all
}
