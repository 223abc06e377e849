package config

import (
	"slices"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/i18n"
)

// table is every setting. Flags, the file, help, docs/settings.md and redaction derive from it: a new setting is a
// row here and a field of its owner's Config. It never changes.
var table = slices.Concat(
	serviceSettings, kakaoSettings, naverSettings, lineSettings, googleSettings, appleSettings, browserSettings,
	limitSettings, joinSettings, retentionSettings, appSettings, brandSettings, emulatorSettings, naverEmulatorSettings,
	lineEmulatorSettings, appleEmulatorSettings, googleEmulatorSettings,
)

var serviceSettings = []Setting{
	{
		Name: "NORANG_URL",
		Flag: "url", Key: "url", Group: GroupService,
		Example: "https://login.example.com",
		Help: i18n.Text{
			Ko: "이 서비스의 공개 주소입니다. 다른 주소는 모두 여기에서 정해집니다. localhost가 아니면 https여야 합니다. 반드시 필요합니다.",
			En: "The public URL of the service; all other URLs derive from it. Must be https except on localhost. " +
				"Required.",
		},
		field: func(s *Settings) any { return &s.URL },
	},
	{
		Name: "NORANG_LISTEN",
		Flag: "listen", Key: "listen", Default: "127.0.0.1:5000", Group: GroupService,
		Example: "0.0.0.0:8080",
		Help: i18n.Text{
			Ko: "요청을 받을 주소입니다. 같은 컴퓨터의 프록시가 유닉스 소켓으로 연결한다면 unix:/run/norang/norang.sock처럼 적으며, 권한은 0660이고 |0666처럼 덧붙여 바꿉니다. " +
				"이 값이 없고 PORT가 있으면 모든 네트워크 인터페이스의 그 포트에서 받습니다. docs/operating.ko.md를 보십시오.",
			En: "The address to listen on, or unix:/run/norang/norang.sock for a proxy on the same machine that connects over " +
				"a Unix socket; its mode is 0660, or another with |0666. If it is not set, PORT (as hosting platforms set it) " +
				"means that port on every interface. See docs/operating.md.",
		},
		field: func(s *Settings) any { return &s.Listen },
	},
	{
		Name: "NORANG_OPS_LISTEN",
		Flag: "ops-listen", Key: "ops_listen", Default: "127.0.0.1:5002", Group: GroupService,
		Example: "10.0.0.5:5002",
		Help: i18n.Text{
			Ko: "상태 확인과 지표(/healthz, /readyz, /metrics)를 제공할 주소입니다. 외부에서 닿지 않는 곳이어야 합니다.",
			En: "The address for /healthz, /readyz and /metrics. It must not be reachable from the internet.",
		},
		field: func(s *Settings) any { return &s.OpsListen },
	},
	{
		Name: "NORANG_OPS_URL",
		Flag: "ops-url", Key: "ops_url", Group: GroupService,
		Example: "https://ops.example.com",
		Help: i18n.Text{
			Ko: "운영자가 브라우저로 NORANG_OPS_LISTEN에 닿는 주소입니다. 그 아래 /admin/에 운영 콘솔이 " +
				"있습니다. docs/console.ko.md를 보십시오. 없으면 NORANG_OPS_LISTEN이 이 컴퓨터의 주소일 때만 그 주소의 http를 쓰고, 아니면 콘솔이 없습니다.",
			En: "The address at which operators reach NORANG_OPS_LISTEN with a browser; the operator's console is at /admin/ " +
				"there, see docs/console.md. If it is not set, it is http at NORANG_OPS_LISTEN if that is a loopback address, " +
				"and otherwise there is no console.",
		},
		field: func(s *Settings) any { return &s.OpsURL },
	},
	{
		Name: "NORANG_PREFIX",
		Flag: "prefix", Key: "prefix", Default: "/auth", Group: GroupService,
		Example: "/account",
		Help: i18n.Text{
			Ko: "norang의 화면과 API가 놓일 경로입니다.",
			En: "The path under which norang's pages and API are served.",
		},
		field: func(s *Settings) any { return &s.Prefix },
	},
	{
		Name: "NORANG_UPSTREAM",
		Flag: "upstream", Key: "upstream", Group: GroupService,
		Example: "http://127.0.0.1:8000",
		Help: i18n.Text{
			Ko: "norang 뒤에 있는 앱의 주소입니다. norang의 경로가 아닌 요청은 모두 로그인을 확인한 뒤 이 앱으로 보냅니다. docs/reverse-proxy.ko.md를 보십시오.",
			En: "The address of the app behind norang. Every request that is not for norang's own routes is passed to it " +
				"once the user is signed in. See docs/reverse-proxy.md.",
		},
		field: func(s *Settings) any { return &s.Upstream },
	},
	{
		Name: "NORANG_PUBLIC_PATHS",
		Flag: "public-paths", Key: "public_paths", Group: GroupService,
		Example: "/,/about,/static/*",
		Help: i18n.Text{
			Ko: "NORANG_UPSTREAM의 경로 가운데 로그인하지 않아도 되는 것입니다. /about은 그 경로 하나, /static/*은 그 아래 모두, /*은 모든 경로입니다.",
			En: "Paths of NORANG_UPSTREAM that need no sign-in: /about is that path alone, /static/* everything below it, " +
				"/* every path.",
		},
		field: func(s *Settings) any { return &s.PublicPaths },
	},
	{
		Name: "NORANG_APP",
		Flag: "app", Key: "app", Default: "0", Group: GroupService,
		Example: "1",
		Help: i18n.Text{
			Ko: "앱이 같은 주소에 있습니다(nginx, Caddy, Traefik의 forward auth). /와 /login은 앱의 것이 되고, 로그아웃이나 " +
				"취소의 알림은 norang의 화면에서 보여 줍니다.",
			En: "An app has the same address, by forward auth of nginx, Caddy or Traefik. / and /login are then the app's, " +
				"and messages about a sign-out or a cancelled sign-in are shown on norang's own pages.",
		},
		field: func(s *Settings) any { return &s.Mounted },
	},
	{
		Name: "NORANG_DATABASE", Aliases: []string{"DATABASE_URL"},
		Flag: "database", Key: "database", Default: "norang.db", Group: GroupService,
		Example: "/var/lib/norang/norang.db",
		Help: i18n.Text{
			Ko: "SQLite 파일의 경로, 또는 postgres://사용자:비밀번호@호스트:5432/데이터베이스?sslmode=verify-full처럼 적는 PostgreSQL 주소입니다. " +
				"PostgreSQL에서는 norang 스키마를 만들 권한이 필요하고, 복제본마다 같은 NORANG_KEYS 파일을 먼저 두어야 하며, 세션 풀러만 쓸 수 있습니다. " +
				"docs/postgresql.ko.md를 보십시오.",
			En: "The path of the SQLite file, or the URL of a PostgreSQL database: " +
				"postgres://user:password@host:5432/database?sslmode=verify-full. On PostgreSQL the user needs the right " +
				"to create the schema norang, every replica needs the same NORANG_KEYS file, and a pooler has to be in " +
				"session mode. See docs/postgresql.md.",
		},
		field: func(s *Settings) any { return &s.Database },
	},
	{
		Name: "NORANG_KEYS",
		Flag: "keys", Key: "keys", Default: "norang.keys, next to the database", Group: GroupService,
		Example:     "/var/lib/norang/norang.keys",
		DefaultText: i18n.Text{Ko: "데이터베이스와 같은 곳의 norang.keys", En: "norang.keys, next to the database"},
		Help: i18n.Text{
			Ko: "암호화와 서명에 쓰는 키 파일의 경로입니다. 없으면 처음 시작할 때 권한 0600으로 만듭니다. 사본을 안전한 곳에 보관하십시오.",
			En: "The path of the file with the sealing and signing keys. With SQLite it is created with mode 0600 " +
				"at the first start. Keep a copy in a safe place.",
		},
		field: func(s *Settings) any { return &s.Keys },
	},
	{
		Name: keysTextSetting,
		Flag: "keys-text", Key: "keys_text", Group: GroupService, secret: true,
		Example: "seal 2026-11-30T12:00:00Z …",
		Help: i18n.Text{
			Ko: "NORANG_KEYS 파일의 내용입니다. PostgreSQL에서 비밀 저장소의 값으로 키를 줄 때 파일 대신 씁니다. docs/postgresql.ko.md를 보십시오.",
			En: "The content of the NORANG_KEYS file, to take the keys from a secret store instead of a file. Only with " +
				"PostgreSQL. See docs/postgresql.md.",
		},
		field: func(s *Settings) any { return &s.KeysText },
	},
	{
		Name: "NORANG_NEW_DATABASE",
		Flag: "new-database", Key: "new_database", Default: "0", Group: GroupService,
		Example: "1",
		Help: i18n.Text{
			Ko: "키 파일은 있는데 SQLite 데이터베이스가 없거나 빈 파일이면 norang은 시작하지 않습니다. 1이면 새로 만듭니다. 새로 만들면 모두 새 회원이 됩니다. 만든 뒤에는 지우십시오.",
			En: "Create the SQLite database, or fill an empty file, although the key file exists. Without it norang does " +
				"not start then, because a lost database would make every user a new user. Remove it afterwards.",
		},
		field: func(s *Settings) any { return &s.NewDatabase },
	},
	{
		Name: "NORANG_TRUSTED_PROXIES",
		Flag: "trusted-proxies", Key: "trusted_proxies", Group: GroupService,
		Example: "10.0.0.0/8,192.168.1.4",
		Help: i18n.Text{
			Ko: "X-Forwarded-* 헤더를 믿을 프록시의 네트워크입니다. unix는 유닉스 소켓으로 연결하는 프록시입니다. 기본은 아무것도 믿지 않습니다.",
			En: "Networks of the proxies whose X-Forwarded-* headers are trusted; unix means those that connect over a Unix " +
				"socket. Default: none.",
		},
		field: func(s *Settings) any { return &s.TrustedProxies },
	},
	{
		Name: "NORANG_LOG_LEVEL",
		Flag: "log-level", Key: "log.level", Default: "info", Group: GroupService,
		Example: "warn",
		Help: i18n.Text{
			Ko: "로그에 남길 가장 낮은 수준입니다. debug, info, warn, error 가운데 하나입니다.",
			En: "The lowest level that is logged: debug, info, warn or error.",
		},
		field: func(s *Settings) any { return &s.LogLevel },
	},
	{
		Name: "NORANG_ACCESS_LOG",
		Flag: "access-log", Key: "log.access", Default: "0", Group: GroupService,
		Example: "1",
		Help: i18n.Text{
			Ko: "모든 응답을 한 줄씩 남깁니다. 경로의 이름, 상태, 걸린 시간, 요청 번호, trace_id와 믿는 프록시의 X-Request-Id뿐이며, IP 주소와 쿼리와 회원은 남기지 않습니다. " +
				"누구든 줄을 얼마든지 만들 수 있으므로 로그의 크기를 제한하십시오.",
			En: "Log each response in one line: the route, status, duration, request id, trace id and the X-Request-Id of a " +
				"trusted proxy; neither address nor query nor user. Strangers can cause any number of lines, so bound the " +
				"log's size.",
		},
		field: func(s *Settings) any { return &s.AccessLog },
	},
}

var browserSettings = []Setting{
	{
		Name: "NORANG_ORIGINS",
		Flag: "origins", Key: "origins", Group: GroupBrowser,
		Example: "https://www.example.com,https://*.shop.example.com",
		Help: i18n.Text{
			Ko: "같은 서비스의 다른 출처입니다. 로그인한 뒤 돌아갈 수 있습니다. https://host[:port] 또는 https://*.host로 적습니다. * 없이 적은 출처의 " +
				"스크립트는 세션을 읽고 접근 토큰을 받고 로그아웃할 수도 있습니다.",
			En: "Other origins of the same service to which a sign-in may return: https://host[:port] or " +
				"https://*.host. Scripts of an origin without * may also read the session, fetch access tokens and " +
				"sign out.",
		},
		field: func(s *Settings) any { return &s.Origins },
	},
	{
		Name: "NORANG_APP_LINKS",
		Flag: "app-links", Key: "app_links", Group: GroupBrowser,
		Example: "https://app.example.com/signed-in,com.example.app:/signed-in",
		Help: i18n.Text{
			Ko: "시스템 브라우저로 로그인한 뒤 앱으로 돌아가는 주소입니다. 앱 링크(https), 도메인을 거꾸로 적은 앱 스킴, 컴퓨터용 프로그램의 " +
				"http://127.0.0.1/경로(포트는 자유)를 쓸 수 있습니다. docs/mobile.ko.md를 보십시오.",
			En: "Addresses by which a sign-in in the system browser returns to an app: an app link (https), a scheme that is " +
				"a domain name in reverse, or http://127.0.0.1/path on any port for a desktop program. See docs/mobile.md.",
		},
		field: func(s *Settings) any { return &s.AppLinks },
	},
	{
		Name: "NORANG_COOKIE_DOMAIN",
		Flag: "cookie-domain", Key: "cookie_domain", Group: GroupBrowser,
		Example: "example.com",
		Help: i18n.Text{
			Ko: "하위 도메인과 세션을 함께 쓸 도메인입니다. 쿠키의 __Host- 보호가 사라지므로 꼭 필요할 때만 쓰십시오. " +
				"새로 적거나 지우면 회원이 다시 로그인해야 하고 예전 세션은 기한까지 남습니다. norang session revoke --everybody로 끝낼 수 있습니다.",
			En: "The domain whose subdomains share the session. The cookie then loses its __Host- protection, so " +
				"set it only if you need it. After it is set or removed, users have to sign in again, and their former sessions " +
				"live on until they expire; norang session revoke --everybody ends them.",
		},
		field: func(s *Settings) any { return &s.CookieDomain },
	},
	{
		Name: "NORANG_SESSION_IDLE",
		Flag: "session-idle", Key: "session.idle", Default: "14d", Group: GroupBrowser,
		Example: "7d",
		Help: i18n.Text{
			Ko: "쓰지 않는 세션이 끝나기까지의 기간입니다.",
			En: "How long an unused session lives.",
		},
		field: func(s *Settings) any { return &s.SessionIdle },
	},
	{
		Name: "NORANG_SESSION_LIFE",
		Flag: "session-life", Key: "session.life", Default: "90d", Group: GroupBrowser,
		Example: "30d",
		Help: i18n.Text{
			Ko: "계속 쓰더라도 세션이 끝나는 기간입니다. 400일을 넘을 수 없습니다.",
			En: "How long a session lives even if it is used, at most 400 days.",
		},
		field: func(s *Settings) any { return &s.SessionLife },
	},
	{
		Name: "NORANG_SESSION_CACHE",
		Flag: "session-cache", Key: "session.cache", Default: "100000", Group: GroupBrowser,
		Example: "500000",
		Help: i18n.Text{
			Ko: "메모리에 둘 세션의 수입니다. 세션 하나는 1.5kB까지 차지합니다. -1이면 메모리에 두지 않습니다.",
			En: "The number of sessions kept in memory, at up to 1.5 kB each; -1 for none.",
		},
		field:    func(s *Settings) any { return &s.SessionCache },
		zeroable: true,
	},
}

var limitSettings = []Setting{
	{
		Name: "NORANG_MAX_LOGINS",
		Flag: "max-logins", Key: "limit.logins", Default: "256", Group: GroupLimits,
		Example: "512",
		Help: i18n.Text{
			Ko: "제공자에서 돌아온 로그인을 한꺼번에 몇 개까지 처리할지 정합니다. 네 배까지 기다릴 수 있고, 그보다 많으면 503으로 답합니다.",
			En: "How many callbacks from providers are processed at once. Four times as many may wait; further ones " +
				"are answered with 503.",
		},
		field: func(s *Settings) any { return &s.MaxLogins },
	},
	limitRow("starts", "600/1200", func(l *norang.Limits) *norang.Rate { return &l.Starts }, i18n.Text{
		Ko: "한 주소에서 로그인을 시작하는 한도입니다. 주소는 IPv4 주소 하나나 IPv6 /64이며, 프록시 뒤라면 NORANG_TRUSTED_PROXIES가 있어야 방문자를 구별합니다.",
		En: "Sign-ins that one address may start. An address is an IPv4 address or an IPv6 /64. Behind a proxy, " +
			"NORANG_TRUSTED_PROXIES is needed to tell visitors apart.",
	}),
	limitRow("callbacks", "60/120", func(l *norang.Limits) *norang.Rate { return &l.Callbacks }, i18n.Text{
		Ko: "제공자에서 돌아오는 로그인의 한도입니다. 이 서비스에서 시작한 브라우저는 로그인마다 따로 세고, 나머지는 주소로 셉니다.",
		En: "Callbacks from providers. In the browser that started the sign-in they are counted for each sign-in, " +
			"otherwise for the address.",
	}),
	limitRow("changes", "300/600", func(l *norang.Limits) *norang.Rate { return &l.Changes }, i18n.Text{
		Ko: "한 주소에서 가입하거나 자기 정보를 바꾸는 한도입니다.",
		En: "Joins and profile changes from one address.",
	}),
	limitRow("signouts", "300/600", func(l *norang.Limits) *norang.Rate { return &l.Signouts }, i18n.Text{
		Ko: "한 주소에서 로그아웃하는 한도입니다.",
		En: "Sign-outs from one address.",
	}),
	limitRow("hooks", "600/600", func(l *norang.Limits) *norang.Rate { return &l.Hooks }, i18n.Text{
		Ko: "한 주소에서 오는 제공자 웹훅의 한도입니다.",
		En: "Webhooks of providers from one address.",
	}),
	limitRow("tokens", "600/600", func(l *norang.Limits) *norang.Rate { return &l.Tokens }, i18n.Text{
		Ko: "한 주소에서 API용 접근 토큰을 받는 한도입니다.",
		En: "Access tokens for APIs issued to one address.",
	}),
	limitRow("natives", "600/1200", func(l *norang.Limits) *norang.Rate { return &l.Natives }, i18n.Text{
		Ko: "한 주소에서 소셜 로그인 SDK로 로그인하는 한도입니다. 로그인 한 번이 요청 두 개입니다.",
		En: "Sign-ins by a provider's SDK from one address, two requests each.",
	}),
	limitRow("servers", "6000", func(l *norang.Limits) *norang.Rate { return &l.Servers }, i18n.Text{
		Ko: "한 주소에서 서버 API를 부르는 한도입니다. API 키마다 같은 한도를 따로 셉니다.",
		En: "Calls of the server API from one address, and with one API key.",
	}),
	limitRow("unknown", "3000", func(l *norang.Limits) *norang.Rate { return &l.Unknown }, i18n.Text{
		Ko: "한 주소에서 오는, 없는 세션의 한도입니다. 넘으면 메모리에 있는 세션만 받아들입니다.",
		En: "Unknown sessions from one address. Above it only sessions in memory are accepted.",
	}),
	limitRow("everybody", "60000", func(l *norang.Limits) *norang.Rate { return &l.Everybody }, i18n.Text{
		Ko: "모든 주소를 합한 한도이며, 위의 한도마다 따로 셉니다. 한 대가 멈추기 전에 덜어 내는 것이므로 평소보다 훨씬 높아야 합니다.",
		En: "All addresses together, counted for each limit above separately. It sheds load before the machine " +
			"stalls, so it must be far above normal use.",
	}),
}

var brandSettings = []Setting{
	{
		Name: "NORANG_BRAND_NAME",
		Flag: "brand-name", Key: "brand.name", Default: "the host of NORANG_URL", Group: GroupBrand,
		Example:     "우리 가게",
		DefaultText: i18n.Text{Ko: "NORANG_URL의 호스트", En: "the host of NORANG_URL"},
		Help: i18n.Text{
			Ko: "화면에 보일 서비스 이름입니다.",
			En: "The service's name on the pages.",
		},
		field: func(s *Settings) any { return &s.Brand.Name },
	},
	{
		Name: "NORANG_BRAND_LOGO",
		Flag: "brand-logo", Key: "brand.logo", Group: GroupBrand,
		Example: "https://example.com/logo.svg",
		Help: i18n.Text{
			Ko: "로고의 https 주소 또는 이 서비스의 경로입니다.",
			En: "The logo: an https URL, or a path on this origin.",
		},
		field: func(s *Settings) any { return &s.Brand.Logo },
	},
	{
		Name: "NORANG_BRAND_COLOR",
		Flag: "brand-color", Key: "brand.color", Group: GroupBrand,
		Example: "#1f6feb",
		Help: i18n.Text{
			Ko: "강조 색입니다. #rrggbb로 적습니다.",
			En: "The accent colour, #rrggbb.",
		},
		field: func(s *Settings) any { return &s.Brand.Color },
	},
	{
		Name: "NORANG_SUPPORT_URL",
		Flag: "support-url", Key: "brand.support_url", Group: GroupBrand,
		Example: "mailto:help@example.com",
		Help: i18n.Text{
			Ko: "문의하기 링크입니다. https 주소, 이 서비스의 경로, mailto: 가운데 하나입니다.",
			En: "The contact link: an https URL, a path on this origin, or mailto:.",
		},
		field: func(s *Settings) any { return &s.Brand.SupportURL },
	},
	{
		Name: "NORANG_PRIVACY_URL",
		Flag: "privacy-url", Key: "brand.privacy_url", Group: GroupBrand,
		Example: "https://example.com/privacy",
		Help: i18n.Text{
			Ko: "개인정보 처리방침의 주소입니다.",
			En: "The URL of the privacy policy.",
		},
		field: func(s *Settings) any { return &s.Brand.PrivacyURL },
	},
	{
		Name: "NORANG_PICTURES",
		Flag: "pictures", Key: "pictures", Default: "0", Group: GroupBrand,
		Example: "1",
		Help: i18n.Text{
			Ko: "프로필 사진을 제공자의 서버에서 바로 보여 줍니다. 끄면 이름의 첫 글자를 그립니다.",
			En: "Show profile pictures from the providers' servers. If off, the initial of the name is drawn.",
		},
		field: func(s *Settings) any { return &s.Pictures },
	},
	{
		Name: "NORANG_TEMPLATES",
		Flag: "templates", Key: "templates", Group: GroupBrand,
		Example: "/etc/norang/templates",
		Help: i18n.Text{
			Ko: "화면 템플릿을 파일 이름별로 바꿀 디렉터리입니다. docs/own-pages.ko.md를 보십시오.",
			En: "A directory whose files replace page templates of the same name. See docs/own-pages.md.",
		},
		field: func(s *Settings) any { return &s.TemplatesDir },
	},
}
