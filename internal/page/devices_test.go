package page

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/session"
)

func TestNetworkIsCoarse(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"203.0.113.7":                 "203.0.113.*",
		"10.0.0.0":                    "10.0.0.*",
		"127.0.0.1":                   "127.0.0.*",
		"::ffff:203.0.113.7":          "203.0.113.*",
		"2001:db8:1:2:3:4:5:6":        "2001:db8:1::*",
		"::1":                         "::*",
		"fe80::1%eth0":                "fe80::*",
		"":                            "",
		"203.0.113.7:443":             "",
		"<script>":                    "",
		"203.0.113.7, 198.51.100.255": "",
	} {
		if got := network(address); got != want {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
}

func TestWhen(t *testing.T) {
	t.Parallel()
	// 00:30 on the second of March in Seoul; in UTC it is still the first.
	now := time.Date(2026, 3, 1, 15, 30, 0, 0, time.UTC)
	for _, c := range []struct {
		at     time.Time
		ko, en string // with "~" for a space that does not break
	}{
		{now, "오늘 오전~12:30", "today, 12:30~am~KST"},
		{now.Add(-31 * time.Minute), "어제 오후~11:59", "yesterday, 11:59~pm~KST"},
		{now.Add(-24*time.Hour - 31*time.Minute), "2월~28일 오후~11:59", "February~28, 11:59~pm~KST"},
		{now.AddDate(0, -3, 0), "2025년~12월~2일 오전~12:30", "December~2,~2025, 12:30~am~KST"},
		{now.Add(48 * time.Hour), "2026년~3월~4일 오전~12:30", "March~4,~2026, 12:30~am~KST"},
		{time.Time{}, "", ""},
	} {
		if got := strings.ReplaceAll(when(i18n.Ko, now, c.at), "\u00a0", "~"); got != c.ko {
			t.Errorf("%q, want %q", got, c.ko)
		}
		if got := strings.ReplaceAll(when(i18n.En, now, c.at), "\u00a0", "~"); got != c.en {
			t.Errorf("%q, want %q", got, c.en)
		}
	}
}

func TestDevicesOfPutsTheOwnOneFirst(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	make := func(id, agent, address string) session.Session {
		return session.Session{
			ID: id, CreatedAt: at, SeenAt: at.Add(time.Hour), Client: audit.Client{UserAgent: agent, Address: address},
		}
	}
	own, other := make("own", "iPhone KAKAOTALK", "203.0.113.7"), make("other", "", "")
	// the last: the own one fell off the end
	for _, all := range [][]session.Session{{other, own}, {own, other}, {other}} {
		got := DevicesOf(Frame{}, at, own, all)
		want := Devices{
			Now: at, Max: session.MaxPerUser,
			Own: Device{
				ID: "own", Agent: session.Agent{System: session.SystemIPhone, Browser: session.BrowserKakaoTalk},
				Network:    "203.0.113.*",
				SignedInAt: at, SeenAt: at.Add(time.Hour),
			},
			Others: []Device{{ID: "other", SignedInAt: at, SeenAt: at.Add(time.Hour)}},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestLogOf(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	mine := audit.Client{Address: "203.0.113.7", UserAgent: "iPhone", RequestID: "r1"}
	desk := audit.Client{Address: "192.0.2.1", UserAgent: "Windows", RequestID: "r2"}
	out := func(reason string, o audit.Client) audit.Event {
		return audit.Event{At: at, Kind: audit.SignOut, Reason: reason, Actor: "me", Client: o}
	}
	nameless := mine
	nameless.RequestID = ""
	got := LogOf("me", []audit.Event{
		out("a", mine), out("a", mine), out("b", mine), out("a", desk), out("a", nameless), out("a", nameless),
		{At: at, Kind: audit.Disabled, Actor: "operator:kim", Client: desk},
		{At: at, Kind: audit.SignOut, Reason: session.ReasonCap, Actor: "system", Client: mine},
	})
	phone, windows := session.Agent{System: session.SystemIPhone}, session.Agent{System: session.SystemWindows}
	want := []LogEntry{
		{At: at, Kind: audit.SignOut, Reason: "a", Count: 2, Own: true, Agent: phone, Address: "203.0.113.7"},
		{At: at, Kind: audit.SignOut, Reason: "b", Count: 1, Own: true, Agent: phone, Address: "203.0.113.7"},
		{At: at, Kind: audit.SignOut, Reason: "a", Count: 1, Own: true, Agent: windows, Address: "192.0.2.1"},
		{At: at, Kind: audit.SignOut, Reason: "a", Count: 1, Own: true, Agent: phone, Address: "203.0.113.7"},
		{At: at, Kind: audit.SignOut, Reason: "a", Count: 1, Own: true, Agent: phone, Address: "203.0.113.7"},
		{At: at, Kind: audit.Disabled, Count: 1}, // where the operator sits is not the member's to see
		{At: at, Kind: audit.SignOut, Reason: session.ReasonCap, Count: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := LogOf("me", nil); len(got) != 0 {
		t.Error(got)
	}
}

// Every system, browser and kind of event has its own text.
func TestDevicesAndEventsHaveWords(t *testing.T) {
	t.Parallel()
	x := &texts{&newRenderer(t, sampleConfig()).cfg}
	v := Log{}
	for _, s := range []session.System{"iphone", "ipad", "android", "windows", "mac", "chromeos", "linux"} {
		for _, b := range []session.Browser{
			"kakaotalk", "naver", "daum", "instagram", "facebook", "line", "band", "google", "whale", "samsung", "edge", "opera",
			"firefox", "chrome", "safari",
		} {
			if got := x.device(v, session.Agent{System: s, Browser: b}); strings.Contains(got, "device.") ||
				!strings.Contains(got, ", ") {
				t.Errorf("%s, %s: %q", s, b, got)
			}
		}
	}
	for a, want := range map[session.Agent]string{
		{}:                                  "알 수 없는 기기",
		{System: session.SystemIPhone}:      "아이폰",
		{Browser: session.BrowserKakaoTalk}: "카카오톡",
	} {
		if got := x.device(v, a); got != want {
			t.Errorf("%+v: %q, want %q", a, got, want)
		}
	}
	other := x.what(v, LogEntry{Kind: "nobody.knows"})
	seen := map[string]bool{other: true}
	for _, k := range []audit.Kind{
		audit.SignIn, audit.SignOut, audit.Refused, audit.Joined, audit.Created, audit.Disabled, audit.Enabled,
		audit.Withdrawn,
		audit.Unlinked, audit.ProviderNotice, audit.TokenLost,
	} {
		words := x.what(v, LogEntry{Kind: k, Reason: "nobody_knows", Count: 1, Own: true})
		if seen[words] || strings.Contains(words, "log.") {
			t.Errorf("%s: %q", k, words)
		}
		seen[words] = true
	}
	// A sign-out by another actor is not shown as the user's.
	if got := x.what(v, LogEntry{
		Kind: audit.SignOut, Reason: "password-changed", Count: 1,
	}); got != "서비스나 연결한 계정에서 로그인을 끝냈어요" {
		t.Error(got)
	}
	for _, reason := range []string{
		session.ReasonEverywhere, session.ReasonDevice, session.ReasonOthers, session.ReasonCap, session.ReasonReplaced,
	} {
		words := x.what(v, LogEntry{Kind: audit.SignOut, Reason: reason, Count: 1})
		if seen[words] || strings.Contains(words, "log.") {
			t.Errorf("%s: %q", reason, words)
		}
		seen[words] = true
	}
	if got := x.what(v, LogEntry{
		Kind: audit.SignOut, Reason: session.ReasonOthers, Count: 3,
	}); got != "다른 기기에서 로그아웃했어요 (3대)" {
		t.Error(got)
	}
}

func TestDevicesPage(t *testing.T) {
	t.Parallel()
	r := newRenderer(t, sampleConfig())
	v := Devices{Own: Device{ID: "own"}, Others: []Device{{ID: "other"}, {ID: `"><script>`}}, Frame: Frame{CSRF: "c"}}
	page := render(t, r, v)
	if strings.Contains(page, `value="own"`) || !strings.Contains(page, `name="id" value="other"`) ||
		strings.Contains(page, "<script") {
		t.Error(page)
	}
	if strings.Index(page, "지금 쓰는 기기") > strings.Index(page, `value="other"`) {
		t.Error("the own device is not the first")
	}
	if n := strings.Count(page, `value="others"`); n != 1 {
		t.Errorf("%d buttons for all others", n)
	}
	v.Others = nil
	if page := render(t, r, v); strings.Contains(page, `value="others"`) ||
		!strings.Contains(page, "다른 기기에서는 로그인하지 않았어요") {
		t.Error(page)
	}
}
