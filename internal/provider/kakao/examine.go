package kakao

import (
	"context"
	"errors"
	"strings"

	"github.com/norang-login/norang/internal/doctor"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/kakao"
	"github.com/norang-login/norang/kakao/koe"
)

// ExaminerConfig is what [NewExaminer] needs: the settings to check.
type ExaminerConfig struct {
	Client             *kakao.Client
	Secret             kakao.Secret
	AdminKeys          []kakao.Secret
	NativeAppKeys      []string
	JavaScriptKeys     []string
	RedirectURI        string
	SignOutRedirectURI string
	Scopes             []string
	// Sync: terms are agreed to at Kakao, and revoked there with the admin key.
	Sync bool
	// UnlinkHook and AccountHook are the addresses of the webhooks.
	UnlinkHook, AccountHook string
}

// Examiner checks the settings of a Kakao app. It is for one goroutine.
type Examiner struct {
	cfg   ExaminerConfig
	asked *answers
}

var _ provider.Examiner = (*Examiner)(nil)

// NewExaminer returns the examiner of an app.
func NewExaminer(cfg ExaminerConfig) *Examiner { return &Examiner{cfg: cfg} }

// The ids of the checks. They never change their meaning.
const (
	idNetwork    = "kakao.network"
	idDiscovery  = "kakao.discovery"
	idKeys       = "kakao.signing_keys"
	idClientID   = "kakao.client_id"
	idAppStatus  = "kakao.app_status"
	idLogin      = "kakao.login"
	idRedirect   = "kakao.redirect_uri"
	idAuthorize  = "kakao.authorize"
	idAllowedIPs = "kakao.allowed_ips"
	idSecret     = "kakao.client_secret"
	idToken      = "kakao.token"
	idScopes     = "kakao.scopes"
	idOpenID     = "kakao.openid"
	idSignOut    = "kakao.signout_redirect_uri"
	idAdminKey   = "kakao.admin_key"
	idAdminAPIs  = "kakao.admin_key_apis"
	idNativeKey  = "kakao.native_app_key"
	idScriptKey  = "kakao.javascript_key"
)

// checkWhat says what the checks examine.
var checkWhat = map[string]i18n.Text{
	idNetwork:    {Ko: "카카오 서버 연결", En: "connection to Kakao"},
	idDiscovery:  {Ko: "카카오 디스커버리 문서", En: "Kakao's discovery document"},
	idKeys:       {Ko: "카카오 ID 토큰의 서명 키", En: "keys that sign Kakao's ID tokens"},
	idClientID:   {Ko: "카카오 REST API 키", En: "Kakao's REST API key"},
	idAppStatus:  {Ko: "카카오 앱의 제재 여부", En: "whether the Kakao app is restricted"},
	idLogin:      {Ko: "카카오 로그인 사용 설정", En: "Kakao Login setting"},
	idRedirect:   {Ko: "카카오 리다이렉트 URI 등록", En: "registered redirect URI at Kakao"},
	idAuthorize:  {Ko: "카카오 로그인 페이지의 다른 오류", En: "other errors of Kakao's sign-in page"},
	idAllowedIPs: {Ko: "카카오의 호출 허용 IP", En: "IP addresses that Kakao allows"},
	idSecret:     {Ko: "카카오 클라이언트 시크릿", En: "Kakao's client secret"},
	idToken:      {Ko: "카카오 토큰 요청의 다른 오류", En: "other errors of Kakao's token request"},
	idScopes:     {Ko: "카카오 동의항목", En: "consent items at Kakao"},
	idOpenID:     {Ko: "카카오 OpenID Connect 사용 설정", En: "OpenID Connect setting at Kakao"},
	idSignOut:    {Ko: "카카오 로그아웃 리다이렉트 URI 등록", En: "registered sign-out redirect URI at Kakao"},
	idAdminKey:   {Ko: "카카오 어드민 키", En: "Kakao's admin key"},
	idAdminAPIs:  {Ko: "카카오 어드민 키로 부를 수 있는 API", En: "APIs that Kakao's admin key may call"},
	idNativeKey:  {Ko: "카카오 네이티브 앱 키", En: "Kakao's native app keys"},
	idScriptKey:  {Ko: "카카오 JavaScript 키", En: "Kakao's JavaScript keys"},
}

// Checks returns the checks. The authorize page and the token endpoint are asked once each for several of them.
func (e *Examiner) Checks() []doctor.Check {
	e.asked = &answers{}
	check := func(id string, run func(context.Context) ([]doctor.Finding, bool), needs ...string) doctor.Check {
		return doctor.Check{ID: id, Run: run, Needs: append([]string{idNetwork}, needs...)}
	}
	all := []doctor.Check{
		{ID: idNetwork, Run: e.network},
		check(idDiscovery, e.discovery), check(idKeys, e.signingKeys),
	}
	for _, id := range []string{
		idClientID, idAppStatus, idLogin, idRedirect, idAuthorize, idAllowedIPs, idSecret, idToken,
	} {
		all = append(all, check(id, func(ctx context.Context) ([]doctor.Finding, bool) { return e.verdict(ctx, id) }))
	}
	if len(e.cfg.Scopes) > 0 {
		all = append(all, check(idScopes, e.scopes, idRedirect))
	}
	all = append(all, check(idOpenID, e.openID, idRedirect), check(idSignOut, e.signOut, idClientID))
	if len(e.cfg.AdminKeys) > 0 {
		all = append(all, check(idAdminKey, e.adminKeys), check(idAdminAPIs, e.adminAPIs, idAdminKey))
	}
	if len(e.cfg.NativeAppKeys) > 0 {
		all = append(all, check(idNativeKey, e.nativeKeys))
	}
	if len(e.cfg.JavaScriptKeys) > 0 {
		all = append(all, check(idScriptKey, e.scriptKeys))
	}
	return doctor.Named(checkWhat, all...)
}

// answers are Kakao's answers about the REST API key.
type answers struct {
	known                  bool
	page, token, withoutIt koe.Code // withoutIt: the token endpoint without the client secret
	failed                 error
	unclear                bool // the page was neither an error page nor a redirect
}

// ask fills the answers once.
func (e *Examiner) ask(ctx context.Context) *answers {
	a := e.asked
	if a.known {
		return a
	}
	a.known = true
	page, err := e.cfg.Client.ProbeAuthorize(ctx, kakao.ProbeRequest{RedirectURI: e.cfg.RedirectURI})
	if err == nil {
		a.page, a.unclear = page.Code, page.Unclear
	} else {
		a.failed = err
	}
	a.token, err = codeOf(e.cfg.Client.ProbeToken(ctx, e.cfg.RedirectURI, e.cfg.Secret))
	a.failed = errors.Join(a.failed, err)
	if e.cfg.Secret != "" && a.token == "" && err == nil {
		a.withoutIt, err = codeOf(e.cfg.Client.ProbeToken(ctx, e.cfg.RedirectURI, ""))
		a.failed = errors.Join(a.failed, err)
	}
	return a
}

// codeOf is the code of an error that Kakao answered, "" for nil. Other errors are returned.
func codeOf(err error) (koe.Code, error) {
	var e *kakao.Error
	if errors.As(err, &e) && e.Code != "" && !e.Temporary() {
		return e.Code, nil
	}
	return "", err
}

// blame is the check that a code of the authorize page or the token endpoint belongs to.
var blame = map[koe.Code]string{
	"KOE101": idClientID, "KOE008": idClientID, "KOE009": idClientID, "KOE125": idAppStatus, "KOE004": idLogin,
	"KOE006": idRedirect, "KOE127": idAllowedIPs, "KOE010": idSecret,
}

// judge decides what the two answers say about a check: the code that it fails with, or whether it is right for sure.
// Kakao reports one error at a time, in an order that it does not document, so an error says nothing about the other
// settings, except that one about the secret or the IP address shows that the key is known.
func judge(id string, page, token koe.Code) (code koe.Code, right bool) {
	byPage, byToken := blame[page], blame[token]
	if page != "" && byPage == "" {
		byPage = idAuthorize
	}
	if token != "" && byToken == "" {
		byToken = idToken
	}
	if byToken == idClientID && byPage != idClientID { // a key of another kind has other redirect URIs
		byPage, page = idClientID, token
	}
	switch id {
	case idAllowedIPs, idSecret, idToken:
		if byToken == id {
			return token, false
		}
		return "", byToken == ""
	case byPage:
		return page, false
	case idClientID:
		return "", byPage == "" || byToken != idToken
	}
	return "", byPage == ""
}

// verdict is the result of a check about the REST API key.
func (e *Examiner) verdict(ctx context.Context, id string) ([]doctor.Finding, bool) {
	a := e.ask(ctx)
	if a.failed != nil || a.unclear {
		return doctor.Unclear()
	}
	code, right := judge(id, a.page, a.token)
	switch {
	case code == "" && !right:
		return doctor.Unclear()
	case code == "" && id == idSecret:
		return e.secretState(a), true
	case code == "":
		return nil, true
	}
	f := described(code, doctor.Fault)
	f.Subject = subjects[id]
	switch {
	case id == idRedirect:
		e.explainRedirect(ctx, &f)
	case code == "KOE009":
		f.Cause = i18n.Text{
			Ko: "REST API 키가 아니라 네이티브 앱 키나 JavaScript 키입니다.",
			En: "This is a native app key or a JavaScript key, not a REST API key.",
		}
		f.Fix = i18n.Text{Ko: "같은 앱의 REST API 키로 바꾸십시오.", En: "Use the REST API key of the same app."}
		f.Console = menu("KOE101")
	case id == idSecret && e.cfg.Secret == "":
		f.Cause = i18n.Text{
			Ko: "이 키는 클라이언트 시크릿이 켜져 있는데 설정에는 없습니다.",
			En: "The client secret of this key is on, and none is set.",
		}
		f.Fix = i18n.Text{
			Ko: "콘솔의 클라이언트 시크릿을 설정하고 NORANG_NO_CLIENT_SECRET을 지우십시오.",
			En: "Set it, and remove NORANG_NO_CLIENT_SECRET.",
		}
	case id == idSecret:
		f.Cause = i18n.Text{
			Ko: "클라이언트 시크릿이 이 REST API 키의 것이 아닙니다.",
			En: "The client secret is not that of this REST API key.",
		}
		f.Fix = i18n.Text{
			Ko: "콘솔에서 이 키의 클라이언트 시크릿을 다시 복사하십시오.",
			En: "Copy the client secret of this key again from the console.",
		}
	}
	return []doctor.Finding{f}, true
}

// subjects are the settings of the checks about the REST API key.
var subjects = map[string]string{
	idClientID: "KAKAO_CLIENT_ID", idRedirect: "KAKAO_REDIRECT_URI", idSecret: "KAKAO_CLIENT_SECRET",
}

// secretState warns about a secret that Kakao does not ask for.
func (e *Examiner) secretState(a *answers) []doctor.Finding {
	if e.cfg.Secret != "" && a.withoutIt != "" {
		return nil
	}
	f := doctor.Finding{
		Level: doctor.Warning, Subject: subjects[idSecret], Console: menu("KOE010"),
		Cause: i18n.Text{
			Ko: "콘솔에서 클라이언트 시크릿이 꺼져 있습니다. 훔친 인가 코드를 쓰기가 쉬워집니다.",
			En: "The client secret is off in the console, which makes a stolen code easier to use.",
		},
		Fix: i18n.Text{
			Ko: "콘솔에서 클라이언트 시크릿을 켜고 그 값을 설정하십시오.",
			En: "Switch it on in the console and set its value.",
		},
	}
	return []doctor.Finding{f}
}

// described is a finding in the words of package koe.
func described(code koe.Code, level doctor.Level) doctor.Finding {
	f := doctor.Finding{Level: level, Code: string(code)}
	if entry, ok := koe.Lookup(string(code)); ok {
		f.Cause, f.Fix, f.Console = i18n.Text(entry.Cause), i18n.Text(entry.Remedy), i18n.Text(entry.Menu)
		return f
	}
	f.Cause = i18n.Text{
		Ko: "카카오가 문서에 없는 오류 코드로 답했습니다.",
		En: "Kakao answered with an error code that it does not document.",
	}
	f.Fix = i18n.Text{Ko: "카카오 데브톡에 문의하십시오.", En: "Ask on Kakao DevTalk."}
	return f
}

// menu is the place in the console that package koe names for a code.
func menu(code string) i18n.Text {
	e, _ := koe.Lookup(code)
	return i18n.Text(e.Menu)
}

// explainRedirect says what to register, and whether a similar address is registered.
func (e *Examiner) explainRedirect(ctx context.Context, f *doctor.Finding) {
	f.Paste = []string{e.cfg.RedirectURI}
	f.Fix = i18n.Text{Ko: "이 주소를 글자 그대로 등록하십시오.", En: "Register this text exactly as it is."}
	e.explainSimilar(f, e.cfg.RedirectURI, func(uri string) bool {
		p, err := e.cfg.Client.ProbeAuthorize(ctx, kakao.ProbeRequest{RedirectURI: uri})
		return err == nil && !p.Unclear && p.Code == ""
	})
}

// explainSimilar looks for a similar address that is registered.
func (e *Examiner) explainSimilar(f *doctor.Finding, uri string, registered func(string) bool) {
	for _, v := range variants(uri) {
		if registered(v.uri) {
			f.Seen, f.Cause = v.uri, v.cause
			return
		}
	}
}

// variant is an address that is easily confused with another one.
type variant struct {
	uri   string
	cause i18n.Text
}

// variants lists the usual confusions of an address: slash at the end, scheme, www, localhost.
func variants(uri string) []variant {
	var all []variant
	add := func(v string, ko, en string) {
		if v != uri {
			all = append(all, variant{v, i18n.Text{
				Ko: "등록된 주소와 " + ko + "만 다릅니다.", En: "It differs from the registered address only in " + en + ".",
			}})
		}
	}
	if trimmed, ok := strings.CutSuffix(uri, "/"); ok {
		add(trimmed, "끝의 /", "the slash at its end")
	} else {
		add(uri+"/", "끝의 /", "the slash at its end")
	}
	scheme, rest, _ := strings.Cut(uri, "://")
	add(map[string]string{"http": "https", "https": "http"}[scheme]+"://"+rest, "http와 https", "http and https")
	if bare, ok := strings.CutPrefix(rest, "www."); ok {
		add(scheme+"://"+bare, "www", "www")
	} else {
		add(scheme+"://www."+rest, "www", "www")
	}
	if local := strings.Replace(rest, "127.0.0.1", "localhost", 1); local != rest {
		add(scheme+"://"+local, "127.0.0.1과 localhost", "127.0.0.1 and localhost")
	}
	if numeric := strings.Replace(rest, "localhost", "127.0.0.1", 1); numeric != rest {
		add(scheme+"://"+numeric, "127.0.0.1과 localhost", "127.0.0.1 and localhost")
	}
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		host, path := rest[:i], rest[i:]
		add(scheme+"://"+host+strings.ToLower(path), "대문자와 소문자", "upper and lower case")
	}
	return all
}
