package account

import (
	"fmt"
	"testing"
)

// The users of the table: me and you, in every status and in an unknown one.
func person(id ID, st Status, ref string) *User { return &User{ID: id, Status: st, Ref: ref} }

func no(r Reason) Decision { return Decision{Reason: r} }

// TestResolve is the whole truth table: sign-ins, then linking, then link tickets.
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
		{"new user", Facts{}, create(Active)},
		{"new user, joining required", Facts{JoinRequired: true}, create(Pending)},
		{"new user, under age", Facts{JoinRequired: true, UnderAge: true}, no(ReasonUnderAge)},
		{"a member", Facts{Known: me(Active)}, in(Active)},
		{"active user, joining required", Facts{Known: me(Active), JoinRequired: true}, in(Active)},
		{"active user, under age", Facts{Known: me(Active), UnderAge: true}, in(Active)},
		{"pending user", Facts{Known: me(Pending), JoinRequired: true}, in(Pending)},
		{"pending user, joining not required", Facts{Known: me(Pending)}, in(Active)},
		{"pending user, under age", Facts{Known: me(Pending), UnderAge: true}, no(ReasonUnderAge)},
		{"disabled", Facts{Known: me(Disabled)}, no(ReasonDisabled)},
		{"withdrawn", Facts{Known: me(Withdrawn)}, no(ReasonWithdrawn)},
		{"unknown status", Facts{Known: me(odd)}, no(ReasonUnknownStatus)},

		{"new user, not asked", Facts{Silent: true}, no(ReasonNotAsked)},
		{"pending user, not asked", Facts{Known: me(Pending), Silent: true}, no(ReasonNotAsked)},
		{"active user, not asked", Facts{Known: me(Active), Silent: true}, in(Active)},
		{"disabled, not asked", Facts{Known: me(Disabled), Silent: true}, no(ReasonDisabled)},

		{"me again", Facts{Known: me(Active), Expected: "me"}, in(Active)},
		{"me again, disabled meanwhile", Facts{Known: me(Disabled), Expected: "me"}, no(ReasonDisabled)},
		{"new user instead of me", Facts{Expected: "me"}, no(ReasonOtherPerson)},
		{"you instead of me", Facts{Known: you(Active), Expected: "me"}, no(ReasonOtherPerson)},
		{"disabled user instead of me", Facts{Known: you(Disabled), Expected: "me"},
			no(ReasonOtherPerson)}, // whose status is not revealed

		{"link: unused identity", Facts{Linking: &Linking{Holder: me(Active), Identities: 1}},
			Decision{Verdict: Link, Status: Active}},
		{"link: unused identity, too many", Facts{Linking: &Linking{Holder: me(Active), Identities: MaxIdentities}},
			no(ReasonTooMany)},
		{"link: unused identity, the last one allowed",
			Facts{Linking: &Linking{Holder: me(Active), Identities: MaxIdentities - 1}},
			Decision{Verdict: Link, Status: Active}},
		{"link: mine", Facts{Known: me(Active), Linking: &Linking{Holder: me(Active), Identities: MaxIdentities}},
			no(ReasonAlreadyYours)},
		{"link: yours", Facts{Known: you(Active), Linking: &Linking{Holder: me(Active)}}, no(ReasonOwned)},
		{"link: yours, pending", Facts{Known: you(Pending), Linking: &Linking{Holder: me(Active)}},
			Decision{Verdict: Link, Status: Active, Displace: true}},
		{"link: yours, disabled", Facts{Known: you(Disabled), Linking: &Linking{Holder: me(Active)}},
			no(ReasonDisabled)},
		{"link: yours, withdrawn", Facts{Known: you(Withdrawn), Linking: &Linking{Holder: me(Active)}},
			no(ReasonWithdrawn)},
		{"link: yours, unknown status", Facts{Known: you(odd), Linking: &Linking{Holder: me(Active)}},
			no(ReasonUnknownStatus)},
		{"link: signed out meanwhile", Facts{Linking: &Linking{}}, no(ReasonNotSignedIn)},
		{"link: signed out meanwhile, yours", Facts{Known: you(Active), Linking: &Linking{}}, no(ReasonNotSignedIn)},
		{"link: I am pending", Facts{Linking: &Linking{Holder: me(Pending)}}, no(ReasonNotSignedIn)},
		{"link: I am disabled", Facts{Linking: &Linking{Holder: me(Disabled)}}, no(ReasonDisabled)},
		{"link: I am disabled, mine", Facts{Known: me(Disabled), Linking: &Linking{Holder: me(Disabled)}},
			no(ReasonDisabled)},
		{"link: I am withdrawn", Facts{Linking: &Linking{Holder: me(Withdrawn)}}, no(ReasonWithdrawn)},
		{"link: I am unknown status", Facts{Linking: &Linking{Holder: me(odd)}}, no(ReasonUnknownStatus)},

		{"ticket: used", Facts{Ticket: &Ticket{}}, no(ReasonTicket)},
		{"ticket: used, known", Facts{Known: me(Active), Ticket: &Ticket{}}, no(ReasonTicket)},
		{"ticket: unused ref, new user", Facts{Ticket: &Ticket{Ref: "7"}},
			Decision{Verdict: Create, Status: Active, SetRef: true}},
		{"ticket: unused ref, new user, joining required", Facts{JoinRequired: true, Ticket: &Ticket{Ref: "7"}},
			Decision{Verdict: Create, Status: Pending, SetRef: true}},
		{"ticket: unused ref, new user, under age", Facts{UnderAge: true, Ticket: &Ticket{Ref: "7"}}, no(ReasonUnderAge)},
		{"ticket: unused ref, me without one", Facts{Known: me(Active), Ticket: &Ticket{Ref: "7"}},
			Decision{Verdict: SignIn, Status: Active, SetRef: true}},
		{"ticket: unused ref, pending without one", Facts{Known: me(Pending), JoinRequired: true,
			Ticket: &Ticket{Ref: "7"}}, Decision{Verdict: SignIn, Status: Pending, SetRef: true}},
		{"ticket: unused ref, disabled", Facts{Known: me(Disabled), Ticket: &Ticket{Ref: "7"}}, no(ReasonDisabled)},
		{"ticket: unused ref, withdrawn", Facts{Known: me(Withdrawn), Ticket: &Ticket{Ref: "7"}}, no(ReasonWithdrawn)},
		{"ticket: unused ref, me with another", Facts{Known: person("me", Active, "8"), Ticket: &Ticket{Ref: "7"}},
			no(ReasonRefConflict)},
		{"ticket: unused ref, pending with another",
			Facts{Known: person("me", Pending, "8"), Ticket: &Ticket{Ref: "7"}}, no(ReasonRefConflict)},
		{"ticket: unused ref, disabled with another",
			Facts{Known: person("me", Disabled, "8"), Ticket: &Ticket{Ref: "7"}}, no(ReasonDisabled)},
		{"ticket: own ref", Facts{Known: person("me", Active, "7"),
			Ticket: &Ticket{Ref: "7", Owner: person("me", Active, "7")}}, in(Active)},
		{"ticket: own ref, disabled", Facts{Known: person("me", Disabled, "7"),
			Ticket: &Ticket{Ref: "7", Owner: person("me", Disabled, "7")}}, no(ReasonDisabled)},
		{"ticket: an active user's ref, new user", Facts{JoinRequired: true,
			Ticket: &Ticket{Ref: "7", Owner: person("me", Active, "7")}}, Decision{Verdict: Link, Status: Active}},
		{"ticket: an active user's ref, new user, full", Facts{Ticket: &Ticket{Ref: "7", Owner: person("me", Active, "7"),
			Identities: MaxIdentities}}, no(ReasonTooMany)},
		{"ticket: an active user's ref, pending", Facts{Known: you(Pending), JoinRequired: true,
			Ticket: &Ticket{Ref: "7", Owner: person("me", Active, "7")}},
			Decision{Verdict: Link, Status: Active, Displace: true}},
		{"ticket: an active user's ref, you", Facts{Known: you(Active),
			Ticket: &Ticket{Ref: "7", Owner: person("me", Active, "7")}}, no(ReasonRefConflict)},
		{"ticket: an active user's ref, you with another", Facts{Known: person("you", Active, "8"),
			Ticket: &Ticket{Ref: "7", Owner: person("me", Active, "7")}}, no(ReasonRefConflict)},
		{"ticket: an active user's ref, you disabled",
			Facts{Known: you(Disabled), Ticket: &Ticket{Ref: "7", Owner: person("me", Active, "7")}}, no(ReasonDisabled)},
		{"ticket: a disabled user's ref", Facts{Ticket: &Ticket{Ref: "7", Owner: person("me", Disabled, "7")}},
			no(ReasonDisabled)},
		{"ticket: a disabled user's ref, pending",
			Facts{Known: you(Pending), Ticket: &Ticket{Ref: "7", Owner: person("me", Disabled, "7")}}, no(ReasonDisabled)},
		{"ticket: a pending user's ref", Facts{Ticket: &Ticket{Ref: "7", Owner: person("me", Pending, "7")}},
			no(ReasonRefConflict)},
	} {
		if got := Resolve(c.facts); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// For all facts, no disabled or withdrawn user signs in or gains anything, nothing of an active user moves,
// and every refusal has a reason.
func TestResolveInvariants(t *testing.T) {
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
						t.Errorf("%s: taken from another user by %+v", at, d)
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
		t.Errorf("only %d cases", n)
	}
}
