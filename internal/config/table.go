package config

// table is every setting of the program, and never changes. Flags, the file, help, docs/settings.md and redaction all
// come from here: a new setting is a row here and a field in its owner's Config.
var table = []Setting{
	{
		Name: "NORANG_URL", Flag: "url", Key: "url", Group: GroupService, Example: "https://login.example.com",
		Help: Text{"이 서비스의 공개 주소입니다. 다른 주소는 모두 여기에서 정해집니다. localhost가 아니면 https여야 합니다. 반드시 필요합니다.",
			"The one public address; every other one derives from it. It must be https except on localhost. Required."},
		field: func(s *Settings) any { return &s.URL },
	},
	{
		Name: "NORANG_LISTEN", Flag: "listen", Key: "listen", Default: "127.0.0.1:5000", Group: GroupService, Example: "0.0.0.0:8080",
		Help: Text{"요청을 받을 주소입니다. 이 값이 없고 PORT가 있으면 모든 네트워크 인터페이스의 그 포트에서 받습니다.",
			"Where to listen. Without it, PORT (as hosting platforms set it) means that port on every interface."},
		field: func(s *Settings) any { return &s.Listen },
	},
	{
		Name: "NORANG_OPS_LISTEN", Flag: "ops-listen", Key: "ops_listen", Default: "127.0.0.1:5002", Group: GroupService, Example: "10.0.0.5:5002",
		Help: Text{"상태 확인과 지표(/healthz, /readyz, /metrics)를 제공할 주소입니다. 외부에서 닿지 않는 곳이어야 합니다.",
			"Where /healthz, /readyz and /metrics are served. The public must not reach it."},
		field: func(s *Settings) any { return &s.OpsListen },
	},
	{
		Name: "NORANG_PREFIX", Flag: "prefix", Key: "prefix", Default: "/auth", Group: GroupService, Example: "/account",
		Help: Text{"norang의 화면과 API가 놓일 경로입니다.",
			"The path under which norang's own pages and API live."},
		field: func(s *Settings) any { return &s.Prefix },
	},
	{
		Name: "NORANG_DATABASE", Aliases: []string{"DATABASE_URL"}, Flag: "database", Key: "database", Default: "norang.db", Group: GroupService, Example: "/var/lib/norang/norang.db",
		Help: Text{"SQLite 파일의 경로입니다.",
			"Path of the SQLite file."},
		field: func(s *Settings) any { return &s.Database },
	},
	{
		Name: "NORANG_KEYS", Flag: "keys", Key: "keys", Default: "norang.keys, beside the database", Group: GroupService, Example: "/var/lib/norang/norang.keys",
		Help: Text{"암호화와 서명에 쓰는 키 파일의 경로입니다. 없으면 처음 시작할 때 권한 0600으로 만듭니다. 사본을 안전한 곳에 보관하십시오.",
			"Path of the file with the sealing keys; made with mode 0600 at the first start. Keep a copy of it in a safe place."},
		field: func(s *Settings) any { return &s.Keys },
	},
	{
		Name: "NORANG_TRUSTED_PROXIES", Flag: "trusted-proxies", Key: "trusted_proxies", Group: GroupService, Example: "10.0.0.0/8,192.168.1.4",
		Help: Text{"X-Forwarded-* 머리글을 믿을 프록시의 네트워크입니다. 기본은 아무것도 믿지 않습니다.",
			"Networks of the proxies whose X-Forwarded-* are believed. Default: none."},
		field: func(s *Settings) any { return &s.TrustedProxies },
	},

	{
		Name: "KAKAO_CLIENT_ID", Aliases: []string{"KAKAO_REST_API_KEY"}, Flag: "kakao-client-id", Key: "kakao.client_id", Group: GroupKakao, Example: "0123456789abcdef0123456789abcdef",
		Help: Text{"REST API 키입니다. [앱] > [플랫폼 키] > [REST API 키]. 반드시 필요합니다.",
			"The REST API key: [앱] > [플랫폼 키] > [REST API 키]. Required."},
		field: func(s *Settings) any { return &s.Kakao.ClientID },
	},
	{
		Name: "KAKAO_CLIENT_SECRET", Flag: "kakao-client-secret", Key: "kakao.client_secret", Group: GroupKakao, Example: "the code from the console",
		Help: Text{"클라이언트 시크릿입니다. 콘솔에서 끄지 않았다면 반드시 필요합니다. [앱] > [플랫폼 키] > [REST API 키] > [클라이언트 시크릿].",
			"The client secret. Required unless it was switched off in the console: [앱] > [플랫폼 키] > [REST API 키] > [클라이언트 시크릿]."},
		field: func(s *Settings) any { return &s.Kakao.ClientSecret },
	},
	{
		Name: "KAKAO_APP_ID", Flag: "kakao-app-id", Key: "kakao.app_id", Group: GroupKakao, Example: "123456",
		Help: Text{"앱 ID입니다. [앱] > [일반]. 카카오 회원번호는 앱마다 다르므로 계정을 구별하는 데 쓰입니다. 반드시 필요합니다.",
			"The app's number: [앱] > [일반]. Kakao numbers people per app, so it is part of every account's key. Required."},
		field: func(s *Settings) any { return &s.Kakao.AppID },
	},
	{
		Name: "KAKAO_ADMIN_KEY", Flag: "kakao-admin-key", Key: "kakao.admin_key", Group: GroupKakao, Example: "the admin key from the console",
		Help: Text{"어드민 키입니다. 첫 번째 키로 호출하고, 웹훅에서는 모든 키를 받아들입니다. 없으면 NORANG_NO_ADMIN_KEY=1이 필요합니다.",
			"The admin keys: the first one calls, all are accepted in webhooks. Without one, NORANG_NO_ADMIN_KEY=1 is needed."},
		field: func(s *Settings) any { return &s.Kakao.AdminKeys },
	},
	{
		Name: "NORANG_NO_ADMIN_KEY", Flag: "no-admin-key", Key: "no_admin_key", Default: "0", Group: GroupKakao, Example: "1",
		Help: Text{"어드민 키 없이 실행합니다. 카카오 연결 해제는 운영자가 직접 마쳐야 합니다.",
			"Run without an admin key: what cannot be unlinked at Kakao is left to the operator."},
		field: func(s *Settings) any { return &s.NoAdminKey },
	},
	{
		Name: "NORANG_NO_CLIENT_SECRET", Flag: "no-client-secret", Key: "no_client_secret", Default: "0", Group: GroupKakao, Example: "1",
		Help: Text{"콘솔에서 클라이언트 시크릿을 껐다고 알립니다. 2025년 12월 이후에 만든 키는 켜져 있습니다.",
			"Says that the client secret is switched off in the console. Keys made since December 2025 have it on."},
		field: func(s *Settings) any { return &s.NoClientSecret },
	},
	{
		Name: "KAKAO_REDIRECT_URI", Flag: "kakao-redirect-uri", Key: "kakao.redirect_uri", Default: "NORANG_URL + /oauth/kakao/callback", Group: GroupKakao, Example: "https://login.example.com/oauth/kakao/callback",
		Help: Text{"콘솔에 등록한 리다이렉트 URI입니다. 이 주소의 경로가 그대로 콜백 경로가 됩니다.",
			"The redirect URI as registered in the console. Its path is the callback's route, whatever it is."},
		field: func(s *Settings) any { return &s.Kakao.RedirectURI },
	},
	{
		Name: "KAKAO_SIGNOUT_REDIRECT_URI", Flag: "kakao-signout-redirect-uri", Key: "kakao.signout_redirect_uri", Default: "NORANG_URL + /oauth/kakao/signout/callback", Group: GroupKakao, Example: "https://login.example.com/oauth/kakao/signout/callback",
		Help: Text{"콘솔에 등록한 로그아웃 리다이렉트 URI입니다.",
			"The logout redirect URI as registered in the console, likewise."},
		field: func(s *Settings) any { return &s.Kakao.SignoutRedirectURI },
	},
	{
		Name: "KAKAO_NATIVE_APP_KEY", Flag: "kakao-native-app-key", Key: "kakao.native_app_key", Group: GroupKakao, Example: "fedcba9876543210fedcba9876543210",
		Help: Text{"네이티브 앱 키입니다. 이 키로 발급된 ID 토큰도 받아들입니다.",
			"Native app keys: ID tokens issued for them are accepted too."},
		field: func(s *Settings) any { return &s.Kakao.NativeAppKeys },
	},
	{
		Name: "KAKAO_JAVASCRIPT_KEY", Flag: "kakao-javascript-key", Key: "kakao.javascript_key", Group: GroupKakao, Example: "00112233445566778899aabbccddeeff",
		Help: Text{"JavaScript 키입니다. 이 키로 발급된 ID 토큰도 받아들입니다.",
			"JavaScript keys, likewise."},
		field: func(s *Settings) any { return &s.Kakao.JavaScriptKeys },
	},
	{
		Name: "KAKAO_SCOPES", Flag: "kakao-scopes", Key: "kakao.scopes", Group: GroupKakao, Example: "account_email,birthyear",
		Help: Text{"로그인 주소의 scope=로 추가 동의를 요청할 수 있는 동의항목입니다. 기본은 없습니다.",
			"Consent items that scope= of the login address may ask for. Default: none."},
		field: func(s *Settings) any { return &s.Kakao.Scopes },
	},
	{
		Name: "KAKAO_SYNC", Flag: "kakao-sync", Key: "kakao.sync", Default: "0", Group: GroupKakao, Example: "1",
		Help: Text{"카카오싱크를 씁니다. 카카오에서 동의한 서비스 약관을 로그인할 때마다 읽어 기록하고, 가입할 때 다시 묻지 않습니다. NORANG_TERMS의 tag가 콘솔의 약관 태그와 같아야 합니다.",
			"The app uses Kakao Sync: the service terms agreed to at Kakao are read at each login, recorded, and not asked again. The tags in NORANG_TERMS must be those of the console."},
		field: func(s *Settings) any { return &s.Kakao.Sync },
	},

	{
		Name: "NORANG_ORIGINS", Flag: "origins", Key: "origins", Group: GroupBrowser, Example: "https://www.example.com,https://*.shop.example.com",
		Help: Text{"같은 서비스의 다른 출처입니다. 로그인한 뒤 돌아갈 수 있습니다. https://host[:port] 또는 https://*.host로 적습니다.",
			"Other origins of the same service, to which a sign-in may return: https://host[:port] or https://*.host."},
		field: func(s *Settings) any { return &s.Origins },
	},
	{
		Name: "NORANG_COOKIE_DOMAIN", Flag: "cookie-domain", Key: "cookie_domain", Group: GroupBrowser, Example: "example.com",
		Help: Text{"하위 도메인과 세션을 함께 쓸 도메인입니다. 쿠키의 __Host- 보호가 사라지므로 꼭 필요할 때만 쓰십시오.",
			"The domain whose sub-domains share the session. It costs the cookie its __Host- protection: only where needed."},
		field: func(s *Settings) any { return &s.CookieDomain },
	},
	{
		Name: "NORANG_SESSION_IDLE", Flag: "session-idle", Key: "session.idle", Default: "14d", Group: GroupBrowser, Example: "7d",
		Help: Text{"쓰지 않는 세션이 끝나기까지의 기간입니다.",
			"How long a session lives that is not used."},
		field: func(s *Settings) any { return &s.SessionIdle },
	},
	{
		Name: "NORANG_SESSION_LIFE", Flag: "session-life", Key: "session.life", Default: "90d", Group: GroupBrowser, Example: "30d",
		Help: Text{"계속 쓰더라도 세션이 끝나는 기간입니다. 400일을 넘을 수 없습니다.",
			"How long a session lives at most. 400 days is the limit."},
		field: func(s *Settings) any { return &s.SessionLife },
	},

	{
		Name: "NORANG_UNLINK_POLICY", Flag: "unlink-policy", Key: "unlink_policy", Default: "withdraw", Group: GroupJoin, Example: "keep",
		Help: Text{"회원이 카카오에서 연결을 끊었을 때: withdraw(탈퇴 처리) 또는 keep(로그아웃만).",
			"When a member ends the link at Kakao: withdraw closes the account, keep only ends their sessions."},
		field: func(s *Settings) any { return &s.UnlinkPolicy },
	},
	{
		Name: "NORANG_KEEP_KAKAO_TOKENS", Flag: "keep-kakao-tokens", Key: "keep_kakao_tokens", Default: "off", Group: GroupJoin, Example: "session",
		Help: Text{"카카오 토큰을 암호화해 보관할지 정합니다. off: 보관하지 않음. session: 로그아웃할 때까지. offline: 회원이 없을 때도 카카오를 호출하는 서비스용으로, 연결이 끊길 때까지.",
			"Whether Kakao's tokens are kept, sealed. off: no. session: until the person signs out. offline: until the link ends, for services that call Kakao while the person is away."},
		field: func(s *Settings) any { return &s.KeepKakaoTokens },
	},
	{
		Name: "NORANG_AGE", Flag: "age", Key: "age", Default: "declare", Group: GroupJoin, Example: "off",
		Help: Text{"만 14세 이상인지 확인하는 방법입니다. declare: 가입할 때 본인이 밝힙니다. kakao: 카카오가 주는 연령대나 출생 연도로 판단하고, 판단할 수 없으면 묻습니다. off: 묻지 않습니다.",
			"How the age of 14 is established. declare: people say so when they join. kakao: by the age range or year of birth that Kakao gives; where that does not decide, people are asked. off: nobody asks."},
		field: func(s *Settings) any { return &s.Age },
	},
	{
		Name: "NORANG_UNDER_14", Flag: "under-14", Key: "under_14", Default: "refuse", Group: GroupJoin, Example: "allow",
		Help: Text{"만 14세 미만인 사람: refuse(가입할 수 없음) 또는 allow(가입할 수 있음). allow에서는 법정대리인의 동의를 서비스가 직접 받아야 합니다. norang은 묻지도 기다리지도 않습니다.",
			"People younger than 14: refuse, or allow. With allow, consent of a guardian is wholly the service's own duty: norang neither asks for it nor waits for it."},
		field: func(s *Settings) any { return &s.Under14 },
	},
	{
		Name: "NORANG_TERMS", Flag: "terms", Key: "terms", Group: GroupJoin,
		Example: `[{"tag":"service","version":"2026-01","title_ko":"이용약관","title_en":"Terms","url":"https://example.com/terms","required":true}]`,
		Help: Text{"새 회원이 동의할 약관입니다. 항목: tag, version, title_ko, title_en, url, required, marketing.",
			"What a new member is asked to agree to. Members: tag, version, title_ko, title_en, url, required, marketing."},
		field: func(s *Settings) any { return &s.Terms },
	},

	{
		Name: "NORANG_BRAND_NAME", Flag: "brand-name", Key: "brand.name", Default: "the host of NORANG_URL", Group: GroupBrand, Example: "우리 가게",
		Help: Text{"화면에 보일 서비스 이름입니다.",
			"The service's name on the pages."},
		field: func(s *Settings) any { return &s.Brand.Name },
	},
	{
		Name: "NORANG_BRAND_LOGO", Flag: "brand-logo", Key: "brand.logo", Group: GroupBrand, Example: "https://example.com/logo.svg",
		Help: Text{"로고의 https 주소 또는 이 서비스의 경로입니다.",
			"The logo: an https address, or a path on this origin."},
		field: func(s *Settings) any { return &s.Brand.Logo },
	},
	{
		Name: "NORANG_BRAND_COLOR", Flag: "brand-color", Key: "brand.color", Group: GroupBrand, Example: "#1f6feb",
		Help: Text{"강조 색입니다. #rrggbb로 적습니다.",
			"The accent colour, #rrggbb."},
		field: func(s *Settings) any { return &s.Brand.Color },
	},
	{
		Name: "NORANG_SUPPORT_URL", Flag: "support-url", Key: "brand.support_url", Group: GroupBrand, Example: "mailto:help@example.com",
		Help: Text{"문의하기 링크입니다. https 주소, 이 서비스의 경로, mailto: 가운데 하나입니다.",
			"Where people ask for help: an https address, a path on this origin, or mailto:."},
		field: func(s *Settings) any { return &s.Brand.SupportURL },
	},
	{
		Name: "NORANG_PRIVACY_URL", Flag: "privacy-url", Key: "brand.privacy_url", Group: GroupBrand, Example: "https://example.com/privacy",
		Help: Text{"개인정보 처리방침의 주소입니다.",
			"The privacy policy."},
		field: func(s *Settings) any { return &s.Brand.PrivacyURL },
	},
	{
		Name: "NORANG_PICTURES", Flag: "pictures", Key: "pictures", Default: "0", Group: GroupBrand, Example: "1",
		Help: Text{"프로필 사진을 카카오 서버에서 바로 보여 줍니다. 끄면 이름의 첫 글자를 그립니다.",
			"Show profile pictures straight from Kakao's hosts; otherwise an initial is drawn."},
		field: func(s *Settings) any { return &s.Pictures },
	},
	{
		Name: "NORANG_TEMPLATES", Flag: "templates", Key: "templates", Group: GroupBrand, Example: "/etc/norang/templates",
		Help: Text{"화면 템플릿을 파일 이름별로 바꿀 디렉터리입니다.",
			"A directory whose files replace page templates of the same name."},
		field: func(s *Settings) any { return &s.Templates },
	},

	{
		Name: "NORANG_ALLOW_EMULATOR", Flag: "allow-emulator", Key: "allow_emulator", Default: "0", Group: GroupEmulator, Example: "1",
		Help: Text{"카카오가 아닌 주소(에뮬레이터)를 허용합니다. NORANG_URL이 이 컴퓨터나 사설 네트워크의 주소일 때만 쓸 수 있습니다.",
			"Permit addresses that are not Kakao's. Works only where NORANG_URL is of this machine or a private network."},
		field: func(s *Settings) any { return &s.AllowEmulator },
	},
	{
		Name: "KAKAO_AUTH_URL", Flag: "kakao-auth-url", Key: "kakao.auth_url", Default: "https://kauth.kakao.com", Group: GroupEmulator, Example: "http://localhost:5001",
		Help: Text{"브라우저가 보는 카카오 인증 서버의 주소입니다.",
			"Kakao's authorization server as the browser sees it."},
		field: func(s *Settings) any { return &s.Kakao.AuthURL },
	},
	{
		Name: "KAKAO_AUTH_SERVER_URL", Flag: "kakao-auth-server-url", Key: "kakao.auth_server_url", Default: "KAKAO_AUTH_URL", Group: GroupEmulator, Example: "http://emulator:5001",
		Help: Text{"이 서버가 보는 카카오 인증 서버의 주소입니다. 컨테이너처럼 브라우저와 다를 때만 필요합니다.",
			"The same as this server sees it, where that differs, as in containers."},
		field: func(s *Settings) any { return &s.Kakao.AuthServerURL },
	},
	{
		Name: "KAKAO_API_URL", Flag: "kakao-api-url", Key: "kakao.api_url", Default: "https://kapi.kakao.com", Group: GroupEmulator, Example: "http://localhost:5001",
		Help: Text{"카카오 API 서버의 주소입니다.",
			"Kakao's API server."},
		field: func(s *Settings) any { return &s.Kakao.APIURL },
	},
	{
		Name: "KAKAO_ISSUER", Flag: "kakao-issuer", Key: "kakao.issuer", Default: "https://kauth.kakao.com", Group: GroupEmulator, Example: "http://localhost:5001",
		Help: Text{"ID 토큰의 발급자입니다. 글자 그대로 비교합니다.",
			"The issuer that ID tokens name, compared exactly."},
		field: func(s *Settings) any { return &s.Kakao.Issuer },
	},
}
