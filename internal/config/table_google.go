package config

import (
	"github.com/norang-login/norang/internal/i18n"
)

var googleSettings = []Setting{
	{
		Name: "GOOGLE_CLIENT_ID",
		Flag: "google-client-id", Key: "google.client_id", Group: GroupGoogle,
		Example: "1234567890-abcdef.apps.googleusercontent.com",
		Help: i18n.Text{
			Ko: "Google의 웹 애플리케이션 클라이언트 ID입니다. [Google 인증 플랫폼] > [클라이언트]. 있으면 Google 로그인을 켭니다.",
			En: "The client ID of type Web application: [Google Auth Platform] > [Clients]. Setting it turns the sign-in with " +
				"Google on.",
		},
		field: func(s *Settings) any { return &s.Google.ClientID },
	},
	{
		Name: "GOOGLE_CLIENT_SECRET",
		Flag: "google-client-secret", Key: "google.client_secret", Group: GroupGoogle,
		Example: "the secret from the console",
		Help: i18n.Text{
			Ko: "클라이언트 보안 비밀번호입니다. GOOGLE_CLIENT_ID가 있으면 반드시 필요합니다. 콘솔은 만들 때 한 번만 보여 줍니다.",
			En: "The client secret. Required with GOOGLE_CLIENT_ID. The console shows it only once.",
		},
		secret: true,
		field:  func(s *Settings) any { return &s.Google.ClientSecret },
	},
	{
		Name: "GOOGLE_REDIRECT_URI",
		Flag: "google-redirect-uri", Key: "google.redirect_uri", Default: "NORANG_URL + /oauth/google/callback",
		Group:   GroupGoogle,
		Example: "https://login.example.com/oauth/google/callback",
		DefaultText: i18n.Text{
			Ko: "NORANG_URL + /oauth/google/callback", En: "NORANG_URL + /oauth/google/callback",
		},
		Help: i18n.Text{
			Ko: "콘솔의 [승인된 리디렉션 URI]에 등록한 주소입니다. 글자까지 같아야 합니다. 경로가 그대로 콜백 경로가 됩니다.",
			En: "The authorized redirect URI as registered in the console, to the letter. Its path becomes the callback route.",
		},
		field: func(s *Settings) any { return &s.Google.RedirectURI },
	},
	{
		Name: "GOOGLE_NATIVE_CLIENT_IDS",
		Flag: "google-native-client-ids", Key: "google.native_client_ids", Group: GroupGoogle,
		Example: "1234567890-android.apps.googleusercontent.com",
		Help: i18n.Text{
			Ko: "같은 프로젝트의 Android와 iOS 클라이언트 ID입니다. 이 앱들의 Google SDK가 준 ID 토큰을 받습니다.",
			En: "The Android and iOS client IDs of the same project. ID tokens that Google's SDK gave to these apps are " +
				"accepted.",
		},
		field: func(s *Settings) any { return &s.Google.NativeClientIDs },
	},
	{
		Name: "GOOGLE_HOSTED_DOMAINS",
		Flag: "google-hosted-domains", Key: "google.hosted_domains", Group: GroupGoogle,
		Example: "example.com",
		Help: i18n.Text{
			Ko: "로그인할 수 있는 Google Workspace 도메인입니다. 없으면 모든 Google 계정이 로그인합니다. 이메일 주소가 아니라 Google이 확인한 " +
				"조직(hd)으로 판단합니다.",
			En: "The Google Workspace domains whose accounts may sign in; by default every Google Account. What counts is the " +
				"organization that Google confirms (hd), not the e-mail address.",
		},
		field: func(s *Settings) any { return &s.Google.HostedDomains },
	},
}

var googleEmulatorSettings = []Setting{
	{
		Name: "GOOGLE_AUTH_URL",
		Flag: "google-auth-url", Key: "google.auth_url", Default: "https://accounts.google.com", Group: GroupEmulator,
		Example: "http://127.0.0.1:5004",
		Help: i18n.Text{
			Ko: "브라우저가 여는 Google 로그인의 주소이며 ID 토큰의 발급자입니다.",
			En: "The address of Google's sign-in as the browser sees it, and the issuer of ID tokens.",
		},
		field: func(s *Settings) any { return &s.Google.AuthURL },
	},
	{
		Name: "GOOGLE_API_URL",
		Flag: "google-api-url", Key: "google.api_url", Default: "https://oauth2.googleapis.com", Group: GroupEmulator,
		Example: "http://127.0.0.1:5004",
		Help: i18n.Text{
			Ko: "Google의 토큰과 키 서버의 주소입니다. 실제로는 두 호스트(oauth2.googleapis.com과 www.googleapis.com)입니다.",
			En: "The address of Google's token and key server. The real ones are oauth2.googleapis.com and www.googleapis.com.",
		},
		field: func(s *Settings) any { return &s.Google.APIURL },
	},
}
