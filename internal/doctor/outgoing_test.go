package doctor

import (
	"strings"
	"testing"
)

func TestOutgoingProxyIsNamedWhereAServerCannotBeReached(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, value, want string }{
		{"HTTPS_PROXY", "", ""},
		{"HTTPS_PROXY", "http://user:hunter2@proxy.example:3128", "goes through that proxy"},
		{"https_proxy", "proxy.example:3128", "goes through that proxy"},
		{"HTTPS_PROXY", "http://user:hunter%2@proxy.example:3128", "cannot be used"},
		{"HTTPS_PROXY", "http://user:hunter#2@proxy.example:3128", "cannot be used"},
	} {
		checks := ThroughProxy([]Check{result("kakao.network", true, Fault), result("clock", true, Warning)},
			func(name string) string {
				if name == tt.name {
					return tt.value
				}
				return ""
			})
		r := Run(t.Context(), checks, Selection{})
		fix := r.Findings[0].Fix
		secret := strings.Contains(fix.En+fix.Ko, "hunter")
		if fix.En == "" != (tt.want == "") || !strings.Contains(fix.En, tt.want) || secret {
			t.Errorf("%s: %q", tt.value, fix.En)
		}
		if other := r.Findings[1].Fix.En; other != "" {
			t.Errorf("%s: of another check: %q", tt.value, other)
		}
	}
}
