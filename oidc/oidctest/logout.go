package oidctest

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

// logout is the end_session_endpoint (OpenID Connect RP-Initiated Logout 1.0). With a hint it signs out at once;
// without one it asks, as Keycloak does.
func (c browserCall) logout() emulator.Answer {
	if c.R.Method == http.MethodPost && c.Get("tx") != "" {
		t, ok := c.w.pages.Take(c.Get("tx"))
		if !ok || !t.signOut {
			return c.errorPage(errorLost)
		}
		return c.signedOut(t.redirect, t.state)
	}
	to, hint := c.Get("post_logout_redirect_uri"), c.Get("id_token_hint")
	client := c.Get("client_id")
	if hint != "" {
		aud, ok := c.w.hinted(hint)
		if !ok || client != "" && client != aud {
			return c.errorPage(errorHint)
		}
		client = aud
	}
	switch {
	case to != "" && client != c.w.app.ClientID:
		return c.errorPage(errorClient)
	case to != "" && !slices.Contains(c.w.app.PostLogoutRedirectURIs, to):
		return c.WrongAddress(textBanner, textError, errorPostLogout, to, c.w.app.PostLogoutRedirectURIs,
			"register-sign-out")
	case hint != "":
		return c.signedOut(to, c.Get("state"))
	}
	tx := c.keep(&trip{redirect: to, state: c.Get("state"), signOut: true})
	return c.Page(http.StatusOK, emulator.Page{
		Banner: textBanner, Title: textSignOut, Paragraphs: []emulator.Text{textReally}, Keep: tx,
		Forms: []emulator.Form{{Action: "/logout", Hidden: tx, Buttons: []emulator.Button{
			{Name: "action", Value: "yes", Label: textSignOut, Primary: true},
		}}},
	})
}

// hinted returns the audience of an ID token that this provider issued, also of an expired one.
func (w *world) hinted(token string) (string, bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || !w.signed(token) {
		return "", false
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims map[string]any
	if err != nil || json.Unmarshal(raw, &claims) != nil {
		return "", false
	}
	aud, _ := claims["aud"].(string)
	ours := append([]string{w.app.ClientID}, w.app.NativeClientIDs...)
	return aud, claims["iss"] == w.issuer(nil) && slices.Contains(ours, aud)
}

// signed reports whether this provider signed an ID token, with any key since the start or with the client secret.
func (w *world) signed(token string) bool {
	if parts := strings.SplitN(token, ".", 3); w.app.Algorithm == "HS256" && len(parts) == 3 {
		mac := hmac.New(sha256.New, []byte(w.app.ClientSecret))
		mac.Write([]byte(parts[0] + "." + parts[1]))
		return parts[2] == base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
	}
	for generation := 1; generation <= w.keys; generation++ {
		if name := w.keyName(generation); emulator.RSAKey(name).Verify(token) || emulator.ECKey(name).Verify(token) {
			return true
		}
	}
	return false
}

// signedOut ends the browser's session and returns to the service.
func (c browserCall) signedOut(to, state string) emulator.Answer {
	if s := c.session(); s != nil {
		ck, _ := c.R.Cookie(sessionCookie) // session has read it
		c.w.sessions.Delete(ck.Value)
		c.w.end(func(g *grant) bool { return g.sid == s.sid && !g.offline })
		c.Entry.Account = s.account
	}
	if to == "" {
		return c.Page(http.StatusOK, emulator.Page{Banner: textBanner, Title: textSignedOut})
	}
	return emulator.Redirect(to, values("state", state))
}

// LogoutSend says how to send a logout token by hand. The zero value sends one with sub and sid of the account's last
// session.
type LogoutSend struct {
	NoSubject bool `json:"no_subject"` // sid alone
	NoSession bool `json:"no_session"` // sub alone: all sessions
	// Claims and Header change the token; null removes a member. {"nonce": "x"} makes it one that must be refused.
	Claims map[string]any `json:"claims"`
	Header map[string]any `json:"header"`
	// Token is sent in its place.
	Token string `json:"token"`
}

// SendLogout sends a logout token about an account and waits for the answer. It ends nothing here.
func (s *Server) SendLogout(ctx context.Context, account string, how LogoutSend) Delivery {
	token, to := "", ""
	s.w.s.Locked(func() { token, to = s.w.logoutToken(account, "", how), s.w.app.BackChannelURL })
	return s.w.s.Post(ctx, Delivery{What: "logout_token", Account: account, URL: to}, "application/x-www-form-urlencoded",
		url.Values{"logout_token": {token}}.Encode(), http.StatusOK, http.StatusNoContent)
}

// SignOut ends the sessions of an account as its user does elsewhere, and sends a logout token for each. It returns how
// many ended.
func (s *Server) SignOut(ctx context.Context, account string) int {
	var sids []string
	s.w.s.Locked(func() {
		s.w.sessions.Each(func(_ string, v *session) bool {
			if v.account == account && !slices.Contains(sids, v.sid) {
				sids = append(sids, v.sid)
			}
			return true
		})
		s.w.sessions.DeleteFunc(func(v *session) bool { return v.account == account })
	})
	for _, sid := range sids {
		token, to := "", ""
		s.w.s.Locked(func() { token, to = s.w.logoutToken(account, sid, LogoutSend{}), s.w.app.BackChannelURL })
		s.w.s.Post(ctx, Delivery{What: "logout_token", Account: account, URL: to}, "application/x-www-form-urlencoded",
			url.Values{"logout_token": {token}}.Encode(), http.StatusOK, http.StatusNoContent)
	}
	return len(sids)
}

// logoutToken makes a logout token; sid is that of the account's last grant if it is "".
func (w *world) logoutToken(account, sid string, how LogoutSend) string {
	if how.Token != "" {
		return how.Token
	}
	if sid == "" {
		sid = w.lastSession(account)
	}
	claims := map[string]any{
		"iss": w.issuer(nil), "aud": w.app.ClientID, "iat": w.s.Time().Unix(), "jti": w.s.Random(12),
		"exp":    w.s.Time().Add(2 * time.Minute).Unix(),
		"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}},
	}
	if a := w.account(account); a != nil {
		claims["iss"] = w.issuer(a)
		if !how.NoSubject {
			claims["sub"] = w.subject(a, w.app.ClientID)
		}
	}
	if !how.NoSession && sid != "" {
		claims["sid"] = sid
	}
	header := map[string]any{"typ": "logout+jwt"}
	maps.Copy(header, how.Header)
	maps.Copy(claims, how.Claims)
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	return w.sign(header, claims)
}

// lastSession is the sid of an account's last grant.
func (w *world) lastSession(account string) (sid string) {
	w.access.Each(func(_ string, g *grant) bool {
		if g.account == account {
			sid = g.sid
		}
		return true
	})
	return sid
}
