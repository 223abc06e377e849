package oidc

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/doctor"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/oidc"
)

// ExaminerConfig is what [NewExaminer] needs: the settings to check.
type ExaminerConfig struct {
	Client *oidc.Client
	// Name is the provider's name, Prefix the beginning of its settings: "OIDC_KEYCLOAK_".
	Name, Prefix                    string
	RedirectURI, SignOutRedirectURI string
	LogoutHook                      string // address of back-channel logout
	Algorithms                      []string
	Pairwise                        bool
	SecretExpires, Now              time.Time // the former zero if unknown
	SecretsEnd                      bool      // all client secrets of this provider expire
}

// Examiner checks the settings of a client at a provider.
type Examiner struct{ cfg ExaminerConfig }

var _ provider.Examiner = (*Examiner)(nil)

// NewExaminer returns the examiner of a client.
func NewExaminer(cfg ExaminerConfig) *Examiner { return &Examiner{cfg} }

// checkWhat says what the checks examine, by the id without the provider's name.
var checkWhat = map[string]i18n.Text{
	"network":       {Ko: "서버 연결과 discovery 문서", En: "server and discovery document"},
	"keys":          {Ko: "ID 토큰의 서명 키", En: "signing keys"},
	"client_secret": {Ko: "클라이언트 ID와 암호", En: "client ID and secret"},
	"subjects":      {Ko: "사용자 식별자(sub)의 방식", En: "kind of subject identifiers"},
	"secret_expiry": {Ko: "클라이언트 암호의 만료일", En: "expiry of the client secret"},
}

// Checks returns the checks. Whether the redirect URI is registered cannot be asked without a browser.
func (e *Examiner) Checks() []doctor.Check {
	id := func(check string) string { return e.cfg.Name + "." + check }
	checks := []doctor.Check{
		{ID: id("network"), Run: e.discovery},
		{ID: id("keys"), Run: e.keys, Needs: []string{id("network")}},
		{ID: id("client_secret"), Run: e.client, Needs: []string{id("network")}},
		{ID: id("subjects"), Run: e.subjects, Needs: []string{id("network")}},
		{ID: id("secret_expiry"), Run: e.expiry},
	}
	for i := range checks {
		what := checkWhat[strings.TrimPrefix(checks[i].ID, id(""))]
		checks[i].What = i18n.Text{Ko: e.cfg.Name + " " + what.Ko, En: what.En + " of " + e.cfg.Name}
	}
	return checks
}

func (e *Examiner) discovery(ctx context.Context) ([]doctor.Finding, bool) {
	_, err := e.cfg.Client.Discover(ctx)
	var issuer *oidc.IssuerError
	switch {
	case err == nil:
		return doctor.Found()
	case errors.As(err, &issuer):
		return doctor.Found(doctor.Finding{
			Level: doctor.Fault, Subject: e.cfg.Prefix + "ISSUER", Seen: err.Error(), Paste: []string{issuer.Published},
			Cause: i18n.Text{
				Ko: "설정한 발급자와 discovery 문서의 issuer가 글자까지 같지 않습니다. 끝의 빗금도 구별합니다.",
				En: "The configured issuer does not equal that of the discovery document, including a trailing slash.",
			},
			Fix: i18n.Text{
				Ko: "이 제공자가 맞으면 issuer를 문서에 있는 그대로 적으십시오.",
				En: "If this is the right provider, write the issuer exactly as the document has it.",
			},
		})
	}
	return doctor.Found(doctor.Finding{
		Level: doctor.Fault, Subject: e.cfg.Prefix + "ISSUER", Seen: err.Error(),
		Cause: i18n.Text{
			Ko: "discovery 문서를 읽을 수 없습니다.", En: "The discovery document cannot be read.",
		},
		Fix: i18n.Text{
			Ko: "issuer 뒤에 /.well-known/openid-configuration을 붙인 주소가 이 서버에서 열리는지 보십시오.",
			En: "Check that the issuer followed by /.well-known/openid-configuration opens from this server.",
		},
	})
}

// keys verifies a token that cannot be valid: that tells whether the keys can be read.
func (e *Examiner) keys(ctx context.Context) ([]doctor.Finding, bool) {
	m, err := e.cfg.Client.Discover(ctx)
	if err != nil {
		return nil, false
	}
	if m.SigningAlgs != nil && !slices.ContainsFunc(e.cfg.Algorithms, func(a string) bool {
		return slices.Contains(m.SigningAlgs, a)
	}) {
		return doctor.Found(doctor.Finding{
			Level: doctor.Fault, Subject: e.cfg.Prefix + "ALGORITHMS",
			Cause: i18n.Text{
				Ko: "설정한 서명 알고리즘이 제공자가 쓴다고 하는 것에 없습니다.",
				En: "The provider does not offer any of the configured signature algorithms.",
			},
			Fix: i18n.Text{
				Ko: "제공자에서 ID 토큰의 알고리즘을 RS256이나 ES256으로 바꾸거나 그 값을 설정하십시오.",
				En: "Set the ID token algorithm to RS256 or ES256 at the provider, or configure the one it uses.",
			},
		})
	}
	if err := e.cfg.Client.ReadKeys(ctx); err != nil {
		return doctor.Found(doctor.Finding{
			Level: doctor.Fault, Seen: err.Error(),
			Cause: i18n.Text{Ko: "제공자의 서명 키를 읽을 수 없습니다.", En: "The provider's signing keys cannot be read."},
			Fix: i18n.Text{
				Ko: "discovery 문서의 jwks_uri가 이 서버에서 열리는지 보십시오.",
				En: "Check that jwks_uri of the discovery document opens from this server.",
			},
		})
	}
	return doctor.Found()
}

// client revokes a token that does not exist, which succeeds and changes nothing (RFC 7009 section 2.2).
func (e *Examiner) client(ctx context.Context) ([]doctor.Finding, bool) {
	m, err := e.cfg.Client.Discover(ctx)
	if err != nil {
		return nil, false
	}
	if _, err = e.cfg.Client.TokenAuth(m); err == nil {
		err = e.cfg.Client.Revoke(ctx, "norang-doctor-probe", false)
	}
	var method *oidc.AuthMethodError
	switch {
	case errors.As(err, &method):
		return doctor.Found(e.noMethod(method))
	case err == nil, errors.Is(err, oidc.ErrNoRevocation), errors.Is(err, oidc.ErrUnsupportedToken):
		return doctor.Found()
	case !errors.Is(err, oidc.ErrClientInvalid):
		return nil, false
	}
	finding := doctor.Finding{
		Level: doctor.Fault, Subject: e.cfg.Prefix + "CLIENT_SECRET", Code: "invalid_client", Seen: err.Error(),
		Cause: i18n.Text{
			Ko: "제공자가 client id나 secret을 받지 않습니다.", En: "The provider does not accept client id or secret.",
		},
		Fix: i18n.Text{
			Ko: "두 값을 다시 복사하십시오. 그래도 같으면 보내는 방식을 CLIENT_AUTH로 정하십시오.",
			En: "Copy both again. If it stays, choose the way of sending them with CLIENT_AUTH.",
		},
	}
	return doctor.Found(finding)
}

// noMethod is the finding for an endpoint whose ways of client authentication norang does not have.
func (e *Examiner) noMethod(err *oidc.AuthMethodError) doctor.Finding {
	return doctor.Finding{
		Level: doctor.Fault, Subject: e.cfg.Prefix + "CLIENT_AUTH", Seen: err.Error(),
		Cause: i18n.Text{
			Ko: "discovery 문서가 받는다고 하는 클라이언트 증명 방식을 norang이 하나도 하지 못합니다.",
			En: "norang supports none of the ways of client authentication that the discovery document offers.",
		},
		Fix: i18n.Text{
			Ko: "제공자에서 클라이언트를 client_secret_basic이나 client_secret_post로 바꾸십시오. 문서에 없어도 받는다면 " +
				e.cfg.Prefix + "CLIENT_AUTH로 정하십시오.",
			En: "Change the client at the provider to client_secret_basic or client_secret_post. If it accepts one of them " +
				"although the document does not say so, set " + e.cfg.Prefix + "CLIENT_AUTH.",
		},
	}
}

// subjects warns of subjects that differ by client, which the settings do not say.
func (e *Examiner) subjects(ctx context.Context) ([]doctor.Finding, bool) {
	m, err := e.cfg.Client.Discover(ctx)
	if err != nil {
		return nil, false
	}
	if e.cfg.Pairwise || len(m.SubjectTypes) != 1 || m.SubjectTypes[0] != "pairwise" {
		return doctor.Found()
	}
	return doctor.Found(doctor.Finding{
		Level: doctor.Warning, Subject: e.cfg.Prefix + "PAIRWISE",
		Cause: i18n.Text{
			Ko: "제공자의 sub가 클라이언트마다 다릅니다. client id를 바꾸면 모든 회원이 낯선 사람이 됩니다.",
			En: "The provider's subjects differ by client: with another client id all users would be strangers.",
		},
		Fix: i18n.Text{
			Ko: "첫 회원이 가입하기 전에 켜십시오. 그러면 client id가 바뀐 것을 시작할 때 알립니다.",
			En: "Set it before the first user joins; a changed client id then stops the start.",
		},
	})
}

// soon is how long before the end of a secret doctor warns.
const soon = 30 * 24 * time.Hour

func (e *Examiner) expiry(context.Context) ([]doctor.Finding, bool) {
	left := e.cfg.SecretExpires.Sub(e.cfg.Now)
	if e.cfg.SecretExpires.IsZero() || left > soon {
		return doctor.Found()
	}
	level := doctor.Warning
	if left <= 0 {
		level = doctor.Fault
	}
	return doctor.Found(doctor.Finding{
		Level: level, Subject: e.cfg.Prefix + "SECRET_EXPIRES", Seen: e.cfg.SecretExpires.Format(time.DateOnly),
		Cause: i18n.Text{
			Ko: "클라이언트 암호가 곧 만료되거나 만료되었습니다. 만료되면 아무도 로그인하지 못합니다.",
			En: "The client secret expires soon or has expired. With an expired secret no user can sign in.",
		},
		Fix: i18n.Text{
			Ko: "제공자에서 새 암호를 만들어 CLIENT_SECRET과 SECRET_EXPIRES를 바꾸고 다시 시작하십시오.",
			En: "Create a secret at the provider, change CLIENT_SECRET and SECRET_EXPIRES, and restart.",
		},
	})
}

// Console lists what has to be entered at the provider, in the words of Keycloak and Entra.
func (e *Examiner) Console() []provider.ConsoleStep {
	menu := func(ko, en string) i18n.Text {
		return i18n.Text{Ko: e.cfg.Name + " > 클라이언트 > " + ko, En: e.cfg.Name + " > client > " + en}
	}
	return []provider.ConsoleStep{
		{
			Menu: menu("리디렉션 URI", "redirect URIs"),
			What: i18n.Text{
				Ko: "이 주소를 글자까지 그대로(Keycloak: Valid redirect URIs, Entra: 웹 플랫폼의 리디렉션 URI)",
				En: "This address to the letter (Keycloak: Valid redirect URIs; Entra: redirect URI of the platform Web)",
			},
			Paste: []string{e.cfg.RedirectURI},
		},
		{
			Menu: menu("로그아웃 뒤의 주소", "post-logout redirect URIs"),
			What: i18n.Text{
				Ko: "로그아웃한 다음 돌아올 주소", En: "Where users return to after signing out at the provider",
			},
			Paste: []string{e.cfg.SignOutRedirectURI},
		},
		{
			Menu: menu("백채널 로그아웃", "back-channel logout"),
			What: i18n.Text{
				Ko: "제공자가 지원하면 백채널 로그아웃 URL로 적고 세션(sid)도 보내게 합니다",
				En: "If the provider supports it: the back-channel logout URL, with the session (sid)",
			},
			Paste: []string{e.cfg.LogoutHook},
		},
	}
}
