package kakao

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/norang-login/norang/internal/oauthclient"
)

// User is the response of /v2/user/me. Only ID is always present: users can refuse every consent, and every attribute
// can be absent even with consent.
// Source: Kakao, REST API, "사용자 정보 조회".
type User struct {
	// ID is the user id (회원번호). It may exceed 2^53: do not convert it to a float, and send it to browsers as
	// text. It is valid within one app; another app has other ids for the same people.
	ID int64
	// HasSignedUp is present only if automatic linking (자동 연결) is disabled. It is No until Signup.
	HasSignedUp Flag
	// ConnectedAt is when the user was linked, SynchedAt when the user signed in through Kakao Sync. Zero if absent.
	ConnectedAt, SynchedAt time.Time
	// Properties are the app's user properties (사용자 프로퍼티), for old apps also deprecated copies of nickname and
	// pictures.
	Properties map[string]string
	// Account is kakao_account, nil if no item of it is available. Its methods accept nil.
	Account *Account
	// UUID identifies the user in the friends and message APIs. It requires a permission.
	UUID string
	// GroupUserToken is present for group apps only.
	GroupUserToken Secret
}

// Account is kakao_account. A zero value means that Kakao did not send the attribute. For each consent item,
// NeedsAgreement is Yes if the user has not agreed (AuthorizeRequest.Scope can ask), No without a value if the account
// has none, and Absent if the item is not configured in the console. Item combines both.
type Account struct {
	ProfileNeedsAgreement         Flag // apps from before 2021-06-25
	ProfileNicknameNeedsAgreement Flag
	ProfileImageNeedsAgreement    Flag
	Profile                       Profile

	NameNeedsAgreement Flag
	Name               string // name of the Kakao account, not necessarily the legal name

	EmailNeedsAgreement Flag
	// IsEmailValid is No for an address that now belongs to another account. Kakao then sends it masked
	// ("ka***@kakao.com"). See VerifiedEmail.
	IsEmailValid, IsEmailVerified Flag
	Email                         string

	AgeRangeNeedsAgreement Flag
	AgeRange               AgeRange

	BirthyearNeedsAgreement Flag
	Birthyear               string // "YYYY"
	BirthdayNeedsAgreement  Flag
	Birthday                string       // "MMDD"
	BirthdayType            BirthdayType // calendar of Birthday
	IsLeapMonth             Flag         // Yes: leap month (윤달) of the lunar calendar

	GenderNeedsAgreement Flag
	Gender               Gender

	PhoneNumberNeedsAgreement Flag
	PhoneNumber               string // in Kakao's format "+82 10-1234-5678"; see PhoneE164

	CINeedsAgreement  Flag
	CI                Secret // connecting information (연계정보), 88 characters; identifies a person across services
	CIAuthenticatedAt time.Time

	// The following are available to contracted partners only.
	LegalNameNeedsAgreement      Flag
	LegalName                    string
	LegalBirthDateNeedsAgreement Flag
	LegalBirthDate               string // "YYYYMMDD"
	LegalGenderNeedsAgreement    Flag
	LegalGender                  Gender
	IsKoreanNeedsAgreement       Flag
	IsKorean                     Flag
}

// Profile is a user's public profile at Kakao. Users choose it freely: it does not identify them.
type Profile struct {
	Nickname          string
	IsDefaultNickname Flag   // Yes: Kakao's placeholder "닉네임을 등록해주세요"
	ImageURL          string // 640 or 480 pixels square; http unless SecureResource is set
	ThumbnailURL      string // 110 or 100 pixels square
	IsDefaultImage    Flag   // Yes: Kakao's default picture
}

// UserMeOptions selects attributes of /v2/user/me. The zero value selects all.
type UserMeOptions struct {
	// PropertyKeys selects attributes: "kakao_account.email", or "kakao_account." for all attributes below it. An
	// unknown user property is Kakao's error -201.
	PropertyKeys []string
	// SecureResource requests https URLs of pictures. Kakao's default is http, which browsers block on https pages.
	SecureResource bool
	// WantID, if set, is the expected user id; the error for any other is ErrForeignToken. Set it to the user id of
	// the verified ID token or of VerifyAccessToken.
	WantID int64
}

func (o UserMeOptions) params() url.Values {
	q := url.Values{}
	if o.SecureResource {
		q.Set("secure_resource", "true")
	}
	if len(o.PropertyKeys) > 0 {
		q.Set("property_keys", jsonText(o.PropertyKeys))
	}
	return q
}

// UserMe returns the user of an access token. Call it after every first sign-in, even with an ID token: Kakao unlinks
// users whose information is not requested within 24 hours (INCOMPLETE_SIGN_UP).
//
// It does not check to which app the token was issued; for tokens received from clients see VerifyAccessToken. A
// missing consent is not an error: the attribute is absent.
// Errors: ErrTokenInvalid (-401), ErrNotLinked (-101), ErrUnavailable, ErrMalformed, ErrForeignToken.
func (c *Client) UserMe(ctx context.Context, accessToken Secret, opts UserMeOptions) (*User, error) {
	call := c.bearer("user_me", accessToken)
	call.userID = opts.WantID
	return c.userMe(ctx, call, opts)
}

// UserMeAsAdmin is UserMe for any linked user, using the admin key. The error for any other user is ErrNotLinked
// (-101).
func (c *Client) UserMeAsAdmin(ctx context.Context, userID int64, opts UserMeOptions) (*User, error) {
	return c.userMe(ctx, c.admin("user_me", userID), opts)
}

func (c *Client) userMe(ctx context.Context, call call, opts UserMeOptions) (*User, error) {
	call.method, call.path, call.retry = http.MethodGet, "/v2/user/me", true
	maps.Copy(call.params, opts.params())
	body, err := c.do(ctx, call)
	if err != nil {
		return nil, err
	}
	p := parser{b: body}
	u := readUser(&p)
	if err := call.check(p.done(), u.ID); err != nil {
		return nil, err
	}
	return u, nil
}

func readUser(p *parser) *User {
	u := new(User)
	o := p.object()
	for o.next() {
		switch string(o.key) {
		case "id":
			u.ID = p.int()
		case "has_signed_up":
			u.HasSignedUp = p.flagOrSkip()
		case "connected_at":
			u.ConnectedAt = p.time()
		case "synched_at":
			u.SynchedAt = p.time()
		case "properties":
			u.Properties = p.stringMap()
		case "kakao_account":
			u.Account = readAccount(p)
		case "for_partner":
			for f := p.objectOrSkip(); f.next(); {
				if string(f.key) == "uuid" {
					u.UUID = p.stringOrSkip()
				} else {
					p.skip()
				}
			}
		case "group_user_token":
			u.GroupUserToken = Secret(p.stringOrSkip())
		default:
			p.skip()
		}
	}
	return u
}

// readAccount reads kakao_account. Deprecated has_* flags are skipped.
func readAccount(p *parser) *Account {
	if p.peek() != '{' {
		p.skip()
		return nil
	}
	a := new(Account)
	o := p.object()
	for o.next() {
		if f := a.flagOf(string(o.key)); f != nil {
			if f == &a.IsEmailValid || f == &a.IsEmailVerified {
				*f = p.flag()
			} else {
				*f = p.flagOrSkip()
			}
			continue
		}
		if s := a.textOf(string(o.key)); s != nil {
			*s = p.stringOrSkip()
			continue
		}
		switch string(o.key) {
		case "profile":
			readProfile(p, &a.Profile)
		case "age_range":
			a.AgeRange = AgeRange(p.stringOrSkip())
		case "birthday_type":
			a.BirthdayType = BirthdayType(p.stringOrSkip())
		case "gender":
			a.Gender = genderOf(p.stringOrSkip())
		case "legal_gender":
			a.LegalGender = genderOf(p.stringOrSkip())
		case "ci":
			a.CI = Secret(p.stringOrSkip())
		case "ci_authenticated_at":
			a.CIAuthenticatedAt = p.time()
		default:
			p.skip()
		}
	}
	return a
}

func (a *Account) flagOf(name string) *Flag {
	switch name {
	case "profile_needs_agreement":
		return &a.ProfileNeedsAgreement
	case "profile_nickname_needs_agreement":
		return &a.ProfileNicknameNeedsAgreement
	case "profile_image_needs_agreement":
		return &a.ProfileImageNeedsAgreement
	case "name_needs_agreement":
		return &a.NameNeedsAgreement
	case "email_needs_agreement":
		return &a.EmailNeedsAgreement
	case "is_email_valid":
		return &a.IsEmailValid
	case "is_email_verified":
		return &a.IsEmailVerified
	case "age_range_needs_agreement":
		return &a.AgeRangeNeedsAgreement
	case "birthyear_needs_agreement":
		return &a.BirthyearNeedsAgreement
	case "birthday_needs_agreement":
		return &a.BirthdayNeedsAgreement
	case "is_leap_month":
		return &a.IsLeapMonth
	case "gender_needs_agreement":
		return &a.GenderNeedsAgreement
	case "phone_number_needs_agreement":
		return &a.PhoneNumberNeedsAgreement
	case "ci_needs_agreement":
		return &a.CINeedsAgreement
	case "legal_name_needs_agreement":
		return &a.LegalNameNeedsAgreement
	case "legal_birth_date_needs_agreement":
		return &a.LegalBirthDateNeedsAgreement
	case "legal_gender_needs_agreement":
		return &a.LegalGenderNeedsAgreement
	case "is_korean_needs_agreement":
		return &a.IsKoreanNeedsAgreement
	case "is_korean":
		return &a.IsKorean
	}
	return nil
}

func (a *Account) textOf(name string) *string {
	switch name {
	case "name":
		return &a.Name
	case "email":
		return &a.Email
	case "birthyear":
		return &a.Birthyear
	case "birthday":
		return &a.Birthday
	case "phone_number":
		return &a.PhoneNumber
	case "legal_name":
		return &a.LegalName
	case "legal_birth_date":
		return &a.LegalBirthDate
	}
	return nil
}

func readProfile(p *parser, into *Profile) {
	for o := p.objectOrSkip(); o.next(); {
		switch string(o.key) {
		case "nickname":
			into.Nickname = p.stringOrSkip()
		case "is_default_nickname":
			into.IsDefaultNickname = p.flagOrSkip()
		case "profile_image_url":
			into.ImageURL = p.stringOrSkip()
		case "thumbnail_image_url":
			into.ThumbnailURL = p.stringOrSkip()
		case "is_default_image":
			into.IsDefaultImage = p.flagOrSkip()
		default:
			p.skip()
		}
	}
}

// jsonText encodes a value of a type whose encoding cannot fail.
func jsonText(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

// bearer returns a call with an access token.
func (c *Client) bearer(op string, token Secret) call {
	call := call{op: op, host: c.api, params: url.Values{}, secrets: []Secret{token}}
	switch {
	case !oauthclient.VisibleASCII(token.Reveal(), maxToken):
		call.err = invalid(op, "access token is empty, too long or contains unusual characters")
	case c.cfg.ClientSecret.Equal(token.Reveal()), c.isAdminKey(token.Reveal()):
		call.err = invalid(op, "access token is a key of the app") // do not send keys elsewhere (MT-09)
	}
	call.auth = "Bearer " + token.Reveal()
	return call
}

// admin returns a call with the admin key for a user.
func (c *Client) admin(op string, userID int64) call {
	call := c.adminKey(op)
	if userID <= 0 {
		call.err = invalid(op, "user id is not positive")
	}
	call.userID = userID
	call.params = url.Values{"target_id_type": {"user_id"}, "target_id": {strconv.FormatInt(userID, 10)}}
	return call
}

// adminKey returns a call with the admin key.
func (c *Client) adminKey(op string) call {
	call := call{op: op, host: c.api, params: url.Values{}}
	if len(c.cfg.AdminKeys) == 0 {
		call.err = invalid(op, "no admin key configured")
		return call
	}
	key := c.cfg.AdminKeys[0]
	call.auth, call.secrets = "KakaoAK "+key.Reveal(), []Secret{key}
	return call
}

// isAdminKey compares s with every admin key, in a time that does not depend on which one matches.
func (c *Client) isAdminKey(s string) bool {
	found := false
	for _, k := range c.cfg.AdminKeys {
		if k.Equal(s) {
			found = true
		}
	}
	return found
}
