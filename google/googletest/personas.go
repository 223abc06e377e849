package googletest

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// The ids of the built-in accounts. They and their subjects are the same at every start.
const (
	PersonaMinji        = "minji"         // ordinary: Gmail
	PersonaJunho        = "junho"         // a second ordinary one
	PersonaWorkspace    = "workspace"     // Google Workspace: hd, Google vouches for the address
	PersonaCompany      = "company"       // verified address of a company without Workspace: no hd
	PersonaUnverified   = "unverified"    // unverified address
	PersonaChangedEmail = "changed-email" // another address after the first sign-in
	PersonaNoPicture    = "no-picture"    // neither picture nor family name
	PersonaRyanEmail    = "ryan-email"    // the address and name of the Kakao emulator's ryan
	PersonaCancels      = "cancels"       // presses cancel when no page asks
)

// Personas lists the built-in accounts.
func Personas() []Account {
	return []Account{
		{
			ID: PersonaMinji, Label: "보통 사람: Gmail", LabelEN: "Ordinary: Gmail", Email: "minji.emu@gmail.com",
			EmailVerified: true, Name: "김민지", GivenName: "민지", FamilyName: "김",
		},
		{
			ID: PersonaJunho, Label: "보통 사람, 한 명 더", LabelEN: "Ordinary, a second one", Email: "junho.emu@gmail.com",
			EmailVerified: true, Name: "Junho Lee", GivenName: "Junho", FamilyName: "Lee",
		},
		{
			ID: PersonaWorkspace, Label: "Google Workspace 계정(hd)", LabelEN: "Google Workspace account (hd)",
			Email: "seoyeon@corp.example", EmailVerified: true, HostedDomain: "corp.example", Name: "이서연",
			GivenName: "서연", FamilyName: "이",
		},
		{
			ID: PersonaCompany, Label: "확인된 회사 메일, Workspace 아님", LabelEN: "Verified company address, no Workspace",
			Email: "dohyun@shop.example", EmailVerified: true, Name: "박도현", GivenName: "도현", FamilyName: "박",
		},
		{
			ID: PersonaUnverified, Label: "확인되지 않은 메일", LabelEN: "Unverified address",
			Email: "later@mail.example", Name: "최하은", GivenName: "하은", FamilyName: "최",
		},
		{
			ID: PersonaChangedEmail, Label: "두 번째 로그인부터 메일이 바뀜", LabelEN: "Another address from the second sign-in on",
			Email: "before.emu@gmail.com", NextEmail: "after.emu@gmail.com", EmailVerified: true, Name: "정지우",
			GivenName: "지우", FamilyName: "정",
		},
		{
			ID: PersonaNoPicture, Label: "사진도 성도 없음", LabelEN: "Neither picture nor family name",
			Email: "plain.emu@gmail.com", EmailVerified: true, Name: "한결", GivenName: "한결", NoPicture: true,
		},
		{
			ID: PersonaRyanEmail, Email: "ryan@example.com", EmailVerified: true, Name: "라이언", GivenName: "라이언",
			Label:   "카카오 에뮬레이터 ryan의 이메일과 이름을 쓰는 다른 사람",
			LabelEN: "Another person with the e-mail and name of the Kakao emulator's ryan",
		},
		{
			ID: PersonaCancels, Label: "화면 없이 물으면 취소함", LabelEN: "Cancels when no page asks",
			Email: "nothanks.emu@gmail.com", EmailVerified: true, Name: "사양", GivenName: "사양", Cancels: true,
		},
	}
}

// derivedSubject is the sub of an account that sets none: 21 digits as Google's.
func derivedSubject(id string) string {
	sum := sha256.Sum256([]byte("googletest subject " + id))
	return fmt.Sprintf("10%019d", binary.BigEndian.Uint64(sum[:])%1e18)
}

// claims are what an account's ID token and userinfo say for scopes.
func (a *Account) claims(scopes map[string]bool, picture string) map[string]any {
	out := map[string]any{"sub": a.Subject}
	if a.HostedDomain != "" {
		out["hd"] = a.HostedDomain
	}
	if scopes["email"] && a.Email != "" {
		out["email"], out["email_verified"] = a.Email, a.EmailVerified
	}
	if !scopes["profile"] {
		return out
	}
	for name, value := range map[string]string{
		"name": a.Name, "given_name": a.GivenName, "family_name": a.FamilyName,
	} {
		if value != "" {
			out[name] = value
		}
	}
	if !a.NoPicture {
		out["picture"] = picture
	}
	return out
}
