package page

import (
	"strings"
	"testing"
)

// A form that was not sent stays in the history of its tab only if the sign-in opens another one, as the label says.
func TestSignInInANewTabOpensOne(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]Config{"service": sampleConfig(), "console": consoleConfig()} {
		r := newRenderer(t, cfg)
		for action, want := range map[string]bool{"new_tab": true, "sign_in": false} {
			v := Problem{Code: "session.not_sent", Title: "t", Action: action, ActionLabel: "sign in", ReturnTo: "/"}
			if got := strings.Contains(render(t, r, v), ` target="_blank"`); got != want {
				t.Errorf("%s: the link of %s opens a new tab: %v, want %v", name, action, got, want)
			}
		}
	}
}
