package koe

// apiCodes are JSON errors of kapi.kakao.com, in the member "code".
var apiCodes = []Entry{
	{
		Code: "-1", Places: []Place{API}, Status: 400, Owner: Kakao, Retry: Soon,
		Cause:   Text{"카카오 내부의 일시적인 오류입니다.", "A temporary error inside Kakao."},
		Remedy:  Text{"잠시 뒤 다시 시도하십시오.", "Try again shortly."},
		ForUser: userWait,
		ForDeveloper: Text{
			"이 오류로 세션을 끝내거나 토큰을 버리지 마십시오.",
			"Never end a session or drop a token because of it.",
		},
	},
	{
		Code: "-2", Places: []Place{API}, Status: 400, Owner: Developer, Retry: Never,
		Cause: Text{"파라미터가 없거나 형식이 잘못되었습니다.", "A parameter is missing or malformed."},
		Remedy: Text{
			"파라미터의 이름, 형식, 인코딩을 확인하십시오.",
			"Check the names, formats and encoding of the parameters.",
		},
		ForUser: userOperatorProblem,
		ForDeveloper: Text{
			"JSON 배열 파라미터(property_keys, scopes, target_ids)는 JSON으로 만든 다음 URL 인코딩해야 " +
				"합니다. 액세스 토큰 정보 조회에서는 토큰의 형식이 잘못된 것입니다.",
			"Array parameters (property_keys, scopes, target_ids) must be JSON, then URL-encoded. From " +
				"access_token_info the code means a malformed token.",
		},
	},
	{
		Code: "-3", Places: []Place{API}, Status: 403, Owner: Operator, Retry: Never, Menu: menuAdminKey,
		Cause: Text{
			"이 API를 쓰도록 설정하지 않았거나, 어드민 키의 사용 가능 API에 없거나, 철회할 수 없는 항목입니다.",
			"The API is not enabled, the admin key is not allowed to call it, or the consent item cannot be " +
				"revoked.",
		},
		Remedy: Text{
			"어드민 키의 사용 가능 API와 해당 기능의 설정을 확인하십시오.",
			"Check the APIs allowed for the admin key and the settings of the feature.",
		},
		ForUser: userOperatorProblem,
		ForDeveloper: Text{
			"필수 동의항목은 철회할 수 없습니다. 연결 해제로만 끝납니다.",
			"Required consent items cannot be revoked; only unlinking ends them.",
		},
	},
	{
		Code: "-4", Places: []Place{API}, Status: 403, Owner: User, Retry: Never,
		Cause: Text{
			"제재되었거나 이 동작이 제한된 카카오계정입니다.",
			"The Kakao account is blocked or restricted for this action.",
		},
		Remedy: Text{"카카오 고객센터에 문의하도록 안내하십시오.", "Refer the user to Kakao customer service."},
		ForUser: Text{
			"이 카카오계정은 지금 쓸 수 없어요. 카카오 고객센터에 문의해 주세요.",
			"This Kakao account can't be used at the moment. Please contact Kakao customer service.",
		},
		ForDeveloper: Text{"서비스에서 고칠 수 있는 것이 없습니다.", "The service cannot fix this."},
	},
	{
		Code: "-5", Places: []Place{API}, Status: 403, Owner: Operator, Retry: Never, Menu: menuBiz,
		Cause: Text{"이 API를 쓸 권한이 없습니다.", "The app has no permission for this API."},
		Remedy: Text{
			"비즈 앱으로 전환하거나 권한을 신청하십시오.",
			"Convert the app to a biz app, or apply for the permission.",
		},
		ForUser: userOperatorProblem,
		ForDeveloper: Text{
			"배송지, 친구 목록 등은 심사나 권한이 필요합니다.",
			"Shipping addresses, friends and some other APIs need a review or a permission.",
		},
	},
	{
		Code: "-6", Places: []Place{API}, Status: 403, Owner: Developer, Retry: Never,
		Cause: Text{"허용되지 않은 동작입니다.", "The action is not allowed."},
		Remedy: Text{
			"해당 API의 문서에서 조건을 확인하십시오.",
			"Check the requirements in the API's documentation.",
		},
		ForUser:      userOperatorProblem,
		ForDeveloper: Text{"응답의 msg를 확인하십시오.", "See msg in the response."},
	},
	{
		Code: "-7", Places: []Place{API}, Status: 400, Owner: Kakao, Retry: Later,
		Cause: Text{
			"카카오 서비스가 점검 중이거나 내부에 문제가 있습니다.",
			"Kakao is under maintenance or has an internal problem.",
		},
		Remedy:       Text{"나중에 다시 시도하십시오.", "Try again later."},
		ForUser:      userWait,
		ForDeveloper: Text{"카카오의 공지를 확인하십시오.", "Check Kakao's announcements."},
	},
	{
		Code: "-8", Places: []Place{API}, Status: 400, Owner: Developer, Retry: Never,
		Cause: Text{"요청 헤더가 잘못되었습니다.", "A request header is wrong."},
		Remedy: Text{
			"Authorization과 Content-Type 헤더를 확인하십시오.",
			"Check the Authorization and Content-Type headers.",
		},
		ForUser: userOperatorProblem,
		ForDeveloper: Text{
			"Bearer 또는 KakaoAK 다음에 빈칸 하나를 두고 값을 적습니다.",
			"The value of Authorization is Bearer or KakaoAK, one space, then the token or key.",
		},
	},
	{
		Code: "-9", Places: []Place{API}, Status: 400, Owner: Developer, Retry: Never,
		Cause:   Text{"종료된 API입니다.", "The API has been discontinued."},
		Remedy:  Text{"현재 버전의 API로 바꾸십시오.", "Use the current version of the API."},
		ForUser: userOperatorProblem,
		ForDeveloper: Text{
			"/v1/user/service/terms와 같은 옛 주소를 쓰고 있지 않은지 확인하십시오.",
			"Look for old paths such as /v1/user/service/terms.",
		},
	},
	{
		Code: "-10", Places: []Place{API}, Status: 400, Message: "API limit has been exceeded.", Owner: Operator,
		Retry: Later,
		Cause: Text{
			"호출 한도를 넘었습니다. 사용자 목록 조회에서는 상태 코드가 429입니다.",
			"A call limit is exceeded. The user list sends this code with status 429.",
		},
		Remedy:  Text{"호출을 줄이고, 쿼터를 확인하십시오.", "Call less often and check the quota."},
		Menu:    Text{"[앱] > [쿼터]", "[앱] > [쿼터] (app > quota)"},
		ForUser: userWait,
		ForDeveloper: Text{
			"바로 다시 시도하면 더 나빠집니다. 사용자 목록 조회는 앱마다 1분에 100번입니다.",
			"Retrying immediately makes it worse. The user list allows 100 calls per minute per app.",
		},
		Unconfirmed: Text{
			"콘솔에서 쿼터를 보는 메뉴 이름은 확인되지 않았습니다.",
			"The name of the console menu for quotas is not confirmed.",
		},
	},
	{
		Code: "-12", Places: []Place{API}, Status: 403, Owner: Operator, Retry: Never,
		Unconfirmed: Text{
			"상태 코드가 확인되지 않았습니다. SDK의 목록에만 있습니다.",
			"The status is not confirmed; the code is known only from the list in an SDK.",
		},
		Cause:   Text{"앱 또는 개발자 계정이 제재되었습니다.", "The app or the developer's account is blocked."},
		Remedy:  Text{"카카오 데브톡에 문의하십시오.", "Ask on Kakao DevTalk."},
		ForUser: userOperatorProblem,
		ForDeveloper: Text{
			"인가 코드 요청에서는 KOE125로 나타납니다.",
			"On the authorize page the same condition shows as KOE125.",
		},
	},
	{
		Code: "-101", Places: []Place{API}, Status: 400, Message: "NotRegisteredUserException", Owner: User,
		Retry: SignInAgain,
		Cause: Text{"이 앱에 연결되지 않은 사람입니다.", "The user is not linked to this app."},
		Remedy: Text{
			"다시 로그인하면 연결됩니다. 연결 해제에서는 성공으로 처리하십시오.",
			"Signing in again links the user. Treat this code from an unlink call as success.",
		},
		ForUser: Text{
			"카카오와 연결이 끊겨 있어요. 다시 로그인해 주세요.",
			"Your account is no longer connected to Kakao. Please sign in again.",
		},
		ForDeveloper: Text{
			"연결 해제 웹훅을 놓쳤을 수 있습니다. 이 사람의 세션을 끝내십시오.",
			"An unlink webhook may have been missed. Revoke the user's sessions.",
		},
	},
	{
		Code: "-102", Places: []Place{API}, Status: 400, Message: "already registered", Owner: Developer,
		Retry:  Never,
		Cause:  Text{"이미 연결된 사람입니다.", "The user is already linked."},
		Remedy: Text{"무시해도 됩니다.", "This can be ignored."},
		ForDeveloper: Text{
			"자동 연결을 쓰는 앱은 수동 연결을 부를 필요가 없습니다.",
			"An app with automatic linking never needs to link users manually.",
		},
	},
	{
		Code: "-103", Places: []Place{API}, Status: 400, Owner: User, Retry: Never,
		Cause: Text{"휴면 상태이거나 없는 카카오계정입니다.", "The Kakao account is dormant or does not exist."},
		Remedy: Text{
			"카카오계정의 휴면을 푼 다음 다시 로그인해야 합니다.",
			"The user must reactivate the Kakao account and sign in again.",
		},
		ForUser: Text{
			"이 카카오계정은 휴면 상태이거나 없는 계정이에요. 카카오에서 확인해 주세요.",
			"This Kakao account is dormant or no longer exists. Please check with Kakao.",
		},
		ForDeveloper: Text{"서비스에서 고칠 수 있는 것이 없습니다.", "The service cannot fix this."},
	},
	{
		Code: "-201", Places: []Place{API}, Status: 400, Message: "user property not found", Owner: Operator,
		Retry: Never, Menu: menuAdvanced,
		Cause: Text{"등록하지 않은 사용자 프로퍼티입니다.", "The user property is not registered."},
		Remedy: Text{
			"사용자 프로퍼티에 키를 등록하거나 요청에서 빼십시오.",
			"Register the key as a user property, or remove it from the request.",
		},
		ForUser: userOperatorProblem,
		ForDeveloper: Text{
			"property_keys의 값에 빈칸이 들어 있지 않은지 확인하십시오. 문서의 예제에는 빈칸이 있습니다.",
			"Look for spaces in property_keys; Kakao's own sample has some.",
		},
	},
	{
		Code: "-301", Places: []Place{API}, Status: 400, Owner: Operator, Retry: Never, Menu: menuKeys,
		Unconfirmed: Text{
			"상태 코드가 확인되지 않았습니다. SDK의 목록에만 있습니다.",
			"The status is not confirmed; the code is known only from the list in an SDK.",
		},
		Cause:        Text{"없는 앱입니다.", "The app does not exist."},
		Remedy:       Text{"앱 키를 확인하십시오.", "Check the app key."},
		ForUser:      userOperatorProblem,
		ForDeveloper: Text{"삭제한 앱의 키를 쓰고 있을 수 있습니다.", "The key may belong to a deleted app."},
	},
	{
		Code: "-401", Places: []Place{API}, Status: 401, Message: "this access token does not exist",
		Owner: Developer, Retry: Refresh, Menu: menuIPs,
		Cause: Text{
			"액세스 토큰이나 앱 키가 만료되었거나 올바르지 않습니다. IP 주소, 도메인, 키 해시, 번들 ID가 " +
				"등록된 것과 달라도 이 코드가 옵니다.",
			"The access token or app key is expired or invalid, or the IP address, domain, key hash or " +
				"bundle id is not registered.",
		},
		Remedy: Text{
			"토큰을 갱신하고, 안 되면 다시 로그인하게 하십시오. msg에 mismatched가 있으면 콘솔의 설정을 고치십시오.",
			"Refresh the token; if that fails, ask the user to sign in again. If msg says \"mismatched\", " +
				"correct the setting in the console.",
		},
		ForUser: userSignInAgain,
		ForDeveloper: Text{
			"msg를 보십시오. does not exist와 already expired만 토큰의 문제입니다. ip mismatched는 호출 " +
				"허용 IP 주소, no authentication key는 Authorization 헤더, already deactivated는 꺼진 키가 " +
				"원인이며 다시 로그인해도 낫지 않습니다.",
			"See msg: only \"does not exist\" and \"already expired\" are about the token. \"ip " +
				"mismatched\" points to the IP allow list, \"no authentication key\" to the Authorization " +
				"header, \"already deactivated\" to a disabled key; signing in again fixes none of those.",
		},
	},
	{
		Code: "-402", Places: []Place{API}, Status: 403, Message: "insufficient scopes.", Owner: User, Retry: Never,
		Menu: menuConsent,
		Cause: Text{
			"필요한 동의항목에 동의하지 않은 사람입니다.",
			"The user has not agreed to a consent item that the call requires.",
		},
		Remedy: Text{
			"응답의 required_scopes를 scope로 보내 추가 동의를 받으십시오.",
			"Request additional consent, with the required_scopes of the response as scope.",
		},
		ForUser: Text{
			"이 기능에 필요한 정보가 하나 더 있어요. 카카오에서 동의해 주세요.",
			"This feature needs one more permission. Please agree to it at Kakao.",
		},
		ForDeveloper: Text{
			"추가 동의를 요청할 때 scope에 openid를 넣지 않으면 ID 토큰이 오지 않습니다.",
			"Include openid in that scope, or the token response has no ID token.",
		},
	},
	{
		Code: "-405", Places: []Place{API}, Status: 403, Owner: User, Retry: Never,
		Unconfirmed: Text{
			"상태 코드가 401인지 403인지 확인되지 않았습니다.",
			"Whether the status is 401 or 403 is not confirmed.",
		},
		Cause: Text{"연령 인증이 필요합니다.", "Age verification is required."},
		Remedy: Text{
			"카카오계정에서 연령 인증을 하도록 안내하십시오.",
			"Ask the user to verify their age with Kakao.",
		},
		ForUser: Text{
			"카카오에서 연령 인증을 한 다음 다시 해 주세요.",
			"Please verify your age with Kakao and try again.",
		},
		ForDeveloper: Text{"서비스에서 고칠 수 있는 것이 없습니다.", "The service cannot fix this."},
	},
	{
		Code: "-406", Places: []Place{API}, Status: 401, Owner: User, Retry: Never,
		Cause: Text{
			"만 14세 미만이고, 앱이 14세 미만을 받지 않습니다.",
			"The user is under 14 and the app does not accept users under 14.",
		},
		Remedy:  Text{"가입할 수 없다고 안내하십시오.", "Tell the user that they cannot join."},
		ForUser: userUnderAge,
		ForDeveloper: Text{
			"인가 코드 요청에서는 access_denied와 함께 Not allowed under age 14로 옵니다.",
			"On the authorize page the same condition comes as access_denied with \"Not allowed under age 14\".",
		},
	},
	{
		Code: "-501", Places: []Place{API}, Status: 400, Owner: User, Retry: Never,
		Cause:   Text{"카카오톡을 쓰지 않는 카카오계정입니다.", "The Kakao account does not use KakaoTalk."},
		Remedy:  Text{"카카오톡에 가입한 계정이 필요합니다.", "An account that uses KakaoTalk is required."},
		ForUser: Text{"카카오톡을 쓰는 계정이 필요해요.", "This needs an account that uses KakaoTalk."},
		ForDeveloper: Text{
			"친구와 메시지 API에서 나옵니다. 로그인에는 필요하지 않습니다.",
			"Returned by the friends and message APIs; Kakao Login does not need it.",
		},
	},
	{
		Code: "-602", Places: []Place{API}, Status: 400, Owner: Developer, Retry: Never,
		Cause:  Text{"올린 이미지가 너무 큽니다.", "The uploaded image is too large."},
		Remedy: Text{"이미지를 줄이십시오.", "Upload a smaller image."},
		ForUser: Text{
			"사진이 너무 커요. 더 작은 사진을 골라 주세요.",
			"The picture is too large. Please choose a smaller one.",
		},
		ForDeveloper: Text{"이미지 업로드 API에서 나옵니다.", "Returned by the image upload API."},
	},
	{
		Code: "-603", Places: []Place{API}, Status: 400, Owner: Kakao, Retry: Soon,
		Cause:        Text{"카카오 내부에서 시간이 초과되었습니다.", "A timeout occurred inside Kakao."},
		Remedy:       Text{"잠시 뒤 다시 시도하십시오.", "Try again shortly."},
		ForUser:      userWait,
		ForDeveloper: Text{"계속되면 데브톡에 문의하십시오.", "If it persists, ask on Kakao DevTalk."},
	},
	{
		Code: "-606", Places: []Place{API}, Status: 400, Owner: Developer, Retry: Never,
		Cause: Text{"지원하지 않는 이미지 형식입니다.", "The image format is not supported."},
		Remedy: Text{
			"JPEG, PNG 등 지원하는 형식으로 바꾸십시오.", "Use a supported format such as JPEG or PNG.",
		},
		ForUser:      Text{"이 형식의 사진은 쓸 수 없어요.", "Pictures of this type can't be used."},
		ForDeveloper: Text{"이미지 업로드 API에서 나옵니다.", "Returned by the image upload API."},
	},
	{
		Code: "-903", Places: []Place{API}, Status: 400, Owner: Operator, Retry: Never, Menu: menuKeys,
		Cause:   Text{"등록되지 않은 앱 키입니다.", "The app key is not registered."},
		Remedy:  Text{"앱 키를 확인하십시오.", "Check the app key."},
		ForUser: userOperatorProblem,
		ForDeveloper: Text{
			"다른 환경의 키이거나 삭제한 키일 수 있습니다.",
			"The key may belong to another environment or may have been deleted.",
		},
	},
	{
		Code: "-911", Places: []Place{API}, Status: 400, Owner: Developer, Retry: Never,
		Cause: Text{
			"지원하지 않는 이미지 형식이거나 이미지 주소입니다.",
			"The image format or image URL is not supported.",
		},
		Remedy: Text{"이미지의 형식과 주소를 확인하십시오.", "Check the format and URL of the image."},
		ForDeveloper: Text{
			"스크랩과 이미지 업로드 API에서 나옵니다.",
			"Returned by the scrape and image upload APIs.",
		},
	},
	{
		Code: "-9798", Places: []Place{API}, Status: 503, Owner: Kakao, Retry: Later,
		Cause:   Text{"카카오 서비스가 점검 중입니다.", "Kakao is under maintenance."},
		Remedy:  Text{"점검이 끝난 다음 다시 시도하십시오.", "Try again after the maintenance."},
		ForUser: userWait,
		ForDeveloper: Text{
			"카카오의 점검 공지를 확인하십시오. 이미 로그인한 사람의 세션은 그대로 두십시오.",
			"Check Kakao's maintenance announcement. Leave existing sessions as they are.",
		},
	},
}
