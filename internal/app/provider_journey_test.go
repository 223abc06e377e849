package app_test

import (
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/figures"
	"github.com/norang-login/norang/kakao/kakaotest"
	"github.com/norang-login/norang/naver/navertest"
)

// journey is a provider's emulator as the tests of all providers use it. A further provider adds a function to
// journeys.
type journey struct {
	name      string
	label     string            // as English pages name it
	url       string            // of the emulator, where a sign-in begins
	configure func(*app.Config) // turns the provider on
	turnOff   func(*app.Config)
	people    [2]string            // two personas
	as        func(persona string) // the next visit signs in as this persona, without pages
	subject   func(persona string) string
	namespace string
	// doubles makes a persona with the subject of another provider's user; nil if the emulator cannot.
	doubles func(subject string) (persona string, err error)
	linked  func() []string      // the personas that are linked; nil if a withdrawal ends nothing at the provider
	calls   func() int           // exchanges of a code
	unlink  func(persona string) // as the user does at the provider, which sends a notice; nil if it sends none
	away    func(down bool)      // the call that ends a link fails; nil if there is none
}

// journeys has one journey for each provider, which adds the provider's emulator to a world.
var journeys = []func(*testing.T, *world) *journey{
	kakaoJourney, naverJourney, googleJourney, appleJourney, lineJourney, oidcJourney, oidcPostJourney,
}

func kakaoJourney(t *testing.T, w *world) *journey {
	return &journey{
		name: "kakao", label: "Kakao", url: w.kakao.URL(), people: [2]string{kakaotest.PersonaRyan, kakaotest.PersonaApeach},
		configure: func(*app.Config) {},
		turnOff:   func(c *app.Config) { c.Kakao = app.Kakao{} },
		namespace: "1000001",
		as: func(persona string) {
			if err := w.kakao.UpdateApp(0, func(a *kakaotest.App) { a.AutoPersona = persona }); err != nil {
				t.Fatal(err)
			}
		},
		subject: w.subject,
		doubles: nil, // the numbers are derived
		linked: func() (all []string) {
			for _, l := range w.kakao.Links() {
				if l.State == "linked" {
					all = append(all, l.Account)
				}
			}
			return all
		},
		calls: func() int { return w.calls("oauth/token") },
		away: func(down bool) {
			if w.kakao.ClearScenarios(); down {
				must(t, w.kakao.Script(kakaotest.Scenario{Endpoint: "user/unlink", Status: 503, Times: -1}))
			}
		},
		unlink: func(persona string) {
			if err := w.kakao.UpdateApp(0, func(a *kakaotest.App) {
				a.UnlinkWebhook = kakaotest.UnlinkWebhook{URL: w.srv.URL + unlinkHook, Method: "POST"}
			}); err != nil {
				t.Fatal(err)
			}
			if !w.kakao.Unlink(0, persona, "") {
				t.Errorf("%s has no link", persona)
			}
			w.delivered(nil)
		},
	}
}

func naverJourney(t *testing.T, w *world) *journey {
	emu := startNaver(t, w)
	return &journey{
		name: "naver", label: "Naver", url: emu.URL(), people: [2]string{navertest.PersonaBoseong, navertest.PersonaHadong},
		configure: withNaverOf(emu),
		turnOff:   func(c *app.Config) { c.Naver = app.Naver{} },
		namespace: emu.App().ClientID,
		as: func(persona string) {
			if err := emu.UpdateApp(func(a *navertest.App) { a.AutoPersona = persona }); err != nil {
				t.Fatal(err)
			}
		},
		subject: emu.UserID,
		doubles: func(subject string) (string, error) {
			return "double", emu.AddAccount(navertest.Account{ID: "double", UserID: subject, LoginID: "double"})
		},
		linked: func() (all []string) {
			for _, l := range emu.Links() {
				all = append(all, l.Account)
			}
			return all
		},
		calls: func() (n int) {
			for _, r := range emu.Requests() {
				if r.Endpoint == "oauth2.0/token" && r.Params["grant_type"] == "authorization_code" {
					n++
				}
			}
			return n
		},
		away: func(down bool) {
			if emu.ClearScenarios(); down {
				must(t, emu.Script(navertest.Scenario{Endpoint: "oauth2.0/revoke", Status: 503, Times: -1}))
			}
		},
		unlink: func(persona string) {
			if !emu.Unlink(t.Context(), persona) {
				t.Errorf("%s has no link", persona)
			}
		},
	}
}

// unstartedWorldOfAll is a world with the emulators of every provider, whose service does not run.
func unstartedWorldOfAll(t *testing.T) (w *world, all []*journey) {
	t.Helper()
	w = unstartedWorld(t)
	for _, start := range journeys {
		all = append(all, start(t, w))
	}
	return w, all
}

// newWorldOfAll is a world with every provider.
func newWorldOfAll(t *testing.T, changes ...func(*app.Config)) (*world, []*journey) {
	t.Helper()
	w, all := unstartedWorldOfAll(t)
	for _, j := range all {
		changes = append(changes, j.configure)
	}
	w.restart(changes...)
	return w, all
}

// startAt requests a start path, which must redirect to the provider, and returns the Location.
func (b *browser) startAt(j *journey, path string) string {
	b.w.t.Helper()
	a := b.get(path)
	to := a.Header.Get("Location")
	if a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, j.url) {
		b.w.t.Fatalf("%s: %s to %q %s", path, a.Status, to, a.body)
	}
	return to
}

// signInAt runs a whole sign-in as a persona and returns the response of the callback.
func (b *browser) signInAt(j *journey, persona, path string) answer {
	b.w.t.Helper()
	j.as(persona)
	return b.arrive(b.sentBack(j, b.startAt(j, path)))
}

func (j *journey) startPath() string { return "/oauth/" + j.name + "?return_to=%2Fhello" }

// hasLink reports whether a persona is linked; unknown where the provider does not say.
func (j *journey) hasLink(persona string, unknown bool) bool {
	return j.linked == nil && unknown || j.linked != nil && slices.Contains(j.linked(), persona)
}

// eachJourney runs a test for each provider, in a world of its own that has all of them.
func eachJourney(t *testing.T, test func(*testing.T, *world, *journey, []*journey)) {
	t.Helper()
	eachJourneyOf(t, func(*journey) bool { return true }, test)
}

// eachJourneyOf is eachJourney for some of the rows, of which there must be one.
func eachJourneyOf(
	t *testing.T, of func(*journey) bool, test func(*testing.T, *world, *journey, []*journey),
) {
	t.Helper()
	t.Parallel()
	chosen := 0
	defer func() {
		if chosen == 0 {
			t.Error("no provider is of this kind")
		}
	}()
	_, rows := unstartedWorldOfAll(t) // to choose from
	for i, row := range rows {
		if !of(row) {
			continue
		}
		chosen++
		t.Run(row.name, func(t *testing.T) {
			w, all := newWorldOfAll(t) // ends with the row, which frees memory and signing keys
			test(t, w, all[i], all)
		})
	}
}

// TestJourneyAtEveryProvider is a user's way at each provider: sign-in, sign-out, a second device, withdrawal with
// unlink, and the end of the link at the provider.
func TestJourneyAtEveryProvider(t *testing.T) {
	eachJourney(t, func(t *testing.T, w *world, j *journey, _ []*journey) {
		person := j.people[0]
		b := w.browser()
		if a := b.get("/auth/login"); !strings.Contains(a.body, `href="/oauth/`+j.name+"?") {
			t.Errorf("no button: %s", a.body)
		}
		if a := b.signInAt(j, person, j.startPath()); a.Header.Get("Location") != "/hello" {
			t.Fatalf("%s to %q %s", a.Status, a.Header.Get("Location"), a.body)
		}
		who := b.whoami()
		if who.Identity.Provider != j.name || who.Identity.Subject != j.subject(person) ||
			who.Identity.App != j.namespace {
			t.Errorf("identity %+v", who.Identity)
		}
		other := w.browser()
		other.signInAt(j, j.people[1], j.startPath())
		if other.whoami().User.ID == who.User.ID {
			t.Error("two personas are one user")
		}

		r := b.request("POST", "/oauth/"+j.name+"/signout", nil)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		if a := b.do(r); a.StatusCode != http.StatusSeeOther {
			t.Errorf("sign-out: %s", a.Status)
		}
		w.settled()
		if b.whoami().SignedIn || !j.hasLink(person, true) {
			t.Errorf("after the sign-out: signed in %v", b.whoami().SignedIn)
		}
		b.signInAt(j, person, j.startPath())
		if again := b.whoami(); again.User.ID != who.User.ID {
			t.Errorf("another user at the second sign-in: %+v", again)
		}

		b.leave(j)
		if j.hasLink(person, false) || b.whoami().SignedIn {
			t.Errorf("after the withdrawal: signed in %v", b.whoami().SignedIn)
		}
		b.signInAt(j, person, j.startPath())
		if again := b.whoami(); !again.SignedIn || again.User.ID == who.User.ID {
			t.Errorf("a new user after the withdrawal: %+v", again)
		}
		if j.unlink != nil {
			w.clock.advance(time.Minute)
			j.unlink(person)
			w.settled()
			if in, others := b.in(), other.in(); in || !others {
				t.Errorf("after the notice: %v, the other user %v", in, others)
			}
		}
	})
}

// A user of Kakao links every other provider, opens link tickets with it, and merges with the account that it had.
func TestAccountsAcrossEveryProvider(t *testing.T) {
	others := func(j *journey) bool { return j.name != "kakao" } // whose linking and merging have tests of their own
	eachJourneyOf(t, others, func(t *testing.T, w *world, j *journey, _ []*journey) {
		b := w.browser()
		b.signIn(kakaotest.PersonaRyan, "")
		id := b.whoami().User.ID
		b.prove(kakaotest.PersonaRyan)
		add := linksPath + "/add?provider=" + j.name
		if a := b.signInAt(j, j.people[0], add); a.Header.Get("Location") != linksPath+"?notice=link_added" {
			t.Fatalf("linking: %s to %q %s", a.Status, a.Header.Get("Location"), a.body)
		}
		w.returnedFrom(j.name, 1) // not at the provider of the session
		w.returnedFrom("kakao", 2)
		later := w.browser()
		later.signInAt(j, j.people[0], j.startPath())
		if who := later.whoami(); who.User.ID != id || who.Identity.Provider != j.name {
			t.Errorf("signed in as %+v", who)
		}

		// A ticket of the app works with any provider.
		path := w.ticket("77")
		fresh := w.browser()
		opened, form := fresh.openTicket(path)
		if !strings.Contains(opened.body, `name="provider" value="`+j.name+`"`) {
			t.Errorf("no button: %s", opened.body)
		}
		form.Set("provider", j.name)
		page := fresh.post(path, form)
		_, rest, ok := strings.Cut(page.body, `class="provider provider-`+j.name+`" href="`)
		to, _, _ := strings.Cut(rest, `"`)
		if !ok {
			t.Fatalf("the ticket offers no %s: %s", j.name, page.body)
		}
		j.as(j.people[1])
		fresh.arrive(fresh.sentBack(j, strings.ReplaceAll(to, "&amp;", "&")))
		if fresh.ref() != "77" || fresh.whoami().Identity.Provider != j.name {
			t.Errorf("by the ticket: %q, %+v", fresh.ref(), fresh.whoami())
		}

		// Proving both accounts offers to merge them; the one with the app's number has to stay.
		b.prove(kakaotest.PersonaRyan)
		if a := b.signInAt(j, j.people[1], add); a.StatusCode != http.StatusConflict ||
			!strings.Contains(a.body, mergePath) || strings.Contains(a.body, "That Kakao") {
			t.Fatalf("the account of %s: %s to %q %s", j.name, a.Status, a.Header.Get("Location"), a.body)
		}
		if a := b.post(mergePath, b.mergeForm()); a.Header.Get("Location") != linksPath+"?notice=merged" {
			t.Fatalf("merging: %s to %q %s", a.Status, a.Header.Get("Location"), a.body)
		}
		if fresh.whoami().SignedIn || b.ref() != "77" {
			t.Errorf("after merging: %+v, ref %q", fresh.whoami(), b.ref())
		}
		merged := b.whoami().User.ID
		for _, persona := range j.people {
			again := w.browser()
			again.signInAt(j, persona, j.startPath())
			if who := again.whoami(); who.User.ID != merged || again.ref() != "77" {
				t.Errorf("%s after merging: %+v, ref %q", persona, who, again.ref())
			}
		}
		for _, key := range [][2]string{
			{"Kakao", w.subject(kakaotest.PersonaRyan)}, {j.label, j.subject(j.people[0])}, {j.label, j.subject(j.people[1])},
		} {
			if label := b.linkLabel(key[1]); label != key[0] {
				t.Errorf("the list says that %s is of %q, not %s", key[1], label, key[0])
			}
		}

		// The console counts a linking at the provider that was linked.
		w.stop()
		counted := w.figures(figures.SignIns)
		if want := map[string]int64{"kakao": 3, j.name: 5}; !maps.Equal(counted, want) {
			t.Errorf("sign-ins by provider: %v, want %v", counted, want)
		}
	})
}

// returnedFrom checks the number of successful returns from a provider.
func (w *world) returnedFrom(provider string, want int) {
	w.t.Helper()
	line := fmt.Sprintf("\nnorang_logins_finished_total{outcome=\"ok\",provider=%q} %d\n", provider, want)
	if !strings.Contains(w.metrics(), line) {
		w.t.Errorf("the metrics lack %q", line)
	}
}

// linkLabel is the provider that the list of identities names for the one with this subject.
func (b *browser) linkLabel(subject string) string {
	b.w.t.Helper()
	before, _, ok := strings.Cut(b.get(linksPath).body, "<code>"+html.EscapeString(subject)+"</code>")
	if !ok {
		b.w.t.Fatalf("%s is not on the list", subject)
	}
	label, _, _ := strings.Cut(before[strings.LastIndex(before, `class="name">`)+len(`class="name">`):], " ·")
	label, _, _ = strings.Cut(label, "</p>")
	return strings.TrimSpace(label)
}

// MX-01 and MX-07: a state belongs to one provider. Its answer at another one's callback, and an answer of another
// provider with it, are refused without a call.
func TestMX01_MX07_AnswersBelongToTheProviderOfTheAttempt(t *testing.T) {
	eachJourney(t, func(t *testing.T, w *world, j *journey, all []*journey) {
		for _, other := range all {
			if other == j {
				continue
			}
			before := j.calls() + other.calls()
			b := w.browser()
			j.as(j.people[0])
			mine := b.sentBack(j, b.startAt(j, j.startPath()))
			for _, crossed := range mine.at(t, w.srv.URL, other) {
				if a := b.arrive(crossed); a.StatusCode/100 != 4 || b.whoami().SignedIn {
					t.Errorf("MX-01: %s's answer at %s, POST %t: %s", j.name, other.name, crossed.form != nil, a.Status)
				}
			}

			// j sends the browser to the other provider, with our client id there and its own state.
			evil := w.browser()
			state := queryOf(t, evil.startAt(j, j.startPath())).Get("state")
			shown := withQuery(t, w.browser().startAt(other, other.startPath()), func(q url.Values) { q.Set("state", state) })
			other.as(other.people[0])
			if a := evil.arrive(evil.sentBack(other, shown)); a.StatusCode != http.StatusBadRequest || evil.whoami().SignedIn {
				t.Errorf("MX-07: %s sends to %s: %s", j.name, other.name, a.Status)
			}
			if calls := j.calls() + other.calls(); calls != before {
				t.Errorf("%d codes exchanged", calls-before)
			}
		}
	})
}

// MX-02 and MX-08: no provider here promises the parameter iss, so a foreign one ends the sign-in.
func TestMX02_AnotherIssuerEndsTheSignIn(t *testing.T) {
	eachJourney(t, func(t *testing.T, w *world, j *journey, _ []*journey) {
		b := w.browser()
		j.as(j.people[0])
		back := b.sentBack(j, b.startAt(j, j.startPath()))
		foreign := back.with(t, func(q url.Values) { q.Set("iss", "https://evil.example") })
		if a := b.arrive(foreign); a.StatusCode/100 == 3 || b.whoami().SignedIn || j.calls() != 0 {
			t.Errorf("%s, %d calls", a.Status, j.calls())
		}
	})
}

// MX-04: a provider that is switched off during a sign-in finishes none, and its users cannot sign in any more.
func TestMX04_ProviderSwitchedOffDuringASignIn(t *testing.T) {
	eachJourney(t, func(t *testing.T, w *world, j *journey, all []*journey) {
		b := w.browser()
		j.as(j.people[0])
		back := b.sentBack(j, b.startAt(j, j.startPath()))
		var changes []func(*app.Config)
		for _, other := range all {
			changes = append(changes, other.configure)
		}
		w.restart(append(changes, j.turnOff)...)
		for _, a := range []answer{b.arrive(back), b.get(j.startPath())} {
			if a.StatusCode != http.StatusNotFound || b.whoami().SignedIn {
				t.Errorf("%s: %s", a.Request.URL.Path, a.Status)
			}
		}
		if j.calls() != 0 {
			t.Errorf("%d codes exchanged", j.calls())
		}
	})
}

// MX-06: the same subject at two providers is two users.
func TestMX06_SameSubjectAtTwoProvidersIsTwoUsers(t *testing.T) {
	chosen := func(j *journey) bool { return j.doubles != nil } // emulators whose subjects a test can choose
	eachJourneyOf(t, chosen, func(t *testing.T, w *world, j *journey, _ []*journey) {
		kakao, b := w.browser(), w.browser()
		kakao.signIn(kakaotest.PersonaRyan, "")
		subject := w.subject(kakaotest.PersonaRyan)
		persona, err := j.doubles(subject)
		if err != nil {
			t.Fatal(err)
		}
		b.signInAt(j, persona, j.startPath())
		if one, two := kakao.whoami(), b.whoami(); two.Identity.Subject != subject || one.User.ID == two.User.ID {
			t.Errorf("%+v and %+v", one, two)
		}
	})
}

// PR-54: a callback that is repeated, or requested twice at once, exchanges one code.
func TestPR54_CodesAreExchangedOnceAtEveryProvider(t *testing.T) {
	eachJourney(t, func(t *testing.T, w *world, j *journey, _ []*journey) {
		b := w.browser()
		j.as(j.people[0])
		back := b.sentBack(j, b.startAt(j, j.startPath()))
		both := make(chan answer, 2)
		twin := b.twin()
		go func() { both <- twin.arrive(back) }()
		both <- b.arrive(back)
		for range 2 {
			if a := <-both; a.StatusCode != http.StatusSeeOther {
				t.Errorf("%s %s", a.Status, a.body)
			}
		}
		if a := b.arrive(back); a.StatusCode != http.StatusSeeOther || !b.whoami().SignedIn {
			t.Errorf("again: %s", a.Status)
		}
		if n := j.calls(); n != 1 {
			t.Errorf("%d exchanges", n)
		}
	})
}

// If a new user signs in with another provider than the last one on this device, the page names that provider. On a
// device without an earlier sign-in the page names none, so that it does not disclose accounts.
func TestNewUserIsToldWhichProviderThisDeviceUsed(t *testing.T) {
	t.Parallel()
	w, all := newWorldOfAll(t, func(c *app.Config) { c.Age = "declare" })
	joined := func(b *browser, j *journey, persona string) answer {
		t.Helper()
		a := b.signInAt(j, persona, j.startPath())
		if !strings.HasPrefix(a.Header.Get("Location"), "/auth/join") {
			t.Fatalf("%s to %q", a.Status, a.Header.Get("Location"))
		}
		return b.get(a.Header.Get("Location"))
	}
	for i, j := range all {
		next := all[(i+1)%len(all)]
		b, stranger := w.browser(), w.browser()
		const told = "on this device last time"
		page := joined(b, j, j.people[0])
		if strings.Contains(page.body, told) {
			t.Errorf("%s: a device without an earlier sign-in sees a provider: %s", j.name, page.body)
		}
		b.post("/auth/join", url.Values{"csrf": {hidden(t, page.body, "csrf")}, "age": {"1"}, "action": {"join"}})
		if !b.whoami().SignedIn {
			t.Fatalf("%s: not joined", j.name)
		}
		b.post("/auth/signout", url.Values{})
		again := joined(b, next, next.people[1])
		if !strings.Contains(again.body, told) {
			t.Errorf("%s after %s: %s", next.name, j.name, again.body)
		}
		if page := joined(stranger, next, next.people[1]); strings.Contains(page.body, told) {
			t.Errorf("%s: another device sees the provider used before", next.name)
		}
		// Cancelling leads to the sign-in page, which names the one used before.
		b.post("/auth/join", url.Values{"csrf": {hidden(t, again.body, "csrf")}, "action": {"cancel"}})
		if page := b.get("/auth/login"); !strings.Contains(page.body, "last time") {
			t.Errorf("%s: %s", next.name, page.body)
		}
		w.settled()
	}
}

// Nothing is merged by e-mail or name, and nothing tells a stranger that an account exists: the same address and name
// at another provider is another user.
func TestNothingIsMergedByEmailOrName(t *testing.T) {
	t.Parallel()
	w, all := newWorldOfAll(t)
	naver := all[slices.IndexFunc(all, func(j *journey) bool { return j.name == "naver" })]
	kakao, b := w.browser(), w.browser()
	kakao.signIn(kakaotest.PersonaRyan, "")
	b.signInAt(naver, navertest.PersonaRyanEmail, naver.startPath())
	one, two := kakao.whoami(), b.whoami()
	if one.User.Email == nil || two.User.EmailUnverified == nil || *one.User.Email != *two.User.EmailUnverified ||
		*one.User.Nickname != *two.User.Nickname {
		t.Fatalf("the personas differ: %+v, %+v", one.User, two.User)
	}
	if one.User.ID == two.User.ID {
		t.Error("merged")
	}
	if page := b.get(linksPath); strings.Contains(page.body, one.Identity.Subject) {
		t.Errorf("the other account is offered: %s", page.body)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func queryOf(t *testing.T, address string) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}
