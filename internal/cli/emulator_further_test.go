package cli

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/testkit/bounded"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// Every provider's emulator starts on request, with its section of the example, and names what a service needs.
func TestEmulatorsOfAllProvidersStart(t *testing.T) {
	t.Parallel()
	var commented strings.Builder
	example := exampleConfig()
	for _, p := range furtherProviders {
		for line := range strings.Lines(strings.TrimSpace(p.example)) {
			want := strings.TrimRight("# "+line, " \n")
			if !strings.Contains(example, "\n"+want+"\n") {
				t.Errorf("%s: %q is not in the example", p.name, want)
			}
		}
		commented.WriteString(p.example + "\n")
		for _, lang := range []string{"", ".ko"} {
			b, err := os.ReadFile("../../docs/" + p.name + lang + ".md")
			if err != nil || !strings.Contains(string(b), "```toml\n"+strings.TrimSpace(p.example)+"\n```") {
				t.Errorf("docs/%s%s.md does not have the section of the example: %v", p.name, lang, err)
			}
			b, err = os.ReadFile("../../docs/emulator" + lang + ".md")
			row := fmt.Sprintf("| `%s` | %d | [%s%s.md](", p.name, p.port, p.name, lang)
			if err != nil || !strings.Contains(string(b), row) {
				t.Errorf("docs/emulator%s.md has no row %s", lang, row)
			}
		}
	}
	file := filepath.Join(t.TempDir(), "emulator.toml")
	text := kakaotest.ExampleConfig() + "\n" + commented.String()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := loadEmulatorFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if f.kakao.Listen != kakaotest.DefaultListen || len(f.sections) != len(furtherProviders) {
		t.Errorf("Kakao's part: %+v, sections: %d", f.kakao, len(f.sections))
	}
	cmd := emulatorCmd{Provider: []string{"all"}}
	for _, p := range furtherProviders {
		cmd.Provider = append(cmd.Provider, p.name+"=127.0.0.1:0")
	}
	all, err := cmd.further(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer closeFurther(all)
	if len(all) != len(furtherProviders) {
		t.Errorf("%d emulators", len(all))
	}
	for _, e := range all {
		var out strings.Builder
		e.welcome(&terminal{stdout: &out, lang: i18n.En})
		if prefix := strings.ToUpper(e.name) + "_"; !strings.Contains(out.String(), prefix) ||
			!strings.Contains(out.String(), e.server.URL()+"/-/") || len(e.accounts) < 2 {
			t.Errorf("%s: %s", e.name, out.String())
		}
	}
}

// The port of every emulator is its own, and none is that of the service, Kakao's emulator or the operations listener.
func TestEmulatorsHaveTheirOwnPorts(t *testing.T) {
	t.Parallel()
	taken := map[int]string{5000: "service", 5001: "kakao", 5002: "ops"}
	for _, p := range furtherProviders {
		if other, ok := taken[p.port]; ok || p.port < defaultPort || p.port >= defaultPort+devStep {
			t.Errorf("port %d of %s: taken by %q, or outside dev's range", p.port, p.name, other)
		}
		taken[p.port] = p.name
		if got := (&devCmd{Port: 5000}).furtherPort(p, 5050); got != p.port+devStep {
			t.Errorf("%s with a service on port 5050: %d", p.name, got)
		}
		if got := (&devCmd{Port: 8000}).furtherPort(p, 8000); got != 0 {
			t.Errorf("%s with a service on a chosen port: %d", p.name, got)
		}
	}
	d := &devCmd{Port: 5000, Upstream: "http://localhost:5003"}
	if got := d.furtherPort(furtherProviders[0], 5000); got != 0 {
		t.Errorf("the app's port is taken: %d", got)
	}
}

func TestEmulatorsThatCannotStartAreRefused(t *testing.T) {
	t.Parallel()
	if all, err := (&emulatorCmd{}).further(emulatorFile{}, nil); len(all) != 0 || err != nil {
		t.Errorf("without being asked: %v, %v", all, err)
	}
	for _, p := range furtherProviders {
		_, err := (&emulatorCmd{Provider: []string{p.name + "=0.0.0.0:0"}}).further(emulatorFile{}, nil)
		if !errors.Is(err, kakaotest.ErrNotLoopback) {
			t.Errorf("%s beyond loopback: %v", p.name, err)
		}
		variable := strings.ToUpper(p.name) + "_EMULATOR_NONSENSE=1"
		_, err = (&emulatorCmd{Provider: []string{p.name + "=127.0.0.1:0"}}).further(emulatorFile{}, []string{variable})
		if err == nil || !strings.Contains(err.Error(), "_EMULATOR_NONSENSE") {
			t.Errorf("%s: %v", variable, err)
		}
	}
	for _, name := range []string{"myspace", "all=127.0.0.1:0"} {
		_, err := (&emulatorCmd{Provider: []string{name}}).further(emulatorFile{}, nil)
		if err == nil || !strings.Contains(err.Error(), "known: all, naver") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for text, want := range map[string]string{
		"[naver]\nlisten = 5003":                       "listen must be text",
		"[naver]\nnonsense = 1":                        `unknown member "nonsense"`,
		"[naver.app]\nitems = [{ id = \"blood\" }]":    "blood",
		"[naver]\n[myspace]\nx = 1":                    `unknown member "myspace"`,
		"naver = 1":                                    `unknown member "naver"`,
		"[naver]\nlisten = \"localhost:5003\"\nlisten": "emulator.toml",
	} {
		file := filepath.Join(t.TempDir(), "emulator.toml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := loadEmulatorFile(file)
		if err == nil {
			_, err = (&emulatorCmd{Provider: []string{"naver=127.0.0.1:0"}}).further(f, nil)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	file := filepath.Join(t.TempDir(), "emulator.json")
	for _, more := range []string{"}", "]", " {}", "x"} {
		if err := os.WriteFile(file, []byte(`{"naver": {}}`+more), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := loadEmulatorFile(file); err == nil {
			t.Errorf("%q after the JSON value was ignored", more)
		}
	}
	if _, err := loadEmulatorFile(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	var v map[string]any
	if err := toml.Unmarshal([]byte(exampleConfig()), &v); err != nil || v["naver"] != nil {
		t.Errorf("the example as it is: %v", err)
	}
}

// What keeps an emulator besides Kakao's from starting is told with its address and its own flag.
func TestRefusedAddressOfAnotherProviderIsNamed(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, tc := range []struct {
		environ string
		args    []string
		want    []string
	}{
		{"LINE_EMULATOR_LISTEN=0.0.0.0:0", nil,
			[]string{"other machines can reach line=0.0.0.0:0, and", "--allow-network"}},
		{"", []string{"--provider", "all", "--provider", "naver=" + taken.Addr().String()},
			[]string{"cannot listen: naver: ", "hint: Choose another port: --provider naver=localhost:5051"}},
		{"", []string{"--listen", taken.Addr().String()},
			[]string{"hint: Choose another port: --listen localhost:5051"}},
	} {
		var out, errs bytes.Buffer
		args, environ := append([]string{"emulator"}, tc.args...), []string{"LC_ALL=C", tc.environ}
		status := Run(bounded.Context(t), args, environ, nil, &out, &errs)
		for _, want := range tc.want {
			if said := errs.String(); status == 0 || !strings.Contains(said, want) {
				t.Errorf("%s %q: status %d, want %q: %s", tc.environ, tc.args, status, want, said)
			}
		}
	}
}
