package serverapi

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/norang-login/norang/internal/testkit/npmtest"
	"github.com/norang-login/norang/internal/testkit/skipped"
)

func TestMain(m *testing.M) {
	code := m.Run()
	npmtest.Remove()
	os.Exit(code)
}

func run(t *testing.T, dir, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "CGO_ENABLED=0") // what the release is built of is compiled already
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return out
}

// documentAt is docs/openapi.json, which TestTheDocumentIsUpToDate compares with the document that is served.
func documentAt(t *testing.T) string {
	path, err := filepath.Abs(documentFile)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// The document fits the schema of OpenAPI 3.1, and a TypeScript client of it compiles with calls that use it.
func TestTheDocumentIsValidAndATypeScriptClientCompiles(t *testing.T) {
	t.Parallel()
	dir, document := npmtest.Install(t, filepath.Join("testdata", "typescript")), documentAt(t)
	var lint struct {
		Version string
		Valid   bool
		Errors  json.RawMessage
	}
	if err := json.Unmarshal(run(t, dir, "node", "lint.mjs", document), &lint); err != nil {
		t.Fatal(err)
	}
	if lint.Version != "3.1" || !lint.Valid {
		t.Errorf("valid for OpenAPI %s: %t: %s", lint.Version, lint.Valid, lint.Errors)
	}
	run(t, dir, "node", filepath.Join("node_modules", "openapi-typescript", "bin", "cli.js"), document, "-o", "api.ts")
	run(t, dir, "node", filepath.Join("node_modules", "typescript", "bin", "tsc"), "--noEmit", "--strict",
		"--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler", "--skipLibCheck", "client.ts")
}

// A Go client of the document compiles with calls that use it.
func TestAGoClientCompiles(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("left out: -short, and the generator would be built")
	}
	goCommand := skipped.Command(t, "go")
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "goclient"))); err != nil {
		t.Fatal(err)
	}
	download := exec.CommandContext(t.Context(), goCommand, "mod", "download")
	download.Dir = dir
	if out, err := download.CombinedOutput(); err != nil {
		skipped.Skip(t, "the modules of the generator cannot be downloaded: "+string(out))
	}
	run(t, dir, goCommand, "tool", "oapi-codegen", "-generate", "types,client", "-package", "main", "-o", "api.go",
		documentAt(t))
	run(t, dir, goCommand, "vet", ".")
}
