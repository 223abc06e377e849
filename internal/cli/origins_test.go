package cli

import (
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/config"
)

func TestOriginsOnAnotherSiteAreAWarning(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		own     string
		origins []string
		want    []string
	}{
		{"https://login.example.co.kr", []string{"https://www.example.co.kr", "https://*.preview.example.co.kr"}, nil},
		{
			"https://login.example.co.kr",
			[]string{"https://www.other.co.kr", "https://*.example.com", "https://team.vercel.app"},
			[]string{"https://www.other.co.kr", "https://*.example.com", "https://team.vercel.app"},
		},
		{"https://shop.vercel.app", []string{"https://team.vercel.app"}, []string{"https://team.vercel.app"}},
		{"http://localhost:5000", []string{"http://localhost:5173"}, nil},
		{"http://localhost:5000", []string{"http://127.0.0.1:5173"}, []string{"http://127.0.0.1:5173"}},
		{"http://10.0.0.1:5000", []string{"http://127.0.0.1:5173"}, []string{"http://127.0.0.1:5173"}},
	} {
		if diff := cmp.Diff(c.want, append([]string(nil), otherSites(c.own, c.origins)...)); diff != "" {
			t.Errorf("%s: %s", c.own, diff)
		}
	}
	s := config.Settings{Config: norang.Config{
		URL: "https://login.example.com", Origins: []string{"https://a.vercel.app"},
	}}
	got := exposures(s, nil, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 6109})
	if len(got) != 1 || got[0].setting != "NORANG_ORIGINS" ||
		!strings.Contains(got[0].text.En, "https://a.vercel.app is on another site") ||
		!strings.Contains(got[0].text.En, "hand-off") {
		t.Errorf("%v", got)
	}
}
