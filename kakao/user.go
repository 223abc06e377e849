package kakao

import (
	"fmt"
	"strings"
)

// Gender is "female", "male" or "" (absent, or a value that Kakao may add one day).
type Gender string

// The genders that Kakao documents.
const (
	Female Gender = "female"
	Male   Gender = "male"
)

// genderOf folds case: the OIDC sample of Kakao writes "MALE".
func genderOf(s string) Gender { return Gender(strings.ToLower(s)) }

// BirthdayType is the calendar of a birthday: "SOLAR" or "LUNAR".
type BirthdayType string

// The two calendars.
const (
	Solar BirthdayType = "SOLAR"
	Lunar BirthdayType = "LUNAR"
)

// AgeRange is Kakao's text for a range of years of age, such as "20~29", "1~9" or "90~".
type AgeRange string

// Bounds gives the first and last year of the range, 150 where it is open, and false
// for a text that is no range. Note that "10~14" lies on both sides of Korea's limit of 14.
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

// ItemState says why an attribute is there or not.
type ItemState int8

// The states of a consent item.
const (
	NotOffered  ItemState = iota // the console does not offer it, or Kakao did not say
	NotAgreed                    // the person has not agreed; additional consent may be asked for
	AgreedEmpty                  // agreed, but the account has no such value: asking again is useless
	Given                        // the value is there
)

// String gives "not_offered", "not_agreed", "agreed_empty" or "given".
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

// Item gives the state of a consent item by its scope id: "profile_nickname",
// "profile_image", "account_email", "name", "age_range", "birthyear", "birthday",
// "gender", "phone_number", "account_ci". Others are NotOffered.
func (a *Account) Item(scope string) ItemState {
	if a == nil {
		return NotOffered
	}
	switch scope {
	case "profile_nickname":
		return itemState(either(a.ProfileNicknameNeedsAgreement, a.ProfileNeedsAgreement), a.Profile.Nickname)
	case "profile_image":
		return itemState(either(a.ProfileImageNeedsAgreement, a.ProfileNeedsAgreement), a.Profile.ImageURL+a.Profile.ThumbnailURL)
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

func either(flag, legacy Flag) Flag {
	if flag != Absent {
		return flag
	}
	return legacy
}

// EmailState is what an e-mail address of Kakao is worth.
type EmailState int8

// The three states of an e-mail address.
const (
	EmailAbsent     EmailState = iota // none, for whatever reason; Item("account_email") tells which
	EmailUnverified                   // there, but not proven to be this person's: never act on it
	EmailVerified                     // valid and verified
)

// String gives "absent", "unverified" or "verified".
func (s EmailState) String() string {
	switch s {
	case EmailUnverified:
		return "unverified"
	case EmailVerified:
		return "verified"
	}
	return "absent"
}

// EmailState judges the address by both of Kakao's flags.
func (a *Account) EmailState() EmailState {
	switch {
	case a == nil || a.Email == "":
		return EmailAbsent
	case a.IsEmailValid == Yes && a.IsEmailVerified == Yes:
		return EmailVerified
	}
	return EmailUnverified
}

// VerifiedEmail gives the address if it is valid and verified. Even then it is no
// identifier: addresses change hands. Key on User.ID.
func (a *Account) VerifiedEmail() (string, bool) {
	if a.EmailState() != EmailVerified {
		return "", false
	}
	return a.Email, true
}

// UnverifiedEmail gives an address that is there and readable, but not proven. A
// masked one ("ka***@kakao.com", is_email_valid false) is never given: mail to it reaches nobody or a stranger.
func (a *Account) UnverifiedEmail() (string, bool) {
	if a.EmailState() != EmailUnverified || a.IsEmailValid == No || strings.Contains(a.Email, "*") {
		return "", false
	}
	return a.Email, true
}

// Nickname gives the nickname that the person has chosen; false if there is none or
// it is Kakao's placeholder. The deprecated copy in Properties is the last resort.
func (u *User) Nickname() (string, bool) {
	if u.Account != nil && u.Account.Profile.Nickname != "" {
		return u.Account.Profile.Nickname, u.Account.Profile.IsDefaultNickname != Yes
	}
	name := u.Properties["nickname"]
	return name, name != ""
}

// Picture gives the address of the small picture, or of the large one; false if there
// is none or it is Kakao's default. The address is Kakao's word: show it, never fetch it (SF-01).
func (u *User) Picture() (string, bool) {
	if u.Account == nil || u.Account.Profile.IsDefaultImage == Yes {
		return "", false
	}
	p := u.Account.Profile
	if p.ThumbnailURL != "" {
		return p.ThumbnailURL, true
	}
	return p.ImageURL, p.ImageURL != ""
}

// PhoneE164 gives the phone number as "+821012345678"; false if there is none or it is
// no number. The zero of a Korean area code, which one of Kakao's samples keeps
// ("+82 010-…"), is dropped.
func (a *Account) PhoneE164() (string, bool) {
	if a == nil {
		return "", false
	}
	return e164(a.PhoneNumber)
}

func e164(s string) (string, bool) {
	country, rest, ok := strings.Cut(strings.TrimSpace(s), " ")
	if !ok || len(country) < 2 || len(country) > 4 || country[0] != '+' {
		return "", false
	}
	if country == "+82" {
		rest = strings.TrimPrefix(strings.TrimSpace(rest), "0")
	}
	digits := country[1:]
	for i := range len(rest) {
		switch c := rest[i]; {
		case c >= '0' && c <= '9':
			digits += string(c)
		case c == ' ' || c == '-' || c == '(' || c == ')' || c == '.':
		default:
			return "", false
		}
	}
	// ITU-T E.164: at most 15 digits; nothing shorter than 7 is a person's phone.
	if len(digits) < 7 || len(digits) > 15 || digits[0] < '1' || digits[0] > '9' || strings.Trim(digits, "0123456789") != "" {
		return "", false
	}
	return "+" + digits, true
}

// Format prints the fields for any verb, as %v does. Without it fmt would walk into Account for a wrong
// verb such as %s without asking Secret how to print itself.
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
