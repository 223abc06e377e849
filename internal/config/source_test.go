package config

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/i18n"
)

// An error that is found after reading says where the value was given, as one that is found while reading it does.
func TestErrorsOfChecksSayWhereTheValueIsFrom(t *testing.T) {
	t.Parallel()
	file := write(t, "norang.toml", "upstream = 'ftp://a'\nlisten = ':5000'\nops_listen = ':5000'\n"+
		"[oidc.corp]\nissuer = 'id.example.com'\nclient_id = 'a'\n", 0o600)
	secret := write(t, "database", "mysql://u:p@h/d", 0o600)
	for _, tt := range []struct {
		name string
		src  Sources
		want []string
	}{
		{"another variable", Sources{Environ: []string{"DATABASE_URL=mysql://u:p@h/d"}},
			[]string{"NORANG_DATABASE (DATABASE_URL)"}},
		{"its own variable", Sources{Environ: []string{"NORANG_DATABASE=mysql://u:p@h/d"}}, []string{"NORANG_DATABASE"}},
		{"a file", Sources{Environ: []string{"NORANG_DATABASE_FILE=" + secret}},
			[]string{"NORANG_DATABASE (NORANG_DATABASE_FILE)"}},
		{"a file by another variable", Sources{Environ: []string{"DATABASE_URL_FILE=" + secret}},
			[]string{"NORANG_DATABASE (DATABASE_URL_FILE)"}},
		{"a flag", Sources{Flags: map[string]string{"NORANG_UPSTREAM": "ftp://a"}}, []string{"NORANG_UPSTREAM (--upstream)"}},
		{"the port", Sources{Environ: []string{"PORT=5001", "NORANG_UPSTREAM=http://localhost:5001"}},
			[]string{"NORANG_UPSTREAM"}},
		{"the settings file", Sources{File: file}, []string{
			"NORANG_UPSTREAM (norang.toml: upstream)", "NORANG_OPS_LISTEN (norang.toml: ops_listen)",
			"OIDC_CORP_ISSUER (norang.toml: oidc.corp.issuer)",
		}},
		{"the source that counts", Sources{File: file, Environ: []string{"NORANG_UPSTREAM=ftp://b"}}, []string{
			"NORANG_UPSTREAM", "NORANG_OPS_LISTEN (norang.toml: ops_listen)",
			"OIDC_CORP_ISSUER (norang.toml: oidc.corp.issuer)",
		}},
	} {
		s, _, err := Load(tt.src)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		var got []string
		for _, e := range s.Check(nil, 0) {
			if e.Value != "" || !strings.Contains(e.Reason.En, "missing") {
				got = append(got, e.Name())
			}
		}
		slices.Sort(tt.want)
		slices.Sort(got)
		if diff := cmp.Diff(tt.want, slices.Compact(got)); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
	_, warnings, _ := Load(Sources{File: write(t, "norang.toml", "[line]\nprovider_id = 'a'\n", 0o600)})
	if len(warnings) == 0 || warnings[0].Where != "norang.toml: line.provider_id" {
		t.Errorf("a warning is without its place: %v", warnings)
	}
}

// Nothing is said to be missing, or unused, because its file was not read.
func TestFileThatWasNotReadIsTheOnlyError(t *testing.T) {
	t.Parallel()
	malformed := write(t, "norang.toml", "url = 'http://localhost:5000'\n[kakao]\nclient_id = 'a'\napp_id = = 7\n", 0o600)
	missing := filepath.Join(t.TempDir(), "no.toml")
	for _, tt := range []struct {
		src    Sources
		ko, en string
	}{
		{Sources{File: malformed}, malformed + ": 4번째 줄 10번째 글자",
			malformed + ": line 4, column 10: not TOML (at kakao.app_id)"},
		{Sources{File: write(t, "norang.toml", "a = b\n", 0o600)}, "1번째 줄 5번째 글자", "line 1, column 5"},
		{Sources{File: write(t, "norang.toml", "\"", 0o600)}, "1번째 줄", "line 1, column 1: not TOML"},
		{Sources{File: missing}, "--config: 파일이 없습니다: " + missing, "--config: no such file: " + missing},
		{Sources{File: missing, Environ: []string{"NORANG_CONFIG=" + missing}}, "NORANG_CONFIG: 파일이 없습니다",
			"NORANG_CONFIG: no such file"},
	} {
		tt.src.Environ = append(tt.src.Environ, "LINE_CHANNEL_SECRET=x", "NORANG_UPSTREAM=ftp://a")
		s, warnings, err := Load(tt.src)
		errs, _ := err.(Errors)
		if len(errs) != 1 || !errs[0].OfFile || !strings.Contains(errs[0].In(i18n.En), tt.en) ||
			!strings.Contains(errs[0].In(i18n.Ko), tt.ko) {
			t.Errorf("%v, want %q and %q", errs, tt.en, tt.ko)
		}
		if more := s.Check(errs, 0); len(more) > 0 || len(warnings) > 0 {
			t.Errorf("%s: also reports %v, %v", tt.en, more, warnings)
		}
	}
	// Errors of what was read are reported with it.
	_, _, err := Load(Sources{File: malformed, Environ: []string{"NORANG_LISTEN=x"}})
	if got := names(err); !slices.Contains(got, "NORANG_LISTEN") || len(got) != 2 {
		t.Errorf("%q", got)
	}
	// A file that others can read was read.
	open := write(t, "norang.toml", "[kakao]\nclient_secret = 'secret'\n", 0o644)
	s, _, err := Load(Sources{File: open})
	errs, _ := err.(Errors)
	if len(errs) != 1 || !errs[0].OfFile || len(s.Check(errs, 0)) == 0 {
		t.Errorf("%v", err)
	}
}
