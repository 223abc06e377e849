package linetest

import (
	"net/http"
	"slices"

	"github.com/norang-login/norang/internal/emulator"
)

// NativeTokens are what one of LINE's SDKs gives to an app.
type NativeTokens struct {
	ID     string `json:"id_token"` // signed ES256
	Access string `json:"access_token"`
}

// NativeTokens logs an account in as an SDK does, with the scopes profile, openid and email as far as the account and
// the channel allow. The nonce goes into the ID token; "" for none. The changes of claims replace claims of the ID
// token.
func (s *Server) NativeTokens(account, nonce string, changes ...map[string]any) (out NativeTokens, err error) {
	s.core.Locked(func() { out, err = api{s}.nativeTokens(account, nonce, changes) })
	return out, err
}

func (s api) nativeTokens(account, nonce string, changes []map[string]any) (NativeTokens, error) {
	a := s.account(account)
	if a == nil {
		return NativeTokens{}, emulator.UnknownAccount(account, s.ids())
	}
	t := &trip{account: a.ID, nonce: nonce, scope: slices.Clone(scopes), maxAge: -1}
	if s.channel.NoEmail {
		t.scope = t.scope[:2]
	}
	if pages := web(s); pages.asks(t, a.ID) {
		pages.agree(t, !a.Declines)
	}
	claims := s.claims(t)
	for _, change := range changes {
		for name, value := range change {
			claims[name] = value
		}
	}
	id := nativeKey().Sign(nil, claims)
	s.tables.native.PutAs(id, true)
	return NativeTokens{ID: id, Access: s.newPair(a.ID, []string{"profile", "openid"}).access}, nil
}

// nativeKey signs the ID tokens of the SDKs; web logins have none of the published keys.
func nativeKey() *emulator.Key { return emulator.ECKey("line/1") }

func (s api) certs(*emulator.Call) emulator.Answer {
	return emulator.JSON(http.StatusOK, emulator.KeySet(nativeKey(), emulator.ECKey("line/2")))
}

// drawing is an account's picture.
func (s api) drawing(c *emulator.Call) emulator.Answer {
	const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96">` +
		`<rect width="96" height="96" fill="#06c755"/><circle cx="48" cy="38" r="16" fill="#fff"/>` +
		`<path d="M16 92a32 32 0 0 1 64 0z" fill="#fff"/></svg>`
	if a := s.account(c.R.PathValue("account")); a == nil || !a.Picture {
		return emulator.Answer{Status: http.StatusNotFound, Header: http.Header{}}
	}
	return emulator.Answer{
		Status: http.StatusOK, Body: []byte(svg), Header: http.Header{"Content-Type": {"image/svg+xml"}},
	}
}
