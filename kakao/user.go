package kakao

import (
	"cmp"
	"fmt"
	"strings"
	"unicode"

	"github.com/norang-login/norang/internal/oauthclient"
)

// Gender is "female", "male" or "" (absent). Kakao may add values.
type Gender string

// The documented genders.
const (
	Female Gender = "female"
	Male   Gender = "male"
)

// genderOf converts to lower case: Kakao's OIDC sample has "MALE".
func genderOf(s string) Gender { return Gender(strings.ToLower(s)) }

// BirthdayType is the calendar of a birthday.
type BirthdayType string

// The calendars.
const (
	Solar BirthdayType = "SOLAR"
	Lunar BirthdayType = "LUNAR"
)

// AgeRange is a range of ages in years, such as "20~29", "1~9" or "90~".
type AgeRange string

// Bounds returns the first and last year of the range, 150 for an open range. It reports false for malformed text.
// Note that "10~14" includes users below and above Korea's age limit of 14.
func (a AgeRange) Bounds() (from, to int, ok bool) {
	low, high, ok := strings.Cut(string(a), "~")
	if !ok {
		return 0, 0, false
	}
	if from, ok = smallNumber(low); !ok {
		return 0, 0, false
	}
	if high == "" {
		return from, 150, true
	}
	if to, ok = smallNumber(high); !ok || to < from {
		return 0, 0, false
	}
	return from, to, true
}

func smallNumber(s string) (int, bool) {
	if s == "" || len(s) > 3 {
		return 0, false
	}
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

// ItemState says whether an attribute is present, and if not, why.
type ItemState int8

// The states of a consent item.
const (
	NotOffered  ItemState = iota // not configured in the console, or unknown
	NotAgreed                    // the user has not agreed; additional consent can be requested
	AgreedEmpty                  // agreed, but the account has no value: asking again does not help
	Given                        // the value is present
)

// String returns "not_offered", "not_agreed", "agreed_empty" or "given".
func (s ItemState) String() string {
	switch s {
	case NotAgreed:
		return "not_agreed"
	case AgreedEmpty:
		return "agreed_empty"
	case Given:
		return "given"
	}
	return "not_offered"
}

func itemState(needs Flag, value string) ItemState {
	switch {
	case value != "":
		return Given
	case needs == Yes:
		return NotAgreed
	case needs == No:
		return AgreedEmpty
	}
	return NotOffered
}

// Item returns the state of the consent item with the given scope id: "profile_nickname", "profile_image",
// "account_email", "name", "age_range", "birthyear", "birthday", "gender", "phone_number" or "account_ci". Other items
// are NotOffered.
func (a *Account) Item(scope string) ItemState {
	if a == nil {
		return NotOffered
	}
	switch scope {
	case "profile_nickname":
		return itemState(cmp.Or(a.ProfileNicknameNeedsAgreement, a.ProfileNeedsAgreement), a.Profile.Nickname)
	case "profile_image":
		return itemState(cmp.Or(a.ProfileImageNeedsAgreement, a.ProfileNeedsAgreement),
			a.Profile.ImageURL+a.Profile.ThumbnailURL)
	case "account_email":
		return itemState(a.EmailNeedsAgreement, a.Email)
	case "name":
		return itemState(a.NameNeedsAgreement, a.Name)
	case "age_range":
		return itemState(a.AgeRangeNeedsAgreement, string(a.AgeRange))
	case "birthyear":
		return itemState(a.BirthyearNeedsAgreement, a.Birthyear)
	case "birthday":
		return itemState(a.BirthdayNeedsAgreement, a.Birthday)
	case "gender":
		return itemState(a.GenderNeedsAgreement, string(a.Gender))
	case "phone_number":
		return itemState(a.PhoneNumberNeedsAgreement, a.PhoneNumber)
	case "account_ci":
		return itemState(a.CINeedsAgreement, a.CI.Reveal())
	}
	return NotOffered
}

// EmailState says whether an e-mail address is verified.
type EmailState int8

// The states of an e-mail address.
const (
	EmailAbsent     EmailState = iota // no address; Item("account_email") says why
	EmailUnverified                   // not proven to belong to the user: never rely on it
	EmailVerified                     // valid and verified
)

// String returns "absent", "unverified" or "verified".
func (s EmailState) String() string {
	switch s {
	case EmailUnverified:
		return "unverified"
	case EmailVerified:
		return "verified"
	}
	return "absent"
}

// isAddress reports whether s has the form of one e-mail address. It does not check the parts.
func isAddress(s string) bool {
	return strings.Count(s, "@") == 1 && s[0] != '@' && s[len(s)-1] != '@' && oauthclient.Printable(s, len(s)) == s &&
		!strings.ContainsFunc(s, unicode.IsSpace)
}

// EmailState returns the state of the address according to is_email_valid and is_email_verified. Text that is not an
// address is EmailUnverified.
func (a *Account) EmailState() EmailState {
	switch {
	case a == nil || a.Email == "":
		return EmailAbsent
	case a.IsEmailValid == Yes && a.IsEmailVerified == Yes && isAddress(a.Email):
		return EmailVerified
	}
	return EmailUnverified
}

// VerifiedEmail returns the address if it is valid and verified. It is still not an identifier, because addresses are
// reassigned: identify users by User.ID.
func (a *Account) VerifiedEmail() (string, bool) {
	if a.EmailState() != EmailVerified {
		return "", false
	}
	return a.Email, true
}

// UnverifiedEmail returns an address that is complete but not verified. It does not return masked addresses
// ("ka***@kakao.com", is_email_valid false), which now belong to another account.
func (a *Account) UnverifiedEmail() (string, bool) {
	if a.EmailState() != EmailUnverified || a.IsEmailValid == No || strings.Contains(a.Email, "*") ||
		!isAddress(a.Email) {
		return "", false
	}
	return a.Email, true
}

// How Kakao marks the absence of a nickname and of a picture, for answers without the flags.
const (
	placeholderNickname = "닉네임을 등록해주세요"
	defaultPicture      = "/account_images/default_profile"
)

// Nickname returns the nickname, falling back to the deprecated copy in Properties. It reports false if there is none
// or it is Kakao's placeholder.
func (u *User) Nickname() (string, bool) {
	name, isDefault := u.Properties["nickname"], Absent
	if u.Account != nil && u.Account.Profile.Nickname != "" {
		name, isDefault = u.Account.Profile.Nickname, u.Account.Profile.IsDefaultNickname
	}
	return name, name != "" && isDefault != Yes && (isDefault == No || name != placeholderNickname)
}

// Picture returns the URL of the thumbnail, or else of the picture, falling back to the deprecated copies in
// Properties. It reports false if there is none or it is Kakao's default picture. The URL is untrusted: do not fetch
// it on a server (SF-01).
func (u *User) Picture() (string, bool) {
	var p Profile
	if u.Account != nil {
		p = u.Account.Profile
	}
	address := cmp.Or(p.ThumbnailURL, p.ImageURL, u.Properties["thumbnail_image"], u.Properties["profile_image"])
	if address == "" || p.IsDefaultImage == Yes ||
		p.IsDefaultImage == Absent && strings.Contains(address, defaultPicture) {
		return "", false
	}
	return address, true
}

// PhoneE164 returns the phone number in E.164 format, such as "+821012345678". It reports false if there is none or
// it is malformed. A number that is in E.164 format already is returned as it is. The leading zero of a Korean number
// ("+82 010-…", as in one of Kakao's samples) is removed.
func (a *Account) PhoneE164() (string, bool) {
	if a == nil {
		return "", false
	}
	return e164(a.PhoneNumber)
}

func e164(s string) (string, bool) {
	s = strings.TrimSpace(s)
	if len(s) < 2 || s[0] != '+' || s[1] < '1' || s[1] > '9' {
		return "", false
	}
	digits := strings.Map(func(c rune) rune {
		if strings.ContainsRune(" -().", c) {
			return -1
		}
		return c
	}, s[1:])
	if rest, ok := strings.CutPrefix(digits, "820"); ok {
		digits = "82" + rest
	}
	// ITU-T E.164 allows at most 15 digits; subscriber numbers have at least 7.
	if len(digits) < 7 || len(digits) > 15 || strings.Trim(digits, "0123456789") != "" {
		return "", false
	}
	return "+" + digits, true
}

// Format prints the fields as %v does for every verb. For a wrong verb such as %s, fmt would otherwise print secrets
// in Account.
func (u User) Format(f fmt.State, verb rune) {
	type plain User
	switch {
	case verb == 'v' && f.Flag('#'):
		fmt.Fprintf(f, "%#v", plain(u))
	case verb == 'v' && f.Flag('+'):
		fmt.Fprintf(f, "%+v", plain(u))
	default:
		fmt.Fprintf(f, "%v", plain(u))
	}
}
