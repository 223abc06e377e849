package app_test

import (
	"testing"

	"github.com/norang-login/norang/apple/appletest"
	"github.com/norang-login/norang/internal/app"
)

// appleJourney is Apple in the tests of all providers. Its subjects are derived from the team.
func appleJourney(t *testing.T, w *world) *journey {
	emu := startApple(t, w)
	must(t, emu.UpdateTeam(func(team *appletest.Team) { team.Auto = true }))
	return &journey{
		name: "apple", label: "Apple", url: emu.URL(), people: [2]string{appletest.PersonaJeju, appletest.PersonaSeorak},
		configure: withAppleOf(emu),
		turnOff:   func(c *app.Config) { c.Apple = app.Apple{} },
		namespace: emu.Team().TeamID,
		as: func(persona string) {
			if err := emu.UpdateTeam(func(team *appletest.Team) { team.AutoPersona = persona }); err != nil {
				t.Fatal(err)
			}
		},
		subject: emu.Subject,
		linked: func() (all []string) {
			for _, l := range emu.Links() {
				all = append(all, l.Account)
			}
			return all
		},
		away: func(down bool) {
			if emu.ClearScenarios(); down {
				must(t, emu.Script(appletest.Scenario{Endpoint: "revoke", Status: 503, Times: -1}))
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
		unlink: func(persona string) {
			if !emu.Forget(t.Context(), persona) {
				t.Errorf("%s has no link", persona)
			}
		},
	}
}
