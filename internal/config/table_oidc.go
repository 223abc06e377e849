package config

import (
	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/i18n"
)

// oidcSetting is a row of every OpenID Connect provider. {name} in its texts is replaced by the provider's name.
type oidcSetting struct {
	Setting // Name and Key without what they begin with
	member  string
	of      func(*norang.OIDC) any
}

var oidcSettings = []oidcSetting{
	{
		Setting: Setting{
			Name: "ISSUER", Key: "issuer", Example: "https://id.example.com/realms/staff",
			Help: i18n.Text{
				Ko: "제공자의 issuer입니다. discovery 문서에 적힌 그대로 적습니다(끝의 빗금까지). 있으면 이 제공자의 로그인을 켭니다. " +
					"NAME이 제공자의 이름이며, 이름은 얼마든지 둘 수 있습니다. " +
					"OIDC_MY_IDP_ISSUER의 이름은 my-idp입니다. 파일에서는 [oidc.my-idp]입니다. " +
					"이름은 주소(/oauth/{provider})와 회원의 신원에 들어가므로 나중에 바꾸지 마십시오.",
				En: "The issuer, exactly as the provider's discovery document writes it, including a trailing slash. Setting it " +
					"turns the sign-in on. NAME is the provider's name, and there may be any number of them: the name in " +
					"OIDC_MY_IDP_ISSUER is my-idp, and [oidc.my-idp] in the file. It is part of the routes (/oauth/{provider}) " +
					"and of every identity, so do not change it later.",
			},
		},
		member: "Issuer",
		of:     func(o *norang.OIDC) any { return &o.Issuer },
	},
	{
		Setting: Setting{
			Name: "CLIENT_ID", Key: "client_id", Example: "login",
			Help: i18n.Text{
				Ko: "제공자에 등록한 클라이언트의 ID입니다. OIDC_NAME_ISSUER가 있으면 반드시 필요합니다.",
				En: "The ID of the client that is registered at the provider. Required with OIDC_NAME_ISSUER.",
			},
		},
		member: "ClientID",
		of:     func(o *norang.OIDC) any { return &o.ClientID },
	},
	{
		Setting: Setting{
			Name: "CLIENT_SECRET", Key: "client_secret", Example: "the secret from the provider", secret: true,
			Help: i18n.Text{
				Ko: "클라이언트의 비밀번호입니다. 공개 클라이언트에는 없습니다.",
				En: "The client secret; a public client has none.",
			},
		},
		member: "ClientSecret",
		of:     func(o *norang.OIDC) any { return &o.ClientSecret },
	},
	{
		Setting: Setting{
			Name: "LABEL", Key: "label", Default: "the name", Example: "Keycloak",
			DefaultText: i18n.Text{Ko: "이름", En: "the name"},
			Help: i18n.Text{
				Ko: "회원에게 보이는 제공자의 이름입니다.", En: "The provider's name as users see it.",
			},
		},
		member: "Label",
		of:     func(o *norang.OIDC) any { return &o.Label },
	},
	{
		Setting: Setting{
			Name: "SCOPES", Key: "scopes", Default: "profile,email", Example: "profile,email,offline_access",
			Help: i18n.Text{
				Ko: "openid 말고 요청하는 scope입니다. offline_access가 있으면 refresh token을 받습니다.",
				En: "The scopes that are requested besides openid. offline_access gives a refresh token.",
			},
		},
		member: "Scopes",
		of:     func(o *norang.OIDC) any { return &o.Scopes },
	},
	{
		Setting: Setting{
			Name: "REDIRECT_URI", Key: "redirect_uri", Default: "NORANG_URL + /oauth/{name}/callback",
			Example: "https://login.example.com/oauth/{name}/callback",
			DefaultText: i18n.Text{
				Ko: "NORANG_URL + /oauth/{name}/callback", En: "NORANG_URL + /oauth/{name}/callback",
			},
			Help: i18n.Text{
				Ko: "제공자에 등록한 리디렉션 URI입니다. 경로가 그대로 콜백 경로가 됩니다.",
				En: "The redirect URI as registered at the provider. Its path becomes the callback route.",
			},
		},
		member: "RedirectURI",
		of:     func(o *norang.OIDC) any { return &o.RedirectURI },
	},
	{
		Setting: Setting{
			Name: "SIGNOUT_REDIRECT_URI", Key: "signout_redirect_uri",
			Default: "NORANG_URL + /oauth/{name}/signout/callback",
			Example: "https://login.example.com/oauth/{name}/signout/callback",
			DefaultText: i18n.Text{
				Ko: "NORANG_URL + /oauth/{name}/signout/callback", En: "NORANG_URL + /oauth/{name}/signout/callback",
			},
			Help: i18n.Text{
				Ko: "제공자에 등록한 로그아웃 리디렉션 URI입니다(post-logout redirect URI).",
				En: "The post-logout redirect URI as registered at the provider.",
			},
		},
		member: "SignoutRedirectURI",
		of:     func(o *norang.OIDC) any { return &o.SignoutRedirectURI },
	},
	{
		Setting: Setting{
			Name: "CLIENT_AUTH", Key: "client_auth", Example: "client_secret_post",
			Default:     "what the discovery document offers",
			DefaultText: i18n.Text{Ko: "discovery 문서가 받는다고 하는 것", En: "what the discovery document offers"},
			Help: i18n.Text{
				Ko: "토큰과 취소(revocation) 엔드포인트에서 클라이언트를 증명하는 방식입니다. client_secret_basic, client_secret_post, none " +
					"가운데 하나입니다.",
				En: "How the client authenticates at the token and revocation endpoints: client_secret_basic, " +
					"client_secret_post or none.",
			},
		},
		member: "ClientAuth",
		of:     func(o *norang.OIDC) any { return &o.ClientAuth },
	},
	{
		Setting: Setting{
			Name: "ALGORITHMS", Key: "algorithms", Default: "RS256", Example: "RS256,ES256",
			Help: i18n.Text{
				Ko: "ID 토큰의 서명 알고리즘입니다. RS256, ES256, 둘 다, 또는 HS256 하나입니다.",
				En: "The signature algorithms of ID tokens: RS256, ES256 or both, or HS256 alone.",
			},
		},
		member: "Algorithms",
		of:     func(o *norang.OIDC) any { return &o.Algorithms },
	},
	{
		Setting: Setting{
			Name: "TENANTS", Key: "tenants", Example: "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
			Help: i18n.Text{
				Ko: "Entra에서 받아들일 테넌트의 ID입니다. 여러 테넌트를 받는 issuer에는 반드시 필요합니다.",
				En: "The ids of the accepted tenants of Entra; required with an issuer for several tenants.",
			},
		},
		member: "Tenants",
		of:     func(o *norang.OIDC) any { return &o.Tenants },
	},
	{
		Setting: Setting{
			Name: "AUDIENCES", Key: "audiences", Example: "login-android,login-ios",
			Help: i18n.Text{
				Ko: "앱의 클라이언트 ID입니다. 이 앱들이 받은 ID 토큰으로도 로그인할 수 있습니다.",
				En: "The client IDs of apps, whose ID tokens are accepted for a sign-in.",
			},
		},
		member: "Audiences",
		of:     func(o *norang.OIDC) any { return &o.Audiences },
	},
	{
		Setting: Setting{
			Name: "PAIRWISE", Key: "pairwise", Default: "0", Example: "1",
			Help: i18n.Text{
				Ko: "제공자의 사용자 ID가 클라이언트마다 다릅니다. 그러면 클라이언트 ID가 신원에 들어갑니다. Entra에서는 늘 켜집니다. 첫 회원이 가입하기 전에 정하십시오.",
				En: "The provider's user IDs differ by client; the client ID is then part of every identity. Always on for " +
					"Entra. Set it before the first user joins.",
			},
		},
		member: "Pairwise",
		of:     func(o *norang.OIDC) any { return &o.Pairwise },
	},
	{
		Setting: Setting{
			Name: "FORM_POST", Key: "form_post", Default: "0", Example: "1",
			Help: i18n.Text{
				Ko: "콜백을 POST로 받습니다(response_mode=form_post).",
				En: "Ask for callbacks by POST (response_mode=form_post).",
			},
		},
		member: "FormPost",
		of:     func(o *norang.OIDC) any { return &o.FormPost },
	},
	{
		Setting: Setting{
			Name: "TEXT_BOOLEANS", Key: "text_booleans", Default: "0", Example: "1",
			Help: i18n.Text{
				Ko: `email_verified가 글자 "true"여도 받습니다(Cognito).`,
				En: `Accept the text "true" as email_verified (Cognito).`,
			},
		},
		member: "TextBooleans",
		of:     func(o *norang.OIDC) any { return &o.TextBooleans },
	},
	{
		Setting: Setting{
			Name: "SECRET_EXPIRES", Key: "secret_expires", Example: "2028-11-30",
			Help: i18n.Text{
				Ko: "클라이언트 비밀번호가 끝나는 날입니다. norang doctor가 30일 전부터 알립니다.",
				En: "The day on which the client secret ends; norang doctor warns from 30 days before.",
			},
		},
		member: "SecretExpires",
		of:     func(o *norang.OIDC) any { return &o.SecretExpires },
	},
	{
		Setting: Setting{
			Name: "SERVER_URL", Key: "server_url", Example: "http://oidc-emulator:5007",
			Default:     "the origin of the issuer",
			DefaultText: i18n.Text{Ko: "issuer의 출처", En: "the origin of the issuer"},
			Help: i18n.Text{
				Ko: "이 서버가 에뮬레이터에 닿는 주소입니다. NORANG_ALLOW_EMULATOR가 필요합니다.",
				En: "The address at which this server reaches an emulator. Requires NORANG_ALLOW_EMULATOR.",
			},
		},
		member: "ServerURL",
		of:     func(o *norang.OIDC) any { return &o.ServerURL },
	},
}
