package koe

// tokenCodes are JSON errors of POST /oauth/token and /oauth/tokeninfo; KOE023 is raised by an SDK.
var tokenCodes = []Entry{
	{
		Code: "KOE009", Places: []Place{Token}, Status: 400, OAuthError: "misconfigured",
		Message: "invalid android_key_hash or ios_bundle_id or web_site_url", Owner: Operator, Retry: Never,
		Menu: menuKeys,
		Cause: Text{
			"플랫폼 증명(android_key_hash, ios_bundle_id, web_site_url)이 없거나 등록되어 있지 않습니다.",
			"The platform proof (android_key_hash, ios_bundle_id or web_site_url) is missing or not registered.",
		},
		Remedy: Text{
			"서버에서는 REST API 키를 사용하십시오. 앱에서는 플랫폼을 등록하십시오.",
			"Use the REST API key on servers. Register the platform for apps.",
		},
		ForUser: userOperatorProblem,
		ForDeveloper: Text{
			"서버가 네이티브 앱 키나 JavaScript 키로 받은 코드를 교환할 때 생깁니다. 모바일 SDK는 스스로 " +
				"교환하므로, 서버에는 코드가 아니라 토큰을 보내십시오.",
			"A server exchanged a code issued for a native or JavaScript key. Mobile SDKs exchange the code " +
				"themselves: send the token to the server, not the code.",
		},
	},
	{
		Code: "KOE010", Places: []Place{Token}, Status: 401, OAuthError: "invalid_client",
		Message: "Bad client credentials", Owner: Operator, Retry: Never, Menu: menuSecret,
		Cause: Text{"클라이언트 시크릿이 없거나 다릅니다.", "The client secret is missing or wrong."},
		Remedy: Text{
			"이 REST API 키의 클라이언트 시크릿을 client_secret으로 보내거나, 콘솔에서 끄십시오.",
			"Send the client secret of this REST API key as client_secret, or disable it in the console.",
		},
		ForUser: userOperatorProblem,
		ForDeveloper: Text{
			"2025년 12월 3일부터 새 REST API 키는 클라이언트 시크릿이 켜져 있습니다. 그 전의 글을 따라 하면 " +
				"이 오류가 납니다.",
			"REST API keys created since 2025-12-03 have the client secret enabled; older tutorials fail " +
				"with this error.",
		},
		Fixes: []Fix{
			{
				"Spring Security",
				"spring.security.oauth2.client.registration.kakao.client-secret=${KAKAO_CLIENT_SECRET}\n" +
					"spring.security.oauth2.client.registration.kakao.client-authentication-method=client_secret_post",
			},
			{
				"Passport (passport-kakao)",
				"new KakaoStrategy({ clientID, clientSecret: process.env.KAKAO_CLIENT_SECRET, callbackURL " +
					"}, verify)",
			},
			{"Auth.js (NextAuth)", "AUTH_KAKAO_SECRET=..."},
			{
				"golang.org/x/oauth2",
				"oauth2.Config{ClientSecret: os.Getenv(\"KAKAO_CLIENT_SECRET\"), Endpoint: " +
					"oauth2.Endpoint{AuthStyle: oauth2.AuthStyleInParams, ...}}",
			},
			{
				"Authlib (Python)",
				"oauth.register('kakao', client_secret=..., token_endpoint_auth_method='client_secret_post')",
			},
		},
	},
	{
		Code: "KOE012", Places: []Place{Token}, Owner: Operator, Retry: Never, Menu: menuKeys,
		Unconfirmed: Text{
			"문서에 없는 코드입니다. 다른 프로그램의 소스에서만 보였습니다.",
			"The code is not documented; it has been seen only in the source code of other programs.",
		},
		Cause: Text{"앱 설정의 문제로 알려져 있습니다.", "Reportedly a problem with the app's settings."},
		Remedy: Text{
			"앱 키와 클라이언트 시크릿 설정을 확인하고, 데브톡에 문의하십시오.",
			"Check the app key and client secret settings, and ask on Kakao DevTalk.",
		},
		ForUser:      userOperatorProblem,
		ForDeveloper: Text{"응답의 error_description을 확인하십시오.", "See error_description in the response."},
	},
	{
		Code: "KOE023", Places: []Place{SDK}, Owner: Developer, Retry: Never,
		Cause: Text{
			"JavaScript SDK v1의 팝업 로그인(Kakao.Auth.login)을 쓸 수 없습니다.",
			"The popup login of JavaScript SDK v1 (Kakao.Auth.login) is not available.",
		},
		Remedy: Text{
			"SDK v2의 Kakao.Auth.authorize나 서버의 로그인 주소로 바꾸십시오.",
			"Use Kakao.Auth.authorize of SDK v2, or a sign-in URL on your server.",
		},
		ForUser: userOperatorProblem,
		ForDeveloper: Text{
			"가장 간단한 방법은 SDK 없이 서버에서 인가 코드를 요청하는 것입니다.",
			"The simplest solution uses no SDK: the server redirects the browser to /oauth/authorize.",
		},
		Fixes: []Fix{{
			"Kakao JavaScript SDK",
			"Kakao.Auth.authorize({ redirectUri: 'https://service.example/oauth/kakao/callback', state })",
		}},
	},
	{
		Code: "KOE114", Places: []Place{Token}, Message: "Application ID mismatch", Owner: Operator, Retry: Never,
		Menu: menuKeys,
		Unconfirmed: Text{
			"HTTP 상태 코드와 error 값이 확인되지 않았습니다. JavaScript 키로 받은 코드를 같은 앱의 REST " +
				"API 키로 교환할 때 나는지도 확인되지 않았습니다.",
			"The status and error value are not confirmed, nor whether a code issued for a JavaScript key " +
				"fails this way with the REST API key of the same app.",
		},
		Cause: Text{
			"인가 코드를 받은 앱과 client_id의 앱이 다릅니다.",
			"The authorization code was issued for a different app than that of client_id.",
		},
		Remedy: Text{
			"로그인 버튼과 서버가 같은 앱의 키를 쓰도록 하십시오.",
			"Use keys of the same app for the login button and the server.",
		},
		ForUser: userOperatorProblem,
		ForDeveloper: Text{
			"개발용 앱과 운영용 앱의 키를 섞어 쓴 경우가 대부분입니다.",
			"The cause is nearly always mixed keys of a development app and a production app.",
		},
	},
	{
		Code: "KOE126", Places: []Place{Token}, Owner: Operator, Retry: Never, Menu: menuKeys,
		Unconfirmed: Text{
			"문서에 없는 코드입니다. 다른 프로그램의 소스에서만 보였습니다.",
			"The code is not documented; it has been seen only in the source code of other programs.",
		},
		Cause: Text{"앱 설정의 문제로 알려져 있습니다.", "Reportedly a problem with the app's settings."},
		Remedy: Text{
			"앱 키 설정을 확인하고, 데브톡에 문의하십시오.",
			"Check the app key settings, and ask on Kakao DevTalk.",
		},
		ForUser:      userOperatorProblem,
		ForDeveloper: Text{"응답의 error_description을 확인하십시오.", "See error_description in the response."},
	},
	{
		Code: "KOE127", Places: []Place{Token}, Owner: Operator, Retry: Never, Menu: menuIPs,
		Unconfirmed: Text{
			"HTTP 상태 코드와 error 값이 확인되지 않았습니다.",
			"The status and error value are not confirmed.",
		},
		Cause: Text{"서버의 IP 주소가 허용 목록에 없습니다.", "The server's IP address is not in the allow list."},
		Remedy: Text{
			"서버가 나가는 IP 주소를 등록하거나 목록을 비우십시오.",
			"Register the server's outgoing IP address, or clear the list.",
		},
		ForUser: userOperatorProblem,
		ForDeveloper: Text{
			"서버리스나 컨테이너처럼 나가는 주소가 바뀌는 곳에서는 목록을 비워 두십시오.",
			"Leave the list empty where outgoing addresses change, as with serverless or containers.",
		},
	},
	{
		Code: "KOE237", Places: []Place{Token}, Status: 429, OAuthError: "invalid_request",
		Message: "token request rate limit exceeded", Owner: Developer, Retry: Later,
		Unconfirmed: Text{
			"상태 코드가 429인지 400인지 확인되지 않았습니다.",
			"Whether the status is 429 or 400 is not confirmed.",
		},
		Cause: Text{
			"한 사람의 토큰 요청이 한도를 넘었습니다(10분에 20번, 리프레시 토큰은 60분에 30번).",
			"Too many token requests for one user (20 in 10 minutes; 30 in 60 minutes for refresh tokens).",
		},
		Remedy: Text{
			"10분쯤 기다리십시오. 자동으로 다시 시도하지 마십시오.",
			"Wait about 10 minutes. Do not retry automatically.",
		},
		ForUser: userRateLimited,
		ForDeveloper: Text{
			"실패한 교환도 한도에 들어갑니다. 코드를 두 번 보내는 화면(React StrictMode, 새로고침)이나 한 " +
				"계정으로 도는 테스트가 원인입니다.",
			"Failed exchanges count too. Usual causes are a page that sends the code twice (React " +
				"StrictMode, reload) and tests that share one account.",
		},
	},
	{
		Code: "KOE303", Places: []Place{Token}, Status: 400, OAuthError: "invalid_grant",
		Message: "Redirect URI mismatch.", Owner: Developer, Retry: Never, Menu: menuRedirect,
		Cause: Text{
			"토큰 요청의 redirect_uri가 인가 코드 요청의 것과 다릅니다.",
			"The redirect_uri of the token request differs from that of the authorize request.",
		},
		Remedy:  Text{"두 요청에 같은 문자열을 보내십시오.", "Send the same string in both requests."},
		ForUser: userOperatorProblem,
		ForDeveloper: Text{
			"프런트엔드와 서버가 주소를 따로 만들 때 생깁니다. 설정 한 곳에서 가져오십시오.",
			"This happens when the front end and the server each build the URI. Take it from one setting.",
		},
		Fixes: []Fix{
			{
				"Spring Security",
				"server.forward-headers-strategy=framework   # {baseUrl} becomes the public https address",
			},
			{"golang.org/x/oauth2", "use one oauth2.Config with RedirectURL set for AuthCodeURL and Exchange"},
			{"Auth.js (NextAuth)", "AUTH_URL=https://service.example"},
		},
	},
	{
		Code: "KOE310", Places: []Place{Token}, Status: 400, OAuthError: "unsupported_grant_type", Owner: Developer,
		Retry:       Never,
		Unconfirmed: Text{"error 값은 확인되지 않았습니다.", "The error value is not confirmed."},
		Cause:       Text{"지원하지 않는 grant_type입니다.", "The grant_type is not supported."},
		Remedy: Text{
			"authorization_code 또는 refresh_token을 보내십시오.",
			"Send authorization_code or refresh_token.",
		},
		ForUser: userOperatorProblem,
		ForDeveloper: Text{
			"Content-Type이 application/x-www-form-urlencoded가 아니어서 본문을 읽지 못한 경우도 있습니다.",
			"Kakao also sends this if it could not read the body because Content-Type is not " +
				"application/x-www-form-urlencoded.",
		},
		Fixes: []Fix{{
			"Spring Security",
			"spring.security.oauth2.client.registration.kakao.authorization-grant-type=authorization_code",
		}},
	},
	{
		Code: "KOE319", Places: []Place{Token}, Status: 400, OAuthError: "invalid_grant", Owner: Developer,
		Retry:   Never,
		Cause:   Text{"refresh_token 파라미터가 없습니다.", "The refresh_token parameter is missing."},
		Remedy:  Text{"저장한 리프레시 토큰을 보내십시오.", "Send the stored refresh token."},
		ForUser: userSignInAgain,
		ForDeveloper: Text{
			"갱신 응답에는 보통 refresh_token이 없습니다. 빈 값으로 덮어쓰지 않았는지 확인하십시오.",
			"A refresh response usually has no refresh_token. Check that the stored one was not overwritten " +
				"with an empty value.",
		},
	},
	{
		Code: "KOE320", Places: []Place{Token}, Status: 400, OAuthError: "invalid_grant",
		Message: "authorization code not found for code=", Owner: Developer, Retry: SignInAgain,
		Cause: Text{
			"인가 코드를 이미 썼거나, 만료되었거나, 없는 코드입니다.",
			"The authorization code is already used, expired or unknown.",
		},
		Remedy: Text{
			"같은 코드를 다시 보내지 말고 로그인을 새로 시작하십시오.",
			"Do not send the same code again; start a new sign-in.",
		},
		ForUser: userSignInAgain,
		ForDeveloper: Text{
			"거의 언제나 같은 콜백이 두 번 처리된 것입니다. React StrictMode의 이중 실행, 새로고침, 뒤로 " +
				"가기, 미리 가져오기를 확인하고, 교환이 끝나면 바로 다른 주소로 이동시키십시오.",
			"The cause is nearly always a callback handled twice: React StrictMode's double effects, a " +
				"reload, the back button or a prefetch. Redirect to another URL as soon as the exchange is done.",
		},
		Fixes: []Fix{
			{"React", "exchange the code in a server route, not in useEffect"},
			{
				"golang.org/x/oauth2",
				"oauth2.Endpoint{AuthStyle: oauth2.AuthStyleInParams, ...}   // auto-detection sends the " +
					"request twice",
			},
		},
	},
	{
		Code: "KOE322", Places: []Place{Token}, Status: 400, OAuthError: "invalid_grant",
		Message: "expired_or_invalid_refresh_token", Owner: Developer, Retry: SignInAgain,
		Cause: Text{
			"리프레시 토큰이 만료되었거나, 새 토큰으로 바뀌었거나, 없는 토큰입니다.",
			"The refresh token is expired, has been replaced, or is unknown.",
		},
		Remedy:  Text{"다시 로그인하게 하십시오.", "Ask the user to sign in again."},
		ForUser: userSignInAgain,
		ForDeveloper: Text{
			"만료 한 달 전부터는 갱신할 때 새 리프레시 토큰이 오고 옛것은 바로 죽습니다. 사용자마다 잠금을 " +
				"걸어 갱신하고 새 토큰을 저장하십시오. 연결 해제한 사람에게도 납니다.",
			"In the last month before a refresh token expires, each refresh returns a new one and the old " +
				"one stops working immediately: refresh under a per-user lock and store the new token. Users " +
				"who have unlinked the app get this code too.",
		},
	},
	{
		Code: "KOE400", Places: []Place{TokenInfo}, Status: 400, OAuthError: "invalid_token", Owner: Developer,
		Retry: Never,
		Cause: Text{"ID 토큰이 올바르지 않습니다.", "The ID token is not valid."},
		Remedy: Text{
			"ID 토큰을 자르거나 바꾸지 않고 그대로 보냈는지, 만료되지 않았는지 확인하십시오.",
			"Check that the ID token is sent complete and unchanged and has not expired.",
		},
		ForUser: userSignInAgain,
		ForDeveloper: Text{
			"이 API는 디버깅용입니다. 운영 환경에서는 공개키로 직접 검증하십시오.",
			"This API is for debugging. In production, verify ID tokens with the public keys.",
		},
	},
}
