package cli

import (
	"net/url"
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/returnurl"
)

// otherSites are the origins on another site than the service, by scheme and registrable domain.
func otherSites(own string, origins []string) []string {
	site := func(text string) string {
		u, err := url.Parse(strings.Replace(text, "://*.", "://", 1))
		if err != nil {
			return text // which does not start
		}
		return u.Scheme + "://" + returnurl.Registrable(u.Hostname())
	}
	return slices.DeleteFunc(slices.Clone(origins), func(o string) bool { return site(o) == site(own) })
}

// foreignOrigin says what does not work on another site, and what does.
func foreignOrigin(origin string) i18n.Text {
	return i18n.Textf("%s은(는) 서비스와 다른 사이트입니다. 브라우저가 SameSite 쿠키를 보내지 않아, 이 출처의 스크립트는 쿠키로 세션을 읽을 수 없습니다. "+
		"서비스와 같은 도메인 아래로 옮기거나 handoff를 쓰십시오(docs/single-page-apps.ko.md).",
		"%s is on another site: browsers send it no SameSite cookie, so its scripts cannot use the session cookie; "+
			"move it below the service's domain, or use the hand-off (docs/single-page-apps.md)", origin)
}
