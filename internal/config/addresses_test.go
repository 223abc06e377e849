package config

import (
	"slices"
	"testing"
)

func TestAddressesThatExcludeEachOther(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		environ []string
		passed  int
		want    []string
	}{
		{"app on the service's listener", []string{"NORANG_LISTEN=127.0.0.1:6210", "NORANG_UPSTREAM=http://127.0.0.1:6210"},
			0, []string{"NORANG_UPSTREAM"}},
		{"by another name", []string{"NORANG_LISTEN=:6210", "NORANG_UPSTREAM=http://localhost:6210"},
			0, []string{"NORANG_UPSTREAM"}},
		{"on the default listener", []string{"NORANG_UPSTREAM=http://127.0.0.1:5000"}, 0, []string{"NORANG_UPSTREAM"}},
		{"on PORT", []string{"PORT=8080", "NORANG_UPSTREAM=http://127.0.0.1:8080"}, 0, []string{"NORANG_UPSTREAM"}},
		{"on the scheme's port", []string{"NORANG_LISTEN=:80", "NORANG_UPSTREAM=http://127.0.0.1"},
			0, []string{"NORANG_UPSTREAM"}},
		{"on the operations listener", []string{"NORANG_UPSTREAM=http://127.0.0.1:5002"}, 0, []string{"NORANG_UPSTREAM"}},
		{"on the console's address", []string{"NORANG_OPS_URL=https://ops.example.com",
			"NORANG_UPSTREAM=https://ops.example.com"}, 0, []string{"NORANG_UPSTREAM"}},
		{"on the public address", []string{"NORANG_UPSTREAM=https://login.example.com:443"}, 0, []string{"NORANG_UPSTREAM"}},
		{"one listener twice", []string{"NORANG_LISTEN=127.0.0.1:6210", "NORANG_OPS_LISTEN=127.0.0.1:6210"},
			0, []string{"NORANG_OPS_LISTEN"}},
		{"every interface and one", []string{"NORANG_LISTEN=:6210", "NORANG_OPS_LISTEN=127.0.0.1:6210"},
			0, []string{"NORANG_OPS_LISTEN"}},
		{"another port", []string{"NORANG_LISTEN=127.0.0.1:6210", "NORANG_UPSTREAM=http://127.0.0.1:8000"}, 0, nil},
		{"a Unix socket", []string{"NORANG_LISTEN=unix:/run/norang.sock", "NORANG_UPSTREAM=http://127.0.0.1:5000"}, 0, nil},
		{"a socket of systemd", []string{"NORANG_UPSTREAM=http://127.0.0.1:5000"}, 1, nil},
		{"both of systemd", []string{"NORANG_UPSTREAM=http://127.0.0.1:5002"}, 2, nil},
		{"a malformed listener", []string{"NORANG_LISTEN=5000", "NORANG_UPSTREAM=http://127.0.0.1:5000"},
			0, []string{"NORANG_LISTEN"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, _, err := Load(Sources{Environ: append([]string{
				"NORANG_URL=https://login.example.com", "KAKAO_CLIENT_ID=abc", "KAKAO_CLIENT_SECRET=def", "KAKAO_APP_ID=1",
				"KAKAO_ADMIN_KEY=ghi",
			}, c.environ...)})
			var errs Errors
			if err != nil {
				errs = err.(Errors)
			}
			var got []string
			for _, e := range append(errs, s.Check(errs, c.passed)...) {
				got = append(got, e.Setting)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("errors of %v, want %v", got, c.want)
			}
		})
	}
}
