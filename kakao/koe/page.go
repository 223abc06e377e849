package koe

// pageCodes appear on Kakao's error page in the browser. The callback is never called, so the service's logs do not
// show them.
var pageCodes = []Entry{
	{
		Code: "KOE001", Places: []Place{Page}, Owner: Developer, Retry: Never, Unconfirmed: noStatus,
		Cause: Text{"요청의 형식이 잘못되었습니다.", "The request is malformed."},
		Remedy: Text{
			"인가 코드 요청의 파라미터 이름과 인코딩을 확인하십시오.",
			"Check the names and encoding of the authorize parameters.",
		},
		ForUser: userOperatorProblem,
		ForDeveloper: Text{
			"주소를 문자열로 이어 붙이면서 인코딩을 빠뜨린 경우가 많습니다. URL 도구로 조립하십시오.",
			"The usual cause is a URL concatenated without escaping. Build it with a URL library.",
		},
	},
	{
		Code: "KOE002", Places: []Place{Page}, Owner: Developer, Retry: Never, Unconfirmed: noStatus,
		Cause: Text{"없는 주소로 요청했습니다.", "The URL does not exist."},
		Remedy: Text{
			"경로가 /oauth/authorize, /oauth/token, /oauth/logout 중 하나인지 확인하십시오.",
			"The path must be /oauth/authorize, /oauth/token or /oauth/logout.",
		},
		ForUser: userOperatorProblem,
		ForDeveloper: Text{
			"경로의 오타이거나, kauth.kakao.com과 kapi.kakao.com을 바꾸어 쓴 경우입니다.",
			"The cause is a typo in the path, or kauth.kakao.com and kapi.kakao.com swapped.",
		},
	},
	{
		Code: "KOE003", Places: []Place{Page, Token}, Status: 500, OAuthError: "server_error", Owner: Kakao,
		Retry: Soon,
		Unconfirmed: Text{
			"error 값 server_error와 상태 코드 500은 확인되지 않았습니다.",
			"The error name server_error and the status 500 are not confirmed.",
		},
		Cause:   Text{"카카오 인증 서버의 일시적인 오류입니다.", "A temporary error in Kakao's authorization server."},
		Remedy:  Text{"몇 초 뒤에 처음부터 다시 로그인하십시오.", "Wait a few seconds and start the sign-in again."},
		ForUser: userWait,
		ForDeveloper: Text{
			"인가 코드 교환을 자동으로 반복하지 마십시오. 코드는 한 번만 쓸 수 있습니다.",
			"Do not retry the code exchange automatically: a code works only once.",
		},
	},
	{
		Code: "KOE004", Places: []Place{Page}, Owner: Operator, Retry: Never, Menu: menuLogin, Unconfirmed: noStatus,
		Cause: Text{
			"이 앱에서 카카오 로그인을 사용하도록 설정하지 않았습니다.",
			"Kakao Login is not enabled for this app.",
		},
		Remedy:  Text{"카카오 로그인 상태를 [ON]으로 바꾸십시오.", "Set Kakao Login to [ON]."},
		ForUser: userOperatorProblem,
		ForDeveloper: Text{
			"새로 만든 앱의 기본값은 OFF입니다. 다른 앱의 키를 쓰고 있지 않은지도 확인하십시오.",
			"It is off by default in a new app. Also check that the key does not belong to another app.",
		},
	},
	{
		Code: "KOE005", Places: []Place{Page}, Owner: Operator, Retry: Never, Menu: menuMembers,
		Unconfirmed: noStatus,
		Cause: Text{
			"테스트 앱에는 앱 멤버만 로그인할 수 있습니다.", "Only app members can sign in to a test app.",
		},
		Remedy: Text{
			"이 카카오계정을 앱 멤버로 초대하거나, 실제 서비스의 앱 키를 사용하십시오.",
			"Invite this Kakao account as an app member, or use the key of the production app.",
		},
		ForUser: Text{"지금은 초대받은 사람만 로그인할 수 있어요.", "Only invited people can sign in at the moment."},
		ForDeveloper: Text{
			"테스트 앱의 키로 배포한 경우가 대부분입니다. 테스트 앱은 앱 ID와 회원번호가 다릅니다.",
			"The usual cause is a test app's key in production. A test app has its own app id and its own user ids.",
		},
	},
	{
		Code: "KOE006", Places: []Place{Page}, Owner: Operator, Retry: Never, Menu: menuRedirect,
		Unconfirmed: noStatus,
		Cause: Text{
			"redirect_uri가 이 키에 등록되어 있지 않습니다.",
			"The redirect_uri is not registered for this key.",
		},
		Remedy: Text{
			"요청한 redirect_uri를 한 글자도 다르지 않게 등록하십시오.",
			"Register the redirect_uri exactly as it is sent.",
		},
		ForUser: userOperatorProblem,
		ForDeveloper: Text{
			"http와 https, 끝의 /, 포트, localhost와 127.0.0.1은 모두 다른 값입니다. 프록시 뒤에서는 http로 " +
				"만들어지는 일이 잦습니다. 2025년 12월부터 키마다 따로 등록합니다.",
			"The scheme (http or https), a trailing slash, the port, and localhost or 127.0.0.1 all matter. " +
				"Behind a proxy the URI is often built with http. Since December 2025 each key has its own list.",
		},
		Fixes: []Fix{
			{
				"Spring Security",
				"spring.security.oauth2.client.registration.kakao.redirect-uri=" +
					"https://service.example/login/oauth2/code/kakao\n" +
					"server.forward-headers-strategy=framework",
			},
			{
				"Passport (passport-kakao)",
				"new KakaoStrategy({ clientID, clientSecret, callbackURL: " +
					"'https://service.example/auth/kakao/callback' }, verify)",
			},
			{
				"Auth.js (NextAuth)",
				"AUTH_URL=https://service.example   # v4: NEXTAUTH_URL; callback: /api/auth/callback/kakao",
			},
			{
				"Django (django-allauth)",
				"ACCOUNT_DEFAULT_HTTP_PROTOCOL = \"https\"; SECURE_PROXY_SSL_HEADER = " +
					"(\"HTTP_X_FORWARDED_PROTO\", \"https\")",
			},
			{"golang.org/x/oauth2", "oauth2.Config{RedirectURL: \"https://service.example/oauth/kakao/callback\"}"},
			{"Supabase", "https://<project>.supabase.co/auth/v1/callback"},
		},
	},
	{
		Code: "KOE007", Places: []Place{Logout}, Owner: Operator, Retry: Never, Menu: menuAdvanced,
		Unconfirmed: noStatus,
		Cause: Text{
			"logout_redirect_uri가 등록되어 있지 않습니다.", "The logout_redirect_uri is not registered.",
		},
		Remedy: Text{
			"로그아웃 리다이렉트 URI에 같은 주소를 등록하십시오.",
			"Register the same URI as a logout redirect URI.",
		},
		ForUser: Text{
			"카카오계정에서 로그아웃하지 못했어요. 카카오에서 직접 로그아웃해 주세요.",
			"Signing out of your Kakao account did not work. Please sign out on Kakao's site.",
		},
		ForDeveloper: Text{
			"로그인용 리다이렉트 URI와 다른 목록입니다. 서비스의 세션은 이 요청 전에 끝내십시오.",
			"This list is separate from the redirect URIs for sign-in. End your own session before this request.",
		},
	},
	{
		Code: "KOE008", Places: []Place{Page}, Owner: Operator, Retry: Never, Menu: menuKeys, Unconfirmed: noStatus,
		Cause: Text{"이 요청에 맞지 않는 종류의 앱 키입니다.", "The app key has the wrong type for this request."},
		Remedy: Text{
			"서버와 웹에서는 REST API 키, JavaScript SDK에는 JavaScript 키, 모바일 SDK에는 네이티브 앱 키를 " +
				"사용하십시오.",
			"Use the REST API key on servers and websites, the JavaScript key with the JavaScript SDK, and " +
				"the native app key with mobile SDKs.",
		},
		ForUser: userOperatorProblem,
		ForDeveloper: Text{
			"네 가지 키는 모양이 같아서 바꾸어 넣기 쉽습니다.",
			"The four key types look alike and are easily swapped.",
		},
	},
	{
		Code: "KOE101", Places: []Place{Page, Token}, Status: 401, OAuthError: "invalid_client",
		Message: "Not exist client_id [null]", Owner: Operator, Retry: Never, Menu: menuKeys,
		Cause: Text{
			"client_id가 없거나, 없는 키이거나, 종류가 다른 키입니다.",
			"The client_id is missing, unknown or a key of another type.",
		},
		Remedy: Text{
			"REST API 키를 그대로 복사해 client_id로 보내십시오.",
			"Copy the REST API key exactly and send it as client_id.",
		},
		ForUser: userOperatorProblem,
		ForDeveloper: Text{
			"설명에 [null]이 보이면 키가 아니라 인증 방식의 문제입니다. 카카오는 HTTP Basic을 읽지 않으므로 " +
				"client_id와 client_secret을 본문으로 보내십시오(client_secret_post).",
			"If the description shows [null], the problem is not the key but how it is sent: Kakao ignores " +
				"HTTP Basic authentication. Send client_id and client_secret in the body (client_secret_post).",
		},
		Fixes: []Fix{
			{
				"Spring Security",
				"spring.security.oauth2.client.registration.kakao.client-authentication-method=client_secret_post",
			},
			{"golang.org/x/oauth2", "endpoint := kakao.Endpoint; endpoint.AuthStyle = oauth2.AuthStyleInParams"},
			{"Authlib (Python)", "oauth.register('kakao', token_endpoint_auth_method='client_secret_post', ...)"},
			{
				"openid-client 5 (Node.js)",
				"new issuer.Client({ client_id, client_secret, token_endpoint_auth_method: 'client_secret_post' })",
			},
		},
	},
	{
		Code: "KOE102", Places: []Place{Page}, OAuthError: "invalid_client", Owner: Operator, Retry: Never,
		Unconfirmed: noStatus,
		Menu: Text{
			"[앱] > [일반] > [비즈니스 정보], 카카오톡 채널 연결",
			"[앱] > [일반] > [비즈니스 정보] (app > general > business information), connected channel",
		},
		Cause: Text{
			"channel_public_id를 보냈지만 연결된 카카오톡 채널이나 권한이 없습니다.",
			"channel_public_id was sent, but the app has no connected KakaoTalk channel or no permission for it.",
		},
		Remedy: Text{
			"채널을 연결하고 권한을 신청하거나, channel_public_id를 보내지 마십시오.",
			"Connect the channel and apply for the permission, or do not send channel_public_id.",
		},
		ForUser: userOperatorProblem,
		ForDeveloper: Text{
			"설명에 PLUS_FRIENDS_ON_AGREEMENT_SUPPORTED가 보입니다. 권한이 있어야 쓸 수 있는 기능입니다.",
			"The description shows PLUS_FRIENDS_ON_AGREEMENT_SUPPORTED: the feature requires a permission.",
		},
	},
	{
		Code: "KOE125", Places: []Place{Page}, Owner: Operator, Retry: Never, Unconfirmed: noStatus,
		Cause: Text{"앱 또는 개발자 계정이 제재되었습니다.", "The app or the developer's account is blocked."},
		Remedy: Text{
			"카카오 데브톡(devtalk.kakao.com)에 문의하십시오.", "Ask on Kakao DevTalk (devtalk.kakao.com).",
		},
		ForUser:      userOperatorProblem,
		ForDeveloper: Text{"프로그램에서 고칠 수 있는 것이 없습니다.", "The program cannot fix this."},
	},
	{
		Code: "KOE201", Places: []Place{Page}, Owner: Developer, Retry: Never, Unconfirmed: noStatus,
		Cause:   Text{"지원하지 않는 response_type입니다.", "The response_type is not supported."},
		Remedy:  Text{"response_type=code로 요청하십시오.", "Send response_type=code."},
		ForUser: userOperatorProblem,
		ForDeveloper: Text{
			"카카오는 인가 코드 방식만 지원합니다.",
			"Kakao supports only the authorization code flow.",
		},
	},
	{
		Code: "KOE202", Places: []Place{Page}, Owner: Developer, Retry: Never, Unconfirmed: noStatus,
		Cause: Text{
			"response_type=token(implicit 방식)은 지원하지 않습니다.",
			"response_type=token, the implicit flow, is not supported.",
		},
		Remedy: Text{
			"response_type=code로 바꾸고 서버에서 토큰을 받으십시오.",
			"Use response_type=code and request the tokens from the server.",
		},
		ForUser: userOperatorProblem,
		ForDeveloper: Text{
			"오래된 예제나 implicit 방식이 기본인 라이브러리를 쓰는 경우입니다.",
			"The cause is an outdated example, or a library that defaults to the implicit flow.",
		},
	},
	{
		Code: "KOE203", Places: []Place{Page}, Owner: User, Retry: SignInAgain, Unconfirmed: noStatus,
		Cause: Text{"필수 동의항목에 동의하지 않았습니다.", "The user did not agree to a required consent item."},
		Remedy: Text{
			"다시 로그인하면서 필수 항목에 동의해야 합니다.",
			"The user must sign in again and agree to the required items.",
		},
		ForUser: Text{
			"필수 항목에 동의해야 로그인할 수 있어요. 다시 로그인해 주세요.",
			"You need to agree to the required items. Please sign in again.",
		},
		ForDeveloper: Text{
			"꼭 필요하지 않은 항목은 선택 동의로 바꾸십시오.",
			"Make items that are not strictly needed optional.",
		},
	},
	{
		Code: "KOE204", Places: []Place{Page}, Owner: Developer, Retry: Never, Unconfirmed: noStatus,
		Cause: Text{"파라미터 값이 잘못되었습니다.", "A parameter has an invalid value."},
		Remedy: Text{
			"prompt, code_challenge_method 등의 값을 확인하십시오.",
			"Check the values of prompt, code_challenge_method and the other parameters.",
		},
		ForUser: userOperatorProblem,
		ForDeveloper: Text{
			"code_challenge_method는 S256만, prompt는 login, none, create, select_account만 쓰십시오.",
			"Use only S256 for code_challenge_method, and only login, none, create or select_account for prompt.",
		},
	},
	{
		Code: "KOE205", Places: []Place{Page}, OAuthError: "invalid_scope", Owner: Operator, Retry: Never,
		Menu: menuConsent, Unconfirmed: noStatus,
		Cause: Text{
			"scope에 설정하지 않았거나 권한이 없는 동의항목이 있습니다.",
			"scope contains a consent item that is not configured or not permitted.",
		},
		Remedy: Text{
			"동의항목을 설정하거나 scope를 보내지 마십시오. scope가 없으면 콘솔의 설정대로 묻습니다.",
			"Configure the item, or omit scope: Kakao then asks for the items configured in the console.",
		},
		ForUser: userOperatorProblem,
		ForDeveloper: Text{
			"라이브러리의 기본 scope(account_email, profile_image 등)가 원인인 경우가 많습니다. " +
				"account_email은 비즈 앱(개인 개발자 비즈 앱 포함)만 쓸 수 있고, openid는 OpenID Connect를 켜야 " +
				"합니다.",
			"The cause is often a library's default scopes (account_email, profile_image). account_email " +
				"requires a biz app (individual developers can have one too); openid requires OpenID Connect to " +
				"be enabled.",
		},
		Fixes: []Fix{
			{"Spring Security", "spring.security.oauth2.client.registration.kakao.scope=profile_nickname"},
			{"Passport (passport-kakao)", "passport.authenticate('kakao')   // no scope option"},
			{"Auth.js (NextAuth)", "Kakao({ clientId, clientSecret })   // no authorization.params.scope"},
			{
				"Supabase",
				"# always asks for account_email, profile_image, profile_nickname: switch all three on in " +
					"[동의항목]",
			},
			{"Django (django-allauth)", "SOCIALACCOUNT_PROVIDERS = {\"kakao\": {\"SCOPE\": [\"profile_nickname\"]}}"},
			{"golang.org/x/oauth2", "oauth2.Config{Scopes: nil}"},
		},
	},
	{
		Code: "KOE207", Places: []Place{Page}, Owner: Developer, Retry: Never, Unconfirmed: noStatus,
		Cause: Text{"필수 파라미터가 없습니다.", "A required parameter is missing."},
		Remedy: Text{
			"client_id, redirect_uri, response_type을 모두 보내십시오.",
			"Send client_id, redirect_uri and response_type.",
		},
		ForUser: userOperatorProblem,
		ForDeveloper: Text{
			"환경 변수가 비어 있어 값 없이 보낸 경우가 많습니다.",
			"The usual cause is an empty environment variable.",
		},
	},
}
