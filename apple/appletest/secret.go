package appletest

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

// authenticate checks client id and client secret of a call, or returns the answer that refuses it.
func (s *Server) authenticate(c *emulator.Call) (client *Client, refused *emulator.Answer) {
	client = s.w.team.client(c.Get("client_id"))
	why := ""
	switch {
	case client == nil:
		why = "client_id is not one of the team's"
	case c.R.Header.Get("Authorization") != "" && c.Get("client_secret") == "":
		why = "client_secret must be in the form, not in the Authorization header"
	default:
		why = s.checkSecret(c.Get("client_secret"), client.ID)
	}
	if why == "" {
		return client, nil
	}
	a := emulator.OAuthError(http.StatusBadRequest, "invalid_client", "", why)
	return nil, &a
}

// checkSecret says what is wrong with a client secret; "" if nothing is.
func (s *Server) checkSecret(secret, client string) (why string) {
	parts := strings.Split(secret, ".")
	if len(parts) != 3 {
		return "client_secret is no JWT"
	}
	var header struct{ Alg, Kid string }
	var claims struct {
		Iss, Sub string
		Aud      audience
		Iat, Exp int64
	}
	if !decodePart(parts[0], &header) || !decodePart(parts[1], &claims) {
		return "client_secret is no JWT, or a claim has the wrong type"
	}
	signature, err := base64.RawURLEncoding.Strict().DecodeString(parts[2])
	key, badKey := publicKey(s.w.team.PrivateKey)
	now := s.core.Time()
	issued, ends := time.Unix(claims.Iat, 0), time.Unix(claims.Exp, 0)
	switch {
	case header.Alg != "ES256":
		return "alg must be ES256"
	case header.Kid != s.w.team.KeyID:
		return "kid is not the team's key id"
	case claims.Iss != s.w.team.TeamID:
		return "iss is not the Team ID"
	case !slices.Contains(claims.Aud, Issuer):
		return "aud must be " + Issuer
	case claims.Sub != client:
		return "sub is not the client_id of the call; it is case-sensitive"
	case claims.Iat == 0 || claims.Exp == 0:
		return "iat or exp is missing"
	case issued.After(now.Add(clockSkew)):
		return "iat is in the future"
	case !now.Before(ends):
		return "the client secret has expired"
	case ends.Sub(issued) > secretLife || ends.Sub(now) > secretLife:
		return "exp is more than 15777000 seconds, about six months, after iat"
	case err != nil || badKey != nil || len(signature) != 64:
		return "the signature is not r and s one after the other, 64 bytes; ASN.1 is refused"
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if !ecdsa.Verify(key, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		return "the signature does not fit the key"
	}
	return ""
}

// audience is aud: a text, or an array of texts (RFC 7519 section 4.1.3), which arctic sends.
type audience []string

// UnmarshalJSON reads both forms.
func (a *audience) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(a))
}

func decodePart(text string, v any) bool {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	return err == nil && json.Unmarshal(b, v) == nil
}
