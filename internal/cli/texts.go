package cli

import "github.com/norang-login/norang/internal/i18n"

// texts are the help texts, by the keys in the grammar. The key ".more" of a command is its longer description.
var texts = with(with(privacyTexts, with(originTexts, with(userTexts, emulatorTexts))), map[string]i18n.Text{
	"norang": {
		Ko: "한국의 웹 서비스를 위한 소셜 로그인: 카카오, 네이버, Google, Apple, LINE, OpenID Connect. 처음이라면: norang dev",
		En: "Social login for Korean web services: Kakao, Naver, Google, Apple, LINE, OpenID Connect. To start: norang dev",
	},

	"cmd.dev": {Ko: "내 컴퓨터에서 서비스와 에뮬레이터를 실행합니다", En: "run the service and the emulator on your machine"},
	"cmd.dev.more": {
		Ko: "설정할 것이 없고 카카오 앱도 필요 없습니다. 서비스는 http://localhost:5000, 에뮬레이터는 http://localhost:5001에서 실행합니다.\n" +
			"다른 프로그램이 쓰는 포트라면 5050과 5051, 그다음에는 비어 있는 포트를 씁니다. 환경 변수의 설정은 쓰지 않습니다.",
		En: "No settings and no Kakao app are needed. The service runs at http://localhost:5000, the emulator at " +
			"http://localhost:5001.\n" +
			"If a port is in use, 5050 and 5051 are tried, then any free ports. Settings in the environment are ignored."},
	"cmd.serve": {Ko: "서비스를 실행합니다", En: "run the service"},
	"cmd.serve.more": {
		Ko: "설정은 플래그, 환경 변수, 파일(--config, NORANG_CONFIG, ./norang.toml), 기본값 순서로 찾습니다. 비밀 값은 환경 변수나 파일로만 줄 수 있습니다.\n" +
			"설정이 잘못되었거나 위험하면 모두 한꺼번에 알리고 시작하지 않습니다(종료 코드 2). .env 파일은 읽지 않습니다.\n" +
			"SIGTERM이나 SIGINT를 받으면 프록시가 열어 둔 연결을 3초까지 정리하고, 진행 중인 요청을 마친 뒤 20초 안에 끝냅니다. 한 번 더 받으면 바로 끝냅니다.",
		En: "Settings come from flags, the environment, a file (--config, NORANG_CONFIG, else norang.toml here) and\n" +
			"defaults, in this order. Secrets cannot be flags.\n" +
			"If settings are invalid or unsafe, it lists all errors and does not start (exit status 2). .env files are not " +
			"read.\n" +
			"On SIGTERM or SIGINT it drains the connections of a proxy for up to 3 seconds, finishes pending requests and " +
			"exits\nwithin 20 seconds; a second signal makes it exit at once."},
	"cmd.emulator": {Ko: "에뮬레이터만 실행합니다", En: "run only the emulator"},
	"cmd.emulator.more": {
		Ko: "개발과 시험을 위해 카카오를 흉내 내는 에뮬레이터입니다. 어떤 언어로 만든 서비스에서나 쓸 수 있습니다.\n" +
			"설정은 플래그, 환경 변수, 파일 순으로 우선하며 모두 docs/emulator.ko.md에 있습니다.",
		En: "A replacement for Kakao in development and tests, for services in any language. Flags override environment " +
			"variables,\nwhich override the file; docs/emulator.md lists all settings."},
	"cmd.init": {Ko: "설정 파일을 만듭니다", En: "write the settings file"},
	"cmd.init.more": {
		Ko: "norang.toml을 권한 0600으로 만들고, 제공자의 콘솔에 등록할 것을 출력하고, norang doctor로 확인합니다.\n" +
			"터미널에서는 묻고, 아니면 플래그와 환경 변수에서 찾습니다. 있는 파일은 덮어쓰지 않고 norang.toml.new와 다른 점을 보여 줍니다.\n" +
			"예: norang init --url https://login.example.com\n" +
			"카카오를 쓰지 않거나 다른 로그인도 쓰면: norang init --providers naver\n" +
			"Keycloak, Entra ID 같은 OpenID Connect 제공자: norang init --providers oidc --oidc-name keycloak",
		En: "Writes norang.toml with mode 0600, prints what to enter in the providers' consoles, and checks it " +
			"(norang doctor).\n" +
			"It asks on a terminal; otherwise it takes flags and the environment. An existing file is not overwritten: it\n" +
			"writes norang.toml.new and shows the difference.\n" +
			"Example: norang init --url https://login.example.com\n" +
			"With another provider than Kakao, or with more: norang init --providers naver\n" +
			"With Keycloak, Entra ID or another OpenID Connect provider:\n" +
			"norang init --providers oidc --oidc-name keycloak"},
	"flag.init.oidc-name": {
		Ko: "OpenID Connect 제공자의 이름입니다. --providers에서는 oidc라고 적어도 됩니다.",
		En: "The name of an OpenID Connect provider. --providers may say oidc for it.",
	},
	"flag.init.oidc-issuer": {Ko: "그 제공자의 issuer입니다(OIDC_NAME_ISSUER).", En: "Its issuer (OIDC_NAME_ISSUER)."},
	"flag.init.oidc-client-id": {
		Ko: "그 제공자에 등록한 클라이언트의 ID입니다(OIDC_NAME_CLIENT_ID).", En: "The client ID there (OIDC_NAME_CLIENT_ID).",
	},
	"flag.init.oidc-client-secret-file": {
		Ko: "그 클라이언트의 비밀번호가 있는 파일입니다(OIDC_NAME_CLIENT_SECRET_FILE). 공개 클라이언트에는 없습니다.",
		En: "The file with the client secret (OIDC_NAME_CLIENT_SECRET_FILE); a public client has none.",
	},
	"flag.init.no-doctor": {Ko: "마지막에 확인하지 않습니다.", En: "Do not check at the end."},
	"cmd.doctor":          {Ko: "설정과 설치를 확인합니다", En: "check the settings and the installation"},
	"cmd.doctor.more": {
		Ko: "회원 없이 확인합니다: 설정, 키 파일, 데이터베이스, 제공자의 앱(키, 주소, 동의항목), 시계, 공개 주소, 웹훅. 아무것도 바꾸지 않습니다.\n" +
			"예: norang doctor, norang doctor --only kakao, norang doctor --skip public --json\n" +
			"종료 코드: 0 고칠 것 없음(경고는 있을 수 있음), 1 고칠 것 있음, 2 확인하지 못함.",
		En: "Checks without a user: settings, key file, database, the apps at providers (keys, addresses, consent items),\n" +
			"clock, public address, webhooks. It changes nothing.\n" +
			"Examples: norang doctor, norang doctor --only kakao, norang doctor --skip public --json\n" +
			"Exit status: 0 no fault (there may be warnings), 1 a fault, 2 it could not run."},
	"cmd.try": {Ko: "제공자에 한 번 로그인해 봅니다", En: "sign in at a provider once, to see what it gives"},
	"cmd.try.more": {
		Ko: "주소와 QR 코드를 출력하고 로그인을 기다린 뒤, 제공자가 무엇을 주었는지 개인정보 없이 보여 줍니다. 아무것도 저장하지 않습니다.\n" +
			"돌아오는 주소가 같아야 하므로 norang serve를 멈추고 실행하십시오.\n" +
			"예: norang try, norang try --provider naver, norang try --accounts 2(두 계정을 비교합니다)",
		En: "Prints an address and its QR code, waits for a sign-in, and shows what the provider gave, without personal\n" +
			"data. It stores nothing. Stop norang serve first, because the sign-in comes back to the same address.\n" +
			"Examples: norang try, norang try --provider naver, norang try --accounts 2 (compares two accounts)"},
	"flag.try.accounts": {
		Ko: "계정 몇 개로 로그인해 비교할지 정합니다. 기본값 1.",
		En: "How many accounts sign in and are compared. Default 1.",
	},
	"flag.doctor.strict": {Ko: "경고도 고칠 것으로 칩니다(종료 코드 1).", En: "Count warnings as faults (exit status 1)."},
	"flag.doctor.only": {
		Ko: "이 확인만 합니다: kakao.redirect_uri 하나, 또는 kakao 모두. 여러 번 쓸 수 있습니다.",
		En: "Only this check, such as kakao.redirect_uri, or all of kakao. May be repeated.",
	},
	"flag.doctor.skip": {
		Ko: "이 확인을 건너뜁니다. 여러 번 쓸 수 있습니다.",
		En: "Leave this check out. May be repeated.",
	},
	"flag.doctor.report": {
		Ko: "질문에 붙일 보고서를 새 파일에 씁니다. 주소, 경로, 키, 값은 들어가지 않습니다.",
		En: "Write a report to paste into a question to a new file. It has no addresses, paths, keys and values.",
	},
	"cmd.proxy":               {Ko: "앱 앞에 있는 리버스 프록시", En: "the reverse proxy in front of the app"},
	"cmd.proxy.nginx":         {Ko: "nginx 설정을 출력합니다", En: "print the configuration of nginx"},
	"cmd.proxy.nginx-fastcgi": {Ko: "nginx 뒤의 앱이 FastCGI일 때(PHP)", En: "the same for an app behind FastCGI (PHP)"},
	"cmd.proxy.nginx-uwsgi":   {Ko: "nginx 뒤의 앱이 uwsgi일 때", En: "the same for an app behind uwsgi"},
	"cmd.proxy.caddy":         {Ko: "Caddy 설정을 출력합니다", En: "print the configuration of Caddy"},
	"cmd.proxy.traefik":       {Ko: "Traefik 설정을 출력합니다", En: "print the configuration of Traefik"},
	"cmd.proxy.test":          {Ko: "공개 주소를 밖에서 시험합니다", En: "examine the public address from outside"},
	"cmd.proxy.test.more": {
		Ko: "위조한 신원 헤더, 이상한 경로와 쿼리, 사전 요청, 업그레이드를 공개 주소로 보내고, 앱 대신 받아서 무엇이 닿았는지 보여 줍니다.\n" +
			"앱을 대신하는 곳은 이 명령이 도는 동안에만 있고, 이 명령의 요청에만 답합니다. HTTP, FastCGI, uwsgi를 알아봅니다.\n" +
			"종료 코드: 0 고칠 것 없음, 1 고칠 것 있음, 2 시험하지 못함.",
		En: "Sends forged identity headers, odd paths and queries, a preflight and upgrades through the public address,\n" +
			"takes them in place of the app, and shows what arrived. That echo exists only while the command runs, and\n" +
			"answers only its own requests. It understands HTTP, FastCGI and uwsgi.\n" +
			"Exit status: 0 no fault, 1 a fault, 2 the test could not run."},
	"arg.proxy.url": {Ko: "브라우저가 보는 주소", En: "the address as the browser sees it"},
	"flag.proxy.path": {
		Ko: "로그인 없이 앱에 닿는 경로입니다. 기본은 norang proxy의 --echo가 넣는 경로입니다.",
		En: "A path that reaches the app without a sign-in. Default: the one that --echo of norang proxy adds.",
	},
	"flag.proxy.listen": {
		Ko: "앱을 대신해 받을 주소입니다. 기본값 127.0.0.1:5003.",
		En: "Address to listen on in place of the app. Default 127.0.0.1:5003.",
	},
	"flag.proxy.app": {Ko: "앱의 주소입니다. 기본값 127.0.0.1:3000.", En: "Address of the app. Default 127.0.0.1:3000."},
	"flag.proxy.public": {
		Ko: "로그인하지 않아도 열리는 경로입니다. 기본값 /public/. 여러 번 쓸 수 있습니다.",
		En: "A path that needs no sign-in; may be repeated. Default /public/.",
	},
	"flag.proxy.echo": {
		Ko: "norang proxy test가 답할 주소입니다. 적으면 시험용 경로가 설정에 들어갑니다.",
		En: "Where norang proxy test answers: adds the path that it tests.",
	},
	"cmd.explain": {Ko: "오류 코드를 설명합니다", En: "explain an error code"},
	"cmd.explain.more": {
		Ko: "예: norang explain KOE006, norang explain -401, norang explain \"앱 관리자 설정 오류 (KOE006)\", " +
			"norang explain mobile.nonce_absent",
		En: "Examples: norang explain KOE006, norang explain -401, norang explain \"status 401: -401 (…)\", " +
			"norang explain mobile.nonce_absent"},
	"cmd.db":         {Ko: "데이터베이스", En: "the database"},
	"cmd.db.migrate": {Ko: "데이터베이스를 최신으로 만듭니다", En: "migrate the database"},
	"cmd.db.backup":  {Ko: "데이터베이스를 새 파일로 백업합니다(SQLite)", En: "back up the database to a new file (SQLite)"},
	"cmd.db.backup.more": {
		Ko: "서비스가 실행 중이어도 됩니다. 파일은 한순간의 모습이며, 소유자만 읽을 수 있습니다.",
		En: "The service may be running. The file is a snapshot that only its owner can read."},
	"cmd.db.restore": {Ko: "백업으로 데이터베이스를 바꿉니다(SQLite)", En: "replace the database with a backup (SQLite)"},
	"cmd.db.restore.more": {
		Ko: "서비스를 먼저 멈춰야 합니다. 백업한 뒤에 탈퇴한 사람은 다시 지우고, 모든 세션을 끝냅니다. 이전 데이터베이스는 이름을 바꿔 남겨 둡니다.",
		En: "Stop the service first. Users who have withdrawn since the backup are erased again, and all sessions end. " +
			"The previous\ndatabase is kept under another name."},
	"cmd.db.replay": {Ko: "이미 탈퇴한 사람을 다시 지웁니다", En: "erase withdrawn users again"},
	"cmd.db.replay.more": {
		Ko: "PostgreSQL을 백업에서 되살린 다음에 씁니다. 서비스도 시작할 때 같은 일을 합니다.",
		En: "Use this after restoring PostgreSQL from a backup. The service does the same when it starts."},
	"cmd.db.check":     {Ko: "데이터베이스가 온전한지 검사합니다(SQLite)", En: "check the integrity of the database (SQLite)"},
	"arg.db.backup":    {Ko: "만들 파일", En: "the file to create"},
	"arg.db.restore":   {Ko: "norang db backup으로 만든 파일", En: "a file created by norang db backup"},
	"cmd.keyring":      {Ko: "키 파일 (NORANG_KEYS)", En: "the key file (NORANG_KEYS)"},
	"cmd.keyring.init": {Ko: "새 키 파일을 만듭니다. 이미 있으면 건드리지 않습니다", En: "create a key file; an existing one is not changed"},
	"cmd.keyring.rotate": {
		Ko: "새 키를 맨 앞에 더합니다. 이전 키로 만든 것도 계속 열립니다",
		En: "add a new key in front; older keys can still open what they sealed",
	},
	"flag.keyring.if-missing": {
		Ko: "파일이 이미 있으면 그대로 두고 성공으로 끝냅니다. 컨테이너를 시작할 때마다 실행하는 경우를 위한 것입니다.",
		En: "Succeed without a change if the file exists, for containers that run this at every start.",
	},
	"flag.keyring.now": {
		Ko: "접근 토큰에 새 키를 24시간 기다리지 않고 바로 씁니다. 키 집합을 보관하는 API는 한동안 새 토큰을 거절합니다",
		En: "sign access tokens with the new key at once, not after 24 hours; APIs that cache the key set refuse them for " +
			"a while",
	},
	"arg.keyring":     {Ko: "키 파일의 경로", En: "path of the key file"},
	"cmd.db.status":   {Ko: "데이터베이스의 마이그레이션을 보여 줍니다", En: "show the migrations of the database"},
	"cmd.healthcheck": {Ko: "서비스가 정상으로 답하는지 확인합니다", En: "check that the service responds"},
	"cmd.healthcheck.more": {
		Ko: "curl이 없는 컨테이너를 위한 명령입니다. 주소가 없으면 같은 설정(NORANG_OPS_LISTEN)으로 실행 중인 서비스의 /healthz를 봅니다. " +
			"2xx라면 0, 아니면 1로 끝납니다.",
		En: "For containers without curl. Without a URL it asks /healthz of the service that runs with the same settings " +
			"(NORANG_OPS_LISTEN). The exit status is 0 for a 2xx response, and 1 otherwise."},
	"flag.ready": {Ko: "/healthz 대신 /readyz를 봅니다. 데이터베이스에 닿지 않으면 실패합니다.",
		En: "Ask /readyz instead of /healthz; it fails while the database cannot be reached."},
	"cmd.version": {Ko: "버전을 보여 줍니다", En: "show version, commit, Go version and platform"},

	"cmd.user":           {Ko: "회원", En: "users"},
	"cmd.user.list":      {Ko: "회원을 나열합니다. 최근에 가입한 회원부터", En: "list users, the newest first"},
	"cmd.user.show":      {Ko: "회원 한 명을 보여 줍니다", En: "show a user"},
	"cmd.session":        {Ko: "세션", En: "sessions"},
	"cmd.session.list":   {Ko: "회원 한 명의 세션을 나열합니다", En: "list a user's sessions"},
	"cmd.session.revoke": {Ko: "세션을 끝냅니다", En: "end sessions"},
	"cmd.session.revoke.more": {
		Ko: "세션 id, --all 회원, --everybody 가운데 하나를 고릅니다. 실행 중인 서비스도 1초 안에 알게 됩니다.",
		En: "Give one of: a session id, --all USER, --everybody. A running service notices within a second."},
	"arg.session": {Ko: "세션의 id", En: "id of the session"},
	"flag.all":    {Ko: "이 회원의 모든 세션입니다.", En: "All sessions of this user."},
	"flag.everybody": {Ko: "모든 회원의 모든 세션을 한꺼번에 끝냅니다. 먼저 확인을 받습니다(--yes).",
		En: "All sessions of all users, at once, after a confirmation (--yes)."},
	"cmd.key":        {Ko: "서버 API의 키", En: "keys of the server API"},
	"cmd.key.create": {Ko: "API 키를 만들어 한 번 보여 줍니다", En: "create an API key and show it once"},
	"cmd.key.create.more": {
		Ko: "키는 저장되지 않으므로 다시 볼 수 없고, 출력하지 못하면 바로 폐기됩니다. 바꿀 때는 새 키를 먼저 만들어 앱에 넣고 " +
			"예전 키를 폐기하십시오. 서버 API는 docs/server-api.ko.md에 있습니다.",
		En: "The key is not stored and cannot be shown again; if it cannot be printed, it is revoked at once. To change " +
			"it, create a new key, give it to the app, and revoke the old one. See docs/server-api.md for the server API."},
	"cmd.key.list":   {Ko: "API 키를 나열합니다", En: "list the API keys"},
	"cmd.key.revoke": {Ko: "API 키를 폐기합니다. 다음 요청부터 거절됩니다", En: "revoke an API key; its next request is refused"},
	"arg.key.name":   {Ko: "키를 알아볼 이름. 예: shop-admin", En: "name by which you know the key, such as shop-admin"},
	"arg.key":        {Ko: "키의 id", En: "id of the key"},
	"flag.scope": {Ko: "키로 할 수 있는 일입니다. 여러 번 줄 수 있습니다: read(조회), write(변경), tokens(제공자 토큰).",
		En: "What the key may do; may be repeated: read, write, tokens (provider tokens)."},
	"flag.days":       {Ko: "며칠 동안 쓸 수 있는지입니다. 1825일까지입니다.", En: "Days until the key expires, at most 1825."},
	"cmd.admin":       {Ko: "운영 콘솔에 들어갈 수 있는 회원", En: "users who may enter the operator's console"},
	"cmd.admin.grant": {Ko: "회원에게 콘솔의 역할을 줍니다", En: "give a user a role in the console"},
	"cmd.admin.grant.more": {
		Ko: "처음에는 운영자가 없습니다. 서비스에 로그인한 회원을 골라 이 명령으로 역할을 주십시오. 콘솔은 docs/console.ko.md에 있습니다.\n\n" +
			"예: norang admin grant kakao:4242 --role viewer",
		En: "A new installation has no operator: sign in to the service and give that user a role with this command. " +
			"See docs/console.md for the console.\n\nExample: norang admin grant kakao:4242 --role viewer"},
	"cmd.admin.revoke": {Ko: "역할을 거두고 콘솔의 세션을 끝냅니다", En: "take a role away and end the sessions of the console"},
	"cmd.admin.revoke.more": {
		Ko: "마지막 운영자의 역할도 거둘 수 있습니다. 콘솔에서는 그럴 수 없습니다.\n\n예: norang admin revoke ref:10482 --yes",
		En: "Takes the last operator's role too, which the console refuses.\n\nExample: norang admin revoke ref:10482 --yes"},
	"cmd.admin.list": {Ko: "역할이 있는 회원을 나열합니다", En: "list the users who hold a role"},
	"cmd.admin.list.more": {
		Ko: "예: norang admin list --json", En: "Example: norang admin list --json"},
	"cmd.admin.reset-totp": {
		Ko: "휴대전화를 잃은 운영자의 인증 앱을 지웁니다",
		En: "delete the authenticator app of an operator after the loss of the phone"},
	"cmd.admin.reset-totp.more": {
		Ko: "다음에 들어갈 때 다시 등록합니다. 본인인지 먼저 확인하십시오.\n\n예: norang admin reset-totp ref:10482 --yes",
		En: "The operator enrols again at the next entry. Verify first that the request comes from the operator.\n\n" +
			"Example: norang admin reset-totp ref:10482 --yes"},
	"flag.role": {Ko: "역할입니다: viewer(보기), operator(보기와 변경).",
		En: "The role: viewer (look), operator (look and change)."},
	"flag.yes": {Ko: "묻지 않고 실행합니다. 터미널이 아니면 반드시 필요합니다.",
		En: "Do not ask for confirmation; required without a terminal."},
	"flag.dry-run": {Ko: "무엇을 할지만 보여 주고 아무것도 바꾸지 않습니다.", En: "Show what would be done, but change nothing."},
	"cmd.user.merge": {
		Ko: "한 사람의 두 계정을 하나로 합칩니다. 되돌릴 수 없습니다. --reason이 필요합니다",
		En: "merge two accounts of the same user; this cannot be undone; needs --reason",
	},
	"cmd.user.merge.more": {
		Ko: "LOSE의 로그인 방법이 KEEP으로 옮겨지고, LOSE의 세션은 끝나고, 그 계정은 없어집니다. 동의 기록은 그대로 남습니다.\n" +
			"두 계정에 모두 ref가 있으면 합치지 않습니다. 본인은 로그인한 뒤 /auth/account/links에서 직접 합칠 수 있습니다.",
		En: "The identities of LOSE move to KEEP, the sessions of LOSE end, and the account LOSE is erased. The consent " +
			"ledger stays.\n" +
			"Two accounts that both have a ref are not merged. Signed-in users can merge accounts themselves at " +
			"/auth/account/links."},
	"arg.merge.keep": {Ko: "남는 계정", En: "the account to keep"},
	"arg.merge.lose": {Ko: "없어지는 계정", En: "the account to merge into KEEP"},
	"cmd.user.link-ticket": {
		Ko: "기존 회원에게 줄 연결 링크를 만듭니다. 10분 동안 한 번 쓸 수 있습니다",
		En: "make a link for a user of the app; it works once, for 10 minutes",
	},
	"cmd.user.link-ticket.more": {
		Ko: "여는 사람이 회원번호를 확인하고 로그인하면 그 회원번호(ref)의 계정이 됩니다. 같은 번호의 앞선 링크는 쓸 수 없게 됩니다.\n" +
			"링크를 가진 사람은 누구나 쓸 수 있으므로 본인임을 확인한 길로만 전하십시오.",
		En: "The person who opens it sees the ref and signs in; the account then belongs to that ref. An " +
			"earlier link for\n" +
			"the same ref becomes invalid. Anyone who has the link can use it: hand it over only where the user is " +
			"authenticated."},
	"arg.ref": {Ko: "서비스의 회원번호", En: "the app's own user number"},
	"cmd.user.export": {
		Ko: "회원 한 명에 대해 저장한 것을 모두 JSON으로 내보냅니다. --reason이 필요합니다",
		En: "write everything stored about a user as JSON; needs --reason",
	},
	"cmd.user.export.more": {
		Ko: "--csv는 norang import가 읽는 파일로 모든 회원을 씁니다. 탈퇴한 사람과 가입하는 중인 사람은 빠집니다.",
		En: "--csv writes all users in the form that norang import takes, without those who have withdrawn or are joining.",
	},
	"flag.export.csv": {Ko: "모든 회원을 CSV로 씁니다.", En: "Write all users as CSV."},
	"flag.export.app": {
		Ko: "제공자의 이 앱의 회원만 씁니다. 앱이 둘 이상일 때 필요합니다.",
		En: "Only users of this app at the provider; needed if there are several.",
	},
	"cmd.import": {Ko: "기존 서비스의 회원을 CSV에서 들여옵니다", En: "import the users of an existing service from a CSV file"},
	"cmd.import.more": {
		Ko: "먼저 파일을 확인하고 무엇을 할지만 보여 줍니다. --apply를 붙이면 씁니다. 설정은 norang serve와 같아야 합니다.\n" +
			"열: kakao_id(다른 제공자라면 naver_id처럼), ref, 그리고 있으면 nickname, email, email_relay, created_at, " +
			"status, terms, marketing_at. docs/moving.ko.md에 있습니다.\n" +
			"다시 실행해도 됩니다. 이미 있는 회원은 그대로이므로, 중단되었다면 다시 실행하면 이어집니다.",
		En: "First checks the file and shows what it would do; --apply writes. Needs the settings of norang serve.\n" +
			"Columns: kakao_id (or naver_id and the like), ref, and if known nickname, email, email_relay, " +
			"created_at, status, terms, marketing_at; see docs/moving.md.\n" +
			"May be repeated: users who are there are unchanged, so an interrupted import goes on when it is run again."},
	"arg.import":        {Ko: "UTF-8 CSV 파일", En: "a CSV file in UTF-8"},
	"flag.import.apply": {Ko: "확인한 다음 씁니다. --reason이 필요합니다.", En: "Write, after the check; needs --reason."},
	"flag.import.strip-prefix": {
		Ko: "회원번호 앞에서 뗄 말입니다. 예: kakao:",
		En: "Taken off the ids, such as kakao:.",
	},
	"flag.import.unchecked": {
		Ko: "이 앱의 회원번호인지 제공자에 묻지 않습니다.",
		En: "Do not ask the provider whether the ids are this app's.",
	},
	"flag.output": {
		Ko: "이 파일에 씁니다(권한 0600). 기본은 표준 출력입니다.",
		En: "Write to this file (mode 0600) instead of standard output.",
	},
	"cmd.jobs":       {Ko: "끝내지 못한 작업", En: "background jobs"},
	"cmd.jobs.list":  {Ko: "포기한 작업과 그 이유를 나열합니다", En: "list failed jobs and their errors"},
	"cmd.jobs.retry": {Ko: "포기한 작업을 다시 시도하게 합니다", En: "retry failed jobs"},
	"cmd.jobs.retry.more": {
		Ko: "먼저 원인을 고치십시오. 실행 중인 서비스가 곧 다시 시도합니다.",
		En: "Fix the cause first. The running service then retries the jobs."},
	"arg.job":           {Ko: "작업의 번호", En: "number of the job"},
	"flag.jobs.all":     {Ko: "포기한 작업 모두입니다.", En: "All failed jobs."},
	"cmd.events":        {Ko: "앱에 알리는 이벤트", En: "events for the app"},
	"cmd.events.status": {Ko: "얼마나 전달했고 무엇이 밀려 있는지 보여 줍니다", En: "show how far delivery is, and what it holds back"},
	"cmd.events.tail":   {Ko: "최근 이벤트를 나열합니다", En: "list recent events"},
	"cmd.events.tail.more": {
		Ko: "--follow는 새 이벤트를 계속 보여 주고, --forward는 새 이벤트를 그 주소로도 보냅니다. 개발 중인 앱에 쓰십시오.\n" +
			"--forward로 보낸 것은 다시 시도하지 않으며, 서비스의 전달과는 관계없습니다. NORANG_EVENTS_SECRET이 없으면 새 키를 만들어 보여 줍니다.\n" +
			"예: norang events tail --forward http://localhost:3000/hooks/norang",
		En: "--follow shows new events as they come, --forward also sends them to a URL, such as an app in development.\n" +
			"Forwarded events are not retried and do not affect the delivery by the service. Without NORANG_EVENTS_SECRET\n" +
			"a new secret is made and shown. Example: norang events tail --forward http://localhost:3000/hooks/norang",
	},
	"cmd.events.send": {Ko: "시험용 이벤트를 앱에 보냅니다", En: "send a test event to the app"},
	"cmd.events.send.more": {
		Ko: "없는 회원(00000000-0000-7000-8000-000000000000)에 관한 이벤트를 서명해 NORANG_EVENTS_URL로 한 번 보냅니다. 기록에는 남지 않습니다.\n" +
			"예: norang events send user.created",
		En: "Signs an event about a user who does not exist (00000000-0000-7000-8000-000000000000) and sends it once to\n" +
			"NORANG_EVENTS_URL. It is not stored. Example: norang events send user.created",
	},
	"cmd.events.replay": {Ko: "보관된 이벤트를 앱에 다시 보냅니다", En: "send kept events to the app again"},
	"cmd.events.replay.more": {
		Ko: "같은 webhook-id로 차례로 보내고, 앱이 받지 않으면 멈춥니다. id를 기억하는 앱은 처리한 것을 다시 처리하지 않습니다.\n" +
			"실행 중인 서비스의 전달과는 순서를 맞추지 않습니다. 예: norang events replay --since 2h --dry-run",
		En: "Sends them one after the other with the same webhook-id, and stops when the app does not accept one. An app\n" +
			"that remembers ids does not process an event twice. They are not ordered with what the running service sends.\n" +
			"Example: norang events replay --since 2h --dry-run",
	},
	"arg.events.type":   {Ko: "이벤트의 종류: user.created", En: "type of the event: user.created"},
	"arg.events.id":     {Ko: "이벤트의 id: evt_…", En: "ids of events: evt_…"},
	"flag.events.limit": {Ko: "처음에 보여 줄 이벤트의 수입니다. 500까지.", En: "Number of recent events, at most 500."},
	"flag.events.since": {
		Ko: "이 시각부터 모두 보여 줍니다: 2026-11-22, 7d, 2h.",
		En: "All events from this time on: 2026-11-22, 7d, 2h.",
	},
	"flag.events.follow":  {Ko: "새 이벤트를 계속 보여 줍니다.", En: "Show new events as they come."},
	"flag.events.forward": {Ko: "새 이벤트를 이 주소로도 보냅니다.", En: "Also send new events to this URL."},
	"flag.events.url":     {Ko: "NORANG_EVENTS_URL 대신 이 주소로 보냅니다.", En: "Send to this URL instead of NORANG_EVENTS_URL."},
	"flag.events.replay":  {Ko: "이 시각부터의 이벤트를 모두 보냅니다.", En: "Send all events from this time on."},
	"cmd.audit":           {Ko: "보안 기록과 접속기록을 봅니다", En: "show the security log and the access records"},
	"cmd.audit.more": {
		Ko: "--class member는 회원의 로그인 기록, --class access는 회원 정보를 다룬 사람의 접속기록입니다.\n" +
			"--affected-by 이름은 그 사람이 누구의 정보를 다루었는지, --review 2026-11은 그 달의 접속기록 점검표를 보여 줍니다.\n" +
			"시각: 2026-11-22(그날 전체), 2026-11-22T09:00:00+09:00, 또는 7d·24h(지금부터 그만큼 전). 기록을 본 것도 접속기록에 남습니다.",
		En: "--class member shows what users did, --class access what operators did with their data. --affected-by NAME " +
			"lists the users\n" +
			"whose data that account handled; --review 2026-11 is the monthly report on access records. Times: 2026-11-22 " +
			"(the whole day),\n" +
			"2026-11-22T09:00:00+09:00, or 7d, 24h (before now). Reading the log is recorded too."},
	"flag.audit.user": {
		Ko: "이 회원의 기록만 봅니다. id, ref, kakao:회원번호.",
		En: "Only entries about this user: id, ref or kakao:SUBJECT.",
	},
	"flag.audit.kind": {
		Ko: "이 종류만 봅니다. 점으로 끝나면 그렇게 시작하는 종류입니다: user.disabled, session.",
		En: "Only this kind, or with a dot at the end all kinds with this prefix: user.disabled, session.",
	},
	"flag.audit.class":   {Ko: "member 또는 access만 봅니다.", En: "Only this class: member or access."},
	"flag.audit.account": {Ko: "이 계정이 한 일만 봅니다.", En: "Only actions of this account."},
	"flag.audit.since":   {Ko: "이 시각 이후만 봅니다.", En: "Entries from this time on."},
	"flag.audit.until":   {Ko: "이 시각 이전만 봅니다.", En: "Entries up to this time."},
	"flag.audit.affected": {
		Ko: "이 계정이 누구의 어떤 정보를 다루었는지 나열합니다.", En: "List the users whose data this account handled, and which.",
	},
	"flag.audit.review": {
		Ko: "이 달의 접속기록 점검표입니다(한국 시각).",
		En: "The report on access records of this month, in Korean time.",
	},
	"arg.user": {
		Ko: "id, ref, 또는 제공자:회원번호. 분명하게: id:…, ref:…, 또는 norang user list에 나온 제공자:앱:회원번호",
		En: "id, ref or PROVIDER:SUBJECT; unambiguously id:…, ref:…, or PROVIDER:APP:SUBJECT as in norang user list",
	},
	"flag.as": {
		Ko: "접속기록에 남길 이름입니다. 기본은 운영체제의 계정입니다.",
		En: "Name in the access record. Default: the account of the operating system.",
	},
	"flag.reason": {Ko: "접속기록에 남길 이유입니다.", En: "Reason in the access record."},
	"flag.status": {
		Ko: "이 상태인 회원만 봅니다: pending, active, disabled, withdrawn.",
		En: "Only users of this status: pending, active, disabled, withdrawn.",
	},
	"flag.limit": {Ko: "한 페이지의 줄 수입니다. 500까지.", En: "Entries per page, at most 500."},
	"flag.after": {Ko: "다음 페이지의 시작 값입니다. 이전 출력에 있습니다.", En: "Start of the page, as the previous page shows."},
	"flag.reveal": {
		Ko: "이메일을 가리지 않습니다. 접속기록에 남습니다.",
		En: "Show e-mail addresses in full; this is noted in the access record.",
	},

	"flag.help": {Ko: "도움말을 보여 줍니다.", En: "Show help."},
	"flag.lang": {
		Ko: "언어를 고릅니다. 기본은 LC_ALL, LC_MESSAGES, LANG을 따릅니다.",
		En: "Language. Default: from LC_ALL, LC_MESSAGES, LANG.",
	},
	"flag.json": {Ko: "JSON으로 보여 줍니다.", En: "Print JSON."},
	"flag.config": {
		Ko: "설정 파일(TOML)입니다. 기본은 NORANG_CONFIG의 파일, 없으면 작업 디렉터리의 norang.toml입니다.",
		En: "Settings file (TOML). Default: that of NORANG_CONFIG, else norang.toml in the working directory.",
	},
	"flag.check": {Ko: "설정만 확인하고 끝냅니다.", En: "Only validate the settings."},
	"flag.data": {
		Ko: "데이터를 이 디렉터리에 남깁니다. 기본은 끝낼 때 지웁니다.",
		En: "Keep the data in this directory. Default: deleted on exit.",
	},
	"flag.phone": {
		Ko: "같은 네트워크의 휴대전화에서 열 수 있게 하고 QR 코드를 보여 줍니다.",
		En: "Listen on the local network and show a QR code for a phone.",
	},
	"flag.port": {
		Ko: "서비스의 포트입니다. 에뮬레이터는 그다음 포트를 씁니다. 기본값 5000.",
		En: "Port of the service; the emulator uses the next one. Default 5000.",
	},
	"flag.upstream": {
		Ko: "이 주소의 앱으로 요청을 전달합니다. 로그인한 요청만 보냅니다. 예: http://127.0.0.1:8000",
		En: "Forward requests to the app at this address; only those of signed-in users.",
	},
	"flag.public-paths": {
		Ko: "앱의 경로 가운데 로그인하지 않아도 되는 것입니다. 예: /,/about,/static/*",
		En: "Paths of the app that need no sign-in, such as /,/about,/static/*.",
	},
	"flag.audiences": {
		Ko: "norang의 접근 토큰을 받을 API입니다. 예: https://api.example.com",
		En: "APIs that accept norang's access tokens, such as https://api.example.com.",
	},
	"flag.origins": {
		Ko: "로그인한 뒤 돌아갈 수 있고 스크립트가 세션을 읽을 수 있는 출처입니다. 예: http://localhost:5173",
		En: "Origins to which a sign-in may return and whose scripts may read the session, such as http://localhost:5173.",
	},
	"flag.app-links": {
		Ko: "시스템 브라우저에서 앱으로 돌아가는 주소입니다. 예: com.example.app:/signed-in",
		En: "Addresses by which the system browser returns to an app, such as com.example.app:/signed-in.",
	},
	"flag.verbose": {Ko: "요청마다 기록을 보여 줍니다.", En: "Show a line for every request."},
	"flag.timeout": {Ko: "답을 기다릴 시간입니다. 기본값 5s.", En: "How long to wait for a response. Default 5s."},

	"arg.code": {
		Ko: "KOE006 또는 -401과 같은 코드. 다른 제공자는 이름을 먼저 씁니다: naver 024",
		En: "a code such as KOE006 or -401, or after a provider's name: naver 024",
	},
	"arg.url": {Ko: "확인할 주소. 없으면 이 설정의 서비스", En: "the URL to check; by default the service with these settings"},
})
