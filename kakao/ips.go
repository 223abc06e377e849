package kakao

import (
	"context"
	"net/http"
	"net/netip"
	"time"
)

// ServiceIPs are the IP addresses of one Kakao service.
type ServiceIPs struct {
	Service   string         // for example "callback" (source of webhooks) or "kauth.kakao.com"
	Prefixes  []netip.Prefix // single addresses as /32 or /128
	Unknown   []string       // entries that are not an IP address or prefix
	Ports     []int
	UpdatedOn time.Time // day, zero if not valid
}

// IPs is the list of Kakao's IP addresses.
type IPs struct {
	Inbound   []ServiceIPs // from Kakao to your service
	Outbound  []ServiceIPs // from your service to Kakao
	UpdatedOn time.Time
}

// Contains reports whether addr belongs to the named inbound service. The list changes without notice: do not accept a
// webhook because of its address alone.
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

// IPs returns Kakao's IP addresses for firewall rules. Prefer host names where possible.
// Source: Kakao, reference, "카카오 IP 목록 조회".
func (c *Client) IPs(ctx context.Context) (*IPs, error) {
	call := call{
		op: "ips", host: c.api, method: http.MethodGet, path: "/v1/system/ips",
		auth: "KakaoAK " + c.cfg.ClientID, retry: true,
	}
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
			p.arrayOrSkip(func() { list.Inbound = append(list.Inbound, readServiceIPs(&p)) })
		case "outbound":
			p.arrayOrSkip(func() { list.Outbound = append(list.Outbound, readServiceIPs(&p)) })
		case "updatedDate":
			list.UpdatedOn = readDay(&p)
		default:
			p.skip()
		}
	}
	return list, p.done()
}

func readServiceIPs(p *parser) ServiceIPs {
	var s ServiceIPs
	for o := p.objectOrSkip(); o.next(); {
		switch string(o.key) {
		case "service":
			s.Service = p.stringOrSkip()
		case "ips":
			for _, text := range p.stringsOrSkip() {
				if prefix, err := netip.ParsePrefix(text); err == nil {
					s.Prefixes = append(s.Prefixes, prefix.Masked())
				} else if addr, err := netip.ParseAddr(text); err == nil {
					s.Prefixes = append(s.Prefixes, netip.PrefixFrom(addr, addr.BitLen()))
				} else {
					s.Unknown = append(s.Unknown, text)
				}
			}
		case "ports":
			p.arrayOrSkip(func() { s.Ports = append(s.Ports, int(clampInt(p.intOrSkip()))) })
		case "updatedDate":
			s.UpdatedOn = readDay(p)
		default: // addition and exclusion are not documented
			p.skip()
		}
	}
	return s
}

// day reads a "YYYY-MM-DD" date. Any other string is the zero time.
func readDay(p *parser) time.Time {
	t, err := time.Parse(time.DateOnly, p.stringOrSkip())
	if err != nil {
		return time.Time{}
	}
	return t
}
