package app_test

import (
	"errors"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/norang-login/norang/apple/appletest"
	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/importing"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/store"
)

// configured is a provider as an operator configures it, without a server behind it.
type configured struct {
	name      string
	configure func(*app.Config)
	// changed gives it another application, by which all users would be strangers; nil if there is no such setting.
	changed   func(*app.Config)
	field     string // that the error names
	namespace string
	subject   string   // an id of the provider
	foreign   []string // ids that are not the provider's
}

// everyProvider are all built-in providers and OpenID Connect providers of each kind.
func everyProvider() []configured {
	oidc := func(o app.OIDC) func(*app.Config) {
		o.ClientSecret = "secret"
		return func(c *app.Config) { c.OIDC = []app.OIDC{o} }
	}
	const tenant = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
	keycloak := app.OIDC{Name: "keycloak", Issuer: "https://id.example.test/realms/staff", ClientID: "login"}
	moved, entra, shared := keycloak, keycloak, keycloak
	moved.Issuer = "https://id.example.test/realms/other"
	entra.Name, entra.Issuer = "entra", "https://login.microsoftonline.com/"+tenant+"/v2.0"
	other := entra
	other.ClientID = "another"
	shared.Name, shared.Issuer = "many", "https://login.microsoftonline.com/organizations/v2.0"
	shared.Tenants = []string{strings.ToUpper(tenant)}
	naver := func(id string) func(*app.Config) {
		return func(c *app.Config) { c.Naver = app.Naver{ClientID: id, ClientSecret: "0123456789"} }
	}
	line := func(provider string) func(*app.Config) {
		return func(c *app.Config) {
			c.LINE = app.LINE{ChannelID: "2001234567", ChannelSecret: "s3cret", ProviderID: provider}
		}
	}
	apple := func(team string) func(*app.Config) {
		return func(c *app.Config) {
			c.Apple = app.Apple{
				ServicesID: "com.example.login", TeamID: team, KeyID: "ABC123DEFG", PrivateKey: appletest.DefaultPrivateKey(),
			}
		}
	}
	kakao := func(id int64) func(*app.Config) {
		return func(c *app.Config) {
			c.Kakao = app.Kakao{
				ClientID: strings.Repeat("a", 32), ClientSecret: strings.Repeat("b", 32), AppID: id,
				AdminKeys: []string{strings.Repeat("c", 32)},
			}
		}
	}
	return []configured{
		{
			"kakao", kakao(123456), kakao(123457), "Kakao.AppID", "123456", "4012345678",
			[]string{"#NAME?", "4.01E+09", "ryan"},
		},
		{
			"naver", naver("jyvqXeaVOVmV"), naver("abcdefghij"), "Naver.ClientID", "jyvqXeaVOVmV",
			"qPb5K2y-4nFz1cTgDd8Lw_qPb5K2y4nFz1cTgDd8Lw0", []string{"#NAME?", "3.27E+07", "mina@naver.com"},
		},
		{
			"google",
			func(c *app.Config) {
				c.Google = app.Google{ClientID: "1-a.apps.googleusercontent.com", ClientSecret: "GOCSPX-0123456789abcdef0123"}
			},
			nil, "", "accounts.google.com", "103547991597142817347",
			[]string{"103547991597142000000", "1.03548E+20", "mina@gmail.com"},
		},
		{
			"apple", apple("ABCDE12345"), apple("ABCDE12346"), "Apple.TeamID", "ABCDE12345",
			"001234.0123456789abcdef0123456789abcdef.1234", []string{"minji@icloud.com", "1.23E+3"},
		},
		{
			"line", line("1001234567"), line("1001234568"), "LINE.ProviderID", "1001234567", "U" + strings.Repeat("0a", 16),
			[]string{"u" + strings.Repeat("0a", 16), "mina", "1E+10"},
		},
		{
			"keycloak", oidc(keycloak), oidc(moved), "OIDC.keycloak.Issuer", keycloak.Issuer, "urn:x:1",
			[]string{"1.2E+17", "#NAME?", "a b"},
		},
		{
			"entra", oidc(entra), oidc(other), "OIDC.entra.Issuer", entra.Issuer + " login", "AAAA-bbb_ccc",
			[]string{"1.2E+17", "#NAME?"},
		},
		{
			"many", oidc(shared), nil, "", shared.Issuer + " login", tenant + "/AAAA-bbb",
			[]string{"AAAA-bbb", strings.ToUpper(tenant) + "/AAAA", tenant + "/"},
		},
	}
}

// A file of every provider's users is imported under the right namespace; the same users are exported, and selected by
// what is printed for them. Ids of something else are refused.
func TestImportExportAndSelectorsOfEveryProvider(t *testing.T) {
	t.Parallel()
	path, actor := filepath.Join(t.TempDir(), "norang.db"), audit.Operator("kim", "moving", audit.Client{})
	db, err := store.Open(t.Context(), store.Config{DSN: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	d, err := app.OpenOperator(t.Context(), app.OperatorConfig{Database: path, Actor: actor})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var names []string
	for i, p := range everyProvider() {
		cfg := app.Config{URL: "https://login.example.test", Database: path}
		p.configure(&cfg)
		cfg.Transport = noServer{}
		in, err := d.NewImport(cfg, actor, app.ImportOptions{Provider: p.name, Unchecked: true})
		if err != nil {
			t.Fatal(err)
		}
		file := func(subject string) *strings.Reader {
			return strings.NewReader(p.name + "_id,ref\n" + subject + ",r" + string(rune('a'+i)) + "\n")
		}
		if got := importing.ProviderOf(file("1")); got != p.name {
			t.Errorf("%s: the file is taken for one of %q", p.name, got)
		}
		for _, foreign := range p.foreign {
			if r, err := in.Check(t.Context(), file(foreign)); err != nil || r.FaultCount != 1 {
				t.Errorf("%s: %q is accepted: %v", p.name, foreign, err)
			}
		}
		if r, err := in.Write(t.Context(), file(p.subject)); err != nil || r.Verdicts[importing.Create] != 1 {
			t.Fatalf("%s: %+v, %v", p.name, r, err)
		}
		names = append(names, p.name)
	}
	slices.Sort(names)
	var all strings.Builder
	if out, err := d.ExportCSV(t.Context(), "", "", &all); !errors.Is(err, app.ErrWhichProvider) ||
		!slices.Equal(out.Others, names) {
		t.Errorf("%+v, %v, want all of %v", out, err, names)
	}
	for i, p := range everyProvider() {
		var b strings.Builder
		out, err := d.ExportCSV(t.Context(), p.name, "", &b)
		if err != nil || out.Rows != 1 || len(out.Others) != len(names)-1 || !slices.Equal(out.Apps, []string{p.namespace}) ||
			!strings.HasPrefix(b.String(), p.name+"_id,ref,") || !strings.Contains(b.String(), "\n"+p.subject+",r") {
			t.Errorf("%s: %+v, %v\n%s", p.name, out, err, b.String())
		}
		ref := "ref:r" + string(rune('a'+i))
		s, err := operator.ParseSelector(ref)
		if err != nil {
			t.Fatal(err)
		}
		user, err := d.Use.Users.Show(t.Context(), s, operator.Masked)
		if err != nil {
			t.Fatal(err)
		}
		if s, err = operator.ParseSelector(operator.SelectorOf(user.Identities[0].Key)); err != nil {
			t.Fatal(err)
		}
		if found, err := d.Use.Users.Show(t.Context(), s, operator.Masked); err != nil || found.ID != user.ID {
			t.Errorf("%s: %s is %+v, %v", p.name, s, found, err)
		}
	}
}

// noServer is a network without servers.
type noServer struct{}

// RoundTrip implements [http.RoundTripper].
func (noServer) RoundTrip(*http.Request) (*http.Response, error) { return nil, errors.New("no server") }

// Another application at a provider makes every user a stranger. A start with it is refused, and norang doctor says so
// before. The same holds for an OpenID Connect provider that has another name.
func TestStartStopsIfUsersOfAnyProviderBelongToAnotherApplication(t *testing.T) {
	t.Parallel()
	for _, p := range everyProvider() {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			cfg := app.Config{
				URL: "https://login.example.test", Database: filepath.Join(t.TempDir(), "norang.db"), Transport: noServer{},
				Log: slog.New(slog.DiscardHandler),
			}
			start := func(configure func(*app.Config), former ...string) (unconfigured []string, err error) {
				cfg := cfg
				if configure(&cfg); p.name != "kakao" || len(former) == 0 {
					cfg.FormerApps = former
				} else {
					cfg.Kakao.FormerAppIDs = []string{p.namespace}
				}
				unconfigured, said := app.ExamineNamespaces(t.Context(), cfg)
				a, err := app.New(t.Context(), cfg)
				if err == nil {
					err = a.Close()
				}
				if (err == nil) != (said == nil) || err != nil && err.Error() != said.Error() {
					t.Errorf("doctor says %v, the start %v", said, err)
				}
				return unconfigured, err
			}
			if _, err := start(p.configure); err != nil {
				t.Fatal(err)
			}
			importOne(t, cfg, p)
			if _, err := start(p.configure); err != nil {
				t.Errorf("unchanged: %v", err)
			}
			if p.changed != nil {
				var e *app.ConfigError
				if _, err := start(p.changed); !errors.As(err, &e) || e.Field != p.field ||
					!strings.Contains(err.Error(), p.namespace) {
					t.Errorf("changed: %v", err)
				}
				if _, err := start(p.changed, p.name+":"+p.namespace); err != nil {
					t.Errorf("changed on purpose: %v", err)
				}
			}
			renamed := func(c *app.Config) {
				p.configure(c)
				c.OIDC[0].Name = "renamed"
			}
			if strings.HasPrefix(p.field, "OIDC.") {
				var e *app.ConfigError
				if _, err := start(renamed); !errors.As(err, &e) || e.Field != "OIDC.renamed.Name" {
					t.Errorf("renamed: %v", err)
				}
				if _, err := start(renamed, p.name+":"+p.namespace); err != nil {
					t.Errorf("renamed on purpose: %v", err)
				}
			}
			another := everyProvider()[0]
			if p.name == another.name {
				another = everyProvider()[1]
			}
			if unconfigured, err := start(another.configure); err != nil || !slices.Equal(unconfigured, []string{p.name}) {
				t.Errorf("removed: %v, %v", unconfigured, err)
			}
		})
	}
}

// importOne imports one user of a provider.
func importOne(t *testing.T, cfg app.Config, p configured) {
	t.Helper()
	p.configure(&cfg)
	actor := audit.Operator("kim", "moving", audit.Client{})
	d, err := app.OpenOperator(t.Context(), app.OperatorConfig{Database: cfg.Database, Actor: actor})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	in, err := d.NewImport(cfg, actor, app.ImportOptions{Provider: p.name, Unchecked: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := in.Write(t.Context(), strings.NewReader(p.name+"_id,ref\n"+p.subject+",7\n")); err != nil {
		t.Fatal(err)
	}
}
