package navertest

import "github.com/norang-login/norang/internal/emulator"

// texts are the texts of the pages, in Korean and English.
var texts = map[string]emulator.Text{
	"banner": {
		"네이버 로그인 에뮬레이터입니다. 네이버가 아닙니다.", "This is an emulator of Naver Login. It is not Naver.",
	},
	"login.title":    {"네이버 로그인", "Log in with Naver"},
	"login.personas": {"누구로 로그인할까요?", "Who logs in?"},
	"consent.title":  {"정보 제공 동의", "Consent"},
	"consent.asks":   {"이 서비스가 아래 정보를 받으려고 합니다.", "This service asks for the following."},
	"consent.id":     {"이용자 식별자", "User identifier"},
	"consent.may":    {"추가", "optional"},
	"consent.agree":  {"동의하기", "Agree"},
	"error.title":    {"로그인을 할 수 없습니다", "Login is not possible"},
	"error.client": {
		"client_id가 등록된 애플리케이션의 것이 아닙니다.", "client_id is not that of a registered application.",
	},
	"error.callback": {
		"redirect_uri가 등록한 Callback URL과 글자까지 같지 않습니다. PC 웹과 모바일 웹은 따로 등록합니다.",
		"redirect_uri does not equal a registered callback URL. PC web and mobile web are registered separately.",
	},
	"error.development": {
		"검수 전의 애플리케이션에는 등록한 멤버만 로그인할 수 있습니다.",
		"Before its review, only members of the application can log in.",
	},
	"error.lost":         {"페이지가 오래되었거나 이미 제출되었습니다.", "The page is too old or was submitted before."},
	"error.persona":      {"auto_persona 계정이 없습니다.", "There is no account auto_persona."},
	"error.method":       {"GET이나 POST로 부르십시오.", "Use GET or POST."},
	"console.title":      {"에뮬레이터 콘솔", "Emulator console"},
	"console.address":    {"주소", "Addresses"},
	"console.app":        {"애플리케이션", "Application"},
	"console.unlinkurl":  {"연결끊기 Callback URL", "Unlink callback URL"},
	"console.none":       {"없음", "none"},
	"console.links":      {"연결된 계정", "Linked accounts"},
	"console.unlink":     {"연결 끊기(이용자가 네이버에서)", "Unlink (as the user, at Naver)"},
	"console.personas":   {"페르소나", "Personas"},
	"console.unlinked":   {"연결을 끊고 알림을 보냈습니다.", "Unlinked; the notice was sent."},
	"item.nickname":      {"별명", "Nickname"},
	"item.name":          {"회원이름", "Name"},
	"item.email":         {"연락처 이메일 주소", "Contact e-mail address"},
	"item.gender":        {"성별", "Gender"},
	"item.age":           {"연령대", "Age range"},
	"item.birthday":      {"생일", "Birthday"},
	"item.birthyear":     {"출생연도", "Year of birth"},
	"item.mobile":        {"휴대전화번호", "Mobile number"},
	"item.profile_image": {"프로필 사진", "Profile picture"},
}
