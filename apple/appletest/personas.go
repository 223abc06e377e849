package appletest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// The ids of the built-in accounts. They and their subjects are the same at every start.
const (
	PersonaJeju       = "jeju"       // ordinary: Korean name, shares the address
	PersonaSeorak     = "seorak"     // hides the address
	PersonaAda        = "ada"        // name in Latin letters
	PersonaNoName     = "no-name"    // deletes the name before continuing
	PersonaManaged    = "managed"    // managed account without address
	PersonaUnverified = "unverified" // the address is not verified
	PersonaRyanEmail  = "ryan-email" // the address of the Kakao emulator's ryan
	PersonaCancels    = "cancels"    // presses cancel
)

// Personas lists the built-in accounts.
func Personas() []Account {
	return []Account{
		{
			ID: PersonaJeju, FirstName: "하루", LastName: "김", Email: "haru@icloud.com",
			Label: "보통 사람: 이름, 이메일 공유", LabelEN: "Ordinary: name, shares the address",
		},
		{
			ID: PersonaSeorak, FirstName: "산", LastName: "설", Email: "san@example.com", HideEmail: true,
			Label: "이메일을 가림(전달용 주소)", LabelEN: "Hides the address (relay)",
		},
		{
			ID: PersonaAda, FirstName: "Ada", LastName: "Lovelace", Email: "ada@example.com",
			Label: "로마자 이름", LabelEN: "Name in Latin letters",
		},
		{
			ID: PersonaNoName, Email: "noname@icloud.com",
			Label: "이름을 지우고 계속함", LabelEN: "Deletes the name before continuing",
		},
		{
			ID: PersonaManaged, FirstName: "관리", LastName: "최",
			Label: "이메일이 없는 관리 계정", LabelEN: "Managed account without address",
		},
		{
			ID: PersonaUnverified, FirstName: "학교", LastName: "박", Email: "student@school.example", Unverified: true,
			Label: "확인되지 않은 이메일(직장·학교 계정)", LabelEN: "Unverified address (Work & School)",
		},
		{
			ID: PersonaRyanEmail, FirstName: "라이언", LastName: "", Email: "ryan@example.com",
			Label:   "카카오 에뮬레이터 ryan의 이메일과 이름을 쓰는 다른 사람",
			LabelEN: "Another person with the e-mail and name of the Kakao emulator's ryan",
		},
		{
			ID: PersonaCancels, FirstName: "취소", LastName: "정", Email: "cancel@icloud.com", Cancels: true,
			Label: "화면 없이 물으면 취소함", LabelEN: "Cancels when no page asks",
		},
	}
}

func derive(parts string) string {
	sum := sha256.Sum256([]byte("appletest " + parts))
	return hex.EncodeToString(sum[:])
}

// subject is the user's id in a team.
func subject(team, account string) string {
	sum := sha256.Sum256([]byte("appletest subject " + team + " " + account))
	return fmt.Sprintf("000%03d.%x.%04d", int(sum[0])*3, sum[8:24], int(sum[1])*10)
}

// transferSubject is the user's transfer identifier between two teams.
func transferSubject(from, to, account string) string {
	return "760417." + derive("transfer " + from + " " + to + " " + account)[:32] + "." + "0417"
}

// relay is the relay address of a user in a team.
func relay(team, account string) string {
	return derive("relay " + team + " " + account)[:10] + "@privaterelay.appleid.com"
}

func (a *Account) name() string {
	switch {
	case a.FirstName+a.LastName == "":
		return a.ID
	case a.FirstName != "" && a.FirstName[0] < 0x80:
		return a.FirstName + " " + a.LastName
	}
	return a.LastName + a.FirstName
}
