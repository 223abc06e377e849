package kakaotest

import "slices"

// endpoint is an entry of the registry, from which the router, the scenarios, the request log and the table in
// docs/emulator.md are made.
type endpoint struct {
	name    string // for scenarios and the log
	methods []string
	lenient []string // undocumented methods that Kakao accepts too
	path    string
	host    string // kauth or kapi, which decides the form of errors
	page    bool   // errors are pages
	auth    string // none, bearer, admin, bearer|admin or key
	api     string // category in an admin key's allow list
	handle  func(*call) answer
	params  []string // as documented
	codes   []string // errors it responds with
	korean  string   // Kakao's name
}

// endpoints is the registry.
func endpoints() []endpoint {
	return slices.Concat(pageEndpoints(), oauthEndpoints(), userEndpoints(), consentEndpoints())
}

// The methods of endpoints.
var (
	get     = []string{"GET"}
	post    = []string{"POST"}
	getPost = []string{"GET", "POST"}
)

// target are the parameters of a call that an admin key can make for a user.
const target = " target_id_type target_id"

// Error codes of calls with a token, and of those with a token or an admin key.
const (
	tokenCodes = "-2 -4 -12 -101 -103 -401 -406 "
	bothCodes  = tokenCodes + "-3 "
)

func pageEndpoints() []endpoint {
	return []endpoint{
		{
			name:    "oauth/authorize",
			methods: get,
			path:    "/oauth/authorize",
			handle:  browsing(authorize),
			korean:  "인가 코드 요청",
			params: splitList("client_id redirect_uri response_type scope prompt login_hint service_terms state nonce " +
				"channel_public_id code_challenge code_challenge_method settle_id ka agt state_token is_popup " +
				"kauth_tx_id auth_tran_id approval_type"),
			codes: splitList("KOE001 KOE003 KOE004 KOE005 KOE006 KOE008 KOE101 KOE102 KOE125 KOE201 KOE202 KOE203 KOE204 " +
				"KOE205 KOE207 access_denied login_required consent_required interaction_required"),
			host: "kauth", page: true, auth: "none",
		},
		{
			name:    "login",
			methods: getPost,
			path:    "/login",
			handle:  browsing(loginPage),
			korean:  "카카오계정 로그인",
			params:  splitList("tx account password persona stay"),
			host:    "kauth", page: true, auth: "none",
		},
		{
			name:    "consent",
			methods: getPost,
			path:    "/oauth/consent",
			handle:  browsing(consentPage),
			korean:  "동의 화면",
			params:  splitList("tx scope term channel action"),
			host:    "kauth", page: true, auth: "none",
		},
		{
			name:    "oauth/logout",
			methods: getPost,
			path:    "/oauth/logout",
			handle:  browsing(logoutPage),
			korean:  "카카오계정과 함께 로그아웃",
			params:  splitList("client_id logout_redirect_uri state logout_with_kakao"),
			codes:   splitList("KOE007 KOE101 KOE207"),
			host:    "kauth", page: true, auth: "none",
		},
	}
}

func oauthEndpoints() []endpoint {
	return []endpoint{
		{
			name:    "oauth/token",
			methods: post,
			lenient: get,
			path:    "/oauth/token",
			handle:  token,
			korean:  "토큰 요청, 토큰 갱신",
			params: splitList("grant_type client_id redirect_uri code client_secret code_verifier refresh_token " +
				"android_key_hash ios_bundle_id client_origin"),
			codes: splitList("KOE003 KOE009 KOE010 KOE101 KOE114 KOE127 KOE207 KOE237 KOE303 KOE310 KOE319 KOE320 KOE322"),
			host:  "kauth", auth: "none",
		},
		{
			name:    "openid-configuration",
			methods: get,
			path:    "/.well-known/openid-configuration",
			handle:  discovery,
			korean:  "OIDC 메타데이터 확인",
			host:    "kauth", auth: "none",
		},
		{
			name:    "jwks",
			methods: get,
			path:    "/.well-known/jwks.json",
			handle:  jwks,
			korean:  "OIDC 공개키 목록 조회",
			host:    "kauth", auth: "none",
		},
		{
			name:    "oauth/tokeninfo",
			methods: post,
			path:    "/oauth/tokeninfo",
			handle:  tokeninfo,
			korean:  "ID 토큰 정보 조회",
			params:  splitList("id_token"),
			codes:   splitList("KOE400"),
			host:    "kauth", auth: "none",
		},
		{
			name:    "sse-configuration",
			methods: get,
			path:    "/.well-known/sse-configuration",
			handle:  sseConfiguration,
			korean:  "계정 상태 변경 웹훅 메타데이터",
			host:    "kauth", auth: "none",
		},
		{
			name:    "oidc/userinfo",
			methods: get,
			path:    "/v1/oidc/userinfo",
			handle:  api(userinfo),
			korean:  "OIDC 사용자 정보 조회",
			codes:   splitList(tokenCodes),
			host:    "kapi", auth: "bearer",
		},
	}
}

func userEndpoints() []endpoint {
	return []endpoint{
		kapi("user/me", "/v2/user/me", getPost, userMe, "사용자 정보 조회").
			forBoth("user_information", "secure_resource property_keys", bothCodes+"-201"),
		kapi("app/users", "/v2/app/users", get, users, "여러 사용자 정보 조회").
			forAdmin("user_information", "target_ids target_id_type property_keys secure_resource",
				"-2 -3 -12 -201 -401"),
		kapi("user/access_token_info", "/v1/user/access_token_info", get, accessTokenInfo, "액세스 토큰 정보 조회").
			forToken("", tokenCodes+"-1"),
		kapi("user/logout", "/v1/user/logout", post, userLogout, "로그아웃").
			forBoth("logout", "", "-2 -3 -12 -101 -401"),
		kapi("user/unlink", "/v1/user/unlink", post, userUnlink, "연결 해제").
			forBoth("unlink", "", "-2 -3 -12 -101 -401"),
		kapi("user/update_profile", "/v1/user/update_profile", post, userUpdateProfile, "사용자 정보 저장").
			forToken("properties", tokenCodes+"-201"),
		kapi("user/ids", "/v1/user/ids", get, userIDs, "사용자 목록 조회").
			forAdmin("user_information", "limit from_id order", "-2 -3 -10 -12 -401"),
		kapi("user/shipping_address", "/v1/user/shipping_address", get, shippingAddress, "배송지 조회").
			forBoth("user_information", "address_id from_updated_at page_size", bothCodes+"-5"),
		kapi("user/signup", "/v1/user/signup", post, userSignup, "수동 연결").
			forToken("properties", tokenCodes+"-102 -201"),
	}
}

func consentEndpoints() []endpoint {
	ips := kapi("system/ips", "/v1/system/ips", get, systemIPs, "카카오 IP 목록 조회").forToken("rule_type", "-2 -401")
	ips.auth = "key"
	return []endpoint{
		kapi("user/scopes", "/v2/user/scopes", get, userScopes, "동의항목 동의 내역 조회").
			forBoth("consent_items", "scopes", bothCodes),
		kapi("user/revoke/scopes", "/v2/user/revoke/scopes", post, userRevokeScopes, "동의항목 동의 철회").
			forBoth("consent_items", "scopes", bothCodes),
		kapi("user/service_terms", "/v2/user/service_terms", get, userServiceTerms, "서비스 약관 동의 내역 조회").
			forBoth("service_terms", "result tags", bothCodes),
		kapi("user/revoke/service_terms", "/v2/user/revoke/service_terms", post, userRevokeServiceTerms,
			"서비스 약관 동의 철회").
			forBoth("service_terms", "tags", bothCodes),
		kapi("user/upgrade/service_terms", "/v2/user/upgrade/service_terms", post, userUpgradeServiceTerms,
			"서비스 약관에 동의").
			forBoth("service_terms", "tags", bothCodes),
		ips,
	}
}

// accepted lists the methods of the endpoint.
func (e endpoint) accepted(strict bool) []string {
	if strict {
		return e.methods
	}
	return slices.Concat(e.methods, e.lenient)
}

// cors reports whether browsers may call the endpoint from any origin, as at Kakao's token endpoint and kapi.
func (e endpoint) cors() bool { return e.host == "kapi" || e.name == "oauth/token" }

// kapi is an endpoint of kapi.
func kapi(name, path string, methods []string, handle func(apiCall) answer, korean string) endpoint {
	return endpoint{name: name, path: path, methods: methods, handle: api(handle), korean: korean, host: "kapi"}
}

// forToken makes e an endpoint for access tokens.
func (e endpoint) forToken(params, codes string) endpoint {
	e.auth, e.params, e.codes = "bearer", splitList(params), splitList(codes)
	return e
}

// forAdmin makes e an endpoint for admin keys that may call a category.
func (e endpoint) forAdmin(category, params, codes string) endpoint {
	e.auth, e.api, e.params, e.codes = "admin", category, splitList(params), splitList(codes)
	return e
}

// forBoth makes e an endpoint for access tokens, and for admin keys that name a target.
func (e endpoint) forBoth(category, params, codes string) endpoint {
	e.auth, e.api, e.params, e.codes = "bearer|admin", category, splitList(params+target), splitList(codes)
	return e
}

// Endpoints lists the names for [Scenario.Endpoint] and [Request.Endpoint].
func Endpoints() []string {
	var list []string
	for _, e := range endpoints() {
		list = append(list, e.name)
	}
	return list
}
