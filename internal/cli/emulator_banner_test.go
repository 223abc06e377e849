package cli

import (
	"strings"
	"testing"
)

// The settings that an emulator prints configure it in the same way: one set of variables is for the service and the
// emulator.
func TestEmulatorsAcceptWhatTheirBannersPrint(t *testing.T) {
	t.Parallel()
	for _, p := range furtherProviders {
		printed := func(environ []string) (lines []string) {
			t.Helper()
			cmd := emulatorCmd{Provider: []string{p.name + "=127.0.0.1:0"}}
			all, err := cmd.further(emulatorFile{}, environ)
			if err != nil {
				t.Fatalf("%s with %q: %v", p.name, environ, err)
			}
			defer closeFurther(all)
			for _, e := range all {
				for _, line := range e.settings {
					lines = append(lines, line.name+"="+line.value)
				}
			}
			return lines
		}
		first := printed([]string{strings.ToUpper(p.name) + "_EMULATOR_BROWSER_URL=http://127.0.0.1:6407"})
		if again := printed(first); len(again) != len(first) {
			t.Errorf("%s printed %q, and with these %q", p.name, first, again)
		}
	}
	for _, issuer := range []string{
		"http://127.0.0.1:6407", "https://op.example.test/realms/demo", "http://127.0.0.1:6407/", "http://op.test/a/",
	} {
		s, err := newOIDCEmulator(emulatorSetup{environ: []string{"OIDC_EMULATOR_ISSUER=" + issuer}})
		if err != nil {
			t.Fatal(err)
		}
		if got := s.settings[0].value; got != issuer {
			t.Errorf("issuer %s became %s", issuer, got)
		}
		if err := s.server.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, issuer := range []string{"op.test", "ftp://op.test", "http://op.test?x=1", "http://[::1"} {
		_, err := newOIDCEmulator(emulatorSetup{environ: []string{"OIDC_EMULATOR_ISSUER=" + issuer}})
		if err == nil || !strings.Contains(err.Error(), "OIDC_EMULATOR_ISSUER") {
			t.Errorf("issuer %s: %v", issuer, err)
		}
	}
}
