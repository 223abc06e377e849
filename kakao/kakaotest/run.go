package kakaotest

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// DefaultListen is where the emulator listens unless it is told otherwise.
const DefaultListen = "127.0.0.1:5001"

// ErrNotLoopback is wrapped by [ListenAndServe] and [CheckListen] for an address beyond loopback without allowance.
var ErrNotLoopback = errors.New("the emulator listens on loopback only unless that is allowed by name (allow_non_local): whoever reaches it can log in as anybody")

// CheckListen refuses an address that other machines can reach, unless that is allowed. A host name other than localhost
// counts as reachable: what it resolves to may change.
func CheckListen(address string, allowNonLocal bool) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("kakaotest: listen %q: %w", address, err)
	}
	if _, err := net.LookupPort("tcp", port); err != nil {
		return fmt.Errorf("kakaotest: listen %q: %w", address, err)
	}
	if allowNonLocal || strings.EqualFold(host, "localhost") {
		return nil
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("kakaotest: listen %q: %w", address, ErrNotLoopback)
}

// Prepare makes the server that a file describes, with its scenarios scripted, and without listening.
func (f File) Prepare() (*Server, error) {
	cfg := f.Config()
	if cfg.BrowserURL == "" {
		cfg.BrowserURL = f.defaultURL()
	}
	s, err := New(cfg)
	if err != nil {
		return nil, err
	}
	if err := s.Script(f.Scenarios...); err != nil {
		return nil, err
	}
	return s, nil
}

// defaultURL derives the browser's address from the listening one.
func (f File) defaultURL() string {
	scheme := "http"
	if f.TLS {
		scheme = "https"
	}
	host, port, err := net.SplitHostPort(cmp.Or(f.Listen, DefaultListen))
	if err != nil || port == "0" {
		return scheme + "://localhost:5001"
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && (ip.IsLoopback() || ip.IsUnspecified()) {
		host = "localhost"
	}
	if port == "80" && !f.TLS || port == "443" && f.TLS {
		return scheme + "://" + hostInURL(host)
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

func hostInURL(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// ListenAndServe runs the emulator that f describes until ctx ends. It writes the banner to out once it listens. A
// loopback address is listened on in both families, 127.0.0.1 and ::1, as browsers take either for localhost.
func ListenAndServe(ctx context.Context, f File, out io.Writer) error {
	address := cmp.Or(f.Listen, DefaultListen)
	if err := CheckListen(address, f.AllowNonLocal); err != nil {
		return err
	}
	listeners, err := listenBoth(address)
	if err != nil {
		return fmt.Errorf("kakaotest: %w", err)
	}
	closeAll := func() {
		for _, ln := range listeners {
			ln.Close()
		}
	}
	if f.BrowserURL == "" {
		g := f
		g.Listen = listeners[0].Addr().String()
		f.BrowserURL = g.defaultURL()
	}
	s, err := f.Prepare()
	if err != nil {
		closeAll()
		return err
	}
	var ca *Authority
	if f.TLS {
		if ca, err = f.authority(); err != nil {
			closeAll()
			return err
		}
		for i := range listeners {
			listeners[i] = tls.NewListener(listeners[i], ca.ServerConfig())
		}
	}
	for _, ln := range listeners {
		s.serve(ln)
	}
	if _, err := io.WriteString(out, s.Banner(address, ca)); err != nil {
		return errors.Join(err, s.Close())
	}
	<-ctx.Done()
	return s.Close()
}

// listenBoth listens on the address, and on the same port of the other loopback family if that is to be had.
func listenBoth(address string) ([]net.Listener, error) {
	ln, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	list := []net.Listener{ln}
	at, err := netip.ParseAddrPort(ln.Addr().String())
	if err != nil || !at.Addr().IsLoopback() {
		return list, nil
	}
	other := netip.IPv6Loopback()
	if at.Addr().Is6() {
		other = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	if second, err := net.Listen("tcp", netip.AddrPortFrom(other, at.Port()).String()); err == nil {
		list = append(list, second)
	}
	return list, nil
}

// Banner is what a person sees at the start: that this is no Kakao, the addresses, the keys and the accounts. The keys
// are no secrets: they are the same in every emulator.
func (s *Server) Banner(listen string, ca *Authority) string {
	var b strings.Builder
	app := s.App()
	fmt.Fprintf(&b, "카카오 에뮬레이터입니다. 카카오가 아니며, 개발과 시험에만 씁니다.\nThis is a Kakao emulator for development and tests. It is not Kakao.\n\n")
	if CheckListen(listen, false) != nil {
		fmt.Fprintf(&b, "경고: 다른 기기에서도 접속할 수 있습니다. 누구든 아무 계정으로나 로그인할 수 있습니다.\nWARNING: reachable from other machines. Whoever reaches it can log in as anybody.\n\n")
	}
	row := func(name, v string) { fmt.Fprintf(&b, "  %-27s%s\n", name, v) }
	row("console", s.URL()+"/-/")
	row("KAKAO_AUTH_URL", s.AuthURL())
	row("KAKAO_API_URL", s.APIURL())
	row("KAKAO_ISSUER", s.Issuer())
	row("KAKAO_APP_ID", fmt.Sprint(app.AppID))
	row("KAKAO_CLIENT_ID", app.RESTKey)
	row("KAKAO_CLIENT_SECRET", app.ClientSecret)
	row("KAKAO_ADMIN_KEY", app.primaryAdminKey())
	for _, u := range app.RedirectURIs {
		row("KAKAO_REDIRECT_URI", u)
	}
	for _, u := range app.LogoutRedirectURIs {
		row("KAKAO_SIGNOUT_REDIRECT_URI", u)
	}
	if len(app.RedirectURIs) == 0 {
		row("KAKAO_REDIRECT_URI", "(없음 / none: KOE006) --config, KAKAO_REDIRECT_URI, 또는 콘솔에서 등록")
	}
	ids := make([]string, 0, 30)
	for _, a := range s.Accounts() {
		if len(ids) == cap(ids) {
			ids = append(ids, "…")
			break
		}
		ids = append(ids, a.ID)
	}
	fmt.Fprintf(&b, "\n  login_hint=%s\n", strings.Join(ids, " | "))
	if ca != nil {
		fmt.Fprintf(&b, "\n이 CA는 이 실행에서만 유효합니다. 시스템 저장소에 넣지 마십시오.\nThe CA of this run. Do not put it into a system store.\n%s", ca.PEM())
	}
	return b.String() + "\n"
}

// Healthcheck asks an emulator at a base URL whether it is up, for container images without curl.
func Healthcheck(ctx context.Context, base string) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(base, "/")+"/-/healthz", nil)
	if err != nil {
		return fmt.Errorf("kakaotest: %w", err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("kakaotest: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("kakaotest: %s answers %s", base, res.Status)
	}
	return nil
}

// quiet is the error log of the HTTP servers: TLS handshakes that a client breaks off are no news.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
