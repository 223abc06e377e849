package kakao

import (
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const testCI = "Y2kgb2Ygb3VyIG93biBtYWtpbmcsIG5vYm9keSBpcyBtZWFudCBieSBpdCwgYW5kIGl0IGhhcyA4OCBjaGFyYWN0ZXI="

func userFrom(t *testing.T, file string) *User {
	t.Helper()
	s := load(t, file)
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { answer(w, s.status, s.body) })
	u, err := c.UserMe(t.Context(), testToken, UserMeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestUserMeDecodesEveryMember(t *testing.T) {
	t.Parallel()
	got := userFrom(t, "user_me.json")
	want := &User{
		ID:          3141592653589793238,
		ConnectedAt: testTime,
		SynchedAt:   testTime.Add(time.Second),
		UUID:        "uuid-of-our-own-making",
		Properties: map[string]string{
			"nickname":        "라이언",
			"profile_image":   "http://img.example/p.jpg",
			"thumbnail_image": "http://img.example/t.jpg",
			"favorite_color":  "yellow",
		},
		Account: &Account{
			ProfileNicknameNeedsAgreement: No, ProfileImageNeedsAgreement: No,
			Profile: Profile{
				Nickname:          "라이언",
				IsDefaultNickname: No,
				ImageURL:          "http://img.example/p.jpg",
				ThumbnailURL:      "http://img.example/t.jpg",
				IsDefaultImage:    No,
			},
			NameNeedsAgreement: No, Name: "김라이언",
			EmailNeedsAgreement: No, IsEmailValid: Yes, IsEmailVerified: Yes, Email: "ryan@example.com",
			PhoneNumberNeedsAgreement: No, PhoneNumber: "+82 10-1234-5678",
			AgeRangeNeedsAgreement: No, AgeRange: "30~39",
			BirthyearNeedsAgreement: No, Birthyear: "1990", BirthdayNeedsAgreement: No, Birthday: "0305",
			BirthdayType: Solar, IsLeapMonth: No,
			GenderNeedsAgreement: No, Gender: Male,
			CINeedsAgreement:  No,
			CI:                testCI,
			CIAuthenticatedAt: time.Date(2025, 12, 31, 15, 0, 0, 0, time.UTC),
		},
	}
	if diff := cmp.Diff(want, got, secretsEqual); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	partner := userFrom(t, "user_me_partner.json")
	a := &Account{
		LegalNameNeedsAgreement:      No,
		LegalName:                    "김라이언",
		LegalBirthDateNeedsAgreement: No,
		LegalBirthDate:               "19900305",
		LegalGenderNeedsAgreement:    No,
		LegalGender:                  Male,
		IsKoreanNeedsAgreement:       No,
		IsKorean:                     Yes,
	}
	if diff := cmp.Diff(a, partner.Account, secretsEqual); diff != "" ||
		partner.GroupUserToken != "group-token-of-our-own-making" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Only the id, the two flags of the address and duplicate names can refuse a sign-in.
func TestPF16_S12_OtherMembersOfUnexpectedTypeAreAbsent(t *testing.T) {
	t.Parallel()
	get := func(body string) (*User, error) {
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { answer(w, 200, body) })
		return c.UserMe(t.Context(), testToken, UserMeOptions{})
	}
	const email = `"email":"ryan@example.com","is_email_valid":true,"is_email_verified":true`
	for _, body := range []string{
		`{"id":1,"properties":[],"kakao_account":{` + email + `}}`,
		"\ufeff" + `{"id":1,"kakao_account":{"profile":[],` + email + `}}`,
		`{"id":1,"connected_at":1700000000000,"has_signed_up":"true","kakao_account":{"birthyear":1990,"birthday":305,` +
			`"age_range":20,"phone_number":821012345678,"is_leap_month":"false","gender":["male"],"ci":{},` + email + `}}`,
		`{"id":1,"for_partner":"x","group_user_token":5,"kakao_account":{"profile":{"nickname":{"ko":"x"},` +
			`"thumbnail_image_url":false,"is_default_image":"no"},"name":7,"profile_needs_agreement":0,` + email + `}}`,
	} {
		u, err := get(body)
		if err != nil {
			t.Errorf("%s: %v", body, err)
			continue
		}
		if mail, ok := u.Account.VerifiedEmail(); !ok || mail != "ryan@example.com" || u.ID != 1 {
			t.Errorf("%s: %+v", body, u)
		}
		a := u.Account
		a.Email, a.IsEmailValid, a.IsEmailVerified = "", Absent, Absent
		if *a != (Account{}) || !u.ConnectedAt.IsZero() || u.HasSignedUp != Absent || u.Properties != nil {
			t.Errorf("%s: not absent: %+v, %+v", body, u, a)
		}
	}
	for _, body := range []string{`[]`, `"x"`, `7`, `false`} {
		if u, err := get(`{"id":1,"kakao_account":` + body + `}`); err != nil || u.Account != nil {
			t.Errorf("kakao_account %s: %+v, %v", body, u, err)
		}
	}
	for _, body := range []string{
		`{"id":"1"}`, `{"id":1.0}`, `{"id":1e3}`, `[]`, `{"id":1,"id":1}`,
		`{"id":1,"kakao_account":{"is_email_valid":"true"}}`, `{"id":1,"kakao_account":{"is_email_verified":1}}`,
		`{"id":1,"kakao_account":{"email":"a@example.com","email":"b@example.com"}}`,
		`{"id":1,"x":{"a":1,"a":2}}`, `{"id":1,"properties":[{"a":1,"a":2}]}`,
	} {
		if u, err := get(body); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %+v, %v", body, u, err)
		}
	}
}

func TestEmailStates(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		file       string
		state      EmailState
		item       ItemState
		unverified string
	}{
		{"user_me.json", EmailVerified, Given, ""},
		{"user_me_minimal.json", EmailAbsent, NotOffered, ""},
		{"user_me_not_agreed.json", EmailAbsent, NotAgreed, ""},
		{"user_me_no_email.json", EmailAbsent, AgreedEmpty, ""},
		{"user_me_email_unverified.json", EmailUnverified, Given, "ryan@example.com"},
		{"user_me_email_masked.json", EmailUnverified, Given, ""},
	} {
		u := userFrom(t, tt.file)
		if got := u.Account.EmailState(); got != tt.state {
			t.Errorf("%s: state %v", tt.file, got)
		}
		if got := u.Account.Item("account_email"); got != tt.item {
			t.Errorf("%s: item %v", tt.file, got)
		}
		if mail, ok := u.Account.VerifiedEmail(); ok != (tt.state == EmailVerified) ||
			ok != (mail == "ryan@example.com") {
			t.Errorf("%s: verified %q", tt.file, mail)
		}
		if mail, _ := u.Account.UnverifiedEmail(); mail != tt.unverified {
			t.Errorf("%s: unverified %q", tt.file, mail)
		}
	}
}

func TestS24_MalformedEmailIsNotVerified(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"a@b@example.com", "a@example.com\r\nBcc: x@example.com", "a b@example.com", "example.com", "@example.com", "a@",
		"a\u202e@example.com", "a@example.com\u2028", "\ufffd@example.com",
	} {
		a := &Account{Email: text, IsEmailValid: Yes, IsEmailVerified: Yes}
		if mail, ok := a.VerifiedEmail(); ok {
			t.Errorf("%q is verified", mail)
		}
		if mail, ok := a.UnverifiedEmail(); ok {
			t.Errorf("%q is an address", mail)
		}
		if mail, ok := (&UserInfo{Email: text, EmailVerified: Yes}).VerifiedEmail(); ok {
			t.Errorf("user info: %q is verified", mail)
		}
		cl, err := decodeClaims([]byte(mustJSON(map[string]any{"sub": "1", "email": text})))
		if err != nil || cl.Email != "" {
			t.Errorf("ID token: %q, %v", cl.Email, err)
		}
	}
}

func TestVerifiedEmailRequiresBothFlags(t *testing.T) {
	t.Parallel()
	for _, valid := range []Flag{Absent, No, Yes} {
		for _, verified := range []Flag{Absent, No, Yes} {
			a := &Account{Email: "ryan@example.com", IsEmailValid: valid, IsEmailVerified: verified}
			if _, ok := a.VerifiedEmail(); ok != (valid == Yes && verified == Yes) {
				t.Errorf("valid %v, verified %v: %v", valid, verified, ok)
			}
		}
	}
}

func TestNicknameAndPicture(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		file, nickname, picture string
		named, pictured         bool
	}{
		{"user_me_ordinary.json", "라이언", "http://img.example/t.jpg", true, true},
		{"user_me_minimal.json", "", "", false, false},
		{"user_me_defaults.json", "닉네임을 등록해주세요", "", false, false},
		{"user_me_emoji.json", "🦁 라이언 & 🌻", "", true, false},
		{"user_me_secure.json", "", "https://img.example/t.jpg", false, true},
	} {
		u := userFrom(t, tt.file)
		if name, ok := u.Nickname(); name != tt.nickname || ok != tt.named {
			t.Errorf("%s: %q, %v", tt.file, name, ok)
		}
		if pic, ok := u.Picture(); pic != tt.picture || ok != tt.pictured {
			t.Errorf("%s: %q, %v", tt.file, pic, ok)
		}
	}
	if name, ok := (&User{Properties: map[string]string{"nickname": "옛 이름"}}).Nickname(); name != "옛 이름" || !ok {
		t.Error("the deprecated copy is not used")
	}
}

func TestBirthdays(t *testing.T) {
	t.Parallel()
	u := userFrom(t, "user_me_lunar.json")
	if a := u.Account; a.Birthday != "0415" || a.BirthdayType != Lunar || a.IsLeapMonth != Yes ||
		a.Item("birthyear") != NotAgreed {
		t.Errorf("%+v", a)
	}
	if a := userFrom(t, "user_me_birthyear.json").Account; a.Birthyear != "1990" || a.Birthday != "" ||
		a.Item("birthday") != NotOffered {
		t.Errorf("%+v", a)
	}
}

func TestHasSignedUp(t *testing.T) {
	t.Parallel()
	if u := userFrom(t, "user_me_preregistered.json"); u.HasSignedUp != No {
		t.Errorf("HasSignedUp = %v", u.HasSignedUp)
	}
	if u := userFrom(t, "user_me.json"); u.HasSignedUp != Absent {
		t.Errorf("HasSignedUp = %v", u.HasSignedUp)
	}
}

func TestPhoneE164(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"+82 10-1234-5678":  "+821012345678",
		"+82 010-1234-5678": "+821012345678",
		"+82 10 1234 5678":  "+821012345678",
		"+82 2-123-4567":    "+8221234567",
		"+821012345678":     "+821012345678", "+8201012345678": "+821012345678", "+82-10-1234-5678": "+821012345678",
		" +14155550123 ": "+14155550123", "+82\u00a010": "", "+١٢٣٤٥٦٧٨": "", "++821012345678": "", "821012345678": "",
		"+1 415 555-0123": "+14155550123", "+44 (20) 7946.0123": "+442079460123",
		"": "", "010-1234-5678": "", "+82": "", "+82 ": "", "+82 10-1234-567x": "", "+0 1234567": "",
		"+82 1234567890123456": "", "+8a 10-1234-5678": "", "+ 1234567": "",
	} {
		a := &Account{PhoneNumber: in}
		if got, ok := a.PhoneE164(); got != want || ok != (want != "") {
			t.Errorf("PhoneE164(%q) = %q, %v", in, got, ok)
		}
	}
	for file, want := range map[string]string{
		"user_me.json":               "+821012345678",
		"user_me_foreign_phone.json": "+14155550123",
		"user_me_trunk_zero.json":    "+821012345678",
		"user_me_minimal.json":       "",
	} {
		if got, _ := userFrom(t, file).Account.PhoneE164(); got != want {
			t.Errorf("%s: %q", file, got)
		}
	}
}

func TestAgeRangeBounds(t *testing.T) {
	t.Parallel()
	for in, want := range map[AgeRange][3]int{
		"1~9": {1, 9, 1}, "0~9": {0, 9, 1}, "10~14": {10, 14, 1}, "90~": {90, 150, 1}, "": {}, "20": {}, "~9": {},
		"9~1": {}, "a~b": {}, "1~9999": {},
	} {
		from, to, ok := in.Bounds()
		if got := [3]int{from, to, map[bool]int{true: 1}[ok]}; got != want {
			t.Errorf("Bounds(%q) = %v", in, got)
		}
	}
}

func TestItemKnowsEveryConsentItem(t *testing.T) {
	t.Parallel()
	u := userFrom(t, "user_me.json")
	for _, scope := range []string{
		"profile_nickname", "profile_image", "account_email", "name", "age_range", "birthyear", "birthday",
		"gender", "phone_number", "account_ci",
	} {
		if got := u.Account.Item(scope); got != Given {
			t.Errorf("Item(%s) = %v", scope, got)
		}
		if got := (*Account)(nil).Item(scope); got != NotOffered {
			t.Errorf("nil: Item(%s) = %v", scope, got)
		}
	}
	if got := u.Account.Item("friends"); got != NotOffered {
		t.Errorf("Item(friends) = %v", got)
	}
	old := &Account{ProfileNeedsAgreement: Yes} // an app from before 2021
	if old.Item("profile_nickname") != NotAgreed || old.Item("profile_image") != NotAgreed {
		t.Error("the flag of old apps is ignored")
	}
}

func TestUserMeParameters(t *testing.T) {
	t.Parallel()
	var got url.Values
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.URL.Query()
		answer(w, 200, `{"id":3141592653589}`)
	})
	opts := UserMeOptions{SecureResource: true, PropertyKeys: []string{"kakao_account.email", "properties.a&b"}}
	if _, err := c.UserMe(t.Context(), testToken, opts); err != nil {
		t.Fatal(err)
	}
	want := url.Values{"secure_resource": {"true"}, "property_keys": {`["kakao_account.email","properties.a\u0026b"]`}}
	if got.Encode() != want.Encode() {
		t.Errorf("%v", got)
	}
	if _, err := c.UserMeAsAdmin(t.Context(), ryan, opts); err != nil {
		t.Fatal(err)
	}
	if got.Get("target_id") != "3141592653589" || got.Get("target_id_type") != "user_id" ||
		got.Get("secure_resource") != "true" {
		t.Errorf("%v", got)
	}
}

func TestUserMeRejectsMalformedResponses(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		``, `null`, `[]`, `{}`, `{"id":null}`, `{"id":0}`, `{"id":-5}`, `{"id":"3141592653589"}`, `{"id":3.1e12}`,
		`{"id":9223372036854775808}`,
		`{"ID":3141592653589}`, `{"id":1,"id":2}`, `{"id":1}{"id":2}`, `{"id":1} x`, "\ufeff\ufeff{\"id\":1}",
		`{"id":1,"kakao_account":{"email":"a","email":"b"}}`,
		`{"id":1,"kakao_account":{"is_email_verified":"true"}}`,
		`{"id":1,"kakao_account":{"is_email_verified":1}}`, `{"id":1,"kakao_account":[1,]}`, `{"id":1`,
	} {
		c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { answer(w, 200, body) })
		if u, err := c.UserMe(t.Context(), testToken, UserMeOptions{}); err == nil {
			t.Errorf("%s gave %+v", body, u)
		}
	}
}

func TestPropertiesOfOtherTypesBecomeText(t *testing.T) {
	t.Parallel()
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		answer(w, 200, `{"id":1,"connected_at":"not a time",`+
			`"properties":{"a":"x","b":7,"c":true,"d":null,"e":{"f":1},"g":-1.5},`+
			`"kakao_account":{"profile":null,"gender":"MALE","ci_authenticated_at":null}}`)
	})
	u, err := c.UserMe(t.Context(), testToken, UserMeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"a": "x", "b": "7", "c": "true", "g": "-1.5"}, u.Properties); diff != "" {
		t.Error(diff)
	}
	if !u.ConnectedAt.IsZero() || u.Account.Gender != Male || !u.Account.CIAuthenticatedAt.IsZero() {
		t.Errorf("%+v", u.Account)
	}
}

func TestStateStrings(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		Absent.String(): "absent", Yes.String(): "yes", No.String(): "no",
		NotOffered.String():      "not_offered",
		NotAgreed.String():       "not_agreed",
		AgreedEmpty.String():     "agreed_empty",
		Given.String():           "given",
		EmailUnverified.String(): "unverified", EmailVerified.String(): "verified",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if EmailAbsent.String() != "absent" {
		t.Error(EmailAbsent)
	}
	if got, ok := (&UserInfo{PhoneNumber: "+82 10-1234-5678"}).PhoneE164(); !ok || got != "+821012345678" {
		t.Error(got)
	}
}
