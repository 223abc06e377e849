package handoff

import "testing"

func TestLinksOfApps(t *testing.T) {
	t.Parallel()
	for text, good := range map[string]bool{
		"https://app.example.com/signed-in": true, "com.example.app:/signed-in": true, "com.example.app://signed-in": true,
		"http://127.0.0.1/signed-in": true, "http://[::1]/signed-in": true,

		"": false, "/signed-in": false, "https://app.example.com": false, "https://app.example.com/": false,
		"https://App.example.com/x": false, "https://user@app.example.com/x": false, "https://app.example.com/x?a=b": false,
		"https://app.example.com/x#a": false, "https:///x": false, "https:app.example.com/x": false,
		"http://app.example.com/x": false, "http://localhost/x": false, "http://127.0.0.1": false,
		"http://127.0.0.1:8000/x": false, "http://127.0.0.1.example.com/x": false, "myapp:/x": false, "javascript:/x": false,
		"com.example.app:": false, "com.example.app:/": false, "com.example.app:x": false, "Com.example.app:/x": false,
		"com.example.app:/x\"": false, "com.example.app:/x y": false, "https://app.example.com/%2e": false,
	} {
		if _, err := ParseLink(text); (err == nil) != good {
			t.Errorf("%q: %v", text, err)
		}
	}
	links, err := ParseLinks([]string{
		"https://app.example.com/signed-in", "com.example.app:/signed-in", "http://127.0.0.1/signed-in",
	})
	if err != nil {
		t.Fatal(err)
	}
	s := &Service{cfg: Config{Links: links}}
	type found struct{ known, ask bool }
	for text, want := range map[string]found{
		"https://app.example.com/signed-in": {true, false},
		"com.example.app:/signed-in":        {true, true},
		"http://127.0.0.1:49152/signed-in":  {true, true},

		"https://app.example.com/signed-in/":      {},
		"https://app.example.com/signed-in?x=y":   {},
		"https://app.example.com:8443/signed-in":  {},
		"com.example.app:/signed-in#x":            {},
		"COM.example.app:/signed-in":              {},
		"http://127.0.0.1/signed-in":              {},
		"http://127.0.0.1:/signed-in":             {},
		"http://127.0.0.1:49152/signed-in?x=y":    {},
		"http://127.0.0.1:49152/other":            {},
		"http://127.0.0.1:49152@evil.example/":    {},
		"http://user@127.0.0.1:49152/signed-in":   {},
		"http://localhost:49152/signed-in":        {},
		"http://127.0.0.1:49152\\@evil/signed-in": {},
		"": {},
	} {
		if known, ask := s.Link(text); (found{known, ask}) != want {
			t.Errorf("%q: %t %t, want %v", text, known, ask, want)
		}
	}
}
