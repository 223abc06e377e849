package page

import (
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/i18n"
)

// The note about a provider that needs another browser is below the grid of the sign-in buttons, whose columns are for
// the box "stay signed in", and names each provider once.
func TestPR21_WayOutOfAnAppStandsBelowTheButtons(t *testing.T) {
	t.Parallel()
	cfg := sampleConfig()
	picky := sampleProvider()
	picky.Name, picky.Label, picky.RefusesWebViews = "picky", i18n.Text{Ko: "피키", En: "Picky"}, true
	cfg.Providers = append(cfg.Providers, picky)
	r := newRenderer(t, cfg)
	inside := Frame{Lang: i18n.En, Path: "/auth/login", WebView: true, Outside: "kakaotalk://web/openExternal?url=x"}
	for name, v := range map[string]View{
		"sign-in": SignIn{Frame: inside, LastUsed: "picky"}, "home": Home{Frame: inside},
	} {
		body := render(t, r, v)
		const end = "</div>\n</div>\n<div class=\"actions\">\n<p class=\"note\">Signing in with Picky does not work"
		if !strings.Contains(body, end) || strings.Count(body, "does not work") != 1 ||
			!strings.Contains(body, `<a class="button quiet" href="kakaotalk://web/openExternal?url=x">`) ||
			strings.Contains(body, `href="/oauth/picky`) || !strings.Contains(body, `href="/oauth/`+sampleProvider().Name) {
			t.Errorf("%s: %s", name, body)
		}
	}
	outside := inside
	outside.WebView, outside.Outside = false, ""
	if body := render(t, r, SignIn{Frame: outside}); !strings.Contains(body, `href="/oauth/picky`) ||
		strings.Contains(body, "does not work") {
		t.Error(body)
	}
	problem := Problem{Frame: inside, Action: "outside", ActionLabel: "Open", Title: "T", Detail: "D"}
	if body := render(t, r, problem); !strings.Contains(body, `href="kakaotalk://`) {
		t.Error(body)
	}
	problem.Outside = ""
	if body := render(t, r, problem); strings.Contains(body, "kakaotalk") || !strings.Contains(body, "menu") {
		t.Error(body)
	}
}
