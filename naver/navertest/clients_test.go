package navertest_test

import (
	"crypto/tls"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/testkit/npmtest"
	"github.com/norang-login/norang/internal/testkit/skipped"
	"github.com/norang-login/norang/kakao/kakaotest"
	"github.com/norang-login/norang/naver/navertest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	npmtest.Remove()
	os.Exit(code)
}

// TestNpmClients: a client from npm with Naver's hosts built in logs in unchanged. It sends no state to the
// token endpoint, and the access token in the query.
func TestNpmClients(t *testing.T) {
	t.Parallel()
	dir := npmtest.Install(t, filepath.Join("testdata", "npm"))
	node := skipped.Command(t, "node")
	const back = "http://localhost:5000/auth/naver/callback"
	emu, err := navertest.New(navertest.Config{BrowserURL: "https://nid.naver.com", App: navertest.App{
		Auto: true, CallbackURLs: []string{back},
	}})
	if err != nil {
		t.Fatal(err)
	}
	ca, err := kakaotest.NewAuthority("nid.naver.com", "openapi.naver.com")
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	emu.Serve(tls.NewListener(ln, ca.ServerConfig()))
	defer emu.Close()
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, []byte(ca.PEM()), 0o600); err != nil {
		t.Fatal(err)
	}
	hosts := filepath.Join(dir, "map-hosts.cjs")
	cmd := exec.CommandContext(t.Context(), node, "--require", hosts, "passport-naver-v2.mjs")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "NODE_EXTRA_CA_CERTS="+file, "EMULATOR_ADDRESS="+ln.Addr().String(),
		"CALLBACK="+back, "CLIENT_ID="+emu.App().ClientID, "CLIENT_SECRET="+emu.App().ClientSecret,
		"EXPECT="+emu.UserID(navertest.PersonaBoseong))
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "ok") {
		t.Errorf("%v\n%.3000s", err, out)
		for _, r := range emu.Requests() {
			t.Logf("%s %s %d %s %s", r.Method, r.Endpoint, r.Status, r.Code, r.Why)
		}
	}
}
