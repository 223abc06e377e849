package clients_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// elsewhere are clients that sign in in the tests of other packages.
var elsewhere = []client{
	{name: "go-oidc", module: "github.com/coreos/go-oidc/v3", providers: []string{"kakao", "google", "oidc"}},
	{name: "oauth4webapi", module: "oauth4webapi", providers: []string{"kakao"}},
	{name: "simple-oauth2", module: "simple-oauth2", providers: []string{"kakao"}},
	{name: "passport-kakao", module: "passport-kakao", providers: []string{"kakao"}},
}

// versions are the versions that the tests use, by package of npm or module of Go. A client of two tests has one
// version.
func versions(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	add := func(name, version string) {
		if other := all[name]; other != "" && other != version {
			t.Errorf("%s is tested in two versions: %s and %s", name, version, other)
		}
		all[name] = version
	}
	for _, file := range []string{
		filepath.Join(npmSource, "package.json"), "../../../kakao/kakaotest/testdata/npm/package.json",
	} {
		var p packageFile
		if err := json.Unmarshal([]byte(read(t, file)), &p); err != nil {
			t.Fatal(err)
		}
		for _, of := range []map[string]string{p.Dependencies, p.Unpacked} {
			for name, version := range of {
				add(name, version)
			}
		}
	}
	required := regexp.MustCompile(`(?m)^(?:require |\t)(\S+) v(\S+)$`)
	for _, file := range []string{"testdata/goth/go.mod", "../../../go.mod"} {
		for _, m := range required.FindAllStringSubmatch(read(t, file), -1) {
			if strings.HasPrefix(m[1], "github.com/markbates/") || strings.HasPrefix(m[1], "github.com/coreos/") {
				add(m[1], m[2])
			}
		}
	}
	return all
}

func read(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.FromSlash(file))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestDocumentsListTheClients: the tables of docs/emulator.md name the clients, versions and providers of the tests.
func TestDocumentsListTheClients(t *testing.T) {
	t.Parallel()
	tested := versions(t)
	for file, names := range map[string]map[string]string{
		"emulator.md": {
			"kakao": "Kakao", "naver": "Naver", "google": "Google", "apple": "Apple", "line": "LINE",
			"oidc": "OpenID Connect",
		},
		"emulator.ko.md": {
			"kakao": "카카오", "naver": "네이버", "google": "Google", "apple": "Apple", "line": "LINE",
			"oidc": "OpenID Connect",
		},
	} {
		document := read(t, "../../../docs/"+file)
		var want []string
		for _, c := range slices.Concat(clients(), elsewhere) {
			if tested[c.module] == "" {
				t.Errorf("no version of %s", c.module)
			}
			var at []string
			for _, p := range c.providers {
				at = append(at, names[p])
			}
			want = append(want, "| "+c.name+" | "+tested[c.module]+" | "+strings.Join(at, ", ")+" |\n")
		}
		if table := strings.Join(want, ""); !strings.Contains(document, "|---|---|---|\n"+table+"\n") {
			t.Errorf("docs/%s must have this table:\n%s", file, table)
		}
	}
}
