package app

// korean are the sentences of faults, each below the English one that is its key; it never changes. Values stand in the
// same order in both.
var korean = [][2]string{
	{
		"%v",
		"쓸 수 없는 값입니다: %v",
	},
	{
		"is missing: the address at which people reach this service, such as https://login.example.com",
		"비어 있습니다. 사람들이 접속하는 이 서비스의 주소를 적으십시오. 예: https://login.example.com",
	},
	{
		"%q must be scheme://host[:port] in lower case and nothing more",
		"%q: scheme://host[:port]만 소문자로 적어야 합니다.",
	},
	{
		"%q must be https; http is possible only on localhost",
		"%q: https여야 합니다. http는 localhost에서만 쓸 수 있습니다.",
	},
	{
		"%q is public; the development mode is only for this machine and its own network",
		"%q: 공개된 주소입니다. 개발 모드는 이 컴퓨터와 사설 네트워크에서만 쓸 수 있습니다.",
	},
	{
		"%q must be an address without query, fragment or user",
		"%q: 쿼리, #, 사용자 이름이 없는 주소여야 합니다.",
	},
	{
		"%q must begin with NORANG_URL (%s): the browser's cookies are there",
		"%q: NORANG_URL(%s)로 시작해야 합니다. 브라우저의 쿠키가 그 주소에 있습니다.",
	},
	{
		"the path %q must be plain: letters, digits, and . _ ~ - between slashes",
		"경로 %q: 영문자, 숫자, . _ ~ -만 / 사이에 쓸 수 있습니다.",
	},
	{
		"the path %q lies under NORANG_PREFIX (%s); choose another one of the two",
		"경로 %q: NORANG_PREFIX(%s) 아래에 있습니다. 둘 가운데 하나를 바꾸십시오.",
	},
	{
		"%q must be a path such as /auth, of lower-case letters, digits, - and _, and not under /oauth",
		"%q: /auth처럼 소문자, 숫자, -, _로 된 경로여야 하며 /oauth 아래일 수 없습니다.",
	},
	{
		"%q: write https://host[:port] or https://*.host, nothing wider",
		"%q: https://host[:port] 또는 https://*.host로 적고, 그보다 넓게는 적을 수 없습니다.",
	},
	{
		"%s would believe everybody; name the proxies' own networks",
		"%s: 모두를 믿게 됩니다. 프록시가 있는 네트워크만 적으십시오.",
	},
	{
		"%v is not between %d and %d whole days",
		"%v: %d일부터 %d일까지, 하루 단위로 적으십시오.",
	},
	{
		"restore needs a NORANG_WITHDRAW_GRACE in which people can come back",
		"restore를 쓰려면 되돌릴 수 있는 기간인 NORANG_WITHDRAW_GRACE가 필요합니다.",
	},
	{
		"%q is none of new, restore, blocked",
		"%q: new, restore, blocked 가운데 하나여야 합니다.",
	},
	{
		"no key in the file opens the key of %d re-join blocks; put the old key file's lines back below the new ones",
		"파일의 어느 키로도 재가입 제한 %d건의 키를 열 수 없습니다. 예전 키 파일의 줄을 새 줄 아래에 다시 넣으십시오.",
	},
	{
		"%q is none of withdraw, keep",
		"%q: withdraw, keep 가운데 하나여야 합니다.",
	},
	{
		"%q is none of off, session, offline",
		"%q: off, session, offline 가운데 하나여야 합니다.",
	},
	{
		"%q is none of declare, kakao, off",
		"%q: declare, kakao, off 가운데 하나여야 합니다.",
	},
	{
		"%q is none of refuse, allow",
		"%q: refuse, allow 가운데 하나여야 합니다.",
	},
	{
		"reads what people agreed to at Kakao, and no terms are configured: put them into NORANG_TERMS with the same tags",
		"카카오에서 동의한 약관을 읽는 설정인데 약관이 없습니다. NORANG_TERMS에 같은 태그로 적으십시오.",
	},
	{
		"PostgreSQL is for several replicas, which must share one key file: name it",
		"PostgreSQL은 여러 대가 함께 쓰므로 모두 같은 키 파일이 있어야 합니다. 그 경로를 적으십시오.",
	},
	{
		"%q is not Kakao; set NORANG_ALLOW_EMULATOR=1 if this is a development machine with an emulator",
		"%q: 카카오가 아닙니다. 에뮬레이터를 쓰는 개발 컴퓨터라면 NORANG_ALLOW_EMULATOR=1을 설정하십시오.",
	},
	{
		"%q must be an http or https address",
		"%q: http나 https 주소여야 합니다.",
	},
	{
		"works only where NORANG_URL is loopback, private, of one label, .test or .localhost: a service that the public can reach must never believe an emulator",
		"NORANG_URL이 이 컴퓨터, 사설 네트워크, 한 마디 이름, .test, .localhost일 때만 쓸 수 있습니다. 공개된 서비스가 에뮬레이터를 믿어서는 안 됩니다.",
	},
	{
		"some addresses are Kakao's and some an emulator's: set all four, or none",
		"카카오의 주소와 에뮬레이터의 주소가 섞여 있습니다. 네 개를 모두 설정하거나 모두 지우십시오.",
	},
	{
		"needs an https NORANG_URL",
		"NORANG_URL이 https여야 쓸 수 있습니다.",
	},
	{
		"%q must be a domain such as example.com, in lower case, without a dot in front",
		"%q: example.com처럼 소문자로, 앞에 점 없이 적은 도메인이어야 합니다.",
	},
	{
		"%q is no parent of %s: browsers would refuse the cookie",
		"%q: %s의 상위 도메인이 아니어서 브라우저가 쿠키를 받지 않습니다.",
	},
	{
		"is missing: the REST API key of the app ([앱] > [플랫폼 키] > [REST API 키])",
		"비어 있습니다. 앱의 REST API 키를 적으십시오([앱] > [플랫폼 키] > [REST API 키]).",
	},
	{
		"is missing: keys made since December 2025 have it switched on ([앱] > [플랫폼 키] > [REST API 키] > [클라이언트 시크릿]); NORANG_NO_CLIENT_SECRET=1 says that it is off",
		"비어 있습니다. 2025년 12월 이후에 만든 키는 켜져 있습니다([앱] > [플랫폼 키] > [REST API 키] > [클라이언트 시크릿]). 껐다면 NORANG_NO_CLIENT_SECRET=1을 설정하십시오.",
	},
	{
		"is a key of the emulator; put the app's own REST API key here",
		"에뮬레이터의 키입니다. 앱의 REST API 키를 적으십시오.",
	},
	{
		"has blanks in it; copy it again from the console",
		"빈칸이 들어 있습니다. 콘솔에서 다시 복사하십시오.",
	},
	{
		"must be the number of the app that KAKAO_APP_ID took the place of",
		"KAKAO_APP_ID로 바꾸기 전에 쓰던 앱의 ID여야 합니다.",
	},
	{
		"is missing: the number of the app ([앱] > [일반]); Kakao numbers people per app, so it is part of every account's key",
		"비어 있습니다. 앱 ID를 적으십시오([앱] > [일반]). 카카오 회원번호는 앱마다 다르므로 계정을 구별하는 데 쓰입니다.",
	},
	{
		"is missing: without it a withdrawal cannot be finished at Kakao ([앱] > [플랫폼 키] > [어드민 키]); NORANG_NO_ADMIN_KEY=1 accepts that",
		"비어 있습니다. 없으면 탈퇴한 사람의 카카오 연결을 해제할 수 없습니다([앱] > [플랫폼 키] > [어드민 키]). 그래도 좋다면 NORANG_NO_ADMIN_KEY=1을 설정하십시오.",
	},
	{
		"is the same as another key; the admin key must never be public",
		"다른 키와 같습니다. 어드민 키는 절대로 공개되어서는 안 됩니다.",
	},
	{
		"%v must be at least a minute and no longer than NORANG_SESSION_LIFE (%v)",
		"%v: 1분 이상이어야 하고 NORANG_SESSION_LIFE(%v)보다 길 수 없습니다.",
	},
	{
		"%v is more than 400 days, the longest that browsers keep a cookie",
		"%v: 400일보다 깁니다. 브라우저는 쿠키를 400일까지만 보관합니다.",
	},
	{
		"%v is no time to keep a log for; a day at least",
		"%v: 기록을 보관하는 기간은 하루 이상이어야 합니다.",
	},
	{
		"%v is no time to keep a backup for; a day at least",
		"%v: 백업을 보관하는 기간은 하루 이상이어야 합니다.",
	},
	{
		"%v is less than the year that the law asks for",
		"%v: 법에서 정한 1년보다 짧습니다.",
	},
	{
		"%q must be of the form #rrggbb",
		"%q: #rrggbb로 적어야 합니다.",
	},
	{
		"%q must be an https address or a path on this origin",
		"%q: https 주소나 이 서비스의 경로여야 합니다.",
	},
	{
		"is no address",
		"주소가 아닙니다.",
	},
	{
		"must be an https address; private ones, and http to them, need NORANG_ALLOW_PRIVATE_HOOKS=1 (%v)",
		"https 주소여야 합니다. 사설 네트워크의 주소와 그곳의 http는 NORANG_ALLOW_PRIVATE_HOOKS=1이 있어야 쓸 수 있습니다(%v).",
	},
	{
		"is missing: the app must be able to tell norang from anybody else; make one with: echo whsec_$(openssl rand -base64 32)",
		"비어 있습니다. 앱이 norang의 호출을 가려낼 수 있어야 합니다. 만드는 명령: echo whsec_$(openssl rand -base64 32)",
	},
	{
		"must be whsec_ and base64 of 24 to 64 random bytes, as made by: echo whsec_$(openssl rand -base64 32)",
		"whsec_ 뒤에 무작위 24~64바이트를 base64로 적어야 합니다. 만드는 명령: echo whsec_$(openssl rand -base64 32)",
	},
	{
		"stands beside a JoinHook: one of them decides, not both",
		"JoinHook과 함께 쓸 수 없습니다. 둘 가운데 하나만 결정할 수 있습니다.",
	},
	{
		"%v is less than an hour: Kakao's list takes a while",
		"%v: 한 시간보다 짧습니다. 카카오의 목록을 읽는 데 시간이 걸립니다.",
	},
	{
		"needs KAKAO_ADMIN_KEY: Kakao shows its list to nobody else",
		"KAKAO_ADMIN_KEY가 있어야 합니다. 카카오는 어드민 키로만 목록을 보여 줍니다.",
	},
}

// koreanFor finds the Korean sentence of an English one.
func koreanFor(english string) (string, bool) {
	for _, pair := range korean {
		if pair[0] == english {
			return pair[1], true
		}
	}
	return "", false
}
