package cli

import (
	"maps"

	"github.com/norang-login/norang/internal/i18n"
)

// privacyTexts are the help texts of the reports on personal data.
var privacyTexts = map[string]i18n.Text{
	"cmd.privacy": {
		Ko: "개인정보 처리방침과 점검에 쓸 내용", En: "texts for the privacy policy, and reports"},
	"cmd.privacy.policy": {
		Ko: "설정에 따라 처리하는 개인정보, 목적, 기간을 보여 줍니다",
		En: "list the personal data, purposes and periods that follow from the settings"},
	"cmd.privacy.policy.more": {
		Ko: "개인정보 처리방침에 옮겨 적으십시오. 앱이 저장하는 정보는 들어 있지 않으며, 법률 자문이 아닙니다.\n예: norang privacy policy --lang ko",
		En: "Copy it into the privacy policy. What the app itself stores is not in it, and it is not legal advice.\n" +
			"Example: norang privacy policy --lang en"},
	"cmd.privacy.review": {
		Ko: "한 달의 접속기록 점검표를 보여 줍니다", En: "show the report on access records of a month"},
	"cmd.privacy.review.more": {
		Ko: "norang audit --review와 같습니다. 예: norang privacy review 2026-11",
		En: "The same as norang audit --review. Example: norang privacy review 2026-11"},
	"cmd.privacy.erasures": {
		Ko: "한 달의 파기 대장을 보여 줍니다", En: "show the register of erasures of a month"},
	"cmd.privacy.erasures.more": {
		Ko: "날짜, 종류, 방법, 누가 했는지와 몇 명인지만 있고 회원을 가리키는 값은 없습니다. 예: norang privacy erasures 2026-11",
		En: "Day, kind, method, who did it and how many, with nothing that identifies a user.\n" +
			"Example: norang privacy erasures 2026-11"},
	"arg.month": {Ko: "달(2026-11), 한국 시각", En: "a month (2026-11), in Korean time"},
}

// with adds texts to those of all other commands.
func with(more, all map[string]i18n.Text) map[string]i18n.Text {
	maps.Copy(all, more)
	return all
}
