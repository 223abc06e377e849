package kakao

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"

	"github.com/norang-login/norang/internal/doctor"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/kakao"
	"github.com/norang-login/norang/kakao/koe"
)

// network finds out whether both of Kakao's servers answer.
func (e *Examiner) network(ctx context.Context) ([]doctor.Finding, bool) {
	_, err := e.cfg.Client.ProbeKeys(ctx)
	if f := unreachable(err, "kauth.kakao.com"); f != nil {
		return doctor.Found(*f)
	}
	_, err = e.cfg.Client.IPs(ctx)
	if f := unreachable(err, "kapi.kakao.com"); f != nil {
		return doctor.Found(*f)
	}
	return doctor.Found()
}

// unreachable describes a call that got no answer of Kakao's, nil if it did.
func unreachable(err error, server string) *doctor.Finding {
	if !errors.Is(err, kakao.ErrUnavailable) {
		return nil
	}
	f := &doctor.Finding{Level: doctor.Fault, Seen: server + ": " + err.Error()}
	var dns *net.DNSError
	var unknown x509.UnknownAuthorityError
	var certificate *tls.CertificateVerificationError
	var ke *kakao.Error
	switch {
	case errors.As(err, &dns):
		f.Cause = i18n.Text{Ko: "이 서버가 카카오의 호스트 이름을 찾지 못합니다.", En: "This machine cannot resolve Kakao's host names."}
		f.Fix = i18n.Text{
			Ko: "DNS 설정(/etc/resolv.conf)과 컨테이너의 네트워크를 확인하십시오.",
			En: "Check its DNS (/etc/resolv.conf) and the network of the container.",
		}
	case errors.As(err, &certificate), errors.As(err, &unknown):
		f.Cause = i18n.Text{
			Ko: "카카오의 TLS 인증서를 확인할 수 없습니다.",
			En: "Kakao's TLS certificate cannot be verified.",
		}
		f.Fix = i18n.Text{
			Ko: "이미지에 CA 인증서(ca-certificates)가 있는지, 시계가 맞는지, TLS를 열어 보는 프록시가 없는지 확인하십시오.",
			En: "Check that CA certificates (ca-certificates) are installed, that the clock is right, and that no proxy in " +
				"between opens TLS.",
		}
	case errors.As(err, &ke) && ke.Status != 0:
		f.Cause = i18n.Text{
			Ko: "카카오가 지금은 답할 수 없다고 하거나, 사이에 있는 프록시가 대신 답합니다.",
			En: "Kakao says that it cannot answer now, or a proxy in between answers instead.",
		}
		f.Fix = i18n.Text{
			Ko: "몇 분 뒤에 다시 하십시오. 계속되면 나가는 프록시를 확인하십시오.",
			En: "Try again in some minutes. If it lasts, check the outgoing proxy.",
		}
	default:
		f.Cause = i18n.Text{Ko: "카카오의 서버에 연결할 수 없습니다.", En: "Kakao's server cannot be reached."}
		f.Fix = i18n.Text{
			Ko: "방화벽이 kauth.kakao.com과 kapi.kakao.com의 443번 포트로 나가는 연결을 허용해야 합니다.",
			En: "The firewall must allow connections to port 443 of kauth.kakao.com and kapi.kakao.com.",
		}
	}
	return f
}

// wrongDocument is the finding of an answer that is not Kakao's.
func wrongDocument(err error) ([]doctor.Finding, bool) {
	switch {
	case err == nil:
		return doctor.Found()
	case errors.Is(err, kakao.ErrUnavailable), errors.Is(err, kakao.ErrRateLimited):
		return doctor.Unclear()
	}
	return doctor.Found(doctor.Finding{
		Level: doctor.Fault, Seen: err.Error(),
		Cause: i18n.Text{
			Ko: "카카오의 답이 아닙니다. ID 토큰을 검증할 수 없습니다.",
			En: "The answer is not Kakao's: ID tokens cannot be verified.",
		},
		Fix: i18n.Text{
			Ko: "사이에 있는 프록시와 에뮬레이터의 주소(KAKAO_AUTH_URL, KAKAO_ISSUER)를 확인하십시오.",
			En: "Check the proxy in between, and the addresses of the emulator (KAKAO_AUTH_URL, KAKAO_ISSUER).",
		},
	})
}

func (e *Examiner) discovery(ctx context.Context) ([]doctor.Finding, bool) {
	_, err := e.cfg.Client.Discover(ctx)
	return wrongDocument(err)
}

func (e *Examiner) signingKeys(ctx context.Context) ([]doctor.Finding, bool) {
	_, err := e.cfg.Client.ProbeKeys(ctx)
	return wrongDocument(err)
}

// probe asks the authorize page about a list of consent items.
func (e *Examiner) probe(ctx context.Context, scope ...string) (koe.Code, bool) {
	p, err := e.cfg.Client.ProbeAuthorize(ctx, kakao.ProbeRequest{RedirectURI: e.cfg.RedirectURI, Scope: scope})
	if err != nil || p.Unclear {
		return "", false
	}
	return p.Code, true
}

// scopes finds the configured consent items that the app may not ask for.
func (e *Examiner) scopes(ctx context.Context) ([]doctor.Finding, bool) {
	code, ok := e.probe(ctx, e.cfg.Scopes...)
	switch {
	case !ok || code != "" && code != "KOE205":
		return doctor.Unclear()
	case code == "":
		return doctor.Found()
	}
	f := described(code, doctor.Fault)
	f.Subject = "KAKAO_SCOPES"
	var refused []string
	for _, item := range e.cfg.Scopes {
		if one, ok := e.probe(ctx, item); ok && one == "KOE205" {
			refused = append(refused, item)
		}
	}
	f.Seen = strings.Join(refused, ", ")
	f.Fix = i18n.Text{
		Ko: "콘솔에서 이 동의항목을 켜거나 설정에서 빼십시오. account_email은 비즈 앱이나 개인 개발자 비즈 앱이어야 합니다.",
		En: "Switch these items on in the console, or remove them from the setting. account_email needs a biz app.",
	}
	return doctor.Found(f)
}

// openID finds out whether OpenID Connect is on.
func (e *Examiner) openID(ctx context.Context) ([]doctor.Finding, bool) {
	switch code, ok := e.probe(ctx, "openid"); {
	case !ok || code != "" && code != "KOE205":
		return doctor.Unclear()
	case code == "":
		return doctor.Found()
	}
	return doctor.Found(doctor.Finding{
		Level: doctor.Warning, Code: "KOE205",
		Cause: i18n.Text{
			Ko: "OpenID Connect가 꺼져 있습니다. 로그인한 시각을 알 수 없어 계정 연결과 SDK의 ID 토큰 로그인을 쓸 수 없습니다.",
			En: "OpenID Connect is off: a recent sign-in cannot be proven, so users cannot link accounts, and SDKs send no ID " +
				"token.",
		},
		Fix: i18n.Text{Ko: "콘솔에서 OpenID Connect를 켜십시오.", En: "Switch OpenID Connect on in the console."},
		Console: i18n.Text{
			Ko: "[카카오 로그인] > [사용 설정] > [OpenID Connect]",
			En: "[카카오 로그인] > [사용 설정] > [OpenID Connect] (Kakao Login > settings > OpenID Connect)",
		},
	})
}

func (e *Examiner) signOut(ctx context.Context) ([]doctor.Finding, bool) {
	p, err := e.cfg.Client.ProbeLogout(ctx, e.cfg.SignOutRedirectURI)
	switch {
	case err != nil || p.Unclear || p.Code != "" && p.Code != "KOE007":
		return doctor.Unclear()
	case p.Code == "":
		return doctor.Found()
	}
	f := described(p.Code, doctor.Fault)
	f.Subject, f.Paste = "KAKAO_SIGNOUT_REDIRECT_URI", []string{e.cfg.SignOutRedirectURI}
	f.Fix = i18n.Text{Ko: "이 주소를 글자 그대로 등록하십시오.", En: "Register this text exactly as it is."}
	e.explainSimilar(&f, e.cfg.SignOutRedirectURI, func(uri string) bool {
		p, err := e.cfg.Client.ProbeLogout(ctx, uri)
		return err == nil && !p.Unclear && p.Code == ""
	})
	return doctor.Found(f)
}
