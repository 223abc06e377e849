package errcode

import shared "github.com/norang-login/norang/internal/errcode"

var (
	menuSecrets = Text{
		Ko: "Entra 관리 센터 > 앱 등록 > 인증서 및 암호", En: "Entra admin center > App registrations > Certificates & secrets",
	}
	menuRedirect = Text{
		Ko: "Entra 관리 센터 > 앱 등록 > 인증", En: "Entra admin center > App registrations > Authentication",
	}
	menuApp = Text{Ko: "Entra 관리 센터 > 앱 등록 > 개요", En: "Entra admin center > App registrations > Overview"}
)

var requestObject = Text{
	Ko: "요청에서 request와 request_uri를 빼십시오. norang은 보내지 않습니다.",
	En: "Remove request and request_uri from the request. norang does not send them.",
}

var table = shared.Table{
	{
		Code: "access_denied", Places: []Place{Callback}, Owner: User, Retry: OfferButton,
		Cause: Text{
			Ko: "사용자가 취소했거나, 제공자가 이 사용자에게 허락하지 않았습니다.",
			En: "The user cancelled, or the provider does not permit this user.",
		},
		Remedy: Text{
			Ko: "로그인 버튼을 다시 보여 주십시오. 늘 거절된다면 제공자에서 사용자나 그룹에 이 클라이언트를 할당했는지 확인하십시오.",
			En: "Show the sign-in button again. If it is always refused, check at the provider that the user or group is " +
				"assigned to this client.",
		},
	},
	{
		Code: "login_required", Places: []Place{Callback}, Owner: User, Retry: OfferButton,
		Cause: Text{
			Ko: "prompt=none인데 제공자에 로그인되어 있지 않습니다.", En: "prompt=none, and the user has no session at the provider.",
		},
		Remedy: Text{Ko: "로그인 버튼을 보여 주십시오.", En: "Show the sign-in button."},
	},
	{
		Code: "interaction_required", Places: []Place{Callback}, Owner: User, Retry: OfferButton,
		Cause: Text{
			Ko: "prompt=none인데 화면이 필요합니다(추가 인증 등).", En: "prompt=none, and a page is needed, such as a second factor.",
		},
		Remedy: Text{Ko: "로그인 버튼을 보여 주십시오.", En: "Show the sign-in button."},
	},
	{
		Code: "consent_required", Places: []Place{Callback}, Owner: User, Retry: OfferButton,
		Cause: Text{
			Ko: "prompt=none인데 사용자가 아직 동의하지 않았습니다.", En: "prompt=none, and the user has not consented yet.",
		},
		Remedy: Text{
			Ko: "로그인 버튼을 보여 주십시오. 제공자에 따라서는 관리자가 모두를 대신해 동의할 수 있습니다.",
			En: "Show the sign-in button. At some providers an administrator can consent for all users.",
		},
	},
	{
		Code: "account_selection_required", Places: []Place{Callback}, Owner: User, Retry: OfferButton,
		Cause: Text{
			Ko: "prompt=none인데 제공자에 계정이 여럿 로그인되어 있습니다.",
			En: "prompt=none, and several accounts are signed in at the provider.",
		},
		Remedy: Text{Ko: "로그인 버튼을 보여 주십시오.", En: "Show the sign-in button."},
	},
	{
		Code: "invalid_request", Places: []Place{Callback, Token}, Status: 400, Owner: Operator, Retry: Never,
		Cause: Text{
			Ko: "요청의 파라미터가 빠졌거나, 두 번 있거나, 이 제공자가 받지 않는 값입니다.",
			En: "A parameter of the request is missing, repeated, or has a value that this provider does not accept.",
		},
		Remedy: Text{
			Ko: "제공자의 로그에 자세한 이유가 있습니다. PKCE나 response_mode를 받지 않는 제공자인지 확인하십시오.",
			En: "The provider's log has the reason. Check whether it accepts PKCE and the response_mode.",
		},
	},
	{
		Code: "invalid_scope", Places: []Place{Callback, Token}, Status: 400, Owner: Operator, Retry: Never,
		Cause: Text{
			Ko: "요청한 scope를 제공자가 모르거나 이 클라이언트에 허락하지 않았습니다.",
			En: "The provider does not know a requested scope, or does not permit it to this client.",
		},
		Remedy: Text{
			Ko: "Scopes에서 빼거나, 제공자에서 클라이언트에 그 scope를 허락하십시오. offline_access는 따로 켜야 하는 곳이 많습니다.",
			En: "Remove it from Scopes, or permit it to the client at the provider. offline_access often has to be " +
				"switched on.",
		},
	},
	{
		Code: "unauthorized_client", Places: []Place{Callback, Token}, Status: 400, Owner: Operator, Retry: Never,
		Cause: Text{
			Ko: "클라이언트에 이 방식(authorization code)이 허락되지 않았습니다. 비밀번호가 틀렸을 때 이 코드를 보내는 제공자도 있습니다.",
			En: "The client may not use this grant (authorization code). Some providers send this for a wrong secret too.",
		},
		Remedy: Text{
			Ko: "제공자에서 클라이언트의 authorization code(Keycloak: Standard flow)를 켜고, ClientSecret을 확인하십시오.",
			En: "Enable the authorization code flow of the client (Keycloak: Standard flow), and check " +
				"ClientSecret.",
		},
	},
	{
		Code: "unsupported_response_type", Places: []Place{Callback}, Owner: Operator, Retry: Never,
		Cause: Text{
			Ko: "제공자가 response_type=code를 받지 않습니다.", En: "The provider does not accept response_type=code.",
		},
		Remedy: Text{
			Ko: "제공자에서 클라이언트의 authorization code를 켜십시오.", En: "Enable the authorization code flow of the client.",
		},
	},
	{
		Code: "server_error", Places: []Place{Callback, Token}, Status: 500, Owner: Provider, Retry: Later,
		Cause: Text{Ko: "제공자의 내부 오류입니다.", En: "An internal error of the provider."},
		Remedy: Text{
			Ko: "잠시 뒤에 다시 하십시오. 계속되면 제공자의 로그를 보십시오.", En: "Try again later. If it stays, see the provider's log.",
		},
	},
	{
		Code: "temporarily_unavailable", Places: []Place{Callback, Token}, Status: 503, Owner: Provider, Retry: Later,
		Cause:  Text{Ko: "제공자가 점검 중이거나 바쁩니다.", En: "The provider is overloaded or under maintenance."},
		Remedy: Text{Ko: "잠시 뒤에 다시 하십시오.", En: "Try again later."},
	},
	{
		Code: "invalid_client", Places: []Place{Token}, Status: 401, Owner: Operator, Retry: Never,
		Cause: Text{
			Ko: "클라이언트 id나 비밀번호가 틀렸거나, 비밀번호가 만료되었거나, 보내는 방식(Basic, post)이 다릅니다.",
			En: "The client id or secret is wrong, the secret has expired, or it is sent in another way " +
				"(Basic, post) than the " +
				"provider wants.",
		},
		Remedy: Text{
			Ko: "ClientID와 ClientSecret을 다시 복사하십시오. 그래도 같으면 ClientAuth를 정하십시오.",
			En: "Copy ClientID and ClientSecret again. If it stays, set ClientAuth.",
		},
	},
	{
		Code: "invalid_grant", Places: []Place{Token}, Status: 400, Owner: User, Retry: SignInAgain,
		Cause: Text{
			Ko: "코드나 refresh token이 이미 쓰였거나, 만료되었거나, 다른 클라이언트나 redirect_uri의 것입니다.",
			En: "The code or refresh token was used, has expired, or belongs to another client or redirect_uri.",
		},
		Remedy: Text{
			Ko: "다시 로그인하십시오. 늘 그렇다면 두 서버가 같은 코드를 쓰는지, 서버의 시계가 맞는지 보십시오.",
			En: "Sign in again. If it is always so, check whether two servers use the same code, and the clocks.",
		},
	},
	{
		Code: "unsupported_grant_type", Places: []Place{Token}, Status: 400, Owner: Operator, Retry: Never,
		Cause: Text{
			Ko: "제공자나 클라이언트가 이 grant를 받지 않습니다.", En: "The provider or the client does not accept this grant.",
		},
		Remedy: Text{
			Ko: "제공자에서 authorization code와 refresh token을 켜십시오.",
			En: "Enable authorization code and refresh token for the client.",
		},
	},
	{
		Code: "invalid_token", Places: []Place{UserInfo, Revoke}, Status: 401, Owner: User, Retry: SignInAgain,
		Cause: Text{
			Ko: "access token이 만료되었거나 취소되었습니다. 취소(revocation)의 답이면 토큰은 이미 쓸 수 없고, 고칠 것이 없습니다.",
			En: "The access token has expired or was revoked. As the answer to a revocation: the token is void already, " +
				"and nothing is wrong.",
		},
		Remedy: Text{Ko: "다시 로그인하십시오.", En: "Sign in again."},
	},
	{
		Code: "unsupported_token_type", Places: []Place{Revoke}, Status: 400, Owner: Provider, Retry: Never,
		Cause: Text{
			Ko: "제공자가 이 종류의 토큰은 취소해 주지 않습니다. access token을 취소하지 않는 제공자가 많습니다.",
			En: "The provider does not revoke tokens of this type. Many do not revoke access tokens.",
		},
		Remedy: Text{
			Ko: "고칠 것은 없습니다. 토큰은 여기에서 지워지고, 제공자에서는 만료될 때까지 유효합니다. refresh token이 " +
				"있으면(offline_access) 그것을 대신 취소합니다.",
			En: "Nothing has to be fixed: the token is deleted here and stays valid there until it expires. With a refresh " +
				"token (offline_access) that one is revoked instead.",
		},
	},
	{
		Code: "not_found", Places: []Place{Page, Revoke}, Status: 404, Owner: Operator, Retry: Never,
		Cause: Text{
			Ko: "그 주소에 이 발급자(issuer)나 엔드포인트가 없습니다.",
			En: "There is no such issuer or endpoint at the address.",
		},
		Remedy: Text{
			Ko: "Issuer의 경로를 제공자의 discovery 문서와 비교하십시오.",
			En: "Compare the path of Issuer with the provider's discovery document.",
		},
		Unconfirmed: Text{
			Ko: "표준의 코드가 아니고 에뮬레이터의 답입니다.",
			En: "Not a code of a standard but the answer of the emulator.",
		},
	},
	{
		Code: "invalid_request_uri", Places: []Place{Callback}, Owner: Developer, Retry: Never,
		Cause: Text{
			Ko: "request_uri가 가리키는 것을 제공자가 읽지 못했습니다.", En: "The provider cannot read what request_uri names.",
		},
		Remedy: requestObject,
	},
	{
		Code: "invalid_request_object", Places: []Place{Callback}, Owner: Developer, Retry: Never,
		Cause: Text{
			Ko: "파라미터 request의 request object가 잘못되었습니다.", En: "The request object in the parameter request is not valid.",
		},
		Remedy: requestObject,
	},
	{
		Code: "request_not_supported", Places: []Place{Callback}, Owner: Developer, Retry: Never,
		Cause: Text{
			Ko: "제공자가 파라미터 request를 받지 않습니다.", En: "The provider does not accept the parameter request.",
		},
		Remedy: requestObject,
	},
	{
		Code: "request_uri_not_supported", Places: []Place{Callback}, Owner: Developer, Retry: Never,
		Cause: Text{
			Ko: "제공자가 파라미터 request_uri를 받지 않습니다.", En: "The provider does not accept the parameter request_uri.",
		},
		Remedy: requestObject,
	},
	{
		Code: "registration_not_supported", Places: []Place{Callback}, Owner: Developer, Retry: Never,
		Cause: Text{
			Ko: "제공자가 파라미터 registration을 받지 않습니다.", En: "The provider does not accept the parameter registration.",
		},
		Remedy: Text{
			Ko: "요청에서 registration을 빼십시오. norang은 보내지 않습니다.",
			En: "Remove registration from the request. norang does not send it.",
		},
	},
	{
		Code: "invalid_resource", Places: []Place{Callback, Token}, Status: 400, Owner: Operator, Retry: Never,
		Cause: Text{
			Ko: "요청한 리소스를 제공자가 모르거나 이 클라이언트에 허락하지 않았습니다. Entra는 scope에 없는 API가 있을 때도 이렇게 답합니다.",
			En: "The provider does not know a requested resource, or does not permit it to this client. Entra answers so for " +
				"an unknown API among the scopes, too.",
		},
		Remedy: Text{
			Ko: "Scopes에서 빼거나 제공자에서 클라이언트에 허락하십시오.",
			En: "Remove it from Scopes, or permit it to the client at the provider.",
		},
	},
	{
		Code: "unmet_authentication_requirements", Places: []Place{Callback}, Owner: Operator, Retry: Never,
		Cause: Text{
			Ko: "사용자가 요청한 인증 수준(acr)에 이르지 못했습니다.",
			En: "The user did not reach the requested level of authentication (acr).",
		},
		Remedy: Text{
			Ko: "제공자에서 그 인증 수단을 켜거나, acr_values를 요청에서 빼십시오. norang은 보내지 않습니다.",
			En: "Enable that means of authentication at the provider, or remove acr_values, which norang does not send.",
		},
	},
	{
		Code: "insufficient_scope", Places: []Place{UserInfo}, Status: 403, Owner: Operator, Retry: Never,
		Cause: Text{
			Ko: "access token에 필요한 scope가 없습니다.", En: "The access token lacks a scope that the call needs.",
		},
		Remedy: Text{Ko: "Scopes에 더하십시오.", En: "Add it to Scopes."},
	},
	{
		Code: "AADSTS50011", Places: []Place{Page}, Owner: Operator, Retry: Never, Menu: menuRedirect,
		Cause: Text{
			Ko: "Entra에 등록한 리디렉션 URI와 글자까지 같지 않습니다.", En: "redirect_uri does not equal one that is registered at Entra.",
		},
		Remedy: Text{
			Ko: "[웹] 플랫폼의 리디렉션 URI에 RedirectURI의 값을 붙여 넣으십시오.",
			En: "Paste the value of RedirectURI under the platform Web.",
		},
	},
	{
		Code: "AADSTS700016", Places: []Place{Page, Token}, Owner: Operator, Retry: Never, Menu: menuApp,
		Cause: Text{
			Ko: "이 테넌트에 그 애플리케이션이 없습니다.", En: "The tenant has no application with this client id.",
		},
		Remedy: Text{
			Ko: "ClientID와 Issuer의 테넌트를 확인하십시오.",
			En: "Check ClientID and the tenant in Issuer.",
		},
	},
	{
		Code: "AADSTS7000215", Places: []Place{Token}, Status: 401, Owner: Operator, Retry: Never, Menu: menuSecrets,
		Cause: Text{
			Ko: "클라이언트 암호가 틀렸습니다. 암호의 [ID]를 [값] 대신 복사한 경우가 많습니다.",
			En: "The client secret is wrong. Often the ID of the secret was copied in place of its value.",
		},
		Remedy: Text{
			Ko: "암호를 새로 만들고 [값]을 ClientSecret에 적으십시오.",
			En: "Create a secret and copy its value to ClientSecret.",
		},
	},
	{
		Code: "AADSTS7000222", Places: []Place{Token}, Status: 401, Owner: Operator, Retry: Never, Menu: menuSecrets,
		Cause: Text{Ko: "클라이언트 암호가 만료되었습니다.", En: "The client secret has expired."},
		Remedy: Text{
			Ko: "암호를 새로 만들어 ClientSecret에 적고, SecretExpires에 만료일을 적어 두십시오. doctor가 미리 알려 줍니다.",
			En: "Create a secret for ClientSecret, and note its end in SecretExpires: doctor warns in time.",
		},
	},
	{
		Code: "AADSTS50105", Places: []Place{Page, Callback}, Owner: Operator, Retry: Never, Menu: Text{
			Ko: "Entra 관리 센터 > 엔터프라이즈 애플리케이션 > 사용자 및 그룹",
			En: "Entra admin center > Enterprise applications > Users and groups",
		},
		Cause: Text{
			Ko: "이 사용자에게 애플리케이션이 할당되지 않았습니다.", En: "The user is not assigned to the application.",
		},
		Remedy: Text{
			Ko: "사용자나 그룹을 할당하거나 [할당 필요]를 끄십시오.", En: "Assign the user or group, or switch Assignment required off.",
		},
	},
}
