package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/console"
	"github.com/norang-login/norang/kakao/kakaotest"
	"github.com/norang-login/norang/naver/navertest"
)

// withNaver turns Naver on in the world of a console, and returns the change of the settings for further restarts.
func (c *consoleWorld) withNaver() (*navertest.Server, func(*app.Config)) {
	c.t.Helper()
	emu := startNaver(c.t, c.world)
	on := func(cfg *app.Config) {
		cfg.OpsURL = c.ops.URL
		withNaverOf(emu)(cfg)
	}
	c.restart(on)
	return emu, on
}

// row is the row of a table on a page that contains a text.
func row(body, text string) string {
	for _, one := range strings.Split(body, "<tr>") {
		if strings.Contains(one, text) {
			one, _, _ = strings.Cut(one, "</tr>")
			return one
		}
	}
	return ""
}

// cell is the value below a heading in a row.
func cell(row, heading string) string {
	text := between(row, `data-label="`+heading+`">`, "</td>")
	if _, inner, ok := strings.Cut(text, ">"); ok {
		text, _, _ = strings.Cut(inner, "<")
	}
	return text
}

// Since two o'clock no browser has returned from Kakao, while Naver works: the overview names Kakao only.
func TestOverviewNamesTheProviderWithoutReturns(t *testing.T) {
	t.Parallel()
	c := newConsoleWorld(t)
	emu, on := c.withNaver()
	b, id := c.operator(kakaotest.PersonaRyan, console.Viewer)
	if a := c.enter(b, id, "/admin/"); a.StatusCode != http.StatusOK {
		t.Fatalf("%s %s", a.Status, a.body)
	}
	overview := func() string {
		t.Helper()
		a := b.get(c.ops.URL + "/admin/overview?range=hour&lang=en")
		if a.StatusCode == http.StatusSeeOther {
			a = b.get(c.ops.URL + a.Header.Get("Location"))
		}
		return a.body
	}
	if strings.Contains(overview(), `role="alert"`) {
		t.Error("an alarm before anything happened")
	}
	c.clock.advance(2 * time.Hour)
	for range 20 {
		c.browser().get("/oauth/kakao") // Kakao shows an error page of its own: KOE006, KOE101
		c.browser().signInWithNaver(emu, navertest.PersonaRyanEmail, naverStart)
	}
	// The test's clock does not advance. Figures are written once a minute of real time, and at shutdown.
	c.stop()
	c.restart(on)
	c.clock.advance(10 * time.Minute)
	b, id = c.operator(kakaotest.PersonaRyan, "")
	c.enter(b, id, "/admin/")
	body := overview()
	if !strings.Contains(body, `role="alert">Kakao: 20 sign-ins started since`) || strings.Contains(body, "Naver: 20") {
		t.Errorf("no alarm of Kakao alone: %s", between(body, `role="alert">`, "</p>"))
	}
	k, n := row(body, `<th scope="row">Kakao</th>`), row(body, `<th scope="row">Naver</th>`)
	if cell(k, "Started") != "20" || cell(k, "Not returned") != "100%" || cell(n, "Started") != "20" ||
		cell(n, "Not returned") != "0%" {
		t.Errorf("Kakao %s\nNaver %s", k, n)
	}
	// The legend of counts shows their sum, of which the mean of an hour would be 0.
	if legend := between(body, `<h2 id="signins">`, "</ul>"); !strings.Contains(legend, `Naver <span class="soft">20<`) {
		t.Errorf("sign-ins: %s", legend)
	}
	// The kinds of browsers are in words.
	kinds := between(body, `<h2 id="browsers">`, "</section>")
	if !strings.Contains(kinds, `<th scope="row">Other browser, desktop</th>`) {
		t.Errorf("browsers: %s", kinds)
	}
}

// If one provider fails, its row is marked, and its link lists the failed sign-ins of that provider only.
func TestOverviewMarksTheProviderThatFails(t *testing.T) {
	t.Parallel()
	c := newConsoleWorld(t)
	emu, on := c.withNaver()
	b, id := c.operator(kakaotest.PersonaRyan, console.Viewer)
	down := navertest.Scenario{Endpoint: "oauth2.0/token", Status: http.StatusServiceUnavailable, Times: -1}
	if err := emu.Script(down); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		c.browser().signInWithNaver(emu, navertest.PersonaRyanEmail, naverStart)
	}
	c.stop()
	c.restart(on)
	c.enter(b, id, "/admin/")
	a := b.get(c.ops.URL + "/admin/overview?range=hour")
	n := row(a.body, `/admin/attempts?provider=naver`)
	if errors := cell(n, "No answer"); errors == "0" || errors == "" || cell(n, "Failed") != "3" ||
		!strings.Contains(n, "badge bad") {
		t.Errorf("Naver: %s", n)
	}
	if k := row(a.body, `/admin/attempts?provider=kakao`); cell(k, "No answer") != "0" || cell(k, "Signed in") == "0" {
		t.Errorf("Kakao: %s", k)
	}
	of := func(provider string) string { return b.get(c.ops.URL + "/admin/attempts?provider=" + provider).body }
	if got := of("naver"); strings.Count(got, ">provider.unavailable<") != 3 {
		t.Errorf("failures of Naver: %s", got)
	}
	if got := of("kakao"); strings.Contains(got, ">provider.unavailable<") {
		t.Errorf("failures of Kakao: %s", got)
	}
	if got := of("invented"); strings.Contains(got, ">provider.unavailable<") || !strings.Contains(got, "not among") {
		t.Errorf("a list is shown for an unknown provider: %s", got)
	}
}

// A user who cancels at the provider is counted as that: no plot, table or list has it as a failure.
func TestCancelledSignInIsNoFailureOfTheConsole(t *testing.T) {
	t.Parallel()
	c := newConsoleWorld(t)
	_, on := c.withNaver()
	b, id := c.operator(kakaotest.PersonaRyan, console.Viewer)
	end := func(query string) {
		one := c.browser()
		state := mustQuery(t, one.get("/oauth/kakao").Header.Get("Location")).Get("state")
		one.get("/oauth/kakao/callback?" + query + "&state=" + state)
	}
	end("error=access_denied")
	end("error=access_denied")
	end("error=server_error")
	c.stop()
	c.restart(on)
	c.enter(b, id, "/admin/")
	body := b.get(c.ops.URL + "/admin/overview").body
	k := row(body, `/admin/attempts?provider=kakao`)
	if cell(k, "Cancelled") != "2" || cell(k, "Failed") != "1" {
		t.Errorf("Kakao: %s", k)
	}
	plot := between(body, `<h2 id="failures">`, "</section>")
	if strings.Contains(plot, "ancelled") || strings.Contains(plot, "login.cancelled") {
		t.Errorf("failures: %s", plot)
	}
	legend := between(body, `<h2 id="signins">`, "</ul>")
	if !strings.Contains(legend, `Cancelled <span class="soft">2<`) {
		t.Errorf("sign-ins: %s", legend)
	}
	list := b.get(c.ops.URL + "/admin/attempts?provider=kakao").body
	if !strings.Contains(list, "1 failures, 2 cancellations") || strings.Count(list, `<td data-label="Code">`) != 1 {
		t.Errorf("the list: %s", list)
	}
	if list := b.get(c.ops.URL + "/admin/attempts?provider=naver").body; strings.Contains(list, "cancellations") {
		t.Errorf("the list of Naver: %s", list)
	}
}

// An operator sends an event again: the app gets it with its id, and what the app answers is on the page.
func TestOperatorSendsAnEventAgain(t *testing.T) {
	t.Parallel()
	e := newReceiver(t)
	c := newConsoleWorld(t, e.Config)
	e.clock = c.clock
	b, id := c.operator(kakaotest.PersonaRyan, console.Operator)
	first := e.waitFor("user.created")[0]
	if a := c.enter(b, id, "/admin/"); a.StatusCode != http.StatusOK {
		t.Fatalf("%s %s", a.Status, a.body)
	}
	list := b.get(c.ops.URL + "/admin/events").body
	if !strings.Contains(list, "User joined") || !strings.Contains(list, "user.created") {
		t.Errorf("the event has no words: %s", list)
	}
	form := url.Values{"csrf": {hidden(t, list, "csrf")}, "id": {strings.TrimPrefix(first.ID, "evt_")}}
	a := b.post(c.ops.URL+"/admin/events/replay", form)
	if to := a.Header.Get("Location"); to != "/admin/events?notice=event_replayed" {
		t.Fatalf("%s %s", a.Status, a.body)
	}
	if again := e.waitFor("user.created", "user.created")[1]; again.ID != first.ID {
		t.Errorf("sent again as %s, was %s", again.ID, first.ID)
	}
	e.refuse(http.StatusTeapot)
	if a := b.post(c.ops.URL+"/admin/events/replay", form); a.StatusCode != http.StatusOK ||
		!strings.Contains(a.body, "The app did not accept event") || !strings.Contains(a.body, "418") {
		t.Errorf("refused: %s %s", a.Status, a.body)
	}
	for bad, want := range map[string]int{"x": http.StatusBadRequest, strings.Repeat("0", 32): http.StatusNotFound} {
		bad := url.Values{"csrf": form["csrf"], "id": {bad}}
		if a := b.post(c.ops.URL+"/admin/events/replay", bad); a.StatusCode != want {
			t.Errorf("%v: %s", bad, a.Status)
		}
	}
	records := strings.Join(c.accesses(audit.EventReplay), "\n")
	for _, want := range []string{
		"done event=" + form.Get("id") + " sent=1", "failed event=" + form.Get("id") + " sent=0",
	} {
		if !strings.Contains(records, want) {
			t.Errorf("no record %q in\n%s", want, records)
		}
	}
	c.grant(id, console.Viewer)
	if a := b.post(c.ops.URL+"/admin/events/replay", form); a.StatusCode != http.StatusForbidden {
		t.Errorf("by a viewer: %s", a.Status)
	}
	if list := b.get(c.ops.URL + "/admin/events").body; strings.Contains(list, "/admin/events/replay") {
		t.Error("a viewer sees the button")
	}
}

// Looking at, searching, changing, exporting and closing an account: each leaves a record with account, time, address,
// user and action, before it is shown. One page is one record. No form of the console deletes a record.
func TestAD05_EachAccessToAUserLeavesARecord(t *testing.T) {
	t.Parallel()
	c := newConsoleWorld(t)
	b, id := c.operator(kakaotest.PersonaRyan, console.Operator)
	_, user := c.operator(kakaotest.PersonaApeach, "")
	if a := c.enter(b, id, "/admin/"); a.StatusCode != http.StatusOK {
		t.Fatalf("%s %s", a.Status, a.body)
	}
	person, csrf := "/admin/people/"+user, c.csrfOf(b)
	records := func() []string {
		return c.rows("SELECT kind || ' ' || coalesce(outcome, '') || ' ' || coalesce(detail, '') FROM audit_log " +
			"WHERE kind LIKE 'access.%' AND user_id = '" + user + "' AND actor = 'operator:" + id + "' AND at > 0 " +
			"AND address <> '' ORDER BY id")
	}
	for _, step := range []struct {
		do   func() answer
		want string // the record with its result
	}{
		{func() answer { return b.get(c.ops.URL + person) }, "access.user.page done "},
		{func() answer { return b.get(c.ops.URL + "/admin/people") }, "access.user.list done "},
		{func() answer { return b.get(c.ops.URL + person + "/line") }, "access.log.read done time_line"},
		{func() answer {
			return b.post(c.ops.URL+"/admin/people", url.Values{"csrf": {csrf}, "by": {"nickname"}, "q": {"어피"}})
		}, "access.user.list done nickname"},
		{func() answer { return c.act(b, person+"/status", url.Values{"action": {"disable"}}) }, "access.user.disable done "},
		{func() answer { return c.act(b, person+"/status", url.Values{"action": {"enable"}}) }, "access.user.enable done "},
		{func() answer { return c.act(b, person+"/export", nil) }, "access.user.export done "},
		{func() answer { return c.act(b, person+"/withdraw", nil) }, "access.user.withdraw done "},
	} {
		before := len(records())
		a := step.do()
		after := records()
		if a.StatusCode != http.StatusOK && a.StatusCode != http.StatusSeeOther || len(after) != before+1 ||
			!strings.HasPrefix(after[len(after)-1]+" ", step.want) {
			t.Errorf("%s: %s, records %q", step.want, a.Status, after[before:])
		}
	}
	for _, r := range c.app.ConsoleRows() {
		if r.Method != http.MethodGet && (strings.HasPrefix(r.Path, "access") || strings.HasPrefix(r.Path, "audit")) {
			t.Errorf("%s %s changes the log", r.Method, r.Path)
		}
	}
	kept := len(records())
	for _, path := range []string{"/admin/access", "/admin/audit"} {
		for _, method := range []string{http.MethodPost, http.MethodDelete} {
			req := b.request(method, c.ops.URL+path, strings.NewReader(url.Values{"csrf": {csrf}}.Encode()))
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set("Sec-Fetch-Site", "same-origin")
			if a := b.do(req); a.StatusCode < 400 {
				t.Errorf("%s %s: %s", method, path, a.Status)
			}
		}
	}
	if n := len(records()); n != kept {
		t.Errorf("%d records, were %d", n, kept)
	}
}
