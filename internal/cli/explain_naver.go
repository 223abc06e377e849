package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/kakao/koe"
	"github.com/norang-login/norang/naver/errcode"
)

// naverCode returns what follows the word "naver". Naver's codes are numbers and words that other providers use as
// well, so they are explained only after the name.
func naverCode(text string) (code string, ok bool) {
	name, code, _ := strings.Cut(strings.TrimSpace(text), " ")
	return strings.TrimSpace(code), strings.EqualFold(name, "naver") || name == "네이버"
}

// explainNaver writes the entry of one of Naver's codes.
func explainNaver(w io.Writer, code string, lang i18n.Lang, asJSON bool) error {
	e, ok := errcode.Lookup(code)
	if !ok {
		unknown := &UnknownCodeError{Code: clip(code, 40), lang: lang}
		for _, known := range errcode.All() {
			unknown.Similar = append(unknown.Similar, koe.Code(known.Code))
		}
		return unknown
	}
	if asJSON {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(e)
	}
	var b strings.Builder
	line := func(ko, en string, text errcode.Text) {
		if !text.IsZero() {
			fmt.Fprintf(&b, "%s: %s\n", i18n.Text{Ko: ko, En: en}.In(lang), i18n.Text(text).In(lang))
		}
	}
	fmt.Fprintf(&b, "%s\n\n", e.Code)
	line("원인", "Cause", e.Cause)
	line("해결", "Remedy", e.Remedy)
	line("네이버 개발자센터", "Naver's console", e.Menu)
	line("누가 고치나", "Who can fix it", errcode.Text(naverOwner[e.Owner]))
	line("다시 시도", "Retry", errcode.Text(naverRetry[e.Retry]))
	line("확인되지 않음", "Not confirmed", e.Unconfirmed)
	_, err := io.WriteString(w, b.String())
	return err
}

var (
	naverOwner = map[errcode.Owner]i18n.Text{
		errcode.User:      {Ko: "회원", En: "the user who signs in"},
		errcode.Developer: {Ko: "개발자", En: "the developer"},
		errcode.Operator:  {Ko: "운영자(네이버 개발자센터 설정)", En: "the operator (Naver's console)"},
		errcode.Naver:     {Ko: "네이버", En: "Naver"},
	}
	naverRetry = map[errcode.Retry]i18n.Text{
		errcode.Never:       {Ko: "하지 마십시오. 먼저 고쳐야 합니다.", En: "No. Something must be fixed first."},
		errcode.Later:       {Ko: "몇 분 뒤에 할 수 있습니다.", En: "Yes, after a few minutes."},
		errcode.SignInAgain: {Ko: "로그인을 새로 시작하십시오.", En: "Start a new sign-in."},
		errcode.Refresh: {
			Ko: "토큰을 갱신한 다음 한 번만 하십시오. 그래도 안 되면 다시 로그인해야 합니다.",
			En: "Once, after refreshing the token. If that fails, the user must sign in again.",
		},
		errcode.OfferButton: {Ko: "로그인 버튼을 보여 주십시오.", En: "Show the sign-in button."},
	}
)
