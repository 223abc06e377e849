package kakaotest

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

//go:embed templates/example.toml
var exampleConfig string

// ExampleConfig is a commented configuration file that works as it is.
func ExampleConfig() string { return exampleConfig }

// maxConfigFile bounds a configuration file.
const maxConfigFile = 4 << 20

// File is what a configuration file holds: apps, accounts and how to run. [Config] is made of it by [File.Config].
type File struct {
	Listen          string     `toml:"listen" json:"listen"`                     // default 127.0.0.1:5001
	AllowNonLocal   bool       `toml:"allow_non_local" json:"allow_non_local"`   // needed to listen beyond loopback
	BrowserURL      string     `toml:"browser_url" json:"browser_url"`           // see Config
	ServerURL       string     `toml:"server_url" json:"server_url"`             // see Config
	Issuer          string     `toml:"issuer" json:"issuer"`                     // see Config
	PictureURL      string     `toml:"picture_url" json:"picture_url"`           // see Config
	RequestLog      int        `toml:"request_log" json:"request_log"`           // see Config
	AllowedHosts    []string   `toml:"allowed_hosts" json:"allowed_hosts"`       // see Config
	TLS             bool       `toml:"tls" json:"tls"`                           // https with a throw-away CA
	TLSHosts        []string   `toml:"tls_hosts" json:"tls_hosts"`               // further names in its certificate
	TLSCertFile     string     `toml:"tls_ca_file" json:"tls_ca_file"`           // where the CA's certificate is written
	BuiltinAccounts *bool      `toml:"builtin_accounts" json:"builtin_accounts"` // keep the built-in personas; default true
	Apps            []App      `toml:"apps" json:"apps"`
	Accounts        []Account  `toml:"accounts" json:"accounts"`
	Scenarios       []Scenario `toml:"scenarios" json:"scenarios"` // scripted from the start
	Chaos           Chaos      `toml:"chaos" json:"chaos"`
}

// LoadConfig reads a configuration file: TOML, or JSON if its name ends in .json. A member that it does not know is an
// error, so that a misspelt setting is not silently without effect.
func LoadConfig(path string) (File, error) {
	f, err := os.Open(path)
	if err != nil {
		return File{}, fmt.Errorf("kakaotest: configuration: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxConfigFile+1))
	if err != nil {
		return File{}, fmt.Errorf("kakaotest: configuration: %w", err)
	}
	if len(b) > maxConfigFile {
		return File{}, fmt.Errorf("kakaotest: %s is larger than 4 MiB", path)
	}
	file, err := ParseConfig(b, strings.EqualFold(filepath.Ext(path), ".json"))
	if err != nil {
		return File{}, fmt.Errorf("kakaotest: %s: %w", path, err)
	}
	return file, nil
}

// ParseConfig reads a configuration from memory, as TOML or as JSON.
func ParseConfig(b []byte, isJSON bool) (File, error) {
	var f File
	if isJSON {
		dec := json.NewDecoder(bytes.NewReader(b))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&f); err != nil {
			return File{}, err
		}
		if dec.More() {
			return File{}, errors.New("something follows the JSON object")
		}
		return f, nil
	}
	md, err := toml.Decode(string(b), &f)
	if err != nil {
		var at toml.ParseError
		if errors.As(err, &at) {
			return File{}, errors.New(at.ErrorWithPosition())
		}
		return File{}, err
	}
	var faults []error
	for _, key := range md.Undecoded() {
		faults = append(faults, fmt.Errorf("unknown setting %q", key.String()))
	}
	return f, errors.Join(faults...)
}

// Environment reads the settings that the environment gives, over those of f. lookup is os.LookupEnv or a stand-in.
// Every variable is listed in docs/emulator.md. Those of KAKAO_… are the names that services use, so that one set of
// variables configures service and emulator alike.
func (f File) Environment(lookup func(string) (string, bool)) (File, error) {
	var faults []error
	text := func(name string, to *string) {
		if v, ok := lookup(name); ok && v != "" {
			*to = v
		}
	}
	flag := func(name string, to *bool) {
		v, ok := lookup(name)
		if !ok || v == "" {
			return
		}
		b, err := strconv.ParseBool(v)
		if err != nil {
			faults = append(faults, fmt.Errorf("kakaotest: %s=%q is neither true nor false", name, v))
			return
		}
		*to = b
	}
	number := func(name string, to *int64) {
		v, ok := lookup(name)
		if !ok || v == "" {
			return
		}
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			faults = append(faults, fmt.Errorf("kakaotest: %s=%q is not a number", name, v))
			return
		}
		*to = n
	}
	list := func(name string, to *[]string) {
		if v, ok := lookup(name); ok && v != "" {
			*to = splitList(v)
		}
	}
	text("KAKAO_EMULATOR_LISTEN", &f.Listen)
	flag("KAKAO_EMULATOR_ALLOW_NON_LOCAL", &f.AllowNonLocal)
	text("KAKAO_EMULATOR_BROWSER_URL", &f.BrowserURL)
	text("KAKAO_EMULATOR_SERVER_URL", &f.ServerURL)
	text("KAKAO_EMULATOR_ISSUER", &f.Issuer)
	text("KAKAO_EMULATOR_PICTURE_URL", &f.PictureURL)
	list("KAKAO_EMULATOR_ALLOWED_HOSTS", &f.AllowedHosts)
	flag("KAKAO_EMULATOR_TLS", &f.TLS)
	list("KAKAO_EMULATOR_TLS_HOSTS", &f.TLSHosts)
	text("KAKAO_EMULATOR_TLS_CA_FILE", &f.TLSCertFile)
	number("KAKAO_EMULATOR_CHAOS_SEED", &f.Chaos.Seed)
	if f.Chaos.Seed != 0 && f.Chaos.Fail+f.Chaos.Cut+f.Chaos.Slow == 0 {
		f.Chaos.Fail, f.Chaos.Slow = 0.05, 0.1
	}
	if len(f.Apps) == 0 {
		f.Apps = []App{{}}
	}
	a := f.Apps[0].clone()
	number("KAKAO_APP_ID", &a.AppID)
	text("KAKAO_CLIENT_ID", &a.RESTKey)
	text("KAKAO_REST_API_KEY", &a.RESTKey)
	text("KAKAO_CLIENT_SECRET", &a.ClientSecret)
	text("KAKAO_ADMIN_KEY", &a.AdminKey)
	text("KAKAO_NATIVE_APP_KEY", &a.NativeKey)
	text("KAKAO_JAVASCRIPT_KEY", &a.JavaScriptKey)
	list("KAKAO_REDIRECT_URI", &a.RedirectURIs)
	list("KAKAO_SIGNOUT_REDIRECT_URI", &a.LogoutRedirectURIs)
	flag("KAKAO_EMULATOR_AUTO", &a.Auto)
	text("KAKAO_EMULATOR_PERSONA", &a.AutoPersona)
	flag("KAKAO_EMULATOR_NO_TOKEN_LIMIT", &a.TokenLimitOff)
	flag("KAKAO_EMULATOR_NO_CLIENT_SECRET", &a.ClientSecretOff)
	flag("KAKAO_EMULATOR_NO_OIDC", &a.OIDCOff)
	text("KAKAO_EMULATOR_UNLINK_WEBHOOK", &a.UnlinkWebhook.URL)
	text("KAKAO_EMULATOR_ACCOUNT_WEBHOOK", &a.AccountWebhook.URL)
	f.Apps = append([]App{a}, f.Apps[1:]...)
	return f, errors.Join(faults...)
}

// Config makes the emulator's configuration of the file.
func (f File) Config() Config {
	c := Config{BrowserURL: f.BrowserURL, ServerURL: f.ServerURL, Issuer: f.Issuer, PictureURL: f.PictureURL, Apps: f.Apps,
		RequestLog: f.RequestLog, AllowedHosts: f.AllowedHosts, Chaos: f.Chaos}
	if f.BuiltinAccounts == nil || *f.BuiltinAccounts {
		c.Accounts = Personas()
	}
	for _, a := range f.Accounts {
		replaced := false
		for i := range c.Accounts {
			if c.Accounts[i].ID == a.ID { // the file's word counts over a built-in persona's
				c.Accounts[i], replaced = a, true
			}
		}
		if !replaced {
			c.Accounts = append(c.Accounts, a)
		}
	}
	if c.Accounts == nil {
		c.Accounts = []Account{}
	}
	return c
}
