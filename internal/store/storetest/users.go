package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/session"
)

var userTests = []test{
	{"NamespacesOfProviders", namespaces},
	{"UnknownUser", unknownUser},
	{"SE14_DisablingEndsAllSessions", disabling},
	{"EnablingRestoresTheStatus", enabling},
	{"RefIsUnique", refs},
	{"StatusesAreFixed", statuses},
	{"MembersView", membersView},
	{"AuditIsAppendOnly", auditFixed},
}

func unknownUser(t *testing.T, w world) {
	if u, err := w.Store.UserByID(t.Context(), "nobody"); u != nil || !errors.Is(err, account.ErrNotFound) {
		t.Errorf("UserByID = %v, %v", u, err)
	}
	if err := w.Store.SetDisabled(t.Context(), account.StatusChange{UserID: "nobody", Disabled: true,
		At: noon}); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("SetDisabled: %v", err)
	}
	if err := w.Store.SetRef(t.Context(), "nobody", "1", noon); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("SetRef: %v", err)
	}
}

func disabling(t *testing.T, w world) {
	a, b := w.signIn(t, "1"), w.signIn(t, "1")
	_, cursor, err := w.Other.Changes(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	w.disable(t, a.User.ID)
	for _, k := range []session.Key{a.Session.Key, b.Session.Key} {
		if _, err := w.Other.Principal(t.Context(), k); !errors.Is(err, session.ErrNone) {
			t.Errorf("session of a disabled user: %v", err)
		}
	}
	changes, _, err := w.Other.Changes(t.Context(), cursor)
	if err != nil || len(changes) == 0 || changes[0].UserID != a.User.ID {
		t.Errorf("feed says %v, %v", changes, err)
	}
	diff(t, w.Query(t, "SELECT class, actor, reason FROM audit_log WHERE kind = 'user.disabled'"),
		[][]string{{"access", "operator:test", "abuse"}})
}

func enabling(t *testing.T, w world) {
	for subject, p := range map[string]*session.Principal{"1": w.signIn(t, "1"), "2": w.signInPending(t, "2")} {
		want := p.User.Status
		w.disable(t, p.User.ID)
		for range 2 {
			if err := w.Store.SetDisabled(t.Context(), account.StatusChange{UserID: p.User.ID, At: noon,
				Actor: audit.Operator("test", "", audit.Client{})}); err != nil {
				t.Fatal(err)
			}
		}
		if u, err := w.Store.UserByID(t.Context(), p.User.ID); err != nil || u.Status != want {
			t.Errorf("%s: user = %+v, %v, want %s", subject, u, err, want)
		}
	}
}

func refs(t *testing.T, w world) {
	ctx := t.Context()
	a, b := w.signIn(t, "1").User.ID, w.signIn(t, "2").User.ID
	set := func(id account.ID, ref string) error { return w.Store.SetRef(ctx, id, ref, noon) }
	if err := set(a, "10482"); err != nil {
		t.Fatal(err)
	}
	if err := set(a, "10482"); err != nil {
		t.Errorf("the same again: %v", err)
	}
	if err := set(b, "10482"); !errors.Is(err, account.ErrRefTaken) {
		t.Errorf("a second owner: %v", err)
	}
	for _, ref := range []string{"1\x00", "\xff", "1\ufffd", strings.Repeat("1", account.MaxRef+1)} {
		if err := set(b, ref); err == nil {
			t.Errorf("%.20q is accepted", ref)
		}
	}
	if err := set(a, ""); err != nil {
		t.Errorf("taken away: %v", err)
	}
	if err := set(b, "10482"); err != nil {
		t.Errorf("after that: %v", err)
	}
	if u, err := w.Store.UserByID(ctx, b); err != nil || u.Ref != "10482" {
		t.Errorf("user = %+v, %v", u, err)
	}
}

func statuses(t *testing.T, w world) {
	w.signIn(t, "1")
	if err := w.Exec("UPDATE users SET status = 'admin'"); err == nil {
		t.Error("a status that does not exist was stored")
	}
	for _, meta := range []string{"'no json'", "'[]'", "'{\"a\":\"" + strings.Repeat("x", 4096) + "\"}'"} {
		if err := w.Exec("UPDATE users SET meta = " + meta); err == nil {
			t.Errorf("meta %.20s was stored", meta)
		}
	}
	if err := w.Exec("INSERT INTO identities (id, user_id, provider, app, subject, email_state, linked_at, seen_at) " +
		"SELECT '000000000000000000000000000000000000', user_id, provider, app, subject, 0, 0, 0 FROM " +
		"identities"); err == nil {
		t.Error("one identity was stored twice")
	}
}

func membersView(t *testing.T, w world) {
	w.signInPending(t, "3")
	a := w.signIn(t, "1")
	if err := w.Store.SetRef(t.Context(), a.User.ID, "10482", noon); err != nil {
		t.Fatal(err)
	}
	c := w.completion(t, "2")
	c.Profile = account.Profile{Email: "x@example.com", EmailState: account.EmailUnverified}
	b := w.finish(t, c).Principal
	w.disable(t, b.User.ID)
	diff(t, w.Query(t, "SELECT id, ref, status, nickname, picture, email, provider, app, subject FROM "+w.Members+" "+
		"ORDER BY subject"), [][]string{
		{string(a.User.ID), "10482", "active", "라이언", "https://k.example/p.jpg", "ryan@example.com", "kakao", "123456", "1"},
		{string(b.User.ID), "NULL", "disabled", "NULL", "NULL", "NULL", "kakao", "123456", "2"},
	})
	if n := w.count(t, w.Members+" WHERE created_at IS NULL OR joined_at IS NULL"); n != 0 {
		t.Errorf("%d users without times", n)
	}
}

func auditFixed(t *testing.T, w world) {
	w.signIn(t, "1")
	n := w.count(t, "audit_log")
	for _, q := range []string{
		"UPDATE audit_log SET reason = 'x'", "DELETE FROM audit_log",
		"UPDATE audit_retention SET before = -1", "DELETE FROM audit_retention",
	} {
		if err := w.Exec(q); err == nil {
			t.Errorf("%s: was done", q)
		}
	}
	if _, err := w.Store.Sweep(t.Context(), noon.Add(30*24*time.Hour), 10); err != nil {
		t.Fatal(err)
	}
	if got := w.count(t, "audit_log"); got < n || n == 0 {
		t.Errorf("%d lines, were %d", got, n)
	}
}

func namespaces(t *testing.T, w world) {
	if all, err := w.Store.Namespaces(t.Context()); err != nil || len(all) > 0 {
		t.Errorf("of an empty database: %v, %v", all, err)
	}
	for i, app := range []string{"123456", "1000010", "9", "123456"} {
		c := w.completion(t, fmt.Sprint(i))
		c.Key.Namespace = app
		w.finish(t, c)
	}
	want := []account.Key{
		{Provider: "idp", Namespace: "https://id.test/b c"}, {Provider: "kakao", Namespace: "1000010"},
		{Provider: "kakao", Namespace: "123456"}, {Provider: "kakao", Namespace: "9"}, {Provider: "pear", Namespace: "TEAM"},
	}
	for _, k := range []account.Key{want[4], want[0]} {
		other := w.completion(t, "1")
		other.Key.Provider, other.Key.Namespace = k.Provider, k.Namespace
		w.finish(t, other)
	}
	all, err := w.Other.Namespaces(t.Context())
	if diff := cmp.Diff(want, all); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
