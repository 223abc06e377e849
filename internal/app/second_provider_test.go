package app_test

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/provider"
)

// pear is a provider that differs from Kakao in everything that providers differ in, with its emulator: it POSTs its
// callback, has text subjects and no user-info endpoint, sends the name once and unsigned, cannot prove when the user
// signed in, wants an ID token to sign out, and a token to unlink.
type pear struct {
	url string
	key *ecdsa.PrivateKey
	now func() time.Time

	mu      sync.Mutex
	codes   map[string]pearCode
	tokens  map[string]string // refresh token to subject
	named   map[string]bool   // subjects whose name was sent
	revoked []string
	away    map[string]int // number of 503 responses still to send, by path
	hint    string         // of the last sign-out
}

type pearCode struct{ subject, nonce, challenge string }

const pearClient, pearSecret = "pear.client", "pear-secret"

var (
	_ provider.Provider         = (*pear)(nil)
	_ provider.UnsignedProfiler = (*pear)(nil)
	_ provider.Unlinker         = (*pear)(nil)
	_ provider.SignOuter        = (*pear)(nil)
	_ provider.Notifier         = (*pear)(nil)
)

func newPear(t testing.TB, now func() time.Time) *pear {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &pear{
		key: key, now: now, codes: map[string]pearCode{}, tokens: map[string]string{}, named: map[string]bool{},
		away: map[string]int{},
	}
	srv := httptest.NewServer(p)
	t.Cleanup(srv.Close)
	p.url = srv.URL
	return p
}

func (p *pear) Info() provider.Info {
	return provider.Info{
		Name: "pear", Namespace: "TEAM123", CallbackMethod: "POST", UnlinkNeedsToken: true,
		SignOutHint: true,
		Label:       i18n.Text{Ko: "페어", En: "Pear"}, Account: i18n.Text{Ko: "페어 계정", En: "Pear account"},
		Button: provider.Button{
			Text:       i18n.Text{Ko: "페어로 로그인", En: "Sign in with Pear"},
			Background: "#000000",
			Color:      "#ffffff",
		},
		FormOrigins: []string{p.url},
	}
}

func (p *pear) AuthorizeURL(r provider.Request) (string, error) {
	if r.Intent == provider.Silent || r.Intent == provider.AskConsent || len(r.Scope) > 0 {
		return "", provider.ErrIntent
	}
	return p.url + "/authorize?" + url.Values{
		"client_id": {pearClient}, "redirect_uri": {r.RedirectURI}, "state": {r.State}, "nonce": {r.Nonce},
		"code_challenge": {r.Challenge}, "response_mode": {"form_post"}, "login_hint": {r.LoginHint},
	}.Encode(), nil
}

func (*pear) UnsignedProfile(params url.Values) (account.Profile, bool) {
	var user struct{ Name string }
	if json.Unmarshal([]byte(params.Get("user")), &user) != nil || user.Name == "" {
		return account.Profile{}, false
	}
	return account.Profile{Nickname: account.CleanText(user.Name, account.MaxNickname)}, true
}

func (p *pear) fail(kind provider.Kind, err error) error {
	return &provider.Error{Provider: "pear", Kind: kind, Err: err}
}

func (p *pear) Complete(ctx context.Context, c provider.Callback) (*provider.Result, error) {
	if c.Params.Get("error") == "user_cancelled_authorize" {
		return nil, p.fail(provider.Cancelled, errors.New("cancelled"))
	}
	if c.State != c.Params.Get("state") {
		return nil, p.fail(provider.InvalidAnswer, errors.New("the adapter does not get the state"))
	}
	var t struct {
		Refresh string `json:"refresh_token"`
		ID      string `json:"id_token"`
		Expires string `json:"expires_in"` // text, as Naver sends it
	}
	if err := p.call(ctx, "/token", url.Values{"code": {c.Params.Get("code")}, "code_verifier": {c.Verifier}},
		&t); err != nil {
		return nil, err
	}
	claims, err := p.verify(t.ID)
	if err != nil || claims.Nonce != c.Nonce || claims.Aud != pearClient {
		return nil, p.fail(provider.InvalidAnswer, fmt.Errorf("id token: %v", err))
	}
	return &provider.Result{
		Session: "sid-1",
		Key:     account.Key{Provider: "pear", Namespace: "TEAM123", Subject: claims.Sub},
		Profile: account.Profile{Nickname: c.Unsigned.Nickname, Email: claims.Email, EmailState: account.EmailVerified},
		Tokens: &provider.Tokens{
			Refresh: provider.Secret(
				t.Refresh,
			), ID: provider.Secret(t.ID), ClientID: pearClient, AccessExpiresAt: p.now().Add(time.Hour),
		},
	}, nil
}

func (p *pear) SignOutURL(r provider.SignOutRequest) string {
	return p.url + "/logout?" + url.Values{"state": {r.State}, "id_token_hint": {r.IDTokenHint.Reveal()}}.Encode()
}

func (p *pear) Unlink(ctx context.Context, r provider.UnlinkRequest) (provider.UnlinkResult, error) {
	for _, t := range r.Tokens {
		if t.ClientID == pearClient {
			return provider.Unlinked, p.call(ctx, "/revoke", url.Values{"token": {t.Refresh.Reveal()}}, nil)
		}
	}
	return provider.NoToken, nil
}

// ReadNotice reads an unsigned notice: the tests are the only sender.
func (p *pear) ReadNotice(hook string, r *http.Request) (*provider.Notice, bool, error) {
	var n struct {
		ID, Sub, Session string
		Change           provider.Change
		Hijacked         bool
	}
	if err := json.NewDecoder(r.Body).Decode(&n); err != nil {
		return nil, true, err
	}
	return &provider.Notice{
		ID: n.ID, Key: account.Key{Provider: "pear", Namespace: "TEAM123", Subject: n.Sub},
		Changes: []provider.Change{n.Change},
		Session: n.Session, HighSeverity: n.Hijacked, What: "PEAR_NOTICE",
	}, hook == "events", nil
}

func (*pear) AcceptNotice(_ string, w http.ResponseWriter) { w.WriteHeader(http.StatusNoContent) }

func (*pear) RefuseNotice(w http.ResponseWriter, _ error) { w.WriteHeader(http.StatusBadRequest) }

// call posts a form to the emulator.
func (p *pear) call(ctx context.Context, path string, form url.Values, into any) error {
	form.Set("client_id", pearClient)
	form.Set("client_secret", pearSecret)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		return p.fail(provider.Misconfigured, err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		return p.fail(provider.Unavailable, err)
	}
	defer a.Body.Close()
	switch {
	case a.StatusCode == http.StatusServiceUnavailable:
		return p.fail(provider.Unavailable, errors.New(a.Status))
	case a.StatusCode != http.StatusOK:
		return p.fail(provider.CodeSpent, errors.New(a.Status))
	case into == nil:
		return nil
	}
	if err := json.NewDecoder(a.Body).Decode(into); err != nil {
		return p.fail(provider.InvalidAnswer, err)
	}
	return nil
}

type pearClaims struct{ Sub, Aud, Nonce, Email string }

func (p *pear) sign(c pearClaims) string {
	b64 := base64.RawURLEncoding.EncodeToString
	raw, _ := json.Marshal(c)
	signed := b64([]byte(`{"alg":"ES256"}`)) + "." + b64(raw)
	sum := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, p.key, sum[:])
	if err != nil {
		panic(err)
	}
	return signed + "." + b64(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
}

func (p *pear) verify(token string) (c pearClaims, err error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return c, errors.New("not a JWT")
	}
	sig, err := base64.RawURLEncoding.DecodeString(parts[2])
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err != nil || len(sig) != 64 ||
		!ecdsa.Verify(&p.key.PublicKey, sum[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])) {
		return c, errors.New("bad signature")
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal(raw, &c)
}

// ServeHTTP is the emulator. The authorize page answers with the form that a browser would submit by itself.
func (p *pear) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.away[r.URL.Path] > 0 {
		p.away[r.URL.Path]--
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	q := r.URL.Query()
	switch r.URL.Path {
	case "/authorize":
		subject := cmp.Or(q.Get("login_hint"), "000123.abc.def")
		code := fmt.Sprint("code ", len(p.codes))
		p.codes[code] = pearCode{subject, q.Get("nonce"), q.Get("code_challenge")}
		form := url.Values{"code": {code}, "state": {q.Get("state")}}
		if !p.named[subject] {
			p.named[subject] = true
			form.Set("user", `{"name":"배나무"}`)
		}
		_, _ = w.Write([]byte(form.Encode()))
	case "/token":
		p.exchange(w, r)
	case "/revoke":
		p.revoked = append(p.revoked, p.tokens[r.PostFormValue("token")])
	case "/logout":
		p.hint = q.Get("id_token_hint")
	}
}

func (p *pear) exchange(w http.ResponseWriter, r *http.Request) {
	c, ok := p.codes[r.PostFormValue("code")]
	delete(p.codes, r.PostFormValue("code"))
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !ok || c.challenge != base64.RawURLEncoding.EncodeToString(sum[:]) ||
		r.PostFormValue("client_secret") != pearSecret {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	refresh := rand.Text()
	p.tokens[refresh] = c.subject
	_ = json.NewEncoder(w).Encode(map[string]string{
		"refresh_token": refresh, "expires_in": "3600",
		"id_token": p.sign(pearClaims{Sub: c.subject, Aud: pearClient, Nonce: c.nonce, Email: "pear@example.test"}),
	})
}

// back is the browser's way back from the authorize page: the cross-site POST and the redirect that follows it.
func (b *browser) backFromPear(address string) answer {
	b.w.t.Helper()
	form := b.get(address).body
	u, err := url.Parse(address)
	if err != nil {
		b.w.t.Fatal(err)
	}
	// SameSite=Lax cookies do not come with a cross-site POST.
	stranger := b.w.browser()
	r := stranger.request("POST", u.Query().Get("redirect_uri"), strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	r.Header.Set("Origin", b.w.srv.URL[:8]+"pear.example.test")
	a := stranger.do(r)
	if a.StatusCode != http.StatusSeeOther || len(a.Cookies()) != 0 {
		b.w.t.Fatalf("callback: %s with %d cookies: %s", a.Status, len(a.Cookies()), a.body)
	}
	return b.kept(a.Header.Get("Location"))
}

// kept follows the GET step of a callback, which is repeated once the browser keeps what the provider sends once.
func (b *browser) kept(step string) answer {
	b.w.t.Helper()
	a := b.get(step)
	if to := a.Header.Get("Location"); strings.Contains(to, "&kept=1") {
		if b.cookie(sessionCookie+"-profile") == "" {
			b.w.t.Error("the step is repeated without the profile in the browser")
		}
		return b.get(to)
	}
	return a
}

// signInWithPear runs a whole sign-in and returns the response of the callback.
func (b *browser) signInWithPear(hint string) answer {
	b.w.t.Helper()
	a := b.get("/oauth/pear?return_to=%2Fhello&login_hint=" + url.QueryEscape(hint))
	if a.StatusCode != http.StatusSeeOther {
		b.w.t.Fatalf("start: %s %s", a.Status, a.body)
	}
	return b.backFromPear(a.Header.Get("Location"))
}
