package kakaotest

import (
	_ "embed"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/norang-login/norang/internal/emulator"
)

//go:embed templates/example.toml
var exampleConfig string

// ExampleConfig is a commented configuration file that works as it is.
func ExampleConfig() string { return exampleConfig }

// maxConfigFile bounds the size of a configuration file.
const maxConfigFile = 4 << 20

// File is the content of a configuration file: what to serve and where to listen. docs/emulator.md lists every
// member.
type File struct {
	Listen          string     `toml:"listen" json:"listen"`                     // host and port; default localhost:5001
	AllowNonLocal   bool       `toml:"allow_non_local" json:"allow_non_local"`   // required to listen beyond loopback
	BrowserURL      string     `toml:"browser_url" json:"browser_url"`           // base URL that the browser uses
	ServerURL       string     `toml:"server_url" json:"server_url"`             // base URL that the service's server uses
	Issuer          string     `toml:"issuer" json:"issuer"`                     // iss of tokens
	PictureURL      string     `toml:"picture_url" json:"picture_url"`           // base URL of profile pictures
	RequestLog      int        `toml:"request_log" json:"request_log"`           // requests kept in the log; default 1000
	AllowedHosts    []string   `toml:"allowed_hosts" json:"allowed_hosts"`       // additional Host values for /-/
	Strict          bool       `toml:"strict" json:"strict"`                     // refuse what is undocumented
	TLS             bool       `toml:"tls" json:"tls"`                           // https with a throwaway CA
	TLSHosts        []string   `toml:"tls_hosts" json:"tls_hosts"`               // additional names in its certificate
	TLSCertFile     string     `toml:"tls_ca_file" json:"tls_ca_file"`           // where to write the CA certificate
	BuiltinAccounts *bool      `toml:"builtin_accounts" json:"builtin_accounts"` // keep the personas; default true
	Apps            []App      `toml:"apps" json:"apps"`                         // the first is the default app
	Accounts        []Account  `toml:"accounts" json:"accounts"`                 // additional or replaced accounts
	Scenarios       []Scenario `toml:"scenarios" json:"scenarios"`               // faults scripted from the start
	Chaos           Chaos      `toml:"chaos" json:"chaos"`                       // seeded random faults
}

// LoadConfig reads a configuration file: TOML, or JSON if the name ends in .json. Unknown members are errors.
func LoadConfig(path string) (File, error) {
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return File{}, emulator.Errorf("그런 파일이 없습니다: %[1]s", "no such file: %[1]s", path, err)
	case err != nil:
		return File{}, emulator.Errorf("파일을 읽을 수 없습니다: %v", "cannot read the file: %v", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxConfigFile+1))
	if err != nil {
		return File{}, err
	}
	if len(b) > maxConfigFile {
		return File{}, emulator.Errorf("%s: 4 MiB보다 큽니다", "%s: larger than 4 MiB", path)
	}
	file, err := ParseConfig(b, strings.EqualFold(filepath.Ext(path), ".json"))
	if err != nil {
		return File{}, emulator.Errorf("%s: %v", "%s: %v", path, err)
	}
	return file, nil
}

// ParseConfig reads a configuration from memory, as TOML or JSON.
func ParseConfig(b []byte, isJSON bool) (File, error) {
	var f File
	if isJSON {
		return f, decodeJSON(b, &f)
	}
	var members map[string]any
	if _, err := toml.Decode(string(b), &members); err != nil {
		return File{}, tomlError(err)
	}
	if err := emulator.CheckMembers(members, reflect.TypeFor[File](), renamed); err != nil {
		return File{}, err
	}
	_, err := toml.Decode(string(b), &f)
	return f, tomlError(err)
}

// tomlError adds the line to a syntax error.
func tomlError(err error) error {
	if at, ok := errors.AsType[toml.ParseError](err); ok {
		return emulator.Errorf("%d번째 줄 %d번째 글자부터 TOML이 아닙니다(%s)", "line %d, column %d: not TOML: %s",
			at.Position.Line, at.Position.Col, at.Message)
	}
	return err
}

// decodeJSON reads one JSON value into v. Unknown members are errors that list the known ones.
func decodeJSON(b []byte, v any) error { return emulator.DecodeJSON(b, v, renamed) }

// renamed are members of earlier versions and their present names.
var renamed = map[string]string{"personas": "builtin_accounts"}

// oneOf ends an error about an unknown name with the known ones.
func oneOf(known []string) emulator.Text { return emulator.OneOf(known) }

// config returns the emulator's part of the file. An account of the file replaces the built-in one with its id.
func config(f File) Config {
	return Config{
		BrowserURL:   f.BrowserURL,
		ServerURL:    f.ServerURL,
		Issuer:       f.Issuer,
		PictureURL:   f.PictureURL,
		Apps:         f.Apps,
		Accounts:     emulator.Accounts(f.BuiltinAccounts, Personas(), f.Accounts, func(a Account) string { return a.ID }),
		RequestLog:   f.RequestLog,
		AllowedHosts: f.AllowedHosts,
		Strict:       f.Strict,
		Chaos:        f.Chaos,
	}
}
