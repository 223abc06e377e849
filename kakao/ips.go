package kakao

import (
	"context"
	"net/http"
	"net/netip"
	"time"
)

// ServiceIPs are the addresses of one of Kakao's services.
type ServiceIPs struct {
	Service   string         // "callback" is where webhooks come from, "kauth.kakao.com" where logins go
	Prefixes  []netip.Prefix // single addresses as /32 or /128
	Unknown   []string       // entries of Kakao's that are no address, kept as they are
	Ports     []int
	UpdatedOn time.Time // day, zero if unreadable
}

// IPs is the list of Kakao's addresses.
type IPs struct {
	Inbound   []ServiceIPs // from Kakao to the service
	Outbound  []ServiceIPs // from the service to Kakao
	UpdatedOn time.Time
}

// Contains reports whether an address belongs to the named inbound service. The list
// changes without notice: it may sort log lines, it must not be the only proof of a webhook.
func (l *IPs) Contains(service string, addr netip.Addr) bool {
	for _, s := range l.Inbound {
		if s.Service != service {
			continue
		}
		for _, p := range s.Prefixes {
			if p.Contains(addr.Unmap()) {
				return true
			}
		}
	}
	return false
}

// IPs asks for Kakao's addresses, for firewalls. Prefer host names where that is possible.
// Source: Kakao, reference, "카카오 IP 목록 조회".
func (c *Client) IPs(ctx context.Context) (*IPs, error) {
	call := call{op: "ips", host: c.api, method: http.MethodGet, path: "/v1/system/ips", auth: "KakaoAK " + c.cfg.ClientID, again: true}
	body, err := c.do(ctx, call)
	if err != nil {
		return nil, err
	}
	list, err := decodeIPs(body)
	if err != nil {
		return nil, malformed(call.op, http.StatusOK, err)
	}
	return list, nil
}

func decodeIPs(body []byte) (*IPs, error) {
	list := new(IPs)
	p := parser{b: body}
	for o := p.object(); o.next(); {
		switch string(o.key) {
		case "inbound":
			p.array(func() { list.Inbound = append(list.Inbound, p.serviceIPs()) })
		case "outbound":
			p.array(func() { list.Outbound = append(list.Outbound, p.serviceIPs()) })
		case "updatedDate":
			list.UpdatedOn = p.day()
		default:
			p.skip()
		}
	}
	return list, p.done()
}

func (p *parser) serviceIPs() ServiceIPs {
	var s ServiceIPs
	for o := p.object(); o.next(); {
		switch string(o.key) {
		case "service":
			s.Service = p.str()
		case "ips":
			for _, text := range p.strs() {
				if prefix, err := netip.ParsePrefix(text); err == nil {
					s.Prefixes = append(s.Prefixes, prefix.Masked())
				} else if addr, err := netip.ParseAddr(text); err == nil {
					s.Prefixes = append(s.Prefixes, netip.PrefixFrom(addr, addr.BitLen()))
				} else {
					s.Unknown = append(s.Unknown, text)
				}
			}
		case "ports":
			p.array(func() { s.Ports = append(s.Ports, int(clampInt(p.int()))) })
		case "updatedDate":
			s.UpdatedOn = p.day()
		default: // addition and exclusion have no documented shape
			p.skip()
		}
	}
	return s
}

// day reads "YYYY-MM-DD"; anything else is the zero time.
func (p *parser) day() time.Time {
	t, err := time.Parse(time.DateOnly, p.str())
	if err != nil {
		return time.Time{}
	}
	return t
}
