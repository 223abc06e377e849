package events

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
)

// got returns what the app has accepted of the events with these numbers, in order of arrival.
func (s *scene) got(numbers ...int) []string {
	s.app.mu.Lock()
	defer s.app.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.app.got), func(id string) bool {
		return !slices.ContainsFunc(numbers, func(n int) bool { return id == fmt.Sprint("evt_", n) })
	})
}

// While the app takes long over an event of one user, the others get theirs, and the slow user's stay in order.
func TestSlowUserDelaysNoOther(t *testing.T) {
	t.Parallel()
	s := newScene(t, 0)
	s.addOf("slow", 2) // 1, 2
	for i := range 40 {
		s.addOf(account.ID(fmt.Sprint("fast", i)), 2) // 3 to 82
	}
	s.addOf("slow", 1) // 83
	others := make(chan struct{})
	left := 80
	s.app.before = func(_, user string) {
		if user == "slow" {
			<-others
			return
		}
		s.app.mu.Lock()
		defer s.app.mu.Unlock()
		if left--; left == 0 {
			close(others)
		}
	}
	s.run(t)
	if got := s.got(1, 2, 83); !slices.Equal(got, []string{"evt_1", "evt_2", "evt_83"}) || len(s.app.got) != 83 {
		t.Errorf("delivered %q of %d", got, len(s.app.got))
	}
	for i := range 40 {
		if got := s.got(3+2*i, 4+2*i); got[0] != fmt.Sprint("evt_", 3+2*i) {
			t.Errorf("out of order: %q", got)
		}
	}
}

// A call that takes long no longer holds up the position of the feed. If the process dies, the event comes again.
func TestSlowCallIsSetAside(t *testing.T) {
	t.Parallel()
	s := newScene(t, 0)
	s.addOf("slow", 1)
	s.addOf("fast", 1)
	s.addOf("slow", 1)
	answer := make(chan struct{})
	s.app.before = func(id, _ string) {
		if id == "evt_1" {
			<-answer
		}
	}
	c, err := s.ClaimDelivery(t.Context(), s.now, lease)
	if err != nil {
		t.Fatal(err)
	}
	r := newRound(s.d, c)
	if err := r.dispatch(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.settle(t.Context(), <-r.results)
	if r.claim.Position != 0 {
		t.Fatalf("position %d while the first event is under way", r.claim.Position)
	}
	r.lanes["slow"].began = r.lanes["slow"].began.Add(-2 * slow)
	r.setSlowAside()
	if err := r.save(t.Context(), s.now); err != nil {
		t.Fatal(err)
	}
	want := Hold{UserID: "slow", Next: 1, Due: s.now.Add(lease)}
	if s.state.Position != 3 || s.held["slow"] != want {
		t.Fatalf("saved %+v, %+v", s.state, s.held)
	}
	close(answer) // the process dies before it hears of it
	r.settle(t.Context(), <-r.results)
	s.now = s.now.Add(lease)
	s.run(t)
	if got := s.got(1, 2, 3); !slices.Equal(got, []string{"evt_2", "evt_1", "evt_1", "evt_3"}) || len(s.held) != 0 {
		t.Errorf("delivered %q, held %v", got, s.held)
	}
}

// Users with so many events that they are set aside while their first is under way delay no other.
func TestManyEventsOfBusyUsersDelayNoOther(t *testing.T) {
	t.Parallel()
	s := newScene(t, 0)
	for range maxQueue + 8 {
		for i := range maxFresh {
			s.addOf(account.ID(fmt.Sprint("busy", i)), 1)
		}
	}
	s.addOf("other", 1)
	last := len(s.feed)
	delivered := make(chan struct{})
	s.app.before = func(_, user string) {
		if user != "other" {
			<-delivered
		}
	}
	c, err := s.ClaimDelivery(t.Context(), s.now, lease)
	if err != nil {
		t.Fatal(err)
	}
	r := newRound(s.d, c)
	for r.read < int64(last) {
		if err := r.dispatch(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if want := (flights{fresh: 1, held: maxFresh}); r.flights != want {
		t.Errorf("under way: %+v, want %+v", r.flights, want)
	}
	if r.flights.fresh == 1 {
		r.settle(t.Context(), <-r.results)
	}
	if got := s.got(last); len(got) != 1 {
		t.Error("the other user's event was not delivered")
	}
	close(delivered)
	for range maxFresh {
		r.settle(t.Context(), <-r.results)
	}
	if r.flights != (flights{}) {
		t.Errorf("under way in the end: %+v", r.flights)
	}
}

// An event that the app never accepts holds up the later events of its user only, for as long as it takes.
func TestFailingUserDelaysNoOther(t *testing.T) {
	t.Parallel()
	s := newScene(t, 0)
	broken := true
	s.app.fails = func(user string) bool { return broken && user == "poison" }
	want := 0
	for i := range 3 * 24 {
		s.addOf("poison", 1)
		s.run(t)
		s.addOf(account.ID(fmt.Sprint("user", i)), 1)
		want++
		s.run(t)
		if len(s.app.got) != want {
			t.Fatalf("after %d hours: %d events delivered, want %d", i, len(s.app.got), want)
		}
		s.now = s.now.Add(time.Hour)
	}
	h := s.held["poison"]
	if h.Next != 1 || h.Failures < 3*24-1 || h.FailingSince != begin || h.LastError != "status 500" || len(s.held) != 1 {
		t.Errorf("held %+v", s.held)
	}
	log := s.log.String()
	if strings.Count(log, "later events of this user wait") != 1 || strings.Count(log, "\n") != 1 {
		t.Errorf("log:\n%s", log)
	}
	broken = false
	s.run(t)
	var all []string
	for i := range 3 * 24 {
		all = append(all, fmt.Sprint("evt_", 2*i+1))
	}
	if got := s.app.got[want:]; !slices.Equal(got, all) || len(s.held) != 0 {
		t.Errorf("then delivered %q, held %v", got, s.held)
	}
}

// If everything fails, the app is down: two attempts now and then, one warning an hour. Nothing is lost, and three
// events that it still refuses afterwards hold up no other user.
func TestAppDownForManyUsers(t *testing.T) {
	t.Parallel()
	s := newScene(t, 0)
	for i := range 300 {
		s.addOf(account.ID(fmt.Sprintf("user%03d", i)), 1)
	}
	down, poison := true, []string{"user000", "user001", "user002", "user150"}
	s.app.fails = func(user string) bool { return down || slices.Contains(poison, user) }
	s.run(t)
	if n := s.app.calls; n > maxFresh+downAfter {
		t.Errorf("%d calls at once to an app that is down", n)
	}
	if wait := s.due.Sub(s.now); wait < first/2 || wait > first {
		t.Errorf("then waits %v", wait)
	}
	began := s.app.calls
	for s.now.Before(begin.Add(6 * time.Hour)) {
		s.now = s.due
		s.run(t)
	}
	// 2, 4, 8 … seconds, then every five minutes at most, and half of that at least.
	if n := s.app.calls - began; n < 2*6*12 || n > 2*(6*24+20) {
		t.Errorf("%d attempts in 6 hours", n)
	}
	if lines := strings.Count(s.log.String(), "does not accept events"); lines < 6 || lines > 7 {
		t.Errorf("%d warnings in 6 hours", lines)
	}
	down = false
	for range 3 {
		s.now = s.due.Add(longest)
		s.run(t)
	}
	if n := len(s.app.got); n != 300-len(poison) || len(s.held) != len(poison) || s.state.Position != 300 {
		t.Errorf("%d delivered, %d held, %+v", n, len(s.held), s.state)
	}
	if !strings.Contains(s.log.String(), "the app accepts events again") {
		t.Error("the recovery is not logged")
	}
}

// No more users are set aside than the bound: then all wait, and nothing is lost.
func TestHoldsAreBounded(t *testing.T) {
	t.Parallel()
	s := newScene(t, 1)
	for i := range maxHolds {
		user := account.ID(fmt.Sprint("held", i))
		s.held[user] = Hold{UserID: user, Next: 1, Due: begin.Add(time.Hour)}
	}
	s.app.answer = func(_ int, w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) }
	s.run(t)
	if s.state.Position != 0 || len(s.held) != maxHolds || !s.due.After(s.now) {
		t.Errorf("position %d, %d held, due %v", s.state.Position, len(s.held), s.due)
	}
	s.app.answer, s.now = nil, s.due
	s.run(t)
	if !slices.Equal(s.app.got, ids(1, 1)) || s.state.Position != 1 {
		t.Errorf("then delivered %q, %+v", s.app.got, s.state)
	}
}

// An event that expires while its user is set aside is reported, and the later ones follow.
func TestExpiredEventOfHoldIsReportedAsMissed(t *testing.T) {
	t.Parallel()
	s := newScene(t, 3)
	s.app.answer = func(_ int, w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) }
	s.run(t)
	s.app.answer, s.swept, s.now = nil, 2, s.now.Add(longest)
	s.run(t)
	if !slices.Equal(s.app.got, ids(3, 3)) || s.outcomes[Missed] != 1 || len(s.held) != 0 ||
		!strings.Contains(s.log.String(), "event expired") {
		t.Errorf("delivered %q, %v, held %v", s.app.got, s.outcomes, s.held)
	}
}

// What was delivered and not saved comes again with the same ids, in order.
func TestUnsavedDeliveryIsRepeated(t *testing.T) {
	t.Parallel()
	s := newScene(t, 3)
	s.broken = errors.New("disk full")
	if err := s.d.turn(t.Context()); !errors.Is(err, s.broken) {
		t.Fatal(err)
	}
	s.broken = nil
	s.run(t)
	if len(s.app.got) != 3 {
		t.Fatalf("delivered under the lease of the process that died: %q", s.app.got)
	}
	s.now = s.now.Add(lease)
	s.run(t)
	if want := append(ids(1, 3), ids(1, 3)...); !slices.Equal(s.app.got, want) {
		t.Errorf("delivered %q", s.app.got)
	}
}
