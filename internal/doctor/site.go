package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"github.com/norang-login/norang/internal/i18n"
)

// siteTimeout bounds one request.
const siteTimeout = 10 * time.Second

// Site is the public address of the service.
type Site struct {
	URL    *url.URL // scheme and host
	Prefix string   // "/auth"
	// Hooks are the paths that providers call.
	Hooks []string
	// Listen is the address on which the service listens. If nothing does, the check listens there while it runs, to see
	// what a proxy in front passes on.
	Listen string
	// Trusted are the proxies whose forwarding headers are trusted, with [listening.UnixPeers].
	Trusted   []netip.Prefix
	Transport http.RoundTripper // default one that trusts the system's certificates

	stopped bool // the service does not run, and the address leads to where it would
}

// The ids of the checks of the public address.
const (
	idDNS     = "public.dns"
	idTLS     = "public.tls"
	idAnswer  = "public.answer"
	idReady   = "public.ready"
	idProxy   = "public.proxy"
	idHooks   = "public.webhooks"
	idHTTP    = "public.http"
	idSibling = "public.sibling"
)

// siteWhat says what these checks examine.
var siteWhat = map[string]i18n.Text{
	idDNS:     {Ko: "공개 주소의 DNS", En: "DNS of the public address"},
	idTLS:     {Ko: "공개 주소의 인증서", En: "certificate of the public address"},
	idAnswer:  {Ko: "공개 주소에서 norang이 답하는지", En: "whether norang answers at the public address"},
	idReady:   {Ko: "서비스가 데이터베이스를 쓸 수 있는지", En: "whether the service can use its database"},
	idProxy:   {Ko: "프록시가 넘기는 헤더", En: "headers that the proxy passes on"},
	idHooks:   {Ko: "웹훅 주소가 열려 있는지", En: "whether webhooks reach norang"},
	idHTTP:    {Ko: "http에서 https로 돌리는지", En: "redirection from http to https"},
	idSibling: {Ko: "www를 붙이거나 뗀 주소", En: "the address with or without www"},
}

// Checks returns the checks of the site.
func (s *Site) Checks() []Check {
	all := []Check{{ID: idDNS, Run: s.dns}}
	if s.URL.Scheme == "https" {
		all = append(all, Check{ID: idTLS, Needs: []string{idDNS}, Run: s.tls})
	}
	all = append(all, Check{ID: idProxy, Needs: []string{idDNS, idTLS}, Run: s.proxy},
		Check{ID: idAnswer, Needs: []string{idDNS, idTLS, idProxy}, Run: s.answer},
		Check{ID: idReady, Needs: []string{idAnswer}, Run: s.ready})
	if len(s.Hooks) > 0 {
		all = append(all, Check{ID: idHooks, Needs: []string{idAnswer}, Run: s.hooks})
	}
	if s.URL.Scheme == "https" && s.URL.Port() == "" {
		all = append(all, Check{ID: idHTTP, Needs: []string{idDNS}, Run: s.plain})
	}
	if s.sibling() != "" {
		all = append(all, Check{ID: idSibling, Run: s.askSibling})
	}
	return Named(siteWhat, all...)
}

// do requests an address without following redirects.
func (s *Site) do(ctx context.Context, method, address string) (*http.Response, string, error) {
	ctx, cancel := context.WithTimeout(ctx, siteTimeout)
	defer cancel()
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader("doctor=1")
	}
	req, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, "", err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded;charset=utf-8")
	}
	req.Header.Set("User-Agent", "norang-doctor")
	client := &http.Client{
		Transport:     s.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	if client.Transport == nil {
		client.Transport = &http.Transport{DisableKeepAlives: true}
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	return resp, string(text), err
}

// where is an answer in a few words.
func where(resp *http.Response) string {
	return strings.TrimSpace(resp.Status + " " + resp.Header.Get("Location"))
}

func fault(subject, seen string, cause, fix i18n.Text) ([]Finding, bool) {
	return Found(Finding{Level: Fault, Subject: subject, Seen: seen, Cause: cause, Fix: fix})
}

const urlSetting = "NORANG_URL"

func (s *Site) dns(ctx context.Context) ([]Finding, bool) {
	host := s.URL.Hostname()
	if _, err := netip.ParseAddr(host); err == nil {
		return Found()
	}
	ctx, cancel := context.WithTimeout(ctx, siteTimeout)
	defer cancel()
	if _, err := net.DefaultResolver.LookupHost(ctx, host); err != nil {
		return fault(urlSetting, err.Error(),
			i18n.Text{Ko: "공개 주소의 호스트 이름을 찾을 수 없습니다.", En: "The host name of the public address does not resolve."},
			i18n.Text{
				Ko: "DNS에 A나 AAAA 레코드를 만들거나, 주소의 오타를 고치십시오.",
				En: "Add an A or AAAA record to DNS, or correct the address.",
			})
	}
	return Found()
}

func (s *Site) tls(ctx context.Context) ([]Finding, bool) {
	ctx, cancel := context.WithTimeout(ctx, siteTimeout)
	defer cancel()
	port := orPort(s.URL.Port(), "443")
	address := net.JoinHostPort(s.URL.Hostname(), port)
	dialer := &tls.Dialer{Config: s.tlsConfig()}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err == nil {
		defer conn.Close()
		ends := conn.(*tls.Conn).ConnectionState().PeerCertificates[0].NotAfter
		if time.Until(ends) > 14*24*time.Hour {
			return Found()
		}
		return Found(Finding{
			Level: Warning, Subject: urlSetting, Seen: ends.UTC().Format(time.DateOnly),
			Cause: i18n.Text{Ko: "인증서가 2주 안에 끝납니다.", En: "The certificate expires within two weeks."},
			Fix:   i18n.Text{Ko: "인증서를 갱신하는 작업을 확인하십시오.", En: "Check the job that renews it."},
		})
	}
	cause := i18n.Text{Ko: "공개 주소에 TLS로 연결할 수 없습니다.", En: "No TLS connection to the public address."}
	fix := i18n.Textf("프록시가 %s번 포트에서 이 호스트 이름의 인증서로 받는지 확인하십시오. 이 서버에서만 닿지 않는다면 --skip public.",
		"Check that a proxy listens on port %s with a certificate of this name. If only this machine cannot reach it, "+
			"use --skip public.", port)
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &name):
		cause = i18n.Text{Ko: "인증서가 다른 호스트 이름의 것입니다.", En: "The certificate is for another host name."}
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && time.Now().Before(invalid.Cert.NotBefore):
		cause = i18n.Text{Ko: "인증서의 기간이 아직 시작되지 않았습니다.", En: "The certificate is not valid yet."}
		fix = i18n.Text{
			Ko: "이 서버의 시계를 확인하십시오. 시계가 맞으면 인증서를 다시 받으십시오.",
			En: "Check the clock of this machine. If it is right, get another certificate.",
		}
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		cause = i18n.Text{Ko: "인증서의 기간이 끝났습니다.", En: "The certificate has expired."}
	case errors.As(err, &unknown):
		cause = i18n.Text{
			Ko: "브라우저가 믿지 않는 인증서이거나, 중간 인증서가 빠졌습니다.",
			En: "Browsers do not trust the certificate, or an intermediate certificate is missing.",
		}
	}
	return fault(urlSetting, err.Error(), cause, fix)
}

func (s *Site) tlsConfig() *tls.Config {
	if t, ok := s.Transport.(*http.Transport); ok && t.TLSClientConfig != nil {
		return t.TLSClientConfig.Clone()
	}
	return &tls.Config{MinVersion: tls.VersionTLS12}
}

func orPort(port, def string) string {
	if port == "" {
		return def
	}
	return port
}

// answer finds out whether norang answers at the public address.
func (s *Site) answer(ctx context.Context) ([]Finding, bool) {
	if s.stopped {
		return Unclear()
	}
	resp, body, err := s.do(ctx, http.MethodGet, s.URL.String()+s.Prefix+"/session")
	if err != nil {
		return fault(urlSetting, err.Error(),
			i18n.Text{Ko: "공개 주소에서 답이 오지 않습니다.", En: "The public address does not answer."},
			i18n.Text{
				Ko: "프록시와 norang serve가 실행 중인지 확인하십시오.",
				En: "Check that the proxy and norang serve are running.",
			})
	}
	var session struct {
		SignedIn *bool `json:"signed_in"`
	}
	switch {
	case resp.StatusCode == http.StatusOK && json.Unmarshal([]byte(body), &session) == nil && session.SignedIn != nil:
		return Found()
	case resp.StatusCode == http.StatusMisdirectedRequest:
		return fault(urlSetting, where(resp),
			i18n.Text{
				Ko: "프록시가 다른 호스트 이름을 norang에 넘깁니다.",
				En: "The proxy passes another host name on to norang.",
			},
			i18n.Text{
				Ko: "Host 헤더를 그대로 넘기십시오. nginx라면 proxy_set_header Host $host;",
				En: "Pass the Host header on; in nginx: proxy_set_header Host $host;",
			})
	case resp.StatusCode >= 502 && resp.StatusCode <= 504:
		return fault(urlSetting, where(resp),
			i18n.Text{Ko: "프록시는 답하지만 norang에 닿지 않습니다.", En: "The proxy answers, but does not reach norang."},
			i18n.Text{
				Ko: "norang serve가 실행 중인지, 프록시가 NORANG_LISTEN의 주소로 보내는지 확인하십시오.",
				En: "Check that norang serve is running and that the proxy sends to the address of NORANG_LISTEN.",
			})
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		return fault(urlSetting, where(resp),
			i18n.Text{Ko: "공개 주소가 다른 주소로 보냅니다.", En: "The public address redirects to another one."},
			i18n.Text{
				Ko: "방문자가 실제로 머무는 주소를 NORANG_URL에 적거나, 프록시에서 이 경로를 돌리지 마십시오.",
				En: "Set NORANG_URL to the address where visitors end, or do not redirect this path in the proxy.",
			})
	}
	return fault(urlSetting, where(resp),
		i18n.Text{
			Ko: "이 주소에서 norang이 아닌 다른 프로그램이 답합니다.",
			En: "Another program than norang answers at this address.",
		},
		i18n.Text{
			Ko: "norang의 경로가 norang에 닿게 하십시오. norang proxy nginx가 설정을 출력합니다.",
			En: "Lead norang's paths to norang: norang proxy nginx prints a configuration.",
		})
}

// ready asks the running service about its database: a full disk, one that the kernel has made read-only, and a server
// that hangs show only when something is written, which no check does. A proxy may keep the address to itself.
func (s *Site) ready(ctx context.Context) ([]Finding, bool) {
	resp, _, err := s.do(ctx, http.MethodGet, s.URL.String()+s.Prefix+"/readyz")
	switch {
	case err != nil:
		return Unclear()
	case resp.StatusCode != http.StatusServiceUnavailable:
		return Found()
	}
	return fault("NORANG_DATABASE", s.Prefix+"/readyz: "+where(resp),
		i18n.Text{
			Ko: "실행 중인 서비스가 데이터베이스에 쓰거나 읽지 못해 로그인이 안 됩니다.",
			En: "The running service cannot write to its database or read from it, so no user can sign in.",
		},
		i18n.Text{
			Ko: "서비스의 로그에서 the database refuses writes나 change feed unreadable을 찾으십시오. " +
				"디스크의 공간(df -h), 읽기 전용 디스크(dmesg), 데이터베이스 서버를 확인하십시오.",
			En: "Look for \"the database refuses writes\" or \"change feed unreadable\" in the log of the service, and check " +
				"the space on the disk (df -h), a read-only disk (dmesg), or the database server.",
		})
}

// hooks finds out whether the webhooks reach norang, which refuses a call without a provider's proof.
func (s *Site) hooks(ctx context.Context) ([]Finding, bool) {
	var found []Finding
	for _, path := range s.Hooks {
		resp, _, err := s.do(ctx, http.MethodPost, s.URL.String()+path)
		seen := path
		switch {
		case err != nil:
			seen += ": " + err.Error()
		case resp.StatusCode >= 400 && resp.StatusCode < 500 && resp.StatusCode != http.StatusNotFound &&
			resp.StatusCode != http.StatusMethodNotAllowed && resp.StatusCode != http.StatusProxyAuthRequired:
			continue
		default:
			seen += ": " + where(resp)
		}
		found = append(found, Finding{
			Level: Fault, Subject: urlSetting, Seen: seen,
			Cause: i18n.Text{
				Ko: "웹훅 주소가 norang에 닿지 않습니다. 제공자는 리다이렉트를 따라가지 않습니다.",
				En: "The webhook does not reach norang. Providers follow no redirects.",
			},
			Fix: i18n.Text{
				Ko: "프록시가 이 경로의 POST를 로그인 확인이나 리다이렉트 없이 norang에 넘기게 하십시오.",
				En: "Let the proxy pass POST requests for this path to norang, without a sign-in and without a redirect.",
			},
			Paste: []string{s.URL.String() + path},
		})
	}
	return found, true
}

// plain finds out whether http leads to https.
func (s *Site) plain(ctx context.Context) ([]Finding, bool) {
	resp, _, err := s.do(ctx, http.MethodGet, "http://"+s.URL.Host+"/")
	if err != nil || resp.StatusCode >= 300 && strings.HasPrefix(resp.Header.Get("Location"), "https://") ||
		resp.StatusCode >= 400 {
		return Found() // closed is fine too
	}
	return Found(Finding{
		Level: Warning, Subject: urlSetting, Seen: where(resp),
		Cause: i18n.Text{
			Ko: "http로 들어온 방문자를 https로 보내지 않습니다. 그 방문자는 로그인할 수 없습니다.",
			En: "Visitors who come by http are not led to https; they cannot sign in.",
		},
		Fix: i18n.Text{Ko: "프록시에서 http를 https로 돌리십시오.", En: "Redirect http to https in the proxy."},
	})
}

// sibling is the host with www added or taken off, "" if there is none.
func (s *Site) sibling() string {
	host := s.URL.Hostname()
	domain, err := publicsuffix.EffectiveTLDPlusOne(host)
	_, managed := publicsuffix.PublicSuffix(host)
	switch {
	case err != nil || !managed || s.URL.Port() != "":
		return ""
	case host == domain:
		return "www." + host
	case host == "www."+domain:
		return domain
	}
	return ""
}

// askSibling finds out whether the other form of the address leads to the service's own: cookies are not shared.
func (s *Site) askSibling(ctx context.Context) ([]Finding, bool) {
	host := s.sibling()
	resp, _, err := s.do(ctx, http.MethodGet, s.URL.Scheme+"://"+host+"/")
	if err != nil {
		return Found() // it does not exist
	}
	if to, err := resp.Location(); err == nil && to.Host == s.URL.Host {
		return Found()
	}
	return Found(Finding{
		Level: Warning, Subject: urlSetting, Seen: host + ": " + where(resp),
		Cause: i18n.Text{
			Ko: "www를 붙이거나 뗀 주소에서도 서비스가 열립니다. 쿠키는 주소마다 따로여서 로그인한 사람이 로그인하지 않은 것으로 보입니다.",
			En: "The address with or without www serves pages too. Cookies belong to one of the two, so signed-in users look " +
				"signed out on the other.",
		},
		Fix: i18n.Text{
			Ko: "그 주소를 NORANG_URL로 영구히 돌리십시오(301).",
			En: "Redirect that address to NORANG_URL permanently (301).",
		},
	})
}
