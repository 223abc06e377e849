package googletest

import "github.com/norang-login/norang/internal/emulator"

// texts are the texts of the pages, in Korean and English.
var texts = map[string]emulator.Text{
	"banner":         {"Google 로그인 에뮬레이터입니다. Google이 아닙니다.", "This is an emulator of Google's sign-in. It is not Google."},
	"login.title":    {"계정 선택", "Choose an account"},
	"login.personas": {"누구로 로그인할까요?", "Who signs in?"},
	"consent.asks": {
		"이 서비스가 Google 계정의 아래 정보를 받으려고 합니다.", "This service asks for the following of the Google account.",
	},
	"consent.agree": {"계속", "Continue"},
	"scope.email":   {"기본 Google 계정의 이메일 주소", "The primary e-mail address"},
	"scope.profile": {"이름과 프로필 사진", "Name and profile picture"},
	"error.title":   {"액세스 차단됨", "Access blocked"},
	"error.disallowed_useragent": {
		"앱 안에 든 브라우저(웹뷰)에서는 로그인할 수 없습니다. 크롬이나 사파리에서 여십시오.",
		"Signing in is not possible in the web view of an app. Use a browser such as Chrome or Safari.",
	},
	"error.invalid_client": {
		"client_id가 등록된 클라이언트의 것이 아닙니다.", "client_id is not that of a registered client.",
	},
	"error.deleted_client": {"클라이언트가 지워졌습니다.", "The client was deleted."},
	"error.redirect_uri_mismatch": {
		"redirect_uri가 승인된 리디렉션 URI와 글자까지 같지 않습니다.", "redirect_uri does not equal an authorized redirect URI.",
	},
	"error.unsupported_response_type": {"response_type은 code여야 합니다.", "response_type must be code."},
	"error.invalid_scope": {
		"scope가 없거나 모르는 것이 있습니다. 에뮬레이터는 openid, email, profile을 압니다.",
		"scope is missing or has an unknown value. The emulator knows openid, email and profile.",
	},
	"error.invalid_request": {
		"prompt, access_type, code_challenge 가운데 하나가 잘못되었습니다. prompt=login은 받지만 아무 일도 하지 않습니다.",
		"prompt, access_type or code_challenge is not valid. prompt=login is accepted and does nothing.",
	},
	"error.org_internal": {
		"조직의 계정만 로그인할 수 있는 앱입니다(사용자 유형: 내부).", "Only accounts of the organization can sign in (user type Internal).",
	},
	"error.access_denied": {
		"게시하지 않은 앱에는 등록한 테스트 사용자만 로그인할 수 있습니다.",
		"Before the app is published, only its test users can sign in.",
	},
	"error.admin_policy_enforced": {
		"조직의 관리자가 이 앱의 로그인을 허용하지 않았습니다.", "An administrator of the organization does not allow this app.",
	},
	"error.origin_mismatch": {
		"페이지의 출처가 승인된 JavaScript 원본이 아닙니다.", "The page's origin is not an authorized JavaScript origin.",
	},
	"error.lost":         {"페이지가 오래되었거나 이미 제출되었습니다.", "The page is too old or was submitted before."},
	"error.persona":      {"auto_persona 계정이 없습니다.", "There is no account auto_persona."},
	"error.method":       {"GET이나 POST로 부르십시오.", "Use GET or POST."},
	"console.title":      {"에뮬레이터 콘솔", "Emulator console"},
	"console.address":    {"주소", "Addresses"},
	"console.app":        {"클라이언트", "Client"},
	"console.callbacks":  {"승인된 리디렉션 URI", "Authorized redirect URIs"},
	"console.eventsurl":  {"보안 이벤트를 받는 주소", "Receiver of security events"},
	"console.none":       {"없음", "none"},
	"console.grants":     {"연결된 계정", "Accounts with access"},
	"console.unlink":     {"액세스 권한 삭제(이용자가 Google에서)", "Remove access (as the user, at Google)"},
	"console.signout":    {"모든 기기에서 로그아웃(sessions-revoked)", "Sign out everywhere (sessions-revoked)"},
	"console.personas":   {"페르소나", "Personas"},
	"console.deliveries": {"보안 이벤트", "Security events"},
	"console.unlinked":   {"연결을 끊고 이벤트를 보냈습니다.", "Access removed; the event was sent."},
	"console.sent":       {"이벤트를 보냈습니다.", "The event was sent."},
}
