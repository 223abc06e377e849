package e2e_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/internal/testkit/skipped"
	"github.com/norang-login/norang/internal/testkit/soak"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// strangers are requests that anyone can send, each with something of its own in every part.
var strangers = []func(r *http.Request, n string){
	func(r *http.Request, n string) { r.Method = "M" + n },
	func(r *http.Request, n string) { r.Method, r.URL.Path = "DELETE", "/auth/login" },
	func(r *http.Request, n string) { r.URL.Path = "/p" + n + strings.Repeat("x", 2000) },
	func(r *http.Request, n string) { r.Host = "h" + n + strings.Repeat("x", 200) + ".example" },
	func(r *http.Request, n string) {
		r.URL.Path = "/auth/verify"
		r.Header.Set("X-"+n, strings.Repeat(n, 100))
	},
	func(r *http.Request, n string) {
		r.URL.Path = "/auth/verify"
		unknown := strings.Repeat("0", 48-len(n)) + n // has the form of a token
		r.Header.Set("Cookie", fmt.Sprintf("norang-dev-%[1]s=%[2]s; norang-dev-%[1]s-a-%[3]s=%[3]s; c%[3]s=1",
			r.URL.Port(), unknown, n))
	},
	func(r *http.Request, n string) {
		r.URL.Path = "/auth/account"
		r.Header.Set("X-Forwarded-For", n)
		r.Header.Set("X-Forwarded-Host", n+".example")
	},
	func(r *http.Request, n string) {
		r.URL.Path, r.URL.RawQuery = "/oauth/kakao", "return_to=/"+n+"&login_hint="+n
	},
	func(r *http.Request, n string) { r.URL.Path = "/oauth/p" + n },
	func(r *http.Request, n string) {
		r.URL.Path, r.URL.RawQuery = "/oauth/kakao/callback", "code="+n+"&state="+n
	},
	func(r *http.Request, n string) {
		r.URL.Path, r.URL.RawQuery = "/oauth/kakao/callback", "state="+n+"&error=E"+n+"&error_description="+n
	},
	func(r *http.Request, n string) {
		r.Method, r.URL.Path, r.Body = "POST", "/auth/signout", body("csrf="+n)
		r.Header.Set("Content-Type", form)
	},
	func(r *http.Request, n string) {
		r.Method, r.URL.Path, r.Body = "POST", "/auth/join", body(n+"=1&csrf="+n)
		r.Header.Set("Content-Type", form)
	},
	func(r *http.Request, n string) {
		r.Method, r.URL.Path, r.URL.RawQuery = "POST", "/auth/webhooks/kakao/unlink", "app_id="+n+"&user_id="+n
		r.Header.Set("Authorization", "KakaoAK "+n)
	},
	func(r *http.Request, n string) {
		r.Method, r.URL.Path, r.Body = "POST", "/auth/webhooks/kakao/account", body(unsignedEvent+n)
		r.Header.Set("Content-Type", "application/secevent+jwt")
	},
	func(r *http.Request, n string) { r.Method, r.URL.Path = "POST", "/auth/webhooks/p"+n+"/unlink" },
	func(r *http.Request, n string) {
		r.Method, r.URL.Path = "OPTIONS", "/auth/session"
		r.Header.Set("Origin", "https://"+n+".example")
		r.Header.Set("Access-Control-Request-Method", n)
	},
}

const (
	form          = "application/x-www-form-urlencoded"
	unsignedEvent = "eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.e30." // {"alg":"RS256","kid":"x"}, {}
)

func body(text string) io.ReadCloser { return io.NopCloser(strings.NewReader(text)) }

// TestDO12_DO13_OP17_FloodsLeaveMetricsAndLogFlat floods the built program over the network with every kind of
// request of a stranger, 10,000 in all (NORANG_ROUNDS multiplies them). The first half exhausts what is logged at once
// of each kind. After it memory, log and the number of series no longer grow, and a scrape is quick throughout.
func TestDO12_DO13_OP17_FloodsLeaveMetricsAndLogFlat(t *testing.T) {
	if runtime.GOOS != "linux" {
		skipped.Skip(t, "memory is read from /proc")
	}
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	p := &place{t: t, bin: bin, dir: t.TempDir(), port: freeport.Pick(t), k: kakaotest.Start(t)}
	ops := freeport.Pick(t)
	s := p.serveWith(p.port, "NORANG_DATABASE="+filepath.Join(p.dir, "norang.db"), "NORANG_OPS_LISTEN=127.0.0.1:"+ops)
	client := &http.Client{
		Timeout:       timeout,
		Transport:     &http.Transport{MaxIdleConnsPerHost: 32},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()
	var sent, failed atomic.Int64
	flood := func(requests int64) (lasted time.Duration) {
		began, last := time.Now(), sent.Load()+requests
		more := func() bool { return sent.Load() < last && time.Since(began) < timeout*time.Duration(soak.Rounds(1)) }
		var wg sync.WaitGroup
		for worker := range 16 {
			wg.Go(func() {
				random := rand.New(rand.NewPCG(uint64(worker), uint64(time.Now().UnixNano())))
				for more() {
					r, err := http.NewRequest(http.MethodGet, p.url()+"/", nil)
					if err != nil {
						panic(err)
					}
					n := strconv.FormatUint(random.Uint64(), 36)
					r.Header.Set("User-Agent", "UA "+n+strings.Repeat(n, 50))
					strangers[random.IntN(len(strangers))](r, n)
					resp, err := client.Do(r)
					sent.Add(1)
					if err != nil {
						failed.Add(1)
						continue
					}
					_, _ = io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
				}
			})
		}
		wg.Wait()
		return time.Since(began)
	}
	const quick = 100 * time.Millisecond
	scrape := func() (series int, took time.Duration) {
		t.Helper()
		took = time.Minute
		// The quickest of several, because the machine is busy.
		for tries := 0; tries < 3 || tries < 50 && took > quick; tries++ {
			began := time.Now()
			resp, err := client.Get("http://127.0.0.1:" + ops + "/metrics")
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err != nil || resp.StatusCode != http.StatusOK {
				t.Fatalf("/metrics: %s, %v", resp.Status, err)
			}
			took = min(took, time.Since(began))
			series = bytes.Count(text, []byte("\nnorang_"))
		}
		return series, took
	}
	half := 5000 * int64(soak.Rounds(1))
	idle := s.resident(t)
	first := flood(half)
	memory, lines := s.resident(t), len(s.out.all())
	series, _ := scrape()
	second := flood(half)
	more, grown := s.resident(t), len(s.out.all())-lines
	all, took := scrape()
	t.Logf("%d requests in %v and %v, %d without an answer; "+
		"memory %d MB idle, %d MB after the first half, %d MB at the end; "+
		"log %d bytes after the first half, %d more at the end; %d series, then %d; a scrape takes %v",
		sent.Load(), first, second, failed.Load(), idle>>20, memory>>20, more>>20, lines, grown, series, all, took)
	if more > memory+16<<20 || more > idle+128<<20 {
		t.Errorf("memory grows from %d MB (idle) and %d to %d MB", idle>>20, memory>>20, more>>20)
	}
	// A line a second for each of some kinds of failure.
	if most := int(second.Seconds()+1) * 4000; grown > most {
		t.Errorf("the log grows by %d bytes in %v, at most %d allowed; it ends: %s",
			grown, second, most, s.out)
	}
	if all > series+20 {
		t.Errorf("%d series after the first half, %d at the end", series, all)
	}
	if took > quick {
		t.Errorf("a scrape takes %v", took)
	}
	if sent.Load() < 500 || failed.Load() > sent.Load()/100 {
		t.Errorf("%d requests, %d without an answer", sent.Load(), failed.Load())
	}
}

// resident is the memory of the process in bytes.
func (s *process) resident(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(status)
	if m == nil {
		t.Fatalf("no VmRSS in %s", status)
	}
	kb, err := strconv.Atoi(string(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	return kb << 10
}
