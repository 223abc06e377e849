package kakaotest

import (
	"maps"

	"github.com/norang-login/norang/internal/emulator"
)

// memberLabels are the labels of the members in the console's forms, in Korean and English.
func memberLabels() map[string]emulator.Text {
	all := map[string]emulator.Text{}
	for _, labels := range []map[string]emulator.Text{appLabels(), accountLabels(), scenarioLabels(), sendLabels()} {
		maps.Copy(all, labels)
	}
	return all
}

// appLabels are those of apps.
func appLabels() map[string]emulator.Text {
	return map[string]emulator.Text{
		"app.app_id":                   {"앱 ID", "App id"},
		"app.name":                     {"이름", "Name"},
		"app.type":                     {"앱 종류", "Type"},
		"app.auto":                     {"화면 없이 승인", "Approve without pages"},
		"app.auto_persona":             {"자동 승인할 계정", "Account of automatic approval"},
		"app.members":                  {"테스트 앱 멤버", "Members of a test app"},
		"app.redirect_uris":            {"리다이렉트 URI", "Redirect URIs"},
		"app.logout_redirect_uris":     {"로그아웃 리다이렉트 URI", "Logout redirect URIs"},
		"app.client_secret_off":        {"클라이언트 시크릿 끄기", "Client secret off"},
		"app.oidc_off":                 {"OpenID Connect 끄기", "OpenID Connect off"},
		"app.login_off":                {"카카오 로그인 끄기 (KOE004)", "Kakao Login off (KOE004)"},
		"app.manual_link":              {"자동 연결 끄기", "Automatic linking off"},
		"app.refuse_under_14":          {"만 14세 미만 거절", "Refuse users under 14"},
		"app.token_limit_off":          {"토큰 발급 제한 없애기", "No token limit"},
		"app.floating_user_ids":        {"연결할 때마다 새 회원번호", "New user id for each link"},
		"app.sanctioned":               {"이용 제한된 앱 (KOE125)", "Blocked app (KOE125)"},
		"app.unlink_webhook.url":       {"연결 해제 웹훅 주소", "Unlink webhook URL"},
		"app.unlink_webhook.method":    {"연결 해제 웹훅 메서드", "Unlink webhook method"},
		"app.account_webhook.url":      {"계정 상태 변경 웹훅 주소", "Account webhook URL"},
		"app.account_webhook.events":   {"받을 이벤트", "Events"},
		"app.account_webhook.audience": {"수신자(aud)", "Audience"},
		"app.consent_items":            {"동의항목 (JSON)", "Consent items (JSON)"},
		"app.terms":                    {"서비스 약관 (JSON)", "Service terms (JSON)"},
		"app.channels":                 {"채널 (JSON)", "Channels (JSON)"},
		"app.user_properties":          {"사용자 프로퍼티", "User properties"},
		"app.rest_key":                 {"REST API 키", "REST API key"},
		"app.client_secret":            {"클라이언트 시크릿", "Client secret"},
		"app.admin_key":                {"어드민 키", "Admin key"},
		"app.native_key":               {"네이티브 앱 키", "Native app key"},
		"app.javascript_key":           {"JavaScript 키", "JavaScript key"},
		"app.allowed_ips":              {"허용 IP", "Allowed IPs"},
		"app.admin_apis":               {"어드민 키가 쓸 API", "APIs of the admin key"},
		"app.domains":                  {"JavaScript SDK 도메인", "JavaScript SDK domains"},
		"app.android_key_hashes":       {"안드로이드 키 해시", "Android key hashes"},
		"app.ios_bundle_ids":           {"iOS 번들 ID", "iOS bundle ids"},
		"app.more_keys":                {"추가 키 (JSON)", "Further keys (JSON)"},
	}
}

// accountLabels are those of accounts.
func accountLabels() map[string]emulator.Text {
	return map[string]emulator.Text{
		"account.id":               {"계정 이름", "Id"},
		"account.nickname":         {"닉네임", "Nickname"},
		"account.email":            {"이메일", "E-mail"},
		"account.name":             {"이름", "Name"},
		"account.password":         {"비밀번호 (비우면 아무거나)", "Password (empty accepts any)"},
		"account.label":            {"설명", "Description (Korean)"},
		"account.label_en":         {"설명 (영어)", "Description"},
		"account.email_unverified": {"이메일 인증 안 함", "E-mail not verified"},
		"account.email_invalid":    {"다른 계정으로 넘어간 이메일", "E-mail taken over"},
		"account.default_nickname": {"기본 닉네임", "Placeholder nickname"},
		"account.default_image":    {"기본 사진", "Default picture"},
		"account.no_account":       {"kakao_account 없음", "No kakao_account"},
		"account.under_14":         {"만 14세 미만", "Under 14"},
		"account.dormant":          {"휴면", "Dormant"},
		"account.blocked":          {"이용 제한", "Blocked"},
		"account.not_member":       {"테스트 앱 멤버 아님", "Not a member of test apps"},
		"account.cancels":          {"동의를 취소함", "Cancels"},
		"account.rejoins":          {"예전에 연결했던 사람", "Was linked once"},
		"account.gender":           {"성별", "Gender"},
		"account.birthyear":        {"출생 연도", "Year of birth"},
		"account.birthday":         {"생일 (MMDD)", "Birthday (MMDD)"},
		"account.birthday_lunar":   {"음력 생일", "Lunar birthday"},
		"account.leap_month":       {"윤달", "Leap month"},
		"account.age_range":        {"연령대", "Age range"},
		"account.phone":            {"전화번호", "Phone number"},
		"account.ci":               {"연계정보(CI)", "CI"},
		"account.declines":         {"동의하지 않는 항목", "Declined items"},
		"account.user_id":          {"회원번호", "User id"},
		"account.linked_to":        {"처음부터 연결된 앱", "Linked to from the start"},
		"account.friends":          {"친구", "Friends"},
		"account.addresses":        {"배송지 (JSON)", "Shipping addresses (JSON)"},
	}
}

// scenarioLabels are those of faults.
func scenarioLabels() map[string]emulator.Text {
	return map[string]emulator.Text{
		"scenario.name":                   {"이름", "Name"},
		"scenario.endpoint":               {"엔드포인트", "Endpoint"},
		"scenario.app":                    {"앱", "App"},
		"scenario.account":                {"계정", "Account"},
		"scenario.skip":                   {"먼저 보낼 횟수", "Calls to skip"},
		"scenario.times":                  {"횟수 (-1: 계속)", "Calls to affect (-1: all)"},
		"scenario.code":                   {"오류 코드", "Error code"},
		"scenario.message":                {"메시지", "Message"},
		"scenario.status":                 {"HTTP 상태", "HTTP status"},
		"scenario.delay":                  {"지연", "Delay"},
		"scenario.hang":                   {"응답하지 않기", "No response"},
		"scenario.cut":                    {"연결 끊기", "Close the connection"},
		"scenario.after":                  {"처리한 뒤에", "After the work"},
		"scenario.rotate_keys":            {"서명 키 교체", "Rotate signing keys"},
		"scenario.header":                 {"헤더 (JSON)", "Headers (JSON)"},
		"scenario.body":                   {"본문", "Body"},
		"scenario.content_type":           {"콘텐츠 타입", "Content type"},
		"scenario.set_json":               {"JSON 값 바꾸기 (JSON)", "Set JSON members (JSON)"},
		"scenario.remove_json":            {"JSON 값 빼기", "Remove JSON members"},
		"scenario.double_json":            {"JSON 값 두 번 쓰기 (JSON)", "Double JSON members (JSON)"},
		"scenario.trickle":                {"한 바이트씩", "Pause after each byte"},
		"scenario.cut_body":               {"본문을 자를 바이트", "Close after bytes"},
		"scenario.pad":                    {"덧붙일 빈칸", "Blanks to append"},
		"scenario.gzip":                   {"압축", "Compress"},
		"scenario.id_token.alg":           {"서명 알고리즘", "Algorithm"},
		"scenario.id_token.key":           {"서명 키", "Key"},
		"scenario.id_token.hmac_key":      {"HS256 키", "HS256 key"},
		"scenario.id_token.tamper":        {"서명 망가뜨리기", "Break the signature"},
		"scenario.id_token.expired":       {"만료됨", "Expired"},
		"scenario.id_token.other_aud":     {"다른 앱의 aud", "Audience of another app"},
		"scenario.id_token.raw":           {"토큰 대신 넣을 글", "Text in place of the token"},
		"scenario.id_token.claims":        {"클레임 바꾸기 (JSON)", "Set claims (JSON)"},
		"scenario.id_token.remove":        {"클레임 빼기", "Remove claims"},
		"scenario.id_token.double":        {"클레임 두 번 쓰기 (JSON)", "Double claims (JSON)"},
		"scenario.id_token.header":        {"헤더 바꾸기 (JSON)", "Set header members (JSON)"},
		"scenario.id_token.remove_header": {"헤더 빼기", "Remove header members"},
		"chaos.seed":                      {"시드 (0: 끔)", "Seed (0: off)"},
		"chaos.fail":                      {"실패 비율", "Share that fails"},
		"chaos.cut":                       {"끊기는 비율", "Share that is cut"},
		"chaos.slow":                      {"늦는 비율", "Share that is slow"},
		"chaos.max_delay":                 {"가장 긴 지연", "Longest delay"},
	}
}

// sendLabels are those of approvals and webhooks.
func sendLabels() map[string]emulator.Text {
	return map[string]emulator.Text{
		"approve.account":          {"계정", "Account"},
		"approve.agree":            {"동의할 항목 (비우면 모두)", "Items to agree to (empty: all)"},
		"approve.cancel":           {"취소하기", "Cancel"},
		"approve.params":           {"인가 요청 파라미터 (JSON)", "Authorize parameters (JSON)"},
		"send.app":                 {"앱", "App"},
		"send.account":             {"계정", "Account"},
		"send.user_id":             {"회원번호 (계정 대신)", "User id (in place of the account)"},
		"send.referrer_type":       {"연결 해제 경로", "Unlink webhook: referrer_type"},
		"send.event":               {"계정 상태 이벤트", "Account webhook: event"},
		"send.extra":               {"이벤트에 더할 값 (JSON)", "Further event members (JSON)"},
		"send.times":               {"횟수", "Number of times"},
		"send.delay":               {"지연", "Delay"},
		"send.wrong_key":           {"틀린 키로 보내기", "With a wrong key"},
		"send.method":              {"메서드", "Method"},
		"send.app_id":              {"보낼 앱 ID", "app_id to send"},
		"send.body":                {"본문", "Body"},
		"send.content_type":        {"콘텐츠 타입", "Content type"},
		"send.token.alg":           {"서명 알고리즘", "Algorithm"},
		"send.token.key":           {"서명 키", "Key"},
		"send.token.hmac_key":      {"HS256 키", "HS256 key"},
		"send.token.tamper":        {"서명 망가뜨리기", "Break the signature"},
		"send.token.expired":       {"만료됨", "Expired"},
		"send.token.other_aud":     {"다른 앱의 aud", "Audience of another app"},
		"send.token.raw":           {"토큰 대신 넣을 글", "Text in place of the token"},
		"send.token.claims":        {"클레임 바꾸기 (JSON)", "Set claims (JSON)"},
		"send.token.remove":        {"클레임 빼기", "Remove claims"},
		"send.token.double":        {"클레임 두 번 쓰기 (JSON)", "Double claims (JSON)"},
		"send.token.header":        {"헤더 바꾸기 (JSON)", "Set header members (JSON)"},
		"send.token.remove_header": {"헤더 빼기", "Remove header members"},
	}
}
