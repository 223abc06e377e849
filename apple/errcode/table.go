package errcode

import shared "github.com/norang-login/norang/internal/errcode"

var (
	menuKeys = Text{
		Ko: "Apple Developer > Certificates, Identifiers & Profiles > Keys",
		En: "Apple Developer > Certificates, Identifiers & Profiles > Keys",
	}
	menuServices = Text{
		Ko: "Apple Developer > Certificates, Identifiers & Profiles > Identifiers > Services IDs > Sign in with Apple",
		En: "Apple Developer > Certificates, Identifiers & Profiles > Identifiers > Services IDs > Sign in with Apple",
	}
)

var table = shared.Table{
	{
		Code: "user_cancelled_authorize", Places: []Place{Callback}, Owner: User, Retry: OfferButton,
		Cause: Text{
			Ko: "사용자가 Apple 로그인을 취소했습니다. 표준의 access_denied에 해당합니다.",
			En: "The user cancelled the sign-in. It corresponds to access_denied in the standard.",
		},
		Remedy: Text{Ko: "로그인 버튼을 다시 보여 주십시오.", En: "Show the sign-in button again."},
	},
	{
		Code: "invalid_client", Places: []Place{Page, Token, Revoke}, Status: 400, Owner: Operator, Retry: Never,
		Menu: menuKeys,
		Cause: Text{
			Ko: "Apple이 클라이언트 시크릿을 받지 않았습니다. 시크릿이 만료되었거나 유효 기간이 6개월을 넘거나, 키 ID, 팀 ID, Services ID 가운데 하나가 " +
				"다르거나, 서명이 r과 s를 이어 붙인 형식이 아니거나, 키가 폐기되었습니다.",
			En: "Apple did not accept the client secret: it has expired or is valid for more than six " +
				"months, the key id, Team ID " +
				"or Services ID in it is wrong, the signature is not r and s one after the other, or the key was revoked.",
		},
		Remedy: Text{
			Ko: "APPLE_TEAM_ID, APPLE_KEY_ID, APPLE_SERVICES_ID와 .p8 파일이 서로 맞는지, 그 키에 Sign in with Apple이 켜져 있고 " +
				"기본 App ID가 연결되어 있는지 보십시오. 서버의 시각도 확인하십시오.",
			En: "Check that APPLE_TEAM_ID, APPLE_KEY_ID, APPLE_SERVICES_ID and the .p8 file belong together, " +
				"and that the key has " +
				"Sign in with Apple enabled for the primary App ID. Check the server's clock as well.",
		},
		Unconfirmed: Text{
			Ko: "새 설정이 최대 48시간 뒤에 적용되었다는 보고가 있습니다. Apple의 문서에는 없습니다.",
			En: "New settings are reported to take up to 48 hours. Apple does not document it.",
		},
	},
	{
		Code: "invalid_grant", Places: []Place{Token}, Status: 400, Owner: User, Retry: SignInAgain,
		Cause: Text{
			Ko: "코드가 이미 쓰였거나 5분이 지났거나, 갱신 토큰이 폐기되었거나, 다른 client_id의 것입니다. 웹의 코드는 Services ID, " +
				"앱의 코드는 번들 ID에만 맞습니다.",
			En: "The code was used or is older than five minutes, the refresh token was revoked, or it belongs to another " +
				"client_id: codes of the web fit the Services ID alone, those of an app its bundle id.",
		},
		Remedy: Text{
			Ko: "코드는 한 번만 교환하고, 토큰은 받은 client_id로만 쓰십시오. 사용자는 다시 로그인해야 합니다.",
			En: "Exchange a code once, and use a token with the client_id that obtained it. The user has to sign in again.",
		},
	},
	{
		Code: "unauthorized_client", Places: []Place{Token, Revoke}, Status: 400, Owner: Operator, Retry: Never,
		Menu: menuServices,
		Cause: Text{
			Ko: "이 client_id로는 이 요청을 할 수 없습니다. App ID나 Services ID에 Sign in with Apple이 켜져 있지 않을 때 생깁니다.",
			En: "This client_id may not make the request, for example because Sign in with Apple is not " +
				"enabled for the App ID or " +
				"Services ID.",
		},
		Remedy: Text{
			Ko: "Services ID에서 Sign in with Apple을 켜고 기본 App ID를 고르십시오.",
			En: "Enable Sign in with Apple for the Services ID and select its primary App ID.",
		},
	},
	{
		Code: "invalid_request", Places: []Place{Page, Token, Revoke}, Status: 400, Owner: Operator, Retry: Never,
		Menu: menuServices,
		Cause: Text{
			Ko: "파라미터가 없거나 잘못되었습니다. Apple의 오류 페이지에 보이면 대개 redirect_uri가 등록한 Return URL과 글자까지 같지 않거나, localhost나 IP " +
				"주소이거나, scope가 있는데 response_mode가 form_post가 아닙니다.",
			En: "A parameter is missing or wrong. On Apple's error page: usually redirect_uri does not equal " +
				"a registered return " +
				"URL to the letter, is localhost or an IP address, or response_mode is not form_post although there is a scope.",
		},
		Remedy: Text{
			Ko: "[Return URLs]에 APPLE_REDIRECT_URI를 글자까지 같게 등록하십시오. https와 도메인 이름이어야 합니다.",
			En: "Register APPLE_REDIRECT_URI under Return URLs to the letter, with https and a domain name.",
		},
	},
	{
		Code: "unsupported_grant_type", Places: []Place{Token}, Status: 400, Owner: Developer, Retry: Never,
		Cause: Text{Ko: "grant_type이 Apple이 아는 값이 아닙니다.", En: "grant_type is not one that Apple knows."},
		Remedy: Text{
			Ko: "authorization_code나 refresh_token을 보내십시오.",
			En: "Send authorization_code or refresh_token.",
		},
	},
	{
		Code: "invalid_scope", Places: []Place{Page, Token}, Status: 400, Owner: Developer, Retry: Never,
		Cause: Text{
			Ko: "scope가 잘못되었습니다. Apple은 name과 email만 알고, 둘 사이의 빈칸을 +로 적으면 이해하지 못합니다.",
			En: "The scope is not valid. Apple knows name and email only, and does not understand a space written as +.",
		},
		Remedy: Text{
			Ko: "scope=name%20email로 보내십시오. openid는 없습니다.", En: "Send scope=name%20email. There is no openid.",
		},
	},
	{
		Code: "access_denied", Places: []Place{Callback}, Owner: User, Retry: OfferButton,
		Cause:  Text{Ko: "사용자가 로그인을 취소했습니다.", En: "The user cancelled the sign-in."},
		Remedy: Text{Ko: "로그인 버튼을 다시 보여 주십시오.", En: "Show the sign-in button again."},
		Unconfirmed: Text{
			Ko: "표준의 코드이고, Apple의 문서에는 user_cancelled_authorize만 있습니다.",
			En: "The code of the standard; Apple documents user_cancelled_authorize only.",
		},
	},
	{
		Code: "unsupported_response_type", Places: []Place{Page, Callback}, Owner: Developer, Retry: Never,
		Cause:  Text{Ko: "response_type이 code가 아닙니다.", En: "response_type is not code."},
		Remedy: Text{Ko: "response_type=code로 보내십시오.", En: "Send response_type=code."},
		Unconfirmed: Text{
			Ko: "표준의 코드이고, Apple의 문서에는 없습니다.",
			En: "A code of the standard that Apple does not document.",
		},
	},
	{
		Code: "server_error", Places: []Place{Callback, Token}, Owner: Apple, Retry: Later,
		Cause:  Text{Ko: "Apple 서버의 오류입니다.", En: "An error of Apple's server."},
		Remedy: Text{Ko: "잠시 뒤에 다시 하십시오.", En: "Try again later."},
		Unconfirmed: Text{
			Ko: "표준의 코드이고, Apple의 문서에는 없습니다.",
			En: "A code of the standard that Apple does not document.",
		},
	},
	{
		Code: "temporarily_unavailable", Places: []Place{Callback, Token}, Status: 503, Owner: Apple, Retry: Later,
		Cause:  Text{Ko: "Apple이 잠시 처리하지 못합니다.", En: "Apple cannot handle the request for the moment."},
		Remedy: Text{Ko: "잠시 뒤에 다시 하십시오.", En: "Try again later."},
		Unconfirmed: Text{
			Ko: "표준의 코드이고, Apple의 문서에는 없습니다.",
			En: "A code of the standard that Apple does not document.",
		},
	},
}
