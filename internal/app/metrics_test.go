package app_test

import (
	"strings"
	"testing"

	"github.com/norang-login/norang/kakao/kakaotest"
)

// Counters exist with the value 0 before anything is counted: Prometheus cannot see an increase from nothing to 1.
func TestCountersExistFromTheStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := w.metrics()
	for _, want := range []string{
		"norang_members_joined_total 0",
		"norang_logins_started_total 0",
		`norang_logins_finished_total{outcome="ok"} 0`,
		`norang_logins_finished_total{outcome="login.cancelled"} 0`,
		`norang_logins_finished_total{outcome="provider.unavailable"} 0`,
		`norang_limited_total{class="start"} 0`,
		`norang_limited_total{class="everybody"} 0`,
		`norang_limited_total{class="unknown"} 0`,
		"norang_signouts_total 0",
		"norang_ready 1",
		"norang_callbacks_working 0",
		"norang_callbacks_waiting 0",
	} {
		if !strings.Contains(body, "\n"+want+"\n") {
			t.Errorf("no line %q", want)
		}
	}
	if strings.Contains(body, `class=""`) {
		t.Error("a class without a name")
	}
}

// Without an age question and terms there is no join page; the user has joined all the same, once.
func TestJoinsWithoutJoinPageAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.member(kakaotest.PersonaRyan)
	w.member(kakaotest.PersonaRyan)
	w.member(kakaotest.PersonaApeach)
	if body := w.metrics(); !strings.Contains(body, "\nnorang_members_joined_total 2\n") {
		t.Errorf("two users joined:\n%s", body[strings.Index(body, "norang_members"):][:200])
	}
}

// A sign-out is counted once, also if its request is repeated without a session.
func TestSignOutsAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, _ := w.member(kakaotest.PersonaRyan)
	b.post("/auth/signout", nil)
	b.post("/auth/signout", nil)
	if body := w.metrics(); !strings.Contains(body, "\nnorang_signouts_total 1\n") {
		t.Error("one user signed out, norang_signouts_total is not 1")
	}
}
