package account

import "testing"

// Who was asked nothing becomes nothing that they were not before.
func TestResolve_Silent(t *testing.T) {
	notAsked := Decision{Verdict: Refuse, Reason: ReasonNotAsked}
	for name, c := range map[string]struct {
		known *User
		want  Decision
	}{
		"nobody yet":   {nil, notAsked},
		"not joined":   {&User{ID: "a", Status: Pending}, notAsked},
		"a member":     {&User{ID: "a", Status: Active}, Decision{Verdict: SignIn, Status: Active}},
		"a suspended":  {&User{ID: "a", Status: Disabled}, Decision{Verdict: Refuse, Reason: ReasonDisabled}},
		"one who left": {&User{ID: "a", Status: Withdrawn}, Decision{Verdict: Refuse, Reason: ReasonWithdrawn}},
	} {
		for _, join := range []bool{false, true} {
			if got := Resolve(Facts{Known: c.known, Silent: true, JoinRequired: join}); got != c.want {
				t.Errorf("%s, join page %t: %+v, want %+v", name, join, got, c.want)
			}
		}
	}
}
