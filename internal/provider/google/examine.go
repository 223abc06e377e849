package google

import (
	"context"
	"errors"
	"net/netip"
	"net/url"

	"github.com/norang-login/norang/google"
	"github.com/norang-login/norang/internal/doctor"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/provider"
)

// ExaminerConfig is what [NewExaminer] needs: the settings to check.
type ExaminerConfig struct {
	Client      *google.Client
	RedirectURI string
	ServiceURL  string
	EventsHook  string // address of security events
	Emulator    bool   // addresses that Google would refuse are allowed
}

// Examiner checks the settings of a client at Google.
type Examiner struct{ cfg ExaminerConfig }

var _ provider.Examiner = (*Examiner)(nil)

// NewExaminer returns the examiner of a client.
func NewExaminer(cfg ExaminerConfig) *Examiner { return &Examiner{cfg} }

// The ids of the checks. They never change their meaning.
const (
	idNetwork  = "google.network"
	idClient   = "google.client_secret"
	idRedirect = "google.redirect_uri"
	idHook     = "google.risc"
)

var (
	menuClients = i18n.Text{
		Ko: "Google Cloud 콘솔 > Google 인증 플랫폼 > 클라이언트", En: "Google Cloud console > Google Auth Platform > Clients",
	}
	menuBranding = i18n.Text{
		Ko: "Google Cloud 콘솔 > Google 인증 플랫폼 > 브랜딩", En: "Google Cloud console > Google Auth Platform > Branding",
	}
	menuAudience = i18n.Text{
		Ko: "Google Cloud 콘솔 > Google 인증 플랫폼 > 대상", En: "Google Cloud console > Google Auth Platform > Audience",
	}
	menuRISC = i18n.Text{
		Ko: "Google Cloud 콘솔 > API 및 서비스 > 라이브러리 > RISC API",
		En: "Google Cloud console > APIs & Services > Library > RISC API",
	}
)

// checkWhat says what the checks examine.
var checkWhat = map[string]i18n.Text{
	idNetwork:  {Ko: "Google 서버 연결", En: "connection to Google"},
	idClient:   {Ko: "Google 클라이언트 ID와 보안 비밀번호", En: "Google's client ID and client secret"},
	idRedirect: {Ko: "Google 리디렉션 URI의 모양", En: "form of Google's redirect URI"},
	idHook:     {Ko: "Google 보안 이벤트(RISC)", En: "Google's security events (RISC)"},
}

// Checks returns the checks. Whether the redirect URI is registered cannot be asked: Google answers with a page for
// people.
func (e *Examiner) Checks() []doctor.Check {
	return doctor.Named(checkWhat, []doctor.Check{
		{ID: idNetwork, Run: e.network},
		{ID: idClient, Run: e.client, Needs: []string{idNetwork}},
		{ID: idRedirect, Run: e.redirect},
		{ID: idHook, Run: e.hook},
	}...)
}

// probe is a refresh token that does not exist. Google checks the client before it.
func (e *Examiner) probe(ctx context.Context) error {
	_, err := e.cfg.Client.Refresh(ctx, "1//norang-doctor-probe")
	return err
}

func (e *Examiner) network(ctx context.Context) ([]doctor.Finding, bool) {
	err := e.probe(ctx)
	if !errors.Is(err, google.ErrUnavailable) {
		return doctor.Found()
	}
	return doctor.Found(doctor.Finding{
		Level: doctor.Fault, Seen: err.Error(),
		Cause: i18n.Text{Ko: "Google 인증 서버에 연결할 수 없습니다.", En: "Google's token server cannot be reached."},
		Fix: i18n.Text{
			Ko: "이 서버에서 oauth2.googleapis.com과 www.googleapis.com으로 나가는 https를 허용하십시오.",
			En: "Permit https from this server to oauth2.googleapis.com and www.googleapis.com.",
		},
	})
}

func (e *Examiner) client(ctx context.Context) ([]doctor.Finding, bool) {
	err := e.probe(ctx)
	var ge *google.Error
	switch {
	case errors.Is(err, google.ErrRefreshTokenInvalid):
		return doctor.Found()
	case !errors.Is(err, google.ErrClientInvalid) || !errors.As(err, &ge):
		return nil, false
	}
	f := doctor.Finding{
		Level: doctor.Fault, Subject: "GOOGLE_CLIENT_SECRET", Code: ge.Code, Console: menuClients,
		Cause: i18n.Text{
			Ko: "클라이언트 ID나 클라이언트 보안 비밀번호를 Google이 받지 않습니다.",
			En: "Google does not accept the client ID or the client secret.",
		},
		Fix: i18n.Text{
			Ko: "클라이언트 ID를 다시 복사하십시오. 보안 비밀번호는 만들 때만 보이므로, 잃었으면 하나를 더 만들고 예전 것을 지우십시오.",
			En: "Copy the client ID again. A secret is shown only once: if it is lost, add a second one and delete the first.",
		},
	}
	if ge.Code == "deleted_client" {
		f.Subject = "GOOGLE_CLIENT_ID"
		f.Cause = i18n.Text{Ko: "클라이언트가 지워졌습니다.", En: "The client was deleted."}
		f.Fix = i18n.Text{
			Ko: "30일 안이면 콘솔에서 되살리고, 지났으면 새로 만드십시오. 회원의 식별자는 그대로입니다.",
			En: "Restore it in the console within 30 days, or create another one. The users' ids stay the same.",
		}
	}
	return doctor.Found(f)
}

// redirect warns of a redirect URI that Google's console refuses.
func (e *Examiner) redirect(context.Context) ([]doctor.Finding, bool) {
	if e.cfg.Emulator || Registrable(e.cfg.RedirectURI) {
		return doctor.Found()
	}
	return doctor.Found(doctor.Finding{
		Level: doctor.Fault, Subject: "GOOGLE_REDIRECT_URI", Console: menuClients,
		Cause: i18n.Text{
			Ko: "Google 콘솔이 이 리디렉션 URI를 받지 않습니다.", En: "Google's console does not accept this redirect URI.",
		},
		Fix: i18n.Text{
			Ko: "localhost가 아니면 https와 도메인 이름을 쓰십시오. IP 주소는 받지 않습니다.",
			En: "Use https and a domain name unless it is localhost. IP addresses are not accepted.",
		},
	})
}

// Registrable reports whether Google's console accepts a redirect URI: https with a domain name, or localhost and
// loopback addresses. Source: Google, "Using OAuth 2.0 for Web Server Applications", redirect URI validation rules.
func Registrable(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Fragment != "" || u.User != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	if u.Hostname() == "localhost" || err == nil && ip.IsLoopback() {
		return true
	}
	return err != nil && u.Scheme == "https"
}

// hook warns of security events that Google cannot deliver.
func (e *Examiner) hook(context.Context) ([]doctor.Finding, bool) {
	u, err := url.Parse(e.cfg.EventsHook)
	if err != nil || u.Scheme == "https" {
		return doctor.Found()
	}
	return doctor.Found(doctor.Finding{
		Level: doctor.Warning, Subject: "NORANG_URL", Console: menuRISC,
		Cause: i18n.Text{
			Ko: "Google이 이 컴퓨터로 보안 이벤트를 보낼 수 없습니다. 회원이 Google에서 연결을 끊어도 알 수 없습니다.",
			En: "Google cannot send security events to this machine. A user who removes the service at Google goes unnoticed.",
		},
		Fix: i18n.Text{
			Ko: "공개된 https 주소에서 서비스할 때 Cross-Account Protection에 등록하십시오(docs/google.ko.md).",
			En: "Register for Cross-Account Protection once the service has a public https address (docs/google.md).",
		},
	})
}

// Console lists what has to be entered at Google, in the order of its menus.
func (e *Examiner) Console() []provider.ConsoleStep {
	return []provider.ConsoleStep{
		{
			Menu: menuBranding,
			What: i18n.Text{
				Ko: "앱 이름, 사용자 지원 이메일, 승인된 도메인을 적습니다. 이름과 로고는 브랜드 인증을 받은 뒤에 보입니다",
				En: "Enter app name, support e-mail and authorized domain. Name and logo appear after brand verification",
			},
			Paste: []string{e.cfg.ServiceURL},
		},
		{
			Menu: menuAudience,
			What: i18n.Text{
				Ko: "사용자 유형은 [외부]로 하고 [앱 게시]를 누릅니다. 테스트 중에는 등록한 테스트 사용자만 로그인합니다",
				En: "Choose External and publish the app. In testing, only the listed test users can sign in",
			},
		},
		{
			Menu: menuClients,
			What: i18n.Text{
				Ko: "[클라이언트 만들기] > 웹 애플리케이션. [승인된 리디렉션 URI]에 붙여 넣습니다",
				En: "Create client > Web application. Paste under Authorized redirect URIs",
			},
			Paste: []string{e.cfg.RedirectURI},
		},
		{
			Menu: menuRISC,
			What: i18n.Text{
				Ko: "API를 켜고 서비스 계정으로 stream:update를 불러 받는 주소를 등록합니다(docs/google.ko.md)",
				En: "Enable the API and register the receiver by stream:update with a service account (docs/google.md)",
			},
			Paste: []string{e.cfg.EventsHook},
		},
	}
}
