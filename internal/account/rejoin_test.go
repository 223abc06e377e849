package account

import "testing"

// TestResolveReturn is the truth table of withdrawn users who return.
func TestResolveReturn(t *testing.T) {
	left := person("me", Withdrawn, "")
	anew := func(st Status) Decision { return Decision{Verdict: Create, Status: st, Erase: true} }
	back := Decision{Verdict: Restore, Status: Active}
	for _, c := range []struct {
		name  string
		facts Facts
		want  Decision
	}{
		{"restore: not asked yet", Facts{Known: left, Return: Return{Policy: RejoinRestore, Open: true}},
			no(ReasonRestorable)},
		{"restore: says yes", Facts{Known: left, Return: Return{Policy: RejoinRestore, Open: true,
			Choice: ChoiceRestore}}, back},
		{"restore: says yes, joining required", Facts{Known: left, JoinRequired: true,
			Return: Return{Policy: RejoinRestore, Open: true, Choice: ChoiceRestore}}, back},
		{"restore: chooses a new account, which was not offered", Facts{Known: left,
			Return: Return{Policy: RejoinRestore, Open: true, Choice: ChoiceNew}}, no(ReasonRestorable)},
		{"restore: too late", Facts{Known: left, Return: Return{Policy: RejoinRestore, Choice: ChoiceRestore}},
			no(ReasonJoinAgain)},
		{"restore: too late, chooses a new account",
			Facts{Known: left, Return: Return{Policy: RejoinRestore, Choice: ChoiceNew}},
			anew(Active)},
		{"new: not asked yet", Facts{Known: left, Return: Return{Policy: RejoinNew, Open: true}}, no(ReasonJoinAgain)},
		{"new: says yes", Facts{Known: left, Return: Return{Policy: RejoinNew, Open: true, Choice: ChoiceNew}}, anew(Active)},
		{"new: says yes, joining required", Facts{Known: left, JoinRequired: true,
			Return: Return{Policy: RejoinNew, Choice: ChoiceNew}}, anew(Pending)},
		{"new: says yes, under age", Facts{Known: left, UnderAge: true,
			Return: Return{Policy: RejoinNew, Choice: ChoiceNew}}, no(ReasonUnderAge)},
		{"new: chooses the previous account, which was not offered",
			Facts{Known: left, Return: Return{Policy: RejoinNew, Open: true, Choice: ChoiceRestore}}, no(ReasonJoinAgain)},
		{"new: a block of an earlier policy", Facts{Known: left,
			Return: Return{Policy: RejoinNew, Blocked: true, Choice: ChoiceNew}}, anew(Active)},
		{"blocked: still", Facts{Known: left, Return: Return{Policy: RejoinBlocked, Open: true, Blocked: true,
			Choice: ChoiceNew}}, no(ReasonBlocked)},
		{"blocked: no more", Facts{Known: left, Return: Return{Policy: RejoinBlocked, Choice: ChoiceNew}}, anew(Active)},
		{"blocked: no more, not asked yet", Facts{Known: left, Return: Return{Policy: RejoinBlocked}}, no(ReasonJoinAgain)},
		{"blocked: purged, still", Facts{Return: Return{Policy: RejoinBlocked, Blocked: true}}, no(ReasonBlocked)},
		{"blocked: purged, no more", Facts{Return: Return{Policy: RejoinBlocked}}, Decision{Verdict: Create, Status: Active}},
		{"blocked: active user", Facts{Known: person("me", Active, ""),
			Return: Return{Policy: RejoinBlocked, Blocked: true}}, Decision{Verdict: SignIn, Status: Active}},
		{"restore: purged while they were asked", Facts{Return: Return{Policy: RejoinRestore, Choice: ChoiceRestore}},
			no(ReasonJoinAgain)},
		{"restore: purged, chooses a new account", Facts{Return: Return{Policy: RejoinRestore, Choice: ChoiceNew}},
			Decision{Verdict: Create, Status: Active}},
		{"purged, a block of an earlier policy", Facts{Return: Return{Policy: RejoinNew, Blocked: true}},
			Decision{Verdict: Create, Status: Active}},
		{"silent", Facts{Known: left, Silent: true,
			Return: Return{Policy: RejoinRestore, Open: true, Choice: ChoiceRestore}}, no(ReasonNotAsked)},
		{"withdrawn during the round trip", Facts{Known: left, Expected: "me",
			Return: Return{Policy: RejoinRestore, Open: true, Choice: ChoiceRestore}}, no(ReasonWithdrawn)},
		{"another, withdrawn user", Facts{Known: left, Expected: "you",
			Return: Return{Policy: RejoinRestore, Open: true}}, no(ReasonOtherPerson)},
		{"unknown policy", Facts{Known: left, Return: Return{Policy: "odd", Open: true, Choice: ChoiceRestore}},
			no(ReasonWithdrawn)},
		{"disabled, answers the question of withdrawn users", Facts{Known: person("me", Disabled, ""),
			Return: Return{Policy: RejoinRestore, Open: true, Choice: ChoiceRestore}}, no(ReasonDisabled)},
	} {
		if got := Resolve(c.facts); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}
