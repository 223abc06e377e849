package cli

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/norang-login/norang/internal/emulator"
	"github.com/norang-login/norang/internal/listening"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// emulatorFile is a configuration file: that of Kakao's emulator, and a section for each further provider.
type emulatorFile struct {
	kakao    kakaotest.File
	sections map[string]*emulatorSection
}

// emulatorSection is what the commands read of a provider's section, and the rest of it.
type emulatorSection struct {
	listen, browserURL, serverURL string
	rest                          json.RawMessage
}

// loadEmulatorFile reads a configuration file.
func loadEmulatorFile(path string) (f emulatorFile, err error) {
	members, err := emulatorMembers(path)
	if err != nil || members == nil { // a syntax error, or too large: Kakao's emulator reports it
		f.kakao, err = kakaotest.LoadConfig(path)
		return f, err
	}
	f.sections = map[string]*emulatorSection{}
	for _, p := range furtherProviders {
		section, ok := members[p.name].(map[string]any)
		if !ok {
			continue
		}
		delete(members, p.name)
		if f.sections[p.name], err = newEmulatorSection(section); err != nil {
			return f, emulator.Errorf("%s: %s: %v", "%s: %s: %v", path, p.name, err)
		}
	}
	if len(f.sections) == 0 {
		f.kakao, err = kakaotest.LoadConfig(path)
		return f, err
	}
	b, err := json.Marshal(members)
	if err != nil {
		return f, emulator.Errorf("%s: %v", "%s: %v", path, err)
	}
	if f.kakao, err = kakaotest.ParseConfig(b, true); err != nil {
		return f, emulator.Errorf("%s: %v", "%s: %v", path, err)
	}
	return f, nil
}

// emulatorMembers decodes a configuration file; nil if it cannot be decoded.
func emulatorMembers(path string) (members map[string]any, err error) {
	info, err := os.Stat(path)
	if err != nil || info.Size() > 4<<20 {
		return nil, err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if strings.EqualFold(filepath.Ext(path), ".json") {
		if !json.Valid(b) { // Decode ignores what follows the value
			return nil, nil
		}
		dec := json.NewDecoder(bytes.NewReader(b))
		dec.UseNumber()
		err = dec.Decode(&members)
	} else {
		err = toml.Unmarshal(b, &members)
	}
	return members, err
}

// newEmulatorSection takes the addresses out of a section.
func newEmulatorSection(members map[string]any) (*emulatorSection, error) {
	s := &emulatorSection{}
	for name, to := range map[string]*string{
		"listen": &s.listen, "browser_url": &s.browserURL, "server_url": &s.serverURL,
	} {
		v, ok := members[name]
		if text, isText := v.(string); isText {
			*to = text
		} else if ok {
			return nil, emulator.Errorf("%s: 글자여야 합니다: %v", "%s must be text, got %v", name, v)
		}
		delete(members, name)
	}
	b, err := json.Marshal(members)
	s.rest = b
	return s, err
}

// furtherEmulator is a running emulator of a provider besides Kakao.
type furtherEmulator struct {
	furtherProvider
	*providerEmulator
}

// further starts the emulators that --provider, the environment or the configuration file asks for.
func (e *emulatorCmd) further(f emulatorFile, environ []string) (all []furtherEmulator, err error) {
	wanted, err := e.wanted(f, environ)
	if err != nil {
		return nil, err
	}
	for _, p := range furtherProviders {
		listen, ok := wanted[p.name]
		if !ok {
			continue
		}
		section := f.sections[p.name]
		if section == nil {
			section = &emulatorSection{}
		}
		listen = cmp.Or(listen, section.listen, "localhost:"+strconv.Itoa(p.port))
		s, err := startEmulator(p, listen, f.kakao.AllowNonLocal, *section, environ)
		if err != nil {
			closeFurther(all)
			return nil, furtherError{p.name, listen, emulator.Errorf("%s: %v", "%s: %v", p.name, err)}
		}
		all = append(all, furtherEmulator{p, s})
	}
	return all, nil
}

// furtherError is the error of an emulator besides Kakao's, with the address where it was to listen.
type furtherError struct {
	provider, listen string
	error
}

// Unwrap returns the error in both languages, for [emulator.Message].
func (e furtherError) Unwrap() []error { return []error{e.error} }

// wanted maps the providers whose emulators are asked for to their addresses; "" if none is named.
func (e *emulatorCmd) wanted(f emulatorFile, environ []string) (map[string]string, error) {
	wanted := map[string]string{}
	for name := range f.sections {
		wanted[name] = ""
	}
	for _, p := range furtherProviders {
		for _, entry := range environ {
			name, value, _ := strings.Cut(entry, "=")
			if name == strings.ToUpper(p.name)+"_EMULATOR_LISTEN" && value != "" {
				wanted[p.name] = value
			}
		}
	}
	for _, flag := range e.Provider {
		name, listen, _ := strings.Cut(flag, "=")
		p, ok := findProvider(name)
		switch {
		case name == "all" && listen == "":
			for _, p := range furtherProviders {
				if _, ok := wanted[p.name]; !ok {
					wanted[p.name] = ""
				}
			}
		case !ok:
			return nil, emulator.Errorf("--provider %q: 모르는 제공자입니다%s", "--provider %q: unknown provider%s",
				clip(name, 40), emulator.OneOf(append([]string{"all"}, providerNames()...)))
		default:
			wanted[p.name] = cmp.Or(listen, wanted[p.name])
		}
	}
	return wanted, nil
}

// startEmulator listens at an address and serves a provider's emulator there.
func startEmulator(
	p furtherProvider, listen string, allowNonLocal bool, section emulatorSection, environ []string,
) (*providerEmulator, error) {
	if err := kakaotest.CheckListen(listen, allowNonLocal); err != nil {
		return nil, err
	}
	host, portText, err := net.SplitHostPort(listen)
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(portText)
	if err != nil {
		return nil, emulator.Errorf("%q의 포트는 숫자여야 합니다", "the port of %q must be a number", listen)
	}
	hosts := []string{host}
	if strings.EqualFold(host, "localhost") {
		hosts = listening.Loopbacks()
	}
	listeners, port, err := listening.Hosts(hosts, port)
	if err != nil {
		return nil, err
	}
	shown := host
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		shown = "localhost"
	}
	s, err := p.emulator(emulatorSetup{
		section: section.rest, environ: environ,
		browserURL: cmp.Or(section.browserURL, base(shown, port)), serverURL: section.serverURL,
	})
	if err != nil {
		listening.CloseAll(listeners)
		return nil, err
	}
	for _, ln := range listeners {
		s.server.Serve(ln)
	}
	return s, nil
}

func closeFurther(all []furtherEmulator) error {
	var errs []error
	for _, e := range all {
		errs = append(errs, e.server.Close())
	}
	return errors.Join(errs...)
}

// welcome prints the settings that a service needs, ready to paste.
func (e furtherEmulator) welcome(c *terminal) {
	c.print("%s: 콘솔  %s/-/\n", "%s: console  %s/-/\n", e.brand.In(c.lang), e.server.URL())
	for _, s := range e.settings {
		if s.hidden {
			c.print("  # %s: 설정한 값", "  # %s: as configured", s.name)
		} else {
			fmt.Fprintf(c.stdout, "  %s=%s\n", s.name, s.value)
		}
	}
	c.print("  페르소나: %s\n", "  Personas: %s\n", strings.Join(e.accounts[:min(len(e.accounts), 30)], ", "))
}

// exampleConfig is the example of a configuration file: Kakao's, and the other providers' sections as comments.
func exampleConfig() string {
	var b strings.Builder
	b.WriteString(kakaotest.ExampleConfig())
	for _, p := range furtherProviders {
		b.WriteString("\n")
		for line := range strings.Lines(strings.TrimSpace(p.example)) {
			b.WriteString(strings.TrimRight("# "+line, " \n") + "\n")
		}
	}
	return b.String()
}
