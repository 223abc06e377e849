package kakao

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"go/ast"
	goparser "go/parser"
	"go/token"
	"log/slog"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

const planted = "planted-secret-text"

// prints returns a value printed in every way, by the name of the way.
func prints(v any) map[string]string {
	out := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t"} {
		out[verb] = fmt.Sprintf(verb, v)
	}
	if b, err := json.Marshal(v); err == nil {
		out["json"] = string(b)
	}
	if b, err := xml.Marshal(v); err == nil {
		out["xml"] = string(b)
	}
	var text, js bytes.Buffer
	slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelDebug})).Debug("m", "v", v)
	slog.New(slog.NewJSONHandler(&js, &slog.HandlerOptions{Level: slog.LevelDebug})).Debug("m", slog.Any("v", v))
	out["slog text"], out["slog json"] = text.String(), js.String()
	if err, ok := v.(error); ok {
		out["error"] = err.Error()
	}
	return out
}

// exportedTypes lists every exported type of the package, as TestExportedTypesIsComplete checks.
var exportedTypes = []any{
	AccessTokenInfo{}, Account{}, AccountEvent{}, AddressType(""), AgeRange(""), AgreedBy(""), AuthorizeRequest{},
	BirthdayType(""), Callback{}, CallbackError{}, CallbackKind(""),
	Client{}, Config{}, ConsentError{}, Effect(0), EmailState(0), Error{}, Event{}, EventType(""),
	ExchangeRequest{}, Flag(0), Gender(""), IDToken{}, IDTokenError{}, IDTokenOptions{}, IPs{},
	ItemState(0), Metadata{}, Probe{}, ProbeRequest{}, Profile{}, Prompt(""), RefreshRequest{}, Scope{},
	ScopeType(""), Scopes{}, Secret(""), ServiceIPs{}, ServiceTerm{}, ServiceTerms{}, ServiceTermsOptions{},
	ShippingAddress{}, ShippingAddressOptions{}, ShippingAddresses{}, Token{}, TokenInfo{}, UnlinkEvent{},
	UnlinkReason(""), User{}, UserIDs{}, UserIDsRequest{}, UserInfo{}, UserMeOptions{}, WebhookError{},
}

func TestExportedTypesIsComplete(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, v := range exportedTypes {
		known[reflect.TypeOf(v).Name()] = true
	}
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		file, err := parseFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.TypeSpec); ok && s.Name.IsExported() && !known[s.Name.Name] {
				t.Errorf("type %s is not in exportedTypes", s.Name.Name)
			}
			return true
		})
	}
}

func parseFile(name string) (*ast.File, error) {
	return goparser.ParseFile(token.NewFileSet(), name, nil, goparser.SkipObjectResolution)
}

// fill sets every Secret in v to planted and returns their number.
func fill(v reflect.Value, depth int) int {
	if depth > 6 || !v.CanSet() {
		return 0
	}
	if v.Type() == reflect.TypeFor[Secret]() {
		v.SetString(planted)
		return 1
	}
	n := 0
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			n += fill(v.Field(i), depth+1)
		}
	case reflect.Pointer:
		if v.Type().Elem().Kind() == reflect.Struct &&
			v.Type().Elem().PkgPath() == reflect.TypeFor[Token]().PkgPath() {
			v.Set(reflect.New(v.Type().Elem()))
			n += fill(v.Elem(), depth+1)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		n += fill(v.Index(0), depth+1)
	}
	return n
}

// The test covers values, pointers, slices, maps and structs of all exported types.
func TestLI02_NoTypePrintsASecret(t *testing.T) {
	t.Parallel()
	secrets := 0
	for _, zero := range exportedTypes {
		p := reflect.New(reflect.TypeOf(zero))
		secrets += fill(p.Elem(), 0)
		v := p.Elem().Interface()
		outer := struct {
			V any
			P any
		}{v, p.Interface()}
		for i, holder := range []any{v, p.Interface(), []any{v}, map[string]any{"v": v}, outer, &outer} {
			for how, text := range prints(holder) {
				// For a wrong verb, fmt calls no methods of a pointer in a struct. vet reports such calls.
				if i >= 4 && how[0] == '%' && !strings.HasSuffix(how, "v") {
					continue
				}
				if strings.Contains(text, planted) ||
					strings.Contains(strings.ToLower(text), fmt.Sprintf("%x", planted)) {
					t.Errorf("%T by %s: %s", holder, how, text)
				}
			}
		}
	}
	if secrets < 15 {
		t.Errorf("fill found only %d secrets", secrets)
	}
	m := map[string]Secret{"k": planted}
	for how, text := range prints(m) {
		if strings.Contains(text, planted) {
			t.Errorf("map by %s: %s", how, text)
		}
	}
}

// The test looks for string fields with the name of a token, secret, key or code that is not public.
func TestSecretFieldsHaveTypeSecret(t *testing.T) {
	t.Parallel()
	public := map[string]bool{
		"AuthorizeRequest.CodeChallenge": true, "UserMeOptions.PropertyKeys": true, "Metadata.TokenEndpoint": true,
		"Metadata.TokenAuthMethods": true, "Error.Code": true, "ShippingAddress.ZipCode": true,
		"WebhookError.Code": true, "ServiceIPs.Unknown": true, "Probe.Code": true,
	}
	secretName := regexp.MustCompile("token|secret|key|code|^verifier$|^ci$")
	for _, zero := range exportedTypes {
		typ := reflect.TypeOf(zero)
		if typ.Kind() != reflect.Struct {
			continue
		}
		for i := range typ.NumField() {
			f := typ.Field(i)
			suspicious := secretName.MatchString(strings.ToLower(f.Name))
			text := f.Type.Kind() == reflect.String || f.Type.Kind() == reflect.Slice &&
				f.Type.Elem().Kind() == reflect.String
			isSecret := f.Type == reflect.TypeFor[Secret]() || f.Type == reflect.TypeFor[[]Secret]()
			if f.IsExported() && suspicious && text && !isSecret && !public[typ.Name()+"."+f.Name] {
				t.Errorf("%s.%s is a %s", typ.Name(), f.Name, f.Type)
			}
		}
	}
}

// The keys are in unexported fields, which fmt would print.
func TestClientPrintsNoKey(t *testing.T) {
	t.Parallel()
	c, err := New(Config{ClientID: "rest-key", ClientSecret: planted, AdminKeys: []Secret{planted}})
	if err != nil {
		t.Fatal(err)
	}
	for _, holder := range []any{c, struct{ C *Client }{c}, map[string]any{"c": c}, []*Client{c}} {
		for how, text := range prints(holder) {
			if strings.Contains(text, planted) {
				t.Errorf("%T by %s: %s", holder, how, text)
			}
		}
	}
}

// The server repeats everything it receives in its error message.
func TestErrorsOfCallsPrintNoSecret(t *testing.T) {
	t.Parallel()
	echo := func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		all := fmt.Sprint(r.Form, r.Header)
		answer(w, 400, mustJSON(map[string]any{
			"error": "invalid_grant", "error_code": "KOE320", "error_description": all[:min(len(all), 900)],
			"msg": all, "code": -2,
		}))
	}
	c := newTestClient(t, echo, func(cfg *Config) {
		cfg.ClientSecret, cfg.AdminKeys = planted+"-client", []Secret{planted + "-admin"}
	})
	var errs []error
	add := func(_ any, err error) { errs = append(errs, err) }
	add(c.Exchange(t.Context(), ExchangeRequest{
		Code: planted + "-code", RedirectURI: "https://svc.example/cb",
		CodeVerifier: planted + "-verifier-0123456789-0123456789",
	}))
	add(c.Refresh(t.Context(), RefreshRequest{RefreshToken: planted + "-refresh"}))
	add(c.UserMe(t.Context(), planted+"-access", UserMeOptions{}))
	add(c.UnlinkAsAdmin(t.Context(), 1))
	add(c.TokenInfo(t.Context(), planted+"-id"))
	for _, err := range errs {
		var e *Error
		if !errors.As(err, &e) || e.Description == "" {
			t.Fatalf("%v", err)
		}
		for how, text := range prints(err) {
			if strings.Contains(text, planted) {
				t.Errorf("by %s: %s", how, text)
			}
		}
	}
}

func TestSecretEqual(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a    Secret
		b    string
		want bool
	}{{"a", "a", true}, {"a", "b", false}, {"", "", false}, {"a", "", false}, {"", "a", false}} {
		if got := tt.a.Equal(tt.b); got != tt.want {
			t.Errorf("Secret(%q).Equal(%q) = %v", tt.a.Reveal(), tt.b, got)
		}
	}
}

func TestSecretPrintsAsRedacted(t *testing.T) {
	t.Parallel()
	if s := fmt.Sprint(Secret(""), "|", Secret("x")); s != "|[redacted]" && s != " | [redacted]" {
		t.Errorf("%q", s)
	}
	var in struct{ S Secret }
	if err := json.Unmarshal([]byte(`{"S":"text"}`), &in); err != nil || in.S.Reveal() != "text" {
		t.Errorf("%v, %v", in.S.Reveal(), err)
	}
	if b, _ := json.Marshal(in); string(b) != `{"S":"[redacted]"}` {
		t.Errorf("%s", b)
	}
}

func TestLI05_InputIsNotUsedAsFormatString(t *testing.T) {
	t.Parallel()
	_, err := ParseCallback(map[string][]string{"error": {"%s%n%!d(MISSING)"}})
	if text := fmt.Errorf("login: %w", err).Error(); strings.Contains(text, "%!s") || strings.Contains(text, "EXTRA") {
		t.Error(text)
	}
	if e := (&Error{Op: "user_me", Status: 400, Code: "-2", Description: "%s%n"}); strings.Contains(e.Error(), "%!") {
		t.Error(e)
	}
}
