package app_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// arrival is how a provider sends the browser back to us: to an address, or with a form that its page posts there.
type arrival struct {
	address string
	form    url.Values // nil for a redirect
}

// sentBack follows the provider's redirects until it sends the browser to us, which it does not request.
func (b *browser) sentBack(j *journey, address string) arrival {
	b.w.t.Helper()
	for range 5 {
		if !strings.HasPrefix(address, j.url) {
			return arrival{address: address}
		}
		a := b.get(address)
		if address = a.Header.Get("Location"); strings.HasPrefix(address, "/") {
			address = j.url + address
		}
		if address != "" {
			continue
		}
		to, form := onlyForm(b.w.t, a.body)
		if a.StatusCode != http.StatusOK || !strings.HasPrefix(to, b.w.srv.URL) || len(form) == 0 {
			b.w.t.Fatalf("a page of %s instead of a way back: %s %s", j.name, a.Status, a.body)
		}
		return arrival{to, form}
	}
	b.w.t.Fatal("too many redirects")
	return arrival{}
}

// arrive requests what the provider sends the browser to, and returns the response that the user comes to see. No
// SameSite=Lax cookie comes with a POST from the provider's site; the step to which it redirects has them.
func (b *browser) arrive(a arrival) answer {
	b.w.t.Helper()
	if a.form == nil {
		return b.get(a.address)
	}
	stranger := b.w.browser()
	r := stranger.request("POST", a.address, strings.NewReader(a.form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	r.Header.Set("Origin", "https://provider.example.test")
	got := stranger.do(r)
	if len(got.Cookies()) != 0 {
		b.w.t.Errorf("%d cookies of a cross-site POST", len(got.Cookies()))
	}
	if got.StatusCode != http.StatusSeeOther {
		return got
	}
	return b.kept(got.Header.Get("Location"))
}

// params are those of the provider's answer.
func (a arrival) params(t *testing.T) url.Values {
	t.Helper()
	if a.form != nil {
		return a.form
	}
	return queryOf(t, a.address)
}

// with is the same answer with other parameters.
func (a arrival) with(t *testing.T, change func(url.Values)) arrival {
	t.Helper()
	if a.form == nil {
		return arrival{address: withQuery(t, a.address, change)}
	}
	form := maps.Clone(a.form)
	change(form)
	return arrival{a.address, form}
}

// at are the parameters as the answer of another provider, by both methods.
func (a arrival) at(t *testing.T, service string, j *journey) []arrival {
	t.Helper()
	to, params := service+"/oauth/"+j.name+"/callback", a.params(t)
	return []arrival{{address: to + "?" + params.Encode()}, {address: to, form: params}}
}

// onlyForm reads the form of a page: where it goes and its hidden fields.
func onlyForm(t testing.TB, page string) (action string, fields url.Values) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	fields = url.Values{}
	for n := range root.Descendants() {
		switch n.Data {
		case "form":
			action = attribute(n, "action")
		case "input":
			fields.Add(attribute(n, "name"), attribute(n, "value"))
		}
	}
	return action, fields
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
