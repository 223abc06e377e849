package app_test

import (
	"crypto/rand"
	"encoding/pem"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/internal/testkit/npmtest"
	"github.com/norang-login/norang/internal/testkit/skipped"
	"github.com/norang-login/norang/kakao/kakaotest"
)

var codeBlock = regexp.MustCompile("(?ms)^### ([^\n]+)\n(?:[^#`\n][^\n]*\n|`[^`][^\n]*\n|\n)*```[a-z]+\n(.*?)^```$")

// programs are the programs in docs/api-tokens.md, by heading.
func programs(t *testing.T, name string) map[string]string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "docs", name))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, m := range codeBlock.FindAllStringSubmatch(string(raw), -1) {
		all[m[1]] = m[2]
	}
	return all
}

// verifier is a program of docs/api-tokens.md.
type verifier struct {
	heading string
	prepare func(t *testing.T, dir, program string) *exec.Cmd // writes the program and returns the command to run it
}

func verifiers() []verifier {
	node := func(file string) func(*testing.T, string, string) *exec.Cmd {
		return func(t *testing.T, _, program string) *exec.Cmd {
			dir := npmtest.Install(t, filepath.Join("testdata", "verifiers"))
			write(t, filepath.Join(dir, file), program)
			cmd := exec.Command(skipped.Command(t, "node"), file)
			cmd.Dir = dir
			return cmd
		}
	}
	return []verifier{
		{"Go: go-oidc", goVerifier}, {"Node.js: Express", node("express.mjs")}, {"Node.js: jose", node("jose.mjs")},
		{"Python: PyJWT", func(t *testing.T, dir, program string) *exec.Cmd {
			// Debian's own, which has Debian's packages.
			python := skipped.Command(t, "/usr/bin/python3", "python3")
			if exec.Command(python, "-c", "import jwt, flask, cryptography").Run() != nil {
				skipped.Skip(t, "Python's PyJWT, cryptography or Flask is not installed")
			}
			write(t, filepath.Join(dir, "api.py"), program)
			cmd := exec.Command(python, "-B", "api.py")
			cmd.Dir = dir
			return cmd
		}},
	}
}

// goVerifier builds the Go program in a module of its own, with the versions of this one.
func goVerifier(t *testing.T, dir, program string) *exec.Cmd {
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	_, requirements, _ := strings.Cut(string(mod), "\n")
	sum, err := os.ReadFile("../../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "go.mod"), "module api\n"+requirements)
	write(t, filepath.Join(dir, "go.sum"), string(sum))
	write(t, filepath.Join(dir, "main.go"), program)
	build := exec.Command("go", "build", "-buildvcs=false", "-mod=mod", "-ldflags", "-s -w", "-o", "api", ".")
	build.Dir = dir
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as the release, with whose packages it is linked
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	cmd := exec.Command(filepath.Join(dir, "api"))
	cmd.Dir = dir
	return cmd
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// startAPI runs a verifier that trusts the world's certificate and returns its address.
func (w *world) startAPI(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	write(t, ca, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.srv.Certificate().Raw})))
	port := freeport.Pick(t)
	run := exec.CommandContext(t.Context(), cmd.Path, cmd.Args[1:]...) // the command may run more than once
	run.Dir = cmd.Dir
	run.Env = append(os.Environ(), "NORANG_URL="+w.srv.URL, "PORT="+port, "SSL_CERT_FILE="+ca, "NODE_EXTRA_CA_CERTS="+ca)
	var log syncBuffer
	run.Stdout, run.Stderr = &log, &log
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = run.Wait(); close(ended) }()
	t.Cleanup(func() { _ = run.Process.Kill(); <-ended })
	address := "http://127.0.0.1:" + port + "/"
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		select {
		case <-ended:
			t.Fatalf("the program ended: %s", log.String())
		default:
		}
		if answer, err := http.Get(address); err == nil {
			answer.Body.Close()
			return address
		}
		if time.Now().After(deadline) {
			t.Fatalf("the program does not listen: %s", log.String())
		}
	}
}

func askAPI(t *testing.T, address, token string) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(raw)
}

// TK-01: the programs of docs/api-tokens.md accept our tokens by settings alone, and refuse a wrong audience, an
// expired token, an altered one and one of a retired key.
func TestTK01_OtherVerifiersAcceptAndRefuse(t *testing.T) {
	t.Parallel()
	documented := programs(t, "api-tokens.md")
	// Without the headings, some of which are translated.
	korean := slices.Sorted(maps.Values(programs(t, "api-tokens.ko.md")))
	if diff := cmp.Diff(slices.Sorted(maps.Values(documented)), korean); diff != "" {
		t.Errorf("the programs of the Korean document differ (-en +ko):\n%s", diff)
	}
	keys := filepath.Join(t.TempDir(), "keys")
	if err := seal.Create(keys, time.Now().Add(-100*24*time.Hour), rand.Reader); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(c *app.Config) {
		c.Keys, c.NewDatabase = keys, true
		c.Audiences = []string{"https://api.example.com", "https://other.example.com;typ=at+jwt"}
	})
	b, user := w.member(kakaotest.PersonaRyan)
	const aud = "https://api.example.com"
	w.clock.advance(-6 * time.Minute)
	expired, _ := b.accessToken(aud)
	w.clock.advance(6 * time.Minute)
	var mu sync.Mutex // for the browser and for prepared
	// Tokens are issued when they are needed: npm may take longer than they live.
	issue := func() (good string, refused map[string]string) {
		mu.Lock()
		defer mu.Unlock()
		good, _ = b.accessToken(aud)
		wrong, _ := b.accessToken("https://other.example.com")
		head, signature := good[:strings.LastIndexByte(good, '.')+1], good[strings.LastIndexByte(good, '.')+1:]
		return good, map[string]string{
			"none": "", "another audience": wrong, "expired": expired, "unsigned": head,
			"altered": head + strings.Repeat("A", len(signature)-1) + "Q",
		}
	}
	prepared := map[string]*exec.Cmd{}
	dir := t.TempDir()
	t.Run("first key", func(t *testing.T) {
		for i, v := range verifiers() {
			t.Run(v.heading, func(t *testing.T) {
				t.Parallel()
				own := filepath.Join(dir, strconv.Itoa(i))
				if err := os.Mkdir(own, 0o700); err != nil {
					t.Fatal(err)
				}
				cmd := v.prepare(t, own, documented[v.heading])
				mu.Lock()
				prepared[v.heading] = cmd
				mu.Unlock()
				address := w.startAPI(t, cmd)
				good, refused := issue()
				if status, body := askAPI(t, address, good); status != 200 || strings.TrimSpace(body) != user {
					t.Errorf("a good token: %d %q", status, body)
				}
				for name, token := range refused {
					if status, body := askAPI(t, address, token); status != 401 && status != 400 {
						t.Errorf("%s: %d %q", name, status, body)
					}
				}
			})
		}
	})
	retired, _ := issue()
	// Long after a rotation: the new key was added 49 hours ago, so the first one is retired.
	if _, err := seal.Rotate(keys, time.Now().Add(-49*time.Hour), rand.Reader); err != nil {
		t.Fatal(err)
	}
	var fresh string
	eventually(t, "the new key signs", func() bool {
		fresh, _ = b.accessToken(aud)
		return fresh[:strings.IndexByte(fresh, '.')] != retired[:strings.IndexByte(retired, '.')] // the header has the key id
	})
	t.Run("second key", func(t *testing.T) {
		for heading, cmd := range prepared {
			t.Run(heading, func(t *testing.T) {
				t.Parallel()
				address := w.startAPI(t, cmd)
				if status, body := askAPI(t, address, fresh); status != 200 || strings.TrimSpace(body) != user {
					t.Errorf("a token of the new key: %d %q", status, body)
				}
				if status, body := askAPI(t, address, retired); status != 401 {
					t.Errorf("a token of the retired key: %d %q", status, body)
				}
			})
		}
	})
}

// A library in RFC 9068's strict mode accepts tokens of an audience with typ=at+jwt, and no others.
func TestStrictVerifierNeedsTheProfile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) { c.Audiences = []string{"https://api.example.com;typ=at+jwt", "plain"} })
	b, user := w.member(kakaotest.PersonaRyan)
	program := strings.Replace(programs(t, "api-tokens.md")["Node.js: Express"], "auth({", "auth({ strict: true,", 1)
	dir := npmtest.Install(t, filepath.Join("testdata", "verifiers"))
	write(t, filepath.Join(dir, "strict.mjs"), program)
	write(t, filepath.Join(dir, "strict-plain.mjs"), strings.Replace(program, "https://api.example.com", "plain", 1))
	for file, c := range map[string]struct {
		audience string
		want     int
	}{"strict.mjs": {"https://api.example.com", 200}, "strict-plain.mjs": {"plain", 401}} {
		cmd := exec.Command(skipped.Command(t, "node"), file)
		cmd.Dir = dir
		token, _ := b.accessToken(c.audience)
		if status, body := askAPI(t, w.startAPI(t, cmd), token); status != c.want || c.want == 200 && body != user {
			t.Errorf("%s: %d %q, want %d", c.audience, status, body, c.want)
		}
	}
}
