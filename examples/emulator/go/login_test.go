// Package main has no program, only a test of a Kakao login with the emulator inside it: no process to start and no
// port to choose.
package main

import (
	"encoding/json"
	"testing"

	"golang.org/x/oauth2"

	"github.com/norang-login/norang/kakao/kakaotest"
)

const callback = "http://localhost:5000/oauth/kakao/callback"

// profile is the data that the service reads.
type profile struct {
	ID      int64 `json:"id"`
	Account struct {
		Profile struct {
			Nickname string `json:"nickname"`
		} `json:"profile"`
		Email *string `json:"email"`
	} `json:"kakao_account"`
}

// signIn is the code under test. It exchanges a code and reads the profile.
func signIn(t *testing.T, cfg *oauth2.Config, api, code string) (profile, error) {
	t.Helper()
	var p profile
	tok, err := cfg.Exchange(t.Context(), code)
	if err != nil {
		return p, err
	}
	res, err := cfg.Client(t.Context(), tok).Get(api + "/v2/user/me")
	if err != nil {
		return p, err
	}
	defer res.Body.Close()
	return p, json.NewDecoder(res.Body).Decode(&p)
}

func start(t *testing.T) (*kakaotest.Server, *oauth2.Config) {
	t.Helper()
	emu := kakaotest.Start(t)
	emu.AddRedirectURI(callback)
	app := emu.App()
	return emu, &oauth2.Config{ClientID: app.RESTKey, ClientSecret: app.ClientSecret, RedirectURL: callback,
		Endpoint: oauth2.Endpoint{
			AuthURL:   emu.URL() + "/oauth/authorize",
			TokenURL:  emu.APIURL() + "/oauth/token",
			AuthStyle: oauth2.AuthStyleInParams,
		}}
}

func approve(t *testing.T, emu *kakaotest.Server, persona string) kakaotest.Approved {
	t.Helper()
	a, err := emu.Approve(kakaotest.Approval{Account: persona, Params: map[string]string{"state": "s"}})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestPersonWithoutEmail(t *testing.T) {
	emu, cfg := start(t)
	a, err := emu.Approve(kakaotest.Approval{Account: kakaotest.PersonaNoEmail})
	if err != nil {
		t.Fatal(err)
	}
	p, err := signIn(t, cfg, emu.APIURL(), a.Code)
	if err != nil {
		t.Fatal(err)
	}
	if p.Account.Email != nil || p.Account.Profile.Nickname == "" {
		t.Errorf("%+v", p)
	}
}

func TestPersonWhoCancels(t *testing.T) {
	emu, _ := start(t)
	if a := approve(t, emu, kakaotest.PersonaDeclines); a.Error != "access_denied" {
		t.Errorf("%+v", a)
	}
}

func TestTooManyLogins(t *testing.T) {
	emu, cfg := start(t)
	if err := emu.Script(kakaotest.Scenario{Endpoint: "oauth/token", Code: "KOE237"}); err != nil {
		t.Fatal(err)
	}
	if _, err := signIn(t, cfg, emu.APIURL(), approve(t, emu, kakaotest.PersonaRyan).Code); err == nil {
		t.Error("KOE237 went unnoticed")
	}
}
