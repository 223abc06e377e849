package cli

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/testkit/bounded"
	"github.com/norang-login/norang/internal/testkit/freeport"
)

var shBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")

// Both pages show the same commands and the same table of Authorization headers, which TestRP08 plays.
func TestReverseProxyPagesAgree(t *testing.T) {
	t.Parallel()
	values := regexp.MustCompile("(?m)^\\| .*(`Bearer nrg_…`|`Bearer nrg_s_…`|`Basic …`).* \\|")
	read := func(name string) (command, settings, examine string, rows int) {
		b, err := os.ReadFile("../../docs/" + name)
		if err != nil {
			t.Fatal(err)
		}
		blocks := shBlock.FindAllStringSubmatch(string(b), -1)
		if len(blocks) != 3 {
			t.Fatalf("%s has %d sh blocks", name, len(blocks))
		}
		return blocks[0][1], blocks[1][1], blocks[2][1], len(values.FindAllString(string(b), -1))
	}
	command, settings, examine, rows := read("reverse-proxy.md")
	koCommand, koSettings, koExamine, koRows := read("reverse-proxy.ko.md")
	if command != koCommand || settings != koSettings || examine != koExamine || rows != koRows || rows < 2 {
		t.Errorf("the pages differ: %q and %q, %q and %q, %q and %q, %d and %d rows",
			command, koCommand, settings, koSettings, examine, koExamine, rows, koRows)
	}
	devInFrontOfAnApp(t, strings.TrimSpace(command), strings.TrimSpace(examine))
}

// devInFrontOfAnApp runs the page's commands with other ports: strangers reach public paths, and nothing else, and the
// examination finds no fault.
func devInFrontOfAnApp(t *testing.T, command, examine string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:"+freeport.Pick(t)) // norang proxy test listens there when the app has ended
	if err != nil {
		t.Fatal(err)
	}
	app := &httptest.Server{Listener: ln, Config: &http.Server{Handler: http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "app "+r.URL.Path+" for "+r.Header.Get("Remote-User"))
		})}}
	app.Start()
	defer app.Close()
	args, ok := strings.CutPrefix(command, "go run ./cmd/norang ")
	port := freeport.Pick(t)
	fields := append(strings.Fields(strings.Replace(args, "http://127.0.0.1:8000", app.URL, 1)), "--port", port)
	if !ok || !strings.Contains(args, "http://127.0.0.1:8000") {
		t.Fatalf("the page's command is %q", command)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	var errs bytes.Buffer
	go func() { ended <- Run(ctx, fields, nil, nil, io.Discard, &errs) }()
	defer func() {
		stop()
		if code := <-ended; code != 0 {
			t.Errorf("%s: %d %s", command, code, &errs)
		}
	}()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	get := func(path string) (status int, body string) {
		for deadline := time.Now().Add(30 * time.Second); ; {
			resp, err := client.Get("http://localhost:" + port + path)
			if err == nil {
				defer resp.Body.Close()
				b, _ := io.ReadAll(resp.Body)
				return resp.StatusCode, string(b)
			}
			if time.Now().After(deadline) {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	for path, want := range map[string]int{"/": 200, "/static/a.css": 200, "/my": 303, "/auth/login": 200} {
		status, body := get(path)
		fromApp := strings.HasPrefix(body, "app "+path+" for ")
		if status != want || fromApp != (status == 200 && path != "/auth/login") {
			t.Errorf("%s: %d %.100s", path, status, body)
		}
	}
	examineFront(t, strings.NewReplacer(
		"localhost:5000", "localhost:"+port, "127.0.0.1:8000", strings.TrimPrefix(app.URL, "http://"),
	).Replace(examine), app)
}

// examineFront runs "norang proxy test" while the app runs, which must fail, and in place of the app.
func examineFront(t *testing.T, command string, app *httptest.Server) {
	t.Helper()
	args := strings.Fields(strings.TrimPrefix(command, "norang "))
	run := func(args []string) (code int, out, errs string) {
		var stdout, stderr bytes.Buffer
		code = Run(bounded.Context(t), slices.Concat(args, []string{"--lang", "en"}), nil, nil, &stdout, &stderr)
		return code, stdout.String(), stderr.String()
	}
	if code, _, errs := run(args); code != statusUsage || !strings.Contains(errs, "stop the app meanwhile") {
		t.Errorf("%s, the app running: %d %s", command, code, errs)
	}
	app.Close()
	if code, _, errs := run(args[:5]); code != statusUsage || !strings.Contains(errs, "NORANG_UPSTREAM") {
		t.Errorf("%s, without the path: %d %s", command, code, errs)
	}
	code, out, errs := run(args)
	if code != statusDone || strings.Contains(out, "warning") || strings.Count(out, "ok  ") < 10 {
		t.Errorf("%s: %d %s%s", command, code, out, errs)
	}
}
