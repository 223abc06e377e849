package oauthclient

import (
	"io"
	"net/url"
	"testing"
	"time"
)

func TestRequests(t *testing.T) {
	t.Parallel()
	form := url.Values{"a": {"1 &"}, "b": {"2"}}
	for name, c := range map[string]struct {
		request           Request
		target, body      string
		kind, credentials string
	}{
		"GET": {
			Request{Method: "GET", URL: "https://p.example/x", Params: form, Authorization: Bearer("t")},
			"https://p.example/x?a=1+%26&b=2", "", "", "Bearer t",
		},
		"GET without parameters": {
			Request{Method: "GET", URL: "https://p.example/x?v=1", Authorization: Bearer("")},
			"https://p.example/x?v=1", "", "", "",
		},
		"form": {
			Request{Method: "POST", URL: "https://p.example/x", Params: form, Authorization: Basic("i:d", "s ")},
			"https://p.example/x", "a=1+%26&b=2", "application/x-www-form-urlencoded",
			"Basic aSUzQWQ6cys=", // i%3Ad:s+, so that a colon in the id ends nothing
		},
		"empty form": {
			Request{Method: "POST", URL: "https://p.example/x"}, "https://p.example/x", "",
			"application/x-www-form-urlencoded", "",
		},
		"JSON": {
			Request{Method: "POST", URL: "https://p.example/x", Params: form, JSON: []byte(`{}`)},
			"https://p.example/x", "{}", "application/json", "",
		},
	} {
		c.request.Client = "example"
		r, err := c.request.Build(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		body := ""
		if r.Body != nil {
			raw, err := io.ReadAll(r.Body)
			if err != nil {
				t.Fatal(err)
			}
			body = string(raw)
		}
		if r.URL.String() != c.target || body != c.body {
			t.Errorf("%s: %s with body %q", name, r.URL, body)
		}
		for header, want := range map[string]string{
			"Content-Type": c.kind, "Authorization": c.credentials, "Accept": "application/json",
			"User-Agent": "norang-example",
		} {
			if got := r.Header.Get(header); got != want {
				t.Errorf("%s: %s is %q, want %q", name, header, got, want)
			}
		}
	}
	if _, err := (Request{Method: "GET", URL: "https://p.example/%zz"}).Build(t.Context()); err == nil {
		t.Error("an invalid URL was accepted")
	}
}

func TestIsURL(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]bool{ // without and with a query allowed
		"https://p.example": {true, true}, "http://localhost:5001/a/b": {true, true},
		"https://p.example/?a=1": {false, true}, "https://p.example/?": {false, true},
		"https://p.example/#a": {}, "https://u:p@p.example": {}, "ftp://p.example": {}, "p.example": {},
		"https:///x": {}, "": {},
		"https://p.example/%zz": {},
	} {
		if got := [2]bool{IsURL(text, false), IsURL(text, true)}; got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestOpenHostsAreCounted(t *testing.T) {
	t.Parallel()
	a, b := NewHost("https://a.example", time.Now, 1, time.Minute), NewHost("https://b.example", time.Now, 1, time.Minute)
	if n := CountOpen(a, b); n != 0 {
		t.Errorf("%d at the start", n)
	}
	if ok, _ := b.Breaker.Allow(); !ok {
		t.Fatal("the first call was not allowed")
	}
	b.Breaker.Report(Unhealthy)
	if n := CountOpen(a, b); n != 1 {
		t.Errorf("%d after a failure", n)
	}
}
