package metrics

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// read is a reading as text.
func read(t testing.TB, r *Registry) string {
	t.Helper()
	w := httptest.NewRecorder()
	r.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != contentType {
		t.Fatalf("answer %d %q", w.Code, w.Header().Get("Content-Type"))
	}
	return w.Body.String()
}

// full is a registry in which everything has been counted once.
func full(t testing.TB) *Registry {
	t.Helper()
	r := New()
	r.Request("GET {prefix}/login", 200, 3*time.Millisecond)
	r.LoginStarted()
	r.LoginFinished("ok")
	r.Joined()
	r.Limited("start")
	r.Sessions(func() float64 { return 5 }, func() float64 { return 6 }, func() float64 { return 7 })
	r.Jobs(func() (int, int) { return 1, 2 })
	next := roundTrip(func(*http.Request) (*http.Response, error) { return &http.Response{StatusCode: 200}, nil })
	for _, path := range []string{"/known", "/unknown"} {
		req := httptest.NewRequest(http.MethodGet, "https://provider.example"+path, nil)
		if _, err := r.Transport(next, []string{"/known"}).RoundTrip(req); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// What dashboards and alerts rest on: every name with its type, as Prometheus' own parser reads them.
func TestPrometheusReadsEveryFamilyWithItsType(t *testing.T) {
	body := read(t, full(t))
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
		return runtime.GOOS != "linux" && strings.HasPrefix(name, "process_") // read from /proc
	})
	if diff := cmp.Diff(names, got); diff != "" {
		t.Error(diff)
	}
}

func TestPrometheusFindsNothingToMendInOurOwn(t *testing.T) {
	problems, err := promlint.New(strings.NewReader(read(t, full(t)))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "norang_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

func TestCountersAndHistogramsAreWrittenAsCounted(t *testing.T) {
	r := New()
	route := r.Route("GET {prefix}/verify")
	for range 3 {
		route.Done(200, 50*time.Microsecond)
	}
	route.Done(401, 100*time.Microsecond) // a bound belongs to its bucket
	route.Done(503, time.Minute)          // longer than all
	route.Done(1000, 0)                   // no status
	r.Request("GET {prefix}/verify", 200, 0)
	body := read(t, r)
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

// Labels come from fixed lists; if one were ever to hold something else, it could still not forge a line.
func TestLabelsCannotForgeLines(t *testing.T) {
	r := New()
	r.LoginFinished("a\"\\\n} 1\nforged 1")
	body := read(t, r)
	if want := `norang_logins_finished_total{outcome="a\"\\\n} 1\nforged 1"} 1`; !strings.Contains(body, "\n"+want+"\n") {
		t.Errorf("no line %q", want)
	}
	if strings.Contains(body, "\nforged") {
		t.Error("a label made a line of its own")
	}
}

func TestProviderCallsAreCountedByKnownPathsOnly(t *testing.T) {
	r := full(t)
	failing := roundTrip(func(*http.Request) (*http.Response, error) { return nil, errors.New("no route") })
	req := httptest.NewRequest(http.MethodGet, "https://provider.example/known", nil)
	if _, err := r.Transport(failing, []string{"/known"}).RoundTrip(req); err == nil {
		t.Fatal("the error was swallowed")
	}
	body := read(t, r)
	for _, want := range []string{
		`norang_provider_seconds_count{call="/known",status="0"} 1`,
		`norang_provider_seconds_count{call="/known",status="200"} 1`,
		`norang_provider_seconds_count{call="other",status="200"} 1`,
	} {
		if !strings.Contains(body, "\n"+want+"\n") {
			t.Errorf("no line %q", want)
		}
	}
	if strings.Contains(body, "unknown") {
		t.Error("a path became a label")
	}
}

// A reading may ask the database, so a crowd of readers must not.
func TestReadersAreBounded(t *testing.T) {
	r := New()
	inside, release := make(chan struct{}, maxReaders), make(chan struct{})
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
	var readers sync.WaitGroup
	codes := make([]int, maxReaders)
	for i := range codes {
		readers.Go(func() { codes[i] = ask() })
	}
	for range codes {
		<-inside
	}
	if code := ask(); code != http.StatusServiceUnavailable {
		t.Errorf("one reader too many: %d", code)
	}
	close(release)
	readers.Wait()
	for _, code := range codes {
		if code != http.StatusOK {
			t.Errorf("a reader within the bound: %d", code)
		}
	}
}

func TestCountingIsSafeFromManyGoroutines(t *testing.T) {
	r := New()
	route := r.Route("x")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 1000 {
				route.Done(200, time.Millisecond)
				r.Request("x", 200, time.Millisecond)
			}
			_ = read(t, r)
		})
	}
	all.Wait()
	if want := `norang_requests_total{route="x",status="200"} 16000`; !strings.Contains(read(t, r), want) {
		t.Errorf("no line %q", want)
	}
}

// The path of verify: counting must cost it no allocation.
func TestCountingARouteAllocatesNothing(t *testing.T) {
	route := New().Route("x")
	route.Done(200, 0)
	if n := testing.AllocsPerRun(100, func() { route.Done(200, time.Millisecond) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestProcessIsReadFromLinux(t *testing.T) {
	root := t.TempDir()
	files := map[string]string{
		"stat": "cpu  1 2 3\nbtime 1700000000\n",
		// A program's name may look like fields, brackets included.
		"self/stat": "42 (a) R b) S 1 42 42 0 -1 4194560 1 0 0 0 250 50 0 0 20 0 7 0 1000 987654 321 18446744073709551615\n",
		"self/limits": "Limit                     Soft Limit           Hard Limit           Units\n" +
			"Max open files            1024                 4096                 files\n" +
			"Max address space         unlimited            unlimited            bytes\n",
		"self/net/netstat": "TcpExt: A B\nTcpExt: 1 2\nIpExt: InNoRoutes InOctets OutOctets\nIpExt: 0 11 22\n",
		"self/fd/0":        "", "self/fd/1": "",
	}
	for name, content := range files {
		path := root + "/" + name
		if err := os.MkdirAll(path[:strings.LastIndexByte(path, '/')], 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var got text
	writeProcess(root)(&got)
	var samples []string
	for line := range strings.Lines(string(got.b)) {
		if !strings.HasPrefix(line, "#") {
			samples = append(samples, strings.TrimSpace(line))
		}
	}
	want := []string{
		"process_cpu_seconds_total 3", "process_virtual_memory_bytes 987654",
		"process_resident_memory_bytes " + number(float64(321*os.Getpagesize())),
		"process_start_time_seconds 1.70000001e+09", "process_open_fds 2", "process_max_fds 1024",
		"process_virtual_memory_max_bytes 1.8446744073709552e+19",
		"process_network_receive_bytes_total 11", "process_network_transmit_bytes_total 22",
	}
	if diff := cmp.Diff(want, samples); diff != "" {
		t.Error(diff)
	}
}

func TestProcessWritesNothingWhereNothingCanBeRead(t *testing.T) {
	for name, root := range map[string]string{"no directory": t.TempDir() + "/none", "empty": t.TempDir()} {
		var got text
		writeProcess(root)(&got)
		if len(got.b) > 0 {
			t.Errorf("%s: %s", name, got.b)
		}
	}
	broken := t.TempDir()
	for _, name := range []string{"stat", "limits", "net/netstat"} {
		if err := os.MkdirAll(broken+"/self/net", 0o755); err != nil {
			t.Fatal(err)
		}
		for _, content := range []string{"", ")", "1 (x) S 1", "IpExt: InOctets\nIpExt:\n", "Max open files\n"} {
			if err := os.WriteFile(broken+"/self/"+name, []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
			var got text
			writeProcess(broken)(&got)
			if bytes.Contains(got.b, []byte("process_")) {
				t.Errorf("%s %q: %s", name, content, got.b)
			}
		}
	}
}

func BenchmarkDone(b *testing.B) {
	route := New().Route("x")
	b.ReportAllocs()
	for b.Loop() {
		route.Done(200, 50*time.Microsecond)
	}
}

func BenchmarkRead(b *testing.B) {
	h := full(b).Handler()
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		_, _ = io.Copy(io.Discard, w.Body)
	}
}
