package cli

import "github.com/norang-login/norang/internal/i18n"

// emulatorTexts are the help texts of the emulators, and of the choice of a provider.
var emulatorTexts = map[string]i18n.Text{
	"flag.try.provider": {
		Ko: "로그인할 제공자입니다. 예: naver. 기본값은 설정된 것 가운데 처음 것입니다.",
		En: "The provider to sign in at, such as naver. Default the first one that is configured.",
	},
	"flag.import.provider": {
		Ko: "회원번호의 제공자입니다. 적지 않으면 첫 줄의 열 이름(kakao_id, naver_id 등)에서 읽습니다.",
		En: "The provider of the ids. Default from the first line's column (kakao_id, naver_id and so on).",
	},
	"flag.export.provider": {
		Ko: "이 제공자의 회원만 씁니다. 회원이 있는 제공자가 둘 이상일 때 필요합니다.",
		En: "Only users of this provider; needed if several have users.",
	},
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
