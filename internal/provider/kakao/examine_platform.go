package kakao

import (
	"strconv"

	"github.com/norang-login/norang/internal/doctor"
	"github.com/norang-login/norang/internal/i18n"
)

// IDPlatformKeys is the id of the check of the keys that apps with Kakao's SDK need.
const IDPlatformKeys = "kakao.platform_keys"

// WhatPlatformKeys is what that check examines.
var WhatPlatformKeys = i18n.Text{
	Ko: "카카오 SDK를 쓰는 앱의 키", En: "keys of apps with Kakao's SDK",
}

// PlatformKeys finds keys that the sign-ins of apps lack. The audience of an ID token is the key of the platform: the
// native app key, or the JavaScript key. succeeded are the sign-ins by Kakao's SDK, refused those whose ID token was
// for a key that is not configured; someone else's app causes them, too, so they are no fault. native and script are
// the configured keys.
func PlatformKeys(native, script []string, succeeded, refused int64) []doctor.Finding {
	var missing []string
	if len(native) == 0 {
		missing = append(missing, "KAKAO_NATIVE_APP_KEY")
	}
	if len(script) == 0 {
		missing = append(missing, "KAKAO_JAVASCRIPT_KEY")
	}
	f := doctor.Finding{Level: doctor.Warning, Subject: "KAKAO_NATIVE_APP_KEY", Console: menu("KOE101")}
	switch {
	case refused > 0:
		f.Seen = "mobile.audience: " + strconv.FormatInt(refused, 10)
		f.Cause = i18n.Text{
			Ko: "지난 32일 동안 앱의 로그인이 거절되었습니다. ID 토큰이 설정에 없는 키로 발급되었습니다(aud).",
			En: "Sign-ins of apps were refused in the last 32 days: their ID tokens were issued for a key that is not set " +
				"(aud).",
		}
		f.Fix = i18n.Text{
			Ko: "우리 앱이라면 그 앱이 쓰는 키를 설정에 더하십시오. 여러 개면 쉼표로 나눕니다. 다른 앱의 토큰이라면 할 일이 없습니다.",
			En: "If the app is yours, add the key that it uses; separate several by commas. If the tokens are another app's, " +
				"there is nothing to do.",
		}
	case succeeded > 0 && len(missing) == 2:
		f.Seen = strconv.FormatInt(succeeded, 10)
		f.Cause = i18n.Text{
			Ko: "앱이 카카오 SDK의 액세스 토큰으로 로그인하는데 플랫폼 키가 설정에 없습니다. ID 토큰을 보내면 거절됩니다.",
			En: "Apps sign in by access tokens of Kakao's SDK, but no key of a platform is set: their ID tokens would be " +
				"refused.",
		}
		f.Fix = i18n.Text{
			Ko: "앱이 쓰는 키를 설정하십시오.",
			En: "Set the key that the app uses.",
		}
	default:
		return nil
	}
	if len(missing) > 0 {
		f.Subject = missing[0]
	}
	for _, name := range missing {
		key := map[string]string{"KAKAO_NATIVE_APP_KEY": "NATIVE_APP_KEY", "KAKAO_JAVASCRIPT_KEY": "JAVASCRIPT_KEY"}[name]
		f.Paste = append(f.Paste, name+"="+key)
	}
	return []doctor.Finding{f}
}
