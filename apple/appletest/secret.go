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
	var why emulator.Text
	switch {
	case client == nil:
		why = emulator.Text{"client_id가 팀의 것이 아닙니다", "client_id is not one of the team's"}
	case c.R.Header.Get("Authorization") != "" && c.Get("client_secret") == "":
		why = emulator.Text{
			"client_secret은 Authorization 헤더가 아니라 폼에 있어야 합니다",
			"client_secret must be in the form, not in the Authorization header",
		}
	default:
		why = s.checkSecret(c.Get("client_secret"), client.ID)
	}
	if why.IsZero() {
		return client, nil
	}
	a := emulator.OAuthError(http.StatusBadRequest, "invalid_client", "", why)
	return nil, &a
}

// checkSecret says what is wrong with a client secret; nothing if the text is empty.
func (s *Server) checkSecret(secret, client string) (why emulator.Text) {
	parts := strings.Split(secret, ".")
	if len(parts) != 3 {
		return emulator.Text{"client_secret이 JWT가 아닙니다", "client_secret is no JWT"}
	}
	var header struct{ Alg, Kid string }
	var claims struct {
		Iss, Sub string
		Aud      audience
		Iat, Exp int64
	}
	if !decodePart(parts[0], &header) || !decodePart(parts[1], &claims) {
		return emulator.Text{
			"client_secret이 JWT가 아니거나, 클레임의 종류가 다릅니다", "client_secret is no JWT, or a claim has the wrong type",
		}
	}
	signature, err := base64.RawURLEncoding.Strict().DecodeString(parts[2])
	key, badKey := publicKey(s.w.team.PrivateKey)
	now := s.core.Time()
	issued, ends := time.Unix(claims.Iat, 0), time.Unix(claims.Exp, 0)
	switch {
	case header.Alg != "ES256":
		return emulator.Text{"alg는 ES256이어야 합니다", "alg must be ES256"}
	case header.Kid != s.w.team.KeyID:
		return emulator.Text{"kid가 팀의 Key ID가 아닙니다", "kid is not the team's key id"}
	case claims.Iss != s.w.team.TeamID:
		return emulator.Text{"iss가 Team ID가 아닙니다", "iss is not the Team ID"}
	case !slices.Contains(claims.Aud, Issuer):
		return emulator.Textf("aud는 %s여야 합니다", "aud must be %s", Issuer)
	case claims.Sub != client:
		return emulator.Text{
			"sub가 요청의 client_id와 다릅니다. 대소문자도 같아야 합니다",
			"sub is not the client_id of the call; it is case-sensitive",
		}
	case claims.Iat == 0 || claims.Exp == 0:
		return emulator.Text{"iat나 exp가 없습니다", "iat or exp is missing"}
	case issued.After(now.Add(clockSkew)):
		return emulator.Text{"iat가 미래입니다", "iat is in the future"}
	case !now.Before(ends):
		return emulator.Text{"만료된 클라이언트 시크릿입니다", "the client secret has expired"}
	case ends.Sub(issued) > secretLife || ends.Sub(now) > secretLife:
		return emulator.Text{
			"exp가 iat보다 15777000초(약 6개월) 넘게 뒤입니다",
			"exp is more than 15777000 seconds, about six months, after iat",
		}
	case err != nil || badKey != nil || len(signature) != 64:
		return emulator.Text{
			"서명이 r과 s를 이은 64바이트가 아닙니다. ASN.1은 받지 않습니다",
			"the signature is not r and s one after the other, 64 bytes; ASN.1 is refused",
		}
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if !ecdsa.Verify(key, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		return emulator.Text{"서명이 키와 맞지 않습니다", "the signature does not fit the key"}
	}
	return emulator.Text{}
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
