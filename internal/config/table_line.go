package config

import (
	"github.com/norang-login/norang/internal/i18n"
)

var lineSettings = []Setting{
	{
		Name: "LINE_CHANNEL_ID",
		Flag: "line-channel-id", Key: "line.channel_id", Group: GroupLINE,
		Example: "2001234567",
		Help: i18n.Text{
			Ko: "LINE Login 채널의 Channel ID입니다. [Basic settings]. 있으면 LINE 로그인을 켭니다.",
			En: "The Channel ID of the LINE Login channel: Basic settings. Setting it turns LINE Login on.",
		},
		field: func(s *Settings) any { return &s.LINE.ChannelID },
	},
	{
		Name: "LINE_CHANNEL_SECRET",
		Flag: "line-channel-secret", Key: "line.channel_secret", Group: GroupLINE,
		Example: "the secret from the console",
		Help: i18n.Text{
			Ko: "Channel secret입니다. LINE_CHANNEL_ID가 있으면 반드시 필요합니다. 웹 로그인의 ID 토큰도 이 값으로 서명되어 옵니다.",
			En: "The Channel secret. Required with LINE_CHANNEL_ID. ID tokens of web sign-ins are signed with it as well.",
		},
		secret: true,
		field:  func(s *Settings) any { return &s.LINE.ChannelSecret },
	},
	{
		Name: "LINE_PREVIOUS_SECRETS",
		Flag: "line-previous-secrets", Key: "line.previous_secrets", Group: GroupLINE,
		Example: "the secret before the change",
		Help: i18n.Text{
			Ko: "바꾸기 전의 Channel secret입니다. 이 값으로 서명한 ID 토큰도 받습니다. 바꾸는 동안만 적었다가 지우십시오.",
			En: "Channel secrets before a change. ID tokens signed with them are accepted. Keep the old secret here during " +
				"the change, and remove it afterwards.",
		},
		secret: true,
		field:  func(s *Settings) any { return &s.LINE.PreviousSecrets },
	},
	{
		Name: "LINE_PROVIDER_ID",
		Flag: "line-provider-id", Key: "line.provider_id", Group: GroupLINE,
		Example: "1001234567",
		Help: i18n.Text{
			Ko: "채널이 속한 프로바이더의 번호입니다. LINE Developers Console에서 프로바이더를 열었을 때 주소에 있습니다(/console/provider/숫자). LINE의 이용자 " +
				"식별자는 프로바이더마다 다르므로 계정을 구별하는 데 쓰입니다. LINE_CHANNEL_ID가 있으면 반드시 필요합니다.",
			En: "The number of the provider that the channel belongs to: it is in the address of the provider's page in LINE " +
				"Developers Console (/console/provider/NUMBER). LINE's user ids are per provider, so it is part of every " +
				"identity. Required with LINE_CHANNEL_ID.",
		},
		field: func(s *Settings) any { return &s.LINE.ProviderID },
	},
	{
		Name: "LINE_SCOPES",
		Flag: "line-scopes", Key: "line.scopes", Default: "profile", Group: GroupLINE,
		Example: "profile,email",
		Help: i18n.Text{
			Ko: "로그인할 때 요청하는 scope입니다. profile은 이름과 사진이고, email에는 콘솔에서 따로 신청한 권한이 필요합니다. openid는 늘 요청합니다. 회원이 " +
				"거절한 것은 나중에 다시 물을 수 있습니다.",
			En: "The scopes that a sign-in asks for: profile is name and picture, email needs a permission that is applied " +
				"for in the console. openid is always asked for. What the user refuses can be asked for again.",
		},
		field: func(s *Settings) any { return &s.LINE.Scopes },
	},
	{
		Name: "LINE_REDIRECT_URI",
		Flag: "line-redirect-uri", Key: "line.redirect_uri", Default: "NORANG_URL + /oauth/line/callback",
		Group:   GroupLINE,
		Example: "https://login.example.com/oauth/line/callback",
		DefaultText: i18n.Text{
			Ko: "NORANG_URL + /oauth/line/callback", En: "NORANG_URL + /oauth/line/callback",
		},
		Help: i18n.Text{
			Ko: "채널의 [LINE Login]에 등록한 Callback URL입니다. 경로가 그대로 콜백 경로가 됩니다.",
			En: "The callback URL as registered in the channel's LINE Login tab. Its path becomes the callback route.",
		},
		field: func(s *Settings) any { return &s.LINE.RedirectURI },
	},
}

var lineEmulatorSettings = []Setting{
	{
		Name: "LINE_AUTH_URL",
		Flag: "line-auth-url", Key: "line.auth_url", Default: "https://access.line.me", Group: GroupEmulator,
		Example: "http://127.0.0.1:5006",
		Help: i18n.Text{
			Ko: "브라우저가 여는 LINE 로그인의 주소이자 ID 토큰의 발행자입니다.",
			En: "The address of LINE's login pages as the browser sees it, and the issuer of ID tokens.",
		},
		field: func(s *Settings) any { return &s.LINE.AuthURL },
	},
	{
		Name: "LINE_API_URL",
		Flag: "line-api-url", Key: "line.api_url", Default: "https://api.line.me", Group: GroupEmulator,
		Example: "http://127.0.0.1:5006",
		Help: i18n.Text{
			Ko: "LINE API 서버의 주소입니다.", En: "The address of LINE's API server.",
		},
		field: func(s *Settings) any { return &s.LINE.APIURL },
	},
}
