package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/operator"
)

var directoryTests = []test{
	{"LookupOfManySelectorsInOrder", lookUpMany},
	{"ReadUsersInOrder", readMany},
	{"UsersByEmail", byEmail},
	{"RecordsOfManyUsers", recordMany},
	{"PatchUser", patchOne},
	{"PatchThatIsRefusedChangesNothing", patchRefused},
	{"AP03_ParallelPatchesKeepAllMembers", patchInParallel},
}

var serverKey = audit.Actor{Kind: audit.KindAPIKey, ID: "01932b1c", Client: origin}

func lookUpMany(t *testing.T, w world) {
	var selectors []operator.Selector
	var want [][]account.ID
	add := func(text string, ids ...account.ID) {
		s, err := operator.ParseSelector(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		selectors, want = append(selectors, s), append(want, ids)
	}
	for i := range 7 {
		p := w.signIn(t, fmt.Sprint(i+1))
		if err := w.Store.SetRef(t.Context(), p.User.ID, fmt.Sprint("r", i), noon); err != nil {
			t.Fatal(err)
		}
		add(string(p.User.ID), p.User.ID)
		add(fmt.Sprint("ref:r", i), p.User.ID)
		add(fmt.Sprint("kakao:", i+1), p.User.ID)
		add(fmt.Sprint("kakao:123456:", i+1), p.User.ID)
		add(fmt.Sprint("kakao:9:", i+1))
		add("id:" + newID(t))
		add(fmt.Sprint("ref:", i))
		add(fmt.Sprint("naver:", i+1))
		add("ref:r\xff")
	}
	c := w.completion(t, "1")
	c.Key.Namespace = "654321"
	elsewhere := w.finish(t, c).Principal.User.ID
	add("kakao:654321:1", elsewhere)
	want[2] = []account.ID{want[0][0], elsewhere} // kakao:1
	slices.Sort(want[2])
	for len(selectors) < 150 { // more than one statement takes
		add("kakao:" + fmt.Sprint(1000+len(selectors)))
	}
	var known [][]account.ID
	got, users, err := w.Other.Lookup(t.Context(), selectors, func(ids []account.ID) { known = append(known, ids) })
	if err != nil {
		t.Fatal(err)
	}
	var once []account.ID // those that are the only match
	for i, s := range selectors {
		if !slices.Equal(got[i], want[i]) {
			t.Errorf("%s: %v, want %v", s, got[i], want[i])
		}
		if len(want[i]) == 1 && !slices.Contains(once, want[i][0]) {
			once = append(once, want[i][0])
		}
	}
	if len(known) != 1 || !slices.Equal(known[0], once) {
		t.Errorf("known: %v, want once %v", known, once)
	}
	read, err := w.Other.ReadUsers(t.Context(), once)
	if err != nil || len(read) != len(once) {
		t.Fatalf("%d users, want %d: %v", len(read), len(once), err)
	}
	if diff := cmp.Diff(read, users); diff != "" {
		t.Errorf("users (-read +looked up):\n%s", diff)
	}
	none := false
	got, users, err = w.Other.Lookup(t.Context(), nil, func(ids []account.ID) { none = len(ids) == 0 })
	if len(got)+len(users) != 0 || err != nil || !none {
		t.Errorf("nothing: %v, %v, %v, %v", got, users, err, none)
	}
}

func readMany(t *testing.T, w world) {
	a, b := w.signIn(t, "1"), w.signIn(t, "2")
	w.signIn(t, "3")
	got, err := w.Other.ReadUsers(t.Context(), []account.ID{b.User.ID, account.ID(newID(t)), a.User.ID, "\xff", ""})
	if err != nil {
		t.Fatal(err)
	}
	want := []operator.User{
		{User: b.User, Identities: []account.Identity{b.Identity}},
		{User: a.User, Identities: []account.Identity{a.Identity}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got, err := w.Other.ReadUsers(t.Context(), nil); len(got) != 0 || err != nil {
		t.Errorf("nothing: %v, %v", got, err)
	}
}

// A list is recorded for each user, however many there are, and with every value that the record of one has.
func recordMany(t *testing.T, w world) {
	for _, n := range []int{1, 8, 9, 150} {
		before := len(accessRecords(t, w))
		var all []audit.Event
		var want [][]string
		for range n {
			id := newID(t)
			e, _ := serverKey.Access(audit.Access{
				At: noon, Kind: audit.UserList, UserID: id, Outcome: audit.Done, Detail: "status=\"active\" revealed",
			})
			e.Reason = "a 'reason'"
			all = append(all, e)
			want = append(want, []string{
				"access.user.list", "key:01932b1c", id, e.Reason, "done", e.Detail, origin.Address,
			})
		}
		if n == 9 { // one record differs
			all[4].Outcome, want[4][4] = audit.NotFound, "not_found"
		}
		if err := w.Store.Record(t.Context(), all); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, accessRecords(t, w)[before:]); diff != "" {
			t.Errorf("%d records (-want +got):\n%s", n, diff)
		}
	}
	list := "SELECT DISTINCT class, at, user_agent, request_id, session_id FROM audit_log WHERE kind = 'access.user.list'"
	diff(t, w.Query(t, list), [][]string{{"access", millisText(noon), origin.UserAgent, origin.RequestID, "NULL"}})
}

func byEmail(t *testing.T, w world) {
	var same []account.ID
	for i := range 5 {
		c := w.completion(t, fmt.Sprint(i))
		switch i {
		case 3:
			c.Profile.Email = "muzi@example.com"
		case 4:
			c.Profile.Email, c.Profile.EmailState = "", account.EmailNone
		}
		id := w.finish(t, c).Principal.User.ID
		if i < 3 {
			same = append(same, id)
		}
	}
	slices.Sort(same)
	for _, c := range []struct {
		f    operator.EmailFilter
		want []account.ID
	}{
		{operator.EmailFilter{Email: "ryan@example.com", Limit: 10}, same},
		{operator.EmailFilter{Email: "ryan@example.com", Limit: 2}, same[:2]},
		{operator.EmailFilter{Email: "ryan@example.com", Limit: 10, After: same[0]}, same[1:]},
		{operator.EmailFilter{Email: "RYAN@example.com", Limit: 10}, nil},
		{operator.EmailFilter{Email: "ryan@example", Limit: 10}, nil},
		{operator.EmailFilter{Email: "%", Limit: 10}, nil},
		{operator.EmailFilter{Email: "", Limit: 10}, nil},
		{operator.EmailFilter{Email: "ryan\x00@example.com", Limit: 10}, nil},
	} {
		if got, err := w.Other.UsersByEmail(t.Context(), c.f); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v, %v, want %v", c.f, got, err, c.want)
		}
	}
}

func patchOne(t *testing.T, w world) {
	p := w.signIn(t, "1")
	id := string(p.User.ID)
	ref := func(s string) *string { return &s }
	for _, c := range []struct {
		patch   account.Patch
		ref     string
		meta    string
		outcome string
		detail  string
	}{
		{account.Patch{Ref: ref("10482")}, "10482", "", "done", "ref"},
		{account.Patch{Meta: []byte(`{"plan":"pro","seats":3}`)}, "10482", `{"plan":"pro","seats":3}`, "done", "meta"},
		{account.Patch{Meta: []byte(`{"seats":3}`)}, "10482", `{"plan":"pro","seats":3}`, "unchanged", "NULL"},
		{account.Patch{Ref: ref("7"), Meta: []byte(`{"seats":null}`)}, "7", `{"plan":"pro"}`, "done", "ref meta"},
		{account.Patch{}, "7", `{"plan":"pro"}`, "unchanged", "NULL"},
		{account.Patch{Ref: ref(""), Meta: []byte(`null`)}, "", "", "done", "ref meta"},
	} {
		before := w.count(t, "events")
		c.patch.UserID, c.patch.At, c.patch.Actor = p.User.ID, noon, serverKey
		got, err := w.Store.PatchUser(t.Context(), c.patch)
		if err != nil || got.Ref != c.ref || string(got.Meta) != c.meta {
			t.Fatalf("%+v: %+v, %v", c.patch, got, err)
		}
		if u, err := w.Other.UserByID(t.Context(), p.User.ID); err != nil || u.Ref != c.ref || string(u.Meta) != c.meta {
			t.Errorf("%+v: stored %+v, %v", c.patch, u, err)
		}
		all := accessRecords(t, w)
		if diff := cmp.Diff([]string{"access.user.update", "key:01932b1c", id, "NULL", c.outcome, c.detail, origin.Address},
			all[len(all)-1]); diff != "" {
			t.Error(diff)
		}
		emitted := 0
		if c.outcome == "done" {
			emitted = 1
		}
		if n := w.count(t, "events") - before; n != emitted {
			t.Errorf("%+v: %d events, want %d", c.patch, n, emitted)
		}
	}
}

func patchRefused(t *testing.T, w world) {
	a, b := w.signIn(t, "1").User.ID, w.signIn(t, "2").User.ID
	ref := func(s string) *string { return &s }
	if err := w.Store.SetRef(t.Context(), a, "1", noon); err != nil {
		t.Fatal(err)
	}
	records := len(accessRecords(t, w))
	large := []byte(`{"a":"` + strings.Repeat("x", account.MaxMeta) + `"}`)
	for name, c := range map[string]struct {
		patch account.Patch
		want  error
	}{
		"a taken ref":     {account.Patch{UserID: b, Ref: ref("1"), Meta: []byte(`{"a":1}`)}, account.ErrRefTaken},
		"large meta":      {account.Patch{UserID: b, Ref: ref("2"), Meta: large}, account.ErrMetaTooLarge},
		"invalid meta":    {account.Patch{UserID: b, Ref: ref("2"), Meta: []byte(`[]`)}, account.ErrInvalidMeta},
		"an invalid ref":  {account.Patch{UserID: b, Ref: ref("\xff")}, account.ErrInvalidRef},
		"an unknown user": {account.Patch{UserID: account.ID(newID(t)), Ref: ref("2")}, account.ErrNotFound},
	} {
		c.patch.At, c.patch.Actor = noon, serverKey
		if _, err := w.Store.PatchUser(t.Context(), c.patch); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if u, err := w.Other.UserByID(t.Context(), b); err != nil || u.Ref != "" || u.Meta != nil {
		t.Errorf("%+v, %v", u, err)
	}
	if n := len(accessRecords(t, w)); n != records {
		t.Errorf("%d access records of transactions that failed", n-records)
	}
}

// AP-03: 50 patches of different members at the same time.
func patchInParallel(t *testing.T, w world) {
	id := w.signIn(t, "1").User.ID
	want := map[string]bool{}
	var all sync.WaitGroup
	for i := range 50 {
		member := fmt.Sprintf(`"m%02d":%d`, i, i)
		want[member] = true
		st := replica(w, i)
		all.Go(func() {
			p := account.Patch{UserID: id, Meta: []byte("{" + member + "}"), At: noon, Actor: serverKey}
			if _, err := st.PatchUser(t.Context(), p); err != nil {
				t.Errorf("%s: %v", member, err)
			}
		})
	}
	all.Wait()
	u, err := w.Other.UserByID(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for member := range want {
		if !strings.Contains(string(u.Meta), member) {
			t.Errorf("%s is lost: %s", member, u.Meta)
		}
	}
}
