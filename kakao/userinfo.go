package kakao

import (
	"context"
	"errors"
	"net/http"
	"strconv"
)

// UserInfo is the response of the OpenID Connect user info endpoint. Unlike User it has no consent flags, age range or
// user properties.
// Source: Kakao, REST API, "OIDC 사용자 정보 가져오기"; OpenID Connect Core section 5.1.
type UserInfo struct {
	Subject  string // user id in decimal
	UserID   int64  // the same as a number
	Name     string // name of the Kakao account, not necessarily the legal name
	Nickname string
	Picture  string // URL, often http
	Email    string
	// EmailVerified is Yes only if the address is valid and verified.
	EmailVerified Flag
	Gender        Gender
	// Birthdate is "YYYY-MM-DD", "0000-MM-DD" (consent for the birthday only) or "YYYY" (for the year only).
	Birthdate           string
	PhoneNumber         string
	PhoneNumberVerified Flag // Yes if there is a number
}

// VerifiedEmail returns the address if it is verified. It is still not an identifier: identify users by UserID.
func (u *UserInfo) VerifiedEmail() (string, bool) {
	if u.EmailVerified != Yes || !isAddress(u.Email) {
		return "", false
	}
	return u.Email, true
}

// PhoneE164 returns the phone number in E.164 format, such as "+821012345678".
func (u *UserInfo) PhoneE164() (string, bool) { return e164(u.PhoneNumber) }

// Birth returns the parts of Birthdate, 0 for unknown parts. It reports false if Birthdate is empty or malformed.
func (u *UserInfo) Birth() (year, month, day int, ok bool) {
	s := u.Birthdate
	number := func(s string, low, high int) int {
		n, err := strconv.Atoi(s)
		if err != nil || n < low || n > high || s[0] == '+' || s[0] == '-' {
			ok = false
			return 0
		}
		return n
	}
	ok = true
	switch {
	case len(s) == 4:
		year = number(s, 1, 9999)
	case len(s) == 10 && s[4] == '-' && s[7] == '-':
		year, month, day = number(s[:4], 0, 9999), number(s[5:7], 1, 12), number(s[8:], 1, 31)
	default:
		ok = false
	}
	if !ok {
		return 0, 0, 0, false
	}
	return year, month, day, true
}

// UserInfo returns the user of an access token from the OpenID Connect user info endpoint. If subject, the sub of the
// verified ID token, is not empty and the response is about another user, the error is ErrForeignToken (OpenID Connect
// Core section 5.3.2). Other errors are those of UserMe.
func (c *Client) UserInfo(ctx context.Context, accessToken Secret, subject string) (*UserInfo, error) {
	const op = "userinfo"
	call := c.bearer(op, accessToken)
	call.method, call.path, call.retry = http.MethodGet, "/v1/oidc/userinfo", true
	body, err := c.do(ctx, call)
	if err != nil {
		return nil, err
	}
	u, err := decodeUserInfo(body)
	if err != nil {
		return nil, malformed(op, http.StatusOK, err)
	}
	if subject != "" && u.Subject != subject {
		return nil, foreign(op, "response about another user")
	}
	return u, nil
}

func decodeUserInfo(body []byte) (*UserInfo, error) {
	u := new(UserInfo)
	p := parser{b: body}
	for o := p.object(); o.next(); {
		switch string(o.key) {
		case "sub":
			u.Subject = p.str()
		case "name":
			u.Name = p.stringOrSkip()
		case "nickname":
			u.Nickname = p.stringOrSkip()
		case "picture":
			u.Picture = p.stringOrSkip()
		case "email":
			u.Email = p.stringOrSkip()
		case "email_verified":
			u.EmailVerified = p.flag()
		case "gender":
			u.Gender = genderOf(p.stringOrSkip())
		case "birthdate":
			u.Birthdate = p.stringOrSkip()
		case "phone_number":
			u.PhoneNumber = p.stringOrSkip()
		case "phone_number_verified":
			u.PhoneNumberVerified = p.flagOrSkip()
		default:
			p.skip()
		}
	}
	if err := p.done(); err != nil {
		return nil, err
	}
	var ok bool
	if u.UserID, ok = parseUserID(u.Subject); !ok {
		return nil, errors.New("sub is not a user id")
	}
	return u, nil
}
