package linetest

import "github.com/norang-login/norang/internal/emulator"

// texts are the texts of the pages, in Korean and English.
var texts = map[string]emulator.Text{
	"banner":         {"LINE 로그인 에뮬레이터입니다. LINE이 아닙니다.", "This is an emulator of LINE Login. It is not LINE."},
	"login.title":    {"LINE 로그인", "Log in with LINE"},
	"login.personas": {"누구로 로그인할까요?", "Who logs in?"},
	"consent.title":  {"동의", "Consent"},
	"consent.asks":   {"이 서비스가 아래 정보를 받으려고 합니다.", "This service asks for the following."},
	"consent.agree":  {"동의하기", "Agree"},
	"scope.openid":   {"이용자 식별자", "User identifier"},
	"scope.profile":  {"프로필 정보(이름, 사진)", "Profile (name, picture)"},
	"scope.email":    {"이메일 주소", "E-mail address"},
	"error.title":    {"로그인을 할 수 없습니다", "Login is not possible"},
	"error.client":   {"client_id가 채널의 것이 아닙니다.", "client_id is not that of a channel."},
	"error.callback": {
		"redirect_uri가 채널에 등록한 Callback URL이 아닙니다.", "redirect_uri is not a registered callback URL of the channel.",
	},
	"error.developing": {
		"공개하지 않은(Developing) 채널에는 역할이 있는 사람만 로그인할 수 있습니다.",
		"Only people with a role can log in to a channel that is not published (Developing).",
	},
	"error.lost":       {"페이지가 오래되었거나 이미 제출되었습니다.", "The page is too old or was submitted before."},
	"error.persona":    {"auto_persona 계정이 없습니다.", "There is no account auto_persona."},
	"console.title":    {"에뮬레이터 콘솔", "Emulator console"},
	"console.address":  {"주소", "Addresses"},
	"console.channel":  {"채널", "Channel"},
	"console.links":    {"연결된 계정", "Linked accounts"},
	"console.unlink":   {"연결 끊기(이용자가 LINE에서)", "Unlink (as the user, at LINE)"},
	"console.unlinked": {"연결을 끊었습니다. LINE은 알림을 보내지 않습니다.", "Unlinked. LINE sends no notice."},
	"console.personas": {"페르소나", "Personas"},
}
