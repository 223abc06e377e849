package clients_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/testkit/npmtest"
	"github.com/norang-login/norang/internal/testkit/skipped"
)

func TestMain(m *testing.M) {
	code := m.Run()
	npmtest.Remove()
	os.Exit(code)
}

var npmSource = filepath.Join("testdata", "npm")

// TestClientsFromNpm: clients from npm sign in at the emulators, and refresh, revoke and sign out where they can.
func TestClientsFromNpm(t *testing.T) {
	t.Parallel()
	dir := npmtest.Install(t, npmSource)
	node := skipped.Command(t, "node")
	for _, c := range clients() {
		if c.script == "" {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if version := packages(t).Unpacked[c.module]; version != "" {
				unpack(t, dir, c.module, version)
			}
			signIn(t, c, exec.CommandContext(t.Context(), node, "--require", "./map-hosts.cjs", c.script), dir)
		})
	}
}

// packageFile is testdata/npm/package.json.
type packageFile struct {
	Dependencies map[string]string // versions by package
	// Unpacked are packages of which the clients need some files, but not their dependencies.
	Unpacked map[string]string
}

func packages(t *testing.T) (p packageFile) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(npmSource, "package.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// unpack puts a package into node_modules without its dependencies.
func unpack(t *testing.T, dir, name, version string) {
	t.Helper()
	npm, tar := skipped.Command(t, "npm"), skipped.Command(t, "tar")
	work, into := t.TempDir(), filepath.Join(dir, "node_modules", name)
	pack := exec.CommandContext(t.Context(), npm, "pack", "--loglevel=error", name+"@"+version)
	pack.Dir = work
	if out, err := pack.CombinedOutput(); err != nil {
		skipped.Skip(t, "npm could not download "+name+": "+err.Error()+": "+string(out))
	}
	if err := os.MkdirAll(into, 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(work, name+"-"+version+".tgz")
	out, err := exec.CommandContext(t.Context(), tar, "-xzf", file, "--strip-components=1", "-C", into).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// signIn runs a program that signs in at each provider of a client.
func signIn(t *testing.T, c client, cmd *exec.Cmd, dir string) {
	t.Helper()
	emu := startEmulators(t, c.plainKakao)
	accounts, err := json.Marshal(emu.accounts)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "SERVICE="+service, "ACCOUNTS="+string(accounts),
		"PROVIDERS="+strings.Join(c.providers, ","), "EMULATORS_ADDRESS="+emu.address,
		"EMULATORS_HOSTS="+strings.Join(emu.hosts, ","), "NODE_EXTRA_CA_CERTS="+emu.caFile, "SSL_CERT_FILE="+emu.caFile,
		"BETTER_AUTH_TELEMETRY=0", "NODE_ENV=production")
	out, err := cmd.CombinedOutput()
	for _, provider := range c.providers {
		if err == nil && !strings.Contains(string(out), "signed in: "+provider+"\n") {
			t.Errorf("no sign-in at %s", provider)
		}
	}
	if err != nil {
		t.Errorf("%v\n%.8000s", err, out)
	}
	if t.Failed() {
		emu.report(t)
	}
}
