package linetest

// The ids of the built-in accounts. They and their user ids are the same at every start.
const (
	PersonaHana      = "hana"       // ordinary: name, picture, e-mail address
	PersonaKenta     = "kenta"      // a second ordinary one, of Japan
	PersonaNoPicture = "no-picture" // no picture and no status message
	PersonaNoEmail   = "no-email"   // no e-mail address registered
	PersonaDeclines  = "declines"   // refuses the e-mail address
	PersonaRyanEmail = "ryan-email" // the address of the Kakao emulator's ryan
	PersonaCancels   = "cancels"    // presses cancel
	PersonaLongName  = "long-name"  // the longest display name
)

// Personas lists the built-in accounts.
func Personas() []Account {
	return []Account{
		{
			ID: PersonaHana, Label: "보통 사람: 이름, 사진, 이메일", LabelEN: "Ordinary: name, picture, e-mail address",
			Name: "하나", Email: "hana@example.com", Picture: true, Status: "안녕하세요", Befriends: true,
		},
		{
			ID: PersonaKenta, Label: "보통 사람, 한 명 더(일본)", LabelEN: "Ordinary, a second one (Japan)",
			Name: "けんた", Email: "kenta@example.jp", Picture: true,
		},
		{
			ID: PersonaNoPicture, Label: "사진 없음", LabelEN: "No picture", Name: "그림없음", Email: "nopicture@example.com",
		},
		{
			ID: PersonaNoEmail, Label: "LINE에 등록한 이메일 없음", LabelEN: "No e-mail address at LINE",
			Name: "메일없음", Picture: true,
		},
		{
			ID: PersonaDeclines, Label: "이메일을 주지 않음", LabelEN: "Refuses the e-mail address",
			Name: "사양", Email: "declines@example.com", Declines: true,
		},
		{
			ID: PersonaRyanEmail, Name: "라이언", Email: "ryan@example.com", Picture: true,
			Label:   "카카오 에뮬레이터 ryan의 이메일과 이름을 쓰는 다른 사람",
			LabelEN: "Another person with the e-mail and name of the Kakao emulator's ryan",
		},
		{
			ID: PersonaCancels, Label: "화면 없이 물으면 취소함", LabelEN: "Cancels when no page asks",
			Name: "취소", Cancels: true,
		},
		{
			ID: PersonaLongName, Label: "이름 20자", LabelEN: "A name of 20 characters",
			Name: "가나다라마바사아자차카타파하가나다라마바", Picture: true,
		},
	}
}
