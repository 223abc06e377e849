package kakao_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/norang-login/norang/kakao"
	"github.com/norang-login/norang/kakao/kakaotest"
)

const callback = "http://service.test/oauth/kakao/callback"

// newKakao returns a client and an emulator of Kakao in this process, so that the examples need no network.
func newKakao() (*kakao.Client, *kakaotest.Server) {
	emu, err := kakaotest.New(kakaotest.Config{
		BrowserURL: "http://kakao.test",
		Apps:       []kakaotest.App{{AppID: 1000001, Auto: true, RedirectURIs: []string{callback}}},
	})
	if err != nil {
		panic(err)
	}
	app := emu.App()
	c, err := kakao.New(kakao.Config{
		ClientID:     app.RESTKey,
		ClientSecret: kakao.Secret(app.ClientSecret),
		AppID:        app.AppID,
		AdminKeys:    []kakao.Secret{kakao.Secret(app.AdminKey)},
		Audiences:    []string{app.NativeKey},
		// Omit the following fields to use Kakao itself.
		AuthURL: emu.URL(), APIURL: emu.URL(), Issuer: emu.Issuer(),
		HTTPClient: &http.Client{Transport: inProcess{emu}},
	})
	if err != nil {
		panic(err)
	}
	return c, emu
}

// inProcess is a transport that calls a handler.
type inProcess struct{ handler http.Handler }

func (t inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	in.RequestURI, in.RemoteAddr = r.URL.RequestURI(), "127.0.0.1:1"
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	t.handler.ServeHTTP(w, in)
	return w.Result(), nil
}

// browse requests the authorize URL like a browser and returns the query of the redirect.
func browse(emu *kakaotest.Server, to string) url.Values {
	w := httptest.NewRecorder()
	emu.ServeHTTP(w, httptest.NewRequest("GET", to, nil))
	back, err := url.Parse(w.Header().Get("Location"))
	if err != nil {
		panic(err)
	}
	return back.Query()
}

// In a service these are random for every attempt and kept in an encrypted cookie of the browser.
const (
	state    = "random-state-of-this-attempt"
	nonce    = "random-nonce-of-this-attempt"
	verifier = kakao.Secret("random-verifier-of-this-attempt-43-characters")
)

// login signs in as ExampleClient does, for the other examples.
func login(c *kakao.Client, emu *kakaotest.Server, persona string) *kakao.Token {
	to, err := c.AuthorizeURL(request(persona))
	if err != nil {
		panic(err)
	}
	cb, err := kakao.ParseCallback(browse(emu, to))
	if err != nil {
		panic(err)
	}
	tok, err := c.Exchange(context.Background(), kakao.ExchangeRequest{
		Code: cb.Code, RedirectURI: callback, CodeVerifier: verifier,
	})
	if err != nil {
		panic(err)
	}
	return tok
}

// A complete sign-in.
func ExampleClient() {
	c, emu := newKakao()
	defer emu.Close()
	ctx := context.Background()

	// GET /oauth/kakao: redirect the browser to Kakao.
	to, err := c.AuthorizeURL(kakao.AuthorizeRequest{
		RedirectURI:   callback,
		State:         state,
		Nonce:         nonce,
		CodeChallenge: kakao.S256Challenge(verifier),
		LoginHint:     kakaotest.PersonaRyan, // selects the user in the emulator; usually omitted
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	// GET /oauth/kakao/callback
	cb, err := kakao.ParseCallback(browse(emu, to))
	var bad *kakao.CallbackError
	switch {
	case errors.As(err, &bad) && bad.Kind == kakao.Cancelled:
		fmt.Println("cancelled: show the sign-in page again")
		return
	case err != nil:
		fmt.Println(err)
		return
	case cb.State != state:
		fmt.Println("unknown state")
		return
	}
	tok, err := c.Exchange(ctx, kakao.ExchangeRequest{Code: cb.Code, RedirectURI: callback, CodeVerifier: verifier})
	if err != nil {
		fmt.Println(err)
		return
	}
	id, err := c.VerifyIDToken(ctx, tok.IDToken, kakao.IDTokenOptions{Nonce: nonce})
	if err != nil {
		fmt.Println(err)
		return
	}
	me, err := c.UserMe(ctx, tok.AccessToken, kakao.UserMeOptions{WantID: id.UserID, SecureResource: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	name, _ := me.Nickname()
	email, verified := me.Account.VerifiedEmail()
	fmt.Println(name, email, verified, me.ID == id.UserID)
	fmt.Println("tokens print as", tok.AccessToken)
	// Output:
	// 라이언 ryan@example.com true true
	// tokens print as [redacted]
}

// Refreshing an access token. Always store the result, under a lock per user.
func ExampleClient_Refresh() {
	c, emu := newKakao()
	defer emu.Close()
	stored := login(c, emu, kakaotest.PersonaRyan)

	tok, err := c.Refresh(context.Background(), kakao.RefreshRequest{RefreshToken: stored.RefreshToken})
	switch {
	case errors.Is(err, kakao.ErrRefreshTokenInvalid):
		fmt.Println("sign in again")
	case errors.Is(err, kakao.ErrUnavailable):
		fmt.Println("try again later; keep the stored tokens")
	case err != nil:
		fmt.Println(err)
	default:
		// Kakao replaces the refresh token only in its last month.
		fmt.Println(tok.Rotated, tok.RefreshToken == stored.RefreshToken, tok.AccessToken != stored.AccessToken)
	}
	// Output: false true true
}

// Unlinking a user who withdraws. The admin key works without the user's token, and repeating the call is harmless.
func ExampleClient_UnlinkAsAdmin() {
	c, emu := newKakao()
	defer emu.Close()
	ctx := context.Background()
	me, err := c.UserMe(ctx, login(c, emu, kakaotest.PersonaRyan).AccessToken, kakao.UserMeOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		id, err := c.UnlinkAsAdmin(ctx, me.ID)
		fmt.Println(id == me.ID, err)
	}
	_, err = c.UserMeAsAdmin(ctx, me.ID, kakao.UserMeOptions{})
	fmt.Println(errors.Is(err, kakao.ErrNotLinked))
	// Output:
	// true <nil>
	// true <nil>
	// true
}

// A handler for the unlink webhook: store the event, then respond.
func ExampleClient_ParseUnlinkWebhook() {
	c, emu := newKakao()
	defer emu.Close()
	handler := func(w http.ResponseWriter, r *http.Request) {
		event, err := c.ParseUnlinkWebhook(r)
		if err != nil {
			kakao.WriteWebhookError(w, err)
			return
		}
		fmt.Println("unlinked:", event.UserID, event.Reason)
		w.WriteHeader(http.StatusOK) // for unknown users too
	}

	form := strings.NewReader("app_id=1000001&user_id=3141592653589&referrer_type=UNLINK_FROM_APPS")
	r := httptest.NewRequest("POST", "/auth/webhooks/kakao/unlink", form)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded;charset=utf-8")
	r.Header.Set("Authorization", "KakaoAK "+emu.App().AdminKey)
	w := httptest.NewRecorder()
	handler(w, r)
	fmt.Println(w.Code)

	r.Header.Set("Authorization", "KakaoAK guessed")
	w = httptest.NewRecorder()
	handler(w, r)
	fmt.Println(w.Code)
	// Output:
	// unlinked: 3141592653589 UNLINK_FROM_APPS
	// 200
	// 401
}

// Signing in with an access token from a mobile app. VerifyAccessToken checks that it was issued to this app.
func ExampleClient_VerifyAccessToken() {
	c, emu := newKakao()
	defer emu.Close()
	ctx := context.Background()
	fromApp := login(c, emu, kakaotest.PersonaRyan).AccessToken

	info, err := c.VerifyAccessToken(ctx, fromApp)
	switch {
	case errors.Is(err, kakao.ErrForeignToken), errors.Is(err, kakao.ErrTokenInvalid),
		errors.Is(err, kakao.ErrInvalidInput):
		fmt.Println("401")
		return
	case err != nil: // Kakao is unavailable: the app may try again
		fmt.Println("503")
		return
	}
	me, err := c.UserMe(ctx, fromApp, kakao.UserMeOptions{WantID: info.UserID})
	if err != nil {
		fmt.Println(err)
		return
	}
	name, _ := me.Nickname()
	fmt.Println(name)
	// Output: 라이언
}

// Signing in with an ID token from a mobile app, issued to the native app key with a nonce from this service.
func ExampleClient_VerifyIDToken() {
	c, emu := newKakao()
	defer emu.Close()
	raw := login(c, emu, kakaotest.PersonaRyan).IDToken

	_, err := c.VerifyIDToken(context.Background(), raw, kakao.IDTokenOptions{Nonce: "another-nonce"})
	fmt.Println(err)
	id, err := c.VerifyIDToken(context.Background(), raw, kakao.IDTokenOptions{Nonce: nonce})
	fmt.Println(id.Nickname, err)
	// Output:
	// kakao: id token refused: wrong nonce
	// 라이언 <nil>
}

// An error as seen by the program, the user and the operator.
func ExampleError() {
	c, emu := newKakao()
	defer emu.Close()
	_, err := c.Exchange(context.Background(), kakao.ExchangeRequest{
		Code: "used-before", RedirectURI: callback, CodeVerifier: verifier,
	})

	fmt.Println(errors.Is(err, kakao.ErrCodeInvalid)) // the program
	var e *kakao.Error
	if errors.As(err, &e) {
		entry, _ := e.Entry()
		fmt.Println(entry.ForUser.Ko)                     // the user
		fmt.Println(e.Op, e.Status, e.Code, e.OAuthError) // the operator
	}
	// Output:
	// true
	// 로그인을 마치지 못했어요. 다시 로그인해 주세요.
	// token 400 KOE320 invalid_grant
}
