package doctor

import (
	"context"
	"crypto/rand"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/listening"
)

// passed is a request as it came through the proxy.
type passed struct {
	host, proto, forwardedFor string
	peer                      string // its address and port, or unixPeer
}

// unixPeer is a proxy that connects over a Unix socket, as NORANG_TRUSTED_PROXIES names it.
const unixPeer = "unix"

// substitute is a server in place of the service. It answers only requests with its secret; others get 503.
type substitute struct {
	secret string
	mu     sync.Mutex
	seen   *passed
}

func (s *substitute) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("doctor") != s.secret {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = &passed{r.Host, r.Header.Get("X-Forwarded-Proto"), r.Header.Get("X-Forwarded-For"), r.RemoteAddr}
	if at, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok && at.Network() == unixPeer {
		s.seen.peer = unixPeer
	}
	w.WriteHeader(http.StatusNoContent)
}

// proxy finds out what a proxy passes on. If the service runs, its address is in use, and answer finds out the rest.
func (s *Site) proxy(ctx context.Context) ([]Finding, bool) {
	ln, err := listening.Open(ctx, s.Listen)
	if err != nil {
		return Found()
	}
	in := &substitute{secret: rand.Text()}
	srv := &http.Server{Handler: in, ReadHeaderTimeout: siteTimeout}
	go func() { _ = srv.Serve(ln) }() // it ends with Close
	defer srv.Close()
	if _, _, err := s.do(ctx, http.MethodGet, s.URL.String()+s.Prefix+"/session?doctor="+in.secret); err != nil {
		return Found() // see answer
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.seen == nil {
		return Found() // see answer
	}
	s.stopped = true
	found := s.judgePassed(*in.seen)
	return append(found, Finding{
		Level: Warning, Subject: "NORANG_LISTEN",
		Cause: i18n.Text{
			Ko: "norang serve가 실행 중이 아닙니다. 주소가 여기까지 닿는 것만 확인했습니다.",
			En: "norang serve is not running. That the address leads here has been checked, and no more.",
		},
		Fix: i18n.Text{
			Ko: "norang serve를 시작한 뒤 다시 실행하면 웹훅까지 확인합니다.",
			En: "Start norang serve and run this again to check the webhooks too.",
		},
	}), true
}

// judgePassed compares what arrived with what the service needs.
func (s *Site) judgePassed(p passed) (found []Finding) {
	if !strings.EqualFold(p.host, s.URL.Host) {
		found = append(found, Finding{
			Level: Fault, Subject: urlSetting, Seen: p.host,
			Cause: i18n.Text{Ko: "프록시가 다른 호스트 이름을 넘깁니다.", En: "The proxy passes another host name on."},
			Fix: i18n.Text{
				Ko: "Host 헤더를 그대로 넘기십시오. nginx라면 proxy_set_header Host $host;",
				En: "Pass the Host header on; in nginx: proxy_set_header Host $host;",
			},
		})
	}
	if p.proto != "" && p.proto != s.URL.Scheme {
		found = append(found, Finding{
			Level: Warning, Subject: urlSetting, Seen: "X-Forwarded-Proto: " + p.proto,
			Cause: i18n.Text{
				Ko: "프록시가 넘기는 X-Forwarded-Proto가 공개 주소와 다릅니다.",
				En: "The X-Forwarded-Proto that the proxy sends differs from the public address.",
			},
			Fix: i18n.Text{
				Ko: "X-Forwarded-Proto에 방문자가 쓴 스킴 하나만 넣으십시오.",
				En: "Send the visitor's scheme, once, as X-Forwarded-Proto.",
			},
		})
	}
	if p.forwardedFor != "" && !s.trusts(p.peer) {
		found = append(found, Finding{
			Level: Warning, Subject: "NORANG_TRUSTED_PROXIES", Seen: p.peer,
			Cause: i18n.Text{
				Ko: "프록시를 믿지 않으므로 모든 방문자가 한 주소로 보입니다. 요청 한도와 보안 기록이 방문자를 구별하지 못합니다.",
				En: "The proxy is not trusted, so all visitors seem to have one address: limits and the security log cannot " +
					"tell them apart.",
			},
			Fix: i18n.Text{
				Ko: "프록시가 norang에 연결하는 주소를 적으십시오. 유닉스 소켓이라면 unix로 적습니다.",
				En: "Set it to the address from which the proxy connects to norang, or to unix for a Unix socket.",
			},
		})
	}
	return found
}

func (s *Site) trusts(peer string) bool {
	if peer == unixPeer {
		return slices.Contains(s.Trusted, listening.UnixPeers)
	}
	a, err := netip.ParseAddrPort(peer)
	if err != nil {
		return false
	}
	for _, p := range s.Trusted {
		if p.Contains(a.Addr().Unmap()) {
			return true
		}
	}
	return false
}
