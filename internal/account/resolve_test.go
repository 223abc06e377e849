package account

import (
	"fmt"
	"testing"
)

// people of the table: me and you, in every status that there is and one that there is not.
func person(id ID, st Status, ref string) *User { return &User{ID: id, Status: st, Ref: ref} }

func no(r Reason) Decision { return Decision{Reason: r} }

// TestResolve is the whole truth table. What a sign-in means stands first, then linking, then link tickets.
func TestResolve(t *testing.T) {
	const odd Status = "odd"
	me := func(st Status) *User { return person("me", st, "") }
	you := func(st Status) *User { return person("you", st, "") }
	in := func(st Status) Decision { return Decision{Verdict: SignIn, Status: st} }
	create := func(st Status) Decision { return Decision{Verdict: Create, Status: st} }
	for _, c := range []struct {
		name  string
		facts Facts
		want  Decision
	}{
		{"nobody yet", Facts{}, create(Active)},
		{"nobody yet, terms to agree to", Facts{JoinRequired: true}, create(Pending)},
		{"nobody yet, a child", Facts{JoinRequired: true, UnderAge: true}, no(ReasonUnderAge)},
		{"a member", Facts{Known: me(Active)}, in(Active)},
		{"a member, terms for new people", Facts{Known: me(Active), JoinRequired: true}, in(Active)},
		{"a member, a child by now", Facts{Known: me(Active), UnderAge: true}, in(Active)},
		{"somebody joining", Facts{Known: me(Pending), JoinRequired: true}, in(Pending)},
		{"somebody joining, nothing left to ask", Facts{Known: me(Pending)}, in(Active)},
		{"somebody joining, a child", Facts{Known: me(Pending), UnderAge: true}, no(ReasonUnderAge)},
		{"suspended", Facts{Known: me(Disabled)}, no(ReasonDisabled)},
		{"has left", Facts{Known: me(Withdrawn)}, no(ReasonWithdrawn)},
		{"of a newer program", Facts{Known: me(odd)}, no(ReasonUnknownStatus)},

		{"nobody yet, not asked", Facts{Silent: true}, no(ReasonNotAsked)},
		{"somebody joining, not asked", Facts{Known: me(Pending), Silent: true}, no(ReasonNotAsked)},
		{"a member, not asked", Facts{Known: me(Active), Silent: true}, in(Active)},
		{"suspended, not asked", Facts{Known: me(Disabled), Silent: true}, no(ReasonDisabled)},

		{"me again", Facts{Known: me(Active), Expected: "me"}, in(Active)},
		{"me again, suspended by then", Facts{Known: me(Disabled), Expected: "me"}, no(ReasonDisabled)},
		{"nobody instead of me", Facts{Expected: "me"}, no(ReasonOtherPerson)},
		{"you instead of me", Facts{Known: you(Active), Expected: "me"}, no(ReasonOtherPerson)},
		{"a suspended one instead of me", Facts{Known: you(Disabled), Expected: "me"},
			no(ReasonOtherPerson)}, // nothing is told of strangers

		{"link: nobody's", Facts{Linking: &Linking{Holder: me(Active), Identities: 1}},
			Decision{Verdict: Link, Status: Active}},
		{"link: nobody's, one more than enough", Facts{Linking: &Linking{Holder: me(Active), Identities: MaxIdentities}},
			no(ReasonTooMany)},
		{"link: nobody's, the last of many", Facts{Linking: &Linking{Holder: me(Active), Identities: MaxIdentities - 1}},
			Decision{Verdict: Link, Status: Active}},
		{"link: mine", Facts{Known: me(Active), Linking: &Linking{Holder: me(Active), Identities: MaxIdentities}},
			no(ReasonAlreadyYours)},
		{"link: yours", Facts{Known: you(Active), Linking: &Linking{Holder: me(Active)}}, no(ReasonOwned)},
		{"link: yours, who have not joined", Facts{Known: you(Pending), Linking: &Linking{Holder: me(Active)}},
			Decision{Verdict: Link, Status: Active, Displace: true}},
		{"link: yours, who are suspended", Facts{Known: you(Disabled), Linking: &Linking{Holder: me(Active)}},
			no(ReasonDisabled)},
		{"link: yours, who have left", Facts{Known: you(Withdrawn), Linking: &Linking{Holder: me(Active)}},
			no(ReasonWithdrawn)},
		{"link: yours, of a newer program", Facts{Known: you(odd), Linking: &Linking{Holder: me(Active)}},
			no(ReasonUnknownStatus)},
		{"link: signed out meanwhile", Facts{Linking: &Linking{}}, no(ReasonNotSignedIn)},
		{"link: signed out meanwhile, yours", Facts{Known: you(Active), Linking: &Linking{}}, no(ReasonNotSignedIn)},
		{"link: I have not joined", Facts{Linking: &Linking{Holder: me(Pending)}}, no(ReasonNotSignedIn)},
		{"link: I am suspended", Facts{Linking: &Linking{Holder: me(Disabled)}}, no(ReasonDisabled)},
		{"link: I am suspended, mine", Facts{Known: me(Disabled), Linking: &Linking{Holder: me(Disabled)}},
			no(ReasonDisabled)},
		{"link: I have left", Facts{Linking: &Linking{Holder: me(Withdrawn)}}, no(ReasonWithdrawn)},
		{"link: I am of a newer program", Facts{Linking: &Linking{Holder: me(odd)}}, no(ReasonUnknownStatus)},

		{"ticket: spent", Facts{Ticket: &Ticket{}}, no(ReasonTicket)},
		{"ticket: spent, known", Facts{Known: me(Active), Ticket: &Ticket{}}, no(ReasonTicket)},
		{"ticket: nobody's number, nobody", Facts{Ticket: &Ticket{Ref: "7"}},
			Decision{Verdict: Create, Status: Active, SetRef: true}},
		{"ticket: nobody's number, nobody, terms", Facts{JoinRequired: true, Ticket: &Ticket{Ref: "7"}},
			Decision{Verdict: Create, Status: Pending, SetRef: true}},
		{"ticket: nobody's number, nobody, a child", Facts{UnderAge: true, Ticket: &Ticket{Ref: "7"}}, no(ReasonUnderAge)},
		{"ticket: nobody's number, me without one", Facts{Known: me(Active), Ticket: &Ticket{Ref: "7"}},
			Decision{Verdict: SignIn, Status: Active, SetRef: true}},
		{"ticket: nobody's number, joining without one", Facts{Known: me(Pending), JoinRequired: true,
			Ticket: &Ticket{Ref: "7"}}, Decision{Verdict: SignIn, Status: Pending, SetRef: true}},
		{"ticket: nobody's number, suspended", Facts{Known: me(Disabled), Ticket: &Ticket{Ref: "7"}}, no(ReasonDisabled)},
		{"ticket: nobody's number, has left", Facts{Known: me(Withdrawn), Ticket: &Ticket{Ref: "7"}}, no(ReasonWithdrawn)},
		{"ticket: nobody's number, me with another", Facts{Known: person("me", Active, "8"), Ticket: &Ticket{Ref: "7"}},
			no(ReasonRefConflict)},
		{"ticket: nobody's number, joining with another",
			Facts{Known: person("me", Pending, "8"), Ticket: &Ticket{Ref: "7"}}, no(ReasonRefConflict)},
		{"ticket: nobody's number, suspended with another",
			Facts{Known: person("me", Disabled, "8"), Ticket: &Ticket{Ref: "7"}}, no(ReasonDisabled)},
		{"ticket: my number", Facts{Known: person("me", Active, "7"),
			Ticket: &Ticket{Ref: "7", Owner: person("me", Active, "7")}}, in(Active)},
		{"ticket: my number, suspended", Facts{Known: person("me", Disabled, "7"),
			Ticket: &Ticket{Ref: "7", Owner: person("me", Disabled, "7")}}, no(ReasonDisabled)},
		{"ticket: a member's number, nobody", Facts{JoinRequired: true,
			Ticket: &Ticket{Ref: "7", Owner: person("me", Active, "7")}}, Decision{Verdict: Link, Status: Active}},
		{"ticket: a member's number, nobody, full", Facts{Ticket: &Ticket{Ref: "7", Owner: person("me", Active, "7"),
			Identities: MaxIdentities}}, no(ReasonTooMany)},
		{"ticket: a member's number, joining", Facts{Known: you(Pending), JoinRequired: true,
			Ticket: &Ticket{Ref: "7", Owner: person("me", Active, "7")}},
			Decision{Verdict: Link, Status: Active, Displace: true}},
		{"ticket: a member's number, you", Facts{Known: you(Active),
			Ticket: &Ticket{Ref: "7", Owner: person("me", Active, "7")}}, no(ReasonRefConflict)},
		{"ticket: a member's number, you with another", Facts{Known: person("you", Active, "8"),
			Ticket: &Ticket{Ref: "7", Owner: person("me", Active, "7")}}, no(ReasonRefConflict)},
		{"ticket: a member's number, you suspended",
			Facts{Known: you(Disabled), Ticket: &Ticket{Ref: "7", Owner: person("me", Active, "7")}}, no(ReasonDisabled)},
		{"ticket: a suspended one's number", Facts{Ticket: &Ticket{Ref: "7", Owner: person("me", Disabled, "7")}},
			no(ReasonDisabled)},
		{"ticket: a suspended one's number, joining",
			Facts{Known: you(Pending), Ticket: &Ticket{Ref: "7", Owner: person("me", Disabled, "7")}}, no(ReasonDisabled)},
		{"ticket: the number of one who is joining", Facts{Ticket: &Ticket{Ref: "7", Owner: person("me", Pending, "7")}},
			no(ReasonRefConflict)},
	} {
		if got := Resolve(c.facts); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// What must hold whatever the facts are: nobody suspended or gone is let in or gains anything, nothing of a member's
// moves, and every refusal has a reason.
func TestResolve_Always(t *testing.T) {
	states := []Status{Active, Pending, Disabled, Withdrawn, "odd"}
	var known, holders []*User
	known, holders = append(known, nil), append(holders, nil)
	for _, st := range states {
		for _, ref := range []string{"", "7", "8"} {
			known = append(known, person("me", st, ref), person("you", st, ref))
		}
		holders = append(holders, person("me", st, ""), person("me", st, "7"))
	}
	questions := func(h *User) []Facts {
		owner := h
		if h != nil && h.Ref == "" {
			owner = nil
		}
		return []Facts{
			{}, {Expected: "me"}, {Linking: &Linking{Holder: h, Identities: 1}}, {Ticket: &Ticket{Ref: "7",
				Owner: owner}}, {Ticket: &Ticket{Owner: owner}},
		}
	}
	gone := func(u *User) bool { return u != nil && u.Status != Active && u.Status != Pending }
	n := 0
	for _, k := range known {
		for _, h := range holders {
			for _, f := range questions(h) {
				for flags := range 4 {
					f.Known, f.JoinRequired, f.UnderAge = k, flags&1 != 0, flags&2 != 0
					d, at := Resolve(f), fmt.Sprintf("known %+v, holder %+v, facts %+v", k, h, f)
					n++
					if (d.Verdict == Refuse) != (d.Reason != "") || (d.Verdict == Refuse) != (d.Status == "") {
						t.Errorf("%s: %+v", at, d)
					}
					if d.Verdict == Refuse {
						continue
					}
					if gone(k) || f.Linking != nil && (h == nil || h.Status != Active) || f.Ticket != nil &&
						gone(f.Ticket.Owner) && f.Known == nil {
						t.Errorf("%s: let in by %+v", at, d)
					}
					if d.Verdict == Link && (d.Displace != (k != nil) || k != nil && k.Status != Pending) {
						t.Errorf("%s: taken from somebody by %+v", at, d)
					}
					if d.SetRef && k != nil && k.Ref != "" {
						t.Errorf("%s: another number by %+v", at, d)
					}
					if (d.Verdict == Create) != (k == nil && d.Verdict != Link) {
						t.Errorf("%s: %+v", at, d)
					}
				}
			}
		}
	}
	if n < 4000 {
		t.Errorf("only %d questions asked", n)
	}
}
