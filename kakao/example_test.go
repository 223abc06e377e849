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

// newKakao gives a client and the Kakao that it speaks to: an emulator in this process
// instead of https://kauth.kakao.com, so that the examples run anywhere.
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
		// Leave these out to speak to Kakao itself.
		AuthURL: emu.URL(), APIURL: emu.URL(), Issuer: emu.Issuer(),
		HTTPClient: &http.Client{Transport: inProcess{emu}},
	})
	if err != nil {
		panic(err)
	}
	return c, emu
}

// inProcess carries requests to a handler without a network.
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

// browse plays the browser: it follows the authorize address and gives the query that comes back.
func browse(emu *kakaotest.Server, to string) url.Values {
	w := httptest.NewRecorder()
	emu.ServeHTTP(w, httptest.NewRequest("GET", to, nil))
	back, err := url.Parse(w.Header().Get("Location"))
	if err != nil {
		panic(err)
	}
	return back.Query()
}

// These belong to one attempt of one browser: random, and kept in its sealed cookie.
const (
	state    = "random-state-of-this-attempt"
	nonce    = "random-nonce-of-this-attempt"
	verifier = kakao.Secret("random-verifier-of-this-attempt-43-characters")
)

// login is the login of ExampleClient, for the examples that need one.
func login(c *kakao.Client, emu *kakaotest.Server, persona string) *kakao.Token {
	to, err := c.AuthorizeURL(kakao.AuthorizeRequest{RedirectURI: callback, State: state, Nonce: nonce, CodeChallenge: kakao.S256Challenge(verifier), LoginHint: persona})
	if err != nil {
		panic(err)
	}
	cb, err := kakao.ParseCallback(browse(emu, to))
	if err != nil {
		panic(err)
	}
	tok, err := c.Exchange(context.Background(), kakao.ExchangeRequest{Code: cb.Code, RedirectURI: callback, CodeVerifier: verifier})
	if err != nil {
		panic(err)
	}
	return tok
}

// A whole login, from the address to the person.
func ExampleClient() {
	c, emu := newKakao()
	defer emu.Close()
	ctx := context.Background()

	// GET /oauth/kakao: send the browser to Kakao with a redirect (never by fetch).
	to, err := c.AuthorizeURL(kakao.AuthorizeRequest{
		RedirectURI:   callback,
		State:         state,
		Nonce:         nonce,
		CodeChallenge: kakao.S256Challenge(verifier),
		LoginHint:     kakaotest.PersonaRyan, // picks the person in the emulator; leave it out
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
		fmt.Println("cancelled: show the page they came from")
		return
	case err != nil:
		fmt.Println(err)
		return
	case cb.State != state:
		fmt.Println("not an attempt of this browser")
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
	fmt.Println("a token never prints itself:", tok.AccessToken)
	// Output:
	// 라이언 ryan@example.com true true
	// a token never prints itself: [redacted]
}

// A refresh under the caller's own lock: store what it gives, always.
func ExampleClient_Refresh() {
	c, emu := newKakao()
	defer emu.Close()
	stored := login(c, emu, kakaotest.PersonaRyan)

	tok, err := c.Refresh(context.Background(), kakao.RefreshRequest{RefreshToken: stored.RefreshToken})
	switch {
	case errors.Is(err, kakao.ErrRefreshTokenInvalid):
		fmt.Println("sign in again")
	case errors.Is(err, kakao.ErrUnavailable):
		fmt.Println("try later; the stored tokens stay as they are")
	case err != nil:
		fmt.Println(err)
	default:
		// Kakao sends a new refresh token in the last month only; until then it is the old one.
		fmt.Println(tok.Rotated, tok.RefreshToken == stored.RefreshToken, tok.AccessToken != stored.AccessToken)
	}
	// Output: false true true
}

// A member leaves: unlink by the admin key, which works without their token. Twice is as good as once.
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

// The handler of the unlink webhook: store the event, then answer.
func ExampleClient_ParseUnlinkWebhook() {
	c, emu := newKakao()
	defer emu.Close()
	handler := func(w http.ResponseWriter, r *http.Request) {
		event, err := c.ParseUnlinkWebhook(r)
		if err != nil {
			kakao.WriteWebhookError(w, err)
			return
		}
		fmt.Println("ended:", event.UserID, event.Reason)
		w.WriteHeader(http.StatusOK) // also for people whom nobody knows
	}

	r := httptest.NewRequest("POST", "/auth/webhooks/kakao/unlink", strings.NewReader("app_id=1000001&user_id=3141592653589&referrer_type=UNLINK_FROM_APPS"))
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
	// ended: 3141592653589 UNLINK_FROM_APPS
	// 200
	// 401
}

// A mobile app sends its access token. Only token-info tells whether it was made for this app.
func ExampleClient_VerifyAccessToken() {
	c, emu := newKakao()
	defer emu.Close()
	ctx := context.Background()
	fromApp := login(c, emu, kakaotest.PersonaRyan).AccessToken

	info, err := c.VerifyAccessToken(ctx, fromApp)
	switch {
	case errors.Is(err, kakao.ErrForeignToken), errors.Is(err, kakao.ErrTokenInvalid), errors.Is(err, kakao.ErrInvalidInput):
		fmt.Println("401")
		return
	case err != nil: // Kakao cannot be asked: refuse, and say that it is worth trying again
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

// A mobile app sends its ID token, made with the native app key and a nonce that this service issued.
func ExampleClient_VerifyIDToken() {
	c, emu := newKakao()
	defer emu.Close()
	raw := login(c, emu, kakaotest.PersonaRyan).IDToken

	_, err := c.VerifyIDToken(context.Background(), raw, kakao.IDTokenOptions{Nonce: "issued-to-somebody-else"})
	fmt.Println(err)
	id, err := c.VerifyIDToken(context.Background(), raw, kakao.IDTokenOptions{Nonce: nonce})
	fmt.Println(id.Nickname, err)
	// Output:
	// kakao: id token refused: wrong nonce
	// 라이언 <nil>
}

// What Kakao's codes mean, for the three readers of an error.
func ExampleError() {
	c, emu := newKakao()
	defer emu.Close()
	_, err := c.Exchange(context.Background(), kakao.ExchangeRequest{Code: "used-before", RedirectURI: callback, CodeVerifier: verifier})

	fmt.Println(errors.Is(err, kakao.ErrCodeInvalid)) // the program
	var e *kakao.Error
	if errors.As(err, &e) {
		entry, _ := e.Entry()
		fmt.Println(entry.ForUser.Ko) // the person
	}
	fmt.Println(err) // the operator
	// Output:
	// true
	// 로그인을 마치지 못했어요. 다시 로그인해 주세요.
	// kakao: token: status 400: KOE320 (The authorization code is used, expired or unknown.): authorization code used or expired
}
