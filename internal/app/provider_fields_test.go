package app_test

import (
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/app"
)

// notFound is a network in which every path is unknown.
type notFound struct{}

func (notFound) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusNotFound, Body: http.NoBody, Request: r}, nil
}

// An unusable value of a provider's setting is an error of that setting and of no other.
func TestUnusableValuesOfProvidersNameTheirSetting(t *testing.T) {
	t.Parallel()
	bad := []string{
		"", "two words", "ünï", "a\x7f", "$UNSET", strings.Repeat("a", 5000), "http://a b", "://", "?x=1",
		"https://a.test/b?c",
	}
	for _, p := range everyProvider() {
		for _, emulator := range []bool{false, true} {
			base := func() (*app.Config, reflect.Value, string) {
				c := &app.Config{URL: "https://login.example.test", AllowEmulator: emulator, Transport: notFound{}}
				p.configure(c)
				if len(c.OIDC) > 0 {
					c.OIDC = slices.Clone(c.OIDC)
					return c, reflect.ValueOf(&c.OIDC[0]).Elem(), "OIDC." + p.name + "."
				}
				all := reflect.ValueOf(c).Elem()
				field, _ := all.Type().FieldByNameFunc(func(name string) bool { return strings.EqualFold(name, p.name) })
				return c, all.FieldByIndex(field.Index), field.Name + "."
			}
			c, of, prefix := base()
			if err := app.Check(*c); err != nil {
				t.Fatalf("%s: %v", p.name, err)
			}
			for i := range of.NumField() {
				for _, value := range bad {
					c, of, _ := base()
					field := prefix + of.Type().Field(i).Name
					switch to := of.Field(i).Addr().Interface().(type) {
					case *string:
						*to = value
					case *[]string:
						*to = []string{value}
					default:
						continue
					}
					turnsOff := value == "" && i <= 1 && !strings.HasPrefix(field, "OIDC.") && !strings.HasPrefix(field, "Kakao.")
					if strings.HasSuffix(field, ".Name") {
						field = "OIDC." + value + ".Name"
					}
					err := app.Check(*c)
					for _, e := range app.ConfigErrors(err) {
						if e.Field != field && !turnsOff {
							t.Errorf("%s = %.20q, emulator %v: %.300v", field, value, emulator, err)
						}
					}
				}
			}
		}
	}
}

// Settings of an OpenID Connect client that contradict each other, or are not its vendor's, are errors of their own.
func TestSettingsOfAnOIDCClientNameThemselves(t *testing.T) {
	t.Parallel()
	const name = "my-idp2"
	for field, all := range map[string][]app.OIDC{
		"Algorithms": {
			{Algorithms: []string{"PS256"}}, {Algorithms: []string{"rs256"}}, {Algorithms: []string{"none"}},
			{Algorithms: []string{"RS256", "HS256"}, ClientSecret: "s"}, {Algorithms: []string{"HS256"}},
		},
		"Audiences":    {{Audiences: []string{"login-ios", "login android"}}},
		"ClientAuth":   {{ClientAuth: "private_key_jwt", ClientSecret: "s"}, {ClientAuth: "client_secret_post"}},
		"ClientSecret": {{ClientSecret: "two words"}},
		"ServerURL":    {{ServerURL: "http://emulator:5007"}, {ServerURL: "https://id.example.test"}},
	} {
		for _, o := range all {
			o.Name, o.Issuer, o.ClientID = name, "https://id.example.com", "login"
			errs := app.ConfigErrors(app.Check(app.Config{
				URL: "https://login.example.test", OIDC: []app.OIDC{o}, Transport: notFound{},
			}))
			if len(errs) != 1 || errs[0].Field != "OIDC."+name+"."+field {
				t.Errorf("%s: %v", field, errs)
				continue
			}
			reason := errs[0].Reason(func(f string) string { return "<" + f + ">" })
			korean := func(r rune) bool { return r >= '가' }
			if strings.ContainsAny(reason.En+reason.Ko, "{}") || !strings.ContainsFunc(reason.Ko, korean) {
				t.Errorf("%s: %+v", field, reason)
			}
		}
	}
}
