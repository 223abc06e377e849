package koe

import (
	"slices"
	"strings"
)

// OAuthErrors returns a copy of the table of OAuth errors without a KOE code: what the authorize page redirects with as
// the parameter error, and what the token endpoint sometimes answers alone. Code is the error's name. The slices of the
// entries are shared and must not be modified.
func OAuthErrors() []Entry { return slices.Clone(oauthErrors) }

// LookupOAuth returns the entry of an OAuth error such as "access_denied" and reports whether there is one. It ignores
// case and surrounding spaces.
func LookupOAuth(name string) (Entry, bool) {
	name = strings.ToLower(strings.TrimSpace(name))
	for _, e := range oauthErrors {
		if string(e.Code) == name {
			return e, true
		}
	}
	return Entry{}, false
}

var (
	showButton = Text{
		"로그인 버튼을 보여 주십시오. 같은 브라우저 세션에서 prompt=none을 다시 쓰지 마십시오.",
		"Show the sign-in button, and do not use prompt=none again in this browser session.",
	}
	withoutCode = Text{
		"KOE 코드 없이 올 때의 HTTP 상태는 문서에 없습니다.",
		"The HTTP status of an answer without a KOE code is not documented.",
	}
	undocumented = Text{
		"카카오의 문서에는 없고 표준(OAuth 2.0, OpenID Connect)이나 경험에 있는 값입니다.",
		"Kakao does not document it; it is a value of the standards (OAuth 2.0, OpenID Connect) or of experience.",
	}
	silentOnly = Text{
		"prompt=none으로 조용히 로그인할 때 늘 있는 응답이고 고장이 아닙니다.",
		"The usual answer to a silent sign-in (prompt=none), not a fault.",
	}
	standardError = Text{
		"표준에 있는 오류입니다. 콘솔과 요청을 차례로 확인하십시오.",
		"An error of the standard. Check the console, then the request.",
	}
)

// oauthErrors are sorted by name.
var oauthErrors = []Entry{
	{
		Code: "access_denied", Places: []Place{Callback}, Owner: User, Retry: SignInAgain, Message: "User denied access",
		Cause: Text{
			"사용자가 로그인이나 동의를 취소했거나, 만 14세 미만을 받지 않는 앱에 만 14세 미만의 사용자가 로그인했습니다.",
			"The user cancelled the login or the consent, or is under 14 and the app does not admit such users.",
		},
		Remedy: Text{
			"로그인 버튼을 다시 보여 주십시오. 설명에 under age가 있으면 나이 때문입니다(-406).",
			"Show the sign-in button again. With \"under age\" in the description the reason is the age (-406).",
		},
		ForDeveloper: Text{
			"둘을 가르는 것은 error_description의 글뿐입니다.",
			"Only the text of error_description tells the two apart.",
		},
	},
	{
		Code: "account_selection_required", Places: []Place{Callback}, Owner: User, Retry: SignInAgain,
		Cause: Text{
			"prompt=none인데 브라우저에 카카오계정이 여럿 로그인되어 있습니다.",
			"prompt=none, and several Kakao accounts are signed in in the browser.",
		},
		Remedy: showButton, ForDeveloper: silentOnly, Unconfirmed: undocumented,
	},
	{
		Code: "auto_login", Places: []Place{Callback}, Owner: User, Retry: SignInAgain,
		Cause: Text{
			"카카오톡 인앱 브라우저의 자동 로그인이 되지 않아 화면이 필요합니다.",
			"The automatic login in the browser of KakaoTalk is not possible; a page is needed.",
		},
		Remedy: showButton, ForDeveloper: silentOnly, Unconfirmed: undocumented,
	},
	{
		Code: "cancelled", Places: []Place{Callback}, Owner: User, Retry: SignInAgain,
		Cause:  Text{"사용자가 로그인을 취소했습니다.", "The user cancelled the login."},
		Remedy: Text{"로그인 버튼을 다시 보여 주십시오.", "Show the sign-in button again."},
		ForDeveloper: Text{
			"access_denied와 같은 뜻입니다.", "It means the same as access_denied.",
		},
		Unconfirmed: undocumented,
	},
	{
		Code: "consent_required", Places: []Place{Callback}, Owner: User, Retry: SignInAgain,
		Cause: Text{
			"prompt=none인데 사용자가 아직 동의하지 않은 항목이 있습니다.",
			"prompt=none, and the user has not agreed to all items yet.",
		},
		Remedy: showButton, ForDeveloper: silentOnly,
	},
	{
		Code: "interaction_required", Places: []Place{Callback}, Owner: User, Retry: SignInAgain,
		Cause: Text{
			"prompt=none인데 본인 확인 같은 화면이 필요합니다.", "prompt=none, and a page is needed, such as an identity check.",
		},
		Remedy: showButton, ForDeveloper: silentOnly,
	},
	{
		Code: "invalid_client", Places: []Place{Callback, Token}, Owner: Operator, Retry: Never, Menu: menuSecret,
		Cause: Text{"REST API 키나 클라이언트 시크릿이 다릅니다.", "The REST API key or the client secret is wrong."},
		Remedy: Text{
			"두 값을 다시 복사하십시오(KOE010, KOE101).", "Copy both values again (KOE010, KOE101).",
		},
		ForDeveloper: Text{
			"다른 앱이나 다른 종류의 키를 쓴 경우가 많습니다.", "Often the key is of another app or of another kind.",
		},
		Unconfirmed: withoutCode,
	},
	{
		Code: "invalid_grant", Places: []Place{Callback, Token}, Owner: User, Retry: SignInAgain,
		Cause: Text{
			"인가 코드나 refresh token이 이미 쓰였거나 만료되었거나, redirect_uri가 인가 요청과 다릅니다.",
			"The authorization code or refresh token is used or expired, or redirect_uri differs from the authorize request.",
		},
		Remedy: Text{"다시 로그인하십시오(KOE303, KOE320, KOE322).", "Sign in again (KOE303, KOE320, KOE322)."},
		ForDeveloper: Text{
			"늘 그렇다면 코드를 두 번 보내는지 보십시오.", "If it is always so, check whether the code is sent twice.",
		},
		Unconfirmed: withoutCode,
	},
	{
		Code: "invalid_request", Places: []Place{Callback, Token}, Owner: Developer, Retry: Never,
		Cause: Text{
			"파라미터가 빠졌거나 값이 잘못되었습니다.", "A parameter is missing or has a wrong value.",
		},
		Remedy: Text{"요청의 파라미터를 문서와 비교하십시오.", "Compare the parameters of the request with the documentation."},
		ForDeveloper: Text{
			"error_description에 이유가 있습니다.", "error_description has the reason.",
		},
		Unconfirmed: withoutCode,
	},
	{
		Code: "invalid_scope", Places: []Place{Callback, Token}, Owner: Operator, Retry: Never, Menu: menuConsent,
		Cause: Text{
			"앱에 설정하지 않은 동의항목을 scope로 요청했습니다.", "A requested scope is a consent item that the app does not have.",
		},
		Remedy: Text{
			"콘솔에서 동의항목을 설정하거나 scope에서 빼십시오(KOE205).",
			"Configure the consent item in the console, or remove it from the scopes (KOE205).",
		},
		ForDeveloper: standardError, Unconfirmed: withoutCode,
	},
	{
		Code: "login_required", Places: []Place{Callback}, Owner: User, Retry: SignInAgain,
		Cause: Text{
			"prompt=none인데 브라우저가 카카오에 로그인되어 있지 않습니다.",
			"prompt=none, and the browser is not signed in at Kakao.",
		},
		Remedy: showButton, ForDeveloper: silentOnly,
	},
	{
		Code: "misconfigured", Places: []Place{Callback, Token}, Owner: Operator, Retry: Never, Menu: menuLogin,
		Cause: Text{
			"앱의 설정과 요청이 맞지 않습니다.", "The settings of the app do not fit the request.",
		},
		Remedy: Text{
			"카카오 로그인이 켜져 있는지, 키와 플랫폼이 맞는지 확인하십시오(KOE009).",
			"Check that Kakao Login is enabled and that key and platform fit (KOE009).",
		},
		ForDeveloper: standardError, Unconfirmed: withoutCode,
	},
	{
		Code: "server_error", Places: []Place{Callback, Token}, Owner: Kakao, Retry: Later,
		Cause:        Text{"카카오의 내부 오류입니다.", "An internal error of Kakao."},
		Remedy:       Text{"잠시 뒤에 다시 하십시오(KOE003).", "Try again later (KOE003)."},
		ForDeveloper: Text{"카카오의 공지를 확인하십시오.", "See Kakao's notices."},
		Unconfirmed:  withoutCode,
	},
	{
		Code: "temporarily_unavailable", Places: []Place{Callback, Token}, Owner: Kakao, Retry: Later,
		Cause:        Text{"카카오가 점검 중이거나 바쁩니다.", "Kakao is under maintenance or overloaded."},
		Remedy:       Text{"잠시 뒤에 다시 하십시오.", "Try again later."},
		ForDeveloper: Text{"카카오의 공지를 확인하십시오.", "See Kakao's notices."},
		Unconfirmed:  undocumented,
	},
	{
		Code: "unauthorized", Places: []Place{Callback, Token}, Owner: Operator, Retry: Never, Menu: menuKeys,
		Cause: Text{
			"앱이나 키에 이 요청이 허락되지 않았습니다.", "The app or the key may not make this request.",
		},
		Remedy: Text{
			"REST API 키와 앱의 상태를 콘솔에서 확인하십시오.", "Check the REST API key and the state of the app in the console.",
		},
		ForDeveloper: standardError, Unconfirmed: undocumented,
	},
	{
		Code: "unauthorized_client", Places: []Place{Callback, Token}, Owner: Operator, Retry: Never, Menu: menuLogin,
		Cause: Text{
			"카카오가 앱이나 개발자를 막았거나, 클라이언트에 이 방식이 허락되지 않았습니다.",
			"Kakao has blocked the app or its developer, or the client may not use this grant.",
		},
		Remedy: Text{
			"콘솔에서 앱의 상태를 확인하고 카카오에 문의하십시오.", "Check the state of the app in the console, and ask Kakao.",
		},
		ForDeveloper: standardError, Unconfirmed: withoutCode,
	},
	{
		Code: "unsupported_grant_type", Places: []Place{Token}, Owner: Developer, Retry: Never,
		Cause: Text{
			"grant_type이 authorization_code나 refresh_token이 아닙니다.",
			"grant_type is neither authorization_code nor refresh_token.",
		},
		Remedy:       Text{"grant_type을 고치십시오(KOE310).", "Correct grant_type (KOE310)."},
		ForDeveloper: standardError, Unconfirmed: withoutCode,
	},
	{
		Code: "unsupported_response_type", Places: []Place{Callback}, Owner: Developer, Retry: Never,
		Cause:        Text{"response_type이 code가 아닙니다.", "response_type is not code."},
		Remedy:       Text{"response_type=code로 보내십시오.", "Send response_type=code."},
		ForDeveloper: standardError, Unconfirmed: undocumented,
	},
}
