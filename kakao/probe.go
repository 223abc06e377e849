package kakao

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/norang-login/norang/internal/oauthclient"
	"github.com/norang-login/norang/internal/oauthclient/idtoken"
	"github.com/norang-login/norang/kakao/koe"
)

// ProbeRequest selects what ProbeAuthorize asks for.
type ProbeRequest struct {
	ClientID    string // default Config.ClientID
	RedirectURI string
	Scope       []string // sent as it is, without openid
}

// Probe is Kakao's answer to a request of a browser that is signed in nowhere.
type Probe struct {
	// Code is the code of Kakao's error page, "" if there is none: then key, redirect URI and scope are accepted.
	Code koe.Code
	// Unclear says that the answer was neither an error page nor a redirect.
	Unclear bool
}

// ProbeAuthorize requests the authorize page as a browser without a Kakao session, with prompt=none, and returns what
// Kakao says about the key, the redirect URI and the scope (KOE101, KOE004, KOE006, KOE008, KOE205 and others). No user
// is involved, and nothing changes. It is for checks of a configuration, not for sign-ins.
// Source: Kakao, REST API, "인가 코드 요청".
func (c *Client) ProbeAuthorize(ctx context.Context, r ProbeRequest) (*Probe, error) {
	q := oauthclient.Query{Buf: []byte(c.cfg.AuthServerURL + "/oauth/authorize?response_type=code&prompt=none")}
	q.Add("client_id", cmp.Or(r.ClientID, c.cfg.ClientID))
	q.Add("redirect_uri", r.RedirectURI)
	q.Add("state", "norang-probe-norang-probe")
	q.Add("scope", strings.Join(r.Scope, ","))
	return c.probe(ctx, "probe_authorize", string(q.Buf))
}

// ProbeLogout requests the logout page as a browser without a Kakao session and returns what Kakao says about the
// logout redirect URI (KOE007).
// Source: Kakao, REST API, "카카오계정과 함께 로그아웃".
func (c *Client) ProbeLogout(ctx context.Context, logoutRedirectURI string) (*Probe, error) {
	q := oauthclient.Query{Buf: []byte(c.cfg.AuthServerURL + "/oauth/logout?client_id=")}
	q.Escape(c.cfg.ClientID)
	q.Add("logout_redirect_uri", logoutRedirectURI)
	return c.probe(ctx, "probe_logout", string(q.Buf))
}

var codeOnPage = regexp.MustCompile(`\bKOE[0-9]{3}\b`)

// probe requests a page of the authorization server and looks for the code of an error page.
func (c *Client) probe(ctx context.Context, op, target string) (*Probe, error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, &Error{Op: op, kind: ErrInvalidInput, cause: errors.New("cannot build the request")}
	}
	req.Header.Set("Accept", "text/html")
	req.Header.Set("User-Agent", "norang-kakao")
	resp, err := c.calls.HTTP.Do(req)
	if err != nil {
		return nil, &Error{Op: op, kind: ErrUnavailable, cause: oauthclient.WithoutURL(err)}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, c.cfg.MaxBody))
	if err != nil {
		return nil, &Error{Op: op, Status: resp.StatusCode, kind: ErrUnavailable, cause: oauthclient.WithoutURL(err)}
	}
	redirect := resp.StatusCode >= 300 && resp.StatusCode < 400
	code := koe.Code(codeOnPage.Find(body))
	switch {
	case redirect:
		return &Probe{}, nil
	case code != "" && code != "KOE003":
		return &Probe{Code: code}, nil
	case code != "" || resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests:
		return nil, &Error{Op: op, Status: resp.StatusCode, Code: code, kind: ErrUnavailable}
	}
	return &Probe{Unclear: true}, nil
}

// ProbeToken exchanges a code that does not exist, with the given client secret or none, and returns nil if Kakao
// accepts everything but the code. Other errors name what it does not accept: KOE010 the secret, KOE101 or KOE009 the
// key, KOE127 the caller's IP address.
// Source: Kakao, REST API, "토큰 요청".
func (c *Client) ProbeToken(ctx context.Context, redirectURI string, secret Secret) error {
	form := url.Values{
		"grant_type": {"authorization_code"}, "client_id": {c.cfg.ClientID}, "redirect_uri": {redirectURI},
		"code":          {"norang-probe-this-code-does-not-exist"},
		"code_verifier": {"norang-probe-this-code-verifier-does-not-exist"},
	}
	if secret != "" {
		form.Set("client_secret", secret.Reveal())
	}
	_, err := c.token(ctx, "probe_token", form, secret)
	switch {
	case err == nil:
		return malformed("probe_token", http.StatusOK, errors.New("tokens for a code that does not exist"))
	case errors.Is(err, ErrCodeInvalid):
		return nil
	}
	return err
}

// ProbeAdminKey makes a call with an admin key that affects no user, and returns nil if Kakao accepts the key for the
// API. The API is one of "user_information", "unlink", "consent_items" and "service_terms", the categories of
// 사용 가능 API: the first lists one user, the others name user 0, who cannot exist. A key without the category is -3,
// one that is unknown, deactivated or not for this IP address -401.
func (c *Client) ProbeAdminKey(ctx context.Context, key Secret, api string) error {
	call := call{
		op: "probe_admin_key", host: c.api, method: http.MethodGet, auth: "KakaoAK " + key.Reveal(), secrets: []Secret{key},
		params: url.Values{"target_id_type": {"user_id"}, "target_id": {"0"}},
	}
	switch api {
	case "user_information":
		call.path, call.params = "/v1/user/ids", url.Values{"limit": {"1"}}
	case "unlink":
		call.method, call.path = http.MethodPost, "/v1/user/unlink"
	case "consent_items":
		call.path = "/v2/user/scopes"
	case "service_terms":
		call.path = "/v2/user/service_terms"
	default:
		return invalid(call.op, "unknown API category")
	}
	_, err := c.do(ctx, call)
	var e *Error
	if errors.As(err, &e) && (e.Code == "-2" || e.Code == "-101") { // about user 0
		return nil
	}
	return err
}

// ProbeKeys fetches the signing keys and returns how many of them can be used. It does not change the client's cache.
func (c *Client) ProbeKeys(ctx context.Context) (int, error) {
	body, err := c.fetchKeys(ctx)
	if err != nil {
		return 0, err
	}
	n, err := idtoken.Usable(body, algorithms...)
	if err != nil {
		return 0, malformed(opKeys, http.StatusOK, err)
	}
	return n, nil
}
