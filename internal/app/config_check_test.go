package app_test

import (
	"log/slog"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
)

// fit returns a valid configuration for the cases to break.
func fit(t *testing.T) app.Config {
	t.Helper()
	return app.Config{
		URL: "https://login.example.com", Database: filepath.Join(t.TempDir(), "norang.db"),
		Log: slog.New(slog.DiscardHandler),
		Kakao: app.Kakao{
			ClientID:     "rest-key",
			ClientSecret: "the-secret",
			AppID:        1,
			AdminKeys:    []string{"the-admin-key"},
		},
	}
}

func TestOP01_OP04_OP05_InvalidConfigurationsDoNotStart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*app.Config)
		want   []string // the fields that the errors name, sorted
	}{
		"fit": {func(*app.Config) {}, nil},
		"nothing set": {func(c *app.Config) { *c = app.Config{Database: c.Database} }, []string{
			"Kakao.AdminKeys", "Kakao.AppID", "Kakao.ClientID", "Kakao.ClientSecret", "URL"}},
		"no secret": {
			func(c *app.Config) { c.Kakao.ClientSecret = "" },
			[]string{"Kakao.ClientSecret"},
		},
		"secret switched off": {
			func(c *app.Config) { c.Kakao.ClientSecret, c.NoClientSecret = "", true },
			nil,
		},
		"http": {func(c *app.Config) { c.URL = "http://login.example.com" }, []string{"URL"}},
		"a path in the URL": {
			func(c *app.Config) { c.URL = "https://login.example.com/x" },
			[]string{"URL"},
		},
		"emulator's addresses": {
			func(c *app.Config) { c.Kakao.AuthURL = "http://localhost:5001" },
			[]string{"Kakao.AuthURL"},
		},
		"one address of an emulator": {func(c *app.Config) {
			c.URL, c.AllowEmulator, c.Kakao.AuthURL = "http://localhost:5000", true, "http://localhost:5001"
		}, []string{"Kakao.AuthURL"}},
		"Kakao's issuer at an emulator": {func(c *app.Config) {
			c.URL, c.AllowEmulator = "http://localhost:5000", true
			c.Kakao.AuthURL, c.Kakao.APIURL = "http://localhost:5001", "http://localhost:5001"
		}, nil},
		"an emulator's issuer at Kakao": {func(c *app.Config) {
			c.URL, c.AllowEmulator, c.Kakao.Issuer = "http://localhost:5000", true, "http://localhost:5001"
		}, []string{"Kakao.AuthURL"}},
		"a password in a link": {
			func(c *app.Config) { c.Brand.PrivacyURL = "https://me:pw@login.example.com/" },
			[]string{"Brand.PrivacyURL"},
		},
		"emulator in public": {func(c *app.Config) { c.AllowEmulator = true }, []string{"AllowEmulator"}},
		"emulator's key": {
			func(c *app.Config) { c.Kakao.ClientID = "emu-rest-1" },
			[]string{"Kakao.ClientID"},
		},
		"dev in public": {func(c *app.Config) { c.Dev = true }, []string{"URL"}},
		"space in a key": {
			func(c *app.Config) { c.Kakao.ClientSecret = "x\n" },
			[]string{"Kakao.ClientSecret"},
		},
		"the same key twice": {
			func(c *app.Config) { c.Kakao.AdminKeys = []string{"rest-key"} },
			[]string{"Kakao.AdminKeys"},
		},
		"callback on another host": {
			func(c *app.Config) { c.Kakao.RedirectURI = "https://other.example.com/cb" },
			[]string{"Kakao.RedirectURI"},
		},
		"callback on a path of norang": {
			func(c *app.Config) { c.Kakao.RedirectURI = c.URL + "/auth/login" },
			[]string{"Kakao.RedirectURI"},
		},
		"callback with braces": {
			func(c *app.Config) { c.Kakao.RedirectURI = c.URL + "/{x...}" },
			[]string{"Kakao.RedirectURI"},
		},
		"RD-09: too wide": {
			func(c *app.Config) { c.Origins = []string{"https://*.com", "*", "https://ok.example"} },
			[]string{"Origins", "Origins"},
		},
		"every address trusted": {
			func(c *app.Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")} },
			[]string{"TrustedProxies"},
		},
		"foreign cookies": {func(c *app.Config) { c.CookieDomain = "other.com" }, []string{"CookieDomain"}},
		"script as support": {
			func(c *app.Config) { c.Brand.SupportURL = "javascript:alert(1)" },
			[]string{"Brand.SupportURL"},
		},
		"no address of support": { // which only the pages refuse
			func(c *app.Config) { c.Brand.SupportURL = "mailto:" },
			[]string{"Brand.SupportURL"},
		},
		"required advertising": {func(c *app.Config) {
			c.Terms = []app.Term{{Tag: "ads", Version: "1", TitleKo: "광고", Required: true, Marketing: true}}
		}, []string{"Terms"}},
		"a term without a title": {func(c *app.Config) { c.Terms = []app.Term{{Tag: "x", Version: "1"}} }, []string{"Terms"}},
		"an unknown option of an audience": {
			func(c *app.Config) { c.Audiences = []string{"https://api.example.com;alg=none"} },
			[]string{"Audiences"},
		},
		"public paths that are none": {
			func(c *app.Config) {
				c.Upstream, c.PublicPaths = "http://127.0.0.1:8000", []string{"about", "/a/../b", "/ok"}
			},
			[]string{"PublicPaths", "PublicPaths"},
		},
		"links that are none": {
			func(c *app.Config) { c.AppLinks = []string{"javascript:x", "http://www.example.com/"} },
			[]string{"AppLinks", "AppLinks"},
		},
		"keys in the database": {func(c *app.Config) { c.Keys = c.Database }, []string{"Keys"}},
		"half a day of grace": {
			func(c *app.Config) { c.WithdrawGrace = 12 * time.Hour },
			[]string{"WithdrawGrace"},
		},
		"grace without an end": {
			func(c *app.Config) { c.WithdrawGrace = 400 * 24 * time.Hour },
			[]string{"WithdrawGrace"},
		},
		"restore without grace": {func(c *app.Config) { c.Rejoin = "restore" }, []string{"Rejoin"}},
		"unknown policy":        {func(c *app.Config) { c.Rejoin = "maybe" }, []string{"Rejoin"}},
		"rejoin block too short": {
			func(c *app.Config) { c.Rejoin, c.RejoinBlock = "blocked", time.Minute },
			[]string{"RejoinBlock"},
		},
		"log retention too short": {
			func(c *app.Config) { c.LogKeep = time.Minute },
			[]string{"LogKeep"},
		},
		"access log shorter than the law allows": {
			func(c *app.Config) { c.AccessLogKeep = 180 * 24 * time.Hour },
			[]string{"AccessLogKeep"},
		},
		"replicas without keys":     {func(c *app.Config) { c.Database = "postgres://localhost/x" }, []string{"Keys"}},
		"keys as a value on SQLite": {func(c *app.Config) { c.KeysText = keyLine }, []string{"KeysText"}},
		"keys as a value and as a file": {
			func(c *app.Config) { c.Database, c.Keys, c.KeysText = "postgres://localhost/x", "/dev/null", keyLine },
			[]string{"Keys", "KeysText"},
		},
		"keys as an unusable value": {
			func(c *app.Config) {
				c.Database, c.KeysText = "postgres://localhost/x", "seal 2026-11-30T12:00:00Z AAAA"
			},
			[]string{"KeysText"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := fit(t)
			database := cfg.Database
			c.change(&cfg)
			err := app.Check(cfg)
			var got []string
			for _, f := range app.ConfigErrors(err) {
				got = append(got, f.Field)
				if r := f.Reason(func(field string) string { return field }); !strings.ContainsAny(r.Ko, "다오") || r.Ko == r.En {
					t.Errorf("not a Korean sentence: %s", r.Ko)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("errors for %q, want %q: %v", got, c.want, err)
			}
			if err != nil && strings.Contains(err.Error(), "the-secret") {
				t.Errorf("the error contains a secret: %v", err)
			}
			a, err := app.New(t.Context(), cfg)
			if (err == nil) != (c.want == nil) {
				t.Errorf("New: %v", err)
			}
			if err == nil {
				if err := a.Close(); err != nil {
					t.Error(err)
				}
			}
			if files, _ := filepath.Glob(database + "*"); c.want != nil && len(files) > 0 {
				t.Errorf("it left files: %q", files)
			}
		})
	}
}

func TestMX09_OP18_OP19_FA27_RD12_ConfigurationsThatLookRightButFail(t *testing.T) {
	t.Parallel()
	proxies := func(texts ...string) func(*app.Config) {
		return func(c *app.Config) {
			for _, text := range texts {
				c.TrustedProxies = append(c.TrustedProxies, netip.MustParsePrefix(text))
			}
		}
	}
	redirect := func(path string) func(*app.Config) {
		return func(c *app.Config) { c.Kakao.RedirectURI = c.URL + path }
	}
	database := func(dsn string) func(*app.Config) { return func(c *app.Config) { c.Database = dsn } }
	clientID := func(id string) func(*app.Config) { return func(c *app.Config) { c.Kakao.ClientID = id } }
	for name, c := range map[string]struct {
		change func(*app.Config)
		field  string // "" if the configuration is valid
		text   string // part of the error
	}{
		"an international host": {func(c *app.Config) { c.URL = "https://로그인.한국" }, "URL", "xn--2i0b10rutm.xn--3e0b707e"},
		"an international origin": {func(c *app.Config) { c.Origins = []string{"https://*.로그인.한국"} }, "Origins",
			"xn--2i0b10rutm.xn--3e0b707e"},
		"an international cookie": {func(c *app.Config) {
			c.URL, c.CookieDomain = "https://a.xn--2i0b10rutm.xn--3e0b707e", "로그인.한국"
		}, "CookieDomain", "xn--2i0b10rutm.xn--3e0b707e"},
		"a port with a zero":  {func(c *app.Config) { c.URL = "https://login.example.com:08443" }, "URL", "scheme"},
		"a port out of range": {func(c *app.Config) { c.URL = "https://login.example.com:99999" }, "URL", "scheme"},
		"an origin at port 0": {func(c *app.Config) { c.Origins = []string{"https://a.example.com:0"} }, "Origins", ":port"},
		"cookies of half an address": {func(c *app.Config) {
			c.URL, c.CookieDomain = "https://10.0.0.1", "0.0.1"
		}, "CookieDomain", "parent domain"},
		"half an address":       {func(c *app.Config) { c.URL = "https://0.0.1" }, "URL", "scheme"},
		"an empty port":         {func(c *app.Config) { c.URL = "https://login.example.com:" }, "URL", "scheme"},
		"an origin without one": {func(c *app.Config) { c.Origins = []string{"https://a.example.com:"} }, "Origins", "port"},
		"no Punycode":           {func(c *app.Config) { c.URL = "https://xn--bad--.example.com" }, "URL", "Punycode"},
		"an upper-case one":     {func(c *app.Config) { c.URL = "https://Login.Example.com" }, "URL", "lower case"},
		"the port of https":     {func(c *app.Config) { c.URL = "https://login.example.com:443" }, "URL", ":443"},
		"the port of http":      {func(c *app.Config) { c.URL = "http://localhost:80" }, "URL", ":80"},
		"another port":          {func(c *app.Config) { c.URL = "https://login.example.com:8443" }, "", ""},
		"a name like loopback":  {func(c *app.Config) { c.URL = "http://127.evil.example" }, "URL", "https"},
		"another such name":     {func(c *app.Config) { c.URL = "http://127.0.0.1.nip.io" }, "URL", "https"},

		"cookies of a public suffix": {func(c *app.Config) {
			c.URL, c.CookieDomain = "https://shop.vercel.app", "vercel.app"
		}, "CookieDomain", "public suffix"},
		"cookies of a registry": {func(c *app.Config) {
			c.URL, c.CookieDomain = "https://shop.co.kr", "co.kr"
		}, "CookieDomain", "public suffix"},
		"cookies of a registered domain": {func(c *app.Config) {
			c.URL, c.CookieDomain = "https://login.shop.co.kr", "shop.co.kr"
		}, "", ""},
		"origins of a public suffix": {func(c *app.Config) { c.Origins = []string{"https://*.vercel.app"} }, "Origins",
			"registrable"},
		"origins of a registry": {func(c *app.Config) { c.Origins = []string{"https://*.pe.kr"} }, "Origins",
			"registrable"},
		"origins below a registered one": {func(c *app.Config) { c.Origins = []string{"https://*.shop.co.kr"} }, "", ""},

		"a quoted key":       {clientID(`"0123456789abcdef0123456789abcdef"`), "Kakao.ClientID", "quote"},
		"a variable":         {clientID("${KAKAO_REST_API_KEY}"), "Kakao.ClientID", "variables"},
		"a placeholder":      {clientID("YOUR_REST_API_KEY"), "Kakao.ClientID", "placeholder"},
		"a no-break space":   {clientID("0123456789abcdef\u00a0"), "Kakao.ClientID", "white space"},
		"a quoted admin key": {func(c *app.Config) { c.Kakao.AdminKeys = []string{"'0123'"} }, "Kakao.AdminKeys", "quote"},
		"a template's app key": {func(c *app.Config) { c.Kakao.NativeAppKeys = []string{"{{key}}"} }, "Kakao.NativeAppKeys",
			"{"},

		"a callback with a slash at its end": {redirect("/accounts/kakao/login/callback/"), "", ""},
		"a doubled slash":                    {redirect("/accounts//callback"), "Kakao.RedirectURI", "slashes"},
		"two slashes at its end":             {redirect("/accounts/callback//"), "Kakao.RedirectURI", "slashes"},
		"the start of a sign-in":             {redirect("/oauth/kakao"), "Kakao.RedirectURI", "uses"},
		"the same with a slash":              {redirect("/oauth/kakao/"), "Kakao.RedirectURI", "uses"},
		"the sign-out":                       {redirect("/oauth/kakao/signout"), "Kakao.RedirectURI", "uses"},
		"discovery":                          {redirect("/.well-known/callback"), "Kakao.RedirectURI", "uses"},
		"the prefix":                         {redirect("/auth"), "Kakao.RedirectURI", "{Prefix}"},
		"the sign-out's return": {redirect("/oauth/kakao/signout/callback"), "Kakao.SignoutRedirectURI",
			"must not equal"},

		"all addresses in halves": {proxies("0.0.0.0/1", "128.0.0.0/1"), "TrustedProxies", "every address"},
		"in quarters": {proxies("0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"), "TrustedProxies",
			"every address"},
		"all IPv6 addresses": {proxies("::/1", "8000::/1"), "TrustedProxies", "every address"},
		"private networks": {proxies("10.0.0.0/8", "10.1.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"), "",
			""},

		"another database":         {database("mysql://appuser:s3cr3tpw@db:3306/app"), "Database", "mysql:"},
		"in upper case":            {database("MySQL://appuser:s3cr3tpw@db:3306/app"), "Database", "MySQL:"},
		"a driver's address":       {database("jdbc:postgresql://db/app?password=s3cr3tpw"), "Database", "jdbc:"},
		"the file form":            {database("sqlite:/var/lib/s3cr3tpw.db"), "Database", "sqlite:"},
		"PostgreSQL by keyword":    {database("host=db user=app password=s3cr3tpw"), "Database", "host="},
		"keywords in another form": {database("dbname = app  PASSWORD=s3cr3tpw"), "Database", "postgres://"},
		"keywords of ADO":          {database("Server=h;Password=s3cr3tpw;"), "Database", "postgres://"},
		"a driver of MySQL":        {database("a.b:s3cr3tpw@tcp(127.0.0.1:3306)/d"), "Database", "postgres://"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := fit(t)
			c.change(&cfg)
			err := app.Check(cfg)
			errs := app.ConfigErrors(err)
			if c.field == "" {
				if len(errs) > 0 {
					t.Errorf("refused: %v", err)
				}
				return
			}
			if len(errs) != 1 || errs[0].Field != c.field {
				t.Fatalf("errors %v, want one of %s", err, c.field)
			}
			text := errs[0].Reason(func(f string) string { return "{" + f + "}" })
			if !strings.Contains(text.En, c.text) || text.Ko == "" {
				t.Errorf("%+v does not contain %q", text, c.text)
			}
			for _, secret := range []string{"s3cr3tpw", "0123456789abcdef"} {
				if strings.Contains(err.Error(), secret) || strings.Contains(text.Ko, secret) {
					t.Errorf("the error repeats %s: %v", secret, err)
				}
			}
			if _, err := app.New(t.Context(), cfg); err == nil {
				t.Error("New accepts it")
			}
		})
	}
}

// Domains below which other people have names: browsers keep no such cookie, or one that those could read.
func TestSE18_PublicSuffixIsNoCookieDomain(t *testing.T) {
	t.Parallel()
	for domain, ok := range map[string]bool{
		"co.kr": false, "vercel.app": false, "github.io": false, "or.kr": false, "seoul.kr": false, "s3.amazonaws.com": false,
		"kr": false, "xn--3e0b707e": false, "localhost": false, "example.co.kr": true, "login.example.co.kr": true,
		"example.com": true, "10.0.0.1": false,
	} {
		c := fit(t)
		c.URL, c.CookieDomain = "https://login.example.co.kr", domain
		if !strings.HasSuffix("login.example.co.kr", domain) {
			c.URL = "https://login." + domain
		}
		if domain == "10.0.0.1" {
			c.URL = "https://" + domain // no host is below an address
		}
		errs := app.ConfigErrors(app.Check(c))
		refused := slices.ContainsFunc(errs, func(e *app.ConfigError) bool { return e.Field == "CookieDomain" })
		if refused == ok {
			t.Errorf("%s at %s: refused %t: %v", domain, c.URL, refused, errs)
		}
	}
}

// keyLine is a key file with one key that protects nothing.
const keyLine = "seal 2026-11-30T12:00:00Z MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXY"

func TestKeysMayBeAValueWithPostgreSQL(t *testing.T) {
	t.Parallel()
	cfg := fit(t)
	cfg.Database, cfg.Keys, cfg.KeysText = "postgres://localhost/x", "", keyLine
	if err := app.Check(cfg); err != nil {
		t.Error(err)
	}
}
