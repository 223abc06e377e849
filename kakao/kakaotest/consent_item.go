package kakaotest

import (
	"slices"

	"github.com/norang-login/norang/internal/emulator"
)

// The steps of a consent item (동의항목).
const (
	StepRequired = "required" // 필수 동의
	StepOptional = "optional" // 선택 동의
	StepInUse    = "in_use"   // 이용 중 동의, only when named in scope
	StepOff      = "off"      // 사용 안 함
)

// ConsentItem is a consent item of an app.
type ConsentItem struct {
	ID   string `toml:"id" json:"id"`     // such as profile_nickname
	Step string `toml:"step" json:"step"` // StepRequired, StepOptional, StepInUse or StepOff
	// CollectMissing is "카카오계정으로 정보 수집 후 제공".
	CollectMissing bool `toml:"collect_missing" json:"collect_missing"`
}

// consentKind is what Kakao defines about an item.
type consentKind struct {
	id     string
	ko, en string
	kind   string // PRIVACY or SERVICE, for /v2/user/scopes
	biz    bool   // needs a biz app
}

// consentKinds lists the items in the order of the consent screen.
func consentKinds() []consentKind {
	return []consentKind{
		{"profile", "프로필 정보(닉네임/프로필 사진)", "Profile info (nickname and picture)", "PRIVACY", false},
		{"profile_nickname", "닉네임", "Nickname", "PRIVACY", false},
		{"profile_image", "프로필 사진", "Profile picture", "PRIVACY", false},
		{"account_email", "카카오계정(이메일)", "Kakao account (e-mail)", "PRIVACY", true},
		{"name", "이름", "Name", "PRIVACY", true},
		{"gender", "성별", "Gender", "PRIVACY", true},
		{"age_range", "연령대", "Age range", "PRIVACY", true},
		{"birthday", "생일", "Birthday", "PRIVACY", true},
		{"birthyear", "출생 연도", "Year of birth", "PRIVACY", true},
		{"phone_number", "카카오계정(전화번호)", "Kakao account (phone number)", "PRIVACY", true},
		{"account_ci", "CI(연계정보)", "CI (connecting information)", "PRIVACY", true},
		{"shipping_address", "배송지정보(수령인명, 배송지 주소, 전화번호)", "Shipping addresses", "PRIVACY", true},
		{"friends", "카카오서비스 내 친구목록(프로필사진, 닉네임, 즐겨찾기 포함)", "Friends in Kakao services", "SERVICE", false},
		{"talk_message", "카카오톡 메시지 전송", "Sending KakaoTalk messages", "SERVICE", false},
		{"plusfriends", "카카오톡 채널 추가 상태 및 내역", "KakaoTalk channel relations", "SERVICE", false},
		{"account_events", "카카오계정 상태 변경 내역", "Kakao account state changes", "PRIVACY", true},
	}
}

func lookupConsentKind(id string) (consentKind, bool) {
	for _, k := range consentKinds() {
		if k.id == id {
			return k, true
		}
	}
	return consentKind{}, false
}

func consentIDs() (ids []string) {
	for _, k := range consentKinds() {
		ids = append(ids, k.id)
	}
	return ids
}

func (it ConsentItem) check(appType string) error {
	k, ok := lookupConsentKind(it.ID)
	if !ok {
		return emulator.Errorf("모르는 id입니다: %q%s", "unknown id %q%s", it.ID, oneOf(consentIDs()))
	}
	if steps := []string{StepRequired, StepOptional, StepInUse, StepOff}; !slices.Contains(steps, it.Step) {
		return emulator.Errorf("%s: 모르는 step입니다: %q%s", "%s: unknown step %q%s", it.ID, it.Step,
			oneOf(steps))
	}
	if k.biz && appType == AppBasic && it.Step != StepOff {
		return emulator.Errorf("%s: 비즈 앱이 필요합니다", "%s needs a biz app", it.ID)
	}
	return nil
}

// consentItem returns the app's setting of an item. An item that is not listed is off.
func consentItem(a *App, id string) ConsentItem {
	for _, it := range a.ConsentItems {
		if it.ID == id {
			return it
		}
	}
	return ConsentItem{ID: id, Step: StepOff}
}
