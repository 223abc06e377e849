package serverapi

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/apikey"
)

var update = flag.Bool("update", false, "write docs/openapi.json")

const documentFile = "../../docs/openapi.json"

// docs/openapi.json is what the service serves, for another address.
func TestTheDocumentIsUpToDate(t *testing.T) {
	t.Parallel()
	made, err := document("https://login.example.com/auth/api/v1")
	if err != nil {
		t.Fatal(err)
	}
	made = append(made, '\n')
	if *update {
		if err := os.WriteFile(documentFile, made, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(documentFile)
	if err != nil || !bytes.Equal(kept, made) {
		t.Errorf("docs/openapi.json is not up to date (%v): go test ./internal/serverapi -update", err)
	}
}

// What generators stumble over: an operation without an id, a summary, a description of its answers, or a path
// parameter that is not declared; a reference that leads nowhere.
func TestTheDocumentIsConsistent(t *testing.T) {
	t.Parallel()
	raw, err := document("https://login.example.com/auth/api/v1")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		OpenAPI string `json:"openapi"`
		Paths   map[string]map[string]struct {
			ID         string `json:"operationId"`
			Summary    string `json:"summary"`
			Parameters []struct {
				Name, In, Description string
			}
			Responses map[string]struct{ Description string }
		}
		Components struct {
			Schemas map[string]json.RawMessage
		}
	}
	if err := json.Unmarshal(raw, &doc); err != nil || doc.OpenAPI != "3.1.0" {
		t.Fatalf("%v, version %s", err, doc.OpenAPI)
	}
	ids := map[string]bool{}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			place := method + " " + path
			if op.ID == "" || ids[op.ID] || op.Summary == "" || len(op.Responses) < 3 {
				t.Errorf("%s: %+v", place, op)
			}
			ids[op.ID] = true
			declared := 0
			for _, p := range op.Parameters {
				if p.Description == "" {
					t.Errorf("%s: parameter %s has no description", place, p.Name)
				}
				if p.In == "path" && strings.Contains(path, "{"+p.Name+"}") {
					declared++
				}
			}
			if declared != strings.Count(path, "{") {
				t.Errorf("%s: %d path parameters are declared", place, declared)
			}
		}
	}
	if len(ids) != len(endpoints) {
		t.Errorf("%d operations of %d calls", len(ids), len(endpoints))
	}
	for rest := string(raw); ; {
		_, after, ok := strings.Cut(rest, `"$ref": "#/components/schemas/`)
		if !ok {
			break
		}
		name, _, _ := strings.Cut(after, `"`)
		if doc.Components.Schemas[name] == nil {
			t.Errorf("schema %s is not there", name)
		}
		rest = after
	}
}

// Every call that changes something needs a scope that a reading key does not have.
func TestScopesFitTheMethods(t *testing.T) {
	t.Parallel()
	reads := map[string]bool{"batchUsers": true, "searchUsers": true, "exportUser": true}
	for _, e := range endpoints {
		want := apikey.Write
		switch {
		case e.id == "getProviderToken":
			want = apikey.Tokens
		case e.method == "GET" || reads[e.id]:
			want = apikey.Read
		}
		if e.scope != want {
			t.Errorf("%s: scope %s, want %s", e.id, e.scope, want)
		}
	}
}
