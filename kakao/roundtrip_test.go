package kakao_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/testkit/untimed"
	"github.com/norang-login/norang/kakao"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// world is a client with the emulator, which was written from Kakao's documents independently of the client.
type world struct {
	*testing.T
	emu *kakaotest.Server
	c   *kakao.Client
}

func newWorld(t *testing.T, change ...func(*kakaotest.App)) *world {
	t.Helper()
	app := kakaotest.App{
		AppID:              1000001,
		Auto:               true,
		RedirectURIs:       []string{callback},
		LogoutRedirectURIs: []string{"http://service.test/out"},
		TokenLimitOff:      true,
		UserProperties:     []string{"favorite_color"},
		ConsentItems: []kakaotest.ConsentItem{
			{ID: "profile_nickname", Step: "required"}, {ID: "profile_image", Step: "required"},
			{ID: "account_email", Step: "optional"}, {ID: "name", Step: "optional"},
			{ID: "gender", Step: "optional"}, {ID: "age_range", Step: "optional"},
			{ID: "birthday", Step: "optional"}, {ID: "birthyear", Step: "optional"},
			{ID: "phone_number", Step: "optional"}, {ID: "account_ci", Step: "optional"},
			{ID: "shipping_address", Step: "optional"}, {ID: "friends", Step: "in_use"},
		},
		Terms: []kakaotest.Term{{Tag: "service", Required: true}, {Tag: "marketing"}},
	}
	for _, f := range change {
		f(&app)
	}
	emu := kakaotest.StartWith(t, kakaotest.Config{Apps: []kakaotest.App{app}, Transport: untimed.Transport{}})
	return &world{t, emu, clientFor(t, emu, emu.App())}
}

func clientFor(t *testing.T, emu *kakaotest.Server, app kakaotest.App) *kakao.Client {
	t.Helper()
	c, err := kakao.New(kakao.Config{
		ClientID:     app.RESTKey,
		ClientSecret: kakao.Secret(app.ClientSecret),
		AppID:        app.AppID,
		AdminKeys:    []kakao.Secret{kakao.Secret(app.AdminKey)},
		Audiences:    []string{app.NativeKey, app.JavaScriptKey},
		AuthURL:      emu.AuthURL(),
		APIURL:       emu.APIURL(),
		Issuer:       emu.Issuer(),
		Now:          emu.Now,
		Rand:         func(int64) int64 { return 0 },
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// browser requests the authorize URL and returns the query of the redirect. The emulator approves automatically.
func (w *world) browser(r kakao.AuthorizeRequest) url.Values {
	w.Helper()
	to, err := w.c.AuthorizeURL(r)
	if err != nil {
		w.Fatal(err)
	}
	noFollow := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	resp, err := noFollow.Get(to)
	if err != nil {
		w.Fatal(err)
	}
	resp.Body.Close()
	back, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || !strings.HasPrefix(back.String(), callback) {
		w.Fatalf("%s: status %d, redirected to %v", r.LoginHint, resp.StatusCode, back)
	}
	return back.Query()
}

func request(persona string) kakao.AuthorizeRequest {
	return kakao.AuthorizeRequest{
		RedirectURI:   callback,
		State:         state,
		Nonce:         nonce,
		CodeChallenge: kakao.S256Challenge(verifier),
		LoginHint:     persona,
	}
}

// login signs in a persona and returns the tokens and the verified ID token.
func (w *world) login(persona string) (*kakao.Token, *kakao.IDToken) {
	w.Helper()
	return w.finish(request(persona))
}

func (w *world) finish(r kakao.AuthorizeRequest) (*kakao.Token, *kakao.IDToken) {
	w.Helper()
	cb, err := kakao.ParseCallback(w.browser(r))
	if err != nil || cb.State != state {
		w.Fatalf("%+v, %v", cb, err)
	}
	tok, err := w.c.Exchange(
		w.Context(), kakao.ExchangeRequest{Code: cb.Code, RedirectURI: callback, CodeVerifier: verifier},
	)
	if err != nil {
		w.Fatal(err)
	}
	id, err := w.c.VerifyIDToken(
		w.Context(), tok.IDToken, kakao.IDTokenOptions{Nonce: nonce, AccessToken: tok.AccessToken},
	)
	if err != nil {
		w.Fatal(err)
	}
	return tok, id
}

func TestRoundTripOfEveryPersona(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, a := range w.emu.Accounts() {
		switch a.ID {
		case kakaotest.PersonaNotAMember, kakaotest.PersonaDeclines, kakaotest.PersonaDormant,
			kakaotest.PersonaBlocked, kakaotest.PersonaUnder14:
			continue
		}
		tok, id := w.login(a.ID)
		me, err := w.c.UserMe(
			t.Context(), tok.AccessToken, kakao.UserMeOptions{WantID: id.UserID, SecureResource: true},
		)
		if err != nil {
			t.Errorf("%s: %v", a.ID, err)
			continue
		}
		info, err := w.c.UserInfo(t.Context(), tok.AccessToken, id.Subject)
		if err != nil || info.UserID != me.ID {
			t.Errorf("%s: %+v, %v", a.ID, info, err)
		}
		if a.UserID != 0 && me.ID != a.UserID {
			t.Errorf("%s: id %d, want %d", a.ID, me.ID, a.UserID)
		}
		// All three sources of the address must agree.
		email, verified := me.Account.VerifiedEmail()
		other, alsoVerified := info.VerifiedEmail()
		if email != other || verified != alsoVerified || id.Email != email {
			t.Errorf("%s: user/me %q %v, userinfo %q %v, id token %q",
				a.ID, email, verified, other, alsoVerified, id.Email)
		}
		want := a.Email != "" && !a.EmailUnverified && !a.EmailInvalid && !a.NoAccount &&
			a.ID != kakaotest.PersonaDeclinesOptional
		if verified != want {
			t.Errorf("%s: verified %v, want %v", a.ID, verified, want)
		}
	}
}

func TestRoundTripOfAllAttributes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tok, _ := w.login(kakaotest.PersonaFull)
	me, err := w.c.UserMe(t.Context(), tok.AccessToken, kakao.UserMeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range []string{
		"profile_nickname", "profile_image", "account_email", "name", "age_range", "birthyear", "birthday", "gender",
		"phone_number", "account_ci",
	} {
		if got := me.Account.Item(item); got != kakao.Given {
			t.Errorf("%s: %v", item, got)
		}
	}
	if phone, ok := me.Account.PhoneE164(); !ok || phone != "+821012345603" {
		t.Errorf("phone %q", phone)
	}
	if len(me.Account.CI) != 88 || me.ConnectedAt.IsZero() {
		t.Errorf("CI of %d characters, connected at %v", len(me.Account.CI), me.ConnectedAt)
	}
	list, err := w.c.ShippingAddresses(t.Context(), tok.AccessToken, kakao.ShippingAddressOptions{})
	if err != nil || len(list.Addresses) == 0 || list.Addresses[0].IsDefault != kakao.Yes ||
		list.NeedsAgreement != kakao.No {
		t.Errorf("%+v, %v", list, err)
	}
	only, err := w.c.UserMe(
		t.Context(), tok.AccessToken, kakao.UserMeOptions{PropertyKeys: []string{"kakao_account.email"}},
	)
	if err != nil || only.Account.Email == "" || only.Account.Name != "" {
		t.Errorf("%+v, %v", only, err)
	}
}

func TestRoundTripRefreshAndRotation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tok, id := w.login(kakaotest.PersonaRyan)
	again, err := w.c.Refresh(t.Context(), kakao.RefreshRequest{RefreshToken: tok.RefreshToken, Subject: id.Subject})
	if err != nil || again.Rotated || again.RefreshToken != tok.RefreshToken || again.IDToken == "" {
		t.Fatalf("%v, %v", again, err)
	}
	// Without a call of UserMe, Kakao unlinks the user after a day.
	if _, err := w.c.UserMe(t.Context(), tok.AccessToken, kakao.UserMeOptions{}); err != nil {
		t.Fatal(err)
	}
	w.emu.Advance(45 * 24 * time.Hour) // Kakao replaces refresh tokens in their last month
	rotated, err := w.c.Refresh(t.Context(), kakao.RefreshRequest{RefreshToken: tok.RefreshToken, Subject: id.Subject})
	if err != nil || !rotated.Rotated || rotated.RefreshTokenExpiresIn == 0 {
		t.Fatalf("%v, %v", rotated, err)
	}
	_, err = w.c.Refresh(t.Context(), kakao.RefreshRequest{RefreshToken: tok.RefreshToken})
	if !errors.Is(err, kakao.ErrRefreshTokenInvalid) {
		t.Errorf("replaced token: %v", err)
	}
	if _, err := w.c.UserMe(t.Context(), rotated.AccessToken, kakao.UserMeOptions{}); err != nil {
		t.Error(err)
	}
	w.emu.Advance(7 * time.Hour)
	if _, err := w.c.UserMe(
		t.Context(), rotated.AccessToken, kakao.UserMeOptions{},
	); !errors.Is(err, kakao.ErrTokenInvalid) {
		t.Errorf("expired token: %v", err)
	}
}

func TestRoundTripLogoutAndUnlink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tok, id := w.login(kakaotest.PersonaRyan)
	info, err := w.c.VerifyAccessToken(t.Context(), tok.AccessToken)
	if err != nil || info.UserID != id.UserID || info.ExpiresIn < time.Hour {
		t.Errorf("%+v, %v", info, err)
	}
	if got, err := w.c.Logout(t.Context(), tok.AccessToken); err != nil || got != id.UserID {
		t.Errorf("%d, %v", got, err)
	}
	if _, err := w.c.VerifyAccessToken(t.Context(), tok.AccessToken); !errors.Is(err, kakao.ErrTokenInvalid) {
		t.Errorf("after Logout: %v", err)
	}
	tok, _ = w.login(kakaotest.PersonaRyan)
	if got, err := w.c.LogoutAsAdmin(t.Context(), id.UserID); err != nil || got != id.UserID {
		t.Errorf("%d, %v", got, err)
	}
	if _, err := w.c.UserMe(
		t.Context(), tok.AccessToken, kakao.UserMeOptions{},
	); !errors.Is(err, kakao.ErrTokenInvalid) {
		t.Errorf("after LogoutAsAdmin: %v", err)
	}
	tok, _ = w.login(kakaotest.PersonaRyan)
	if got, err := w.c.Unlink(t.Context(), tok.AccessToken); err != nil || got != id.UserID {
		t.Errorf("%d, %v", got, err)
	}
	if got, err := w.c.UnlinkAsAdmin(t.Context(), id.UserID); err != nil || got != id.UserID {
		t.Errorf("second unlink: %d, %v", got, err)
	}
	if _, err := w.c.UserMeAsAdmin(
		t.Context(), id.UserID, kakao.UserMeOptions{},
	); !errors.Is(err, kakao.ErrNotLinked) {
		t.Errorf("after Unlink: %v", err)
	}
	resp, err := http.Get(w.c.LogoutURL("http://service.test/unregistered", "s"))
	if err != nil {
		t.Fatal(err)
	}
	page, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if !strings.Contains(string(page), "KOE007") {
		t.Errorf("unregistered logout redirect URI: status %d", resp.StatusCode)
	}
}

func TestRoundTripConsentsDeclinedGivenAndRevoked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tok, _ := w.login(kakaotest.PersonaDeclinesOptional)
	scopes, err := w.c.Scopes(t.Context(), tok.AccessToken)
	if err != nil || !scopes.Agreed("profile_nickname") || scopes.Agreed("account_email") {
		t.Fatalf("%+v, %v", scopes, err)
	}
	missing := &kakao.ConsentError{Required: []string{"friends"}, Allowed: []string{"profile_nickname"}}
	to, err := w.c.ConsentURL(missing, request(kakaotest.PersonaRyan))
	if err != nil || !strings.Contains(to, "scope=friends%2Copenid") {
		t.Errorf("%s, %v", to, err)
	}
	w.login(kakaotest.PersonaRyan)
	r := request(kakaotest.PersonaRyan)
	r.Scope = []string{"friends"}
	tok, id := w.finish(r)
	if scopes, err = w.c.ScopesAsAdmin(t.Context(), id.UserID, "friends"); err != nil || !scopes.Agreed("friends") ||
		scopes.Scopes[0].Type != kakao.ServiceScope {
		t.Errorf("%+v, %v", scopes, err)
	}
	if scopes, err = w.c.RevokeScopes(t.Context(), tok.AccessToken, "friends"); err != nil ||
		scopes.Agreed("friends") {
		t.Errorf("%+v, %v", scopes, err)
	}
	var e *kakao.Error
	if _, err = w.c.RevokeScopes(t.Context(), tok.AccessToken, "profile_nickname"); !errors.As(err, &e) ||
		e.Code != "-3" {
		t.Errorf("required item: %v", err)
	}
}

func TestRoundTripTermsPropertiesUsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	tok, id := w.login(kakaotest.PersonaRyan)
	terms, err := w.c.ServiceTerms(ctx, tok.AccessToken, kakao.ServiceTermsOptions{})
	if err != nil || !slices.ContainsFunc(terms.Terms, func(s kakao.ServiceTerm) bool {
		return s.Tag == "service" && s.Agreed == kakao.Yes && s.AgreedBy == kakao.AgreedAtKakao
	}) {
		t.Errorf("%+v, %v", terms, err)
	}
	if terms, err = w.c.RevokeServiceTerms(ctx, tok.AccessToken, "marketing"); err != nil || len(terms.Terms) != 1 ||
		terms.Terms[0].Agreed != kakao.No {
		t.Errorf("%+v, %v", terms, err)
	}
	if terms, err = w.c.UpgradeServiceTermsAsAdmin(ctx, id.UserID, "marketing"); err != nil ||
		len(terms.Terms) != 1 || terms.Terms[0].AgreedBy != kakao.AgreedAtService || terms.Terms[0].AgreedAt.IsZero() {
		t.Errorf("%+v, %v", terms, err)
	}
	if _, err := w.c.UpdateProfile(ctx, tok.AccessToken, map[string]string{"favorite_color": "노랑"}); err != nil {
		t.Error(err)
	}
	me, err := w.c.UserMeAsAdmin(ctx, id.UserID, kakao.UserMeOptions{})
	if err != nil || me.Properties["favorite_color"] != "노랑" {
		t.Errorf("%+v, %v", me, err)
	}
	var e *kakao.Error
	if _, err := w.c.UpdateProfile(ctx, tok.AccessToken, map[string]string{"unknown": "x"}); !errors.As(err, &e) ||
		e.Code != "-201" {
		t.Errorf("unknown property: %v", err)
	}
	if _, err := w.c.Signup(ctx, tok.AccessToken, nil); !errors.Is(err, kakao.ErrAlreadyLinked) {
		t.Errorf("signup: %v", err)
	}
	_, second := w.login(kakaotest.PersonaApeach)
	_, third := w.login(kakaotest.PersonaBigID)
	users, err := w.c.Users(ctx, []int64{id.UserID, second.UserID, third.UserID, 42}, kakao.UserMeOptions{})
	if err != nil || len(users) != 3 {
		t.Errorf("%+v, %v", users, err)
	}
	var all []int64
	for user, err := range w.c.AllUserIDs(ctx, 0) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, user)
	}
	want := []int64{id.UserID, second.UserID, third.UserID}
	if slices.Sort(want); !slices.Equal(all, want) {
		t.Errorf("%v, want %v", all, want)
	}
	if ips, err := w.c.IPs(ctx); err != nil || len(ips.Inbound) == 0 {
		t.Errorf("%+v, %v", ips, err)
	}
	if m, err := w.c.Discover(ctx); err != nil || m.Issuer != w.emu.Issuer() {
		t.Errorf("%+v, %v", m, err)
	}
	if info, err := w.c.TokenInfo(ctx, tok.IDToken); err != nil || info.Subject != id.Subject || info.Nonce != nonce {
		t.Errorf("%+v, %v", info, err)
	}
	if _, err := w.c.TokenInfo(ctx, "a.b.c"); !errors.Is(err, kakao.ErrTokenInvalid) {
		t.Errorf("TokenInfo of a malformed token: %v", err)
	}
}

func TestRoundTripManualSignup(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(a *kakaotest.App) { a.ManualLink = true })
	tok, id := w.login(kakaotest.PersonaRyan)
	me, err := w.c.UserMe(t.Context(), tok.AccessToken, kakao.UserMeOptions{})
	if err != nil || me.HasSignedUp != kakao.No {
		t.Fatalf("%+v, %v", me, err)
	}
	if got, err := w.c.Signup(
		t.Context(), tok.AccessToken, map[string]string{"favorite_color": "노랑"},
	); err != nil || got != id.UserID {
		t.Errorf("%d, %v", got, err)
	}
	if me, err = w.c.UserMe(t.Context(), tok.AccessToken, kakao.UserMeOptions{}); err != nil ||
		me.HasSignedUp != kakao.Yes {
		t.Errorf("%+v, %v", me, err)
	}
}

// The client parses both kinds of webhooks from the emulator, with both methods.
func TestRoundTripWebhooks(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"GET", "POST"} {
		var w *world
		unlinks, events := make(chan *kakao.UnlinkEvent, 9), make(chan *kakao.AccountEvent, 9)
		hooks := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			var err error
			if r.URL.Path == "/unlink" {
				var e *kakao.UnlinkEvent
				if e, err = w.c.ParseUnlinkWebhook(r); err == nil {
					unlinks <- e
				}
			} else {
				var e *kakao.AccountEvent
				if e, err = w.c.ParseAccountWebhook(r); err == nil {
					events <- e
					rw.WriteHeader(http.StatusAccepted)
				}
			}
			if err != nil {
				t.Errorf("%s: %v", r.URL.Path, err)
				kakao.WriteWebhookError(rw, err)
			}
		}))
		defer hooks.Close()
		w = newWorld(t, func(a *kakaotest.App) {
			a.UnlinkWebhook = kakaotest.UnlinkWebhook{URL: hooks.URL + "/unlink", Method: method}
			a.AccountWebhook = kakaotest.AccountWebhook{URL: hooks.URL + "/account", Events: []string{"user-unlinked"}}
		})
		_, id := w.login(kakaotest.PersonaRyan)
		if !w.emu.Unlink(0, kakaotest.PersonaRyan, "ACCOUNT_DELETE") {
			t.Fatal("not linked")
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := w.emu.WaitWebhooks(ctx); err != nil {
			t.Fatal(err)
		}
		if len(unlinks) != 1 || len(events) != 1 {
			t.Fatalf("%s: %d and %d webhooks", method, len(unlinks), len(events))
		}
		if e := <-unlinks; e.UserID != id.UserID || e.Reason != kakao.AccountDelete || e.AppID != 1000001 {
			t.Errorf("%+v", e)
		}
		e := <-events
		if e.UserID != id.UserID || len(e.Events) != 1 || e.Events[0].Type != kakao.UserUnlinked ||
			kakao.UnlinkReason(e.Events[0].Reason) != kakao.AccountDelete ||
			e.Events[0].Type.Effect() != kakao.HandleUnlink {
			t.Errorf("%+v", e)
		}
		for _, d := range w.emu.Deliveries() {
			if d.Status != 200 && d.Status != 202 {
				t.Errorf("%+v", d)
			}
		}
	}
}
