package kakaotest

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/emulator"
)

// Account is a Kakao account. With every flag false it is an ordinary one: an adult with a valid and verified e-mail,
// if there is an e-mail.
type Account struct {
	ID       string `toml:"id" json:"id"`             // persona id, for login_hint and the control API
	Label    string `toml:"label" json:"label"`       // description in the persona list
	LabelEN  string `toml:"label_en" json:"label_en"` // the same in English
	Password string `toml:"password" json:"password"` // for the login form; empty accepts any

	Nickname        string            `toml:"nickname" json:"nickname"`
	DefaultNickname bool              `toml:"default_nickname" json:"default_nickname"` // the placeholder "닉네임을 등록해주세요"
	DefaultImage    bool              `toml:"default_image" json:"default_image"`       // Kakao's default picture
	Email           string            `toml:"email" json:"email"`                       // empty means none
	EmailUnverified bool              `toml:"email_unverified" json:"email_unverified"` // is_email_verified=false
	EmailInvalid    bool              `toml:"email_invalid" json:"email_invalid"`       // is_email_valid=false, masked
	Name            string            `toml:"name" json:"name"`
	Gender          string            `toml:"gender" json:"gender"`       // female or male
	Birthyear       string            `toml:"birthyear" json:"birthyear"` // YYYY
	Birthday        string            `toml:"birthday" json:"birthday"`   // MMDD
	BirthdayLunar   bool              `toml:"birthday_lunar" json:"birthday_lunar"`
	LeapMonth       bool              `toml:"leap_month" json:"leap_month"` // lunar leap month (윤달)
	AgeRange        string            `toml:"age_range" json:"age_range"`   // default from Birthyear and the clock
	Phone           string            `toml:"phone" json:"phone"`           // as Kakao writes it: +82 10-1234-5678
	CI              string            `toml:"ci" json:"ci"`                 // 88 characters, base64
	Addresses       []ShippingAddress `toml:"addresses" json:"addresses"`
	Friends         []string          `toml:"friends" json:"friends"`

	NoAccount bool     `toml:"no_account" json:"no_account"` // kakao_account is absent from every response
	Under14   bool     `toml:"under_14" json:"under_14"`
	Dormant   bool     `toml:"dormant" json:"dormant"`       // kapi answers -103
	Blocked   bool     `toml:"blocked" json:"blocked"`       // kapi answers -4
	NotMember bool     `toml:"not_member" json:"not_member"` // KOE005 in every app
	Cancels   bool     `toml:"cancels" json:"cancels"`       // presses cancel when approval is automatic
	Declines  []string `toml:"declines" json:"declines"`     // items and term tags left out then; "*" is all optional ones

	UserID   int64   `toml:"user_id" json:"user_id"`     // user id in the default app; default derived
	LinkedTo []int64 `toml:"linked_to" json:"linked_to"` // app ids it is linked to from the start
	Rejoins  bool    `toml:"rejoins" json:"rejoins"`     // was linked once and has unlinked
}

// ShippingAddress is an address of /v1/user/shipping_address.
type ShippingAddress struct {
	ID             int64  `toml:"id" json:"id"`
	Name           string `toml:"name" json:"name"`
	Default        bool   `toml:"default" json:"default"`
	UpdatedAt      int64  `toml:"updated_at" json:"updated_at"` // Unix seconds
	Type           string `toml:"type" json:"type"`             // NEW (road name) or OLD (lot number)
	BaseAddress    string `toml:"base_address" json:"base_address"`
	DetailAddress  string `toml:"detail_address" json:"detail_address"`
	ReceiverName   string `toml:"receiver_name" json:"receiver_name"`
	ReceiverPhone1 string `toml:"receiver_phone1" json:"receiver_phone1"`
	ReceiverPhone2 string `toml:"receiver_phone2" json:"receiver_phone2"`
	ZoneNumber     string `toml:"zone_number" json:"zone_number"` // five digits
	ZipCode        string `toml:"zip_code" json:"zip_code"`       // the old six digits
}

// A lunar month may have 30 days where the solar one has not.
var (
	validYear = regexp.MustCompile(`^[0-9]{4}$`)
	validDay  = regexp.MustCompile(`^(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])$`)
)

func checkAccount(a Account) error {
	var faults []error
	bad := func(ko, en string, args ...any) {
		faults = append(faults, emulator.Errorf("계정 %q: %s", "account %q: %s", a.ID, emulator.Textf(ko, en, args...)))
	}
	if a.ID == "" || len(a.ID) > 64 || strings.ContainsFunc(a.ID, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.')
	}) {
		bad("id는 a-z, 0-9, '-', '_', '.'으로 된 1자에서 64자입니다",
			"id must have 1 to 64 of a-z, 0-9, '-', '_' and '.'")
	}
	if a.UserID < 0 {
		bad("user_id는 0 이상이어야 합니다: %d", "user_id must not be negative, got %d", a.UserID)
	}
	if a.Gender != "" && a.Gender != "female" && a.Gender != "male" {
		bad("gender는 female이나 male입니다: %q", "gender must be female or male, got %q", a.Gender)
	}
	if a.Birthyear != "" && !validYear.MatchString(a.Birthyear) {
		bad("birthyear는 YYYY처럼 적습니다: %q", "birthyear must be YYYY, got %q", a.Birthyear)
	}
	if a.Birthday != "" && !validDay.MatchString(a.Birthday) {
		bad("birthday는 MMDD처럼 적습니다: %q", "birthday must be MMDD, got %q", a.Birthday)
	}
	return errors.Join(faults...)
}

// declines reports whether the account leaves an offered item unticked.
func declines(a *Account, id string, required bool) bool {
	return slices.Contains(a.Declines, id) || !required && slices.Contains(a.Declines, "*")
}

// maskedEmail is the e-mail as Kakao delivers it. An address taken over by another account is masked:
// ka***@kakao.com.
func maskedEmail(a *Account) string {
	local, domain, ok := strings.Cut(a.Email, "@")
	if !ok || !a.EmailInvalid {
		return a.Email
	}
	if len(local) > 2 {
		local = local[:2]
	}
	return local + "***@" + domain
}
