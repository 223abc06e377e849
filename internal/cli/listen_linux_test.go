package cli

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/testkit/bounded"
	"github.com/norang-login/norang/internal/testkit/skipped"
)

// listenEnviron is the environment of a service that listens on an address.
func listenEnviron(address string) []string {
	return []string{
		"LC_ALL=C", "NORANG_LISTEN=" + address, "NORANG_OPS_LISTEN=127.0.0.1:0", "NORANG_URL=http://localhost:5000",
		"NAVER_CLIENT_ID=AbCdEfGhIjKlMnOpQrSt", "NAVER_CLIENT_SECRET=abcdefghij",
	}
}

// The hint of an address on which the service cannot listen fits the cause.
func TestAddressThatCannotBeListenedOnIsExplained(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for address, want := range map[string]string{
		taken.Addr().String():     "hint: If another program uses the port, change NORANG_LISTEN",
		"192.0.2.1:5000":          "hint: NORANG_LISTEN must name an address of this machine",
		"no-such-host.invalid:80": "hint: NORANG_LISTEN must name an address of this machine",
	} {
		var out, errs bytes.Buffer
		status := Run(bounded.Context(t), []string{"serve"}, listenEnviron(address), nil, &out, &errs)
		if said := errs.String(); status != statusFailed || !strings.Contains(said, want) ||
			!strings.Contains(said, "cannot listen on "+address) {
			t.Errorf("%s: status %d, want %q: %s", address, status, want, said)
		}
	}
}

// A port below 1024 needs a right, which is not that of a file.
func TestPortThatNeedsACapabilityIsExplained(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		skipped.Skip(t, "root, to run as another user")
	}
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_unprivileged_port_start")
	if err != nil {
		t.Fatal(err)
	}
	if first, err := strconv.Atoi(strings.TrimSpace(string(text))); err != nil || first < 1024 {
		skipped.Refused(t, "every user may listen on ports below 1024, as in some containers")
	}
	const uid = 65534
	program, volume := volumeOfRoot(t)
	for _, setting := range []string{"NORANG_LISTEN", "NORANG_OPS_LISTEN"} {
		environ := append(listenEnviron("127.0.0.1:0"), setting+"=127.0.0.1:81")
		for lang, want := range map[string]string{
			"en": "hint: Ports below 1024 need a capability (systemd: AmbientCapabilities=CAP_NET_BIND_SERVICE); otherwise " +
				"change " + setting + ".",
			"ko": "힌트: 1024보다 작은 포트에는 권한이 있어야 합니다(systemd: AmbientCapabilities=CAP_NET_BIND_SERVICE). 아니면 " +
				setting + " 값을 바꾸십시오.",
		} {
			out, err := runIn(environ, uid, volume, program, "serve", "--lang", lang)
			if err == nil || !strings.Contains(out, want) || strings.Contains(out, "chown") {
				t.Errorf("%s: %v, want %q: %s", setting, err, want, out)
			}
		}
	}
}

// doctor's findings about the key file (keys.file) name what is wrong with it.
func TestDoctorExaminesTheKeyFile(t *testing.T) {
	t.Parallel()
	program, volume := volumeOfRoot(t)
	dir := filepath.Dir(volume)
	keys, broken := filepath.Join(dir, "keys"), filepath.Join(dir, "broken")
	doctor := func(file, database string) (string, int) {
		var out, errs bytes.Buffer
		environ := []string{"LC_ALL=C", "NORANG_KEYS=" + file, "NORANG_DATABASE=" + database}
		status := Run(bounded.Context(t), []string{"doctor", "--only", "keys.file"}, environ, nil, &out, &errs)
		return out.String() + errs.String(), status
	}
	if out, status := doctor(keys, volume+"/norang.db"); status != statusDone || strings.Contains(out, "FAULT") {
		t.Errorf("no key file with SQLite, which the first start creates: %d, %s", status, out)
	}
	var errs bytes.Buffer
	if Run(bounded.Context(t), []string{"keyring", "init", keys}, nil, nil, &errs, &errs) != statusDone ||
		os.WriteFile(broken, []byte("no keys\n"), 0o600) != nil {
		t.Fatal(errs.String())
	}
	const server = "postgres://norang@127.0.0.1:1/x"
	const unusable = "FAULT  keys.file  NORANG_KEYS\n  The key file cannot be used: "
	for name, c := range map[string]struct {
		file string
		mode os.FileMode
		want string // "" for no finding
	}{
		"sound":                {keys, 0o600, ""},
		"for the group":        {keys, 0o640, ""},
		"for everyone":         {keys, 0o644, unusable + "key file can be read by others: " + keys},
		"for everyone, remedy": {keys, 0o644, "Make it readable for its owner alone (chmod 600)"},
		"missing":              {filepath.Join(dir, "none"), 0, "FAULT  keys.file  NORANG_KEYS\n  There is no key file."},
		"not set":              {"", 0, "Create it with norang keyring init and give it to each replica."},
		"not made of keys":     {broken, 0o600, unusable + broken + ": line 1: want"},
		"not made, remedies":   {broken, 0o600, "or restore your copy."},
	} {
		if c.mode != 0 {
			if err := os.Chmod(c.file, c.mode); err != nil {
				t.Fatal(err)
			}
		}
		out, status := doctor(c.file, server)
		if (status == statusFailed) != (c.want != "") || !strings.Contains(out, c.want) ||
			(c.want == "") == strings.Contains(out, "NORANG_KEYS") {
			t.Errorf("%s: status %d, want %q: %s", name, status, c.want, out)
		}
	}
	if os.Getuid() != 0 {
		skipped.Skip(t, "root, to run as another user")
	}
	if err := os.Chmod(keys, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := runIn([]string{"NORANG_KEYS=" + keys}, 65534, volume, program, "doctor", "--only", "keys.file")
	if err == nil || !strings.Contains(out, "This account cannot read the key file.") ||
		!strings.Contains(out, "Run this again under the account of the service.") || strings.Contains(out, "chmod 600") {
		t.Errorf("another account's: %v, %s", err, out)
	}
}
