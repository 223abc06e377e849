package cli

import (
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	"rsc.io/qr"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/listening"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// Service and emulator know each other: a sign-in gets through to the join page, the picture included.
func TestDevServersSignIn(t *testing.T) {
	w, stop := runDev(t, t.TempDir())
	defer stop()
	if err := w.emu.UpdateApp(0, func(a *kakaotest.App) { a.Auto = true }); err != nil {
		t.Fatal(err)
	}
	client := reachJoinPage(t, w.cfg.URL+"/oauth/kakao?scope=account_email")
	page, err := http.Get(w.cfg.URL + "/login") // without the cookies of the user who is joining
	if err != nil {
		t.Fatal(err)
	}
	login, err := io.ReadAll(page.Body)
	page.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range w.further {
		if !strings.Contains(string(login), `"/oauth/`+e.name+"?") {
			t.Errorf("no button of %s on %s", e.name, login)
		}
		other, err := client.Get(w.cfg.URL + "/oauth/" + e.name)
		if err != nil {
			t.Fatal(err)
		}
		other.Body.Close()
		if other.StatusCode != 200 || !strings.HasPrefix(other.Request.URL.String(), e.server.URL()) {
			t.Errorf("%s: %d at %s", e.name, other.StatusCode, other.Request.URL)
		}
		if len(e.accounts) == 0 {
			t.Errorf("%s: no personas", e.name)
		}
	}
}

// reachJoinPage signs a new user in, and returns the browser. It starts twice again while the provider does not answer
// in time, as the page asks the user to: on a busy machine the emulator can take longer than the five seconds after
// which the service ends a call.
func reachJoinPage(t *testing.T, start string) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	t.Cleanup(client.CloseIdleConnections)
	for attempt := 1; ; attempt++ {
		res, err := client.Get(start)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode == http.StatusServiceUnavailable &&
			strings.Contains(string(body), string(problem.ProviderUnavailable)) && attempt < 3 {
			continue
		}
		if res.StatusCode != http.StatusOK || res.Request.URL.Path != "/auth/join" {
			t.Errorf("%d at %s\n%s", res.StatusCode, res.Request.URL, body)
		}
		return client
	}
}

func TestListenPairAvoidsUsedPorts(t *testing.T) {
	taken := listenHere(t)
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	p, err := listenPair([]string{"127.0.0.1"}, port)
	if err != nil {
		t.Fatal(err)
	}
	defer listening.CloseAll(append(p.service, p.emulator...))
	if len(p.taken) != 1 || p.taken[0] != port || p.servicePort == port || p.emulatorPort == p.servicePort ||
		p.servicePort == 0 {
		t.Errorf("%+v", p)
	}
}

func TestLANAddress(t *testing.T) {
	cidr := func(s string) net.Addr {
		ip, n, err := net.ParseCIDR(s)
		if err != nil {
			t.Fatal(err)
		}
		return &net.IPNet{IP: ip, Mask: n.Mask}
	}
	all := []net.Addr{
		cidr("127.0.0.1/8"), cidr("fe80::1/64"), cidr("203.0.113.5/24"), cidr("172.17.0.1/16"), cidr("192.168.0.7/24"),
	}
	for _, tt := range []struct {
		name  string
		route net.IP
		addrs []net.Addr
		want  string
	}{
		{"route", net.ParseIP("192.168.0.7"), all, "192.168.0.7"},
		{"no route", nil, all, "172.17.0.1"},
		{"public route", net.ParseIP("203.0.113.5"), all, "172.17.0.1"},
		{"public only", net.ParseIP("203.0.113.5"), all[:3], ""},
		{"nothing", nil, nil, ""},
	} {
		if got, ok := lanAddress(tt.route, tt.addrs); got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s: %q %v", tt.name, got, ok)
		}
	}
}

// A phone on the same network reaches the service by a private address, over http.
func TestDevOnThePrivateNetwork(t *testing.T) {
	w, err := newDevServers(devURLs{
		service: "http://192.168.0.7:5000", kakao: "http://192.168.0.7:5001",
	}, t.TempDir(), quietLog(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.svc.Close(); err != nil {
		t.Error(err)
	}
}

// The development mode refuses a URL that is not on the machine or its private network (OP-04).
func TestOP04_DevIsNotPublic(t *testing.T) {
	for _, url := range []string{"http://203.0.113.5:5000", "http://login.example.com", "https://login.example.com"} {
		_, err := newDevServers(devURLs{
			service: url, kakao: "http://192.168.0.7:5001",
		}, t.TempDir(), quietLog(), nil)
		if fs := norang.ConfigErrors(err); len(fs) == 0 || fs[0].Field != "URL" {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// The drawing, read back, is the code.
func TestQRCode(t *testing.T) {
	const text = "http://192.168.0.7:5000"
	var b strings.Builder
	if err := writeQR(&b, text, false); err != nil {
		t.Fatal(err)
	}
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if want := (code.Size + 2*quietZone + 1) / 2; len(lines) != want {
		t.Fatalf("%d lines, want %d", len(lines), want)
	}
	for i, line := range lines {
		for j, r := range []rune(line) {
			x, y := j-quietZone, 2*i-quietZone
			inside := func(y int) bool { return x >= 0 && x < code.Size && y >= 0 && y < code.Size && code.Black(x, y) }
			want := map[[2]bool]rune{{true, true}: '█', {true, false}: '▀', {false, true}: '▄', {false, false}: ' '}[[2]bool{
				inside(y), inside(y + 1),
			}]
			if r != want {
				t.Fatalf("line %d, column %d: %q, want %q", i, j, r, want)
			}
		}
	}
	b.Reset()
	if err := writeQR(&b, text, true); err != nil || strings.Count(b.String(), "\x1b[0m\n") != len(lines) {
		t.Errorf("%v: colours are not closed on every line", err)
	}
}

func TestIgnoredSettings(t *testing.T) {
	got := ignoredSettings(
		[]string{
			"KAKAO_CLIENT_ID=a", "HOME=/", "NORANG_URL=", "PORT=80", "DATABASE_URL=x", "KAKAO_ADMIN_KEY_FILE=y",
			"KAKAO_CLIENT_ID=b",
		},
	)
	if strings.Join(got, " ") != "DATABASE_URL KAKAO_ADMIN_KEY_FILE KAKAO_CLIENT_ID" {
		t.Errorf("%q", got)
	}
}
