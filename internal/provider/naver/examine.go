package naver

import (
	"context"
	"errors"
	"net/url"

	"github.com/norang-login/norang/internal/doctor"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/naver"
)

// ExaminerConfig is what [NewExaminer] needs: the settings to check.
type ExaminerConfig struct {
	Client      *naver.Client
	RedirectURI string
	ServiceURL  string
	UnlinkHook  string // address of the unlink notice
	Previous    bool   // a previous client secret is configured
}

// Examiner checks the settings of an application at Naver.
type Examiner struct{ cfg ExaminerConfig }

var _ provider.Examiner = (*Examiner)(nil)

// NewExaminer returns the examiner of an application.
func NewExaminer(cfg ExaminerConfig) *Examiner { return &Examiner{cfg} }

// The ids of the checks. They never change their meaning.
const (
	idNetwork = "naver.network"
	idClient  = "naver.client_secret"
	idHook    = "naver.unlink_notice"
	idSecret  = "naver.previous_secret"
)

var (
	menuInfo = i18n.Text{
		Ko: "네이버 개발자센터 > Application > 내 애플리케이션 > 개요",
		En: "Naver developers > Application > 내 애플리케이션 > 개요 (overview)",
	}
	menuAPI = i18n.Text{
		Ko: "네이버 개발자센터 > Application > 내 애플리케이션 > API 설정",
		En: "Naver developers > Application > 내 애플리케이션 > API 설정 (API settings)",
	}
	menuReview = i18n.Text{
		Ko: "네이버 개발자센터 > Application > 내 애플리케이션 > 네이버 로그인 검수상태",
		En: "Naver developers > Application > 내 애플리케이션 > 네이버 로그인 검수상태 (review)",
	}
)

// checkWhat says what the checks examine.
var checkWhat = map[string]i18n.Text{
	idNetwork: {Ko: "네이버 서버 연결", En: "connection to Naver"},
	idClient:  {Ko: "네이버 Client ID와 Client Secret", En: "Naver's Client ID and Client Secret"},
	idHook:    {Ko: "네이버 연결 끊기 알림", En: "Naver's notice of unlinking"},
	idSecret:  {Ko: "네이버의 이전 Client Secret", En: "Naver's previous Client Secrets"},
}

// Checks returns the checks. Whether the callback URL is registered cannot be asked: Naver answers with a page for
// people.
func (e *Examiner) Checks() []doctor.Check {
	return doctor.Named(checkWhat, []doctor.Check{
		{ID: idNetwork, Run: e.network},
		{ID: idClient, Run: e.client, Needs: []string{idNetwork}},
		{ID: idHook, Run: e.hook},
		{ID: idSecret, Run: e.previous},
	}...)
}

// probe is a token that does not exist. Naver documents that its revocation succeeds, and changes nothing.
func (e *Examiner) probe(ctx context.Context) error {
	return e.cfg.Client.Revoke(ctx, "norang-doctor-probe", false)
}

func (e *Examiner) network(ctx context.Context) ([]doctor.Finding, bool) {
	err := e.probe(ctx)
	if !errors.Is(err, naver.ErrUnavailable) {
		return doctor.Found()
	}
	return doctor.Found(doctor.Finding{
		Level: doctor.Fault, Seen: err.Error(),
		Cause: i18n.Text{Ko: "네이버 인증 서버에 연결할 수 없습니다.", En: "Naver's authorization server cannot be reached."},
		Fix: i18n.Text{
			Ko: "이 서버에서 nid.naver.com과 openapi.naver.com으로 나가는 https를 허용하십시오.",
			En: "Permit https from this server to nid.naver.com and openapi.naver.com.",
		},
	})
}

func (e *Examiner) client(ctx context.Context) ([]doctor.Finding, bool) {
	err := e.probe(ctx)
	switch {
	case err == nil:
		return doctor.Found()
	case !errors.Is(err, naver.ErrClientInvalid):
		return nil, false
	}
	return doctor.Found(doctor.Finding{
		Level: doctor.Fault, Subject: "NAVER_CLIENT_SECRET", Code: "unauthorized_client", Console: menuInfo,
		Cause: i18n.Text{
			Ko: "Client ID나 Client Secret을 네이버가 받지 않습니다.", En: "Naver does not accept Client ID or Client Secret.",
		},
		Fix: i18n.Text{
			Ko: "콘솔의 두 값을 다시 복사하십시오. 다시 발급한 Secret은 예전 것을 대신합니다.",
			En: "Copy both from the console again. A newly issued secret replaces the old one.",
		},
	})
}

// hook warns of an unlink notice that Naver cannot deliver.
func (e *Examiner) hook(context.Context) ([]doctor.Finding, bool) {
	u, err := url.Parse(e.cfg.UnlinkHook)
	if err != nil || u.Scheme == "https" {
		return doctor.Found()
	}
	return doctor.Found(doctor.Finding{
		Level: doctor.Warning, Subject: "NORANG_URL", Console: menuAPI,
		Cause: i18n.Text{
			Ko: "네이버가 이 컴퓨터로 연결 끊기 알림을 보낼 수 없습니다. 알림은 한 번만 오고 다시 오지 않습니다.",
			En: "Naver cannot send the unlink notice to this machine. It is sent once and never repeated.",
		},
		Fix: i18n.Text{
			Ko: "공개된 https 주소에서 서비스할 때 [연결끊기 Callback URL]을 등록하십시오.",
			En: "Register the unlink callback URL once the service has a public https address.",
		},
	})
}

// previous reminds of a previous secret, which is for the time of a change only.
func (e *Examiner) previous(context.Context) ([]doctor.Finding, bool) {
	if !e.cfg.Previous {
		return doctor.Found()
	}
	return doctor.Found(doctor.Finding{
		Level: doctor.Warning, Subject: "NAVER_PREVIOUS_SECRETS",
		Cause: i18n.Text{
			Ko: "예전 Client Secret으로 서명한 알림도 받습니다.",
			En: "Notices signed with an earlier client secret are accepted.",
		},
		Fix: i18n.Text{
			Ko: "Client Secret을 바꾸고 하루가 지났으면 지우십시오.",
			En: "Remove it a day after the client secret was changed.",
		},
	})
}

// Console lists what has to be entered at Naver, in the order of its menus.
func (e *Examiner) Console() []provider.ConsoleStep {
	return []provider.ConsoleStep{
		{
			Menu: menuAPI,
			What: i18n.Text{
				Ko: "[사용 API]에서 네이버 로그인을 고르고, 별명과 연락처 이메일 주소를 쓸 만큼만 고릅니다",
				En: "Under 사용 API select 네이버 로그인, and of the items only those that you use",
			},
		},
		{
			Menu: menuAPI,
			What: i18n.Text{
				Ko: "[로그인 오픈 API 서비스 환경]에 PC 웹과 Mobile 웹을 둘 다 추가하고 서비스 URL을 적습니다",
				En: "Add both environments, PC 웹 and Mobile 웹, with the service URL",
			},
			Paste: []string{e.cfg.ServiceURL},
		},
		{
			Menu: menuAPI,
			What: i18n.Text{
				Ko: "두 환경 모두의 [네이버 로그인 Callback URL]", En: "네이버 로그인 Callback URL of both environments",
			},
			Paste: []string{e.cfg.RedirectURI},
		},
		{
			Menu:  menuAPI,
			What:  i18n.Text{Ko: "[연결끊기 Callback URL]", En: "연결끊기 Callback URL (unlink callback URL)"},
			Paste: []string{e.cfg.UnlinkHook},
		},
		{
			Menu: i18n.Text{
				Ko: "네이버 개발자센터 > Application > 내 애플리케이션 > 멤버관리",
				En: "Naver developers > Application > 내 애플리케이션 > 멤버관리 (members)",
			},
			What: i18n.Text{
				Ko: "검수 전에는 여기 등록한 네이버 아이디만 로그인할 수 있습니다",
				En: "Before the review, only the Naver IDs registered here can log in",
			},
		},
		{
			Menu: menuReview,
			What: i18n.Text{
				Ko: "공개하기 전에 검수를 요청합니다(2~3 영업일)",
				En: "Request the review before going public (2 to 3 business days)",
			},
		},
	}
}
