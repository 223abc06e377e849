package config

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang"
)

const oidcFile = `
[oidc.my-idp]
issuer = "https://idp.test"
client_id = "a"
client_secret = "hush-hush"
label = "사내 로그인"
scopes = ["profile", "offline_access"]
pairwise = true
secret_expires = 2028-11-30
[oidc.entra]
issuer = "https://login.microsoftonline.com/organizations/v2.0"
client_id = "b"
tenants = ["t1", "t2"]
`

// Providers from the environment and from the file are the same, sorted by name, and the environment comes first.
func TestOIDCProviders(t *testing.T) {
	t.Parallel()
	environ := []string{
		"OIDC_MY_IDP_ISSUER=https://idp.test", "OIDC_MY_IDP_CLIENT_ID=a", "OIDC_MY_IDP_CLIENT_SECRET=hush-hush",
		"OIDC_MY_IDP_LABEL=사내 로그인", "OIDC_MY_IDP_SCOPES=profile, offline_access", "OIDC_MY_IDP_PAIRWISE=1",
		"OIDC_MY_IDP_SECRET_EXPIRES=2028-11-30",
		"OIDC_ENTRA_ISSUER=https://login.microsoftonline.com/organizations/v2.0", "OIDC_ENTRA_CLIENT_ID=b",
		"OIDC_ENTRA_TENANTS=t1,t2",
	}
	want := []norang.OIDC{
		{
			Name: "entra", Issuer: "https://login.microsoftonline.com/organizations/v2.0", ClientID: "b",
			Tenants: []string{"t1", "t2"},
		},
		{
			Name: "my-idp", Issuer: "https://idp.test", ClientID: "a", ClientSecret: "hush-hush", Label: "사내 로그인",
			Scopes: []string{"profile", "offline_access"}, Pairwise: true,
			SecretExpires: time.Date(2028, 11, 30, 0, 0, 0, 0, time.UTC),
		},
	}
	file := write(t, "norang.toml", oidcFile, 0o600)
	for name, src := range map[string]Sources{"environment": {Environ: environ}, "file": {File: file}} {
		got, warnings, err := Load(src)
		if err != nil || len(warnings) != 0 {
			t.Errorf("%s: %v %v", name, err, warnings)
		}
		if diff := cmp.Diff(want, got.OIDC); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		set := got.Set()
		if set["OIDC_MY_IDP_CLIENT_SECRET"] != redacted || set["OIDC_ENTRA_CLIENT_ID"] != "b" ||
			set["OIDC_MY_IDP_SECRET_EXPIRES"] != "2028-11-30" {
			t.Errorf("%s: %v", name, set)
		}
	}
	secret := write(t, "secret", "of-the-file\n", 0o600)
	got, _, err := Load(Sources{File: file, Environ: []string{
		"OIDC_ENTRA_CLIENT_ID=c", "OIDC_ENTRA_CLIENT_SECRET_FILE=" + secret, "OIDC_LATER_ISSUER=https://later.test",
	}})
	if err != nil || len(got.OIDC) != 3 || got.OIDC[0].ClientID != "c" || got.OIDC[0].ClientSecret != "of-the-file" ||
		got.OIDC[1].Name != "later" || got.OIDC[2].ClientID != "a" {
		t.Errorf("%+v %v", got.OIDC, err)
	}
}

// A variable of another program turns no sign-in on, and what has no effect is said.
func TestOIDCVariablesWithoutEffect(t *testing.T) {
	t.Parallel()
	for entry, want := range map[string]string{
		"OIDC_RP_CLIENT_ID=a":            "OIDC_RP_CLIENT_ID: has no effect without OIDC_RP_ISSUER",
		"OIDC_RP_CLIENT_SECRET_FILE=/s":  "has no effect without OIDC_RP_ISSUER",
		"OIDC_A_SIGNOUT_REDIRECT_URI=b":  "has no effect without OIDC_A_ISSUER",
		"OIDC_ISSUER=https://a.test":     "OIDC_ISSUER: unknown setting",
		"OIDC_CRYPTO_PASSPHRASE=secret1": "OIDC_CRYPTO_PASSPHRASE: unknown setting",
		"OIDC_A_ISUER=https://a.test":    "OIDC_A_ISUER: unknown setting",
		"OIDC_A_ISSUER=":                 "",
		"OIDC_SERVICE_HOST=10.0.0.7":     "",
		"OIDC_PORT=tcp://10.0.0.7:80":    "",
	} {
		s, warnings, err := Load(Sources{Environ: []string{entry}})
		if err != nil || len(s.OIDC) != 0 || (len(warnings) != 0) != (want != "") ||
			want != "" && !strings.Contains(warnings.Error(), want) {
			t.Errorf("%s: %v %v %v", entry, s.OIDC, warnings, err)
		}
		if strings.Contains(warnings.Error(), "secret1") {
			t.Errorf("a value is shown: %v", warnings)
		}
	}
}

func TestMalformedOIDCSettings(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"[oidc.Key]\nissuer = 'a'":                  "oidc.Key",
		"[oidc.key_cloak]\nissuer = 'a'":            "oidc.key_cloak",
		"[oidc]\nissuer = 'a'":                      "oidc.issuer",
		"oidc = 'a'":                                "oidc",
		"[oidc.a]\nisuer = 'a'":                     "oidc.a.isuer",
		"[oidc.a]\nscopes = 'email'":                "OIDC_A_SCOPES",
		"[oidc.a]\nsecret_expires = 'next year'":    "OIDC_A_SECRET_EXPIRES",
		"[oidc.a]\nissuer = 'https://a.test '":      "OIDC_A_ISSUER",
		"[oidc.a]\nclient_secret_file = '/missing'": "OIDC_A_CLIENT_SECRET",
	} {
		_, _, err := Load(Sources{File: write(t, "norang.toml", text, 0o600)})
		got := names(err)
		if len(got) != 1 || got[0] != want && !strings.HasPrefix(got[0], want+" (") {
			t.Errorf("%q: %q %v", text, got, err)
		}
	}
	// Two names, one variable.
	_, _, err := Load(Sources{Environ: []string{
		"OIDC_A_ISSUER=https://a.test", "OIDC_A_SIGNOUT_ISSUER=https://b.test", "OIDC_A_SIGNOUT_REDIRECT_URI=https://c.test",
	}})
	if got := names(err); !slices.Equal(got, []string{"OIDC_A_SIGNOUT_REDIRECT_URI"}) {
		t.Errorf("%q", got)
	}
	// A file with the secret of a provider must not be readable by others.
	_, _, err = Load(Sources{File: write(t, "norang.toml", oidcFile, 0o644)})
	if got := names(err); !slices.Equal(got, []string{"--config"}) {
		t.Errorf("%q", got)
	}
}

// Every member of norang.OIDC but the name has a row, and an error of the member names its setting.
func TestOIDCRowsAreComplete(t *testing.T) {
	t.Parallel()
	typ := reflect.TypeFor[norang.OIDC]()
	if typ.NumField() != len(oidcSettings)+1 {
		t.Errorf("%d rows for %d members", len(oidcSettings), typ.NumField()-1)
	}
	for _, row := range oidcSettings {
		var o norang.OIDC
		member, _ := typ.FieldByName(row.member)
		if at := reflect.ValueOf(row.of(&o)).Pointer() - reflect.ValueOf(&o).Pointer(); at != member.Offset {
			t.Errorf("%s is not the row of %s", row.Name, row.member)
		}
		s := row.named("my-idp")
		if got := settingOf("OIDC.my-idp." + row.member); got != s.Name || !Known(s.Name) {
			t.Errorf("%s: %s", s.Name, got)
		}
		example := s.Example
		if s.Secret() {
			example = "x"
		}
		var got Settings
		if p := assign(&s, s.field(&got), given{setting: &s, text: example}); p != nil || len(got.Set()) != 1 {
			t.Errorf("%s: %v %v", s.Name, p, got.Set())
		}
	}
}

func TestUnusableOIDCNamesSettings(t *testing.T) {
	t.Parallel()
	_, err := norang.New(norang.Config{URL: "https://a.test", OIDC: []norang.OIDC{
		{Name: "kakao", Issuer: "https://b.test", ClientID: "a"}, {Name: "my-idp"},
		{Name: "plain", Issuer: "http://b.test", ClientID: "a"},
	}})
	var got []string
	for _, e := range Unusable(err, nil) {
		got = append(got, e.Setting)
	}
	for _, want := range []string{
		"OIDC_KAKAO_ISSUER", "OIDC_MY_IDP_ISSUER", "OIDC_MY_IDP_CLIENT_ID", "OIDC_PLAIN_ISSUER",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is missing in %q: %v", want, got, err)
		}
	}
}

// CheckOIDCName refuses what the service refuses, and only that.
func TestCheckOIDCName(t *testing.T) {
	t.Parallel()
	for name, good := range map[string]bool{
		"keycloak": true, "my-idp": true, "oidc": true, "a1": true, strings.Repeat("a", 32): true,
		"": false, "Keycloak": false, "my_idp": false, "a.b": false, "1a": false, "카카오": false, "kakao": false,
		"naver": false, "id": false, "ref": false, strings.Repeat("a", 33): false, "a]\n[x": false,
	} {
		e := CheckOIDCName(name)
		if (e == nil) != good || e != nil && e.Setting != "OIDC_NAME_ISSUER" {
			t.Errorf("%q: %v", name, e)
		}
	}
}
