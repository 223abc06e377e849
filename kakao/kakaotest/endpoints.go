package kakaotest

// endpoint is one row of the emulator's registry. The router, the scenarios, the request log and the table in
// docs/emulator.md are all made from it.
type endpoint struct {
	name    string // of scenarios and of the log
	methods []string
	path    string
	host    string // kauth or kapi, which decides the shape of errors
	page    bool   // errors are pages for a person
	auth    string // none, bearer, admin, bearer|admin or key
	api     string // category in an admin key's allow list
	handle  func(*call) answer
	params  []string // as documented
	codes   []string // errors it can answer
	section string   // of Kakao's reference
	korean  string   // Kakao's own name
}

func get() []string     { return []string{"GET"} }
func post() []string    { return []string{"POST"} }
func getPost() []string { return []string{"GET", "POST"} }

// endpoints is the registry.
func endpoints() []endpoint {
	return append(kauthEndpoints(), kapiEndpoints()...)
}

func kauthEndpoints() []endpoint {
	authorizeCodes := []string{"KOE001", "KOE003", "KOE004", "KOE005", "KOE006", "KOE008", "KOE101", "KOE102", "KOE125", "KOE201", "KOE202", "KOE203", "KOE204", "KOE205", "KOE207",
		"access_denied", "login_required", "consent_required", "interaction_required"}
	return []endpoint{
		{name: "oauth/authorize", methods: get(), path: "/oauth/authorize", host: "kauth", page: true, auth: "none", handle: authorize, section: "2", korean: "인가 코드 요청",
			params: []string{"client_id", "redirect_uri", "response_type", "scope", "prompt", "login_hint", "service_terms", "state", "nonce", "channel_public_id", "code_challenge", "code_challenge_method", "settle_id", "ka", "agt", "state_token", "is_popup", "kauth_tx_id", "auth_tran_id", "approval_type"},
			codes:  authorizeCodes},
		{name: "login", methods: getPost(), path: "/login", host: "kauth", page: true, auth: "none", handle: loginPage, section: "2.3", korean: "카카오계정 로그인", params: []string{"tx", "account", "password", "persona", "stay"}},
		{name: "consent", methods: getPost(), path: "/oauth/consent", host: "kauth", page: true, auth: "none", handle: consentPage, section: "2.3", korean: "동의 화면", params: []string{"tx", "scope", "term", "channel", "action"}},
		{name: "oauth/token", methods: post(), path: "/oauth/token", host: "kauth", auth: "none", handle: token, section: "3", korean: "토큰 요청, 토큰 갱신",
			params: []string{"grant_type", "client_id", "redirect_uri", "code", "client_secret", "code_verifier", "refresh_token", "android_key_hash", "ios_bundle_id", "client_origin"},
			codes:  []string{"KOE003", "KOE009", "KOE010", "KOE101", "KOE114", "KOE127", "KOE207", "KOE237", "KOE303", "KOE310", "KOE319", "KOE320", "KOE322"}},
		{name: "openid-configuration", methods: get(), path: "/.well-known/openid-configuration", host: "kauth", auth: "none", handle: discovery, section: "4.2", korean: "OIDC 메타데이터 확인"},
		{name: "jwks", methods: get(), path: "/.well-known/jwks.json", host: "kauth", auth: "none", handle: jwks, section: "4.3", korean: "OIDC 공개키 목록 조회"},
		{name: "oauth/logout", methods: getPost(), path: "/oauth/logout", host: "kauth", page: true, auth: "none", handle: logoutPage, section: "6.3", korean: "카카오계정과 함께 로그아웃",
			params: []string{"client_id", "logout_redirect_uri", "state", "logout_with_kakao"}, codes: []string{"KOE007", "KOE101", "KOE207"}},
	}
}

func kapiEndpoints() []endpoint {
	return []endpoint{
		{name: "user/me", methods: getPost(), path: "/v2/user/me", host: "kapi", auth: "bearer|admin", api: "user_information", handle: userMe, section: "5", korean: "사용자 정보 조회",
			params: []string{"secure_resource", "property_keys", "target_id_type", "target_id"}, codes: []string{"-2", "-3", "-4", "-101", "-103", "-201", "-401", "-406"}},
	}
}
