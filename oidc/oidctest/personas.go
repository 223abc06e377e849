package oidctest

import "strings"

// The ids of the built-in accounts. They and their subjects are the same at every start.
const (
	PersonaJeju       = "jeju"       // ordinary: name, verified e-mail
	PersonaUlleung    = "ulleung"    // a second ordinary one
	PersonaUnverified = "unverified" // an address that is not verified
	PersonaSilent     = "no-flag"    // an address without email_verified, as at Entra
	PersonaNoEmail    = "no-email"   // neither e-mail nor name, only a user name
	PersonaRyanEmail  = "ryan-email" // the address of the Kakao emulator's ryan
	PersonaLongID     = "long-id"    // subject of 255 characters
	PersonaOddID      = "odd-id"     // subject as at Auth0: connection|id
	PersonaRefused    = "refused"    // not assigned to the client
	PersonaCancels    = "cancels"    // presses cancel
	PersonaGuest      = "guest"      // of another tenant
)

// GuestTenant is the tenant of PersonaGuest.
const GuestTenant = "99999999-aaaa-4bbb-8ccc-dddddddddddd"

// Personas lists the built-in accounts.
func Personas() []Account {
	yes, no := true, false
	return []Account{
		{
			ID: PersonaJeju, Label: "보통 사람: 이름, 확인된 이메일", LabelEN: "Ordinary: name, verified e-mail",
			Name: "강제주", Username: "jeju", Email: "jeju@example.com", EmailVerified: &yes,
		},
		{
			ID: PersonaUlleung, Label: "보통 사람, 한 명 더", LabelEN: "Ordinary, a second one",
			Name: "나울릉", Nickname: "울릉", Username: "ulleung", Email: "ulleung@example.com", EmailVerified: &yes,
		},
		{
			ID: PersonaUnverified, Label: "확인되지 않은 이메일", LabelEN: "Unverified e-mail",
			Name: "미확인", Email: "someone@example.org", EmailVerified: &no,
		},
		{
			ID: PersonaSilent, Label: "email_verified가 없음(Entra)", LabelEN: "No email_verified (Entra)",
			Name: "무표시", Email: "plain@example.com",
		},
		{ID: PersonaNoEmail, Label: "이름도 이메일도 없음", LabelEN: "Neither name nor e-mail", Username: "quiet"},
		{
			ID: PersonaRyanEmail, Name: "라이언", Email: "ryan@example.com", EmailVerified: &yes,
			Label:   "카카오 에뮬레이터 ryan의 이메일과 이름을 쓰는 다른 사람",
			LabelEN: "Another person with the e-mail and name of the Kakao emulator's ryan",
		},
		{
			ID: PersonaLongID, Subject: strings.Repeat("s", 255), Name: "긴아이디",
			Label: "255자 sub", LabelEN: "sub of 255 characters",
		},
		{
			ID: PersonaOddID, Subject: "auth0|65f3 한 <b>'%00", Name: "이상한아이디",
			Label: "특수 문자가 있는 sub(Auth0)", LabelEN: "sub with special characters (Auth0)",
		},
		{
			ID: PersonaRefused, Name: "거절", Refused: true,
			Label: "이 클라이언트에 할당되지 않음", LabelEN: "Not assigned to this client",
		},
		{
			ID: PersonaCancels, Name: "사양", Cancels: true,
			Label: "화면 없이 물으면 취소함", LabelEN: "Cancels when no page asks",
		},
		{
			ID: PersonaGuest, Name: "다른테넌트", Email: "guest@elsewhere.example", Tenant: GuestTenant,
			Label: "다른 테넌트의 사람(Entra)", LabelEN: "A person of another tenant (Entra)",
		},
	}
}
