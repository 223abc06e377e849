package errcode

import shared "github.com/norang-login/norang/internal/errcode"

var (
	menuAPI = Text{Ko: "내 애플리케이션 > API 설정", En: "내 애플리케이션 > API 설정 (API settings)"}
	menuKey = Text{Ko: "내 애플리케이션 > 개요 > 애플리케이션 정보", En: "내 애플리케이션 > 개요 > 애플리케이션 정보 (overview)"}

	statusUnconfirmed = Text{Ko: "응답의 HTTP 상태는 문서에 없습니다.", En: "The HTTP status of the response is not documented."}
)

var table = shared.Table{
	{
		Code: "024", Places: []Place{API}, Status: 401, Owner: User, Retry: Refresh, Menu: menuAPI,
		Cause: Text{
			Ko: "액세스 토큰이 만료되었거나 폐기되었거나 깨져서 도착했습니다.",
			En: "The access token is expired, revoked, or arrived broken.",
		},
		Remedy: Text{
			Ko: "토큰을 갱신하고, 그래도 안 되면 다시 로그인하게 하십시오. 토큰에는 + / =가 있으므로 폼에 넣을 때는 URL 인코딩을 하십시오. " +
				"앱의 SDK로 받은 토큰이라면 [로그인 오픈 API 서비스 환경]에 웹 환경도 등록되어 있는지 보십시오.",
			En: "Refresh the token; if that fails, the user must sign in again. Tokens contain + / =, so " +
				"encode them in forms. " +
				"For a token from an app's SDK, check that a web environment is registered as well.",
		},
		Unconfirmed: Text{
			Ko: "웹 환경이 없을 때의 024는 문서가 아니라 여러 프로젝트의 보고에 있습니다.",
			En: "That a missing web environment causes 024 is reported by projects, not documented.",
		},
	},
	{
		Code: "028", Places: []Place{API}, Status: 401, Owner: Developer, Retry: Never,
		Cause: Text{Ko: "Authorization 헤더가 없습니다.", En: "The Authorization header is missing."},
		Remedy: Text{
			Ko: "Authorization: Bearer 다음에 액세스 토큰을 적어 보내십시오. 사이의 프록시가 헤더를 지우지 않는지 보십시오.",
			En: "Send Authorization: Bearer and the access token, and check that no proxy removes the header.",
		},
	},
	{
		Code: "403", Places: []Place{API}, Status: 403, Owner: Operator, Retry: Never, Menu: menuAPI,
		Cause: Text{
			Ko: "애플리케이션에 이 API를 쓸 권한이 없거나 http로 호출했습니다.",
			En: "The application may not use this API, or it was called over http.",
		},
		Remedy: Text{
			Ko: "[사용 API]에서 네이버 로그인을 고르고, https로 호출하십시오.",
			En: "Select 네이버 로그인 under 사용 API, and call over https.",
		},
	},
	{
		Code: "404", Places: []Place{API}, Status: 404, Owner: Developer, Retry: Never,
		Cause:  Text{Ko: "주소가 없거나 조회할 것이 없습니다.", En: "The address does not exist, or there is nothing to return."},
		Remedy: Text{Ko: "주소를 확인하십시오: /v1/nid/me", En: "Check the address: /v1/nid/me"},
	},
	{
		Code: "429", Places: []Place{API, Token}, Status: 429, Owner: Operator, Retry: Later,
		Cause:  Text{Ko: "호출이 너무 많습니다.", En: "Too many calls."},
		Remedy: Text{Ko: "기다렸다가 다시 하십시오.", En: "Wait and try again."},
		Unconfirmed: Text{
			Ko: "네이버 로그인의 한도는 공개되어 있지 않습니다.", En: "The limits of Naver Login are not published.",
		},
	},
	{
		Code: "010", Places: []Place{API}, Status: 429, Owner: Operator, Retry: Later,
		Cause:  Text{Ko: "호출 한도를 넘었습니다.", En: "The application has used up its quota of calls."},
		Remedy: Text{Ko: "기다렸다가 다시 하십시오.", En: "Wait and try again."},
		Unconfirmed: Text{
			Ko: "네이버 오픈 API의 공통 코드이고, 네이버 로그인의 문서에는 없습니다.",
			En: "A code that the open APIs of Naver share; the documents of Naver Login do not have it.",
		},
	},
	{
		Code: "500", Places: []Place{API}, Status: 500, Owner: Naver, Retry: Later,
		Cause:  Text{Ko: "네이버 서버의 오류입니다.", En: "An error of Naver's server."},
		Remedy: Text{Ko: "잠시 뒤에 다시 하십시오.", En: "Try again later."},
	},
	{
		Code: "access_denied", Places: []Place{Callback}, Owner: User, Retry: OfferButton,
		Cause: Text{
			Ko: "사용자가 로그인이나 동의를 취소했습니다. 자동 로그인(auth_type=autologin)에서는 네이버에 로그인하지 않았거나, 아직 동의하지 " +
				"않았거나, 네이버 앱이 아니라는 뜻입니다.",
			En: "The user cancelled the sign-in or the consent. With auth_type=autologin: no session at " +
				"Naver, no consent yet, or " +
				"not the Naver app.",
		},
		Remedy: Text{Ko: "로그인 버튼을 다시 보여 주십시오.", En: "Show the sign-in button again."},
	},
	{
		Code: "invalid_request", Places: []Place{Callback, Token, Revoke}, Status: 400, Owner: Developer,
		Retry: SignInAgain,
		Cause: Text{
			Ko: "파라미터가 없거나 잘못되었습니다. 토큰 요청에서는 코드가 이미 쓰였거나 만료되었거나, 다른 주소 체계(/oauth2.0과 /oauth2)의 " +
				"코드라는 뜻이기도 합니다.",
			En: "A parameter is missing or wrong. At the token endpoint also: the code was used, has " +
				"expired, or comes from the " +
				"other set of endpoints (/oauth2.0 and /oauth2).",
		},
		Remedy: Text{
			Ko: "코드는 한 번만 교환하고, authorize와 token을 같은 주소 체계로 부르십시오. 사용자는 로그인을 다시 시작해야 합니다.",
			En: "Exchange a code once, and call authorize and token in the same set. The user has to start again.",
		},
		Unconfirmed: Text{
			Ko: "토큰 요청의 오류와 HTTP 상태는 문서에 자세히 나오지 않습니다.",
			En: "Errors and HTTP statuses of the token endpoint are documented only in outline.",
		},
	},
	{
		Code: "invalid_grant", Places: []Place{Token}, Owner: User, Retry: SignInAgain,
		Cause: Text{
			Ko: "코드나 갱신 토큰이 이미 쓰였거나 만료되었거나 폐기되었습니다.",
			En: "The code or refresh token was used, has expired or was revoked.",
		},
		Remedy:      Text{Ko: "로그인을 다시 시작하게 하십시오.", En: "Let the user sign in again."},
		Unconfirmed: Text{Ko: "네이버 문서에는 없는 코드입니다.", En: "Naver does not document this code."},
	},
	{
		Code: "invalid_client", Places: []Place{Callback, Token}, Status: 401, Owner: Operator, Retry: Never, Menu: menuKey,
		Cause: Text{Ko: "Client ID나 Client Secret이 다릅니다.", En: "Client ID or Client Secret is wrong."},
		Remedy: Text{
			Ko: "[애플리케이션 정보]의 값을 그대로 옮기십시오. Client Secret을 다시 발급하면 예전 값은 쓸 수 없습니다.",
			En: "Copy both from the console. A newly issued Client Secret replaces the old one.",
		},
	},
	{
		Code: "unauthorized_client", Places: []Place{Callback, Token, Revoke}, Status: 401, Owner: Operator, Retry: Never,
		Menu:  menuKey,
		Cause: Text{Ko: "인증받지 못한 Client ID나 Client Secret입니다.", En: "Client ID or Client Secret was not accepted."},
		Remedy: Text{
			Ko: "[애플리케이션 정보]의 값과 애플리케이션의 상태(개발 중, 검수)를 확인하십시오.",
			En: "Check both values and the state of the application (in development, reviewed).",
		},
	},
	{
		Code: "unsupported_response_type", Places: []Place{Callback}, Owner: Developer, Retry: Never,
		Cause:  Text{Ko: "response_type이 code가 아닙니다.", En: "response_type is not code."},
		Remedy: Text{Ko: "response_type=code로 보내십시오.", En: "Send response_type=code."},
	},
	{
		Code: "invalid_scope", Places: []Place{Callback}, Owner: Developer, Retry: Never,
		Cause: Text{Ko: "scope가 잘못되었습니다.", En: "The scope is not valid."},
		Remedy: Text{
			Ko: "/oauth2.0에는 scope를 보내지 말고, /oauth2에는 openid를 보내십시오.",
			En: "Send no scope to /oauth2.0, and openid to /oauth2.",
		},
		Unconfirmed: Text{Ko: "SDK에만 나오는 코드입니다.", En: "Only the SDKs know this code."},
	},
	{
		Code: "server_error", Places: []Place{Callback, Token}, Owner: Naver, Retry: Later,
		Cause:       Text{Ko: "네이버 인증 서버의 오류입니다.", En: "An error of Naver's authorization server."},
		Remedy:      Text{Ko: "잠시 뒤에 다시 하십시오.", En: "Try again later."},
		Unconfirmed: statusUnconfirmed,
	},
	{
		Code: "temporarily_unavailable", Places: []Place{Callback, Revoke}, Status: 503, Owner: Naver, Retry: Later,
		Cause:  Text{Ko: "네이버가 잠시 처리하지 못합니다.", En: "Naver cannot handle the request for the moment."},
		Remedy: Text{Ko: "잠시 뒤에 다시 하십시오.", En: "Try again later."},
	},
}
