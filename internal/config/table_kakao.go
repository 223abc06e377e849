package config

import (
	"github.com/norang-login/norang/internal/i18n"
)

var kakaoSettings = []Setting{
	{
		Name: "KAKAO_CLIENT_ID", Aliases: []string{"KAKAO_REST_API_KEY"},
		Flag: "kakao-client-id", Key: "kakao.client_id", Group: GroupKakao,
		Example: "0123456789abcdef0123456789abcdef",
		Help: i18n.Text{
			Ko: "REST API 키입니다. [앱] > [플랫폼 키] > [REST API 키]. 카카오 로그인을 쓰면 반드시 필요합니다. 카카오, 네이버 등 로그인 " +
				"하나는 설정해야 합니다.",
			En: "The REST API key: [앱] > [플랫폼 키] > [REST API 키]. Required for Kakao Login. At least one provider has to " +
				"be configured, Kakao or another.",
		},
		field: func(s *Settings) any { return &s.Kakao.ClientID },
	},
	{
		Name: "KAKAO_CLIENT_SECRET",
		Flag: "kakao-client-secret", Key: "kakao.client_secret", Group: GroupKakao,
		Example: "the code from the console",
		Help: i18n.Text{
			Ko: "클라이언트 시크릿입니다. 콘솔에서 끄지 않았다면 반드시 필요합니다. [앱] > [플랫폼 키] > [REST API 키] > [클라이언트 시크릿].",
			En: "The client secret: [앱] > [플랫폼 키] > [REST API 키] > [클라이언트 시크릿]. Required unless it is switched off " +
				"in the console.",
		},
		secret: true,
		field:  func(s *Settings) any { return &s.Kakao.ClientSecret },
	},
	{
		Name: "KAKAO_APP_ID",
		Flag: "kakao-app-id", Key: "kakao.app_id", Group: GroupKakao,
		Example: "123456",
		Help: i18n.Text{
			Ko: "앱 ID입니다. [앱] > [일반]. 카카오 회원번호는 앱마다 다르므로 계정을 구별하는 데 쓰입니다. 카카오 로그인을 쓰면 반드시 필요합니다.",
			En: "The app's number: [앱] > [일반]. Kakao numbers users per app, so it is part of every identity. " +
				"Required for Kakao Login.",
		},
		field: func(s *Settings) any { return &s.Kakao.AppID },
	},
	{
		Name: "KAKAO_OLD_APP_ID",
		Flag: "kakao-old-app-id", Key: "kakao.old_app_id", Group: GroupKakao,
		Example: "654321",
		Help: i18n.Text{
			Ko: "카카오 앱을 바꾼 동안만 씁니다. 이 앱으로 로그인해 둔 회원이 새 앱의 카카오계정을 연결할 수 있습니다. docs/app-changed.ko.md를 보십시오.",
			En: "Only while moving to a new Kakao app: users who are still signed in through this app may link " +
				"their account of the new one. See docs/app-changed.md.",
		},
		field: func(s *Settings) any { return &s.Kakao.OldAppID },
	},
	{
		Name: "KAKAO_FORMER_APP_IDS",
		Flag: "kakao-former-app-ids", Key: "kakao.former_app_ids", Group: GroupKakao,
		Example: "654321",
		Help: i18n.Text{
			Ko: "예전에 쓰던 카카오 앱의 ID들입니다. KAKAO_APP_ID, KAKAO_OLD_APP_ID와 여기에 없는 앱의 회원이 데이터베이스에 있으면 시작하지 않습니다.",
			En: "The ids of apps that were used in the past. The service does not start if the database holds users of an " +
				"app that is neither here nor in KAKAO_APP_ID or KAKAO_OLD_APP_ID: the id may be mistyped.",
		},
		field: func(s *Settings) any { return &s.Kakao.FormerAppIDs },
	},
	{
		Name: "KAKAO_ADMIN_KEY",
		Flag: "kakao-admin-key", Key: "kakao.admin_key", Group: GroupKakao,
		Example: "the admin key from the console",
		Help: i18n.Text{
			Ko: "어드민 키입니다. 첫 번째 키로 호출하고, 웹훅에서는 모든 키를 받아들입니다. 없으면 NORANG_NO_ADMIN_KEY=1이 필요합니다.",
			En: "The admin keys: the first one is used for calls, all are accepted in webhooks. To run without " +
				"one, set NORANG_NO_ADMIN_KEY=1.",
		},
		secret: true,
		field:  func(s *Settings) any { return &s.Kakao.AdminKeys },
	},
	{
		Name: "NORANG_NO_ADMIN_KEY",
		Flag: "no-admin-key", Key: "no_admin_key", Default: "0", Group: GroupKakao,
		Example: "1",
		Help: i18n.Text{
			Ko: "어드민 키 없이 실행합니다. 카카오 연결 해제는 운영자가 직접 마쳐야 합니다.",
			En: "Run without an admin key. The operator then has to unlink users at Kakao by hand.",
		},
		field: func(s *Settings) any { return &s.NoAdminKey },
	},
	{
		Name: "NORANG_NO_CLIENT_SECRET",
		Flag: "no-client-secret", Key: "no_client_secret", Default: "0", Group: GroupKakao,
		Example: "1",
		Help: i18n.Text{
			Ko: "콘솔에서 클라이언트 시크릿을 껐다고 알립니다. 2025년 12월 이후에 만든 키는 켜져 있습니다.",
			En: "Confirms that the client secret is switched off in the console. Keys created since December 2025 " +
				"have it switched on.",
		},
		field: func(s *Settings) any { return &s.NoClientSecret },
	},
	{
		Name: "KAKAO_REDIRECT_URI",
		Flag: "kakao-redirect-uri", Key: "kakao.redirect_uri", Default: "NORANG_URL + /oauth/kakao/callback",
		Group:   GroupKakao,
		Example: "https://login.example.com/oauth/kakao/callback",
		Help: i18n.Text{
			Ko: "콘솔에 등록한 리다이렉트 URI입니다. 이 주소의 경로가 그대로 콜백 경로가 됩니다.",
			En: "The redirect URI as registered in the console. Its path is the callback route.",
		},
		field: func(s *Settings) any { return &s.Kakao.RedirectURI },
	},
	{
		Name: "KAKAO_SIGNOUT_REDIRECT_URI",
		Flag: "kakao-signout-redirect-uri", Key: "kakao.signout_redirect_uri",
		Default: "NORANG_URL + /oauth/kakao/signout/callback", Group: GroupKakao,
		Example: "https://login.example.com/oauth/kakao/signout/callback",
		Help: i18n.Text{
			Ko: "콘솔에 등록한 로그아웃 리다이렉트 URI입니다.",
			En: "The logout redirect URI as registered in the console.",
		},
		field: func(s *Settings) any { return &s.Kakao.SignoutRedirectURI },
	},
	{
		Name: "KAKAO_NATIVE_APP_KEY",
		Flag: "kakao-native-app-key", Key: "kakao.native_app_key", Group: GroupKakao,
		Example: "fedcba9876543210fedcba9876543210",
		Help: i18n.Text{
			Ko: "네이티브 앱 키입니다. 이 키로 발급된 ID 토큰도 받아들입니다.",
			En: "Native app keys. ID tokens issued for them are accepted too.",
		},
		field: func(s *Settings) any { return &s.Kakao.NativeAppKeys },
	},
	{
		Name: "KAKAO_JAVASCRIPT_KEY",
		Flag: "kakao-javascript-key", Key: "kakao.javascript_key", Group: GroupKakao,
		Example: "00112233445566778899aabbccddeeff",
		Help: i18n.Text{
			Ko: "JavaScript 키입니다. 이 키로 발급된 ID 토큰도 받아들입니다.",
			En: "JavaScript keys. ID tokens issued for them are accepted too.",
		},
		field: func(s *Settings) any { return &s.Kakao.JavaScriptKeys },
	},
	{
		Name: "KAKAO_SCOPES",
		Flag: "kakao-scopes", Key: "kakao.scopes", Group: GroupKakao,
		Example: "account_email,birthyear",
		Help: i18n.Text{
			Ko: "로그인 주소의 scope=로 추가 동의를 요청할 수 있는 동의항목입니다. 기본은 없습니다.",
			En: "Consent items that scope= of the sign-in URL may request. Default: none.",
		},
		field: func(s *Settings) any { return &s.Kakao.Scopes },
	},
	{
		Name: "KAKAO_SYNC",
		Flag: "kakao-sync", Key: "kakao.sync", Default: "0", Group: GroupKakao,
		Example: "1",
		Help: i18n.Text{
			Ko: "카카오싱크를 씁니다. 카카오에서 동의한 서비스 약관을 로그인할 때마다 읽어 기록하고, 가입할 때 다시 묻지 않습니다. NORANG_TERMS의 tag가 콘솔의 약관 태그와 " +
				"같아야 합니다.",
			En: "Use Kakao Sync: the service terms that a user agreed to at Kakao are read and recorded at each " +
				"sign-in and not asked again. The tags in NORANG_TERMS must be those of the console.",
		},
		field: func(s *Settings) any { return &s.Kakao.Sync },
	},
}

var emulatorSettings = []Setting{
	{
		Name: "NORANG_ALLOW_EMULATOR",
		Flag: "allow-emulator", Key: "allow_emulator", Default: "0", Group: GroupEmulator,
		Example: "1",
		Help: i18n.Text{
			Ko: "제공자의 주소가 아닌 주소(에뮬레이터)를 허용합니다. NORANG_URL이 이 컴퓨터나 사설 네트워크의 주소일 때만 쓸 수 있습니다.",
			En: "Permit addresses other than the providers' (an emulator). Works only if NORANG_URL is on this " +
				"machine or a private network.",
		},
		field: func(s *Settings) any { return &s.AllowEmulator },
	},
	{
		Name: "KAKAO_AUTH_URL",
		Flag: "kakao-auth-url", Key: "kakao.auth_url", Default: "https://kauth.kakao.com", Group: GroupEmulator,
		Example: "http://localhost:5001",
		Help: i18n.Text{
			Ko: "브라우저가 보는 카카오 인증 서버의 주소입니다.",
			En: "The address of Kakao's authorization server as the browser sees it.",
		},
		field: func(s *Settings) any { return &s.Kakao.AuthURL },
	},
	{
		Name: "KAKAO_AUTH_SERVER_URL",
		Flag: "kakao-auth-server-url", Key: "kakao.auth_server_url", Default: "KAKAO_AUTH_URL", Group: GroupEmulator,
		Example: "http://emulator:5001",
		Help: i18n.Text{
			Ko: "이 서버가 보는 카카오 인증 서버의 주소입니다. 컨테이너처럼 브라우저와 다를 때만 필요합니다.",
			En: "The address of Kakao's authorization server as this server sees it, if it differs, as in " +
				"containers.",
		},
		field: func(s *Settings) any { return &s.Kakao.AuthServerURL },
	},
	{
		Name: "KAKAO_API_URL",
		Flag: "kakao-api-url", Key: "kakao.api_url", Default: "https://kapi.kakao.com", Group: GroupEmulator,
		Example: "http://localhost:5001",
		Help: i18n.Text{
			Ko: "카카오 API 서버의 주소입니다.",
			En: "The address of Kakao's API server.",
		},
		field: func(s *Settings) any { return &s.Kakao.APIURL },
	},
	{
		Name: "KAKAO_ISSUER",
		Flag: "kakao-issuer", Key: "kakao.issuer", Default: "https://kauth.kakao.com", Group: GroupEmulator,
		Example: "http://localhost:5001",
		Help: i18n.Text{
			Ko: "ID 토큰의 발급자입니다. 글자 그대로 비교합니다.",
			En: "The issuer in ID tokens, compared exactly.",
		},
		field: func(s *Settings) any { return &s.Kakao.Issuer },
	},
}
