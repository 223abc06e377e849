package googletest_test

import (
	"strings"
	"testing"

	"github.com/norang-login/norang/google/googletest"
)

func TestFileSectionConfiguresTheEmulator(t *testing.T) {
	t.Parallel()
	f, err := googletest.ParseFile([]byte(`{"request_log":5,"allowed_hosts":["google"],
		"app":{"client_id":"emuX","redirect_uris":["http://localhost:1/cb"],"short_issuer":true},
		"accounts":[{"id":"mina","email":"mina@gmail.com"},{"id":"minji","name":"다른 이름"}],
		"scenarios":[{"endpoint":"token","code":"invalid_grant"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	s, err := googletest.New(f.Config())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Script(f.Scenarios...); err != nil {
		t.Fatal(err)
	}
	app, accounts := s.App(), s.Accounts()
	if app.ClientID != "emuX" || !app.ShortIssuer || len(app.RedirectURIs) != 1 ||
		app.ClientSecret != googletest.DefaultClientSecret || len(s.Scenarios()) != 1 {
		t.Errorf("%+v, %+v", app, s.Scenarios())
	}
	if len(accounts) != len(googletest.Personas())+1 || accounts[0].Name != "다른 이름" {
		t.Errorf("%d accounts, the first is %+v", len(accounts), accounts[0])
	}
	f, err = googletest.ParseFile([]byte(`{"builtin_accounts":false}`))
	if err != nil || len(f.Config().Accounts) != 0 {
		t.Errorf("%+v: %v", f, err)
	}
	if _, err := googletest.ParseFile(nil); err != nil {
		t.Error(err)
	}
	_, err = googletest.ParseFile([]byte(`{"apps":[]}`))
	if err == nil || !strings.Contains(err.Error(), `unknown member "apps"; known: accounts, allowed_hosts, app,`) {
		t.Error(err)
	}
}
