package kakao

import (
	"context"
	"errors"
	"net/http"
	"strconv"
)

// UserInfo is a person as the OpenID Connect endpoint tells. Against User it lacks
// the flags of consent, the age range and the own properties.
// Source: Kakao, REST API, "OIDC 사용자 정보 가져오기"; OpenID Connect Core section 5.1.
type UserInfo struct {
	Subject  string // user id as decimal text
	UserID   int64  // the same as a number
	Name     string // name of the account, which may be the real one
	Nickname string
	Picture  string // address, often http://
	Email    string
	// EmailVerified is Yes only if the address is valid and verified.
	EmailVerified Flag
	Gender        Gender
	// Birthdate is "YYYY-MM-DD", "0000-MM-DD" (only the birthday is agreed) or "YYYY".
	Birthdate           string
	PhoneNumber         string
	PhoneNumberVerified Flag // Yes whenever there is a number
}

// VerifiedEmail gives the address if Kakao calls it verified. No identifier even then.
func (u *UserInfo) VerifiedEmail() (string, bool) {
	if u.Email == "" || u.EmailVerified != Yes {
		return "", false
	}
	return u.Email, true
}

// PhoneE164 gives the phone number as "+821012345678".
func (u *UserInfo) PhoneE164() (string, bool) { return e164(u.PhoneNumber) }

// Birth takes Birthdate apart; a part that is not known is 0. False if it is none of
// the three forms.
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

// UserInfo asks who the person of an access token is, in OpenID Connect's words.
// subject is the sub of the verified ID token, and an answer about anybody else is
// ErrForeignToken (OpenID Connect Core section 5.3.2); "" compares nothing.
// Errors otherwise as of UserMe. The admin key does not work here.
func (c *Client) UserInfo(ctx context.Context, accessToken Secret, subject string) (*UserInfo, error) {
	const op = "userinfo"
	call, err := c.bearer(op, accessToken)
	if err != nil {
		return nil, err
	}
	call.method, call.path, call.again = http.MethodGet, "/v1/oidc/userinfo", true
	body, err := c.do(ctx, call)
	if err != nil {
		return nil, err
	}
	u, err := decodeUserInfo(body)
	if err != nil {
		return nil, malformed(op, http.StatusOK, err)
	}
	if subject != "" && u.Subject != subject {
		return nil, &Error{Op: op, Status: http.StatusOK, kind: ErrForeignToken, cause: errors.New("answer about another user")}
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
			u.Name = p.str()
		case "nickname":
			u.Nickname = p.str()
		case "picture":
			u.Picture = p.str()
		case "email":
			u.Email = p.str()
		case "email_verified":
			u.EmailVerified = p.flag()
		case "gender":
			u.Gender = genderOf(p.str())
		case "birthdate":
			u.Birthdate = p.str()
		case "phone_number":
			u.PhoneNumber = p.str()
		case "phone_number_verified":
			u.PhoneNumberVerified = p.flag()
		default:
			p.skip()
		}
	}
	if err := p.done(); err != nil {
		return nil, err
	}
	var ok bool
	if u.UserID, ok = parseUserID(u.Subject); !ok {
		return nil, errors.New("no sub that is a user id")
	}
	return u, nil
}
