package web

import (
	"net/url"
	"testing"
)

func TestFA11_WhichHostsAreOurs(t *testing.T) {
	for _, tc := range []struct {
		own, host string
		ours      bool
	}{
		{"https://login.example.com", "login.example.com", true},
		{"https://login.example.com", "LOGIN.example.com", true},
		{"https://login.example.com", "login.example.com:443", true},
		{"https://login.example.com", "login.example.com:80", false},
		{"https://login.example.com", "login.example.com:8443", false},
		{"https://login.example.com", "login.example.com.", false}, // another site to a browser's cookies
		{"https://login.example.com", "evil.example", false},
		{"https://login.example.com", "login.example.com.evil.example", false},
		{"https://login.example.com", "login.example.com@evil.example", false},
		{"https://login.example.com", "evil.example/login.example.com", false},
		{"https://login.example.com", "", false},
		{"https://login.example.com", "127.0.0.1", false},
		{"https://login.example.com:8443", "login.example.com:8443", true},
		{"https://login.example.com:8443", "login.example.com", false},
		{"http://localhost:5000", "localhost:5000", true},
		{"http://localhost:5000", "127.0.0.1:5000", true},
		{"http://localhost:5000", "[::1]:5000", true},
		{"http://localhost:5000", "localhost:5001", false},
		{"http://localhost:5000", "evil.example:5000", false},
		{"http://localhost", "127.0.0.1:80", true},
	} {
		own, err := url.Parse(tc.own)
		if err != nil {
			t.Fatal(err)
		}
		s := Site{URL: own, Prefix: "/auth"}
		if got := s.IsHost(tc.host); got != tc.ours {
			t.Errorf("%s asked as %q: ours %v, want %v", tc.own, tc.host, got, tc.ours)
		}
	}
}
