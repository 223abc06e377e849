package alert

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/figures"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestDecide(t *testing.T) {
	t.Parallel()
	codes := func(pairs ...any) map[string]int64 {
		m := map[string]int64{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i].(string)] = int64(pairs[i+1].(int))
		}
		return m
	}
	week := Outcomes{900, codes("login.cancelled", 80, "provider.unavailable", 20)}
	spike := func(signIns int64, failures map[string]int64, before Outcomes) Facts {
		return Facts{Recent: Outcomes{signIns, failures}, Before: before}
	}
	notices := func(count int64, history, silence time.Duration, signIns int64) Facts {
		last := noon.Add(-silence)
		return Facts{Notices: []Notices{{"p", last.Add(-history), last, count, signIns}}}
	}
	const aDay = 24 * time.Hour
	for name, c := range map[string]struct {
		f    Facts
		want string // kinds, with codes
	}{
		"nothing":            {Facts{}, ""},
		"nobody returns":     {Facts{Funnels: []figures.Finding{{Alarm: figures.NobodyReturns}}}, "sign_ins_not_returning"},
		"jobs":               {Facts{DeadJobs: 1}, "jobs_dead"},
		"no provider notice": {Facts{Notices: []Notices{{Provider: "p"}}}, ""},

		"a spike": {
			spike(30, codes("provider.unavailable", 10), week),
			"failures_spiked provider.unavailable",
		},
		"nine":                  {spike(0, codes("provider.unavailable", 9), week), ""},
		"less than a fifth":     {spike(41, codes("provider.unavailable", 10), week), ""},
		"users cancel more":     {spike(74, codes("login.cancelled", 26), week), "failures_spiked login.cancelled"},
		"users cancel as usual": {spike(77, codes("login.cancelled", 23), week), ""},
		"no week, users cancel": {spike(0, codes("login.cancelled", 50), Outcomes{}), ""},
		"no week, the provider": {spike(0, codes("provider.client", 10), Outcomes{}), "failures_spiked provider.client"},
		"a new code": {
			spike(0, codes("login.state_missing", 10), week),
			"failures_spiked login.state_missing",
		},
		"as it was all week":         {Facts{Recent: Outcomes{0, codes("x", 10)}, Before: Outcomes{0, codes("x", 1000)}}, ""},
		"two codes, the worst first": {spike(0, codes("a", 10, "b", 30), week), "failures_spiked b a"},

		"events, for a moment": {Facts{Events: Events{14 * time.Minute, 0, 9}}, ""},
		"events":               {Facts{Events: Events{15 * time.Minute, 0, 3}}, "events_failing"},
		"events of two users":  {Facts{Events: Events{59 * time.Minute, 59 * time.Minute, 2}}, ""},
		"an event for an hour": {Facts{Events: Events{0, time.Hour, 1}}, "events_failing"},

		"a silent webhook":          {notices(28, 28*aDay, 10*aDay, 10), "provider_notices_silent"},
		"not yet":                   {notices(28, 28*aDay, 10*aDay-time.Hour, 10), ""},
		"often, then nothing":       {notices(1000, 28*aDay, aDay, 10), "provider_notices_silent"},
		"often, for some hours":     {notices(1000, 28*aDay, 23*time.Hour, 10), ""},
		"too few sign-ins":          {notices(1000, 28*aDay, 5*aDay, 9), ""},
		"many at once, long ago":    {notices(1000, time.Hour, 20*aDay, 100), ""},
		"nine in four weeks before": {notices(9, 9*aDay, 22*aDay, 100), ""},
	} {
		var got []string
		for _, found := range Decide(c.f, noon) {
			got = append(got, string(found.Kind))
			for _, code := range found.Codes {
				got = append(got, code.Code)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// timeline feeds Advance minute by minute. Every message is sent at once unless fails says otherwise.
func timeline(minutes int, holds func(minute int) bool, fails func(minute int) bool) (sent []string) {
	var states []State
	for m := range minutes {
		now := noon.Add(time.Duration(m) * time.Minute)
		var all []Condition
		if holds(m) {
			all = append(all, Condition{Kind: JobsDead})
		}
		states = Advance(states, all, now, func(e Event, _ Condition, _, _ time.Time) string { return string(e) })
		for i := range states {
			s := &states[i]
			if s.Pending == "" || s.Due.After(now) {
				continue
			}
			message := s.Pending
			var err error
			if fails(m) {
				err = errFailed
			}
			switch givenUp := s.sent(err, now); {
			case givenUp:
				sent = append(sent, "given up")
			case err == nil:
				sent = append(sent, now.Format("15:04 ")+message)
			}
		}
	}
	return sent
}

var errFailed = &failure{}

type failure struct{}

func (*failure) Error() string { return "failed" }

func TestAdvance(t *testing.T) {
	t.Parallel()
	const aDay = 24 * 60
	never := func(int) bool { return false }
	before := func(n int) func(int) bool { return func(m int) bool { return m < n } }
	for name, c := range map[string]struct {
		minutes      int
		holds, fails func(int) bool
		want         []string
	}{
		"nothing": {100, never, never, nil},
		"an hour": {200, before(60), never, []string{"12:00 alert.raised", "13:29 alert.resolved"}},
		"comes and goes": {300, func(m int) bool { return m < 200 && m%20 == 0 }, never,
			[]string{"12:00 alert.raised", "15:30 alert.resolved"}},
		"two days": {2*aDay + 1, before(3 * aDay), never,
			[]string{"12:00 alert.raised", "12:00 alert.repeated", "12:00 alert.repeated"}},
		"twice": {300, func(m int) bool { return m < 10 || m >= 100 && m < 110 }, never, []string{
			"12:00 alert.raised", "12:39 alert.resolved", "13:40 alert.raised", "14:19 alert.resolved",
		}},
		"the receiver comes back":             {60, before(60), before(20), []string{"12:31 alert.raised"}},
		"over before the receiver comes back": {500, before(10), before(100), nil},
		"the receiver is gone":                {aDay, before(3 * aDay), before(3 * aDay), []string{"given up"}},
		"begins again before the end was sent": {100, func(m int) bool { return m < 10 || m >= 45 },
			func(m int) bool { return m >= 35 && m < 60 }, []string{"12:00 alert.raised"}},
	} {
		got := timeline(c.minutes, c.holds, c.fails)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A condition that held while the clock was ahead is over half an hour after the correction.
func TestEndAfterTheClockWasAhead(t *testing.T) {
	t.Parallel()
	compose := func(e Event, _ Condition, _, _ time.Time) string { return string(e) }
	fast := noon.Add(9 * time.Hour)
	states := []State{{Kind: JobsDead, Since: fast, HeldAt: fast, SentAt: fast}}
	states = Advance(states, nil, noon, compose)
	if len(states) != 1 || states[0].Over {
		t.Fatalf("over at once: %+v", states)
	}
	if states = Advance(states, nil, noon.Add(clearFor), compose); len(states) != 1 || !states[0].Over {
		t.Errorf("not over: %+v", states)
	}
}

// A message keeps its id in every attempt; another one has another id.
func TestMessagesHaveIDs(t *testing.T) {
	t.Parallel()
	compose := func(e Event, _ Condition, _, _ time.Time) string { return string(e) }
	var ids []string
	var states []State
	for _, m := range []int{0, 1, 24*60 + 1, 49 * 60} {
		now := noon.Add(time.Duration(m) * time.Minute)
		states = Advance(states, []Condition{{Kind: NoticesSilent, Subject: "p"}}, now, compose)
		ids = append(ids, states[0].PendingID)
		if m > 0 {
			states[0].sent(nil, now)
		}
	}
	if ids[0] != ids[1] || ids[1] == ids[2] || ids[2] == ids[3] || slices.Contains(ids, "") {
		t.Errorf("%q", ids)
	}
}

func TestStatesAreBounded(t *testing.T) {
	t.Parallel()
	var all []Condition
	for i := range 100 {
		all = append(all, Condition{Kind: NoticesSilent, Subject: strings.Repeat("p", i+1)})
	}
	if n := len(Advance(nil, all, noon, (&Watcher{}).compose)); n != maxStates {
		t.Errorf("%d states", n)
	}
}

// The figures of a silent provider are deleted after a month; the alert stays until a notice comes.
func TestSilenceLastsUntilANotice(t *testing.T) {
	t.Parallel()
	states := []State{{Kind: NoticesSilent, Subject: "p", Since: noon}}
	gone := Facts{Notices: []Notices{{Provider: "p"}, {Provider: "q"}}}
	if all := gone.stillSilent(states, noon); len(all) != 1 || all[0].Subject != "p" {
		t.Errorf("%+v", all)
	}
	back := Facts{Notices: []Notices{{Provider: "p", First: noon, Last: noon.Add(time.Hour), Count: 1}}}
	if all := back.stillSilent(states, noon.Add(2*time.Hour)); len(all) != 0 {
		t.Errorf("a notice has come: %+v", all)
	}
	if all := (Facts{}).stillSilent(states, noon); len(all) != 0 {
		t.Errorf("the provider is switched off: %+v", all)
	}
}
