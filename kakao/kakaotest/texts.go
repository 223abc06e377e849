package kakaotest

import (
	"maps"
	"sync"

	"github.com/norang-login/norang/internal/emulator"
)

// texts are the texts of all pages in Korean and English.
var texts = sync.OnceValue(func() map[string]emulator.Text {
	all := loginTexts()
	maps.Copy(all, consoleTexts())
	maps.Copy(all, buttonTexts())
	return all
})

// loginTexts are the texts of the login pages.
func loginTexts() map[string]emulator.Text {
	return map[string]emulator.Text{
		"banner":         {"연습용 에뮬레이터예요. 카카오가 아니에요.", "This is an emulator for development. It is not Kakao."},
		"switch":         {"English", "한국어"},
		"login.title":    {"카카오계정 로그인", "Kakao account login"},
		"login.to":       {"이 서비스에 로그인해요", "Log in to"},
		"login.account":  {"이메일, 전화번호 또는 계정 이름", "E-mail, phone number or account name"},
		"login.password": {"비밀번호 (아무거나 괜찮아요)", "Password (anything will do)"},
		"login.stay":     {"로그인 상태 유지 (한 달)", "Stay signed in (one month)"},
		"login.submit":   {"로그인", "Log in"},
		"login.personas": {"준비된 계정으로 로그인", "Log in as"},
		"login.known":    {"이 브라우저에서 쓴 계정", "Accounts used in this browser"},
		"login.hinted":   {"앱이 고른 계정", "requested by the app"},
		"login.create":   {"새 계정 만들기", "Create an account"},
		"login.createhow": {
			"이 에뮬레이터에만 있는 계정이에요. 다시 시작하면 사라져요.",
			"The account exists in this emulator only and disappears on restart.",
		},
		"login.back":     {"로그인으로 돌아가기", "Back to login"},
		"login.email":    {"이메일", "E-mail"},
		"login.newpass":  {"비밀번호 (선택)", "Password (optional)"},
		"login.nickname": {"닉네임", "Nickname"},
		"login.wrong": {
			"계정이나 비밀번호가 맞지 않아요. 아래 준비된 계정 가운데 하나를 골라도 돼요.",
			"Unknown account or wrong password. You can also choose one of the accounts below.",
		},
		"login.incomplete": {"이메일과 닉네임을 적어 주세요.", "Enter an e-mail address and a nickname."},
		"login.taken":      {"이미 쓰는 이메일이에요.", "This e-mail address is already in use."},
		"login.full":       {"계정이 너무 많아요. 에뮬레이터를 초기화해 주세요.", "Too many accounts. Reset the emulator."},
		"consent.title":    {"동의하고 계속하기", "Agree and continue"},
		"consent.asks":     {"이 서비스가 아래 정보를 요청해요", "This service requests the following information"},
		"consent.required": {"필수", "Required"},
		"consent.optional": {"선택", "Optional"},
		"consent.agreed":   {"이미 동의함", "Already agreed"},
		"consent.terms":    {"서비스 약관", "Service terms"},
		"consent.view":     {"보기", "View"},
		"consent.channels": {"카카오톡 채널 추가", "Add KakaoTalk channels"},
		"consent.submit":   {"동의하고 계속하기", "Agree and continue"},
		"consent.cancel":   {"취소", "Cancel"},
		"consent.missing":  {"필수 항목에 모두 동의해야 계속할 수 있어요.", "Agree to all required items to continue."},
		"consent.collects": {
			"계정에 없는 정보가 있어요. 카카오는 여기서 입력받지만, 에뮬레이터는 그대로 계속해요.",
			"The account lacks some of this information. Kakao would ask for it here; the emulator continues without it.",
		},
		"consent.as":   {"로그인한 계정", "Signed in as"},
		"logout.title": {"로그아웃", "Log out"},
		"logout.ask":   {"카카오계정도 함께 로그아웃할까요?", "Also log out of your Kakao account?"},
		"logout.with":  {"카카오계정과 함께 로그아웃", "Log out of the Kakao account too"},
		"logout.only":  {"이 서비스만 로그아웃", "Log out of this service only"},
		"logout.how": {
			"함께 쓰는 PC라면 카카오계정과 함께 로그아웃하세요.",
			"On a shared computer, also log out of your Kakao account.",
		},
		"lost.title": {"처음부터 다시 로그인해 주세요", "Please log in again"},
		"lost.how": {
			"이 화면은 이미 썼거나 너무 오래 열려 있었어요. 로그인하려던 서비스로 돌아가 다시 눌러 주세요.",
			"This page was already submitted or was open too long. Go back to the service and log in again.",
		},
		"error.title":      {"로그인할 수 없어요", "Login failed"},
		"error.request":    {"잘못된 요청", "Bad request"},
		"error.settings":   {"앱 관리자 설정 오류", "App settings error"},
		"error.server":     {"일시적인 오류", "Temporary error"},
		"error.member":     {"테스트 앱의 멤버가 아니에요", "Not a member of the test app"},
		"error.cause":      {"원인", "Cause"},
		"error.menu":       {"콘솔 메뉴", "Console menu"},
		"error.remedy":     {"고치는 법", "Remedy"},
		"error.hint":       {"이번 요청에서는", "This request"},
		"error.sent":       {"보낸 주소", "Sent"},
		"error.registered": {"등록된 주소", "Registered"},
		"error.register":   {"이 주소를 등록하고 계속하기", "Register this URI and continue"},
		"error.registerhow": {"에뮬레이터에만 있는 버튼이에요. 카카오에서는 콘솔에서 등록해야 해요.",
			"Only the emulator has this button. At Kakao, register the URI in the console."},
		"error.stays": {
			"카카오도 이 오류를 앱으로 돌려보내지 않아요. 콜백 주소는 불리지 않았어요.",
			"As at Kakao, this error is not redirected to the app. The callback was not called.",
		},
	}
}
