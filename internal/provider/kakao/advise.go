package kakao

import (
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/provider"
)

// Advise says what a sign-in shows about the configuration: with OpenID Connect switched off there is no ID token, and
// nothing says when the user signed in.
func Advise(res *provider.Result) []i18n.Text {
	if !res.AuthTime.IsZero() {
		return nil
	}
	return []i18n.Text{{
		Ko: "ID 토큰이 없습니다. OpenID Connect를 켜야 계정 연결을 쓸 수 있습니다.",
		En: "There was no ID token: switch OpenID Connect on, or users cannot link accounts.",
	}}
}
