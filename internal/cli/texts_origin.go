package cli

import "github.com/norang-login/norang/internal/i18n"

// originTexts are the help texts of the commands for preview origins, and of skipping an event.
var originTexts = map[string]i18n.Text{
	"cmd.origin":     {Ko: "프리뷰 배포의 출처", En: "origins of preview deployments"},
	"cmd.origin.add": {Ko: "출처를 며칠 동안 허용합니다", En: "allow an origin for some days"},
	"cmd.origin.add.more": {
		Ko: "NORANG_ORIGINS에 적은 것처럼 통합니다. 실행 중인 서비스도 1초 안에 알게 됩니다. 서비스의 설정을 읽습니다.",
		En: "It counts like an entry of NORANG_ORIGINS. A running service notices within a second. The service's settings " +
			"are read."},
	"cmd.origin.list":   {Ko: "허용된 프리뷰 출처를 나열합니다", En: "list the preview origins that are allowed"},
	"cmd.origin.remove": {Ko: "프리뷰 출처를 지웁니다", En: "remove a preview origin"},
	"arg.origin":        {Ko: "출처. 예: https://pr-7-shop.vercel.app", En: "origin, such as https://pr-7-shop.vercel.app"},
	"arg.origin.remove": {Ko: "출처, 또는 그 id", En: "the origin, or its id"},
	"flag.origin.days":  {Ko: "며칠 동안 허용할지입니다. 30일까지입니다.", En: "Days until it expires, at most 30."},
	"cmd.events.skip":   {Ko: "앱이 거절하는 이벤트를 건너뜁니다", En: "skip an event that the app refuses"},
	"cmd.events.skip.more": {
		Ko: "그 회원의 다음 이벤트부터 보냅니다. 건너뛴 이벤트는 피드에 남고 norang events status에 나옵니다. --reason이 필요합니다.",
		En: "The later events of its user are delivered. The event stays in the feed, and norang events status lists it. " +
			"Needs --reason."},
	"arg.events.skip": {Ko: "norang events status에 나오는 id", En: "id that norang events status shows"},
}
