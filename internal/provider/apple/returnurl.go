package apple

import (
	"net/netip"
	"net/url"
	"strings"
)

// RefusesReturnURL reports whether Apple accepts no such return URL: it must be https with a domain name, neither
// localhost nor an IP address, and have no fragment.
func RefusesReturnURL(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Fragment != "" {
		return true
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	_, err = netip.ParseAddr(host)
	return err == nil || !strings.Contains(host, ".") || strings.HasSuffix(host, ".localhost")
}
