package config

import (
	"github.com/norang-login/norang/internal/i18n"
)

var joinSettings = []Setting{
	{
		Name: "NORANG_UNLINK_POLICY",
		Flag: "unlink-policy", Key: "unlink_policy", Default: "withdraw", Group: GroupJoin,
		Example: "keep",
		Help: i18n.Text{
			Ko: "회원이 카카오 같은 제공자에서 연결을 끊었을 때: withdraw(탈퇴 처리. 다른 로그인 방법이 있으면 끊은 방법만 없앰) 또는 keep(로그아웃만).",
			En: "What happens when a user ends the link at a provider such as Kakao: withdraw closes the account, or " +
				"removes only this way to sign in if the user has another; keep only signs the user out.",
		},
		field: func(s *Settings) any { return &s.UnlinkPolicy },
	},
	{
		Name: "NORANG_RECONCILE",
		Flag: "reconcile", Key: "reconcile", Default: "never", Group: GroupJoin,
		Example: "24h",
		Help: i18n.Text{
			Ko: "카카오의 회원 목록과 얼마나 자주 맞춰 볼지 정합니다. 웹훅이 오지 않은 연결 해제를 찾아 NORANG_UNLINK_POLICY대로 처리합니다. 목록에 없는 회원이 많으면 " +
				"아무것도 하지 않고 기록에 남깁니다.",
			En: "How often to compare with Kakao's list of linked users, to find users who were unlinked without a " +
				"webhook. NORANG_UNLINK_POLICY decides what happens to them. If many users are missing from the " +
				"list, nothing is changed and a warning is logged.",
		},
		zeroable: true,
		field:    func(s *Settings) any { return &s.Reconcile },
	},
	{
		Name: "NORANG_KEEP_KAKAO_TOKENS",
		Flag: "keep-kakao-tokens", Key: "keep_kakao_tokens", Default: "off", Group: GroupJoin,
		Example: "session",
		Help: i18n.Text{
			Ko: "카카오 토큰을 암호화해 보관할지 정합니다. off: 보관하지 않음. session: 로그아웃할 때까지. offline: 회원이 없을 때도 카카오를 호출하는 서비스용으로, " +
				"연결이 끊길 때까지.",
			En: "Whether to keep Kakao's tokens, sealed. off: no. session: until the user signs out. offline: " +
				"until the link ends, for services that call Kakao while the user is away.",
		},
		field: func(s *Settings) any { return &s.KeepKakaoTokens },
	},
	{
		Name: "NORANG_AGE",
		Flag: "age", Key: "age", Default: "declare", Group: GroupJoin,
		Example: "off",
		Help: i18n.Text{
			Ko: "만 14세 이상인지 확인하는 방법입니다. declare: 가입할 때 본인이 밝힙니다. kakao: 카카오가 주는 연령대나 출생 연도로 판단하고, 판단할 수 없으면 묻습니다. " +
				"off: 묻지 않습니다.",
			En: "How to establish that a user is 14 or older. declare: the user declares it when joining. kakao: " +
				"from the age range or birth year that Kakao provides; if that does not decide, the user is asked. " +
				"off: not asked.",
		},
		field: func(s *Settings) any { return &s.Age },
	},
	{
		Name: "NORANG_UNDER_14",
		Flag: "under-14", Key: "under_14", Default: "refuse", Group: GroupJoin,
		Example: "allow",
		Help: i18n.Text{
			Ko: "만 14세 미만인 사람: refuse(가입할 수 없음) 또는 allow(가입할 수 있음). allow에서는 법정대리인의 동의를 서비스가 직접 받아야 합니다. norang은 " +
				"묻지도 기다리지도 않습니다.",
			En: "Users under 14: refuse or allow. With allow, the service itself must obtain the consent of a " +
				"legal guardian; norang does not ask for it.",
		},
		field: func(s *Settings) any { return &s.Under14 },
	},
	{
		Name: "NORANG_TERMS",
		Flag: "terms", Key: "terms", Group: GroupJoin,
		Example: `[{"tag":"service","version":"2026-01"` +
			`,"title_ko":"이용약관","title_en":"Terms"` +
			`,"url":"https://example.com/terms","required":true}]`,
		Help: i18n.Text{
			Ko: "새 회원이 동의할 약관입니다. 항목: tag, version, title_ko, title_en, url, required, marketing.",
			En: "The terms that a new user is asked to agree to. Members: tag, version, title_ko, title_en, url, " +
				"required, marketing.",
		},
		field: func(s *Settings) any { return &s.Terms },
	},
}

var retentionSettings = []Setting{
	{
		Name: "NORANG_WITHDRAW_GRACE",
		Flag: "withdraw-grace", Key: "withdraw_grace", Default: "0d", Group: GroupKeep,
		Example: "7d",
		Help: i18n.Text{
			Ko: "탈퇴한 뒤 회원 정보를 지우기까지 두는 기간(하루 단위)입니다. 0이면 바로 지웁니다. 제공자와의 연결은 norang이 해제할 수 있다면 이 기간을 기다리지 않고 탈퇴할 때 해제합니다.",
			En: "How long a user's data is kept after withdrawal, in whole days; 0 erases it at once. Links at " +
				"providers that norang can end are ended at withdrawal, not after this time.",
		},
		zeroable: true,
		field:    func(s *Settings) any { return &s.WithdrawGrace },
	},
	{
		Name: "NORANG_REJOIN",
		Flag: "rejoin", Key: "rejoin", Default: "new", Group: GroupKeep,
		Example: "restore",
		Help: i18n.Text{
			Ko: "탈퇴한 사람이 다시 로그인하면 어떻게 할지 정합니다. new는 새 회원으로 가입, restore는 NORANG_WITHDRAW_GRACE 안에 탈퇴 취소, blocked는 " +
				"NORANG_REJOIN_BLOCK 동안 재가입 제한입니다.",
			En: "What happens when a withdrawn user signs in again: new joins as a new user, restore cancels the " +
				"withdrawal within NORANG_WITHDRAW_GRACE, blocked refuses for NORANG_REJOIN_BLOCK.",
		},
		field: func(s *Settings) any { return &s.Rejoin },
	},
	{
		Name: "NORANG_REJOIN_BLOCK",
		Flag: "rejoin-block", Key: "rejoin_block", Default: "30d", Group: GroupKeep,
		Example: "90d",
		Help: i18n.Text{
			Ko: "NORANG_REJOIN=blocked일 때 탈퇴한 뒤 다시 가입할 수 없는 기간(하루 단위)입니다. 그동안 제공자의 회원번호 대신 되돌릴 수 없는 값만 보관합니다.",
			En: "With NORANG_REJOIN=blocked, how long a withdrawn user cannot join again, in whole days. During " +
				"that time an irreversible value is kept instead of the provider's user number.",
		},
		field: func(s *Settings) any { return &s.RejoinBlock },
	},
	{
		Name: "NORANG_LOG_KEEP",
		Flag: "log-keep", Key: "log_keep", Default: "92d", Group: GroupKeep,
		Example: "183d",
		Help: i18n.Text{
			Ko: "회원의 로그인 기록을 보관하는 기간입니다. 탈퇴 화면에 이 기간이 보이며, 처리방침에도 적어야 합니다.",
			En: "How long sign-in records are kept. The withdrawal page shows this period, and your privacy policy " +
				"must state it.",
		},
		field: func(s *Settings) any { return &s.LogKeep },
	},
	{
		Name: "NORANG_ACCESS_LOG_KEEP",
		Flag: "access-log-keep", Key: "access_log_keep", Default: "730d", Group: GroupKeep,
		Example: "1095d",
		Help: i18n.Text{
			Ko: "회원 정보를 다룬 사람의 접속기록을 보관하는 기간입니다. 법이 정한 최소는 1년이고, 회원이 5만 명부터는 2년입니다.",
			En: "How long access records of those who handle user data are kept. The law requires one year, and " +
				"two years from 50,000 users.",
		},
		field: func(s *Settings) any { return &s.AccessLogKeep },
	},
	{
		Name: "NORANG_BACKUP_KEEP",
		Flag: "backup-keep", Key: "backup_keep", Default: "365d", Group: GroupKeep,
		Example: "35d",
		Help: i18n.Text{
			Ko: "백업을 보관하는 기간입니다. 누가 언제 탈퇴했는지(id와 시각만) 이 기간 동안 기억해 두고, 백업을 복원할 때 다시 지웁니다.",
			En: "How long backups are kept. During that time withdrawals are remembered (id and time only), so " +
				"that restoring a backup erases those users again.",
		},
		field: func(s *Settings) any { return &s.BackupKeep },
	},
}

var appSettings = []Setting{
	{
		Name: "NORANG_JOIN_HOOK_URL",
		Flag: "join-hook-url", Key: "join.hook_url", Group: GroupApp,
		Example: "https://app.example.com/hooks/join",
		Help: i18n.Text{
			Ko: "누가 가입할 수 있는지 물어볼 앱의 주소입니다. 2초 안에 답이 없으면 가입하지 못합니다. NORANG_EVENTS_SECRET으로 서명합니다.",
			En: "The URL at which your app decides on each join. If it does not answer within 2 seconds, the user " +
				"cannot join. Signed with NORANG_EVENTS_SECRET.",
		},
		field: func(s *Settings) any { return &s.JoinHookURL },
	},
	{
		Name: "NORANG_EVENTS_URL",
		Flag: "events-url", Key: "events.url", Group: GroupApp,
		Example: "https://app.example.com/hooks/norang",
		Help: i18n.Text{
			Ko: "회원의 가입, 변경, 탈퇴, 로그아웃을 알릴 앱의 주소입니다. Standard Webhooks 형식으로 서명해 보냅니다.",
			En: "The URL of your app that receives events: users who join, change, withdraw or are signed out. " +
				"Signed as in Standard Webhooks.",
		},
		field: func(s *Settings) any { return &s.EventsURL },
	},
	{
		Name: "NORANG_EVENTS_SECRET",
		Flag: "events-secret", Key: "events.secret", Group: GroupApp,
		Example: "whsec_ and base64 of 32 random bytes",
		Help: i18n.Text{
			Ko: "앱을 부를 때 서명하는 키입니다. whsec_로 시작합니다. 바꿀 때는 새 키와 옛 키를 함께 적으면 둘 다로 서명합니다.",
			En: "The secret that signs calls to your app; it begins with whsec_. To rotate it, list the new and " +
				"the old one: both sign.",
		},
		secret: true,
		field:  func(s *Settings) any { return &s.EventsSecrets },
	},
	{
		Name: "NORANG_ALERT_URL",
		Flag: "alert-url", Key: "alert.url", Group: GroupApp,
		Example: "https://hooks.example.com/norang",
		Help: i18n.Text{
			Ko: "서비스 전체에 문제가 생기거나 끝났을 때 알릴 주소입니다. 로그인이 돌아오지 않음, 오류의 급증, 포기한 작업, 이벤트를 받지 않는 앱, " +
				"멈춘 제공자 웹훅을 알립니다. 숫자만 있고 회원은 없습니다. NORANG_EVENTS_SECRET으로 서명합니다.",
			En: "The URL that gets a message when something is wrong with the whole service, and when it is over: " +
				"sign-ins that do not return, a spike of errors, jobs given up, an app that accepts no events, a " +
				"silent provider webhook. Counts only, never a user. Signed with NORANG_EVENTS_SECRET.",
		},
		secret: true,
		field:  func(s *Settings) any { return &s.AlertURL },
	},
	{
		Name: "NORANG_AUDIENCES",
		Flag: "audiences", Key: "tokens.audiences", Group: GroupApp,
		Example: "https://api.example.com,hasura;typ=at+jwt;role=authenticated",
		Help: i18n.Text{
			Ko: "norang의 접근 토큰을 받는 API입니다. 토큰의 aud 값을 적고, 필요하면 ;typ=at+jwt, ;scope=…, ;role=…을 붙입니다. " +
				"docs/api-tokens.ko.md를 보십시오.",
			En: "The APIs that accept norang's access tokens: the value of aud, with the options ;typ=at+jwt, ;scope=… " +
				"and ;role=… where an API needs them. See docs/api-tokens.md.",
		},
		field: func(s *Settings) any { return &s.Audiences },
	},
	{
		Name: "NORANG_ASSERTION_AUDIENCE",
		Flag: "assertion-audience", Key: "tokens.assertion_audience", Group: GroupApp,
		Example: "https://www.example.com",
		Help: i18n.Text{
			Ko: "이 값을 aud로 하는 접근 토큰을 신원 헤더 X-Norang-Assertion에 담습니다. 앱이 프록시와의 사이를 믿지 않고 스스로 확인할 수 있습니다.",
			En: "Add the identity header X-Norang-Assertion, an access token with this aud, which the app can verify " +
				"instead of trusting the network between the proxy and itself.",
		},
		field: func(s *Settings) any { return &s.AssertionAudience },
	},
	{
		Name: "NORANG_ALLOW_PRIVATE_HOOKS",
		Flag: "allow-private-hooks", Key: "allow_private_hooks", Default: "0", Group: GroupApp,
		Example: "1",
		Help: i18n.Text{
			Ko: "이 컴퓨터나 사설 네트워크에 있는 앱을 부를 수 있게 합니다. 그 안에서는 http도 쓸 수 있습니다.",
			En: "Permit calls to an app on this machine or its private network, and http there.",
		},
		field: func(s *Settings) any { return &s.AllowPrivateHooks },
	},
}
