package appletest

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

// tokenBody is the answer of the token endpoint.
type tokenBody struct {
	Access  string `json:"access_token"`
	Type    string `json:"token_type"`
	Expires int    `json:"expires_in"`
	Refresh string `json:"refresh_token,omitempty"`
	ID      string `json:"id_token,omitempty"`
}

// onlyPost refuses a request that is no POST or has parameters in its address; nil if there is nothing to refuse.
func onlyPost(c *emulator.Call) *emulator.Answer {
	var a emulator.Answer
	switch {
	case c.R.Method != http.MethodPost:
		a = emulator.OAuthError(http.StatusMethodNotAllowed, "invalid_request", "", emulator.WhyPostOnly)
		a.Header.Set("Allow", http.MethodPost)
	case c.R.URL.RawQuery != "":
		a = emulator.OAuthError(http.StatusBadRequest, "invalid_request", "", emulator.WhyInBody)
	default:
		return nil
	}
	return &a
}

func (s *Server) token(c *emulator.Call) emulator.Answer {
	if refused := onlyPost(c); refused != nil {
		return *refused
	}
	client, refused := s.authenticate(c)
	if refused != nil {
		return *refused
	}
	switch c.Get("grant_type") {
	case "authorization_code":
		return s.exchange(c, client)
	case "refresh_token":
		return s.refresh(c, client)
	case "client_credentials":
		if c.Get("scope") != "user.migration" {
			return emulator.OAuthError(http.StatusBadRequest, "invalid_scope", "", emulator.Text{
				"scope는 user.migration이어야 합니다", "scope must be user.migration",
			})
		}
		return emulator.JSON(http.StatusOK, tokenBody{
			Access: "a" + s.w.access.Put("user.migration"), Type: "Bearer", Expires: int(accessLife / time.Second),
		})
	}
	return emulator.OAuthError(http.StatusBadRequest, "unsupported_grant_type", "", emulator.WhyGrantType)
}

func (s *Server) exchange(c *emulator.Call, client *Client) emulator.Answer {
	key, _ := strings.CutPrefix(c.Get("code"), "c")
	cd, ok := s.w.codes.Get(key)
	var why emulator.Text
	switch {
	case !ok:
		why = emulator.Text{"모르는 코드이거나 5분이 지났습니다", "the code is unknown or older than five minutes"}
	case cd.used:
		why = emulator.WhyUsed
	case cd.client != client.ID:
		why = emulator.Text{
			"다른 client_id의 코드입니다. Services ID와 번들 ID는 서로 다른 클라이언트입니다",
			"the code was issued to another client_id: Services ID and bundle id are different clients",
		}
	case !cd.native && c.Get("redirect_uri") != cd.redirect:
		why = emulator.WhyRedirect
	case s.w.links[cd.account] == nil || s.w.account(cd.account) == nil:
		why = emulator.Text{"사용자가 앱 사용을 중단했습니다", "the user has stopped using the app"}
	}
	if ok {
		cd.used = true
		c.Entry.Account = cd.account
	}
	if !why.IsZero() {
		return emulator.OAuthError(http.StatusBadRequest, "invalid_grant",
			"The code has expired or has been revoked.", why)
	}
	g := &grant{account: cd.account, client: client.ID, native: cd.native, refreshed: s.core.Time()}
	access := "a" + s.core.Random(24)
	return emulator.JSON(http.StatusOK, tokenBody{
		Access: access, Type: "Bearer", Expires: int(accessLife / time.Second), Refresh: "r" + s.w.grants.Put(g),
		ID: s.idToken(c, s.w.account(cd.account), idClaims{
			client: client.ID, nonce: cd.nonce, native: cd.native, access: access,
		}),
	})
}

// refresh answers without a refresh token, as Apple does, and at most once a day.
func (s *Server) refresh(c *emulator.Call, client *Client) emulator.Answer {
	key, _ := strings.CutPrefix(c.Get("refresh_token"), "r")
	g, ok := s.w.grants.Get(key)
	switch {
	case !ok || g.dead || s.w.account(g.account) == nil:
		return emulator.OAuthError(http.StatusBadRequest, "invalid_grant", "The token has expired or has been revoked.",
			emulator.Text{
				"모르는 리프레시 토큰이거나, 사용자가 앱 사용을 중단했습니다",
				"the refresh token is unknown, or the user has stopped using the app",
			})
	case g.client != client.ID:
		return emulator.OAuthError(http.StatusBadRequest, "invalid_grant", "client_id mismatch.",
			emulator.Text{"다른 client_id의 리프레시 토큰입니다", "the refresh token was issued to another client_id"})
	case s.core.Time().Sub(g.refreshed) < refreshPause:
		c.Entry.Account = g.account
		return emulator.OAuthError(http.StatusTooManyRequests, "invalid_request", "",
			emulator.Text{"리프레시 토큰은 하루에 한 번만 확인할 수 있습니다", "a refresh token may be validated once a day"})
	}
	g.refreshed = s.core.Time()
	c.Entry.Account = g.account
	access := "a" + s.core.Random(24)
	return emulator.JSON(http.StatusOK, tokenBody{
		Access: access, Type: "Bearer", Expires: int(accessLife / time.Second),
		ID: s.idToken(c, s.w.account(g.account), idClaims{client: client.ID, native: g.native, access: access}),
	})
}

// revoke answers 200 with an empty body to any token.
func (s *Server) revoke(c *emulator.Call) emulator.Answer {
	if refused := onlyPost(c); refused != nil {
		return *refused
	}
	client, refused := s.authenticate(c)
	if refused != nil {
		return *refused
	}
	a := emulator.Answer{Status: http.StatusOK, Header: http.Header{}}
	key, _ := strings.CutPrefix(c.Get("token"), "r")
	g, ok := s.w.grants.Get(key)
	switch {
	case !ok || g.dead:
		a.Why = emulator.WhyNothing
	case g.client != client.ID:
		a.Why = emulator.Text{
			"다른 client_id의 토큰이라 바뀐 것이 없습니다", "the token was issued to another client_id; nothing has changed",
		}
	default:
		c.Entry.Account = g.account
		s.w.endClient(g.account, client.ID)
	}
	return a
}

// migrate answers /auth/usermigrationinfo for both teams: a subject becomes a transfer identifier, and that the subject
// of the new team.
func (s *Server) migrate(c *emulator.Call) emulator.Answer {
	if refused := onlyPost(c); refused != nil {
		return *refused
	}
	if _, refused := s.authenticate(c); refused != nil {
		return *refused
	}
	key, _ := strings.CutPrefix(c.Bearer(), "a")
	if _, ok := s.w.access.Get(key); !ok {
		return emulator.OAuthError(http.StatusBadRequest, "invalid_request", "",
			emulator.Text{"액세스 토큰에 scope user.migration이 없습니다", "the access token has no scope user.migration"})
	}
	team := s.w.team.TeamID
	for _, a := range s.w.accounts {
		switch {
		case c.Get("sub") != "" && c.Get("sub") == subject(team, a.ID) && tenCharacters.MatchString(c.Get("target")):
			return emulator.JSON(http.StatusOK, map[string]string{
				"transfer_sub": transferSubject(team, c.Get("target"), a.ID),
			})
		case c.Get("transfer_sub") != "" && c.Get("transfer_sub") == s.w.transferOf(a.ID, s.core.Time()):
			email, private := s.w.email(a, s.w.links[a.ID])
			body := map[string]any{"sub": subject(team, a.ID)}
			if email != "" {
				body["email"], body["is_private_email"] = email, private
			}
			return emulator.JSON(http.StatusOK, body)
		}
	}
	return emulator.OAuthError(http.StatusBadRequest, "invalid_request", "",
		emulator.Text{
			"sub와 target, 또는 이전한 지 60일 안의 transfer_sub로 사용자를 찾을 수 없습니다",
			"sub and target, or transfer_sub within 60 days after the transfer, name no user",
		})
}

// transferOf is the transfer identifier of an account within 60 days after a transfer, else "".
func (w *world) transferOf(account string, now time.Time) string {
	if w.from == "" || now.Sub(w.transferred) > transferLife {
		return ""
	}
	return transferSubject(w.from, w.team.TeamID, account)
}

// idClaims is what an ID token has beyond the account's claims. Its access token or code is hashed into it, as seen in
// Apple's (OpenID Connect Core sections 3.1.3.6 and 3.3.2.11).
type idClaims struct {
	client, nonce, access, code string
	native                      bool
}

// halfHash is the left half of a SHA-256 hash.
func halfHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:sha256.Size/2])
}

// idToken signs an ID token about an account.
func (s *Server) idToken(c *emulator.Call, a *Account, of idClaims) string {
	now := s.core.Time()
	claims := map[string]any{
		"iss": Issuer, "aud": of.client, "sub": subject(s.w.team.TeamID, a.ID), "iat": now.Unix(),
		"exp": now.Add(idTokenLife).Unix(), "auth_time": now.Unix(), "nonce_supported": true,
	}
	for name, value := range map[string]string{"at_hash": of.access, "c_hash": of.code} {
		if value != "" {
			claims[name] = halfHash(value)
		}
	}
	if of.nonce != "" {
		claims["nonce"] = of.nonce
	}
	if email, private := s.w.email(a, s.w.links[a.ID]); email != "" {
		claims["email"], claims["email_verified"] = email, s.boolean(!a.Unverified)
		if private {
			claims["is_private_email"] = s.boolean(true)
		}
	}
	if of.native {
		claims["real_user_status"] = 2
	}
	if id := s.w.transferOf(a.ID, now); id != "" {
		claims["transfer_sub"] = id
	}
	header := map[string]any{"typ": nil}
	if c != nil {
		header, claims = c.Changed(header, claims)
	}
	return signingKey().Sign(header, claims)
}

// boolean is a flag as text or as a boolean.
func (s *Server) boolean(b bool) any {
	switch {
	case s.w.team.PlainBooleans:
		return b
	case b:
		return "true"
	}
	return "false"
}

// NativeSignIn is a sign-in in an app, by Apple's SDK.
type NativeSignIn struct {
	Account  string `json:"account"`   // default the team's AutoPersona
	ClientID string `json:"client_id"` // default the first bundle id
	Nonce    string `json:"nonce"`     // as the app hands it to the SDK: commonly the SHA-256 of the service's nonce
	NoScopes bool   `json:"no_scopes"` // asks for neither name nor address
}

// NativeTokens are what the SDK gives to an app.
type NativeTokens struct {
	IDToken string `json:"id_token"`
	Code    string `json:"code"`
	User    string `json:"user,omitempty"` // only at the first sign-in; as in the callback of the web
}

// Native signs an account in as an app does.
func (s *Server) Native(n NativeSignIn) (t NativeTokens, err error) {
	s.core.Locked(func() {
		if n.Account == "" {
			n.Account = s.w.team.AutoPersona
		}
		if n.ClientID == "" {
			n.ClientID = s.w.team.BundleID()
		}
		a := s.w.account(n.Account)
		client := s.w.team.client(n.ClientID)
		if a == nil || client == nil || !client.App {
			err = errNoLink
			return
		}
		trip := &trip{client: client.ID, nonce: n.Nonce, account: a.ID}
		if !n.NoScopes {
			trip.scopes = []string{"name", "email"}
		}
		t.User = site{s}.join(trip, a.HideEmail)
		t.Code = "c" + s.w.codes.Put(&code{trip: *trip, native: true})
		t.IDToken = s.idToken(nil, a, idClaims{client: client.ID, nonce: n.Nonce, code: t.Code, native: true})
	})
	return t, err
}
