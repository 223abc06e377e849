package kakaotest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// userBody is the response of /v2/user/me.
type userBody struct {
	ID           int64             `json:"id"`
	HasSignedUp  *bool             `json:"has_signed_up,omitempty"`
	ConnectedAt  string            `json:"connected_at,omitempty"`
	SynchedAt    string            `json:"synched_at,omitempty"` // Kakao's spelling
	Properties   map[string]string `json:"properties,omitempty"`
	KakaoAccount *accountBody      `json:"kakao_account,omitempty"`
	ForPartner   *partnerBody      `json:"for_partner,omitempty"`
}

type partnerBody struct {
	UUID string `json:"uuid"`
}

// accountBody is kakao_account. Kakao still sends the deprecated has_* members.
type accountBody struct {
	ProfileNeedsAgreement         *bool        `json:"profile_needs_agreement,omitempty"`
	ProfileNicknameNeedsAgreement *bool        `json:"profile_nickname_needs_agreement,omitempty"`
	ProfileImageNeedsAgreement    *bool        `json:"profile_image_needs_agreement,omitempty"`
	Profile                       *profileBody `json:"profile,omitempty"`
	NameNeedsAgreement            *bool        `json:"name_needs_agreement,omitempty"`
	Name                          string       `json:"name,omitempty"`
	HasEmail                      *bool        `json:"has_email,omitempty"`
	EmailNeedsAgreement           *bool        `json:"email_needs_agreement,omitempty"`
	IsEmailValid                  *bool        `json:"is_email_valid,omitempty"`
	IsEmailVerified               *bool        `json:"is_email_verified,omitempty"`
	Email                         string       `json:"email,omitempty"`
	HasAgeRange                   *bool        `json:"has_age_range,omitempty"`
	AgeRangeNeedsAgreement        *bool        `json:"age_range_needs_agreement,omitempty"`
	AgeRange                      string       `json:"age_range,omitempty"`
	HasBirthyear                  *bool        `json:"has_birthyear,omitempty"`
	BirthyearNeedsAgreement       *bool        `json:"birthyear_needs_agreement,omitempty"`
	Birthyear                     string       `json:"birthyear,omitempty"`
	HasBirthday                   *bool        `json:"has_birthday,omitempty"`
	BirthdayNeedsAgreement        *bool        `json:"birthday_needs_agreement,omitempty"`
	Birthday                      string       `json:"birthday,omitempty"`
	BirthdayType                  string       `json:"birthday_type,omitempty"`
	IsLeapMonth                   *bool        `json:"is_leap_month,omitempty"`
	HasGender                     *bool        `json:"has_gender,omitempty"`
	GenderNeedsAgreement          *bool        `json:"gender_needs_agreement,omitempty"`
	Gender                        string       `json:"gender,omitempty"`
	HasPhoneNumber                *bool        `json:"has_phone_number,omitempty"`
	PhoneNumberNeedsAgreement     *bool        `json:"phone_number_needs_agreement,omitempty"`
	PhoneNumber                   string       `json:"phone_number,omitempty"`
	HasCI                         *bool        `json:"has_ci,omitempty"`
	CINeedsAgreement              *bool        `json:"ci_needs_agreement,omitempty"`
	CI                            string       `json:"ci,omitempty"`
	CIAuthenticatedAt             string       `json:"ci_authenticated_at,omitempty"`
}

type profileBody struct {
	Nickname          string `json:"nickname,omitempty"`
	ThumbnailImageURL string `json:"thumbnail_image_url,omitempty"`
	ProfileImageURL   string `json:"profile_image_url,omitempty"`
	IsDefaultImage    *bool  `json:"is_default_image,omitempty"`
	IsDefaultNickname *bool  `json:"is_default_nickname,omitempty"`
}

// defaultNickname is Kakao's placeholder for an account without a nickname.
const defaultNickname = "닉네임을 등록해주세요"

func nicknameOf(a *Account) string {
	if a.DefaultNickname {
		return defaultNickname
	}
	return a.Nickname
}

// userMe is GET and POST /v2/user/me.
func userMe(c apiCall) answer {
	s, fail := c.subject()
	if fail != nil {
		return *fail
	}
	keys, fail := c.propertyKeys(s.app)
	if fail != nil {
		return *fail
	}
	secure, fail := c.secureResource()
	if fail != nil {
		return *fail
	}
	s.link.infoRead = true
	return c.selected(c.w.userBody(s.app, s.account, s.link, secure), keys)
}

func (c apiCall) secureResource() (bool, *answer) {
	switch c.get("secure_resource") {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	}
	return false, c.refuse(-2, "secure_resource must be true or false")
}

// topMembers are the members outside kakao_account and properties that property_keys may name.
var topMembers = []string{"id", "has_signed_up", "connected_at", "synched_at", "for_partner"}

// propertyKeys reads property_keys: a JSON array of names, with a trailing dot for a whole branch.
func (c apiCall) propertyKeys(a *App) ([]string, *answer) {
	if !c.has("property_keys") {
		return nil, nil
	}
	keys, ok := parseStrings(c.get("property_keys"))
	if !ok {
		return nil, c.refuse(-2, "property_keys must be a JSON array of strings")
	}
	for _, k := range keys {
		name, isProperty := strings.CutPrefix(k, "properties.")
		switch {
		case isProperty && (name == "" || slices.Contains(a.UserProperties, name) || legacyProperty(name)):
		case isProperty:
			return nil, c.refuse(-201, "user property not found ("+clip(name, 60)+")")
		case !strings.HasPrefix(k, "kakao_account.") && !slices.Contains(topMembers, k):
			return nil, c.refuse(-201, "user property not found ("+clip(k, 60)+")")
		}
	}
	return keys, nil
}

// parseStrings reads a JSON array of strings.
func parseStrings(s string) ([]string, bool) {
	var list []string
	if err := json.Unmarshal([]byte(s), &list); err != nil || len(list) == 0 || len(list) > 100 {
		return nil, false
	}
	return list, true
}

// legacyProperty reports whether every app has the property.
func legacyProperty(name string) bool {
	return name == "nickname" || name == "profile_image" || name == "thumbnail_image"
}

// userBody returns the data of a user that the user agreed to.
func (w *world) userBody(a *App, acc *Account, l *link, secure bool) userBody {
	u := userBody{ID: l.userID}
	if a.ManualLink {
		signed := l.state == linkLinked
		u.HasSignedUp = &signed
	}
	if !l.connectedAt.IsZero() {
		u.ConnectedAt = wireTime(l.connectedAt)
	} else {
		u.ConnectedAt = wireTime(l.began)
	}
	if !acc.NoAccount {
		u.KakaoAccount = w.accountBody(a, acc, l, secure)
	}
	if l.state != linkLinked { // 연결 대기: only id, profile and e-mail
		return u
	}
	if !l.synchedAt.IsZero() {
		u.SynchedAt = wireTime(l.synchedAt)
	}
	u.Properties = w.propertiesBody(acc, l, secure)
	if l.has("friends") || l.has("talk_message") {
		u.ForPartner = &partnerBody{UUID: partnerUUID(l)}
	}
	return u
}

func (w *world) propertiesBody(acc *Account, l *link, secure bool) map[string]string {
	p := map[string]string{}
	if l.has("profile_nickname", "profile") && !acc.NoAccount {
		p["nickname"] = nicknameOf(acc)
	}
	if l.has("profile_image", "profile") && !acc.NoAccount {
		p["profile_image"] = w.pictureURL(acc, 640, secure)
		p["thumbnail_image"] = w.pictureURL(acc, 110, secure)
	}
	for k, v := range l.properties {
		p[k] = v
	}
	return p
}

// partnerUUID is the user's id in the friends and message APIs.
func partnerUUID(l *link) string {
	return fixedKey("uuid", strconv.FormatInt(l.userID, 10))
}

// wireTime is RFC 3339 in UTC, to the second.
func wireTime(t time.Time) string { return t.UTC().Truncate(time.Second).Format(time.RFC3339) }

// selected responds with the user, limited to property_keys if there are any.
func (c apiCall) selected(u userBody, keys []string) answer {
	if keys == nil {
		return jsonAnswer(http.StatusOK, u)
	}
	return jsonAnswer(http.StatusOK, selectMembers(u, keys))
}

// selectMembers keeps the members in property_keys and the top-level members that are not properties.
func selectMembers(u userBody, keys []string) map[string]json.RawMessage {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(encodeJSON(u), &all); err != nil {
		panic("kakaotest: " + err.Error()) // encoded in the line above
	}
	for _, branch := range []string{"kakao_account", "properties"} {
		var members, kept map[string]json.RawMessage
		if raw, ok := all[branch]; !ok || json.Unmarshal(raw, &members) != nil {
			continue
		}
		kept = map[string]json.RawMessage{}
		for name, v := range members {
			if keyNames(keys, branch, name) {
				kept[name] = v
			}
		}
		delete(all, branch)
		if len(kept) > 0 {
			all[branch] = encodeJSON(kept)
		}
	}
	return all
}

// keyNames reports whether property_keys select a member. "kakao_account.email" includes its flags.
func keyNames(keys []string, branch, name string) bool {
	for _, k := range keys {
		want, ok := strings.CutPrefix(k, branch+".")
		if !ok {
			continue
		}
		stem := strings.TrimSuffix(
			strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(name, "has_"), "is_"), "profile_"),
			"_needs_agreement",
		)
		if want == "" || want == name ||
			branch == "kakao_account" && (stem == want || strings.HasPrefix(stem, want+"_") ||
				want == "profile" && strings.HasPrefix(name, "profile") || want == "birthday" &&
				name == "is_leap_month") {
			return true
		}
	}
	return false
}
