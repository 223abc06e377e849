package kakao

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// User is a person as /v2/user/me tells. Only ID is always there: every consent can
// be refused, and every attribute can be absent even with consent.
// Source: Kakao, REST API, "사용자 정보 조회".
type User struct {
	// ID is the user id (회원번호): above 2^53, so never a float, and as text for browsers.
	// It belongs to one app; a new app numbers everybody anew.
	ID int64
	// HasSignedUp is there only if automatic linking (자동 연결) is off: No until Signup.
	HasSignedUp Flag
	// ConnectedAt is when the person was linked, SynchedAt the time of the Kakao Sync login. Zero if absent.
	ConnectedAt, SynchedAt time.Time
	// Properties are the app's own user properties (사용자 프로퍼티), and for old apps copies
	// of nickname and pictures, which Kakao calls deprecated.
	Properties map[string]string
	// Account is kakao_account, nil if no item of it is agreed or obtainable. Its methods work on nil.
	Account *Account
	// UUID identifies the person towards the friends and message APIs, with permission.
	UUID string
	// GroupUserToken is there for group apps only.
	GroupUserToken Secret
}

// Account is kakao_account. A string that is "", a time that is zero and a Flag that
// is Absent were not sent. For each item there is a flag NeedsAgreement: Yes means that the person
// has not agreed and could be asked (AuthorizeRequest.Scope), No without a value
// that the account has none, Absent that the console does not offer the item; see ItemState.
type Account struct {
	ProfileNeedsAgreement         Flag // apps from before 2021-06-25
	ProfileNicknameNeedsAgreement Flag
	ProfileImageNeedsAgreement    Flag
	Profile                       Profile

	NameNeedsAgreement Flag
	Name               string // the name of the account, which may be the real one

	EmailNeedsAgreement Flag
	// IsEmailValid is No for an address that now belongs to another account: it comes
	// masked ("ka***@kakao.com") and still looks like an address. See VerifiedEmail.
	IsEmailValid, IsEmailVerified Flag
	Email                         string

	AgeRangeNeedsAgreement Flag
	AgeRange               AgeRange

	BirthyearNeedsAgreement Flag
	Birthyear               string // "YYYY"
	BirthdayNeedsAgreement  Flag
	Birthday                string       // "MMDD"
	BirthdayType            BirthdayType // in which calendar
	IsLeapMonth             Flag         // Yes: in a leap month (윤달) of the lunar calendar

	GenderNeedsAgreement Flag
	Gender               Gender

	PhoneNumberNeedsAgreement Flag
	PhoneNumber               string // as Kakao writes it: "+82 10-1234-5678"; see PhoneE164

	CINeedsAgreement  Flag
	CI                Secret // connecting information (연계정보), 88 characters of base64; identifies a person across services
	CIAuthenticatedAt time.Time

	// For partners by contract only.
	LegalNameNeedsAgreement, LegalBirthDateNeedsAgreement, LegalGenderNeedsAgreement, IsKoreanNeedsAgreement Flag
	LegalName, LegalBirthDate                                                                                string // LegalBirthDate is "YYYYMMDD"
	LegalGender                                                                                              Gender
	IsKorean                                                                                                 Flag
}

// Profile is the picture that a person shows at Kakao. It proves nothing about who they are.
type Profile struct {
	Nickname          string
	IsDefaultNickname Flag   // Yes: Kakao's placeholder "닉네임을 등록해주세요"
	ImageURL          string // 640 or 480 pixels square; http:// unless SecureResource was asked for
	ThumbnailURL      string // 110 or 100 pixels square
	IsDefaultImage    Flag   // Yes: Kakao's default picture
}

// UserMeOptions narrows /v2/user/me. The zero value asks for everything.
type UserMeOptions struct {
	// PropertyKeys asks for parts only: "kakao_account.email", "kakao_account." for all
	// of a branch. Unknown own properties answer -201.
	PropertyKeys []string
	// SecureResource asks for picture addresses with https. Kakao's default is http,
	// which a page on https does not show.
	SecureResource bool
	// WantID, if set, makes an answer about anybody else ErrForeignToken. Set it to the
	// user id of the verified ID token or of VerifyAccessToken.
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

// UserMe asks who the person of an access token is. Call it after every first login,
// even with an ID token at hand: Kakao unlinks people for whom no user
// information was asked within 24 hours (INCOMPLETE_SIGN_UP).
//
// It proves nothing about the app that the token was made for; for a token from
// outside see VerifyAccessToken. A missing consent is no error, the attribute is just absent.
// Read-only, so it is tried a second time if Kakao is briefly away.
// Errors: ErrTokenInvalid (-401), ErrNotLinked (-101), ErrUnavailable, ErrMalformed.
func (c *Client) UserMe(ctx context.Context, accessToken Secret, opts UserMeOptions) (*User, error) {
	const op = "user_me"
	call, err := c.bearer(op, accessToken)
	if err != nil {
		return nil, err
	}
	call.method, call.path, call.params, call.again = http.MethodGet, "/v2/user/me", opts.params(), true
	return c.userMe(ctx, call, opts.WantID)
}

// UserMeAsAdmin asks the same about any linked person, by admin key. ErrNotLinked (-101)
// means that there is no such person.
func (c *Client) UserMeAsAdmin(ctx context.Context, userID int64, opts UserMeOptions) (*User, error) {
	const op = "user_me"
	call, err := c.admin(op, userID)
	if err != nil {
		return nil, err
	}
	for k, v := range opts.params() {
		call.params[k] = v
	}
	call.method, call.path, call.again = http.MethodGet, "/v2/user/me", true
	return c.userMe(ctx, call, userID)
}

func (c *Client) userMe(ctx context.Context, call call, want int64) (*User, error) {
	body, err := c.do(ctx, call)
	if err != nil {
		return nil, err
	}
	p := parser{b: body}
	u := p.user()
	if err := checkID(call.op, p.done(), u.ID, want); err != nil { // a missing id must not become user 0
		return nil, err
	}
	return u, nil
}

func (p *parser) user() *User {
	u := new(User)
	o := p.object()
	for o.next() {
		switch string(o.key) {
		case "id":
			u.ID = p.int()
		case "has_signed_up":
			u.HasSignedUp = p.flag()
		case "connected_at":
			u.ConnectedAt = p.time()
		case "synched_at":
			u.SynchedAt = p.time()
		case "properties":
			u.Properties = p.stringMap()
		case "kakao_account":
			u.Account = p.account()
		case "for_partner":
			for f := p.object(); f.next(); {
				if string(f.key) == "uuid" {
					u.UUID = p.str()
				} else {
					p.skip()
				}
			}
		case "group_user_token":
			u.GroupUserToken = Secret(p.str())
		default:
			p.skip()
		}
	}
	return u
}

// account reads kakao_account by the table of its members. Deprecated has_* flags are skipped.
func (p *parser) account() *Account {
	if p.null() {
		return nil
	}
	a := new(Account)
	o := p.object()
	for o.next() {
		if f := a.flagOf(string(o.key)); f != nil {
			*f = p.flag()
			continue
		}
		if s := a.textOf(string(o.key)); s != nil {
			*s = p.str()
			continue
		}
		switch string(o.key) {
		case "profile":
			p.profile(&a.Profile)
		case "age_range":
			a.AgeRange = AgeRange(p.str())
		case "birthday_type":
			a.BirthdayType = BirthdayType(p.str())
		case "gender":
			a.Gender = genderOf(p.str())
		case "legal_gender":
			a.LegalGender = genderOf(p.str())
		case "ci":
			a.CI = Secret(p.str())
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

func (p *parser) profile(into *Profile) {
	for o := p.object(); o.next(); {
		switch string(o.key) {
		case "nickname":
			into.Nickname = p.str()
		case "is_default_nickname":
			into.IsDefaultNickname = p.flag()
		case "profile_image_url":
			into.ImageURL = p.str()
		case "thumbnail_image_url":
			into.ThumbnailURL = p.str()
		case "is_default_image":
			into.IsDefaultImage = p.flag()
		default:
			p.skip()
		}
	}
}

// stringMap reads an object of strings; numbers and booleans, which Kakao's storage
// gives back for some properties, are kept as their text, deeper values left out.
func (p *parser) stringMap() map[string]string {
	var m map[string]string
	for o := p.object(); o.next(); {
		if m == nil {
			m = make(map[string]string)
		}
		name := string(o.key)
		switch c := p.peek(); {
		case c == '"':
			m[name] = p.str()
		case c == '-' || c >= '0' && c <= '9':
			m[name] = string(p.number())
		case c == 't' || c == 'f':
			m[name] = strconv.FormatBool(p.flag() == Yes)
		default:
			p.skip()
		}
	}
	return m
}

// time reads RFC 3339; null is the zero time. An unreadable time is the zero time as
// well: no time here decides anything, and a login should not fail for one.
func (p *parser) time() time.Time {
	t, err := time.Parse(time.RFC3339, p.str())
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// jsonText writes a value that cannot fail as JSON.
func jsonText(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

// bearer begins a call with a person's access token.
func (c *Client) bearer(op string, token Secret) (call, error) {
	if !visibleASCII(token.Reveal(), maxToken) {
		return call{}, invalid(op, "the access token is empty, too long or has unusual characters")
	}
	// Sent by mistake as a token, our own keys would travel on to logs and to another API (MT-09).
	if c.cfg.ClientSecret.Equal(token.Reveal()) || c.isAdminKey(token.Reveal()) {
		return call{}, invalid(op, "a key was given where an access token belongs")
	}
	return call{op: op, host: c.api, auth: "Bearer " + token.Reveal(), params: url.Values{}, secrets: []Secret{token}}, nil
}

// admin begins a call with the admin key on behalf of a person.
func (c *Client) admin(op string, userID int64) (call, error) {
	if userID <= 0 {
		return call{}, invalid(op, "the user id is not positive")
	}
	call, err := c.adminKey(op)
	if err == nil {
		call.params = url.Values{"target_id_type": {"user_id"}, "target_id": {strconv.FormatInt(userID, 10)}}
	}
	return call, err
}

// adminKey begins a call with the admin key alone.
func (c *Client) adminKey(op string) (call, error) {
	if len(c.cfg.AdminKeys) == 0 {
		return call{}, invalid(op, "no admin key is configured")
	}
	key := c.cfg.AdminKeys[0]
	return call{op: op, host: c.api, auth: "KakaoAK " + key.Reveal(), params: url.Values{}, secrets: []Secret{key}}, nil
}

// isAdminKey compares with all admin keys and always takes the time of all.
func (c *Client) isAdminKey(s string) bool {
	found := false
	for _, k := range c.cfg.AdminKeys {
		if k.Equal(s) {
			found = true
		}
	}
	return found
}
