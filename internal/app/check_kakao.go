package app

import (
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
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
	case !callbackPath.MatchString(u.Path) || strings.TrimSuffix(u.Path, "/") != path.Clean(u.Path):
		c.fail(field, u.Path, "경로에는 영문자, 숫자, . _ ~ -만 / 사이에 쓸 수 있습니다.",
			"must have a path of letters, digits, and . _ ~ - between slashes")
	case slices.Contains(c.ownPaths(), strings.TrimSuffix(u.Path, "/")) || strings.HasPrefix(u.Path, "/.well-known/"):
		c.fail(
			field,
			u.Path,
			"norang이 다른 일에 쓰는 경로입니다. 다른 경로를 고르십시오.",
			"must not be a path that norang uses for something else",
		)
	case strings.HasPrefix(u.Path+"/", c.Prefix+"/"):
		c.fail(field, u.Path, "경로가 {Prefix}(%s) 아래에 있습니다. 둘 가운데 하나를 바꾸십시오.",
			"must not have a path under {Prefix} (%s)", c.Prefix)
	}
}

// ownPaths are the paths outside the prefix that have a meaning already.
func (c *checker) ownPaths() []string {
	paths := []string{"/oauth/kakao", "/oauth/kakao/signout"}
	for _, b := range c.configured() {
		paths = append(paths, "/oauth/"+b.name, "/oauth/"+b.name+"/signout")
	}
	if !c.Mounted {
		paths = append(paths, "/login")
	}
	return paths
}

// distinctCallbacks compares the callback URLs, each of which has a route of its own.
func (c *checker) distinctCallbacks() {
	type callback struct{ field, value string }
	all := []callback{
		{"Kakao.RedirectURI", c.Kakao.RedirectURI}, {"Kakao.SignoutRedirectURI", c.Kakao.SignoutRedirectURI},
	}
	for _, b := range c.configured() {
		field, value := b.redirectURI(c.Config)
		all = append(all, callback{field, value})
	}
	for i, one := range all {
		for _, earlier := range all[:i] {
			if strings.TrimSuffix(one.value, "/") == strings.TrimSuffix(earlier.value, "/") {
				c.fail(one.field, one.value, "{%s}와 같습니다. 서로 다른 주소여야 합니다.",
					"must not equal {%s}", earlier.field)
			}
		}
	}
}

// address is a provider's address, with the real one.
type address struct{ field, value, real string }

// realAddresses refuses addresses that are not the provider's, unless an emulator is permitted. It reports whether all
// are real. Real addresses and those of an emulator may not be mixed.
func (c *checker) realAddresses(list []address) bool {
	real := 0
	for _, a := range list {
		switch {
		case a.value == a.real:
			real++
		case !c.AllowEmulator:
			c.fail(a.field, redactUser(a.value), "실제 주소가 아닙니다. 에뮬레이터를 쓰는 개발 컴퓨터라면 {AllowEmulator=1}을 설정하십시오.",
				"must be the provider's address unless {AllowEmulator=1} permits an emulator")
		case !serverURL(a.value):
			c.fail(a.field, redactUser(a.value), "http나 https 주소여야 합니다.", "must be an http or https URL")
		}
	}
	if real > 0 && real < len(list) && len(c.errs) == 0 {
		c.fail(list[0].field, nil, "실제 주소와 에뮬레이터의 주소가 섞여 있습니다. 모두 설정하거나 모두 지우십시오.",
			"mixes real addresses and those of an emulator: set all of them or none")
	}
	return real == len(list)
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
			"{URL}이 이 컴퓨터, 사설 네트워크, 점이 없는 호스트 이름, .test, .localhost일 때만 쓸 수 있습니다. 공개된 서비스가 에뮬레이터를 믿어서는 안 됩니다.",
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
	for _, s := range []struct {
		field  string
		values []string
	}{
		{"Kakao.ClientID", []string{k.ClientID}}, {"Kakao.ClientSecret", []string{k.ClientSecret}},
		{"Kakao.AdminKeys", k.AdminKeys}, {"Kakao.NativeAppKeys", k.NativeAppKeys}, {"Kakao.JavaScriptKeys",
			k.JavaScriptKeys},
	} {
		for _, v := range s.values {
			c.key(s.field, v)
		}
	}
	if k.OldAppID < 0 || k.OldAppID != 0 && k.OldAppID == k.AppID {
		c.fail("Kakao.OldAppID", k.OldAppID, "{Kakao.AppID}로 바꾸기 전에 쓰던 앱의 ID여야 합니다.",
			"must be the id of the app that {Kakao.AppID} replaced")
	}
	for _, id := range k.FormerAppIDs {
		if n, err := strconv.ParseInt(id, 10, 64); err != nil || n <= 0 || strconv.FormatInt(n, 10) != id {
			c.fail("Kakao.FormerAppIDs", id, "앱 ID여야 합니다.", "must be ids of apps, which are numbers")
		}
	}
	if k.AppID <= 0 {
		c.fail("Kakao.AppID", nil, "비어 있습니다. 앱 ID를 적으십시오([앱] > [일반]). 카카오 회원번호는 앱마다 다르므로 계정을 구별하는 데 쓰입니다.",
			"is missing: the app's number ([앱] > [일반]); Kakao numbers users per app, so it is part of every identity")
	}
	c.adminKeys()
}

// placeholder matches what examples have in place of a key.
var placeholder = regexp.MustCompile(`(?i)^(your|enter|replace|change)[_-]|rest_api_key|client_secret|admin_key`)

// key refuses what cannot be a key of Kakao's: quotes and variables that a shell or an env file did not resolve, white
// space from copying, and placeholders of examples. The key is not repeated.
func (c *checker) key(field, value string) {
	switch {
	case strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		c.fail(field, nil, "빈칸이나 ASCII가 아닌 문자가 들어 있습니다. 콘솔에서 다시 복사하십시오.",
			"contains white space or characters outside ASCII: copy it again from the console")
	case strings.ContainsAny(value, "\"'`$%{}<>"):
		c.fail(field, nil, "따옴표나 $, {, <가 들어 있습니다. env 파일에서는 따옴표 없이 적고, 변수는 먼저 풀려야 합니다.",
			"contains a quote, $, { or <: env files take values without quotes, and variables must have been replaced")
	case placeholder.MatchString(value):
		c.fail(field, nil, "예제에 있는 자리 표시입니다. 콘솔의 실제 키를 적으십시오.",
			"is the placeholder of an example: use the key from the console")
	}
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
	others := slices.Concat([]string{k.ClientID, k.ClientSecret}, k.NativeAppKeys, k.JavaScriptKeys)
	for _, a := range k.AdminKeys {
		if a != "" && slices.Contains(others, a) {
			c.fail("Kakao.AdminKeys", nil, "다른 키와 같습니다. 어드민 키는 절대로 공개되어서는 안 됩니다.",
				"is the same as another key: the admin key must never be public")
		}
	}
}
