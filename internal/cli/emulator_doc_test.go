package cli

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/internal/testkit/skipped"
)

// page is docs/emulator.md as the tests below run it.
type page struct {
	tables   []table
	commands []string // lines of its sh blocks
}

// table is a table of the page with an example column, under its heading.
type table struct {
	heading string
	rows    []row
}

type row struct{ name, example string }

var (
	exampleRow = regexp.MustCompile("^\\| `([^`]+)` \\| (?:`(.*?)`)? ?\\| .* \\|$")
	heading    = regexp.MustCompile("^##+ `?([^`]+?)`?$")
)

// readPage reads the page with its ports replaced.
func readPage(t *testing.T, port string) page {
	t.Helper()
	b, err := os.ReadFile("../../docs/emulator.md")
	if err != nil {
		t.Fatal(err)
	}
	ports := strings.NewReplacer(":5001", ":"+port, ":5000", ":9") // no test calls a service of this machine
	var p page
	under, block, examples := "", "", false
	for line := range strings.Lines(ports.Replace(string(b))) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "```"):
			block = strings.TrimPrefix(line, "```")
		case block == "sh":
			p.commands = append(p.commands, line)
		case block != "":
		case heading.MatchString(line):
			under = heading.FindStringSubmatch(line)[1]
		case strings.Contains(line, "| example |"):
			p.tables, examples = append(p.tables, table{heading: under}), true
		case !strings.HasPrefix(line, "|"):
			examples = false
		case examples && !strings.HasPrefix(line, "|---"):
			m := exampleRow.FindStringSubmatch(line)
			if m == nil {
				t.Fatalf("cannot read this row of docs/emulator.md: %s", line)
			}
			last := &p.tables[len(p.tables)-1]
			last.rows = append(last.rows, row{m[1], m[2]})
		}
	}
	return p
}

// rows are the rows of the table under a heading.
func (p page) rows(t *testing.T, under string) []row {
	t.Helper()
	i := slices.IndexFunc(p.tables, func(tb table) bool { return tb.heading == under })
	if i < 0 {
		t.Fatalf("docs/emulator.md has no table of examples under %q", under)
	}
	return p.tables[i].rows
}

// runningEmulator is a running norang emulator.
type runningEmulator struct {
	t      *testing.T
	dir    string
	url    string
	banner string
	client *http.Client
}

// runEmulator starts a command line in a directory and waits for the end of the banner. The program is stopped with
// the test.
func runEmulator(t *testing.T, dir, line string, environ ...string) *runningEmulator {
	t.Helper()
	cmd := exec.Command("sh", "-c", "exec env "+line)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), append(environ, "LANG=en_US.UTF-8", "LC_ALL=")...)
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		select {
		case <-ended:
		case <-time.After(patience):
			cmd.Process.Kill()
			t.Errorf("%s: does not stop", line)
		}
	})
	e := &runningEmulator{t: t, dir: dir, client: &http.Client{}}
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.Contains(lines.Text(), "Press Ctrl+C") {
		e.banner += lines.Text() + "\n"
	}
	go func() {
		io.Copy(io.Discard, out)
		cmd.Wait()
		close(ended)
	}()
	if m := regexp.MustCompile(`Console\s+(\S+)/-/`).FindStringSubmatch(e.banner); m != nil {
		e.url = m[1]
	} else {
		<-ended
		t.Fatalf("%s: no banner\n%s%s", line, e.banner, problems.String())
	}
	return e
}

// trust lets the client of e accept the CA in a file.
func (e *runningEmulator) trust(file string) {
	e.t.Helper()
	pem, err := os.ReadFile(filepath.Join(e.dir, file))
	pool := x509.NewCertPool()
	if err != nil || !pool.AppendCertsFromPEM(pem) {
		e.t.Fatalf("CA certificate: %v", err)
	}
	e.client.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
}

// get reads JSON from the emulator.
func (e *runningEmulator) get(path string) any {
	e.t.Helper()
	res, err := e.client.Get(e.url + path)
	if err != nil {
		e.t.Fatal(err)
	}
	defer res.Body.Close()
	var v any
	if err := json.NewDecoder(res.Body).Decode(&v); err != nil || res.StatusCode != http.StatusOK {
		e.t.Fatalf("%s: %s, %v", path, res.Status, err)
	}
	return v
}

func (e *runningEmulator) object(path string) map[string]any {
	e.t.Helper()
	m, _ := e.get(path).(map[string]any)
	return m
}

func (e *runningEmulator) app() map[string]any   { e.t.Helper(); return e.object("/-/api/apps/default") }
func (e *runningEmulator) state() map[string]any { e.t.Helper(); return e.object("/-/api/state") }

// status sends a GET with a Host header and returns the status.
func (e *runningEmulator) status(path, host string) int {
	e.t.Helper()
	r, err := http.NewRequest(http.MethodGet, e.url+path, nil)
	if err != nil {
		e.t.Fatal(err)
	}
	r.Host = host
	res, err := e.client.Do(r)
	if err != nil {
		e.t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

// certified reports whether the certificate is valid for a name.
func (e *runningEmulator) certified(name string) bool {
	e.t.Helper()
	res, err := e.client.Get(e.url + "/-/healthz")
	if err != nil {
		e.t.Fatal(err)
	}
	res.Body.Close()
	return res.TLS != nil && res.TLS.PeerCertificates[0].VerifyHostname(name) == nil
}

// value is the example of a row as TOML.
func (r row) value(t *testing.T) any {
	t.Helper()
	var v map[string]any
	if _, err := toml.Decode("v = "+r.example, &v); err != nil {
		t.Fatalf("docs/emulator.md: the example of %s: %v", r.name, err)
	}
	return v["v"]
}

// plain is v as it comes out of JSON.
func plain(t *testing.T, v any) any {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// documentedFile is the configuration file that has every member of the page.
func documentedFile(t *testing.T, p page) string {
	t.Helper()
	var b strings.Builder
	for _, tb := range p.tables {
		switch {
		case tb.heading == "Top level":
		case strings.HasPrefix(tb.heading, "["):
			fmt.Fprintf(&b, "\n%s\n", tb.heading)
		default:
			continue
		}
		for _, r := range tb.rows {
			fmt.Fprintf(&b, "%s = %s\n", r.name, r.example)
		}
	}
	return b.String()
}

// TestDocumentedConfigurationFileRuns: the program takes every member that docs/emulator.md documents, from TOML and
// from JSON, and has the documented value.
func TestDocumentedConfigurationFileRuns(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"toml", "json"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			p, dir := readPage(t, freeport.Pick(t)), t.TempDir()
			text := documentedFile(t, p)
			if format == "json" {
				var v map[string]any
				if _, err := toml.Decode(text, &v); err != nil {
					t.Fatal(err)
				}
				b, err := json.Marshal(v)
				if err != nil {
					t.Fatal(err)
				}
				text = string(b)
			}
			if err := os.WriteFile(filepath.Join(dir, "emulator."+format), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			e := runEmulator(t, dir, "norang emulator --config emulator."+format)
			e.trust("kakao-ca.pem")
			checkTopLevel(t, e, p.rows(t, "Top level"))
			held := map[string]any{"apps": []any{e.app()}, "accounts": e.get("/-/api/accounts"),
				"scenarios": e.get("/-/api/scenarios"), "chaos": e.state()["chaos"]}
			for _, tb := range p.tables {
				if strings.HasPrefix(tb.heading, "[") {
					checkTable(t, tb, held)
				}
			}
		})
	}
}

// checkTable compares the rows under a heading such as [[apps.terms]] with what the program holds.
func checkTable(t *testing.T, tb table, held any) {
	t.Helper()
	for name := range strings.SplitSeq(strings.Trim(tb.heading, "[]"), ".") {
		held = held.(map[string]any)[name]
		if all, ok := held.([]any); ok && len(all) > 0 {
			held = all[0]
		}
	}
	got, ok := held.(map[string]any)
	if !ok {
		t.Errorf("%s: the program holds %v", tb.heading, held)
	}
	for _, r := range tb.rows {
		if want := plain(t, r.value(t)); !reflect.DeepEqual(got[r.name], want) {
			t.Errorf("%s %s: the program has %v, want %v", tb.heading, r.name, got[r.name], want)
		}
	}
}

func checkTopLevel(t *testing.T, e *runningEmulator, rows []row) {
	t.Helper()
	for _, r := range rows {
		v, ok := r.value(t), false
		switch r.name {
		case "listen":
			ok = strings.HasSuffix(e.url, strings.TrimPrefix(v.(string), "0.0.0.0"))
		case "allow_non_local":
			ok = strings.Contains(e.banner, "WARNING")
		case "browser_url", "server_url", "issuer", "picture_url", "strict":
			ok = e.state()[r.name] == v
		case "request_log":
			for range v.(int64) + 1 {
				e.status("/oauth/authorize", "")
			}
			ok = len(e.get("/-/api/requests").([]any)) == int(v.(int64))
		case "allowed_hosts":
			ok = e.status("/-/api/state", v.([]any)[0].(string)) == 200 &&
				e.status("/-/api/state", "elsewhere") == 403
		case "tls":
			ok = strings.HasPrefix(e.url, "https://")
		case "tls_hosts":
			ok = e.certified(v.([]any)[0].(string)) && !e.certified("kauth.kakao.com")
		case "tls_ca_file":
			_, err := os.Stat(filepath.Join(e.dir, v.(string)))
			ok = err == nil
		case "builtin_accounts":
			ok = len(e.get("/-/api/accounts").([]any)) == 1
		default:
			t.Errorf("docs/emulator.md documents %s, which no test runs", r.name)
			continue
		}
		if !ok {
			t.Errorf("%s = %s has no effect", r.name, r.example)
		}
	}
}

// TestDocumentedEnvironmentRuns: every variable of the page has its effect on the program.
func TestDocumentedEnvironmentRuns(t *testing.T) {
	t.Parallel()
	p, dir := readPage(t, freeport.Pick(t)), t.TempDir()
	rows := p.rows(t, "Environment")
	var environ []string
	for _, r := range rows {
		if r.name != "KAKAO_CLIENT_ID" { // overridden by KAKAO_REST_API_KEY, checked below
			environ = append(environ, r.name+"="+r.example)
		}
	}
	e := runEmulator(t, dir, "norang emulator", environ...)
	e.trust("kakao-ca.pem")
	app, state := e.app(), e.state()
	members := map[string]any{
		"KAKAO_EMULATOR_BROWSER_URL":      state["browser_url"],
		"KAKAO_EMULATOR_SERVER_URL":       state["server_url"],
		"KAKAO_EMULATOR_ISSUER":           state["issuer"],
		"KAKAO_EMULATOR_PICTURE_URL":      state["picture_url"],
		"KAKAO_EMULATOR_CHAOS_SEED":       state["chaos"].(map[string]any)["seed"],
		"KAKAO_EMULATOR_STRICT":           state["strict"],
		"KAKAO_EMULATOR_AUTO":             app["auto"],
		"KAKAO_EMULATOR_PERSONA":          app["auto_persona"],
		"KAKAO_EMULATOR_NO_TOKEN_LIMIT":   app["token_limit_off"],
		"KAKAO_EMULATOR_NO_CLIENT_SECRET": app["client_secret_off"],
		"KAKAO_EMULATOR_NO_OIDC":          app["oidc_off"],
		"KAKAO_EMULATOR_UNLINK_WEBHOOK":   app["unlink_webhook"].(map[string]any)["url"],
		"KAKAO_EMULATOR_ACCOUNT_WEBHOOK":  app["account_webhook"].(map[string]any)["url"],
		"KAKAO_APP_ID":                    app["app_id"],
		"KAKAO_REST_API_KEY":              app["rest_key"],
		"KAKAO_CLIENT_SECRET":             app["client_secret"],
		"KAKAO_ADMIN_KEY":                 app["admin_key"],
		"KAKAO_NATIVE_APP_KEY":            app["native_key"],
		"KAKAO_JAVASCRIPT_KEY":            app["javascript_key"],
		"KAKAO_REDIRECT_URI":              joined(app["redirect_uris"]),
		"KAKAO_SIGNOUT_REDIRECT_URI":      joined(app["logout_redirect_uris"]),
		"KAKAO_EMULATOR_ALLOW_NON_LOCAL":  strings.Contains(e.banner, "WARNING"),
		"KAKAO_EMULATOR_TLS":              strings.HasPrefix(e.url, "https://"),
	}
	for _, r := range rows {
		var ok bool
		switch r.name {
		case "KAKAO_EMULATOR_LISTEN":
			ok = strings.HasSuffix(e.url, strings.TrimPrefix(r.example, "0.0.0.0"))
		case "KAKAO_EMULATOR_ALLOWED_HOSTS":
			ok = e.status("/-/api/state", r.example[strings.LastIndex(r.example, ",")+1:]) == 200
		case "KAKAO_EMULATOR_TLS_HOSTS":
			ok = e.certified(r.example)
		case "KAKAO_EMULATOR_TLS_CA_FILE":
			_, err := os.Stat(filepath.Join(dir, r.example))
			ok = err == nil
		case "KAKAO_CLIENT_ID":
			other := runEmulator(t, t.TempDir(), "norang emulator --listen localhost:"+freeport.Pick(t),
				r.name+"="+r.example)
			ok = other.app()["rest_key"] == r.example
		default:
			value, known := members[r.name]
			if !known {
				t.Errorf("docs/emulator.md documents %s, which no test runs", r.name)
				continue
			}
			ok = text(value) == r.example
		}
		if !ok {
			t.Errorf("%s=%s has no effect", r.name, r.example)
		}
	}
}

// text is a JSON value as an environment variable has it.
func text(v any) string {
	if n, ok := v.(float64); ok {
		return fmt.Sprintf("%.0f", n)
	}
	return fmt.Sprint(v)
}

func joined(v any) string {
	var all []string
	list, _ := v.([]any)
	for _, item := range list {
		all = append(all, fmt.Sprint(item))
	}
	return strings.Join(all, ",")
}

// TestDocumentedFlagsRun: every flag of the page has its effect, and the page documents every flag.
func TestDocumentedFlagsRun(t *testing.T) {
	t.Parallel()
	port := freeport.Pick(t)
	p, dir := readPage(t, port), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "emulator.toml"), []byte("[[apps]]\nname = \"from the file\"\n"),
		0o600); err != nil {
		t.Fatal(err)
	}
	line := "norang emulator"
	var documented []string
	for _, r := range p.rows(t, "Flags") {
		documented = append(documented, r.name)
		if r.name != "--example" {
			line += " " + strings.TrimSpace(r.name+" "+r.example)
		}
	}
	e := runEmulator(t, dir, line)
	app, state := e.app(), e.state()
	open := runEmulator(t, dir, "norang emulator --allow-network --listen 0.0.0.0:"+freeport.Pick(t))
	example, err := exec.Command("norang", "emulator", "--example").Output()
	if err != nil {
		t.Fatal(err)
	}
	var file map[string]any
	_, faulty := toml.Decode(string(example), &file)
	for _, r := range p.rows(t, "Flags") {
		var ok bool
		switch r.name {
		case "--listen":
			ok = strings.HasSuffix(e.url, ":"+port)
		case "--allow-network":
			ok = strings.Contains(open.banner, "WARNING")
		case "--config":
			ok = app["name"] == "from the file"
		case "--example":
			ok = faulty == nil && file["apps"] != nil
		case "--browser-url":
			ok = state["browser_url"] == r.example
		case "--server-url":
			ok = state["server_url"] == r.example
		case "--provider":
			ok = strings.Contains(e.banner, "NAVER_CLIENT_ID=emu")
		case "--redirect-uri":
			ok = joined(app["redirect_uris"]) == r.example
		case "--logout-redirect-uri":
			ok = joined(app["logout_redirect_uris"]) == r.example
		default:
			t.Errorf("docs/emulator.md documents %s, which no test runs", r.name)
			continue
		}
		if !ok {
			t.Errorf("%s %s has no effect", r.name, r.example)
		}
	}
	var flags []string
	for i := range reflect.TypeFor[emulatorCmd]().NumField() {
		flags = append(flags, "--"+reflect.TypeFor[emulatorCmd]().Field(i).Tag.Get("name"))
	}
	slices.Sort(documented)
	slices.Sort(flags)
	if diff := cmp.Diff(flags, documented); diff != "" {
		t.Errorf("flags of docs/emulator.md (-program +page):\n%s", diff)
	}
}

// TestDocumentedCommandsRun: every line of the page's sh blocks works, in the order of the page.
func TestDocumentedCommandsRun(t *testing.T) {
	t.Parallel()
	port, dir := freeport.Pick(t), t.TempDir()
	p := readPage(t, port)
	listen := "KAKAO_EMULATOR_LISTEN=localhost:" + port
	ran := 0
	for _, line := range p.commands {
		if strings.HasPrefix(line, "norang emulator --example") {
			sh(t, dir, line)
		} else if strings.Contains(line, "norang emulator") {
			t.Run("", func(t *testing.T) {
				e := runEmulator(t, dir, line, listen)
				if strings.Contains(line, "oauth/kakao/callback") &&
					!strings.Contains(joined(e.app()["redirect_uris"]), "oauth/kakao/callback") {
					t.Errorf("%s: the redirect URI is not registered", line)
				}
			})
		} else {
			continue
		}
		ran++
	}
	runEmulator(t, dir, "norang emulator", listen)
	for _, line := range p.commands {
		switch {
		case strings.HasPrefix(line, "curl "):
			if _, err := exec.LookPath("curl"); err != nil {
				skipped.Skip(t, "curl is not installed")
			}
			line = strings.Replace(line, "curl ", "curl -sSf ", 1)
		case !strings.HasPrefix(line, "norang healthcheck"):
			continue
		}
		sh(t, dir, line)
		ran++
	}
	if ran != len(p.commands) {
		t.Errorf("%d of the %d command lines of docs/emulator.md ran", ran, len(p.commands))
	}
}

// sh runs a command line that ends by itself.
func sh(t *testing.T, dir, line string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", line)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", line, err, out)
	}
}
