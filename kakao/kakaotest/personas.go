package kakaotest

import "slices"

// The ids of the built-in accounts. They and their user ids are the same at every start. A login_hint with one of
// them selects that account.
const (
	PersonaRyan             = "ryan"              // ordinary: nickname, picture, valid and verified e-mail
	PersonaApeach           = "apeach"            // a second ordinary one
	PersonaFull             = "full"              // has every attribute, addresses included
	PersonaNoEmail          = "no-email"          // created with a phone number, no e-mail
	PersonaUnverifiedEmail  = "unverified-email"  // e-mail valid but not verified
	PersonaInvalidEmail     = "invalid-email"     // e-mail taken over by another account, masked
	PersonaNoAccount        = "no-account"        // kakao_account absent
	PersonaDefaultNickname  = "default-nickname"  // placeholder nickname and default picture
	PersonaEmojiNickname    = "emoji-nickname"    // four-byte characters
	PersonaLongNickname     = "long-nickname"     // longer than many database columns
	PersonaSameNickname     = "same-nickname"     // the nickname of ryan
	PersonaSameEmail        = "same-email"        // claims the e-mail of ryan without verification
	PersonaBigID            = "big-id"            // a 19-digit user id above 2^53
	PersonaLunarBirthday    = "lunar-birthday"    // born in a lunar leap month
	PersonaBirthyearOnly    = "birthyear-only"    // year of birth without birthday
	PersonaForeignPhone     = "foreign-phone"     // a phone number outside Korea
	PersonaUnder14          = "under-14"          // refused by apps with RefuseUnder14
	PersonaDormant          = "dormant"           // kapi answers -103
	PersonaBlocked          = "blocked"           // kapi answers -4
	PersonaRejoining        = "rejoining"         // was linked once and has unlinked
	PersonaDeclines         = "declines"          // presses cancel
	PersonaDeclinesOptional = "declines-optional" // agrees to nothing optional
	PersonaNotAMember       = "not-a-member"      // KOE005: not a member of the test app
)

// Personas lists the built-in accounts.
func Personas() []Account {
	return slices.Concat(ordinaryPersonas(), emailPersonas(), dataPersonas(), statePersonas())
}

// ordinaryPersonas are accounts without peculiarities.
func ordinaryPersonas() []Account {
	return []Account{
		{
			ID:        PersonaRyan,
			UserID:    3141592601,
			Label:     "보통 사람: 닉네임, 사진, 인증한 이메일",
			LabelEN:   "Ordinary: nickname, picture, verified e-mail",
			Nickname:  "라이언",
			Email:     "ryan@example.com",
			Name:      "나이언",
			Gender:    "male",
			Birthyear: "1990",
			Birthday:  "0102",
			Phone:     "+82 10-1234-5601",
		},
		{
			ID:        PersonaApeach,
			UserID:    3141592602,
			Label:     "보통 사람, 한 명 더",
			LabelEN:   "Ordinary, a second one",
			Nickname:  "어피치",
			Email:     "apeach@example.com",
			Name:      "어수정",
			Gender:    "female",
			Birthyear: "1995",
			Birthday:  "0314",
			Phone:     "+82 10-1234-5602",
		},
		{
			ID:        PersonaFull,
			UserID:    3141592603,
			Label:     "모든 정보가 있는 계정",
			LabelEN:   "Has every attribute, addresses included",
			Nickname:  "모두",
			Email:     "full@example.com",
			Name:      "모두나",
			Gender:    "female",
			Birthyear: "1988",
			Birthday:  "1231",
			Phone:     "+82 10-1234-5603",
			CI:        fixedCI(PersonaFull),
			Addresses: fixedAddresses(),
			Friends:   []string{PersonaRyan},
		},
	}
}

// emailPersonas differ in their e-mail.
func emailPersonas() []Account {
	return []Account{
		{
			ID:        PersonaNoEmail,
			UserID:    3141592604,
			Label:     "이메일이 없는 계정 (전화번호로 가입)",
			LabelEN:   "No e-mail, created with a phone number",
			Nickname:  "무지",
			Name:      "무지",
			Birthyear: "2001",
			Birthday:  "0505",
			Phone:     "+82 10-1234-5604",
		},
		{
			ID:              PersonaUnverifiedEmail,
			UserID:          3141592605,
			Label:           "이메일을 인증하지 않은 계정",
			LabelEN:         "E-mail not verified",
			Nickname:        "프로도",
			Email:           "frodo@example.com",
			EmailUnverified: true,
		},
		{
			ID:           PersonaInvalidEmail,
			UserID:       3141592606,
			Label:        "이메일이 다른 계정으로 넘어간 계정 (가려서 전달)",
			LabelEN:      "E-mail taken over by another account (masked)",
			Nickname:     "네오",
			Email:        "neo.kim@example.com",
			EmailInvalid: true,
		},
		{
			ID:              PersonaSameEmail,
			UserID:          3141592612,
			Label:           "ryan의 이메일을 인증 없이 적은 사람",
			LabelEN:         "Claims ryan's e-mail, unverified",
			Nickname:        "콘",
			Email:           "ryan@example.com",
			EmailUnverified: true,
		},
	}
}

// dataPersonas have unusual or missing data.
func dataPersonas() []Account {
	return []Account{
		{
			ID:        PersonaNoAccount,
			UserID:    3141592607,
			Label:     "kakao_account가 없는 계정",
			LabelEN:   "No kakao_account in any answer",
			Nickname:  "튜브",
			NoAccount: true,
		},
		{
			ID:              PersonaDefaultNickname,
			UserID:          3141592608,
			Label:           "기본 닉네임, 기본 사진",
			LabelEN:         "Placeholder nickname, default picture",
			DefaultNickname: true,
			DefaultImage:    true,
			Email:           "new@example.com",
		},
		{
			ID:       PersonaEmojiNickname,
			UserID:   3141592609,
			Label:    "이모지 닉네임",
			LabelEN:  "Emoji in the nickname",
			Nickname: "🦁라이언👨‍👩‍👧‍👦🇰🇷",
			Email:    "emoji@example.com",
		},
		{
			ID:       PersonaLongNickname,
			UserID:   3141592610,
			Label:    "아주 긴 닉네임",
			LabelEN:  "A very long nickname",
			Nickname: "카카오톡에서닉네임을아주길게써도된다고해서정말로길게써본사람이에요",
			Email:    "long@example.com",
		},
		{
			ID:       PersonaSameNickname,
			UserID:   3141592611,
			Label:    "ryan과 닉네임이 같은 다른 사람",
			LabelEN:  "Another person with ryan's nickname",
			Nickname: "라이언",
			Email:    "other.ryan@example.com",
		},
		{
			ID:       PersonaBigID,
			UserID:   9007199254740993001,
			Label:    "회원번호가 19자리인 계정",
			LabelEN:  "User id of 19 digits, above 2^53",
			Nickname: "제이지",
			Email:    "jayg@example.com",
		},
		{
			ID:            PersonaLunarBirthday,
			UserID:        3141592614,
			Label:         "음력 윤달 생일",
			LabelEN:       "Born in a lunar leap month",
			Nickname:      "윤달",
			Email:         "lunar@example.com",
			Birthyear:     "1995",
			Birthday:      "0815",
			BirthdayLunar: true,
			LeapMonth:     true,
		},
		{
			ID:        PersonaBirthyearOnly,
			UserID:    3141592615,
			Label:     "출생 연도만 있는 계정",
			LabelEN:   "A year of birth without a day",
			Nickname:  "연도",
			Email:     "year@example.com",
			Birthyear: "1979",
		},
		{
			ID:       PersonaForeignPhone,
			UserID:   3141592616,
			Label:    "외국 전화번호",
			LabelEN:  "A phone number outside Korea",
			Nickname: "Anna",
			Email:    "anna@example.com",
			Phone:    "+49 1512 345 6789",
		},
	}
}

// statePersonas are refused or refuse.
func statePersonas() []Account {
	return []Account{
		{
			ID:        PersonaUnder14,
			UserID:    3141592617,
			Label:     "만 14세 미만",
			LabelEN:   "Under 14",
			Nickname:  "꼬마",
			Email:     "kid@example.com",
			Birthyear: "2016",
			Birthday:  "0501",
			Under14:   true,
		},
		{
			ID:       PersonaDormant,
			UserID:   3141592618,
			Label:    "휴면 계정",
			LabelEN:  "Dormant account",
			Nickname: "잠자는",
			Email:    "dormant@example.com",
			Dormant:  true,
		},
		{
			ID:       PersonaBlocked,
			UserID:   3141592619,
			Label:    "이용이 제한된 계정",
			LabelEN:  "Sanctioned account",
			Nickname: "제한",
			Email:    "blocked@example.com",
			Blocked:  true,
		},
		{
			ID:       PersonaRejoining,
			UserID:   3141592620,
			Label:    "연결을 해제했다가 다시 오는 사람",
			LabelEN:  "Unlinked once and comes back",
			Nickname: "돌아온",
			Email:    "again@example.com",
			Rejoins:  true,
		},
		{
			ID:       PersonaDeclines,
			UserID:   3141592621,
			Label:    "동의하지 않고 취소하는 사람",
			LabelEN:  "Presses cancel",
			Nickname: "취소",
			Email:    "declines@example.com",
			Cancels:  true,
		},
		{
			ID:       PersonaDeclinesOptional,
			UserID:   3141592622,
			Label:    "선택 항목에 동의하지 않는 사람",
			LabelEN:  "Agrees to nothing optional",
			Nickname: "필수만",
			Email:    "required.only@example.com",
			Declines: []string{"*"},
		},
		{
			ID:        PersonaNotAMember,
			UserID:    3141592623,
			Label:     "테스트 앱의 멤버가 아닌 사람 (KOE005)",
			LabelEN:   "Not a member of the test app (KOE005)",
			Nickname:  "손님",
			Email:     "guest@example.com",
			NotMember: true,
		},
	}
}

// fixedCI returns 88 characters in the form of a CI (연계정보) that belong to no one.
func fixedCI(of string) string {
	return (fixedKey("ci", of) + fixedKey("cj", of) + fixedKey("ck", of))[:86] + "=="
}

func fixedAddresses() []ShippingAddress {
	return []ShippingAddress{
		{
			ID:             202,
			Name:           "회사",
			UpdatedAt:      1767312000,
			Type:           "OLD",
			BaseAddress:    "경기 성남시 분당구 삼평동 681",
			DetailAddress:  "3층",
			ReceiverName:   "모두나",
			ReceiverPhone1: "02-000-0000",
			ZoneNumber:     "13494",
			ZipCode:        "463400",
		},
		{
			ID:             201,
			Name:           "집",
			Default:        true,
			UpdatedAt:      1735776000,
			Type:           "NEW",
			BaseAddress:    "서울 종로구 세종대로 175",
			DetailAddress:  "101호",
			ReceiverName:   "모두나",
			ReceiverPhone1: "010-1234-5603",
			ReceiverPhone2: "02-000-0001",
			ZoneNumber:     "03172",
			ZipCode:        "110050",
		},
		{
			ID:             203,
			Name:           "부모님 댁",
			UpdatedAt:      1751328000,
			Type:           "NEW",
			BaseAddress:    "부산 해운대구 센텀중앙로 79",
			DetailAddress:  "202호",
			ReceiverName:   "모두아",
			ReceiverPhone1: "010-1234-5613",
			ZoneNumber:     "48058",
			ZipCode:        "612020",
		},
	}
}
