package kakaotest

import (
	"net/http"
	"strconv"
	"strings"
)

// userinfoBody is the response of /v1/oidc/userinfo. Unlike in /v2/user/me, the user id is a string.
type userinfoBody struct {
	Sub                 string `json:"sub"`
	Name                string `json:"name,omitempty"`
	Nickname            string `json:"nickname,omitempty"`
	Picture             string `json:"picture,omitempty"`
	Email               string `json:"email,omitempty"`
	EmailVerified       *bool  `json:"email_verified,omitempty"`
	Gender              string `json:"gender,omitempty"` // upper case, as in Kakao's sample
	Birthdate           string `json:"birthdate,omitempty"`
	PhoneNumber         string `json:"phone_number,omitempty"`
	PhoneNumberVerified *bool  `json:"phone_number_verified,omitempty"`
}

// userinfo is GET /v1/oidc/userinfo. It does not accept an admin key.
func userinfo(c apiCall) answer {
	s, fail := c.subject()
	if fail != nil {
		return *fail
	}
	s.link.infoRead = true
	l, acc := s.link, s.account
	u := userinfoBody{Sub: strconv.FormatInt(l.userID, 10)}
	if acc.NoAccount {
		return jsonAnswer(http.StatusOK, u)
	}
	if l.has("name") {
		u.Name = acc.Name
	}
	if l.has("profile_nickname", "profile") {
		u.Nickname = nicknameOf(acc)
	}
	if l.has("profile_image", "profile") {
		u.Picture = c.w.pictureURL(acc, 640, false)
	}
	if l.has("account_email") && acc.Email != "" {
		verified := !acc.EmailInvalid && !acc.EmailUnverified
		u.Email, u.EmailVerified = maskedEmail(acc), &verified
	}
	if l.has("gender") {
		u.Gender = strings.ToUpper(acc.Gender)
	}
	u.Birthdate = birthdate(acc, l)
	if l.has("phone_number") && acc.Phone != "" {
		yes := true
		u.PhoneNumber, u.PhoneNumberVerified = acc.Phone, &yes
	}
	return jsonAnswer(http.StatusOK, u)
}

// birthdate is YYYY-MM-DD, 0000-MM-DD or YYYY, depending on what the user agreed to and has.
func birthdate(acc *Account, l *link) string {
	var year, day string
	if l.has("birthyear") {
		year = acc.Birthyear
	}
	if l.has("birthday") && len(acc.Birthday) == 4 {
		day = acc.Birthday[:2] + "-" + acc.Birthday[2:]
	}
	switch {
	case day == "":
		return year
	case year == "":
		return "0000-" + day
	}
	return year + "-" + day
}
