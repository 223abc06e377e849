package account

import "testing"

// A member who is asked to prove who they are can be proven by nobody else, and nobody is created for it.
func TestResolve_Expected(t *testing.T) {
	other := Decision{Verdict: Refuse, Reason: ReasonOtherPerson}
	for name, c := range map[string]struct {
		known *User
		want  Decision
	}{
		"nobody yet":        {nil, other},
		"somebody else":     {&User{ID: "b", Status: Active}, other},
		"a suspended one":   {&User{ID: "b", Status: Disabled}, other}, // nothing is told of strangers
		"the person":        {&User{ID: "a", Status: Active}, Decision{Verdict: SignIn, Status: Active}},
		"suspended by then": {&User{ID: "a", Status: Disabled}, Decision{Verdict: Refuse, Reason: ReasonDisabled}},
	} {
		if got := Resolve(Facts{Known: c.known, Expected: "a"}); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}
