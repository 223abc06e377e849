package navertest_test

import (
	"strings"
	"testing"

	"github.com/norang-login/norang/naver/navertest"
)

func TestFileSectionConfiguresTheEmulator(t *testing.T) {
	t.Parallel()
	f, err := navertest.ParseFile([]byte(`{"request_log":5,"allowed_hosts":["naver"],
		"app":{"client_id":"emuX","callback_urls":["http://localhost:1/cb"],"strict":true,
			"items":[{"id":"email","required":true}]},
		"accounts":[{"id":"mina","email":"mina@naver.com"},{"id":"boseong","nickname":"다른 별명"}],
		"scenarios":[{"endpoint":"nid/me","code":"024"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	s, err := navertest.New(f.Config())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Script(f.Scenarios...); err != nil {
		t.Fatal(err)
	}
	app, accounts := s.App(), s.Accounts()
	if app.ClientID != "emuX" || !app.Strict || len(app.Items) != 1 || !app.Items[0].Required ||
		app.ClientSecret != navertest.DefaultClientSecret || len(s.Scenarios()) != 1 {
		t.Errorf("%+v, %+v", app, s.Scenarios())
	}
	if len(accounts) != len(navertest.Personas())+1 || accounts[0].Nickname != "다른 별명" {
		t.Errorf("%d accounts, the first is %+v", len(accounts), accounts[0])
	}
	f, err = navertest.ParseFile([]byte(`{"builtin_accounts":false}`))
	if err != nil || len(f.Config().Accounts) != 0 {
		t.Errorf("%+v: %v", f, err)
	}
	if _, err := navertest.ParseFile(nil); err != nil {
		t.Error(err)
	}
	_, err = navertest.ParseFile([]byte(`{"apps":[]}`))
	if err == nil || !strings.Contains(err.Error(), `unknown member "apps"; known: accounts, allowed_hosts, app,`) {
		t.Error(err)
	}
}
