package oauthclient

import (
	"net/url"
	"strings"
	"testing"
)

func TestReadAuthorizeResponse(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 2049)
	for _, tt := range []struct {
		query, problem, code, name string
	}{
		{query: "code=c&state=s", code: "c"},
		{query: "code=c&state=s&iss=https://a.example", code: "c"},
		{query: "code=c&state=s&iss=https://b.example", code: "c"},
		{query: "error=access_denied&state=s", name: "access_denied"},
		{query: "code=c&state=s&iss=https://evil.example", problem: "iss is another issuer"},
		{query: "code=c&state=s&iss=", problem: "iss is another issuer"},
		{query: "error=access_denied&state=s&iss=https://evil.example", problem: "iss is another issuer"},
		{query: "code=c&error=access_denied&state=s", problem: "both code and error"},
		{query: "state=s", problem: "neither code nor error"},
		{query: "code=&state=s", problem: "neither code nor error"},
		{query: "code=a%20b&state=s", problem: "code contains invalid characters"},
		{query: "code=a&code=b&state=s", problem: "code is repeated"},
		{query: "error=a&error=b&state=s", problem: "error is repeated"},
		{query: "code=a&iss=b&iss=c&state=s", problem: "iss is repeated"},
		{query: "code=a&state=s&iss=" + long, problem: "iss is too long"},
		{query: "error=a&state=s&error_description=" + long, problem: "error_description is too long"},
	} {
		q, err := url.ParseQuery(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		r, problem := ReadAuthorizeResponse(q, 16, "https://a.example", "https://b.example")
		if problem != tt.problem || r.State != "s" {
			t.Errorf("%.80s: problem %q, state %q; want %q", tt.query, problem, r.State, tt.problem)
		}
		if problem == "" && (r.Code.Reveal() != tt.code || r.Error != tt.name) {
			t.Errorf("%s: code %q, error %q", tt.query, r.Code.Reveal(), r.Error)
		}
		if problem != "" && r.Code != "" {
			t.Errorf("%.80s: a code in spite of %s", tt.query, problem)
		}
	}
	for _, query := range []string{"code=c&state=" + strings.Repeat("s", 17), "code=c&state=s&state=t"} {
		q, _ := url.ParseQuery(query)
		if r, problem := ReadAuthorizeResponse(q, 16); problem == "" || r.State != "" {
			t.Errorf("%s: problem %q, state %q", query, problem, r.State)
		}
	}
	q := url.Values{"code": {"c"}, "iss": {"https://evil.example"}}
	if _, problem := ReadAuthorizeResponse(q, 16); problem != "" {
		t.Errorf("without issuers: %s", problem)
	}
}
