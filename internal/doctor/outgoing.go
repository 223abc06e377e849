package doctor

import (
	"cmp"
	"context"
	"net/url"
	"strings"

	"github.com/norang-login/norang/internal/i18n"
)

// ThroughProxy lets the checks of a provider's network name the outgoing proxy of the environment, which the calls go
// through: without it a finding would blame a firewall. Only the proxy's variable is named, its address may hold a
// password.
func ThroughProxy(checks []Check, getenv func(string) string) []Check {
	address := cmp.Or(getenv("HTTPS_PROXY"), getenv("https_proxy"))
	if address == "" {
		return checks
	}
	hint := i18n.Text{
		Ko: " HTTPS_PROXY가 있어 그 프록시를 거칩니다. 프록시가 이 서버를 허용해야 하며, 거치지 않을 서버는 NO_PROXY에 적습니다.",
		En: " HTTPS_PROXY is set, so the call goes through that proxy, which has to allow it; NO_PROXY names the servers " +
			"to call directly.",
	}
	if !isProxyAddress(address) {
		hint = i18n.Text{
			Ko: " HTTPS_PROXY가 http://proxy.example:3128 같은 주소가 아니어서 쓰지 못합니다. 비밀번호의 특수 문자는 퍼센트 인코딩하십시오.",
			En: " HTTPS_PROXY cannot be used: it is not an address such as http://proxy.example:3128. Percent-encode special " +
				"characters of its password.",
		}
	}
	for i, c := range checks {
		if !strings.HasSuffix(c.ID, ".network") {
			continue
		}
		checks[i].Run = func(ctx context.Context) ([]Finding, bool) {
			found, decided := c.Run(ctx)
			for j := range found {
				found[j].Fix.Ko += hint.Ko
				found[j].Fix.En += hint.En
			}
			return found, decided
		}
	}
	return checks
}

// isProxyAddress: a scheme may be missing. net/http ignores some other values silently and reads some as a host "http".
func isProxyAddress(address string) bool {
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	u, err := url.Parse(address)
	return err == nil && u.Hostname() != ""
}
