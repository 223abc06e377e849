package navertest

import (
	"crypto/sha256"
	"encoding/base64"

	"github.com/norang-login/norang/internal/emulator"
)

// The ids of the built-in accounts. They and their user ids are the same at every start.
const (
	PersonaBoseong      = "boseong"       // ordinary: nickname and Naver address
	PersonaHadong       = "hadong"        // a second ordinary one
	PersonaNumericID    = "numeric-id"    // id of digits, as in applications made before May 2021
	PersonaOddID        = "odd-id"        // id with / + and =
	PersonaMasked       = "masked"        // no nickname: the masked login id
	PersonaNoEmail      = "no-email"      // refuses the e-mail address
	PersonaForeignEmail = "foreign-email" // contact address at another provider
	PersonaRyanEmail    = "ryan-email"    // the address of the Kakao emulator's ryan
	PersonaBirthyear    = "birthyear"     // year of birth without birthday, gender unknown
	PersonaDeclines     = "declines"      // refuses everything optional and presses cancel
)

// Personas lists the built-in accounts.
func Personas() []Account {
	return []Account{
		{
			ID: PersonaBoseong, Label: "보통 사람: 별명, 네이버 메일", LabelEN: "Ordinary: nickname, Naver address",
			LoginID: "boseong", Nickname: "보성녹차", Name: "김보성", Email: "boseong@naver.com", Gender: "F", Age: "30-39",
			Birthday: "05-10", Birthyear: "1992", Mobile: "010-1234-0001",
		},
		{
			ID: PersonaHadong, Label: "보통 사람, 한 명 더", LabelEN: "Ordinary, a second one",
			LoginID: "hadong", Nickname: "하동", Email: "hadong@naver.com", Gender: "M", Age: "20-29",
		},
		{
			ID: PersonaNumericID, UserID: "32742776", LoginID: "olduser", Nickname: "옛날앱", Email: "olduser@naver.com",
			Label: "숫자로 된 id(2021년 5월 전에 만든 앱)", LabelEN: "Numeric id (applications made before May 2021)",
		},
		{
			ID: PersonaOddID, UserID: "qPb/5K2y+4nFz1cTgDd8Lw==", LoginID: "slash", Nickname: "빗금", Email: "slash@naver.com",
			Label: "/ + =가 있는 id", LabelEN: "Id with / + and =",
		},
		{
			ID: PersonaMasked, LoginID: "gangneung", Email: "gangneung@naver.com",
			Label: "별명 없음: 가려진 아이디", LabelEN: "No nickname: the masked login id",
		},
		{
			ID: PersonaNoEmail, LoginID: "nomail", Nickname: "메일없음", Declines: []string{"email"},
			Label: "이메일을 주지 않음", LabelEN: "Refuses the e-mail address",
		},
		{
			ID: PersonaForeignEmail, LoginID: "abroad", Nickname: "바깥메일", Email: "abroad@example.com",
			Label: "네이버가 아닌 연락처 이메일", LabelEN: "Contact address at another provider",
		},
		{
			ID: PersonaRyanEmail, LoginID: "notryan", Nickname: "라이언", Email: "ryan@example.com",
			Label:   "카카오 에뮬레이터 ryan의 이메일과 이름을 쓰는 다른 사람",
			LabelEN: "Another person with the e-mail and name of the Kakao emulator's ryan",
		},
		{
			ID: PersonaBirthyear, LoginID: "yearonly", Nickname: "해만", Birthyear: "1988", Gender: "U",
			Label: "출생연도만, 성별 확인 불가", LabelEN: "Year of birth only, gender unknown",
		},
		{
			ID: PersonaDeclines, LoginID: "nothanks", Nickname: "사양", Declines: itemIDs, Cancels: true,
			Label: "화면 없이 물으면 취소함", LabelEN: "Cancels when no page asks",
		},
	}
}

// derivedID is the user id of an account that sets none: Base64 text as in applications made since May 2021.
func derivedID(id string) string {
	sum := sha256.Sum256([]byte("navertest user " + id))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// profile is the response object of /v1/nid/me for the items that a user agreed to.
func (a *Account) profile(agreed map[string]bool, picture string) map[string]string {
	out := map[string]string{"id": a.UserID}
	nickname := a.Nickname
	if nickname == "" {
		nickname = emulator.Clip(a.LoginID, 3) + "***"
	}
	for item, value := range map[string]string{
		"nickname": nickname, "name": a.Name, "email": a.Email, "gender": a.Gender, "age": a.Age,
		"birthday": a.Birthday, "birthyear": a.Birthyear, "mobile": a.Mobile, "profile_image": picture,
	} {
		if agreed[item] && value != "" {
			out[item] = value
		}
	}
	return out
}
