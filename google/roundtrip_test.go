package google_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/norang-login/norang/google"
	"github.com/norang-login/norang/google/googletest"
	"github.com/norang-login/norang/internal/testkit/untimed"
)

const (
	back  = "https://login.example.com/oauth/google/callback"
	state = "0123456789abcdef"
	nonce = "fedcba9876543210"
)

var verifier = google.Secret("vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv")

// pairUp returns an emulator and a client of its project.
func pairUp(t *testing.T, app googletest.App) (*googletest.Server, *google.Client) {
	t.Helper()
	app.RedirectURIs = []string{back}
	emu := googletest.StartWith(t, googletest.Config{App: app, Transport: untimed.Transport{}})
	c, err := google.New(google.Config{
		ClientID: emu.App().ClientID, ClientSecret: google.Secret(emu.App().ClientSecret),
		NativeClientIDs: emu.App().NativeClientIDs, AuthURL: emu.URL(), TokenURL: emu.APIURL(), KeysURL: emu.APIURL(),
		Now: emu.Now, Timeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	return emu, c
}

// signIn signs an account in and verifies the ID token.
func signIn(
	t *testing.T, emu *googletest.Server, c *google.Client, account string, more map[string]string,
) (*google.Token, *google.IDToken) {
	t.Helper()
	params := map[string]string{
		"state": state, "nonce": nonce, "access_type": "offline", "code_challenge_method": "S256",
		"code_challenge": google.S256Challenge(verifier),
	}
	for k, v := range more {
		params[k] = v
	}
	got, err := emu.Approve(googletest.Approval{Account: account, Params: params})
	if err != nil || got.Code == "" {
		t.Fatalf("%+v, %v", got, err)
	}
	token, err := c.Exchange(t.Context(), google.ExchangeRequest{
		Code: google.Secret(got.Code), RedirectURI: back, CodeVerifier: verifier,
	})
	if err != nil {
		t.Fatal(err)
	}
	id, err := c.VerifyIDToken(t.Context(), token.IDToken, google.IDTokenOptions{
		Nonce: nonce, AccessToken: token.AccessToken,
	})
	if err != nil {
		t.Fatal(err)
	}
	return token, id
}

func TestClientAndEmulatorSignIn(t *testing.T) {
	t.Parallel()
	for _, short := range []bool{false, true} {
		emu, c := pairUp(t, googletest.App{Switches: googletest.Switches{ShortIssuer: short}})
		for account, authoritative := range map[string]bool{
			googletest.PersonaMinji: true, googletest.PersonaWorkspace: true, googletest.PersonaCompany: false,
			googletest.PersonaUnverified: false, googletest.PersonaNoPicture: true,
		} {
			_, id := signIn(t, emu, c, account, nil)
			if id.Subject != emu.Subject(account) || id.EmailAuthoritative() != authoritative || id.Name == "" ||
				(id.Picture == "") != (account == googletest.PersonaNoPicture) {
				t.Errorf("%s: %+v", account, id)
			}
		}
		emu.RotateKeys()
		emu.Advance(2 * time.Minute) // keys are read again for an unknown id at most once a minute
		signIn(t, emu, c, googletest.PersonaJunho, nil)
	}
}

func TestPR15_RefreshTokenComesAtConsentOnly(t *testing.T) {
	t.Parallel()
	emu, c := pairUp(t, googletest.App{})
	first, _ := signIn(t, emu, c, googletest.PersonaMinji, nil)
	second, _ := signIn(t, emu, c, googletest.PersonaMinji, nil)
	third, _ := signIn(t, emu, c, googletest.PersonaMinji, map[string]string{"prompt": "consent"})
	if first.RefreshToken == "" || second.RefreshToken != "" || third.RefreshToken == "" {
		t.Errorf("%t %t %t", first.RefreshToken != "", second.RefreshToken != "", third.RefreshToken != "")
	}
	for _, token := range []*google.Token{first, third} {
		got, err := c.Refresh(t.Context(), token.RefreshToken)
		if err != nil || got.RefreshToken != token.RefreshToken {
			t.Fatalf("%+v, %v", got, err)
		}
		id, err := c.VerifyIDToken(t.Context(), got.IDToken, google.IDTokenOptions{SkipNonce: true})
		if err != nil || id.Subject != emu.Subject(googletest.PersonaMinji) {
			t.Errorf("refreshed ID token: %+v, %v", id, err)
		}
	}
}

func TestPR16_TheHundredAndFirstRefreshTokenKillsTheFirst(t *testing.T) {
	t.Parallel()
	emu, c := pairUp(t, googletest.App{})
	first, _ := signIn(t, emu, c, googletest.PersonaMinji, nil)
	consent := map[string]string{"prompt": "consent"}
	for range 99 {
		signIn(t, emu, c, googletest.PersonaMinji, consent)
	}
	if _, err := c.Refresh(t.Context(), first.RefreshToken); err != nil {
		t.Fatalf("with 100: %v", err)
	}
	last, _ := signIn(t, emu, c, googletest.PersonaMinji, consent)
	if _, err := c.Refresh(t.Context(), first.RefreshToken); !errors.Is(err, google.ErrRefreshTokenInvalid) {
		t.Errorf("with 101: %v", err)
	}
	if _, err := c.Refresh(t.Context(), last.RefreshToken); err != nil {
		t.Errorf("the newest: %v", err)
	}
	if n := emu.Grants()[0].RefreshTokens; n != 100 {
		t.Errorf("%d live", n)
	}
}

func TestRevokeEndsTheGrant(t *testing.T) {
	t.Parallel()
	emu, c := pairUp(t, googletest.App{})
	token, _ := signIn(t, emu, c, googletest.PersonaMinji, nil)
	if already, err := c.Revoke(t.Context(), token.RefreshToken); already || err != nil || len(emu.Grants()) != 0 {
		t.Errorf("%v, %v, %v", already, err, emu.Grants())
	}
	for _, dead := range []google.Secret{token.RefreshToken, token.AccessToken, "1//made-up"} {
		if already, err := c.Revoke(t.Context(), dead); !already || err != nil {
			t.Errorf("dead token: %v, %v", already, err)
		}
	}
	if _, err := c.Refresh(t.Context(), token.RefreshToken); !errors.Is(err, google.ErrRefreshTokenInvalid) {
		t.Error(err)
	}
}

func TestPR22_EventsOfTheEmulator(t *testing.T) {
	t.Parallel()
	var parse func(*http.Request) (*google.SecurityEvent, error)
	got := make(chan *google.SecurityEvent, 10)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e, err := parse(r)
		if err != nil {
			google.WriteEventError(w, err)
			return
		}
		got <- e
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(hook.Close)
	emu, c := pairUp(t, googletest.App{EventsURL: hook.URL})
	parse = c.ParseSecurityEvent
	sub := emu.Subject(googletest.PersonaMinji)
	for _, kind := range googletest.EventTypes() {
		for _, claims := range []bool{false, true} {
			d := emu.SendEvent(t.Context(), googletest.PersonaMinji, googletest.EventSend{
				Type: kind, Expired: true, ClaimsSubject: claims, State: "s", Reason: "hijacking", JTI: "j1",
			})
			if !d.Accept {
				t.Fatalf("%+v", d)
			}
			e := <-got
			names := e.Type != google.TokenRevoked && e.Type != google.Verification
			if string(e.Type) != string(kind) || e.ID != "j1" || names != (e.Subject == sub) {
				t.Errorf("%s: %+v", kind, e)
			}
		}
	}
	for name, how := range map[string]googletest.EventSend{
		"unknown kid": {UnknownKey: true}, "tampered": {Tamper: true}, "issuer": {Issuer: emu.URL()},
		"audience": {Audience: "other"},
	} {
		how.Type = googletest.SessionsRevoked
		if d := emu.SendEvent(t.Context(), googletest.PersonaMinji, how); d.Status != http.StatusBadRequest {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

func TestNativeTokenOfTheEmulator(t *testing.T) {
	t.Parallel()
	emu, c := pairUp(t, googletest.App{})
	for client, want := range map[string]bool{"": true, googletest.DefaultIOSClientID: true, "other": false} {
		raw, err := emu.NativeToken(googletest.PersonaMinji, client, nonce)
		if err != nil {
			t.Fatal(err)
		}
		id, err := c.VerifyIDToken(t.Context(), google.Secret(raw), google.IDTokenOptions{Nonce: nonce, Native: true})
		if (err == nil) != want || want && id.Subject != emu.Subject(googletest.PersonaMinji) {
			t.Errorf("azp %q: %+v, %v", client, id, err)
		}
	}
}
