package app

import (
	"github.com/norang-login/norang/internal/hook"
)

// hooks checks the calls to the app.
func (c *checker) hooks() {
	if c.JoinHook != nil && c.JoinHookURL != "" {
		c.fail("JoinHookURL", nil, "{JoinHook}과 함께 쓸 수 없습니다. 둘 가운데 하나만 결정할 수 있습니다.",
			"cannot be combined with {JoinHook}: only one of them can decide")
	}
	for _, a := range []struct{ field, url string }{
		{"EventsURL", c.EventsURL}, {"JoinHookURL", c.JoinHookURL}, {"AlertURL", c.AlertURL},
	} {
		if a.url == "" {
			continue
		}
		switch err := hook.CheckURL(a.url, c.AllowPrivateHooks); {
		case err == nil:
		case c.AllowPrivateHooks:
			c.fail(a.field, nil, "http나 https 주소여야 하고, http는 사설 네트워크에서만 쓸 수 있습니다(%v).",
				"must be an http or https URL; http is for private addresses only (%v)", err)
		default:
			c.fail(a.field, nil,
				"https 주소여야 합니다. 사설 네트워크의 주소와 그곳의 http는 {AllowPrivateHooks=1}이 있어야 쓸 수 있습니다(%v).",
				"must be an https URL; private addresses, and http to them, need {AllowPrivateHooks=1} (%v)", err)
		}
	}
	if (c.EventsURL != "" || c.JoinHookURL != "" || c.AlertURL != "") && len(c.EventsSecrets) == 0 {
		c.fail("EventsSecrets", nil,
			"비어 있습니다. 앱이 norang의 호출을 가려낼 수 있어야 합니다. 만드는 명령: echo whsec_$(openssl rand -base64 32)",
			"is missing: it lets the app verify calls; create one with: echo whsec_$(openssl rand -base64 32)")
	}
	for _, s := range c.EventsSecrets {
		if _, err := hook.ParseSecret(s); err != nil {
			c.fail("EventsSecrets", nil,
				"whsec_ 뒤에 무작위 24~64바이트를 base64로 적어야 합니다. 만드는 명령: echo whsec_$(openssl rand -base64 32)",
				"must be whsec_ and base64 of 24 to 64 random bytes, as from: echo whsec_$(openssl rand -base64 32)")
		}
	}
}
