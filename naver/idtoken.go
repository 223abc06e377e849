package naver

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/oauthclient"
)

// checkIDToken checks issuer, audience and time of an ID token that came from the token endpoint over TLS, which
// replaces the signature check (OpenID Connect Core 3.1.3.7, item 6). No claim of it is used: the user is identified
// by the profile, because Naver documents neither the claims nor that sub equals the profile's id.
func (c *Client) checkIDToken(token Secret) error {
	parts := strings.Split(token.Reveal(), ".")
	if len(parts) != 3 {
		return errors.New("not a JWT")
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return errors.New("not a JWT")
	}
	o, err := oauthclient.ParseObject(raw)
	if err != nil {
		return err
	}
	exp, err := strconv.ParseInt(o.Text("exp"), 10, 64)
	switch {
	case o.Text("iss") != c.cfg.Issuer:
		return errors.New("iss is not Naver's")
	case !audience(o["aud"], c.cfg.ClientID):
		return errors.New("aud is another application")
	case err != nil || c.cfg.Now().Add(-DefaultLeeway).After(time.Unix(exp, 0)):
		return errors.New("expired")
	case o.Text("sub") == "":
		return errors.New("missing sub")
	}
	return nil
}

// audience reports whether aud names exactly one application, the given one.
func audience(value json.RawMessage, client string) bool {
	var one string
	if json.Unmarshal(value, &one) == nil {
		return one == client
	}
	var list []string
	return json.Unmarshal(value, &list) == nil && len(list) == 1 && list[0] == client
}
