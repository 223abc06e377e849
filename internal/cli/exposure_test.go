package cli

import (
	"net"
	"strings"
	"testing"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/config"
)

func TestSE18_SharedCookieDomainIsAWarning(t *testing.T) {
	t.Parallel()
	for domain, want := range map[string]int{"example.test": 1, "": 0} {
		s := config.Settings{Config: norang.Config{CookieDomain: domain}}
		got := exposures(s, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 6109})
		if len(got) != want || want == 1 && !strings.Contains(got[0].text.En, "every host below example.test") {
			t.Errorf("%q: %+v", domain, got)
		}
	}
}
