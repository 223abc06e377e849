package app

import (
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/provider"
)

var callbackPath = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)+/?$`)

// callbackURL checks an address that is registered at a provider: its path becomes one of our routes, and the browser
// must return to the host that has its cookies.
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
	var paths []string
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
	var all []registered
	for _, b := range c.configured() {
		all = append(all, b.registered(c.Config)...)
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
	for i, a := range list {
		switch {
		case a.value == a.real:
			real++
		case slices.ContainsFunc(list[:i], func(b address) bool { return b.value == a.value }):
			// Reported already, or fine: it may be the default of an address that is not set.
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

func serverURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil && u.RawQuery == ""
}

// placeholder matches what examples have in place of a key.
var placeholder = regexp.MustCompile(`(?i)^(your|enter|replace|change)[_-]|rest_api_key|client_secret|admin_key`)

// maxKey is the longest key that the clients of the providers accept.
const maxKey = 256

// keys refuses keys of a list, also empty ones.
func (c *checker) keys(field string, list []string) {
	for _, value := range list {
		if value == "" {
			c.fail(field, nil, "빈 항목이 있습니다.", "has an empty entry")
		}
		c.key(field, value)
	}
}

// key refuses what cannot be a key of a provider's: quotes and variables that a shell or an env file did not resolve,
// white space from copying, and placeholders of examples. The key is not repeated.
func (c *checker) key(field, value string) {
	switch {
	case strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		c.fail(field, nil, "빈칸이나 ASCII가 아닌 문자가 들어 있습니다. 콘솔에서 다시 복사하십시오.",
			"contains white space or characters outside ASCII: copy it again from the console")
	case strings.ContainsAny(value, "\"'`$%{}<>"):
		c.fail(field, nil, "따옴표나 $, {, <가 들어 있습니다. env 파일에서는 따옴표 없이 적고, 변수는 먼저 풀려야 합니다.",
			"contains a quote, $, { or <: env files take values without quotes, and variables must have been replaced")
	case len(value) > maxKey:
		c.fail(field, nil, "%d자보다 깁니다. 콘솔에서 다시 복사하십시오.", "is longer than %d characters: copy it again from the console",
			maxKey)
	case placeholder.MatchString(value):
		c.fail(field, nil, "예제에 있는 자리 표시입니다. 콘솔의 실제 키를 적으십시오.",
			"is the placeholder of an example: use the key from the console")
	}
}

// emulator refuses emulators in front of a public service.
func (c *checker) emulator(own *url.URL) {
	if c.AllowEmulator && !private(own.Hostname()) {
		c.fail("AllowEmulator", nil,
			"{URL}이 이 컴퓨터, 사설 네트워크, 점이 없는 호스트 이름, .test, .localhost일 때만 쓸 수 있습니다. 공개된 서비스가 에뮬레이터를 믿어서는 안 됩니다.",
			"requires that {URL} is loopback, private, a single label, .test or .localhost: "+
				"a public service must not trust an emulator")
	}
}

// checkSomeProvider asks for a provider if none is configured.
func checkSomeProvider(c *checker) {
	if len(c.OIDC) > 0 || slices.ContainsFunc(builtins, func(b builtin) bool { return b.on(c.Config) }) {
		return
	}
	var others []string
	for _, b := range builtins[1:] {
		others = append(others, "{"+b.field+"}")
	}
	others = append(others, "{OIDC}")
	c.fail("Kakao.ClientID", nil,
		"비어 있습니다. 앱의 REST API 키를 적거나([앱] > [플랫폼 키] > [REST API 키]) 다른 로그인을 설정하십시오: %s",
		"is missing: the app's REST API key ([앱] > [플랫폼 키] > [REST API 키]), or configure another provider: %s",
		strings.Join(others, ", "))
}

// checkFormerApps checks the earlier applications at providers.
func checkFormerApps(c *checker) {
	for _, former := range c.FormerApps {
		name, namespace, _ := strings.Cut(former, ":")
		if namespace == "" || !provider.IsName(name) {
			c.fail("FormerApps", former, "제공자의 이름, 쌍점, 예전 값으로 적으십시오. 예: naver:jyvqXeaVOVmV",
				"must be the name of a provider, a colon and the earlier value, such as naver:jyvqXeaVOVmV")
		}
	}
}
