package koe

// The names of Kakao's console menus, as of 2025-26.
var (
	menuLogin    = Text{"[카카오 로그인] > [사용 설정]", "[Kakao Login] > [General] (카카오 로그인 > 사용 설정)"}
	menuKeys     = Text{"[앱] > [플랫폼 키]", "[App] > [Platform key] (앱 > 플랫폼 키)"}
	menuRedirect = Text{"[앱] > [플랫폼 키] > [REST API 키] > [카카오 로그인 리다이렉트 URI]", "[App] > [Platform key] > [REST API key] > [Kakao Login Redirect URI] (앱 > 플랫폼 키 > REST API 키 > 카카오 로그인 리다이렉트 URI)"}
	menuSecret   = Text{"[앱] > [플랫폼 키] > [REST API 키] > [클라이언트 시크릿]", "[App] > [Platform key] > [REST API key] > [Client secret] (앱 > 플랫폼 키 > REST API 키 > 클라이언트 시크릿)"}
	menuIPs      = Text{"[앱] > [플랫폼 키] > [REST API 키] > [호출 허용 IP 주소]", "[App] > [Platform key] > [REST API key] > [Allowed IP addresses] (앱 > 플랫폼 키 > REST API 키 > 호출 허용 IP 주소)"}
	menuAdminKey = Text{"[앱] > [플랫폼 키] > [어드민 키] > 사용 가능 API", "[App] > [Platform key] > [Admin key] > allowed APIs (앱 > 플랫폼 키 > 어드민 키)"}
	menuConsent  = Text{"[카카오 로그인] > [동의항목]", "[Kakao Login] > [Consent items] (카카오 로그인 > 동의항목)"}
	menuAdvanced = Text{"[카카오 로그인] > [고급]", "[Kakao Login] > [Advanced] (카카오 로그인 > 고급)"}
	menuMembers  = Text{"[앱] > [멤버]", "[App] > [Members] (앱 > 멤버)"}
	menuBiz      = Text{"[앱] > [일반] > [비즈니스 정보]", "[App] > [General] > [Business information] (앱 > 일반 > 비즈니스 정보)"}
)

// What people are told. They need no more than whether to try again and whom to ask.
var (
	personOurs  = Text{"지금은 카카오 로그인을 쓸 수 없어요. 서비스에서 고쳐야 하는 문제예요.", "Kakao login is unavailable right now. The service has to fix this."}
	personWait  = Text{"카카오에서 답이 오지 않아요. 잠시 뒤 다시 해 주세요.", "Kakao isn't answering. Please try again shortly."}
	personAgain = Text{"로그인을 마치지 못했어요. 다시 로그인해 주세요.", "Sign-in did not finish. Please sign in again."}
	personLimit = Text{"짧은 시간에 여러 번 로그인했어요. 10분쯤 뒤에 다시 해 주세요.", "Too many sign-ins in a short time. Please try again in about 10 minutes."}
	personAge   = Text{"만 14세부터 이용할 수 있어요.", "You can use this from age 14."}
)

// noStatus is said of pages, whose HTTP status Kakao does not document.
var noStatus = Text{"오류 페이지의 HTTP 상태 코드는 문서에 없습니다.", "The HTTP status of the page is not documented."}

// table holds every code of Kakao Login. It is never changed.
var table = append(append(append([]Entry{}, pageCodes...), tokenCodes...), apiCodes...)
