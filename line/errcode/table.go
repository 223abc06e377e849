package errcode

import shared "github.com/norang-login/norang/internal/errcode"

var (
	menuBasic = Text{Ko: "프로바이더 > 채널 > Basic settings", En: "Provider > channel > Basic settings"}
	menuLogin = Text{Ko: "프로바이더 > 채널 > LINE Login", En: "Provider > channel > LINE Login"}

	statusUnconfirmed = Text{Ko: "응답의 HTTP 상태는 문서에 없습니다.", En: "The HTTP status of the response is not documented."}
	unlisted          = Text{
		Ko: "표준의 코드이고, LINE 문서에는 없습니다.", En: "A code of the standard that LINE does not document.",
	}
)

var table = shared.Table{
	{
		Code: "ACCESS_DENIED", Places: []Place{Callback}, Owner: User, Retry: OfferButton,
		Cause:  Text{Ko: "사용자가 로그인이나 동의를 취소했습니다.", En: "The user cancelled the login or the consent."},
		Remedy: Text{Ko: "로그인 버튼을 다시 보여 주십시오.", En: "Show the sign-in button again."},
	},
	{
		Code: "LOGIN_REQUIRED", Places: []Place{Callback}, Owner: User, Retry: OfferButton,
		Cause: Text{
			Ko: "prompt=none이었지만 브라우저가 LINE에 로그인되어 있지 않습니다.",
			En: "prompt=none was asked for, and the browser is not logged in to LINE.",
		},
		Remedy: Text{Ko: "로그인 버튼을 보여 주십시오.", En: "Show the sign-in button."},
	},
	{
		Code: "INTERACTION_REQUIRED", Places: []Place{Callback}, Owner: User, Retry: OfferButton,
		Cause: Text{
			Ko: "prompt=none이었지만 자동 로그인이 되지 않거나 아직 동의하지 않아 화면이 필요합니다.",
			En: "prompt=none was asked for, and a page is needed: auto login is not possible, or there is no consent yet.",
		},
		Remedy: Text{Ko: "로그인 버튼을 보여 주십시오.", En: "Show the sign-in button."},
	},
	{
		Code: "CONSENT_REQUIRED", Places: []Place{Callback}, Owner: User, Retry: OfferButton,
		Cause: Text{
			Ko: "prompt=none이었지만 사용자가 아직 동의하지 않았습니다.",
			En: "prompt=none was asked for, and the user has not agreed yet.",
		},
		Remedy: Text{Ko: "로그인 버튼을 보여 주십시오.", En: "Show the sign-in button."},
		Unconfirmed: Text{
			Ko: "OpenID Connect의 코드이고, LINE 문서에는 없습니다.",
			En: "A code of OpenID Connect that LINE does not document.",
		},
	},
	{
		Code: "INVALID_REQUEST", Places: []Place{Callback, Token, Verify}, Status: 400, Owner: Developer, Retry: Never,
		Cause: Text{
			Ko: "파라미터가 없거나 잘못되었습니다. 토큰 확인(verify)에서는 토큰이 만료되었거나 폐기되었다는 뜻입니다.",
			En: "A parameter is missing or wrong. At the verify endpoint: the token is expired or revoked, or not valid for " +
				"this channel.",
		},
		Remedy: Text{
			Ko: "요청을 고치십시오. verify의 오류라면 토큰을 갱신하거나 다시 로그인하게 하십시오.",
			En: "Correct the request. After verify, refresh the token or let the user sign in again.",
		},
	},
	{
		Code: "UNSUPPORTED_RESPONSE_TYPE", Places: []Place{Callback}, Owner: Developer, Retry: Never,
		Cause:  Text{Ko: "response_type이 code가 아닙니다.", En: "response_type is not code."},
		Remedy: Text{Ko: "response_type=code로 보내십시오.", En: "Send response_type=code."},
	},
	{
		Code: "INVALID_SCOPE", Places: []Place{Callback}, Owner: Operator, Retry: Never, Menu: menuBasic,
		Cause: Text{
			Ko: "scope가 잘못되었거나 채널에 그 권한이 없습니다. email에는 따로 신청한 권한이 필요합니다.",
			En: "The scope is not valid, or the channel lacks the permission. email needs one that is applied for.",
		},
		Remedy: Text{
			Ko: "[OpenID Connect]의 Email address permission이 Applied인지 보고, 아니면 신청하거나 email을 빼십시오.",
			En: "Check that Email address permission under OpenID Connect says Applied; if not, apply for it " +
				"or leave email out.",
		},
	},
	{
		Code: "SERVER_ERROR", Places: []Place{Callback, Token}, Owner: Line, Retry: Later,
		Cause:       Text{Ko: "LINE 서버의 오류입니다.", En: "An error of LINE's server."},
		Remedy:      Text{Ko: "잠시 뒤에 다시 하십시오.", En: "Try again later."},
		Unconfirmed: statusUnconfirmed,
	},
	{
		Code: "invalid_grant", Places: []Place{Token}, Status: 400, Owner: User, Retry: SignInAgain,
		Cause: Text{
			Ko: "코드가 이미 쓰였거나 10분이 지났거나, redirect_uri나 code_verifier가 다르거나, 갱신 토큰이 죽었습니다. 갱신 토큰은 로그인하고 " +
				"90일이 지나면 끝나고, 갱신해도 늘어나지 않습니다.",
			En: "The code was used, is older than 10 minutes, or does not fit redirect_uri or code_verifier; " +
				"or the refresh token " +
				"is dead. It ends 90 days after the login, and refreshing does not extend it.",
		},
		Remedy: Text{
			Ko: "로그인을 다시 시작하게 하십시오. 코드는 한 번만 교환하십시오.",
			En: "Let the user sign in again, and exchange a code once.",
		},
	},
	{
		Code: "invalid_client", Places: []Place{Token}, Status: 400, Owner: Operator, Retry: Never, Menu: menuBasic,
		Cause: Text{Ko: "Channel ID나 Channel secret이 다릅니다.", En: "Channel ID or Channel secret is wrong."},
		Remedy: Text{
			Ko: "Basic settings의 두 값을 그대로 옮기십시오. Channel secret을 다시 발급하면 예전 값은 쓸 수 없습니다.",
			En: "Copy both from Basic settings. A reissued Channel secret replaces the old one.",
		},
		Unconfirmed: statusUnconfirmed,
	},
	{
		Code: "unsupported_grant_type", Places: []Place{Token}, Status: 400, Owner: Developer, Retry: Never,
		Cause: Text{Ko: "grant_type이 잘못되었습니다.", En: "grant_type is not valid."},
		Remedy: Text{
			Ko: "authorization_code나 refresh_token을 보내십시오. 채널 토큰은 /oauth2/v3/token의 client_credentials입니다.",
			En: "Send authorization_code or refresh_token; a channel token is client_credentials at /oauth2/v3/token.",
		},
		Unconfirmed: Text{Ko: "LINE 문서에는 없는 코드입니다.", En: "LINE does not document this code."},
	},
	{
		Code: "400", Places: []Place{API}, Status: 400, Owner: Developer, Retry: Never,
		Cause: Text{
			Ko: "요청이 잘못되었습니다. 권한 철회(deauthorize)에서는 연결이 이미 끝났거나 사용자의 토큰이 죽었다는 뜻입니다.",
			En: "The request is wrong. For deauthorize: the link has ended already, or the user's token is dead.",
		},
		Remedy: Text{
			Ko: "본문과 파라미터를 확인하십시오. deauthorize의 400은 끝난 것으로 보십시오.",
			En: "Check body and parameters. Count a 400 of deauthorize as done.",
		},
	},
	{
		Code: "401", Places: []Place{API}, Status: 401, Owner: User, Retry: Refresh,
		Cause: Text{
			Ko: "Authorization 헤더가 없거나 토큰이 만료되었거나 폐기되었습니다.",
			En: "The Authorization header is missing, or its token is expired or revoked.",
		},
		Remedy: Text{
			Ko: "토큰을 갱신하고, 그래도 안 되면 다시 로그인하게 하십시오.",
			En: "Refresh the token; if that fails, the user must sign in again.",
		},
	},
	{
		Code: "403", Places: []Place{API}, Status: 403, Owner: Operator, Retry: Never, Menu: menuLogin,
		Cause: Text{
			Ko: "토큰에 필요한 scope(profile, openid)가 없거나 채널에 권한이 없습니다.",
			En: "The token lacks the scope (profile, openid), or the channel the permission.",
		},
		Remedy: Text{
			Ko: "로그인할 때 그 scope를 요청하고, 채널의 설정을 확인하십시오.",
			En: "Ask for the scope at login, and check the channel's settings.",
		},
	},
	{
		Code: "413", Places: []Place{API}, Status: 413, Owner: Developer, Retry: Never,
		Cause:  Text{Ko: "요청이 2MB보다 큽니다.", En: "The request is larger than 2 MB."},
		Remedy: Text{Ko: "요청을 줄이십시오.", En: "Make the request smaller."},
	},
	{
		Code: "429", Places: []Place{API, Token}, Status: 429, Owner: Operator, Retry: Later,
		Cause: Text{Ko: "호출이 너무 많아 잠시 막혔습니다.", En: "Too many calls: requests are restricted for a while."},
		Remedy: Text{
			Ko: "기다렸다가 다시 하십시오. 부하 시험은 어떤 목적으로도 금지되어 있습니다.",
			En: "Wait and try again. Load tests are forbidden for any purpose.",
		},
		Unconfirmed: Text{Ko: "한도는 공개되어 있지 않습니다.", En: "The limits are not disclosed."},
	},
	{
		Code: "500", Places: []Place{API, Token}, Status: 500, Owner: Line, Retry: Later,
		Cause:  Text{Ko: "LINE API 서버의 일시적인 오류입니다.", En: "A temporary error of LINE's API server."},
		Remedy: Text{Ko: "잠시 뒤에 다시 하십시오.", En: "Try again later."},
	},
	{
		Code: "unauthorized_client", Places: []Place{Callback, Token}, Owner: Operator, Retry: Never, Menu: menuLogin,
		Cause: Text{
			Ko: "채널에 이 방식의 로그인이 허락되지 않았습니다.", En: "The channel may not use this way of signing in.",
		},
		Remedy: Text{
			Ko: "LINE Login 채널인지, 공개(Published)되었는지 확인하십시오.",
			En: "Check that it is a channel of LINE Login, and published.",
		},
		Unconfirmed: unlisted,
	},
	{
		Code: "temporarily_unavailable", Places: []Place{Callback, Token}, Owner: Line, Retry: Later,
		Cause:       Text{Ko: "LINE이 잠시 처리하지 못합니다.", En: "LINE cannot handle the request for the moment."},
		Remedy:      Text{Ko: "잠시 뒤에 다시 하십시오.", En: "Try again later."},
		Unconfirmed: unlisted,
	},
}
