package config

import (
	"github.com/norang-login/norang/internal/i18n"
)

var naverSettings = []Setting{
	{
		Name: "NAVER_CLIENT_ID",
		Flag: "naver-client-id", Key: "naver.client_id", Group: GroupNaver,
		Example: "jyvqXeaVOVmV",
		Help: i18n.Text{
			Ko: "네이버 애플리케이션의 Client ID입니다. [내 애플리케이션] > [개요]. 있으면 네이버 로그인을 켭니다. 네이버의 이용자 식별자는 " +
				"애플리케이션마다 다르므로 계정을 구별하는 데 쓰입니다.",
			En: "The Client ID of the application at Naver: [내 애플리케이션] > [개요]. Setting it turns Naver Login on. Naver's " +
				"user ids are per application, so it is part of every identity.",
		},
		field: func(s *Settings) any { return &s.Naver.ClientID },
	},
	{
		Name: "NAVER_CLIENT_SECRET",
		Flag: "naver-client-secret", Key: "naver.client_secret", Group: GroupNaver,
		Example: "the secret from the console",
		Help: i18n.Text{
			Ko: "Client Secret입니다. NAVER_CLIENT_ID가 있으면 반드시 필요합니다. 연결 끊기 알림도 이 값으로 서명되어 옵니다.",
			En: "The Client Secret. Required with NAVER_CLIENT_ID. Unlink notices are signed with it as well.",
		},
		secret: true,
		field:  func(s *Settings) any { return &s.Naver.ClientSecret },
	},
	{
		Name: "NAVER_PREVIOUS_SECRETS",
		Flag: "naver-previous-secrets", Key: "naver.previous_secrets", Group: GroupNaver,
		Example: "the secret before the change",
		Help: i18n.Text{
			Ko: "바꾸기 전의 Client Secret입니다. 이 값으로 서명한 연결 끊기 알림도 받습니다. 네이버는 알림을 다시 보내지 않으므로, 바꾸는 동안만 " +
				"적었다가 지우십시오.",
			En: "Client secrets before a change. Unlink notices signed with them are accepted. Naver never repeats a notice, " +
				"so keep the old secret here during the change, and remove it afterwards.",
		},
		secret: true,
		field:  func(s *Settings) any { return &s.Naver.PreviousSecrets },
	},
	{
		Name: "NAVER_REDIRECT_URI",
		Flag: "naver-redirect-uri", Key: "naver.redirect_uri", Default: "NORANG_URL + /oauth/naver/callback",
		Group:   GroupNaver,
		Example: "https://login.example.com/oauth/naver/callback",
		DefaultText: i18n.Text{
			Ko: "NORANG_URL + /oauth/naver/callback", En: "NORANG_URL + /oauth/naver/callback",
		},
		Help: i18n.Text{
			Ko: "콘솔에 등록한 네이버 로그인 Callback URL입니다. PC 웹과 Mobile 웹 두 곳에 모두 등록해야 합니다. 경로가 그대로 콜백 경로가 됩니다.",
			En: "The callback URL as registered in the console, for PC 웹 and for Mobile 웹. Its path becomes the callback route.",
		},
		field: func(s *Settings) any { return &s.Naver.RedirectURI },
	},
	{
		Name: "NORANG_PROVIDERS",
		Flag: "providers", Key: "providers", Group: GroupNaver,
		Example: "naver,kakao",
		Help: i18n.Text{
			Ko: "로그인 버튼의 순서입니다. 적지 않은 것은 뒤에 옵니다. 기본은 kakao, naver, google, apple, line입니다.",
			En: "The order of the sign-in buttons. Those left out come last. By default kakao, naver, google, apple, line.",
		},
		field: func(s *Settings) any { return &s.Providers },
	},
	{
		Name: "NORANG_FORMER_APPS",
		Flag: "former-apps", Key: "former_apps", Group: GroupNaver,
		Example: "naver:jyvqXeaVOVmV",
		Help: i18n.Text{
			Ko: "제공자의 애플리케이션을 바꾸었을 때 예전 것입니다. 제공자의 이름, 쌍점, 예전 값으로 적습니다. 데이터베이스에 다른 애플리케이션의 회원이 " +
				"있으면 시작하지 않는데, 여기 적은 것은 예외입니다. 그 회원들은 새로 가입하게 됩니다. 더 쓰지 않거나 이름을 바꾼 제공자도 적을 수 있습니다. 카카오는 KAKAO_OLD_APP_ID를 쓰십시오.",
			En: "Earlier applications at a provider after a change: the provider's name, a colon and the earlier value. The " +
				"service does not start if the database has users of an application that is neither configured nor named here; " +
				"those users sign up again. A provider that is no longer used, or has another name now, can be named too. For " +
				"Kakao use KAKAO_OLD_APP_ID.",
		},
		field: func(s *Settings) any { return &s.FormerApps },
	},
}

var naverEmulatorSettings = []Setting{
	{
		Name: "NAVER_AUTH_URL",
		Flag: "naver-auth-url", Key: "naver.auth_url", Default: "https://nid.naver.com", Group: GroupEmulator,
		Example: "http://127.0.0.1:5003",
		Help: i18n.Text{
			Ko: "브라우저가 여는 네이버 인증 서버의 주소입니다.",
			En: "The address of Naver's authorization server as the browser sees it.",
		},
		field: func(s *Settings) any { return &s.Naver.AuthURL },
	},
	{
		Name: "NAVER_AUTH_SERVER_URL",
		Flag: "naver-auth-server-url", Key: "naver.auth_server_url", Default: "NAVER_AUTH_URL", Group: GroupEmulator,
		Example:     "http://naver-emulator:5003",
		DefaultText: i18n.Text{Ko: "NAVER_AUTH_URL", En: "NAVER_AUTH_URL"},
		Help: i18n.Text{
			Ko: "이 서버가 부르는 네이버 인증 서버의 주소입니다. 컨테이너에서처럼 브라우저와 다를 때만 적습니다.",
			En: "The address of Naver's authorization server as this server sees it, if it differs, as in a container.",
		},
		field: func(s *Settings) any { return &s.Naver.AuthServerURL },
	},
	{
		Name: "NAVER_API_URL",
		Flag: "naver-api-url", Key: "naver.api_url", Default: "https://openapi.naver.com", Group: GroupEmulator,
		Example: "http://127.0.0.1:5003",
		Help: i18n.Text{
			Ko: "네이버 API 서버의 주소입니다.", En: "The address of Naver's API server.",
		},
		field: func(s *Settings) any { return &s.Naver.APIURL },
	},
}
