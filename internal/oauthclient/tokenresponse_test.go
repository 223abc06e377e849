package oauthclient

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestTokenRules(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 65)
	for _, tt := range []struct{ response, problem string }{
		{`{"access_token":"a","token_type":"Bearer","expires_in":3600}`, ""},
		{`{"access_token":"a","token_type":"bearer","expires_in":"3600"}`, ""},
		{`{"token_type":"Bearer","expires_in":3600}`, "access_token missing"},
		{`{"access_token":"","token_type":"Bearer","expires_in":3600}`, "access_token missing"},
		{`{"access_token":"a b","token_type":"Bearer","expires_in":3600}`, "access_token missing or invalid"},
		{`{"access_token":"` + long + `","token_type":"Bearer","expires_in":3600}`, "access_token missing or invalid"},
		{`{"access_token":"a","expires_in":3600}`, "token_type is not Bearer"},
		{`{"access_token":"a","token_type":"DPoP","expires_in":3600}`, "token_type is not Bearer"},
		{`{"access_token":"a","refresh_token":"b\n","token_type":"Bearer","expires_in":3600}`, "refresh_token"},
		{`{"access_token":"a","refresh_token":"` + long + `","token_type":"Bearer","expires_in":3600}`, "refresh_token"},
		{`{"access_token":"a","token_type":"Bearer"}`, "expires_in missing"},
		{`{"access_token":"a","token_type":"Bearer","expires_in":null}`, "expires_in missing"},
		{`{"access_token":"a","token_type":"Bearer","expires_in":0}`, "expires_in"},
		{`{"access_token":"a","token_type":"Bearer","expires_in":-1}`, "expires_in"},
		{`{"access_token":"a","token_type":"Bearer","expires_in":99999999999}`, "expires_in"},
		{`{"access_token":"a","token_type":"Bearer","expires_in":"soon"}`, "expires_in"},
	} {
		o, err := ParseObject([]byte(tt.response))
		if err != nil {
			t.Fatal(err)
		}
		r, err := TokenRules{MaxToken: 64}.Read(o)
		if tt.problem == "" && (err != nil || r.AccessToken.Reveal() != "a" || r.ExpiresIn != time.Hour) {
			t.Errorf("%s: %v, %v", tt.response, r.ExpiresIn, err)
		}
		if tt.problem != "" && (err == nil || !strings.Contains(err.Error(), tt.problem)) {
			t.Errorf("%s: %v, want %s", tt.response, err, tt.problem)
		}
		_, err = TokenRules{MaxToken: 64, LifetimeOptional: true}.Read(o)
		if missing := tt.problem == "expires_in missing"; (err == nil) != (tt.problem == "" || missing) {
			t.Errorf("lifetime optional, %s: %v", tt.response, err)
		}
	}
	o, _ := ParseObject([]byte(`{"access_token":"a","refresh_token":"b","id_token":"c","token_type":"Bearer",
		"expires_in":1,"scope":"openid\u0007 email"}`))
	r, err := TokenRules{MaxToken: 64}.Read(o)
	if err != nil || r.RefreshToken.Reveal() != "b" || r.IDToken.Reveal() != "c" ||
		!slices.Equal(r.Scope, []string{"openid", "email"}) {
		t.Errorf("%q, %v", r.Scope, err)
	}
}
