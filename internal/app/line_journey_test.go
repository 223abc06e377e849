package app_test

import (
	"testing"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/line/linetest"
)

// lineJourney is LINE in the tests of all providers. LINE sends no notice when a link ends.
func lineJourney(t *testing.T, w *world) *journey {
	emu := startLINE(t, w)
	return &journey{
		name: "line", label: "LINE", url: emu.URL(), people: [2]string{linetest.PersonaHana, linetest.PersonaKenta},
		configure: withLINEOf(emu),
		turnOff:   func(c *app.Config) { c.LINE = app.LINE{} },
		namespace: emu.Channel().ProviderID,
		as: func(persona string) {
			updateChannel(t, emu, func(c *linetest.Channel) { c.AutoPersona = persona })
		},
		subject: emu.UserID,
		linked: func() (all []string) {
			for _, l := range emu.Links() {
				all = append(all, l.Account)
			}
			return all
		},
		away: func(down bool) {
			if emu.ClearScenarios(); down {
				must(t, emu.Script(linetest.Scenario{Endpoint: "deauthorize", Status: 503, Times: -1}))
			}
		},
		calls: func() (n int) {
			for _, r := range emu.Requests() {
				if r.Endpoint == "token" && r.Params["grant_type"] == "authorization_code" {
					n++
				}
			}
			return n
		},
	}
}
