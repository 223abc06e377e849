package app

import (
	"net/url"
	"path"
	"regexp"
	"strings"

	"github.com/norang-login/norang/kakao"
)

var callbackPath = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)+/?$`)

// callbackURL checks an address that is registered at Kakao: its path becomes one of our routes, and the browser must
// return to the host that has its cookies.
func (c *checker) callbackURL(field, text string, own *url.URL) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		c.fail(field, redactUser(text), "쿼리, #, 사용자 이름이 없는 주소여야 합니다.", "must be a URL without query, fragment and user")
	case u.Scheme != own.Scheme || u.Host != own.Host:
		c.fail(field, text, "{URL}(%s)로 시작해야 합니다. 브라우저의 쿠키가 그 주소에 있습니다.",
			"must begin with {URL} (%s), which has the browser's cookies", c.URL)
	case !callbackPath.MatchString(u.Path) || u.Path != path.Clean(u.Path):
		c.fail(field, u.Path, "경로에는 영문자, 숫자, . _ ~ -만 / 사이에 쓸 수 있습니다.",
			"must have a path of letters, digits, and . _ ~ - between slashes")
	case strings.HasPrefix(u.Path, c.Prefix+"/"):
		c.fail(field, u.Path, "경로가 {Prefix}(%s) 아래에 있습니다. 둘 가운데 하나를 바꾸십시오.",
			"must not have a path under {Prefix} (%s)", c.Prefix)
	}
}

func (c *checker) kakaoAddresses(own *url.URL) {
	k := c.Kakao
	real := true
	for _, a := range []struct{ field, value, real string }{
		{"Kakao.AuthURL", k.AuthURL, kakao.DefaultAuthURL},
		{"Kakao.AuthServerURL", k.AuthServerURL, kakao.DefaultAuthURL},
		{"Kakao.APIURL", k.APIURL, kakao.DefaultAPIURL},
		{"Kakao.Issuer", k.Issuer, kakao.DefaultAuthURL},
	} {
		if a.value == a.real {
			continue
		}
		real = false
		if !c.AllowEmulator {
			c.fail(a.field, redactUser(a.value), "카카오가 아닙니다. 에뮬레이터를 쓰는 개발 컴퓨터라면 {AllowEmulator=1}을 설정하십시오.",
				"must be Kakao's address unless {AllowEmulator=1} permits an emulator")
			continue
		}
		if !serverURL(a.value) {
			c.fail(a.field, redactUser(a.value), "http나 https 주소여야 합니다.", "must be an http or https URL")
		}
	}
	if c.AllowEmulator && !private(own.Hostname()) {
		c.fail("AllowEmulator", nil,
			"{URL}이 이 컴퓨터, 사설 네트워크, 한 마디 이름, .test, .localhost일 때만 쓸 수 있습니다. 공개된 서비스가 에뮬레이터를 믿어서는 안 됩니다.",
			"requires that {URL} is loopback, private, a single label, .test or .localhost: "+
				"a public service must not trust an emulator")
	}
	if !real && len(c.errs) == 0 && k.AuthURL == kakao.DefaultAuthURL {
		c.fail("Kakao.AuthURL", nil, "카카오의 주소와 에뮬레이터의 주소가 섞여 있습니다. 네 개를 모두 설정하거나 모두 지우십시오.",
			"is Kakao's, while other addresses are an emulator's: set all four or none")
	}
}

func serverURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil && u.RawQuery == ""
}

func (c *checker) kakaoKeys() {
	k := c.Kakao
	if k.ClientID == "" {
		c.fail("Kakao.ClientID", nil, "비어 있습니다. 앱의 REST API 키를 적으십시오([앱] > [플랫폼 키] > [REST API 키]).",
			"is missing: the app's REST API key ([앱] > [플랫폼 키] > [REST API 키])")
	}
	if k.ClientSecret == "" && !c.NoClientSecret {
		c.fail("Kakao.ClientSecret", nil,
			"비어 있습니다. 2025년 12월 이후에 만든 키는 켜져 있습니다([앱] > [플랫폼 키] > [REST API 키] > [클라이언트 시크릿]). "+
				"껐다면 {NoClientSecret=1}을 설정하십시오.",
			"is missing: keys created since December 2025 have it switched on "+
				"([앱] > [플랫폼 키] > [REST API 키] > [클라이언트 시크릿]); if it is off, set {NoClientSecret=1}")
	}
	if strings.HasPrefix(k.ClientID, "emu") && !c.AllowEmulator {
		c.fail("Kakao.ClientID", nil, "에뮬레이터의 키입니다. 앱의 REST API 키를 적으십시오.",
			"is a key of the emulator: use the app's own REST API key")
	}
	for _, s := range []struct{ field, value string }{
		{"Kakao.ClientID", k.ClientID}, {"Kakao.ClientSecret", k.ClientSecret},
	} {
		if strings.TrimSpace(s.value) != s.value || strings.ContainsAny(s.value, " \t\r\n") {
			c.fail(s.field, nil, "빈칸이 들어 있습니다. 콘솔에서 다시 복사하십시오.", "contains white space: copy it again from the console")
		}
	}
	if k.OldAppID < 0 || k.OldAppID != 0 && k.OldAppID == k.AppID {
		c.fail("Kakao.OldAppID", k.OldAppID, "{Kakao.AppID}로 바꾸기 전에 쓰던 앱의 ID여야 합니다.",
			"must be the id of the app that {Kakao.AppID} replaced")
	}
	if k.AppID <= 0 {
		c.fail("Kakao.AppID", nil, "비어 있습니다. 앱 ID를 적으십시오([앱] > [일반]). 카카오 회원번호는 앱마다 다르므로 계정을 구별하는 데 쓰입니다.",
			"is missing: the app's number ([앱] > [일반]); Kakao numbers users per app, so it is part of every identity")
	}
	c.adminKeys()
}

func (c *checker) adminKeys() {
	k := c.Kakao
	if len(k.AdminKeys) == 0 && !c.NoAdminKey {
		c.fail("Kakao.AdminKeys", nil,
			"비어 있습니다. 없으면 탈퇴한 사람의 카카오 연결을 해제할 수 없습니다([앱] > [플랫폼 키] > [어드민 키]). "+
				"그래도 좋다면 {NoAdminKey=1}을 설정하십시오.",
			"is missing: without it users who withdraw cannot be unlinked at Kakao "+
				"([앱] > [플랫폼 키] > [어드민 키]); to run without, set {NoAdminKey=1}")
	}
	for _, a := range k.AdminKeys {
		if a == k.ClientID || a != "" && a == k.ClientSecret {
			c.fail("Kakao.AdminKeys", nil, "다른 키와 같습니다. 어드민 키는 절대로 공개되어서는 안 됩니다.",
				"is the same as another key: the admin key must never be public")
		}
	}
}
