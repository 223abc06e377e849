package kakaotest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/norang-login/norang/kakao/koe"
)

const jsonType = "application/json;charset=UTF-8"

// jsonAnswer encodes v as Kakao does, without escaping non-ASCII characters, <, > and &.
func jsonAnswer(status int, v any) answer {
	return answer{
		status: status,
		header: http.Header{"Content-Type": {jsonType}, "Cache-Control": {"no-store"}},
		body:   encodeJSON(v),
	}
}

func encodeJSON(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("kakaotest: " + err.Error()) // our own structs always encode
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// kauthError is the body of a kauth error.
type kauthError struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
	Code        string `json:"error_code"`
}

// kauthFail is an error of the token endpoint. An empty description means the usual one.
func kauthFail(code, description string) answer {
	k := koeAnswer(code)
	if description == "" {
		description = k.description
	}
	a := jsonAnswer(k.status, kauthError{k.oauth, description, code})
	a.code, a.message = code, description
	return a
}

// koeShape is how kauth reports a code as JSON.
type koeShape struct {
	status      int
	oauth       string
	description string
}

// koeAnswer returns the shape of a code from the shared table. Values that Kakao has not confirmed are listed in
// docs/emulator.md.
func koeAnswer(code string) koeShape {
	e, _ := koe.Lookup(code)
	s := koeShape{e.Status, e.OAuthError, e.Message}
	switch { // not confirmed
	case s.status != 0:
	case code == "KOE127":
		s.status = http.StatusUnauthorized
	case code == "KOE237":
		s.status = http.StatusTooManyRequests
	case code == "KOE003":
		s.status = http.StatusInternalServerError
	default:
		s.status = http.StatusBadRequest
	}
	switch { // not confirmed
	case s.oauth != "":
	case code == "KOE012", code == "KOE126":
		s.oauth = "misconfigured"
	case code == "KOE114", code == "KOE127":
		s.oauth = "invalid_client"
	default:
		s.oauth = "invalid_request"
	}
	if s.description == "" {
		s.description = e.Cause.En
	}
	return s
}

// kapiError is the body of a kapi error. The last three members belong to -402.
type kapiError struct {
	Msg            string   `json:"msg"`
	Code           int      `json:"code"`
	APIType        string   `json:"api_type,omitempty"`
	RequiredScopes []string `json:"required_scopes,omitempty"`
	AllowedScopes  []string `json:"allowed_scopes,omitempty"`
}

// kapiStatus is the HTTP status of a kapi code.
func kapiStatus(code int) int {
	if e, ok := koe.Lookup(strconv.Itoa(code)); ok && e.Status != 0 {
		return e.Status
	}
	return http.StatusBadRequest
}

// kapiFail is a kapi error. With 401, WWW-Authenticate names the scheme of the request.
func (c *call) kapiFail(code int, msg string) answer {
	return c.kapiError(kapiError{Msg: msg, Code: code})
}

func (c *call) kapiError(e kapiError) answer {
	a := jsonAnswer(kapiStatus(e.Code), e)
	if a.status == http.StatusUnauthorized {
		scheme := "Bearer"
		if c.entry.Auth == "KakaoAK" {
			scheme = "KakaoAK"
		}
		a.header.Set("WWW-Authenticate", scheme+" error=invalid_token")
	}
	a.code, a.message = strconv.Itoa(e.Code), e.Msg
	return a
}

// redirect is a 302, Kakao's status for every redirect.
func redirect(to string) answer {
	return answer{status: http.StatusFound, header: http.Header{"Location": {to}, "Cache-Control": {"no-store"}}}
}

// withQuery adds parameters to a redirect URI, which may have a query already.
func withQuery(base string, pairs ...string) string {
	u, err := url.Parse(base)
	if err != nil {
		return base
	}
	q := u.RawQuery
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			continue
		}
		if q != "" {
			q += "&"
		}
		q += url.QueryEscape(pairs[i]) + "=" + strings.ReplaceAll(url.QueryEscape(pairs[i+1]), "+", "%20")
	}
	u.RawQuery = q
	return u.String()
}
