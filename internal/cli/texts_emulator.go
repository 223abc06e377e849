package cli

import "github.com/norang-login/norang/internal/i18n"

// emulatorTexts are the help texts of the emulators.
var emulatorTexts = map[string]i18n.Text{
	"flag.emulator.listen":   {Ko: "요청을 받을 주소입니다. 기본값 localhost:5001.", En: "Where to listen. Default localhost:5001."},
	"flag.emulator.network":  {Ko: "다른 컴퓨터에서도 닿는 주소를 허용합니다.", En: "Allow an address that other machines can reach."},
	"flag.emulator.config":   {Ko: "설정 파일(TOML 또는 JSON)입니다.", En: "Configuration file (TOML or JSON)."},
	"flag.emulator.example":  {Ko: "예제 설정 파일을 출력하고 끝냅니다.", En: "Print an example configuration file and exit."},
	"flag.emulator.browser":  {Ko: "브라우저가 보는 주소입니다.", En: "URL for the browser."},
	"flag.emulator.server":   {Ko: "서버가 보는 주소입니다. 브라우저와 다를 때만 필요합니다.", En: "URL for your server, if it differs."},
	"flag.emulator.redirect": {Ko: "등록할 리다이렉트 URI입니다. 여러 번 쓸 수 있습니다.", En: "A redirect URI to register; may be repeated."},
	"flag.emulator.provider": {
		Ko: "이 제공자의 에뮬레이터도 엽니다. 예: naver, naver=127.0.0.1:0. all은 모두입니다. 여러 번 쓸 수 있습니다.",
		En: "Also start this provider's emulator, such as naver or naver=127.0.0.1:0, or all of them; may be repeated.",
	},
	"flag.emulator.logout": {
		Ko: "등록할 로그아웃 리다이렉트 URI입니다. 여러 번 쓸 수 있습니다.",
		En: "A logout redirect URI to register; may be repeated.",
	},
}
