package naver

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/oauthclient"
)

// User is a user's profile. Only ID is guaranteed: everything else may be absent, because the application does not ask
// for it or the user refused it. Naver gives no notice of changes, so read it at every sign-in.
// Source: Naver, 회원 프로필 조회 API 명세.
type User struct {
	// ID identifies the user within this application: digits (applications made before May 2021) or Base64 text, at most
	// 64 characters. It is not the Naver ID, and not comparable between applications.
	ID string
	// Nickname is "" if the user set none: Naver then sends the masked login id (ab***), which is not to be shown.
	Nickname string
	Name     string // real name
	// Email is the contact address (연락처 이메일). It may be any provider's and is not verified: it proves nothing.
	Email     string
	Gender    string // "F", "M", or "U" for unknown
	Age       string // "0-9", "10-19", … "60-"
	Birthday  string // "MM-DD"
	Birthyear string // "YYYY"
	Mobile    string // "010-0000-0000"
	// Picture is the address of the profile picture, "" for Naver's default picture.
	Picture string
}

// maxID bounds a user id, in characters.
const maxID = 64

var (
	maskedID       = regexp.MustCompile(`^[A-Za-z0-9_.-]{0,20}\*{2,}$`)
	defaultPicture = regexp.MustCompile(`/nodata_[0-9]+x[0-9]+\.gif$`)
)

// Profile reads the user's profile. A 200 counts only with resultcode "00" and an id.
//
// The answer does not name the application of the token: a token of another application yields an ID that is unknown
// here. Therefore a user may be found by ID and by nothing else.
//
// Errors: ErrTokenInvalid (024), ErrNotPermitted (403), ErrRateLimited, ErrUnavailable, ErrMalformed.
// Source: Naver, 회원 프로필 조회 API 명세.
func (c *Client) Profile(ctx context.Context, access Secret) (*User, error) {
	o, err := c.api200(ctx, opProfile, "/v1/nid/me", nil, access)
	if err != nil {
		return nil, err
	}
	u := &User{
		ID: o.Text("id"), Nickname: o.Text("nickname"), Name: o.Text("name"), Email: o.Text("email"),
		Gender: o.Text("gender"), Age: o.Text("age"), Birthday: o.Text("birthday"), Birthyear: o.Text("birthyear"),
		Mobile: o.Text("mobile"), Picture: o.Text("profile_image"),
	}
	if !oauthclient.VisibleASCII(u.ID, maxID) {
		return nil, malformed(opProfile, errors.New("id missing or invalid"))
	}
	if maskedID.MatchString(u.Nickname) {
		u.Nickname = ""
	}
	if defaultPicture.MatchString(u.Picture) {
		u.Picture = ""
	}
	return u, nil
}

// TokenInfo is the answer of Verify.
type TokenInfo struct {
	ExpiresAt time.Time // zero if Naver's date has an undocumented form
	// AllowedProfile are the items that the user lets the application read, as Naver names them.
	AllowedProfile []string
}

// Verify checks an access token and says what the user agreed to. It does not say which application the token belongs
// to. Errors: those of Profile. Source: Naver, developer guide 3.4.6.
func (c *Client) Verify(ctx context.Context, access Secret) (*TokenInfo, error) {
	o, err := c.api200(ctx, opVerify, "/v1/nid/verify", url.Values{"info": {"true"}}, access)
	if err != nil {
		return nil, err
	}
	info := &TokenInfo{}
	if at, err := time.Parse(time.RFC3339, o.Text("expire_date")); err == nil {
		info.ExpiresAt = at
	}
	for item := range strings.SplitSeq(o.Text("allowed_profile"), ",") {
		if item = oauthclient.Printable(strings.TrimSpace(item), 64); item != "" {
			info.AllowedProfile = append(info.AllowedProfile, item)
		}
	}
	return info, nil
}

// api200 makes a call of the API server and returns the object response of a success.
func (c *Client) api200(
	ctx context.Context, op, path string, params url.Values, access Secret,
) (oauthclient.Object, error) {
	if !oauthclient.VisibleASCII(access.Reveal(), maxToken) {
		return nil, invalid(op, "access token is empty, too long or contains unusual characters")
	}
	envelope, err := c.calls.Object(ctx, oauthclient.Call{
		Op: op, Host: c.api, Method: http.MethodGet, Path: path, Params: params, Authorization: oauthclient.Bearer(access),
		Retry: true, Secrets: []Secret{access},
	})
	if err != nil {
		return nil, err
	}
	if envelope.Text("resultcode") != success {
		return nil, malformed(op, errors.New("missing resultcode"))
	}
	o, err := oauthclient.ParseObject(envelope["response"])
	if err != nil {
		return nil, malformed(op, errors.New("missing response"))
	}
	return o, nil
}
