package apple

import (
	"context"
	"errors"
	"net/url"

	"github.com/norang-login/norang/apple"
	"github.com/norang-login/norang/internal/doctor"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/provider"
)

// ExaminerConfig is what [NewExaminer] needs: the settings to check.
type ExaminerConfig struct {
	Client      *apple.Client
	ServicesID  string
	BundleIDs   []string
	RedirectURI string
	ServiceURL  string
	NoticeHook  string // address of server-to-server notices
}

// Examiner checks the settings of a team at Apple.
type Examiner struct{ cfg ExaminerConfig }

var _ provider.Examiner = (*Examiner)(nil)

// NewExaminer returns the examiner of a team.
func NewExaminer(cfg ExaminerConfig) *Examiner { return &Examiner{cfg} }

// The ids of the checks. They never change their meaning.
const (
	idNetwork = "apple.network"
	idClient  = "apple.client_secret"
	idBundles = "apple.bundle_ids"
	idReturn  = "apple.redirect_uri"
	idNotices = "apple.notices"
)

const identifiers = "Apple Developer > Certificates, Identifiers & Profiles > "

var (
	menuApps     = i18n.Text{Ko: identifiers + "Identifiers > App IDs", En: identifiers + "Identifiers > App IDs"}
	menuServices = i18n.Text{
		Ko: identifiers + "Identifiers > Services IDs", En: identifiers + "Identifiers > Services IDs",
	}
	menuKeys = i18n.Text{Ko: identifiers + "Keys", En: identifiers + "Keys"}
	menuMail = i18n.Text{
		Ko: identifiers + "Services > Sign in with Apple for Email Communication",
		En: identifiers + "Services > Sign in with Apple for Email Communication",
	}
)

// checkWhat says what the checks examine.
var checkWhat = map[string]i18n.Text{
	idNetwork: {Ko: "Apple 서버 연결", En: "connection to Apple"},
	idClient:  {Ko: "Apple 클라이언트 시크릿의 키와 ID", En: "key and ids of Apple's client secret"},
	idBundles: {Ko: "Apple 앱의 번들 ID", En: "bundle IDs of apps at Apple"},
	idReturn:  {Ko: "Apple Return URL의 모양", En: "form of Apple's Return URL"},
	idNotices: {Ko: "Apple 서버 알림", En: "Apple's notices to the server"},
}

// Checks returns the checks. Whether the return URL is registered cannot be asked: Apple answers with a page for
// people.
func (e *Examiner) Checks() []doctor.Check {
	return doctor.Named(checkWhat, []doctor.Check{
		{ID: idNetwork, Run: e.network},
		{ID: idClient, Run: e.client, Needs: []string{idNetwork}},
		{ID: idBundles, Run: e.bundles, Needs: []string{idClient}},
		{ID: idReturn, Run: e.returnURL},
		{ID: idNotices, Run: e.notices},
	}...)
}

// probe revokes a token that does not exist, which Apple answers like any other, and which changes nothing.
func (e *Examiner) probe(ctx context.Context, client string) error {
	return e.cfg.Client.Revoke(ctx, "norang-doctor-probe", client)
}

func (e *Examiner) network(ctx context.Context) ([]doctor.Finding, bool) {
	err := e.probe(ctx, e.cfg.ServicesID)
	if !errors.Is(err, apple.ErrUnavailable) {
		return doctor.Found()
	}
	return doctor.Found(doctor.Finding{
		Level: doctor.Fault, Seen: err.Error(),
		Cause: i18n.Text{Ko: "Apple 인증 서버에 연결할 수 없습니다.", En: "Apple's authorization server cannot be reached."},
		Fix: i18n.Text{
			Ko: "이 서버에서 appleid.apple.com으로 나가는 https를 허용하십시오.",
			En: "Permit https from this server to appleid.apple.com.",
		},
	})
}

// client tells a client secret that Apple refuses: the key, its id, the team or the Services ID.
func (e *Examiner) client(ctx context.Context) ([]doctor.Finding, bool) {
	err := e.probe(ctx, e.cfg.ServicesID)
	switch {
	case err == nil:
		return doctor.Found()
	case !errors.Is(err, apple.ErrClientInvalid):
		return nil, false
	}
	return doctor.Found(doctor.Finding{
		Level: doctor.Fault, Subject: "APPLE_PRIVATE_KEY", Code: "invalid_client", Console: menuKeys,
		Cause: i18n.Text{
			Ko: "Apple이 클라이언트 시크릿을 받지 않습니다. 키(.p8), 키 ID, 팀 ID, Services ID 가운데 하나가 맞지 않거나, 키가 폐기되었거나, " +
				"방금 바꾼 설정이 아직 적용되지 않았습니다.",
			En: "Apple does not accept the client secret: the key (.p8), key id, Team ID and Services ID do not belong " +
				"together, " +
				"the key was revoked, or settings changed just now are not in effect yet.",
		},
		Fix: i18n.Text{
			Ko: "APPLE_KEY_ID는 .p8 파일 이름(AuthKey_….p8)의 10글자, APPLE_TEAM_ID는 계정 오른쪽 위의 10글자입니다. 키에서 Sign in with " +
				"Apple의 기본 App ID를, Services ID에서 같은 App ID를 골랐는지 보십시오.",
			En: "APPLE_KEY_ID is the 10 characters in the name of the .p8 file (AuthKey_….p8), APPLE_TEAM_ID those at " +
				"the upper " +
				"right of the account. Check that key and Services ID have the same primary App ID.",
		},
	})
}

// bundles tells bundle ids for which the key does not work.
func (e *Examiner) bundles(ctx context.Context) ([]doctor.Finding, bool) {
	var all []doctor.Finding
	for _, id := range e.cfg.BundleIDs {
		err := e.probe(ctx, id)
		switch {
		case err == nil:
			continue
		case !errors.Is(err, apple.ErrClientInvalid):
			return nil, false
		}
		all = append(all, doctor.Finding{
			Level: doctor.Fault, Subject: "APPLE_BUNDLE_IDS", Code: "invalid_client", Console: menuApps, Seen: id,
			Cause: i18n.Text{
				Ko: "Apple이 이 번들 ID의 클라이언트 시크릿을 받지 않습니다. 앱의 코드를 교환할 수 없고, 탈퇴할 때 연결을 끊을 수 없습니다.",
				En: "Apple does not accept a client secret for this bundle id: codes of the app cannot be exchanged, and " +
					"its links " +
					"cannot be ended at a withdrawal.",
			},
			Fix: i18n.Text{
				Ko: "번들 ID를 글자까지 같게 적고(대소문자 구별, 팀 ID 없이), App ID에서 Sign in with Apple을 켜고 기본 App ID의 그룹에 넣으십시오.",
				En: "Write the bundle id to the letter (case-sensitive, without Team ID), enable Sign in with Apple for the " +
					"App ID, " +
					"and group it with the primary App ID.",
			},
		})
	}
	return doctor.Found(all...)
}

// returnURL warns of a return URL that Apple refuses, which a start with the real Apple does too.
func (e *Examiner) returnURL(context.Context) ([]doctor.Finding, bool) {
	if !RefusesReturnURL(e.cfg.RedirectURI) {
		return doctor.Found()
	}
	return doctor.Found(doctor.Finding{
		Level: doctor.Warning, Subject: "APPLE_REDIRECT_URI", Console: menuServices, Seen: e.cfg.RedirectURI,
		Cause: i18n.Text{
			Ko: "Apple은 https와 도메인 이름만 Return URL로 받습니다. localhost와 IP 주소는 에뮬레이터에서만 됩니다.",
			En: "Apple accepts return URLs with https and a domain name only. localhost and IP addresses work with the " +
				"emulator " +
				"alone.",
		},
		Fix: i18n.Text{
			Ko: "Apple과 시험하려면 도메인 이름과 인증서가 있는 주소나 터널을 쓰십시오.",
			En: "To test with Apple itself, use an address with a domain name and certificate, or a tunnel.",
		},
	})
}

// notices warns of an endpoint that Apple cannot reach.
func (e *Examiner) notices(context.Context) ([]doctor.Finding, bool) {
	u, err := url.Parse(e.cfg.NoticeHook)
	if err != nil || u.Scheme == "https" {
		return doctor.Found()
	}
	return doctor.Found(doctor.Finding{
		Level: doctor.Warning, Subject: "NORANG_URL", Console: menuApps,
		Cause: i18n.Text{
			Ko: "Apple이 이 컴퓨터로 알림을 보낼 수 없습니다. 한국의 개발자는 2026년부터 알림 주소를 반드시 등록해야 합니다.",
			En: "Apple cannot send notices to this machine. Developers based in Korea must register the endpoint since 2026.",
		},
		Fix: i18n.Text{
			Ko: "공개된 https 주소에서 서비스할 때 기본 App ID에 [Server-to-Server Notification Endpoint]를 등록하십시오.",
			En: "Register it as Server-to-Server Notification Endpoint of the primary App ID once the service has a " +
				"public https " +
				"address.",
		},
	})
}

// Console lists what has to be entered at Apple, in the order in which each needs the one before.
func (e *Examiner) Console() []provider.ConsoleStep {
	domain := ""
	if u, err := url.Parse(e.cfg.ServiceURL); err == nil {
		domain = u.Hostname()
	}
	return []provider.ConsoleStep{
		{
			Menu: menuApps,
			What: i18n.Text{
				Ko: "App ID를 만들고 [Sign in with Apple]을 켭니다. 앱이 없어도 하나 필요하고, 기본(primary)으로 둡니다. 앱이 있으면 번들 ID가 " +
					"APPLE_BUNDLE_IDS입니다",
				En: "Create an App ID and enable Sign in with Apple as primary App ID; one is needed even without an app. The " +
					"bundle ids of apps are APPLE_BUNDLE_IDS",
			},
			Paste: e.cfg.BundleIDs,
		},
		{
			Menu: menuApps,
			What: i18n.Text{
				Ko: "기본 App ID > Sign in with Apple > Edit > [Server-to-Server Notification Endpoint]. 한국의 개발자는 반드시 적어야 합니다",
				En: "Primary App ID > Sign in with Apple > Edit > Server-to-Server Notification Endpoint. Obligatory for " +
					"developers " +
					"based in Korea",
			},
			Paste: []string{e.cfg.NoticeHook},
		},
		{
			Menu: menuServices,
			What: i18n.Text{
				Ko: "Services ID를 만들고(APPLE_SERVICES_ID) [Sign in with Apple] > Configure에서 기본 App ID를 고릅니다",
				En: "Create a Services ID (APPLE_SERVICES_ID), and select the primary App ID under Sign in with Apple > Configure",
			},
			Paste: []string{e.cfg.ServicesID},
		},
		{
			Menu:  menuServices,
			What:  i18n.Text{Ko: "Configure > [Domains and Subdomains]", En: "Configure > Domains and Subdomains"},
			Paste: []string{domain},
		},
		{
			Menu:  menuServices,
			What:  i18n.Text{Ko: "Configure > [Return URLs], 글자까지 같게", En: "Configure > Return URLs, to the letter"},
			Paste: []string{e.cfg.RedirectURI},
		},
		{
			Menu: menuKeys,
			What: i18n.Text{
				Ko: "키를 만들고 [Sign in with Apple] > Configure에서 기본 App ID를 고릅니다. AuthKey_….p8은 한 번만 내려받을 수 있습니다: " +
					"APPLE_PRIVATE_KEY_FILE. 파일 이름의 10글자가 APPLE_KEY_ID입니다",
				En: "Create a key, and select the primary App ID under Sign in with Apple > Configure. AuthKey_….p8 can be " +
					"downloaded once: APPLE_PRIVATE_KEY_FILE. The 10 characters in its name are APPLE_KEY_ID",
			},
		},
		{
			Menu: menuMail,
			What: i18n.Text{
				Ko: "메일을 보낸다면 보내는 도메인과 주소를 등록합니다. 등록하지 않으면 전달용 주소(privaterelay.appleid.com)에 닿지 않습니다",
				En: "If you send mail, register the sending domains and addresses: others do not reach relay addresses " +
					"(privaterelay.appleid.com)",
			},
		},
	}
}
