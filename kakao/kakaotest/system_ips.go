package kakaotest

import "net/http"

// ipsBody is the response of /v1/system/ips.
type ipsBody struct {
	Inbound     []serviceIPs `json:"inbound,omitempty"`
	Outbound    []serviceIPs `json:"outbound,omitempty"`
	UpdatedDate string       `json:"updatedDate"`
}

type serviceIPs struct {
	Service     string   `json:"service"`
	IPs         []string `json:"ips"`
	Ports       []int    `json:"ports"`
	Addition    []string `json:"addition,omitempty"`
	Exclusion   []string `json:"exclusion,omitempty"`
	UpdatedDate string   `json:"updatedDate"`
}

// systemIPs is GET /v1/system/ips, for any key of an app. The addresses are loopback, where the emulator is.
func systemIPs(c apiCall) answer {
	if a, k, ok := c.w.apps.find(c.adminKey()); !ok || k.Deactivated {
		return c.kapiFail(-401, "no authentication key!")
	} else {
		c.about(a, "")
	}
	const day = "2026-01-02"
	loopback := []string{"127.0.0.1/32", "::1/128"}
	body := ipsBody{UpdatedDate: day}
	rule := c.get("rule_type")
	if rule != "" && rule != "inbound" && rule != "outbound" {
		return c.kapiFail(-2, "rule_type must be inbound or outbound")
	}
	if rule != "outbound" {
		body.Inbound = []serviceIPs{
			{Service: "callback", IPs: loopback, Ports: []int{80, 443}, UpdatedDate: day},
			{Service: "scrap", IPs: loopback, Ports: []int{80, 443}, UpdatedDate: day},
		}
	}
	if rule != "inbound" {
		for _, host := range []string{"kauth", "kapi", "accounts", "auth", "dapi", "apps", "talk-apps"} {
			body.Outbound = append(
				body.Outbound,
				serviceIPs{Service: host, IPs: loopback, Ports: []int{443}, UpdatedDate: day},
			)
		}
	}
	return jsonAnswer(http.StatusOK, body)
}
