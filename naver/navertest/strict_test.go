package navertest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Widely used clients send no state, or authenticate by HTTP Basic. Naver accepts it; the log says that its documents
// do not. Strict refuses it, and so does the OpenID Connect set for Basic, whose discovery document leaves it out.
func TestUndocumentedRequestsThatNaverAccepts(t *testing.T) {
	t.Parallel()
	for _, strict := range []bool{false, true} {
		s := startTest(t, App{Auto: true, Switches: Switches{Strict: strict}})
		authorize := func(path string, more url.Values) *url.URL {
			t.Helper()
			q := url.Values{"client_id": {s.App().ClientID}, "response_type": {"code"}, "redirect_uri": {back}}
			for name, values := range more {
				q[name] = values
			}
			client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
				return http.ErrUseLastResponse
			}}
			res, err := client.Get(s.URL() + path + "?" + q.Encode())
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			to, err := res.Location()
			if err != nil {
				t.Fatal(err)
			}
			return to
		}
		exchange := func(path, code string, basic bool) int {
			t.Helper()
			form := url.Values{"grant_type": {"authorization_code"}, "code": {code}}
			if !basic {
				form.Set("client_id", s.App().ClientID)
				form.Set("client_secret", s.App().ClientSecret)
			}
			r, err := http.NewRequestWithContext(t.Context(), "POST", s.URL()+path, strings.NewReader(form.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if basic {
				r.SetBasicAuth(url.QueryEscape(s.App().ClientID), url.QueryEscape(s.App().ClientSecret))
			}
			res, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			return res.StatusCode
		}
		to := authorize("/oauth2.0/authorize", nil)
		if to.Query().Has("code") == strict || to.Query().Get("error") == "" == strict || to.Query().Get("state") != "" {
			t.Errorf("strict %t: authorize without state: %s", strict, to)
		}
		with := url.Values{"state": {state}}
		for _, basic := range []bool{false, true} {
			code := authorize("/oauth2.0/authorize", with).Query().Get("code")
			if status := exchange("/oauth2.0/token", code, basic); (status == 200) == strict {
				t.Errorf("strict %t: token without state, Basic %t: %d", strict, basic, status)
			}
		}
		with.Set("scope", "openid")
		code := authorize("/oauth2/authorize", with).Query().Get("code")
		if status := exchange("/oauth2/token", code, true); status != 401 {
			t.Errorf("strict %t: Basic in the OpenID Connect set: %d", strict, status)
		}
		token := s.tokens(t, PersonaBoseong)["access_token"].(string)
		status, _ := api(t, s.APIURL()+"/v1/nid/me?access_token="+url.QueryEscape(token), "")
		if (status == 200) == strict {
			t.Errorf("strict %t: access token in the query: %d", strict, status)
		}
		why := ""
		for _, r := range s.Requests() {
			why += r.Why + "\n"
		}
		for _, want := range []string{"state is required by", "state is missing or differs", "does not document HTTP Basic"} {
			if !strict && !strings.Contains(why, want) {
				t.Errorf("the log does not say %q: %s", want, why)
			}
		}
	}
}
