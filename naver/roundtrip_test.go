package naver_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/testkit/untimed"
	"github.com/norang-login/norang/naver"
	"github.com/norang-login/norang/naver/navertest"
)

const (
	back  = "https://login.example.com/oauth/naver/callback"
	state = "0123456789abcdef"
)

var verifier = naver.Secret("vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv")

// pairUp returns an emulator and a client of its application.
func pairUp(t *testing.T, openID bool, app navertest.App) (*navertest.Server, *naver.Client) {
	t.Helper()
	app.CallbackURLs, app.Strict = []string{back}, true
	emu := navertest.StartWith(t, navertest.Config{App: app, Transport: untimed.Transport{}})
	c, err := naver.New(naver.Config{
		ClientID: emu.App().ClientID, ClientSecret: naver.Secret(emu.App().ClientSecret), OpenID: openID,
		AuthURL: emu.URL(), APIURL: emu.APIURL(), Issuer: emu.URL(), Now: emu.Now,
		Timeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	return emu, c
}

func signIn(t *testing.T, emu *navertest.Server, c *naver.Client, openID bool, account string) *naver.Token {
	t.Helper()
	params := map[string]string{"state": state}
	r := naver.ExchangeRequest{State: state, RedirectURI: back}
	if openID {
		r.CodeVerifier = verifier
		params["scope"], params["code_challenge_method"] = "openid", "S256"
		params["code_challenge"] = naver.S256Challenge(verifier)
	}
	got, err := emu.Approve(navertest.Approval{Account: account, OpenID: openID, Params: params})
	if err != nil || got.Code == "" {
		t.Fatalf("%+v, %v", got, err)
	}
	r.Code = naver.Secret(got.Code)
	token, err := c.Exchange(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestClientAndEmulatorSignIn(t *testing.T) {
	t.Parallel()
	for _, openID := range []bool{false, true} {
		emu, c := pairUp(t, openID, navertest.App{})
		for _, account := range []string{navertest.PersonaBoseong, navertest.PersonaOddID, navertest.PersonaNumericID} {
			token := signIn(t, emu, c, openID, account)
			user, err := c.Profile(t.Context(), token.AccessToken)
			if err != nil || user.ID != emu.UserID(account) || user.Email == "" || (token.IDToken != "") != openID {
				t.Errorf("%s: %+v, %v", account, user, err)
			}
			if info, err := c.Verify(t.Context(), token.AccessToken); err != nil || len(info.AllowedProfile) != 3 {
				t.Errorf("%s: %+v, %v", account, info, err)
			}
		}
	}
}

func TestPR01_CodeOfTheOtherSetIsRefused(t *testing.T) {
	t.Parallel()
	emu, plain := pairUp(t, false, navertest.App{})
	got, err := emu.Approve(navertest.Approval{OpenID: true, Params: map[string]string{"state": state, "scope": "openid"}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = plain.Exchange(t.Context(), naver.ExchangeRequest{Code: naver.Secret(got.Code), State: state})
	if !errors.Is(err, naver.ErrCodeInvalid) {
		t.Error(err)
	}
}

func TestExpiredTokenIsRefreshedAndRevoked(t *testing.T) {
	t.Parallel()
	emu, c := pairUp(t, false, navertest.App{})
	token := signIn(t, emu, c, false, navertest.PersonaBoseong)
	emu.Advance(time.Hour)
	if _, err := c.Profile(t.Context(), token.AccessToken); !errors.Is(err, naver.ErrTokenInvalid) {
		t.Error(err)
	}
	fresh, err := c.Refresh(t.Context(), token.RefreshToken)
	if err != nil || fresh.RefreshToken != token.RefreshToken {
		t.Fatal(err)
	}
	if _, err := c.Profile(t.Context(), fresh.AccessToken); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := c.Revoke(t.Context(), fresh.RefreshToken, true); err != nil {
			t.Error(err)
		}
	}
	if _, err := c.Refresh(t.Context(), fresh.RefreshToken); !errors.Is(err, naver.ErrRefreshTokenInvalid) {
		t.Error(err)
	}
	if len(emu.Links()) != 0 {
		t.Error("the link is still there")
	}
}

func TestPR07_MaskedNicknameAndDefaultPictureAreAbsent(t *testing.T) {
	t.Parallel()
	emu, c := pairUp(t, false, navertest.App{})
	user, err := c.Profile(t.Context(), signIn(t, emu, c, false, navertest.PersonaMasked).AccessToken)
	if err != nil || user.Nickname != "" || user.Picture != "" {
		t.Errorf("%+v, %v", user, err)
	}
}

func TestUnlinkNoticeOfTheEmulatorIsRead(t *testing.T) {
	t.Parallel()
	for _, inBody := range []bool{false, true} {
		notices := make(chan *naver.UnlinkNotice, 1)
		var c *naver.Client
		hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			n, err := c.ParseUnlinkNotice(r)
			if err != nil {
				naver.WriteNoticeError(w, err)
				return
			}
			notices <- n
			w.WriteHeader(http.StatusNoContent)
		}))
		defer hook.Close()
		var emu *navertest.Server
		emu, c = pairUp(t, false, navertest.App{UnlinkURL: hook.URL, Switches: navertest.Switches{NoticeInBody: inBody}})
		signIn(t, emu, c, false, navertest.PersonaOddID)
		if !emu.Unlink(context.Background(), navertest.PersonaOddID) {
			t.Fatal("no link")
		}
		if d := emu.Deliveries(); len(d) != 1 || !d[0].Accept {
			t.Fatalf("%+v", d)
		}
		if n := <-notices; n.UserID != emu.UserID(navertest.PersonaOddID) {
			t.Errorf("%+v", n)
		}
		for name, how := range map[string]navertest.NoticeSend{
			"tampered": {Tamper: true}, "another secret": {Secret: "other"}, "another application": {ClientID: "x"},
			"twice": {Both: true},
		} {
			if d := emu.SendNotice(t.Context(), navertest.PersonaOddID, how); d.Accept {
				t.Errorf("%s: accepted", name)
			}
		}
	}
}
