package cli

import (
	"bytes"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/apple/appletest"
	"github.com/norang-login/norang/internal/testkit/bounded"
	"github.com/norang-login/norang/internal/testkit/freeport"
)

// blockOf is the code of the first block under a heading.
func blockOf(t *testing.T, place string) string {
	t.Helper()
	for _, d := range readDocuments(t) {
		for _, b := range d.blocks {
			if b.place == place {
				return b.code
			}
		}
	}
	t.Fatalf("%s has no code", place)
	return ""
}

// serveAsDocumented runs the commands of the README for the real Kakao, with further settings, and returns the metrics
// of the service and its listening address.
func serveAsDocumented(t *testing.T, environ ...string) (metrics, address string) {
	t.Helper()
	commands := blockOf(t, "README.md#With the real Kakao")
	build, rest, _ := strings.Cut(commands, "\n")
	if !strings.HasPrefix(build, "CGO_ENABLED=0 go build -o norang ./cmd/norang && ") {
		t.Fatalf("the first command is %q", build)
	}
	address, ops := "127.0.0.1:"+freeport.Pick(t), "127.0.0.1:"+freeport.Pick(t)
	for i := range strings.Count(rest, "…") {
		rest = strings.Replace(rest, "…", fmt.Sprintf("0123456789abcdef%d", i), 1)
	}
	cmd := exec.Command("sh", "-c", strings.ReplaceAll(rest, "norang serve", "exec norang serve"))
	cmd.Dir = t.TempDir()
	cmd.Env = append(environ, "PATH="+os.Getenv("PATH"), "NORANG_LISTEN="+address, "NORANG_OPS_LISTEN="+ops)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() { _ = cmd.Process.Signal(os.Interrupt); <-ended })
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		res, err := http.Get("http://" + ops + "/metrics")
		if err == nil {
			b, err := io.ReadAll(res.Body)
			res.Body.Close()
			if err != nil {
				t.Fatal(err)
			}
			return string(b), address
		}
		select {
		case <-ended:
			t.Fatalf("the service has ended: %s", &said)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// route is a method and a path, whose segments may be varying.
type route struct{ method, path string }

var (
	routeLabel = regexp.MustCompile(`route="([A-Z]+) (/[^"]*|\{[^"]*)"`)
	kakaoPath  = regexp.MustCompile("(?m)^### ([A-Z, ]+) `(/[^`]+)`")
	varying    = regexp.MustCompile(`^(\{.*\}|…)$`)
	// pathOfOurs finds paths within code, alone or of a URL, and the method before.
	pathOfOurs = regexp.MustCompile("(?:\\b(GET|POST|PUT|PATCH|DELETE) )?(?:^|[\\s\"'`(=]|https?://[^\\s/\"'`]+)" +
		"(/(?:auth|oauth|v[12]|\\.well-known)/[^\\s\"'`)&?|;,<>\\\\]*)")
)

// routes are those of a service, from its metrics, and Kakao's, from docs/emulator.md, which is generated.
func routes(metrics, emulator string) (all []route) {
	path := strings.NewReplacer("{prefix}", "/auth", "{callback}", "/oauth/kakao/callback",
		"{signout-callback}", "/oauth/kakao/signout/callback")
	for _, m := range routeLabel.FindAllStringSubmatch(metrics, -1) {
		all = append(all, route{m[1], path.Replace(m[2])})
		if m[2] == "{callback}" { // of each provider
			for _, p := range furtherProviders {
				all = append(all, route{m[1], "/oauth/" + p.name + "/callback"})
			}
			all = append(all, route{m[1], "/oauth/apple/callback"})
			// docs/settings.md describes the OpenID Connect provider "name".
			// docs/oidc.md names one "emulator".
			for _, name := range []string{"name", "emulator"} {
				all = append(all, route{m[1], "/oauth/" + name + "/callback"}, route{m[1], "/oauth/" + name + "/signout/callback"},
					route{http.MethodPost, "/auth/webhooks/" + name + "/logout"})
			}
		}
	}
	for _, m := range kakaoPath.FindAllStringSubmatch(emulator, -1) {
		for method := range strings.SplitSeq(m[1], ", ") {
			all = append(all, route{method, m[2]})
		}
	}
	return all
}

// exists reports whether a documented path is one of the routes; one that ends in "…" or "/" means several.
func exists(all []route, method, path string) bool {
	path, several := strings.TrimRight(path, "."), false
	for _, end := range []string{"…", "*", "/"} {
		if short, ok := strings.CutSuffix(path, end); ok {
			path, several = short, true
		}
	}
	want := strings.Split(strings.TrimSuffix(path, "/"), "/")
	return slices.ContainsFunc(all, func(r route) bool {
		have := strings.Split(r.path, "/")
		if method != "" && method != r.method || len(have) < len(want) || len(have) > len(want) && !several {
			return false
		}
		for i, segment := range want {
			last := several && i == len(want)-1 && strings.HasPrefix(have[i], segment)
			if !last && have[i] != segment && !varying.MatchString(have[i]) && !varying.MatchString(segment) {
				return false
			}
		}
		return true
	})
}

// notRoutes are documents with paths of other programs.
var notRoutes = []string{"docs/errors.md", "docs/errors.ko.md", "docs/security-cases.md"}

// foreign are paths that documents name and neither norang nor the emulator has: Auth.js's, and one of Kakao that the
// emulator is said to lack.
var foreign = []string{"/auth/callback/kakao", "/oauth/authorize/prepare"}

// notMetrics are names like those of metrics: parameters of URLs, schemas of PostgreSQL.
var notMetrics = []string{"norang_app", "norang_request",
	"norang_members", "norang_code", "norang_consent", "norang_erasures", "norang_before", "norang_owner",
}

var metricName = regexp.MustCompile(`\bnorang_[a-z_]+`)

// TestDocumentedServiceRuns: the commands of the README start a service; each path and metric that a document names is
// one of a service with everything switched on, or a path of the emulator.
func TestDocumentedServiceRuns(t *testing.T) {
	t.Parallel()
	metrics, address := serveAsDocumented(t, "NORANG_AUDIENCES=https://api.example.com", "NORANG_RECONCILE=1h",
		"NORANG_ORIGINS=https://www.example.com", "NORANG_EVENTS_URL=https://app.example.com/hooks",
		"NORANG_JOIN_HOOK_URL=https://app.example.com/hooks/join",
		"NORANG_EVENTS_SECRET="+eventsSecret, "NAVER_CLIENT_ID=documentedClient", "APPLE_SERVICES_ID=com.example.login",
		"APPLE_TEAM_ID=ABCDE12345", "APPLE_KEY_ID=FGHIJ67890", "APPLE_PRIVATE_KEY="+appletest.DefaultPrivateKey(),
		"NAVER_CLIENT_SECRET=documentedSecret",
		"LINE_CHANNEL_ID=2001234567", "LINE_CHANNEL_SECRET=documentedSecret", "LINE_PROVIDER_ID=1001234567",
		"GOOGLE_CLIENT_ID=documentedClient", "GOOGLE_CLIENT_SECRET=documentedSecret")
	r, err := http.NewRequest(http.MethodGet, "http://"+address+"/auth/login", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "your.host"
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if res.Body.Close(); res.StatusCode != http.StatusOK {
		t.Errorf("sign-in page: %s", res.Status)
	}
	served := slices.Clone(notMetrics)
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (norang_\S+) `).FindAllStringSubmatch(metrics, -1) {
		served = append(served, m[1])
	}
	emulator, err := os.ReadFile("../../docs/emulator.md")
	if err != nil {
		t.Fatal(err)
	}
	all, checked := routes(metrics, string(emulator)), 0
	for _, d := range readDocuments(t) {
		for _, s := range d.spans {
			for _, name := range metricName.FindAllString(s.code, -1) {
				if checked++; !slices.Contains(served, name) {
					t.Errorf("%s: there is no metric %s", s.place, name)
				}
			}
		}
		if slices.Contains(notRoutes, d.name) {
			continue
		}
		pieces := slices.Clone(d.spans)
		for _, b := range d.blocks {
			pieces = append(pieces, span{b.place, b.code})
		}
		for _, p := range pieces {
			for _, m := range pathOfOurs.FindAllStringSubmatch(p.code, -1) {
				if checked++; !exists(all, m[1], m[2]) && !slices.Contains(foreign, m[2]) {
					t.Errorf("%s: there is no route %s %s", p.place, m[1], m[2])
				}
			}
		}
	}
	if checked < 150 {
		t.Errorf("only %d paths and metrics found", checked)
	}
}

// TestPathsAreCompared: a wrong path in a document is found.
func TestPathsAreCompared(t *testing.T) {
	t.Parallel()
	all := routes(`x{route="GET {prefix}/account/links"} x{route="GET /oauth/{provider}"} x{route="GET ops healthz"}`,
		"### GET, POST `/v2/user/me`\n")
	for path, want := range map[string]bool{
		"/auth/account/links": true, "/auth/account": false, "/auth/account/": true, "/auth/acc…": true, "/auth/x…": false,
		"/oauth/kakao": true, "/oauth/{provider}": true, "/oauth/kakao…": true, "/v2/user/me": true, "/v2/user/you": false,
	} {
		if exists(all, "", path) != want {
			t.Errorf("%s: %v", path, !want)
		}
	}
	if exists(all, "POST", "/auth/account/links") || !exists(all, "POST", "/v2/user/me") {
		t.Error("methods are not compared")
	}
}

// TestDocumentedQueryRuns: the query of docs/kakao-tokens.md finds the keys of stored tokens.
func TestDocumentedQueryRuns(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/norang.db"
	if code := Run(bounded.Context(t), []string{"db", "migrate", "--database", file}, nil, nil, io.Discard,
		os.Stderr); code != 0 {
		t.Fatalf("db migrate: %d", code)
	}
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), blockOf(t, "docs/kakao-tokens.md#At rest"))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if columns, err := rows.Columns(); err != nil || len(columns) != 2 || rows.Next() {
		t.Errorf("%q, %v, or a row", columns, err)
	}
}
