package apple_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/apple"
	"github.com/norang-login/norang/apple/appletest"
	"github.com/norang-login/norang/internal/testkit/skipped"
	"github.com/norang-login/norang/internal/testkit/untimed"
)

const (
	back  = "https://login.example.com/oauth/apple/callback"
	state = "0123456789abcdef0123"
	nonce = "norang-nonce-1234567"
)

func pairUp(t *testing.T, change ...func(*appletest.Config)) (*apple.Client, *appletest.Server) {
	t.Helper()
	cfg := appletest.Config{Transport: untimed.Transport{}, Team: appletest.Team{Clients: []appletest.Client{
		{ID: appletest.DefaultServicesID, ReturnURLs: []string{back}}, {ID: appletest.DefaultBundleID, App: true},
		{ID: "emu.norang.second", ReturnURLs: []string{back}},
	}}}
	for _, f := range change {
		f(&cfg)
	}
	emu := appletest.StartWith(t, cfg)
	return clientOf(t, emu), emu
}

func configOf(emu *appletest.Server) apple.Config {
	team := emu.Team()
	return apple.Config{
		ServicesID: team.ServicesID(), BundleIDs: []string{team.BundleID()}, TeamID: team.TeamID, KeyID: team.KeyID,
		PrivateKey: apple.Secret(team.PrivateKey), AuthURL: emu.URL(), Now: emu.Now, Timeout: time.Minute,
	}
}

func clientOf(t *testing.T, emu *appletest.Server, change ...func(*apple.Config)) *apple.Client {
	t.Helper()
	cfg := configOf(emu)
	for _, f := range change {
		f(&cfg)
	}
	c, err := apple.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func approve(t *testing.T, c *apple.Client, emu *appletest.Server, account string) url.Values {
	t.Helper()
	address, err := c.AuthorizeURL(apple.AuthorizeRequest{
		RedirectURI: back, State: state, Nonce: nonce, Scopes: []string{apple.ScopeName, apple.ScopeEmail},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := emu.Approve(appletest.Approval{URL: address, Account: account})
	if err != nil || got.Error != "" || got.RedirectURI != back {
		t.Fatalf("%+v, %v", got, err)
	}
	return got.Fields
}

func exchange(t *testing.T, c *apple.Client, form url.Values) (*apple.Token, *apple.IDToken) {
	t.Helper()
	cb, err := c.ParseCallback(form)
	if err != nil || cb.State != state {
		t.Fatalf("%+v, %v", cb, err)
	}
	token, err := c.Exchange(t.Context(), apple.ExchangeRequest{Code: cb.Code, RedirectURI: back})
	if err != nil {
		t.Fatal(err)
	}
	id, err := c.VerifyIDToken(t.Context(), token.IDToken, apple.IDTokenOptions{ClientID: token.ClientID, Nonce: nonce})
	if err != nil {
		t.Fatal(err)
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(string(token.IDToken), ".")[1])
	sum := sha256.Sum256([]byte(token.AccessToken))
	if hash := base64.RawURLEncoding.EncodeToString(sum[:16]); err != nil || !strings.Contains(string(payload), hash) {
		t.Errorf("at_hash is not %s: %s, %v", hash, payload, err)
	}
	return token, id
}

func TestSignInRefreshAndRevoke(t *testing.T) {
	t.Parallel()
	c, emu := pairUp(t)
	form := approve(t, c, emu, appletest.PersonaSeorak)
	if u, ok := apple.ParseUser(form); !ok || u.Name() != "설산" {
		t.Errorf("user %+v, %v", u, ok)
	}
	token, id := exchange(t, c, form)
	if id.Subject != emu.Subject(appletest.PersonaSeorak) || !id.PrivateEmail || !id.EmailVerified ||
		!strings.HasSuffix(id.Email, "@privaterelay.appleid.com") || id.ClientID != appletest.DefaultServicesID {
		t.Errorf("%+v", id)
	}
	if again := approve(t, c, emu, appletest.PersonaSeorak); again.Has("user") {
		t.Errorf("the name came twice: %v", again)
	}
	if _, err := c.Refresh(t.Context(), token.RefreshToken, token.ClientID); !errors.Is(err, apple.ErrRateLimited) {
		t.Errorf("refreshed within a day: %v", err)
	}
	emu.Advance(apple.RefreshInterval)
	fresh, err := c.Refresh(t.Context(), token.RefreshToken, token.ClientID)
	if err != nil || fresh.RefreshToken != token.RefreshToken || fresh.AccessToken == token.AccessToken {
		t.Errorf("%+v, %v", fresh, err)
	}
	if err := c.Revoke(t.Context(), token.RefreshToken, token.ClientID); err != nil || len(emu.Links()) != 0 {
		t.Errorf("%v, %v", err, emu.Links())
	}
	emu.Advance(apple.RefreshInterval)
	_, err = c.Refresh(t.Context(), token.RefreshToken, token.ClientID)
	if !errors.Is(err, apple.ErrRefreshTokenInvalid) {
		t.Errorf("refresh of a revoked token: %v", err)
	}
	if after := approve(t, c, emu, appletest.PersonaSeorak); !after.Has("user") {
		t.Error("no name after the link had ended")
	}
}

func TestPR36_RevokingADeadTokenSucceeds(t *testing.T) {
	t.Parallel()
	c, emu := pairUp(t)
	token, _ := exchange(t, c, approve(t, c, emu, appletest.PersonaJeju))
	for range 2 {
		if err := c.Revoke(t.Context(), token.RefreshToken, token.ClientID); err != nil {
			t.Error(err)
		}
	}
	if err := c.Revoke(t.Context(), "r-made-up", token.ClientID); err != nil {
		t.Error(err)
	}
}

func TestPR33_TokensWorkWithTheirOwnClientID(t *testing.T) {
	t.Parallel()
	c, emu := pairUp(t)
	web, _ := exchange(t, c, approve(t, c, emu, appletest.PersonaJeju))
	native, err := emu.Native(appletest.NativeSignIn{Account: appletest.PersonaJeju, Nonce: nonce})
	if err != nil || native.User != "" {
		t.Fatalf("%+v, %v", native, err)
	}
	_, err = c.Exchange(t.Context(), apple.ExchangeRequest{Code: apple.Secret(native.Code), RedirectURI: back})
	if !errors.Is(err, apple.ErrCodeInvalid) {
		t.Errorf("code of the app at the Services ID: %v", err)
	}
	if native, err = emu.Native(appletest.NativeSignIn{Account: appletest.PersonaJeju, Nonce: nonce}); err != nil {
		t.Fatal(err)
	}
	app, err := c.Exchange(t.Context(), apple.ExchangeRequest{
		Code: apple.Secret(native.Code), ClientID: appletest.DefaultBundleID,
	})
	if err != nil || app.ClientID != appletest.DefaultBundleID || web.ClientID != appletest.DefaultServicesID {
		t.Fatalf("%+v, %v", app, err)
	}
	emu.Advance(apple.RefreshInterval)
	if _, err := c.Refresh(t.Context(), app.RefreshToken, web.ClientID); !errors.Is(err, apple.ErrRefreshTokenInvalid) {
		t.Errorf("token of the app with the Services ID: %v", err)
	}
	if _, err := c.Refresh(t.Context(), app.RefreshToken, app.ClientID); err != nil {
		t.Error(err)
	}
	if err := c.Revoke(t.Context(), app.RefreshToken, app.ClientID); err != nil || len(emu.Links()) != 1 {
		t.Errorf("%v; the web's link: %v", err, emu.Links())
	}
	if _, err := c.Refresh(t.Context(), web.RefreshToken, "com.example.unknown"); !errors.Is(err, apple.ErrInvalidInput) {
		t.Errorf("client id that is not configured: %v", err)
	}
}

func TestSecondServicesIDOfTheTeamHasTheSameSubject(t *testing.T) {
	t.Parallel()
	first, emu := pairUp(t)
	second := clientOf(t, emu, func(c *apple.Config) { c.ServicesID = "emu.norang.second" })
	_, a := exchange(t, first, approve(t, first, emu, appletest.PersonaAda))
	form := approve(t, second, emu, appletest.PersonaAda)
	if _, b := exchange(t, second, form); a.Subject != b.Subject || form.Has("user") {
		t.Errorf("%s, %s, %v", a.Subject, b.Subject, form)
	}
}

func TestPR28_SecretIsSignedForEachCall(t *testing.T) {
	t.Parallel()
	c, emu := pairUp(t)
	emu.Advance(7 * 30 * 24 * time.Hour)
	exchange(t, c, approve(t, c, emu, appletest.PersonaJeju))
	for name, change := range map[string]func(*apple.Config){
		"another clock":   func(c *apple.Config) { c.Now = func() time.Time { return emu.Now().Add(-2 * time.Hour) } },
		"another key id":  func(c *apple.Config) { c.KeyID = "AAAAAAAAAA" },
		"another team":    func(c *apple.Config) { c.TeamID = "AAAAAAAAAA" },
		"another client":  func(c *apple.Config) { c.ServicesID = "com.example.other" },
		"another account": func(c *apple.Config) { c.PrivateKey = otherKey(t) },
	} {
		wrong := clientOf(t, emu, change)
		_, err := wrong.Exchange(t.Context(), apple.ExchangeRequest{Code: "c-made-up", RedirectURI: back})
		if !errors.Is(err, apple.ErrClientInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A client secret as others read it: PyJWT verifies it with the public key.
func TestPR28_SecretIsAcceptedByPyJWT(t *testing.T) {
	t.Parallel()
	python := skipped.Command(t, "/usr/bin/python3", "python3")
	if exec.CommandContext(t.Context(), python, "-c", "import jwt, cryptography").Run() != nil {
		skipped.Skip(t, "PyJWT with cryptography")
	}
	c, emu := pairUp(t)
	secret, err := c.ClientSecret(appletest.DefaultServicesID)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, content := range map[string]string{"key.p8": emu.Team().PrivateKey, "secret": secret.Reveal()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	script := `
import jwt, sys, time
from cryptography.hazmat.primitives.serialization import load_pem_private_key
key = load_pem_private_key(open("key.p8", "rb").read(), None).public_key()
token = open("secret").read()
c = jwt.decode(token, key, algorithms=["ES256"], audience="https://appleid.apple.com", issuer="EMUTEAM001",
               options={"require": ["iss", "iat", "exp", "aud", "sub"]})
assert c["sub"] == "emu.norang.web" and c["exp"] - c["iat"] <= 3600, c
assert jwt.get_unverified_header(token)["kid"] == "EMUKEY0001"
print("ok")
`
	cmd := exec.CommandContext(t.Context(), python, "-c", script)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != "ok" {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestPR30_DiscoveryHasNoEffect(t *testing.T) {
	t.Parallel()
	c, emu := pairUp(t, func(c *appletest.Config) { c.Team.MovedIssuer = true })
	exchange(t, c, approve(t, c, emu, appletest.PersonaJeju))
	for _, r := range emu.Requests() {
		if r.Endpoint == "openid-configuration" {
			t.Error("read the discovery document")
		}
	}
	a, err := http.Get(emu.URL() + "/.well-known/openid-configuration")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	if err := emu.Script(appletest.Scenario{
		Endpoint: "token", Claims: map[string]any{"iss": "https://account.apple.com"},
	}); err != nil {
		t.Fatal(err)
	}
	if err := refusedToken(t, c, emu); !errors.Is(err, apple.ErrTokenInvalid) {
		t.Errorf("token of the other issuer: %v", err)
	}
}

// refusedToken signs in and returns the error of the ID token.
func refusedToken(t *testing.T, c *apple.Client, emu *appletest.Server) error {
	t.Helper()
	token, err := c.Exchange(t.Context(), apple.ExchangeRequest{
		Code: apple.Secret(approve(t, c, emu, appletest.PersonaJeju).Get("code")), RedirectURI: back,
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.VerifyIDToken(t.Context(), token.IDToken, apple.IDTokenOptions{Nonce: nonce})
	return err
}

func TestPR31_KeyIsChosenByID(t *testing.T) {
	t.Parallel()
	c, emu := pairUp(t) // publishes three keys and signs with the last
	exchange(t, c, approve(t, c, emu, appletest.PersonaJeju))
	header := map[string]any{"kid": "unknown"}
	if err := emu.Script(appletest.Scenario{Endpoint: "token", TokenHeader: header}); err != nil {
		t.Fatal(err)
	}
	if err := refusedToken(t, c, emu); !errors.Is(err, apple.ErrTokenInvalid) {
		t.Errorf("unknown kid: %v", err)
	}
}

func TestPR32_BooleansAsText(t *testing.T) {
	t.Parallel()
	for _, plain := range []bool{false, true} {
		c, emu := pairUp(t, func(c *appletest.Config) { c.Team.PlainBooleans = plain })
		if _, id := exchange(t, c, approve(t, c, emu, appletest.PersonaUnverified)); id.EmailVerified || id.PrivateEmail {
			t.Errorf("plain %v: %+v", plain, id)
		}
		if _, id := exchange(t, c, approve(t, c, emu, appletest.PersonaSeorak)); !id.EmailVerified || !id.PrivateEmail {
			t.Errorf("plain %v: %+v", plain, id)
		}
		if _, id := exchange(t, c, approve(t, c, emu, appletest.PersonaManaged)); id.Email != "" || id.EmailVerified {
			t.Errorf("plain %v: %+v", plain, id)
		}
	}
}

func TestPR38_NativeNonceIsRawOrHashed(t *testing.T) {
	t.Parallel()
	c, emu := pairUp(t)
	const raw = "norang-nonce-1"
	const hashed = "7d2d1c948a269e67a80b3984264a6389692e2ca6ec7e1ea62fe44dad6c604e4e"
	if sum := sha256.Sum256([]byte(raw)); hex.EncodeToString(sum[:]) != hashed {
		t.Fatal("the vector is wrong")
	}
	for sent, ok := range map[string]bool{
		raw: true, hashed: true, "another": false, "": false, strings.ToUpper(hashed): false,
	} {
		native, err := emu.Native(appletest.NativeSignIn{Nonce: sent})
		if err != nil {
			t.Fatal(err)
		}
		token := apple.Secret(native.IDToken)
		_, err = c.VerifyIDToken(t.Context(), token, apple.IDTokenOptions{Nonce: raw, HashedNonce: true})
		if (err == nil) != ok || err != nil && !errors.Is(err, apple.ErrTokenInvalid) {
			t.Errorf("%q: %v", sent, err)
		}
		_, err = c.VerifyIDToken(t.Context(), token, apple.IDTokenOptions{Nonce: raw})
		if (err == nil) != (sent == raw) {
			t.Errorf("%q on the web: %v", sent, err)
		}
	}
	if _, err := c.VerifyIDToken(t.Context(), "x.y.z", apple.IDTokenOptions{}); !errors.Is(err, apple.ErrInvalidInput) {
		t.Errorf("without a nonce: %v", err)
	}
}

func TestPR39_AudienceAndAlgorithmAreFixed(t *testing.T) {
	t.Parallel()
	c, emu := pairUp(t)
	none := configOf(emu)
	none.ServicesID, none.BundleIDs = "", nil
	if _, err := apple.New(none); err == nil {
		t.Error("accepted without an audience")
	}
	for _, alg := range []string{"none", "HS256", "ES256"} {
		if err := emu.Script(appletest.Scenario{Endpoint: "token", TokenHeader: map[string]any{"alg": alg}}); err != nil {
			t.Fatal(err)
		}
		if err := refusedToken(t, c, emu); !errors.Is(err, apple.ErrTokenInvalid) {
			t.Errorf("%s: %v", alg, err)
		}
	}
	for name, claims := range map[string]map[string]any{
		"audience": {"aud": "com.example.stranger"}, "several": {"aud": []string{appletest.DefaultServicesID, "b"}},
		"expired": {"exp": emu.Now().Add(-time.Hour).Unix()}, "subject": {"sub": ""}, "nonce": {"nonce": nil},
		"odd subject": {"sub": "a b"},
	} {
		if err := emu.Script(appletest.Scenario{Endpoint: "token", Claims: claims}); err != nil {
			t.Fatal(err)
		}
		if err := refusedToken(t, c, emu); !errors.Is(err, apple.ErrTokenInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A token for the app is none for the web.
	native, err := emu.Native(appletest.NativeSignIn{Nonce: nonce})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.VerifyIDToken(t.Context(), apple.Secret(native.IDToken), apple.IDTokenOptions{
		ClientID: appletest.DefaultServicesID, Nonce: nonce,
	})
	var refused *apple.IDTokenError
	if !errors.As(err, &refused) || !refused.Audience {
		t.Errorf("%v", err)
	}
}

func TestPR34_TransferGivesNewSubjects(t *testing.T) {
	t.Parallel()
	old, emu := pairUp(t)
	_, before := exchange(t, old, approve(t, old, emu, appletest.PersonaSeorak))
	access, err := old.MigrationToken(t.Context(), appletest.DefaultServicesID)
	if err != nil {
		t.Fatal(err)
	}
	transfer, err := old.TransferSubject(t.Context(), access, appletest.DefaultServicesID, before.Subject, "EMUTEAM002")
	if err != nil {
		t.Fatal(err)
	}
	if err := emu.Transfer("EMUTEAM002", "EMUKEY0002"); err != nil {
		t.Fatal(err)
	}
	c := clientOf(t, emu)
	_, after := exchange(t, c, approve(t, c, emu, appletest.PersonaSeorak))
	if after.Subject == before.Subject || after.Email == before.Email || after.TransferSubject != transfer {
		t.Errorf("before %+v, after %+v, transfer %s", before, after, transfer)
	}
	if access, err = c.MigrationToken(t.Context(), appletest.DefaultServicesID); err != nil {
		t.Fatal(err)
	}
	u, err := c.TransferredUser(t.Context(), access, appletest.DefaultServicesID, transfer)
	if err != nil || u.Subject != after.Subject || u.Email != after.Email || !u.PrivateEmail {
		t.Errorf("%+v, %v", u, err)
	}
	emu.Advance(61 * 24 * time.Hour)
	if _, late := exchange(t, c, approve(t, c, emu, appletest.PersonaSeorak)); late.TransferSubject != "" {
		t.Errorf("%+v", late)
	}
}

func TestPR35_NoticeFormsAreUnderstood(t *testing.T) {
	t.Parallel()
	var c *apple.Client
	var got []*apple.Notice
	var failed []error
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := c.ParseNotice(r.Context(), r)
		if err != nil {
			failed = append(failed, err)
			apple.WriteNoticeError(w, err)
			return
		}
		got = append(got, n)
	}))
	defer hook.Close()
	c, emu := pairUp(t, func(c *appletest.Config) { c.Team.NoticeURL = hook.URL })
	exchange(t, c, approve(t, c, emu, appletest.PersonaSeorak))
	for _, s := range []appletest.Switches{
		{EventForm: "text"}, {EventForm: "object", EventSeconds: true}, {EventForm: "array", AccountDelete: true},
		{EventForm: "text", NoticesTwice: true},
	} {
		if err := emu.UpdateTeam(func(t *appletest.Team) { t.Switches = s }); err != nil {
			t.Fatal(err)
		}
		for _, kind := range []apple.EventType{
			apple.EmailDisabled, apple.EmailEnabled, apple.ConsentRevoked, apple.AccountDeleted,
		} {
			for _, aud := range []string{appletest.DefaultBundleID, appletest.DefaultServicesID} {
				got = nil
				from := emu.Now().Truncate(time.Second) // some forms have no fractions
				d := emu.SendNotice(t.Context(), appletest.PersonaSeorak, string(kind), appletest.NoticeSend{Audience: aud})
				if !d.Accept || len(got) == 0 {
					t.Fatalf("%+v %s: %+v, %v", s, kind, d, failed)
				}
				e := got[0].Events[0]
				if e.Type != kind || e.Subject != emu.Subject(appletest.PersonaSeorak) || got[0].ClientID != aud ||
					e.At.Before(from) || e.At.After(emu.Now()) || got[len(got)-1].ID != got[0].ID {
					t.Errorf("%+v %s: %+v", s, kind, got[0])
				}
				mail := kind == apple.EmailDisabled || kind == apple.EmailEnabled
				if e.PrivateEmail != mail || strings.HasSuffix(e.Email, "appleid.com") != mail {
					t.Errorf("%s: %+v", kind, e)
				}
				if s.NoticesTwice && len(got) != 2 {
					t.Errorf("%d notices", len(got))
				}
			}
		}
	}
}

func TestForgedNoticesAreRefused(t *testing.T) {
	t.Parallel()
	c, emu := pairUp(t)
	var status int
	var last []byte // the last notice that was accepted
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if _, err := c.ParseNotice(r.Context(), r); err != nil {
			apple.WriteNoticeError(rec, err)
		} else {
			last = body
		}
		status = rec.Code
		w.WriteHeader(status)
	}))
	defer hook.Close()
	if err := emu.UpdateTeam(func(t *appletest.Team) { t.NoticeURL = hook.URL }); err != nil {
		t.Fatal(err)
	}
	for name, how := range map[string]struct {
		send appletest.NoticeSend
		want int
	}{
		"wrong key":    {appletest.NoticeSend{WrongKey: true}, 403},
		"audience":     {appletest.NoticeSend{Audience: "com.example.other"}, 403},
		"issuer":       {appletest.NoticeSend{Claims: map[string]any{"iss": "https://account.apple.com"}}, 403},
		"alg none":     {appletest.NoticeSend{Header: map[string]any{"alg": "none"}}, 403},
		"HS256":        {appletest.NoticeSend{Header: map[string]any{"alg": "HS256"}}, 403},
		"no events":    {appletest.NoticeSend{Claims: map[string]any{"events": nil}}, 403},
		"no jti":       {appletest.NoticeSend{Claims: map[string]any{"jti": nil}}, 403},
		"a nonce":      {appletest.NoticeSend{Claims: map[string]any{"nonce": "n"}}, 403},
		"text":         {appletest.NoticeSend{Claims: map[string]any{"events": "not JSON"}}, 400},
		"number":       {appletest.NoticeSend{Claims: map[string]any{"events": 7}}, 400},
		"empty list":   {appletest.NoticeSend{Claims: map[string]any{"events": []any{}}}, 400},
		"no subject":   {appletest.NoticeSend{Claims: map[string]any{"events": map[string]any{"type": "x"}}}, 400},
		"unknown type": {appletest.NoticeSend{Claims: map[string]any{"events": `{"type":"later","sub":"s"}`}}, 200},
		"past exp":     {appletest.NoticeSend{Claims: map[string]any{"exp": 1}}, 200},
	} {
		emu.SendNotice(t.Context(), appletest.PersonaJeju, "consent-revoked", how.send)
		if status != how.want {
			t.Errorf("%s: %d, want %d", name, status, how.want)
		}
	}
	for name, tt := range map[string]struct {
		method, kind string
		want         int
	}{
		"PUT":  {http.MethodPut, "application/json", http.StatusMethodNotAllowed},
		"form": {http.MethodPost, "application/x-www-form-urlencoded", http.StatusBadRequest},
	} {
		r := httptest.NewRequest(tt.method, "/", bytes.NewReader(last))
		r.Header.Set("Content-Type", tt.kind)
		w := httptest.NewRecorder()
		_, err := c.ParseNotice(t.Context(), r)
		if apple.WriteNoticeError(w, err); err == nil || w.Code != tt.want {
			t.Errorf("%s: %d, %v", name, w.Code, err)
		}
	}
	if err := emu.Script(appletest.Scenario{Endpoint: "keys", Status: 503, Times: -1}); err != nil {
		t.Fatal(err)
	}
	c = clientOf(t, emu)
	emu.SendNotice(t.Context(), appletest.PersonaJeju, "consent-revoked", appletest.NoticeSend{})
	if status != http.StatusServiceUnavailable {
		t.Errorf("while the keys are away: %d", status)
	}
}

func TestNoSecretIsPrinted(t *testing.T) {
	t.Parallel()
	c, emu := pairUp(t)
	text := fmt.Sprintf("%v %+v %#v %s", c, c, c, configOf(emu).PrivateKey)
	if strings.Contains(text, "PRIVATE KEY") || !strings.Contains(text, "[redacted]") {
		t.Error(text)
	}
	bad := configOf(emu)
	bad.PrivateKey = apple.Secret("secret-" + emu.Team().PrivateKey[40:80])
	if _, err := apple.New(bad); err == nil || strings.Contains(err.Error(), emu.Team().PrivateKey[40:80]) {
		t.Error(err)
	}
}
