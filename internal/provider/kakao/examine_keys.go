package kakao

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/norang-login/norang/internal/doctor"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/kakao"
)

// adminKeys finds keys that Kakao does not accept. A key that may not list users is accepted too: Kakao knows it.
func (e *Examiner) adminKeys(ctx context.Context) (found []doctor.Finding, decided bool) {
	for i, key := range e.cfg.AdminKeys {
		err := e.cfg.Client.ProbeAdminKey(ctx, key, "user_information")
		code, failed := codeOf(err)
		switch {
		case failed != nil, code == "-12": // the app is blocked, which says nothing about the key
			return doctor.Unclear()
		case code == "" || code == "-3":
			continue
		}
		f := described(code, doctor.Fault)
		f.Subject, f.Seen = "KAKAO_ADMIN_KEY", fmt.Sprintf("%d/%d", i+1, len(e.cfg.AdminKeys))
		if code == "-401" {
			f.Cause, f.Fix, f.Console = adminRefusal(err)
		}
		found = append(found, f)
	}
	return found, true
}

// adminRefusal explains -401, which Kakao answers for the key and for the caller's address; only the message differs.
func adminRefusal(err error) (cause, fix, console i18n.Text) {
	var e *kakao.Error
	if errors.As(err, &e) && strings.Contains(strings.ToLower(e.Description), "ip mismatched") {
		return i18n.Text{
				Ko: "어드민 키의 호출 허용 IP 주소에 이 서버가 없습니다.",
				En: "This machine is not among the IP addresses from which the admin key may be used.",
			}, i18n.Text{
				Ko: "이 서버가 밖으로 나가는 IP 주소를 등록하거나 목록을 비우십시오.",
				En: "Register the address from which this machine calls, or empty the list.",
			}, menu("KOE127")
	}
	return i18n.Text{
			Ko: "카카오가 모르는 어드민 키이거나, 비활성화한 키이거나, 어드민 키가 아닌 다른 키입니다.",
			En: "Kakao does not know this admin key: it was deactivated, or it is a key of another kind.",
		}, i18n.Text{
			Ko: "REST API 키와 같은 앱의 어드민 키를 콘솔에서 다시 복사하십시오.",
			En: "Copy the admin key of the same app as the REST API key again from the console.",
		}, menu("-3")
}

// adminAPIs finds the categories of calls that the first key lacks. norang makes calls with no other key.
func (e *Examiner) adminAPIs(ctx context.Context) ([]doctor.Finding, bool) {
	needed := []string{"unlink", "user_information", "consent_items"}
	if e.cfg.Sync {
		needed = append(needed, "service_terms")
	}
	var missing []string
	for _, api := range needed {
		code, failed := codeOf(e.cfg.Client.ProbeAdminKey(ctx, e.cfg.AdminKeys[0], api))
		if failed != nil {
			return doctor.Unclear()
		}
		if code == "-3" {
			missing = append(missing, api)
		}
	}
	if len(missing) == 0 {
		return doctor.Found()
	}
	f := described("-3", doctor.Fault)
	f.Subject, f.Seen = "KAKAO_ADMIN_KEY", strings.Join(missing, ", ")
	f.Cause = i18n.Text{
		Ko: "어드민 키의 사용 가능 API에 빠진 것이 있습니다. 연결 해제가 빠지면 탈퇴한 회원의 카카오 연결을 끊을 수 없습니다.",
		En: "The admin key may not call some APIs. Without unlink (연결 해제), users who withdraw cannot be unlinked at Kakao.",
	}
	f.Fix = i18n.Text{
		Ko: "콘솔에서 이 어드민 키에 연결 해제, 사용자 정보, 동의항목을, 카카오싱크라면 서비스 약관도 허용하십시오.",
		En: "Allow unlink (연결 해제), user information (사용자 정보) and consent items (동의항목) for the key, and with Kakao " +
			"Sync service terms (서비스 약관).",
	}
	return doctor.Found(f)
}

// nativeKeys finds unknown native app keys. The redirect URI of a native key needs no registration.
func (e *Examiner) nativeKeys(ctx context.Context) ([]doctor.Finding, bool) {
	return e.audiences(ctx, "KAKAO_NATIVE_APP_KEY", e.cfg.NativeAppKeys, func(key string) string {
		return "kakao" + key + "://oauth"
	})
}

// scriptKeys finds unknown JavaScript keys. That its redirect URI is not registered shows that a key is known.
func (e *Examiner) scriptKeys(ctx context.Context) ([]doctor.Finding, bool) {
	return e.audiences(ctx, "KAKAO_JAVASCRIPT_KEY", e.cfg.JavaScriptKeys, func(string) string { return e.cfg.RedirectURI })
}

func (e *Examiner) audiences(
	ctx context.Context, setting string, keys []string, redirect func(string) string,
) (found []doctor.Finding, decided bool) {
	for i, key := range keys {
		p, err := e.cfg.Client.ProbeAuthorize(ctx, kakao.ProbeRequest{ClientID: key, RedirectURI: redirect(key)})
		if err != nil || p.Unclear {
			return doctor.Unclear()
		}
		if p.Code != "KOE101" && p.Code != "KOE008" {
			continue
		}
		f := described(p.Code, doctor.Fault)
		f.Subject, f.Seen = setting, fmt.Sprintf("%d/%d", i+1, len(keys))
		f.Cause = i18n.Text{
			Ko: "카카오가 모르는 키입니다. 이 키를 쓰는 앱의 로그인은 토큰의 대상(aud)이 달라 거절됩니다.",
			En: "Kakao does not know this key. Sign-ins of the app that uses the real one are refused, because the audience " +
				"(aud) of its tokens differs.",
		}
		found = append(found, f)
	}
	return found, true
}

// Console lists the menus of Kakao's console by their names of 2025-26.
func (e *Examiner) Console() []provider.ConsoleStep {
	steps := []provider.ConsoleStep{
		{
			Menu: menu("KOE004"),
			What: i18n.Text{
				Ko: "상태와 OpenID Connect를 ON으로",
				En: "switch the state (상태) and OpenID Connect to ON",
			},
		},
		{Menu: menu("KOE006"), What: i18n.Text{Ko: "등록할 주소", En: "register"}, Paste: []string{e.cfg.RedirectURI}},
		{
			Menu: menu("KOE010"),
			What: i18n.Text{Ko: "켜져 있는지 확인", En: "see that it is switched on"},
		},
		{
			Menu:  menu("KOE007"),
			What:  i18n.Text{Ko: "로그아웃 리다이렉트 URI로 등록할 주소", En: "register as logout redirect URI (로그아웃 리다이렉트 URI)"},
			Paste: []string{e.cfg.SignOutRedirectURI},
		},
		{
			Menu: menu("KOE205"),
			What: i18n.Text{
				Ko: "닉네임을 필수 동의로, 프로필 사진과 이메일은 필요하면 선택 동의로",
				En: "nickname (닉네임) as required, picture and e-mail (카카오계정 이메일) as optional if you need them",
			},
		},
		{
			Menu: menu("-3"),
			What: i18n.Text{
				Ko: "연결 해제, 사용자 정보, 동의항목을 허용",
				En: "allow unlink (연결 해제), user information (사용자 정보) and consent items (동의항목)",
			},
		},
	}
	hook := func(ko, en, address string) {
		if strings.HasPrefix(address, "https://") { // Kakao calls nothing else
			steps = append(steps, provider.ConsoleStep{
				Menu: i18n.Text{Ko: "[앱] > [웹훅] > [" + ko + "]", En: "[앱] > [웹훅] > [" + ko + "] (app > webhooks > " + en + ")"},
				What: i18n.Text{Ko: "POST로 받을 주소", En: "address, method POST"}, Paste: []string{address},
			})
		}
	}
	hook("연결 해제 웹훅", "unlink", e.cfg.UnlinkHook)
	hook("계정 상태 변경 웹훅", "account state change", e.cfg.AccountHook)
	return steps
}
