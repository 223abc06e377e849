package serverapi

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/norang-login/norang/internal/problem"
)

// Version is the version of the OpenAPI document.
const Version = "1.0.0"

// document describes the table of calls in OpenAPI 3.1.
func document(address string) ([]byte, error) {
	registry := huma.NewMapRegistry("#/components/schemas/", schemaName)
	doc := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "norang server API", Version: Version,
			Description: "For an app's server: look up and change the app's users. See docs/server-api.md.",
			License:     &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
		},
		Servers:  []*huma.Server{{URL: address}},
		Security: []map[string][]string{{"key": {}}},
		Components: &huma.Components{
			Schemas: registry,
			SecuritySchemes: map[string]*huma.SecurityScheme{"key": {
				Type: "http", Scheme: "bearer", Description: "An API key, nrg_k_…, of norang key create.",
			}},
		},
		Tags: []*huma.Tag{
			{Name: "users", Description: "Users"}, {Name: "events", Description: "Events"},
			{Name: "origins", Description: "Preview origins"},
		},
	}
	failure := &huma.Response{
		Description: "A problem (RFC 9457); match on its member code.",
		Content: map[string]*huma.MediaType{
			problem.ContentType: {Schema: schemaOf(registry, problem.Body{})},
		},
	}
	for _, e := range endpoints {
		doc.AddOperation(operation(registry, e, failure))
	}
	for _, s := range registry.Map() {
		if s.Type == huma.TypeObject {
			s.AdditionalProperties = nil // readers ignore members that they do not know; the server refuses them
		}
	}
	orNullSchema(registry.Map()["BatchResult"], "user")
	return json.MarshalIndent(doc, "", "  ")
}

// schemaName returns the name of a type's schema, from which code generators derive the name of their type.
func schemaName(t reflect.Type, hint string) string {
	if t == reflect.TypeFor[problem.Body]() {
		return "Problem"
	}
	return huma.DefaultSchemaNamer(t, hint)
}

// orNullSchema lets a member that refers to a schema be null as well, which huma cannot express.
func orNullSchema(s *huma.Schema, member string) {
	of := s.Properties[member]
	s.Properties[member] = &huma.Schema{
		Description: of.Description,
		AnyOf:       []*huma.Schema{{Ref: of.Ref}, {Type: "null"}},
	}
}

func schemaOf(r huma.Registry, v any) *huma.Schema { return r.Schema(reflect.TypeOf(v), true, "") }

func operation(r huma.Registry, e endpoint, failure *huma.Response) *huma.Operation {
	op := &huma.Operation{
		OperationID: e.id, Method: e.method, Path: e.path, Summary: e.summary,
		Description: strings.TrimSpace(e.doc + " Needs the scope " + string(e.scope) + "."),
		Tags:        []string{"users"}, Responses: map[string]*huma.Response{"4XX": failure, "5XX": failure},
	}
	if strings.HasPrefix(e.path, "/events") {
		op.Tags = []string{"events"}
	}
	if strings.HasPrefix(e.path, "/origins") {
		op.Tags = []string{"origins"}
	}
	for _, segment := range strings.Split(e.path, "/") {
		if name, ok := strings.CutPrefix(segment, "{"); ok {
			op.Parameters = append(op.Parameters, &huma.Param{
				Name: strings.TrimSuffix(name, "}"), In: "path", Required: true, Description: pathDocs[segment],
				Schema: &huma.Schema{Type: huma.TypeString},
			})
		}
	}
	for _, p := range e.query {
		op.Parameters = append(op.Parameters, p.describe())
	}
	if e.idempotent {
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: "Idempotency-Key", In: "header",
			Schema: &huma.Schema{Type: huma.TypeString, MaxLength: ptr(maxIdempotencyKey)},
			Description: "A value of your own for this request, such as a UUID. Repeated within 24 hours with the same " +
				"body it gives the first answer.",
		})
	}
	if e.body != nil {
		op.RequestBody = &huma.RequestBody{
			Required: len(required(reflect.TypeOf(e.body))) > 0 || e.patch,
			Content:  map[string]*huma.MediaType{mediaType(e): {Schema: schemaOf(r, e.body)}},
		}
	}
	if e.answer == nil {
		op.Responses[strconv.Itoa(http.StatusNoContent)] = &huma.Response{Description: "Done"}
		return op
	}
	op.Responses["200"] = &huma.Response{
		Description: "Done",
		Content:     map[string]*huma.MediaType{"application/json": {Schema: schemaOf(r, e.answer)}},
	}
	return op
}

var pathDocs = map[string]string{
	"{user}": "The user's id, or id:ID, ref:REF, PROVIDER:SUBJECT or PROVIDER:NAMESPACE:SUBJECT with the namespace " +
		"percent-encoded, as in selector of an identity.",
	"{session}": "The session's public id.",
	"{event}":   "The event's id, or its webhook-id.",
	"{origin}":  "The id, or host and port of an https origin: pr-7-shop.vercel.app.",
}

func ptr[T any](v T) *T { return &v }

func (p parameter) describe() *huma.Param {
	s := &huma.Schema{Type: huma.TypeString}
	for _, v := range p.enum {
		s.Enum = append(s.Enum, v)
	}
	if p.most > 0 {
		s = &huma.Schema{Type: huma.TypeInteger, Minimum: ptr(float64(p.least)), Maximum: ptr(float64(p.most))}
	}
	return &huma.Param{Name: p.name, In: "query", Description: p.doc, Schema: s}
}
