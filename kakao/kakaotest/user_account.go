package kakaotest

import (
	"strconv"
	"strings"
	"time"
)

// accountBody is kakao_account: the values that the user agreed to and has, and a needs_agreement flag for every item
// of the app. It is nil if the app has no account item.
func (w *world) accountBody(a *App, acc *Account, l *link, secure bool) *accountBody {
	b := &accountBody{}
	some := false
	// needs sets the flags of an item and reports whether its value is given.
	needs := func(id string, flag, has **bool, value bool) bool {
		if consentItem(a, id).Step == StepOff {
			return false
		}
		some = true
		agreed := l.has(id)
		missing := !agreed
		*flag = &missing
		if has != nil && agreed {
			*has = &value
		}
		return agreed && value
	}
	w.profile(a, acc, l, secure, b, needs)
	if needs("account_email", &b.EmailNeedsAgreement, &b.HasEmail, acc.Email != "") {
		valid, verified := !acc.EmailInvalid, !acc.EmailUnverified
		b.IsEmailValid, b.IsEmailVerified, b.Email = &valid, &verified, maskedEmail(acc)
	}
	if l.state != linkLinked { // 연결 대기: only the profile without flags, and the e-mail
		if !some {
			return nil
		}
		b.ProfileNeedsAgreement, b.ProfileNicknameNeedsAgreement, b.ProfileImageNeedsAgreement, b.HasEmail = nil, nil,
			nil, nil
		return b
	}
	if needs("name", &b.NameNeedsAgreement, nil, acc.Name != "") {
		b.Name = acc.Name
	}
	age := ageRange(acc, w.clock.now())
	if needs("age_range", &b.AgeRangeNeedsAgreement, &b.HasAgeRange, age != "") {
		b.AgeRange = age
	}
	if needs("birthyear", &b.BirthyearNeedsAgreement, &b.HasBirthyear, acc.Birthyear != "") {
		b.Birthyear = acc.Birthyear
	}
	if needs("birthday", &b.BirthdayNeedsAgreement, &b.HasBirthday, acc.Birthday != "") {
		leap := acc.LeapMonth
		b.Birthday, b.BirthdayType, b.IsLeapMonth = acc.Birthday, "SOLAR", &leap
		if acc.BirthdayLunar {
			b.BirthdayType = "LUNAR"
		}
	}
	if needs("gender", &b.GenderNeedsAgreement, &b.HasGender, acc.Gender != "") {
		b.Gender = acc.Gender
	}
	if needs("phone_number", &b.PhoneNumberNeedsAgreement, &b.HasPhoneNumber, acc.Phone != "") {
		b.PhoneNumber = acc.Phone
	}
	if needs("account_ci", &b.CINeedsAgreement, &b.HasCI, acc.CI != "") {
		b.CI, b.CIAuthenticatedAt = acc.CI, wireTime(l.connectedAt)
	}
	if !some {
		return nil
	}
	return b
}

// profile sets the profile and its flags. The legacy item "profile" means both newer ones.
func (w *world) profile(
	a *App,
	acc *Account,
	l *link,
	secure bool,
	b *accountBody,
	needs func(string, **bool, **bool, bool) bool,
) {
	both := needs("profile", &b.ProfileNeedsAgreement, nil, true)
	nickname := needs("profile_nickname", &b.ProfileNicknameNeedsAgreement, nil, true)
	image := needs("profile_image", &b.ProfileImageNeedsAgreement, nil, true)
	if !both && !nickname && !image {
		return
	}
	p := &profileBody{}
	if both || nickname {
		placeholder := acc.DefaultNickname
		p.Nickname, p.IsDefaultNickname = nicknameOf(acc), &placeholder
	}
	if both || image {
		standard := acc.DefaultImage
		p.ThumbnailImageURL, p.ProfileImageURL, p.IsDefaultImage = w.pictureURL(
			acc,
			110,
			secure,
		), w.pictureURL(
			acc,
			640,
			secure,
		), &standard
	}
	b.Profile = p
}

// pictureURL is the address of a profile picture. As at Kakao it is http unless secure_resource is true; then it has
// the emulator's scheme, because an emulator on http cannot serve https.
func (w *world) pictureURL(acc *Account, size int, secure bool) string {
	base := w.cfg.PictureURL
	if !secure {
		_, rest, _ := strings.Cut(base, "://")
		base = "http://" + rest
	}
	who := acc.ID
	if acc.DefaultImage {
		who = "default"
	}
	return base + "/-/pictures/" + who + "/" + strconv.Itoa(size) + ".jpg"
}

// ageRange is the configured range, or else that of the year of birth.
func ageRange(a *Account, now time.Time) string {
	if a.AgeRange != "" {
		return a.AgeRange
	}
	year, err := strconv.Atoi(a.Birthyear)
	if err != nil {
		return ""
	}
	age := now.Year() - year
	if len(a.Birthday) == 4 && now.Format("0102") < a.Birthday {
		age--
	}
	switch {
	case age < 10:
		return "1~9"
	case age < 15:
		return "10~14"
	case age < 20:
		return "15~19"
	case age >= 90:
		return "90~"
	}
	decade := strconv.Itoa(age / 10)
	return decade + "0~" + decade + "9"
}
