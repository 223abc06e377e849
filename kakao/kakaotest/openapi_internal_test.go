package kakaotest

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

var update = flag.Bool("update", false, "write the generated files")

// TestOpenAPIFileIsCurrent: openapi.json matches the routes and their bodies. go test -run OpenAPIFile -update writes
// it.
func TestOpenAPIFileIsCurrent(t *testing.T) {
	t.Parallel()
	got, err := json.MarshalIndent(openapiDocument(), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile("openapi.json", got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(got, openapiFile) {
		t.Error("openapi.json is out of date; run go test ./kakao/kakaotest -run OpenAPIFile -update")
	}
}

type object = map[string]any

// openapiDocument describes the control API.
func openapiDocument() object {
	schemas, paths := object{}, object{}
	placeholder := regexp.MustCompile(`\{(\w+)\}`)
	content := func(v any) object {
		return object{"content": object{"application/json": object{"schema": schemaOf(reflect.TypeOf(v), schemas)}}}
	}
	for _, r := range controlRoutes() {
		op := object{"summary": r.summary, "operationId": operationID(r)}
		ok := object{"description": "done"}
		if r.out != nil {
			ok = content(r.out)
			ok["description"] = "done"
		}
		fail := content(emulator.ControlError{})
		fail["description"] = "refused; the reason is in error"
		op["responses"] = object{"200": ok, "400": fail, "403": fail, "404": fail}
		if r.in != nil {
			op["requestBody"] = content(r.in)
		}
		var params []object
		for _, m := range placeholder.FindAllStringSubmatch(r.path, -1) {
			params = append(params, object{"name": m[1], "in": "path", "required": true,
				"schema": object{"type": "string"}})
		}
		for _, m := range regexp.MustCompile(`\?(\w+)=`).FindAllStringSubmatch(r.summary, -1) {
			params = append(params, object{"name": m[1], "in": "query", "schema": object{"type": "string"}})
		}
		if params != nil {
			op["parameters"] = params
		}
		if paths[r.path] == nil {
			paths[r.path] = object{}
		}
		paths[r.path].(object)[strings.ToLower(r.method)] = op
	}
	return object{
		"openapi": "3.1.0",
		"info": object{"title": "kakaotest control API", "version": "1",
			"description": "Controls the Kakao emulator. Bodies are JSON; requests of other sites are refused."},
		"paths":      paths,
		"components": object{"schemas": schemas},
	}
}

func operationID(r controlRoute) string {
	words := regexp.MustCompile(`\w+`).FindAllString(strings.TrimPrefix(r.path, "/-/api/"), -1)
	id := strings.ToLower(r.method)
	for _, w := range words {
		id += strings.ToUpper(w[:1]) + w[1:]
	}
	return id
}

func schemaOf(t reflect.Type, schemas object) object {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return object{"type": "string", "format": "date-time"}
	case t == reflect.TypeFor[Duration]():
		return object{"type": "string", "description": "as in Go: 1.5s, 24h"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return schemaOf(t.Elem(), schemas)
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return object{"type": "integer", "format": "int64"}
	case reflect.Float64:
		return object{"type": "number"}
	case reflect.String:
		return object{"type": "string"}
	case reflect.Slice:
		return object{"type": "array", "items": schemaOf(t.Elem(), schemas)}
	case reflect.Struct:
		name := strings.ToUpper(t.Name()[:1]) + t.Name()[1:]
		if _, known := schemas[name]; !known {
			schemas[name] = object{} // for types that contain themselves
			props := object{}
			addFields(t, props, schemas)
			schemas[name] = object{"type": "object", "properties": props}
		}
		return object{"$ref": "#/components/schemas/" + name}
	}
	return object{} // maps and any
}

func addFields(t reflect.Type, props, schemas object) {
	forms := map[string]string{"App": "app.", "Account": "account.", "Scenario": "scenario.", "Chaos": "chaos.",
		"Approval": "approve.", "sendBody": "send.", "WebhookSend": "send.", "IDTokenFault": "scenario.id_token."}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			addFields(f.Type, props, schemas)
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" || name == "" {
			continue
		}
		schema := schemaOf(f.Type, schemas)
		if label, ok := memberLabels()[forms[t.Name()]+name]; ok {
			schema["description"] = label[1]
		}
		if values := allowedValues()[t.Name()+"."+name]; values != nil {
			if items, ok := schema["items"].(object); ok {
				schema = items
			}
			schema["enum"] = values
		}
		props[name] = schemaOrList(f.Type, schema, schemas)
	}
}

// schemaOrList wraps the schema of items into that of their list.
func schemaOrList(t reflect.Type, schema, schemas object) object {
	if schema["items"] == nil && schema["enum"] != nil && t.Kind() == reflect.Slice {
		list := schemaOf(t, schemas)
		list["items"] = schema
		return list
	}
	return schema
}

// allowedValues are the values of members that have a fixed set.
func allowedValues() map[string][]string {
	steps := []string{StepRequired, StepOptional, StepInUse, StepOff}
	var items []string
	for _, k := range consentKinds() {
		items = append(items, k.id)
	}
	return map[string][]string{
		"App.type":                 {AppBasic, AppBiz, AppTest},
		"App.admin_apis":           AdminAPICategories(),
		"Key.type":                 keyTypes(),
		"Key.admin_apis":           AdminAPICategories(),
		"ConsentItem.id":           items,
		"ConsentItem.step":         steps,
		"UnlinkWebhook.method":     {"POST", "GET"},
		"AccountWebhook.events":    AccountEvents(),
		"Account.gender":           {"female", "male"},
		"Scenario.endpoint":        Endpoints(),
		"Scenario.code":            Codes(),
		"IDTokenFault.alg":         {"RS256", "HS256", "none"},
		"IDTokenFault.key":         {"other", "unknown"},
		"WebhookSend.method":       {"POST", "GET"},
		"sendBody.event":           AccountEvents(),
		"sendBody.referrer_type":   ReferrerTypes(),
		"unlinkBody.referrer_type": ReferrerTypes(),
	}
}

// TestTextsAreComplete: every text in a template exists in both languages, and every text is used.
func TestTextsAreComplete(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	entries, err := files.ReadDir("templates")
	if err != nil {
		t.Fatal(err)
	}
	name := regexp.MustCompile(`T "([a-z_.]+)"`)
	for _, e := range entries {
		b, err := files.ReadFile("templates/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range name.FindAllSubmatch(b, -1) {
			used[string(m[1])] = true
		}
	}
	all := texts()
	for key := range used {
		if _, ok := all[key]; !ok {
			t.Errorf("no text %q", key)
		}
	}
	computed := []string{"login.wrong", "login.incomplete", "login.taken", "login.full", "error.request",
		"error.settings", "error.server", "error.member"}
	for key, text := range all {
		if text[0] == "" || text[1] == "" {
			t.Errorf("the text %q lacks a language", key)
		}
		if !used[key] && !slices.Contains(computed, key) && !strings.HasSuffix(key, ".title") &&
			!strings.HasPrefix(key, "did.") && !strings.HasPrefix(key, "nav.") &&
			!strings.HasPrefix(key, "form.") && !strings.HasPrefix(key, "personas.") {
			t.Errorf("unused text %q", key)
		}
	}
}
