package errcode

import shared "github.com/norang-login/norang/internal/errcode"

var (
	menuClients = Text{
		Ko: "Google Cloud 콘솔 > Google 인증 플랫폼 > 클라이언트",
		En: "Google Cloud console > Google Auth Platform > Clients",
	}
	menuAudience = Text{
		Ko: "Google Cloud 콘솔 > Google 인증 플랫폼 > 대상",
		En: "Google Cloud console > Google Auth Platform > Audience",
	}
	menuData = Text{
		Ko: "Google Cloud 콘솔 > Google 인증 플랫폼 > 데이터 액세스", En: "Google Cloud console > Google Auth Platform > Data access",
	}

	stays = Text{
		Ko: "이 오류는 Google의 페이지에 나오고, 서비스로 돌아오지 않습니다.",
		En: "Google shows this on a page of its own and does not return to the service.",
	}
	silentUnconfirmed = Text{
		Ko: "prompt=none에서 어느 코드가 오는지는 Google 문서에 없습니다.",
		En: "Which code Google sends for prompt=none is not documented.",
	}
)

var table = shared.Table{
	{
		Code: "access_denied", Places: []Place{Callback, Page}, Status: 403, Owner: User, Retry: OfferButton,
		Menu: menuAudience,
		Cause: Text{
			Ko: "사용자가 취소했습니다. Google의 페이지에 403으로 나왔다면 게시 상태가 [테스트]인데 테스트 사용자가 아니라는 뜻입니다.",
			En: "The user cancelled. As a 403 on a page of Google's: the app is in testing, and the account is not a test user.",
		},
		Remedy: Text{
			Ko: "로그인 버튼을 다시 보여 주십시오. 테스트 중이라면 [테스트 사용자]에 계정을 더하거나 [앱 게시]를 누르십시오.",
			En: "Show the sign-in button again. In testing, add the account under Test users, or publish the app.",
		},
	},
	{
		Code: "redirect_uri_mismatch", Places: []Place{Page, Token}, Status: 400, Owner: Operator, Retry: Never,
		Menu: menuClients,
		Cause: Text{
			Ko: "redirect_uri가 등록한 주소와 글자까지 같지 않습니다. 대소문자와 끝의 빗금도 구별합니다.",
			En: "redirect_uri does not equal a registered one, including case and a trailing slash.",
		},
		Remedy: Text{
			Ko: "[승인된 리디렉션 URI]에 GOOGLE_REDIRECT_URI의 값을 그대로 붙여 넣으십시오. 바꾼 것이 쓰이기까지 몇 분에서 몇 시간이 걸립니다.",
			En: "Paste the value of GOOGLE_REDIRECT_URI under Authorized redirect URIs. A change takes minutes to hours.",
		},
	},
	{
		Code: "invalid_client", Places: []Place{Page, Token}, Status: 401, Owner: Operator, Retry: Never,
		Menu: menuClients,
		Cause: Text{
			Ko: "클라이언트 ID가 없거나 클라이언트 보안 비밀번호가 다릅니다.",
			En: "The client ID does not exist, or the client secret is wrong.",
		},
		Remedy: Text{
			Ko: "클라이언트 ID를 다시 복사하십시오. 보안 비밀번호는 만들 때 한 번만 보이므로, 잃었으면 하나를 더 만들고 예전 것을 지우십시오.",
			En: "Copy the client ID again. A secret is shown only once: if it is lost, add a second one and delete the first.",
		},
	},
	{
		Code: "deleted_client", Places: []Place{Page, Token}, Status: 401, Owner: Operator, Retry: Never, Menu: menuClients,
		Cause: Text{
			Ko: "클라이언트가 지워졌습니다. 여섯 달 동안 쓰지 않은 클라이언트는 Google이 지웁니다.",
			En: "The client was deleted. Google deletes clients that were not used for six months.",
		},
		Remedy: Text{
			Ko: "지운 지 30일이 지나지 않았으면 콘솔에서 되살리고, 지났으면 새로 만드십시오. 회원의 식별자(sub)는 그대로입니다.",
			En: "Restore it in the console within 30 days, or create another one. The users' ids (sub) stay the same.",
		},
	},
	{
		Code: "disallowed_useragent", Places: []Place{Page}, Status: 403, Owner: User, Retry: Never,
		Cause: Text{
			Ko: "앱 안에 든 브라우저(카카오톡, 네이버, LINE, 인스타그램 등의 웹뷰)입니다. Google은 여기에서 로그인을 받지 않습니다.",
			En: "The browser is a web view inside an app (KakaoTalk, Naver, LINE, Instagram). Google does " +
				"not sign users in there.",
		},
		Remedy: Text{
			Ko: "페이지를 크롬이나 사파리로 여십시오. 자기 앱이라면 웹뷰 대신 시스템 브라우저나 Google SDK를 쓰십시오.",
			En: "Open the page in a browser such as Chrome or Safari. In an own app, use the system browser or Google's SDK.",
		},
		Unconfirmed: stays,
	},
	{
		Code: "org_internal", Places: []Place{Page}, Status: 403, Owner: Operator, Retry: Never, Menu: menuAudience,
		Cause: Text{
			Ko: "사용자 유형이 [내부]여서 조직의 계정만 로그인할 수 있습니다.",
			En: "The user type is Internal: only accounts of the organization can sign in.",
		},
		Remedy: Text{
			Ko: "누구나 로그인하게 하려면 [대상]에서 [외부로 만들기]를 고르십시오.",
			En: "To admit everyone, make the app external under Audience.",
		},
	},
	{
		Code: "admin_policy_enforced", Places: []Place{Page, Token}, Status: 400, Owner: User, Retry: Never,
		Cause: Text{
			Ko: "회사나 학교의 Google Workspace 관리자가 이 앱을 막았습니다.",
			En: "The administrator of the user's Google Workspace blocks this app.",
		},
		Remedy: Text{
			Ko: "관리자에게 허용해 달라고 하거나 다른 계정으로 로그인하십시오.",
			En: "Ask the administrator to permit it, or use another account.",
		},
	},
	{
		Code: "origin_mismatch", Places: []Place{Page}, Status: 400, Owner: Operator, Retry: Never, Menu: menuClients,
		Cause: Text{
			Ko: "브라우저의 SDK를 부른 페이지의 주소가 등록되지 않았습니다.",
			En: "The origin of the page that called the browser SDK is not registered.",
		},
		Remedy: Text{
			Ko: "[승인된 자바스크립트 원본]에 페이지의 주소를 적으십시오.", En: "Add it under Authorized JavaScript origins.",
		},
	},
	{
		Code: "invalid_request", Places: []Place{Callback, Page, Token, Revoke}, Status: 400, Owner: Developer, Retry: Never,
		Cause: Text{
			Ko: "파라미터가 없거나 잘못되었습니다. \"access blocked\"라면 앱이나 주소가 Google의 정책에 어긋난다는 뜻입니다.",
			En: "A parameter is missing or wrong. \"Access blocked\": the app or its address does not comply " +
				"with Google's policy.",
		},
		Remedy: Text{
			Ko: "Google의 페이지에서 [오류 세부정보]를 여십시오. 리디렉션 URI는 localhost가 아니면 https여야 하고, IP 주소는 받지 않습니다.",
			En: "Open the error details on Google's page. Redirect URIs need https unless they are " +
				"localhost, and no IP address.",
		},
	},
	{
		Code: "invalid_grant", Places: []Place{Token}, Status: 400, Owner: User, Retry: SignInAgain,
		Cause: Text{
			Ko: "코드가 이미 쓰였거나 만료되었습니다. 갱신에서는 갱신 토큰이 죽었습니다. 사용자가 연결을 끊었거나, 여섯 달 동안 쓰지 않았거나, 한 계정에 " +
				"100개가 넘어 가장 오래된 것이 죽었거나, 테스트 중인 앱의 토큰이 7일을 넘긴 때입니다.",
			En: "The code was used or has expired. At a refresh, the refresh token is dead: the user removed " +
				"the app, it was not " +
				"used for six months, it was the oldest of more than 100 for the account, or the app is in testing (7 days).",
		},
		Remedy: Text{
			Ko: "로그인을 다시 시작하게 하십시오. 갱신 토큰은 처음 동의할 때만 오므로 prompt=consent로 다시 받습니다.",
			En: "Let the user sign in again. A refresh token comes at the first consent only; prompt=consent gives another.",
		},
	},
	{
		Code: "invalid_rapt", Places: []Place{Token}, Status: 400, Owner: User, Retry: SignInAgain,
		Cause: Text{
			Ko: "invalid_grant의 error_subtype입니다. 회사나 학교의 Google Workspace가 세션 길이를 제한합니다.",
			En: "An error_subtype of invalid_grant: the user's Google Workspace limits the length of sessions.",
		},
		Remedy: Text{Ko: "로그인을 다시 시작하게 하십시오.", En: "Let the user sign in again."},
	},
	{
		Code: "invalid_token", Places: []Place{Revoke}, Status: 400, Owner: User, Retry: Never,
		Cause: Text{
			Ko: "토큰이 이미 만료되었거나 폐기되었습니다.", En: "The token has expired or was revoked before.",
		},
		Remedy: Text{
			Ko: "할 일이 없습니다. 폐기는 끝난 것으로 봅니다.", En: "Nothing. The revocation counts as done.",
		},
		Unconfirmed: Text{
			Ko: "폐기의 오류 코드는 문서가 아니라 여러 프로젝트의 보고에 있습니다.",
			En: "Errors of the revocation endpoint are reported by projects, not documented.",
		},
	},
	{
		Code: "unauthorized_client", Places: []Place{Callback, Token}, Status: 401, Owner: Operator, Retry: Never,
		Menu: menuClients,
		Cause: Text{
			Ko: "이 유형의 클라이언트로는 할 수 없는 요청이거나, 다른 클라이언트의 토큰입니다.",
			En: "A client of this type may not make the request, or the token belongs to another client.",
		},
		Remedy: Text{
			Ko: "[웹 애플리케이션] 유형의 클라이언트를 쓰십시오.", En: "Use a client of type Web application.",
		},
	},
	{
		Code: "unsupported_response_type", Places: []Place{Callback, Page}, Owner: Developer, Retry: Never,
		Cause:  Text{Ko: "response_type이 잘못되었습니다.", En: "response_type is not valid."},
		Remedy: Text{Ko: "response_type=code로 보내십시오.", En: "Send response_type=code."},
	},
	{
		Code: "unsupported_grant_type", Places: []Place{Token}, Status: 400, Owner: Developer, Retry: Never,
		Cause: Text{Ko: "grant_type이 잘못되었습니다.", En: "grant_type is not valid."},
		Remedy: Text{
			Ko: "authorization_code나 refresh_token을 보내십시오.", En: "Send authorization_code or refresh_token.",
		},
	},
	{
		Code: "invalid_scope", Places: []Place{Callback, Page}, Status: 400, Owner: Developer, Retry: Never, Menu: menuData,
		Cause:  Text{Ko: "scope에 Google이 모르는 것이 있습니다.", En: "Google does not know one of the scopes."},
		Remedy: Text{Ko: "openid email profile만 보내십시오.", En: "Send openid email profile only."},
	},
	{
		Code: "login_required", Places: []Place{Callback}, Owner: User, Retry: OfferButton,
		Cause: Text{
			Ko: "화면 없는 로그인(prompt=none)인데 브라우저가 Google에 로그인되어 있지 않습니다.",
			En: "A sign-in without a page (prompt=none), and the browser has no session at Google.",
		},
		Remedy:      Text{Ko: "로그인 버튼을 보여 주십시오.", En: "Show the sign-in button."},
		Unconfirmed: silentUnconfirmed,
	},
	{
		Code: "consent_required", Places: []Place{Callback}, Owner: User, Retry: OfferButton,
		Cause: Text{
			Ko: "화면 없는 로그인(prompt=none)인데 사용자가 아직 동의하지 않았습니다.",
			En: "A sign-in without a page (prompt=none), and the user has not agreed yet.",
		},
		Remedy:      Text{Ko: "로그인 버튼을 보여 주십시오.", En: "Show the sign-in button."},
		Unconfirmed: silentUnconfirmed,
	},
	{
		Code: "account_selection_required", Places: []Place{Callback}, Owner: User, Retry: OfferButton,
		Cause: Text{
			Ko: "화면 없는 로그인(prompt=none)인데 브라우저에 Google 계정이 여럿입니다.",
			En: "A sign-in without a page (prompt=none), and the browser has several accounts.",
		},
		Remedy: Text{
			Ko: "로그인 버튼을 보여 주거나 login_hint를 보내십시오.", En: "Show the sign-in button, or send login_hint.",
		},
		Unconfirmed: silentUnconfirmed,
	},
	{
		Code: "interaction_required", Places: []Place{Callback}, Owner: User, Retry: OfferButton,
		Cause: Text{
			Ko: "화면 없는 로그인(prompt=none)인데 Google이 화면을 보여 주어야 합니다.",
			En: "A sign-in without a page (prompt=none), and Google would have to show one.",
		},
		Remedy:      Text{Ko: "로그인 버튼을 보여 주십시오.", En: "Show the sign-in button."},
		Unconfirmed: silentUnconfirmed,
	},
	{
		Code: "server_error", Places: []Place{Callback, Token}, Owner: Google, Retry: Later,
		Cause:  Text{Ko: "Google의 서버 오류입니다.", En: "An error of Google's server."},
		Remedy: Text{Ko: "잠시 뒤에 다시 하십시오.", En: "Try again later."},
	},
	{
		Code: "internal_failure", Places: []Place{Token}, Status: 500, Owner: Google, Retry: Later,
		Cause:       Text{Ko: "Google의 서버 오류입니다.", En: "An error of Google's server."},
		Remedy:      Text{Ko: "잠시 뒤에 다시 하십시오.", En: "Try again later."},
		Unconfirmed: Text{Ko: "문서가 아니라 보고에 있는 코드입니다.", En: "Reported, not documented."},
	},
	{
		Code: "temporarily_unavailable", Places: []Place{Callback, Token}, Status: 503, Owner: Google, Retry: Later,
		Cause:  Text{Ko: "Google이 잠시 처리하지 못합니다.", En: "Google cannot handle the request for the moment."},
		Remedy: Text{Ko: "잠시 뒤에 다시 하십시오.", En: "Try again later."},
	},
	{
		Code: "rate_limit_exceeded", Places: []Place{Token}, Status: 403, Owner: Operator, Retry: Later,
		Cause: Text{
			Ko: "짧은 시간에 요청이 너무 많습니다.", En: "Too many requests in a short time.",
		},
		Remedy: Text{Ko: "기다렸다가 다시 하십시오.", En: "Wait and try again."},
		Unconfirmed: Text{
			Ko: "로그인의 한도는 공개되어 있지 않습니다.", En: "The limits of the sign-in are not published.",
		},
	},
}
