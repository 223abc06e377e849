package kakao

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/oauthclient"
	"github.com/norang-login/norang/kakao/koe"
)

// NewTransport returns the default transport of a Client: 3 s to connect, 3 s for the TLS handshake, at most 64
// connections per host, response headers of at most 64 KiB. Wrap it for metrics and tracing.
func NewTransport() *http.Transport { return oauthclient.NewTransport() }

// call is a request to Kakao.
type call struct {
	op      string // API family, as in Error.Op
	host    *oauthclient.Host
	method  string
	path    string
	params  url.Values // query of a GET, form of a POST
	auth    string     // Authorization header, "" for none
	retry   bool       // the call is idempotent and may be retried
	userID  int64      // user that the response must be about, 0 for any
	secrets []Secret   // removed from Kakao's messages
	err     error      // invalid input: do not make the call
}

// do makes the call and returns the body of a successful response with JSON. The error is an *Error.
func (c *Client) do(ctx context.Context, call call) ([]byte, error) {
	if call.err != nil {
		return nil, call.err
	}
	return c.calls.Body(ctx, oauthclient.Call{
		Op: call.op, Host: call.host, Method: call.method, Path: call.path, Params: call.params,
		Authorization: call.auth, Retry: call.retry, Secrets: call.secrets,
	})
}

// readResponse returns nil for a successful response with JSON that is not an error.
func (c *Client) readResponse(call oauthclient.Call, resp oauthclient.Answer) error {
	status, body := resp.Status, resp.Body
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	isJSON := err == nil && (kind == "application/json" || kind == "application/jwk-set+json")
	success := resp.OK()
	var e *Error
	if isJSON {
		// An error member takes precedence over the status, even 200.
		e = readError(body)
	}
	switch {
	case e == nil && success && isJSON:
		return nil
	case e == nil && (status >= 500 || status == http.StatusRequestTimeout):
		e = &Error{kind: ErrUnavailable}
	case e == nil && status == http.StatusTooManyRequests:
		e = &Error{kind: ErrRateLimited}
	case e == nil && success:
		return malformed(call.Op, status, errors.New("content type is not application/json"))
	case e == nil:
		return malformed(call.Op, status, errors.New("error status without Kakao's error body"))
	}
	e.Op, e.Status = call.Op, status
	e.RetryAfter = resp.RetryAfter(c.cfg.Now())
	e.Description = scrub(e.Description, call.Secrets)
	e.classify()
	return e
}

// errorMembers are names of members, or their start, of which every error body has one. Responses without them are
// parsed only once.
var errorMembers = [][]byte{[]byte(`"error`), []byte(`"msg"`), []byte(`"code"`)}

// readError decodes the error bodies of the authorization server, of the API server and of Kakao's newer APIs, which
// have only errorType and message. It returns nil for any other body.
func readError(body []byte) *Error {
	if !slices.ContainsFunc(errorMembers, func(member []byte) bool { return bytes.Contains(body, member) }) {
		return nil
	}
	p := parser{b: body}
	if p.peek() != '{' {
		return nil
	}
	var e Error
	var need ConsentError
	var msg, message string
	o := p.object()
	for o.next() {
		switch string(o.key) {
		case "errorType":
			e.Type = oauthclient.Printable(p.stringOrSkip(), oauthclient.MaxErrorName)
		case "message":
			message = p.stringOrSkip()
		case "error":
			e.OAuthError = oauthclient.Printable(p.stringOrSkip(), oauthclient.MaxErrorName)
		case "error_description":
			e.Description = p.stringOrSkip()
		case "error_code":
			e.Code = koe.Code(oauthclient.Printable(p.stringOrSkip(), 16))
		case "code":
			if n := p.intOrSkip(); n < 0 {
				e.Code = koe.FromInt(n)
			}
		case "msg":
			msg = p.stringOrSkip()
		case "api_type":
			need.APIType = oauthclient.Printable(p.stringOrSkip(), 64)
		case "required_scopes":
			need.Required = p.stringsOrSkip()
		case "allowed_scopes":
			need.Allowed = p.stringsOrSkip()
		default:
			p.skip()
		}
	}
	if p.done() != nil {
		return nil // the decoder of the call reports the error
	}
	if e.Code == "" && e.OAuthError == "" && e.Type == "" {
		return nil
	}
	e.Description = cmp.Or(e.Description, msg, message)
	if e.Code == "-402" {
		e.cause = &need
	}
	return &e
}

// classify sets the sentinel that corresponds to Kakao's code, or else to the status.
func (e *Error) classify() {
	if e.kind != nil {
		return
	}
	switch e.Code {
	case "-1", "-7", "-603", "-9798", "KOE003":
		e.kind = ErrUnavailable
	case "-10", "KOE237":
		e.kind = ErrRateLimited
	case "-101":
		e.kind = ErrNotLinked
	case "-102":
		e.kind = ErrAlreadyLinked
	case "-402":
		e.kind = ErrConsentRequired
	case "-401":
		if e.kind = ErrTokenInvalid; callerRefused(e.Description) {
			e.kind = ErrCallerRefused
		}
	case "KOE127":
		e.kind = ErrCallerRefused
	case "KOE320":
		e.kind = ErrCodeInvalid
	case "KOE322":
		e.kind = ErrRefreshTokenInvalid
	default:
		e.kind = e.withoutCode()
	}
}

// withoutCode returns the sentinel of an error whose code is missing or means nothing in particular, nil if there is
// none.
func (e *Error) withoutCode() error {
	_, documented := e.Entry()
	switch {
	case e.Status == http.StatusTooManyRequests:
		return ErrRateLimited
	case e.Status >= 500 || e.Status == http.StatusRequestTimeout:
		return ErrUnavailable
	case documented || e.OAuthError != "invalid_grant": // RFC 6749 section 5.2
		return nil
	case e.Op == opExchange:
		return ErrCodeInvalid
	case e.Op == opRefresh:
		return ErrRefreshTokenInvalid
	}
	return nil
}

// callerRefused reports whether the message of a -401 is about the caller. Kakao uses the same code for invalid
// tokens. An unknown message is taken to be about the token, which at worst causes a new sign-in.
func callerRefused(msg string) bool {
	msg = strings.ToLower(msg)
	for _, sign := range []string{
		"ip mismatched", "domain mismatched", "keyhash mismatched", "bundle id mismatched", "appkey(",
	} {
		if strings.Contains(msg, sign) {
			return true
		}
	}
	return false
}

// scrub removes secrets from a message of Kakao: that of KOE320, for example, contains the code.
func scrub(text string, secrets []Secret) string {
	for _, s := range secrets {
		if s != "" {
			text = strings.ReplaceAll(text, s.Reveal(), oauthclient.Redacted)
		}
	}
	for _, sign := range []string{"code=", "token="} {
		if before, after, ok := strings.Cut(text, sign); ok {
			_, rest, _ := strings.Cut(after, " ")
			text = strings.TrimSpace(before + sign + oauthclient.Redacted + " " + rest)
		}
	}
	return oauthclient.Printable(text, 300)
}
