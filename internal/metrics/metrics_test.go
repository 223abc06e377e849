package metrics

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// contentType is Prometheus' text format.
const contentType = "text/plain; version=0.0.4; charset=utf-8"

// scrape returns one scrape as text.
func scrape(t testing.TB, r *Registry) string {
	t.Helper()
	w := httptest.NewRecorder()
	r.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), contentType) {
		t.Fatalf("answer %d %q", w.Code, w.Header().Get("Content-Type"))
	}
	return w.Body.String()
}

// full returns a registry in which everything has been counted once.
func full(t testing.TB) *Registry {
	t.Helper()
	r := New(time.Now)
	r.Route("GET {prefix}/login").Done(200, 3*time.Millisecond)
	r.Providers([]string{"p"}, nil)
	r.LoginStarted()
	r.LoginFinished("p", "ok")
	r.Joined()
	r.SignedOut()
	r.Service("v1.2.3", func() bool { return true }, func() time.Duration { return 2 * time.Second })
	r.Callbacks(func() (working, waiting int) { return 8, 9 })
	r.Limited("start")
	r.Sessions(func() (hits, misses, entries float64) { return 5, 6, 7 })
	r.Jobs(func() (open, dead int) { return 1, 2 })
	r.WriteAheadLog(func() (size int64, behind time.Duration) { return 5, 6 * time.Second })
	r.Events(func() Delivery { return Delivery{Waiting: 3, FailingFor: 4 * time.Second} })
	r.EventSent()("delivered")
	r.LoginStages("claim")("claim", time.Second)
	r.StoreTimes("finish")("finish", time.Second)
	r.JoinHook("allowed")("allowed", time.Second)
	r.Notices([]string{"p"})("p", NoticeStored)
	next := roundTrip(func(*http.Request) (*http.Response, error) { return &http.Response{StatusCode: 200}, nil })
	for _, path := range []string{"/known", "/unknown"} {
		req := httptest.NewRequest(http.MethodGet, "https://provider.example"+path, nil)
		if _, err := r.Transport("p", next, []string{"/known"}).RoundTrip(req); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Dashboards and alerts depend on these names and types.
func TestEveryFamilyHasItsNameAndType(t *testing.T) {
	t.Parallel()
	body := scrape(t, full(t))
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(body))
	if err != nil {
		t.Fatalf("%v in\n%s", err, body)
	}
	var got []string
	for name, f := range families {
		got = append(got, name+" "+strings.ToLower(f.GetType().String()))
		if f.GetHelp() == "" {
			t.Errorf("%s has no help", name)
		}
	}
	slices.Sort(got)
	want, err := os.ReadFile("testdata/families.txt")
	if err != nil {
		t.Fatal(err)
	}
	names := slices.DeleteFunc(strings.Split(strings.TrimSpace(string(want)), "\n"), func(name string) bool {
		return runtime.GOOS != "linux" && strings.HasPrefix(name, "process_") // other systems have fewer
	})
	if diff := cmp.Diff(names, got); diff != "" {
		t.Error(diff)
	}
}

func TestNamesPassPrometheusLint(t *testing.T) {
	t.Parallel()
	problems, err := promlint.New(strings.NewReader(scrape(t, full(t)))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "norang_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

func TestResponsesAreCountedByRouteAndStatus(t *testing.T) {
	t.Parallel()
	r := New(time.Now)
	route := r.Route("GET {prefix}/verify")
	for range 3 {
		route.Done(200, 50*time.Microsecond)
	}
	route.Done(401, 100*time.Microsecond) // a bound belongs to its bucket
	route.Done(503, time.Minute)          // above every bound
	route.Done(1000, 0)                   // not a status
	r.Route("GET {prefix}/verify").Done(200, 0)
	body := scrape(t, r)
	for _, want := range []string{
		`norang_requests_total{route="GET {prefix}/verify",status="0"} 1`,
		`norang_requests_total{route="GET {prefix}/verify",status="200"} 4`,
		`norang_requests_total{route="GET {prefix}/verify",status="401"} 1`,
		`norang_request_seconds_bucket{route="GET {prefix}/verify",le="0.0001"} 6`,
		`norang_request_seconds_bucket{route="GET {prefix}/verify",le="15"} 6`,
		`norang_request_seconds_bucket{route="GET {prefix}/verify",le="+Inf"} 7`,
		`norang_request_seconds_sum{route="GET {prefix}/verify"} 60.00025`,
		`norang_request_seconds_count{route="GET {prefix}/verify"} 7`,
		"norang_logins_started_total 0",
	} {
		if !strings.Contains(body, "\n"+want+"\n") {
			t.Errorf("no line %q", want)
		}
	}
}

// Labels come from fixed lists. Should one hold anything else, it must not forge a line.
func TestLabelsCannotForgeLines(t *testing.T) {
	t.Parallel()
	r := New(time.Now)
	r.LoginFinished("p", "a\"\\\n} 1\nforged 1")
	body := scrape(t, r)
	if want := `norang_logins_finished_total{outcome="a\"\\\n} 1\nforged 1",provider="other"} 1`; !strings.Contains(body,
		"\n"+want+"\n") {
		t.Errorf("no line %q", want)
	}
	if strings.Contains(body, "\nforged") {
		t.Error("a label forged a line")
	}
}

func TestOP17_InventedProvidersAndOutcomesAreCountedAsOther(t *testing.T) {
	t.Parallel()
	r := New(time.Now)
	r.Providers([]string{"p"}, nil)
	r.LoginFinished("p", "ok")
	r.LoginFinished("p", strings.Repeat("x", 16_000))
	for i := range 4000 {
		r.LoginFinished("p", "provider."+strconv.Itoa(i))
		r.LoginFinished("invented "+strconv.Itoa(i), "ok")
	}
	r.LoginFinished("p", "ok")
	body := scrape(t, r)
	if n := strings.Count(body, "norang_logins_finished_total{"); n != maxLabels+2 {
		t.Errorf("%d outcomes, want %d", n, maxLabels+2)
	}
	for _, want := range []string{
		`{outcome="ok",provider="p"} 2`, `{outcome="other",provider="p"} 3902`, `{outcome="ok",provider="other"} 4000`,
	} {
		if !strings.Contains(body, "norang_logins_finished_total"+want+"\n") {
			t.Errorf("no line %q", want)
		}
	}
}

func TestProviderCallsWithUnknownPathAreCountedAsOther(t *testing.T) {
	t.Parallel()
	r := full(t)
	failing := roundTrip(func(*http.Request) (*http.Response, error) { return nil, errors.New("no route") })
	req := httptest.NewRequest(http.MethodGet, "https://provider.example/known", nil)
	if _, err := r.Transport("p", failing, []string{"/known"}).RoundTrip(req); err == nil {
		t.Fatal("the error is lost")
	}
	body := scrape(t, r)
	for _, want := range []string{
		`norang_provider_seconds_count{call="/known",provider="p",status="0"} 1`,
		`norang_provider_seconds_count{call="/known",provider="p",status="200"} 1`,
		`norang_provider_seconds_count{call="other",provider="p",status="200"} 1`,
	} {
		if !strings.Contains(body, "\n"+want+"\n") {
			t.Errorf("no line %q", want)
		}
	}
	if strings.Contains(body, "unknown") {
		t.Error("a path became a label")
	}
}

// A scrape may query the database.
func TestConcurrentScrapesAreBounded(t *testing.T) {
	t.Parallel()
	r := New(time.Now)
	inside, release := make(chan struct{}, maxScrapes), make(chan struct{})
	r.Jobs(func() (int, int) {
		inside <- struct{}{}
		<-release
		return 0, 0
	})
	h := r.Handler()
	ask := func() int {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		return w.Code
	}
	var scrapes sync.WaitGroup
	codes := make([]int, maxScrapes)
	for i := range codes {
		scrapes.Go(func() { codes[i] = ask() })
	}
	for range codes {
		<-inside
	}
	if code := ask(); code != http.StatusServiceUnavailable {
		t.Errorf("one scrape too many: %d", code)
	}
	close(release)
	scrapes.Wait()
	for _, code := range codes {
		if code != http.StatusOK {
			t.Errorf("a scrape within the bound: %d", code)
		}
	}
}

func TestCountingIsSafeFromManyGoroutines(t *testing.T) {
	t.Parallel()
	r := New(time.Now)
	route := r.Route("x")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 1000 {
				route.Done(200, time.Millisecond)
				r.Route("x").Done(200, time.Millisecond)
			}
			_ = scrape(t, r)
		})
	}
	all.Wait()
	if want := `norang_requests_total{route="x",status="200"} 16000`; !strings.Contains(scrape(t, r), want) {
		t.Errorf("no line %q", want)
	}
}

// verify is on the hot path.
func TestRouteDoneDoesNotAllocate(t *testing.T) {
	route := New(time.Now).Route("x")
	route.Done(200, 0)
	if n := testing.AllocsPerRun(100, func() { route.Done(200, time.Millisecond) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkDone(b *testing.B) {
	route := New(time.Now).Route("x")
	b.ReportAllocs()
	for b.Loop() {
		route.Done(200, 50*time.Microsecond)
	}
}

func BenchmarkScrape(b *testing.B) {
	h := full(b).Handler()
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		_, _ = io.Copy(io.Discard, w.Body)
	}
}
