package cli

import "github.com/norang-login/norang/internal/i18n"

// userTexts are the help texts of the commands that change one user, or those of a file.
var userTexts = map[string]i18n.Text{
	"cmd.user.disable": {Ko: "이용을 정지하고 모든 세션을 끝냅니다", En: "disable a user and end all their sessions"},
	"cmd.user.disable.more": {
		Ko: "실행 중인 서비스도 1초 안에 알게 됩니다. 로그인해도 다시 들어올 수 없고, norang user enable로만 풀립니다.\n" +
			"여러 명이면 파일에 한 줄에 한 명씩 적습니다. 줄마다 결과가 나옵니다.\n" +
			"먼저: norang user disable --from users.txt --dry-run",
		En: "A running service notices within a second. Signing in does not lift this; only norang user enable " +
			"does.\n" +
			"For many users, a file has one a line, and each line gets its result.\n" +
			"First: norang user disable --from users.txt --dry-run"},
	"cmd.user.enable": {Ko: "이용 정지를 풉니다", En: "enable a disabled user"},
	"cmd.user.enable.more": {
		Ko: "여러 명이면 파일에 한 줄에 한 명씩 적습니다. 줄마다 결과가 나옵니다.\n" +
			"먼저: norang user enable --from users.txt --dry-run",
		En: "For many users, a file has one a line, and each line gets its result.\n" +
			"First: norang user enable --from users.txt --dry-run"},
	"cmd.user.withdraw": {Ko: "본인을 대신해 탈퇴시킵니다. 되돌릴 수 없습니다", En: "withdraw a user on their behalf; this cannot be undone"},
	"cmd.user.withdraw.more": {
		Ko: "본인이 탈퇴한 것과 같습니다: 세션을 끝내고, 회원 정보를 지우고, 제공자의 연결 해제를 예약합니다.\n" +
			"연결 해제는 실행 중인 서비스(norang serve)가 처리합니다. 실행 중이 아니면 다음에 시작할 때 처리합니다.\n" +
			"여러 명이면 파일에 한 줄에 한 명씩 적습니다. 줄마다 결과가 나옵니다.\n" +
			"먼저: norang user withdraw --from users.txt --dry-run",
		En: "This is the same as if the user had withdrawn: sessions end, all data is erased, and unlinking at the " +
			"provider is queued.\n" +
			"The service (norang serve) performs the unlinking, if it is not running then when it starts again.\n" +
			"For many users, a file has one a line, and each line gets its result.\n" +
			"First: norang user withdraw --from users.txt --dry-run"},
	"flag.from": {
		Ko: "이 파일에 있는 회원 모두입니다. 한 줄에 한 명, -는 표준 입력. --dry-run이 아니면 먼저 확인을 받습니다(--yes).",
		En: "All users in this file, one a line; - for standard input. Needs a confirmation (--yes) or --dry-run."},
}
