package app_test

import (
	"database/sql"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/apikey"
	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/console"
	"github.com/norang-login/norang/kakao/kakaotest"
)

var reportPages = []string{
	"/admin/overview", "/admin/overview?range=hour", "/admin/overview?range=month", "/admin/attempts", "/admin/audit",
	"/admin/access", "/admin/notices", "/admin/jobs", "/admin/jobs?state=dead", "/admin/events",
}

// Each page opens for a viewer in both languages, and leaves an access record of what it shows of users.
func TestAD05_ReportsOpenAndLeaveAccessRecords(t *testing.T) {
	t.Parallel()
	c := newConsoleWorld(t, func(cfg *app.Config) {
		cfg.EventsURL, cfg.EventsSecrets, cfg.AllowPrivateHooks = "http://127.0.0.1:9/", []string{receiverSecret}, true
	})
	b, id := c.operator(kakaotest.PersonaRyan, console.Viewer)
	c.enter(b, id, "/admin/")
	for _, path := range reportPages {
		for _, lang := range []string{"ko", "en"} {
			sep := "?"
			if strings.Contains(path, "?") {
				sep = "&"
			}
			a := b.get(c.ops.URL + path + sep + "lang=" + lang)
			if a.StatusCode == http.StatusSeeOther { // the language goes into a cookie
				a = b.get(c.ops.URL + a.Header.Get("Location"))
			}
			if a.StatusCode != http.StatusOK || !strings.Contains(a.body, `<html lang="`+lang+`">`) {
				t.Errorf("%s in %s: %s %s", path, lang, a.Status, a.body)
			}
			if strings.Contains(a.body, "style=") || strings.Contains(a.body, "console.list") {
				t.Errorf("%s in %s: a style or a text without a translation", path, lang)
			}
		}
	}
	kinds := strings.Join(c.rows("SELECT DISTINCT kind FROM audit_log WHERE class = 'access' ORDER BY kind"), " ")
	for _, want := range []string{"access.failure.list", "access.log.read", "access.job.list", "access.event.list"} {
		if !strings.Contains(kinds, want) {
			t.Errorf("no record of %s: %s", want, kinds)
		}
	}
}

// A user reads the request id out; the operator types it and sees what happened and what to do.
func TestOperatorFindsTheFailureThatAUserReadsOut(t *testing.T) {
	t.Parallel()
	c := newConsoleWorld(t)
	b, id := c.operator(kakaotest.PersonaRyan, console.Operator)
	user, _ := c.member(kakaotest.PersonaApeach)
	lost := user.whoami().User.ID
	c.disable(lost)
	request, letter := "", regexp.MustCompile(`-.*[a-z]`)
	for tries := 0; !letter.MatchString(request); tries++ {
		if tries == 30 { // the number of a request is written with letters too
			t.Fatalf("no letter in the number of %s", request)
		}
		request = shownRequest(t, c.browser().signIn(kakaotest.PersonaApeach, ""))
	}
	c.enter(b, id, "/admin/")
	csrf := hidden(t, b.get(c.ops.URL+"/admin/attempts").body, "csrf")
	search := func(text string) answer {
		t.Helper()
		return b.post(c.ops.URL+"/admin/attempts/search", url.Values{"csrf": {csrf}, "q": {text}})
	}
	a := search(" " + strings.ToUpper(request) + " ")
	if to := a.Header.Get("Location"); to != "/admin/attempts?request="+request {
		t.Fatalf("%s to %q: %s", a.Status, to, a.body)
	}
	found := ""
	for began := time.Now(); !strings.Contains(found, "login.disabled"); time.Sleep(20 * time.Millisecond) {
		if time.Since(began) > time.Minute { // it is written within a second
			t.Fatal(found)
		}
		found = b.get(c.ops.URL + "/admin/attempts?request=" + request).body
	}
	if !strings.Contains(found, "/admin/people/"+lost+"/line") || !strings.Contains(found, "suspended") {
		t.Errorf("neither the user nor what to do: %s", found)
	}
	line := b.get(c.ops.URL + "/admin/people/" + lost + "/line").body
	for _, want := range []string{
		"Last failure: User suspended (login.disabled)",
		request, "Signed in", "session.signed_in", "Suspended", "user.disabled",
	} {
		if !strings.Contains(line, want) {
			t.Errorf("the time line lacks %q: %s", want, line)
		}
	}
	for text, want := range map[string]string{
		"login.expired": "/admin/attempts?code=login.expired", "KOE006": "/admin/attempts?code=provider.KOE006",
		"-401": "/admin/attempts?code=provider.-401", lost: "/admin/people/" + lost + "/line",
	} {
		if to := search(text).Header.Get("Location"); to != want {
			t.Errorf("%q leads to %q, want %q", text, to, want)
		}
	}
	// What may be personal gets into no address.
	for _, text := range []string{"ryan@example.com", "010-1234-5678", "라이언", "3141592653589", "apeach"} {
		if a := search(text); a.StatusCode != http.StatusOK || a.Header.Get("Location") != "" ||
			!strings.Contains(a.body, `id="q-error"`) {
			t.Errorf("%q: %s to %q", text, a.Status, a.Header.Get("Location"))
		}
	}
	if a := b.get(c.ops.URL + "/admin/audit?user=ryan@example.com"); strings.Contains(a.body, "ryan@example.com\"") {
		t.Error("an address in a filter is repeated in the form")
	}
}

// A parameter that is not understood must not look like a filter that was applied: the list is not shown. A field says
// in both languages what is wrong with it.
func TestListWithAnUnknownParameterIsRefused(t *testing.T) {
	t.Parallel()
	c := newConsoleWorld(t, func(cfg *app.Config) {
		cfg.EventsURL, cfg.EventsSecrets, cfg.AllowPrivateHooks = "http://127.0.0.1:9/", []string{receiverSecret}, true
	})
	b, id := c.operator(kakaotest.PersonaRyan, console.Viewer)
	c.enter(b, id, "/admin/")
	line := "/admin/people/" + id + "/line"
	for _, q := range []struct{ path, field string }{
		{"/admin/audit?from=2026-3-1", "from"}, {"/admin/audit?to=yesterday", "to"},
		{"/admin/audit?from=0001-01-01", "from"}, {"/admin/audit?from=2026-03-02&to=2026-03-01", "to"},
		{"/admin/audit?kind=login", "kind"}, {"/admin/audit?user=ryan", "user"}, {"/admin/access?from=2026-02-30", "from"},
		{"/admin/access?kind=session.signed_in", "kind"}, {"/admin/attempts?provider=nobody", "provider"},
		{"/admin/jobs?state=failed", "state"},
		{"/admin/audit?after=x", ""}, {"/admin/audit?after=5", ""}, {"/admin/access?after=-1-2", ""}, {line + "?after=x", ""},
		{"/admin/attempts?after=x", ""}, {"/admin/attempts?after=0", ""}, {"/admin/notices?after=-1", ""},
		{"/admin/jobs?after=1.5", ""}, {"/admin/events?after=last", ""}, {"/admin/people?after=1", ""},
		{"/admin/people?status=gone", ""}, {"/admin/overview?range=year", ""},
		{"/admin/audit?from=2026-03-01&from=2026-03-02", ""}, {"/admin/audit?from=%zz", ""},
		{"/admin/people?stauts=active", ""}, {"/admin/audit?account=kim", ""}, {"/admin/notices?state=done", ""},
		{"/admin/overview?after=1", ""}, {"/admin/keys?after=1", ""}, {line + "?kind=", ""}, {"/admin/?after=1", ""},
	} {
		for lang, texts := range map[string][]string{
			"en": {"Enter a day", "The last day", "not among the choices", "is a UUID"},
			"ko": {"날짜는", "종료일이", "고를 수 없는", "자리 UUID"},
		} {
			b.get(c.ops.URL + "/admin/?lang=" + lang)
			a := b.get(c.ops.URL + q.path)
			if a.StatusCode != http.StatusBadRequest || !strings.Contains(a.body, `<html lang="`+lang+`">`) {
				t.Errorf("%s in %s: %s", q.path, lang, a.Status)
			}
			if strings.Contains(a.body, "<td") || strings.Contains(a.body, "note alone") {
				t.Errorf("%s shows a list: %s", q.path, a.body)
			}
			at := strings.Index(a.body, `id="f-`+q.field+`-error">`)
			said := slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(a.body, s) })
			if q.field != "" && (at < 0 || !said || strings.Count(a.body, "aria-invalid") != 1) {
				t.Errorf("%s in %s does not say what is wrong: %s", q.path, lang, a.body)
			}
		}
	}
	for _, path := range []string{
		"/admin/audit?kind=&user=&from=2026-03-01&to=2026-03-01&after=1770000000000-7", "/admin/people?status=&after=",
		"/admin/attempts?provider=kakao&after=7&code=&request=", "/admin/access?account=&lang=en", line + "?after=",
		"/admin/notices?after=", "/admin/events?after=&lang=en", "/admin/people?notice=saved",
		"/admin/jobs?state=done&after=1", "/admin/overview?range=",
	} {
		if a := b.get(c.ops.URL + path); a.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", path, a.Status)
		}
	}
}

// A job that was given up is retried by an operator, not by a viewer.
func TestOperatorRetriesAJob(t *testing.T) {
	t.Parallel()
	c := newConsoleWorld(t)
	b, id := c.operator(kakaotest.PersonaRyan, console.Operator)
	db, err := sql.Open("sqlite", "file:"+c.dir+"/norang.db?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "INSERT INTO jobs (kind, key, state, attempts, run_at, created_at, "+
		"ended_at, outcome) VALUES ('no such kind', 'x', 'dead', 3, 1, 1, 1, 'given up')"); err != nil {
		t.Fatal(err)
	}
	c.enter(b, id, "/admin/")
	list := b.get(c.ops.URL + "/admin/jobs?state=dead").body
	if !strings.Contains(list, "given up") || !strings.Contains(list, `action="/admin/jobs/retry"`) {
		t.Fatal(list)
	}
	form := url.Values{"csrf": {hidden(t, list, "csrf")}, "id": {hidden(t, list, "id")}}
	a := b.post(c.ops.URL+"/admin/jobs/retry", form)
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/admin/jobs?notice=jobs_retried" {
		t.Fatalf("%s %s", a.Status, a.body)
	}
	if a := b.post(c.ops.URL+"/admin/jobs/retry", url.Values{"csrf": form["csrf"], "id": {"x"}}); a.StatusCode != 400 {
		t.Errorf("a number that is none: %s", a.Status)
	}
	c.grant(id, console.Viewer)
	if a := b.post(c.ops.URL+"/admin/jobs/retry", form); a.StatusCode != http.StatusForbidden {
		t.Errorf("by a viewer: %s", a.Status)
	}
	if list := b.get(c.ops.URL + "/admin/jobs").body; strings.Contains(list, `action="/admin/jobs/retry"`) {
		t.Error("a viewer sees the button")
	}
}

// Without an address nothing is sent, which waiting events alone would not say.
func TestEventsWithoutAnAddress(t *testing.T) {
	t.Parallel()
	c := newConsoleWorld(t)
	b, id := c.operator(kakaotest.PersonaRyan, console.Viewer)
	c.enter(b, id, "/admin/")
	for lang, want := range map[string]string{"ko": "NORANG_EVENTS_URL이 없어서", "en": "NORANG_EVENTS_URL is not set"} {
		a := b.get(c.ops.URL + "/admin/events?lang=" + lang)
		if a.StatusCode == http.StatusSeeOther {
			a = b.get(c.ops.URL + a.Header.Get("Location"))
		}
		if !strings.Contains(a.body, want) {
			t.Errorf("%s: %s", lang, a.body)
		}
	}
	reader, _ := c.newKey(apikey.Read)
	reader.want(t, "GET", "/events/delivery", "", 200, `"sending":false`)
}
