package config

import (
	"github.com/norang-login/norang/internal/i18n"
)

var appleSettings = []Setting{
	{
		Name: "APPLE_SERVICES_ID",
		Flag: "apple-services-id", Key: "apple.services_id", Group: GroupApple,
		Example: "com.example.login",
		Help: i18n.Text{
			Ko: "웹의 client_id인 Services ID입니다. 번들 ID가 아닙니다. 있으면 Apple 로그인을 켭니다.",
			En: "The Services ID, which is the client_id of the web and not the bundle id. Setting it turns Sign in with " +
				"Apple on.",
		},
		field: func(s *Settings) any { return &s.Apple.ServicesID },
	},
	{
		Name: "APPLE_TEAM_ID",
		Flag: "apple-team-id", Key: "apple.team_id", Group: GroupApple,
		Example: "A1B2C3D4E5",
		Help: i18n.Text{
			Ko: "팀 ID, 10글자입니다. Apple의 이용자 식별자는 팀마다 다르므로 계정을 구별하는 데 쓰입니다. APPLE_SERVICES_ID가 있으면 반드시 필요합니다.",
			En: "The Team ID, 10 characters. Apple's user ids are per team, so it is part of every identity. Required with " +
				"APPLE_SERVICES_ID.",
		},
		field: func(s *Settings) any { return &s.Apple.TeamID },
	},
	{
		Name: "APPLE_KEY_ID",
		Flag: "apple-key-id", Key: "apple.key_id", Group: GroupApple,
		Example: "F6G7H8J9K0",
		Help: i18n.Text{
			Ko: "키 ID, 10글자입니다. .p8 파일의 이름(AuthKey_….p8)에 있습니다. APPLE_SERVICES_ID가 있으면 반드시 필요합니다.",
			En: "The id of the key, 10 characters, as in the name of the .p8 file (AuthKey_….p8). Required with " +
				"APPLE_SERVICES_ID.",
		},
		field: func(s *Settings) any { return &s.Apple.KeyID },
	},
	{
		Name: "APPLE_PRIVATE_KEY",
		Flag: "apple-private-key", Key: "apple.private_key", Group: GroupApple,
		Example: "the content of AuthKey_F6G7H8J9K0.p8",
		Help: i18n.Text{
			Ko: "내려받은 .p8 파일의 내용입니다. 대개 APPLE_PRIVATE_KEY_FILE에 경로를 적습니다. 줄바꿈은 \\n으로 적어도 됩니다. 클라이언트 시크릿을 " +
				"부를 때마다 이 키로 서명하며, 시크릿은 한 시간만 유효합니다.",
			En: "The content of the .p8 file; usually its path in APPLE_PRIVATE_KEY_FILE. Line breaks may be written as " +
				"\\n. Every " +
				"call signs its own client secret with it, valid for an hour.",
		},
		secret: true,
		field:  func(s *Settings) any { return &s.Apple.PrivateKey },
	},
	{
		Name: "APPLE_BUNDLE_IDS",
		Flag: "apple-bundle-ids", Key: "apple.bundle_ids", Group: GroupApple,
		Example: "com.example.app",
		Help: i18n.Text{
			Ko: "ID 토큰을 받아들일 앱들의 번들 ID입니다. 앱에서 Apple 로그인을 쓸 때만 적습니다.",
			En: "The bundle ids of the apps whose ID tokens are accepted. Only for sign-in inside apps.",
		},
		field: func(s *Settings) any { return &s.Apple.BundleIDs },
	},
	{
		Name: "APPLE_SCOPES",
		Flag: "apple-scopes", Key: "apple.scopes", Default: "name,email", Group: GroupApple,
		Example:     "email",
		DefaultText: i18n.Text{Ko: "name,email", En: "name,email"},
		Help: i18n.Text{
			Ko: "이용자에게 요청할 항목입니다. name과 email뿐입니다. 이름은 처음 한 번만 옵니다.",
			En: "What the user is asked for: name, email or both. The name comes once, at the first sign-in.",
		},
		field: func(s *Settings) any { return &s.Apple.Scopes },
	},
	{
		Name: "APPLE_REDIRECT_URI",
		Flag: "apple-redirect-uri", Key: "apple.redirect_uri", Default: "NORANG_URL + /oauth/apple/callback",
		Group:   GroupApple,
		Example: "https://login.example.com/oauth/apple/callback",
		DefaultText: i18n.Text{
			Ko: "NORANG_URL + /oauth/apple/callback", En: "NORANG_URL + /oauth/apple/callback",
		},
		Help: i18n.Text{
			Ko: "Services ID에 등록한 Return URL입니다. https와 도메인 이름이어야 합니다. 경로가 그대로 콜백 경로가 되고, Apple은 그리로 POST합니다.",
			En: "The return URL as registered with the Services ID: https with a domain name. Its path becomes the callback " +
				"route, to which Apple POSTs.",
		},
		field: func(s *Settings) any { return &s.Apple.RedirectURI },
	},
}

var appleEmulatorSettings = []Setting{
	{
		Name: "APPLE_AUTH_URL",
		Flag: "apple-auth-url", Key: "apple.auth_url", Default: "https://appleid.apple.com", Group: GroupEmulator,
		Example: "http://127.0.0.1:5005",
		Help: i18n.Text{
			Ko: "브라우저가 여는 Apple 인증 서버의 주소입니다. 에뮬레이터는 서비스와 다른 호스트 이름으로 여십시오.",
			En: "The address of Apple's authorization server as the browser sees it. Open the emulator under another " +
				"host name " +
				"than the service.",
		},
		field: func(s *Settings) any { return &s.Apple.AuthURL },
	},
	{
		Name: "APPLE_AUTH_SERVER_URL",
		Flag: "apple-auth-server-url", Key: "apple.auth_server_url", Default: "APPLE_AUTH_URL", Group: GroupEmulator,
		Example:     "http://apple-emulator:5005",
		DefaultText: i18n.Text{Ko: "APPLE_AUTH_URL", En: "APPLE_AUTH_URL"},
		Help: i18n.Text{
			Ko: "이 서버가 부르는 Apple 인증 서버의 주소입니다. 컨테이너에서처럼 브라우저와 다를 때만 적습니다.",
			En: "The address of Apple's authorization server as this server sees it, if it differs, as in a container.",
		},
		field: func(s *Settings) any { return &s.Apple.AuthServerURL },
	},
}
