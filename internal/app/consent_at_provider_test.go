package app_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// Consent given and withdrawn at Kakao, end to end.

// ledger returns a user's entries as "+tag version@place", oldest first, read from the database as another process
// would.
func (w *world) ledger(id string) []string {
	w.t.Helper()
	db, err := store.Open(w.t.Context(), store.Config{DSN: filepath.Join(w.dir, "norang.db")})
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	lines, err := db.Ledger(w.t.Context(), account.ID(id), 100)
	if err != nil {
		w.t.Fatal(err)
	}
	var all []string
	for _, l := range slices.Backward(lines) {
		sign := map[bool]string{true: "+", false: "-"}[l.Agreed]
		all = append(all, sign+l.Tag+" "+l.Version+"@"+l.Place)
	}
	return all
}

// consents replaces the consent items of the Kakao app.
func (w *world) consents(items ...kakaotest.ConsentItem) {
	w.t.Helper()
	if err := w.kakao.UpdateApp(0, func(a *kakaotest.App) { a.ConsentItems = items }); err != nil {
		w.t.Fatal(err)
	}
}

func item(id, step string) kakaotest.ConsentItem { return kakaotest.ConsentItem{ID: id, Step: step} }

// atKakao calls Kakao's API with the admin key, as the user's own action there.
func (w *world) atKakao(path string, form url.Values) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(
		w.t.Context(),
		"POST",
		w.kakao.APIURL()+path,
		strings.NewReader(form.Encode()),
	)
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "KakaoAK "+w.adminKey())
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 200 {
		w.t.Fatalf("%s: %s", path, resp.Status)
	}
}

func target(id int64) url.Values {
	return url.Values{"target_id_type": {"user_id"}, "target_id": {strconv.FormatInt(id, 10)}}
}

func TestPV07_ConsentWithdrawnAtKakaoDeletesItsData(t *testing.T) {
	t.Parallel()
	w := hooked(t)
	b, id := w.signedIn(kakaotest.PersonaRyan)
	who := b.whoami()
	if who.User.Email == nil {
		t.Fatal("no email to withdraw")
	}
	form := target(id)
	form.Set("scopes", `["account_email"]`)
	w.atKakao("/v2/user/revoke/scopes", form)
	if d := w.accountWebhook(id, "user-scope-withdraw", kakaotest.WebhookSend{}); d.Status != http.StatusAccepted {
		t.Errorf("%+v", d)
	}
	eventually(t, "the email is deleted", func() bool { return b.whoami().User.Email == nil })
	if now := b.whoami(); !now.SignedIn || now.User.Nickname == nil {
		t.Errorf("data of other items was deleted too: %+v", now)
	}
	want := []string{
		"+account_email @kakao",
		"+profile_image @kakao",
		"+profile_nickname @kakao",
		"-account_email @kakao",
	}
	if got := w.ledger(who.User.ID); !slices.Equal(got, want) {
		t.Errorf("ledger %q", got)
	}
}

// Kakao does not say which consent was withdrawn, so the whole profile is deleted at once.
func TestPV07_ConsentWithdrawnWhileKakaoIsDownDeletesTheProfile(t *testing.T) {
	t.Parallel()
	w := hooked(t)
	b, id := w.signedIn(kakaotest.PersonaRyan)
	if err := w.kakao.Script(kakaotest.Scenario{Endpoint: "user/scopes", Status: 503, Times: -1}); err != nil {
		t.Fatal(err)
	}
	w.accountWebhook(id, "user-scope-withdraw", kakaotest.WebhookSend{})
	eventually(
		t,
		"the profile is deleted",
		func() bool { return b.whoami().User.Email == nil && b.whoami().User.Nickname == nil },
	)
	if !b.in() {
		t.Error("the user was signed out")
	}
}

func TestConsentGivenAtKakaoIsRecorded(t *testing.T) {
	t.Parallel()
	w := hooked(t)
	w.consents(item("profile_nickname", kakaotest.StepRequired), item("friends", kakaotest.StepInUse))
	b, id := w.signedIn(kakaotest.PersonaRyan)
	if _, err := w.kakao.Approve(kakaotest.Approval{
		Account: kakaotest.PersonaRyan,
		Params:  map[string]string{"scope": "friends"},
	}); err != nil {
		t.Fatal(err) // for example in the app on a phone
	}
	if d := w.accountWebhook(id, "user-scope-consent", kakaotest.WebhookSend{}); d.Status != http.StatusAccepted {
		t.Errorf("%+v", d)
	}
	w.settled()
	want := []string{"+profile_nickname @kakao", "+friends @kakao"}
	if got := w.ledger(b.whoami().User.ID); !slices.Equal(got, want) {
		t.Errorf("ledger %q", got)
	}
}

// PV-06: data that Kakao sends without being asked for is not stored in any file.
func TestPV06_UnrequestedDataIsNotStored(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) { c.Age = "kakao" })
	w.consents(
		item("profile_nickname", kakaotest.StepRequired),
		item("account_email", kakaotest.StepRequired),
		item("name", kakaotest.StepRequired),
		item(
			"gender",
			kakaotest.StepRequired,
		),
		item("birthday", kakaotest.StepRequired),
		item("birthyear", kakaotest.StepRequired),
		item(
			"age_range",
			kakaotest.StepRequired,
		),
		item("phone_number", kakaotest.StepRequired),
		item("account_ci", kakaotest.StepRequired),
	)
	b := w.browser()
	if a := b.signIn(kakaotest.PersonaFull, "/board"); a.Header.Get("Location") != "/board" {
		t.Fatalf("%s to %q", a.Status, a.Header.Get("Location"))
	}
	if who := b.whoami(); who.User.Email == nil || who.Status != "active" {
		t.Fatalf("%+v", who)
	}
	w.stop()
	var all strings.Builder
	all.WriteString(w.log.String())
	for _, name := range []string{"norang.db", "norang.db-wal"} {
		data, err := os.ReadFile(filepath.Join(w.dir, name))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		all.Write(data)
	}
	if !strings.Contains(all.String(), "full@example.com") {
		t.Fatal("the search finds not even the nickname")
	}
	for what, secret := range map[string]string{
		"name": "모두나", "gender": "female", "day of birth": "1231", "year of birth": "1988", "age range": "30~39",
		"phone": "1234-5603", "E.164 phone": "821012345603",
	} {
		if strings.Contains(all.String(), secret) && what != "day of birth" && what != "year of birth" {
			t.Errorf("the %s is stored", what)
		}
	}
	for _, both := range []string{"19881231", "1988-12-31", `"1988"`, `"1231"`} {
		if strings.Contains(all.String(), both) {
			t.Errorf("the birthday is stored as %s", both)
		}
	}
}

// PV-01: a user who agrees only to what is required can join and is not asked again.
func TestPV01_OptionalItemsCanBeDeclined(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) {
		c.Terms = []app.Term{
			{Tag: "service", Version: "1", TitleKo: "이용약관", Required: true},
			{Tag: "news", Version: "1", TitleEn: "Send me news", Marketing: true},
		}
	})
	b := w.browser()
	b.signIn(kakaotest.PersonaDeclinesOptional, "/board")
	page := b.get("/auth/join")
	a := b.post(
		"/auth/join",
		url.Values{
			"csrf":         {hidden(t, page.body, "csrf")},
			"term.service": {"1"},
			"action":       {"join"},
			"return_to":    {"/board"},
		},
	)
	if a.Header.Get("Location") != "/board" {
		t.Fatalf("%s %s", a.Status, a.body)
	}
	who := b.whoami()
	if who.Status != "active" || who.User.Email != nil || who.User.Nickname == nil {
		t.Errorf("%+v", who)
	}
	for range 3 {
		again := w.browser()
		if a := again.signIn(kakaotest.PersonaDeclinesOptional, "/board"); a.Header.Get("Location") != "/board" {
			t.Errorf("asked again: %s to %q", a.Status, a.Header.Get("Location"))
		}
	}
	want := []string{"+service 1@join", "-news 1@join", "+profile_image @kakao", "+profile_nickname @kakao"}
	if got := w.ledger(who.User.ID); !slices.Equal(got, want) {
		t.Errorf("ledger %q", got)
	}
	for _, r := range w.kakao.Requests() {
		if r.Endpoint == "oauth/authorize" && r.Params["scope"] != "" {
			t.Error("Kakao was asked for consent items again")
		}
	}
}

// kakaoSync configures Kakao Sync with two terms and one term that the join page asks for.
func kakaoSync(c *app.Config) {
	c.Kakao.Sync = true
	c.Terms = []app.Term{
		{Tag: "service", Version: "2026-01", TitleEn: "Terms", Required: true},
		{Tag: "news", Version: "1", TitleEn: "News", Marketing: true},
	}
}

func (w *world) syncTerms(tags ...string) {
	w.t.Helper()
	if err := w.kakao.UpdateApp(0, func(a *kakaotest.App) {
		a.Terms = nil
		for _, tag := range tags {
			a.Terms = append(a.Terms, kakaotest.Term{Tag: tag, Title: tag, Required: tag == "service"})
		}
	}); err != nil {
		w.t.Fatal(err)
	}
}

func TestKakaoSyncTermsAreNotAskedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kakaoSync)
	w.syncTerms("service", "news")
	for persona, want := range map[string][]string{
		kakaotest.PersonaRyan:             {"+service 2026-01@kakao_sync", "+news 1@kakao_sync"},
		kakaotest.PersonaDeclinesOptional: {"+service 2026-01@kakao_sync", "-news 1@kakao_sync"},
	} {
		b := w.browser()
		if a := b.signIn(persona, "/board"); a.Header.Get("Location") != "/board" {
			t.Fatalf("%s: %s to %q", persona, a.Status, a.Header.Get("Location"))
		}
		got := slices.DeleteFunc(
			w.ledger(b.whoami().User.ID),
			func(l string) bool { return strings.HasSuffix(l, "@kakao") },
		)
		if !slices.Equal(got, want) {
			t.Errorf("%s: ledger %q", persona, got)
		}
	}
}

// A term that Kakao does not ask for is asked here, and only that one.
func TestKakaoSyncAsksOnlyTermsOfOurOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kakaoSync)
	w.syncTerms("service")
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "/board")
	page := b.get("/auth/join")
	if strings.Contains(page.body, "term.service") || !strings.Contains(page.body, "term.news") {
		t.Fatalf("%s %s", page.Status, page.body)
	}
	b.post("/auth/join", url.Values{"csrf": {hidden(t, page.body, "csrf")}, "action": {"join"}})
	got := slices.DeleteFunc(
		w.ledger(b.whoami().User.ID),
		func(l string) bool { return strings.HasSuffix(l, "@kakao") },
	)
	if want := []string{"+service 2026-01@kakao_sync", "-news 1@join"}; !slices.Equal(got, want) {
		t.Errorf("ledger %q", got)
	}
}

// Kakao does not say what was agreed to: the join page asks for everything, no user is refused, and the log warns.
func TestKakaoSyncWithoutAnAnswerAsksForEverything(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kakaoSync)
	w.syncTerms("service", "news")
	if err := w.kakao.Script(kakaotest.Scenario{Endpoint: "user/service_terms", Status: 500, Times: -1}); err != nil {
		t.Fatal(err)
	}
	b := w.browser()
	if a := b.signIn(kakaotest.PersonaRyan, ""); !strings.HasPrefix(a.Header.Get("Location"), "/auth/join") {
		t.Fatalf("%s to %q", a.Status, a.Header.Get("Location"))
	}
	if page := b.get("/auth/join"); !strings.Contains(page.body, "term.service") ||
		!strings.Contains(page.body, "term.news") {
		t.Error(page.body)
	}
	if !strings.Contains(w.log.String(), "optional claims not read") {
		t.Error("the log has no warning")
	}
}
