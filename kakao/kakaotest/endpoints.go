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
		{name: "oauth/authorize", methods: get(), path: "/oauth/authorize", host: "kauth", page: true, auth: "none", handle: browsing(authorize), section: "2", korean: "인가 코드 요청",
			params: []string{"client_id", "redirect_uri", "response_type", "scope", "prompt", "login_hint", "service_terms", "state", "nonce", "channel_public_id", "code_challenge", "code_challenge_method", "settle_id", "ka", "agt", "state_token", "is_popup", "kauth_tx_id", "auth_tran_id", "approval_type"},
			codes:  authorizeCodes},
		{name: "login", methods: getPost(), path: "/login", host: "kauth", page: true, auth: "none", handle: browsing(loginPage), section: "2.3", korean: "카카오계정 로그인", params: []string{"tx", "account", "password", "persona", "stay"}},
		{name: "consent", methods: getPost(), path: "/oauth/consent", host: "kauth", page: true, auth: "none", handle: browsing(consentPage), section: "2.3", korean: "동의 화면", params: []string{"tx", "scope", "term", "channel", "action"}},
		{name: "oauth/token", methods: post(), path: "/oauth/token", host: "kauth", auth: "none", handle: token, section: "3", korean: "토큰 요청, 토큰 갱신",
			params: []string{"grant_type", "client_id", "redirect_uri", "code", "client_secret", "code_verifier", "refresh_token", "android_key_hash", "ios_bundle_id", "client_origin"},
			codes:  []string{"KOE003", "KOE009", "KOE010", "KOE101", "KOE114", "KOE127", "KOE207", "KOE237", "KOE303", "KOE310", "KOE319", "KOE320", "KOE322"}},
		{name: "openid-configuration", methods: get(), path: "/.well-known/openid-configuration", host: "kauth", auth: "none", handle: discovery, section: "4.2", korean: "OIDC 메타데이터 확인"},
		{name: "jwks", methods: get(), path: "/.well-known/jwks.json", host: "kauth", auth: "none", handle: jwks, section: "4.3", korean: "OIDC 공개키 목록 조회"},
		{name: "oauth/tokeninfo", methods: post(), path: "/oauth/tokeninfo", host: "kauth", auth: "none", handle: tokeninfo, section: "4.5", korean: "ID 토큰 정보 조회", params: []string{"id_token"}, codes: []string{"KOE400"}},
		{name: "sse-configuration", methods: get(), path: "/.well-known/sse-configuration", host: "kauth", auth: "none", handle: sseConfiguration, section: "7.2", korean: "계정 상태 변경 웹훅 메타데이터"},
		{name: "oauth/logout", methods: getPost(), path: "/oauth/logout", host: "kauth", page: true, auth: "none", handle: browsing(logoutPage), section: "6.3", korean: "카카오계정과 함께 로그아웃",
			params: []string{"client_id", "logout_redirect_uri", "state", "logout_with_kakao"}, codes: []string{"KOE007", "KOE101", "KOE207"}},
	}
}

func kapiEndpoints() []endpoint {
	const both = "bearer|admin"
	common := func(more ...string) []string {
		return append([]string{"-2", "-4", "-12", "-101", "-103", "-401", "-406"}, more...)
	}
	admin := func(more ...string) []string { return common(append(more, "-3")...) }
	target := func(more ...string) []string { return append(more, "target_id_type", "target_id") }
	return []endpoint{
		{name: "oidc/userinfo", methods: get(), path: "/v1/oidc/userinfo", host: "kapi", auth: "bearer", handle: api(userinfo), section: "4.6", korean: "OIDC 사용자 정보 조회", codes: common()},
		{name: "user/me", methods: getPost(), path: "/v2/user/me", host: "kapi", auth: both, api: "user_information", handle: api(userMe), section: "5", korean: "사용자 정보 조회",
			params: target("secure_resource", "property_keys"), codes: admin("-201")},
		{name: "app/users", methods: get(), path: "/v2/app/users", host: "kapi", auth: "admin", api: "user_information", handle: api(users), section: "5.5", korean: "여러 사용자 정보 조회",
			params: []string{"target_ids", "target_id_type", "property_keys", "secure_resource"}, codes: []string{"-2", "-3", "-12", "-201", "-401"}},
		{name: "user/access_token_info", methods: get(), path: "/v1/user/access_token_info", host: "kapi", auth: "bearer", handle: api(accessTokenInfo), section: "6.1", korean: "액세스 토큰 정보 조회", codes: common("-1")},
		{name: "user/logout", methods: post(), path: "/v1/user/logout", host: "kapi", auth: both, api: "logout", handle: api(userLogout), section: "6.2", korean: "로그아웃", params: target(), codes: []string{"-2", "-3", "-12", "-101", "-401"}},
		{name: "user/unlink", methods: post(), path: "/v1/user/unlink", host: "kapi", auth: both, api: "unlink", handle: api(userUnlink), section: "6.4", korean: "연결 해제", params: target(), codes: []string{"-2", "-3", "-12", "-101", "-401"}},
		{name: "user/update_profile", methods: post(), path: "/v1/user/update_profile", host: "kapi", auth: "bearer", handle: api(userUpdateProfile), section: "6.5", korean: "사용자 정보 저장", params: []string{"properties"}, codes: common("-201")},
		{name: "user/ids", methods: get(), path: "/v1/user/ids", host: "kapi", auth: "admin", api: "user_information", handle: api(userIDs), section: "6.6", korean: "사용자 목록 조회", params: []string{"limit", "from_id", "order"}, codes: []string{"-2", "-3", "-10", "-12", "-401"}},
		{name: "user/shipping_address", methods: get(), path: "/v1/user/shipping_address", host: "kapi", auth: both, api: "user_information", handle: api(shippingAddress), section: "6.7", korean: "배송지 조회",
			params: target("address_id", "from_updated_at", "page_size"), codes: admin("-5")},
		{name: "user/signup", methods: post(), path: "/v1/user/signup", host: "kapi", auth: "bearer", handle: api(userSignup), section: "6.8", korean: "수동 연결", params: []string{"properties"}, codes: common("-102", "-201")},
		{name: "user/scopes", methods: get(), path: "/v2/user/scopes", host: "kapi", auth: both, api: "consent_items", handle: api(userScopes), section: "6.9", korean: "동의항목 동의 내역 조회", params: target("scopes"), codes: admin()},
		{name: "user/revoke/scopes", methods: post(), path: "/v2/user/revoke/scopes", host: "kapi", auth: both, api: "consent_items", handle: api(userRevokeScopes), section: "6.9", korean: "동의항목 동의 철회", params: target("scopes"), codes: admin()},
		{name: "user/service_terms", methods: get(), path: "/v2/user/service_terms", host: "kapi", auth: both, api: "service_terms", handle: api(userServiceTerms), section: "6.10", korean: "서비스 약관 동의 내역 조회", params: target("result", "tags"), codes: admin()},
		{name: "user/revoke/service_terms", methods: post(), path: "/v2/user/revoke/service_terms", host: "kapi", auth: both, api: "service_terms", handle: api(userRevokeServiceTerms), section: "6.10", korean: "서비스 약관 동의 철회", params: target("tags"), codes: admin()},
		{name: "user/upgrade/service_terms", methods: post(), path: "/v2/user/upgrade/service_terms", host: "kapi", auth: both, api: "service_terms", handle: api(userUpgradeServiceTerms), section: "6.10", korean: "서비스 약관에 동의", params: target("tags"), codes: admin()},
		{name: "system/ips", methods: get(), path: "/v1/system/ips", host: "kapi", auth: "key", handle: api(systemIPs), section: "6.11", korean: "카카오 IP 목록 조회", params: []string{"rule_type"}, codes: []string{"-2", "-401"}},
	}
}

// Endpoints lists the names that [Scenario.Endpoint] and [Request.Endpoint] use.
func Endpoints() []string {
	var names []string
	for _, e := range endpoints() {
		names = append(names, e.name)
	}
	return names
}
