package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/figures"
	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// figures reads what the service has counted since the clock was stopped.
func (w *world) figures(m figures.Metric) (byLabel map[string]int64) {
	w.t.Helper()
	db, err := store.Open(w.t.Context(), store.Config{DSN: w.dir + "/norang.db", MustExist: true})
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	all, err := db.Figures(w.t.Context(), figures.Query{
		Metric: m, Span: figures.Hour, Step: 24 * time.Hour, To: w.clock.now().Add(time.Hour),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	byLabel = map[string]int64{}
	for _, f := range all {
		byLabel[f.Label] += f.Count
	}
	return byLabel
}

// funnel checks the funnel as a while after now: about all sign-ins and about Kakao, which have to agree.
func (w *world) funnel(ahead time.Duration) figures.Finding {
	w.t.Helper()
	db, err := store.Open(w.t.Context(), store.Config{DSN: w.dir + "/norang.db", MustExist: true})
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	all, err := figures.CheckFunnel(w.t.Context(), db, w.clock.now().Add(ahead))
	if err != nil || len(all) != 2 || all[1].Provider != "kakao" {
		w.t.Fatalf("%+v, %v", all, err)
	}
	all[1].Provider = ""
	if all[0] != all[1] {
		w.t.Errorf("all sign-ins %+v, those at Kakao %+v", all[0], all[1])
	}
	return all[0]
}

// CO-01: 40 sign-ins start and none returns; then half of them return.
func TestCO01_StartsAndReturnsAreCountedWithoutARowPerVisitor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.stop()
	var back []string
	var browsers []*browser
	for range 40 {
		b := w.browser()
		b.agent = kakaoTalkAndroid
		back, browsers = append(back, b.toCallback(kakaotest.PersonaRyan, "")), append(browsers, b)
	}
	body := w.metrics()
	for _, want := range []string{
		`norang_sign_ins_started_total{browser="kakaotalk",device="mobile",provider="kakao"} 40`,
		`norang_sign_ins_returned_total{browser="kakaotalk",device="mobile",provider="kakao"} 0`,
		`norang_sign_ins_started_total{browser="chrome",device="desktop",provider="kakao"} 0`,
	} {
		if !strings.Contains(body, "\n"+want+"\n") {
			t.Errorf("no line %q", want)
		}
	}
	w.stop()
	if f := w.funnel(10 * time.Minute); f.Alarm != figures.NobodyReturns || f.Hour != (figures.Funnel{Started: 40}) {
		t.Errorf("none of 40 returned: %+v", f)
	}
	// One row by minute and one by hour, and no attempt of visitors who did not return.
	rows := w.rows("SELECT span || ' ' || metric || ' ' || label || ' ' || n FROM figures WHERE metric <> 'sessions' " +
		"UNION ALL SELECT key FROM attempts ORDER BY 1")
	if diff := cmp.Diff([]string{
		"3600 started kakaotalk mobile 40", "3600 started_at kakao 40", "60 started kakaotalk mobile 40",
		"60 started_at kakao 40",
	}, rows); diff != "" {
		t.Errorf("rows of 40 visitors (-want +got):\n%s", diff)
	}

	w.restart()
	for i, b := range browsers[:20] {
		b.get(back[i])
		b.get(back[i]) // a repeated callback is not another return
	}
	stranger := w.browser()
	stranger.get(back[20]) // has no attempt
	browsers[21].get("/oauth/kakao/callback?state=invented&code=x")
	w.stop()
	f := w.funnel(10 * time.Minute)
	if f.Hour != (figures.Funnel{Started: 40, Returned: 20}) || f.Alarm != figures.NoAlarm {
		t.Errorf("20 of 40 returned, with nothing to compare: %+v", f)
	}
	if got := figures.Decide(f.Hour, 0, figures.Funnel{Started: 1000, Returned: 800}); got != figures.MissingDoubled {
		t.Errorf("half of them, after a week with a fifth: %q", got)
	}
	if n := w.figures(figures.SignIns)["kakao"]; n != 20 {
		t.Errorf("%d sign-ins", n)
	}
	if got := w.figures(figures.Failures); got["login.other_browser"] != 2 {
		t.Errorf("failures %v", got)
	}
	if got := w.figures(figures.ProviderCalls); got["kakao /oauth/token"] != 20 {
		t.Errorf("provider calls %v", got)
	}
}

// A callback that fails has returned all the same.
func TestCancelledSignInReturns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	state := mustQuery(t, b.get("/oauth/kakao").Header.Get("Location")).Get("state")
	b.get("/oauth/kakao/callback?error=access_denied&state=" + state)
	w.stop()
	if got := w.figures(figures.Returned); cmp.Diff(map[string]int64{"other desktop": 1}, got) != "" {
		t.Errorf("returned %v", got)
	}
	if got := w.figures(figures.Failures); cmp.Diff(map[string]int64{"login.cancelled": 1}, got) != "" {
		t.Errorf("failures %v", got)
	}
	if got := w.figures(figures.FailuresOf); cmp.Diff(map[string]int64{"kakao login.cancelled": 1}, got) != "" {
		t.Errorf("failures by provider %v", got)
	}
}
