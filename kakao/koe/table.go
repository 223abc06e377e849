package koe

import (
	"cmp"
	"slices"
)

// Names of Kakao's console menus as of 2025-26. The English texts keep the Korean names, which the console shows, and
// translate them.
var (
	menuLogin    = Text{"[카카오 로그인] > [사용 설정]", "[카카오 로그인] > [사용 설정] (Kakao Login > settings)"}
	menuKeys     = Text{"[앱] > [플랫폼 키]", "[앱] > [플랫폼 키] (app > platform keys)"}
	menuRedirect = Text{
		"[앱] > [플랫폼 키] > [REST API 키] > [카카오 로그인 리다이렉트 URI]",
		"[앱] > [플랫폼 키] > [REST API 키] > [카카오 로그인 리다이렉트 URI] (app > platform keys > REST " +
			"API key > redirect URI)",
	}
	menuSecret = Text{
		"[앱] > [플랫폼 키] > [REST API 키] > [클라이언트 시크릿]",
		"[앱] > [플랫폼 키] > [REST API 키] > [클라이언트 시크릿] (app > platform keys > REST API key > " +
			"client secret)",
	}
	menuIPs = Text{
		"[앱] > [플랫폼 키] > [REST API 키] > [호출 허용 IP 주소]",
		"[앱] > [플랫폼 키] > [REST API 키] > [호출 허용 IP 주소] (app > platform keys > REST API key > " +
			"allowed IP addresses)",
	}
	menuAdminKey = Text{
		"[앱] > [플랫폼 키] > [어드민 키] > 사용 가능 API",
		"[앱] > [플랫폼 키] > [어드민 키] > 사용 가능 API (app > platform keys > admin key > allowed APIs)",
	}
	menuConsent  = Text{"[카카오 로그인] > [동의항목]", "[카카오 로그인] > [동의항목] (Kakao Login > consent items)"}
	menuAdvanced = Text{"[카카오 로그인] > [고급]", "[카카오 로그인] > [고급] (Kakao Login > advanced)"}
	menuMembers  = Text{"[앱] > [멤버]", "[앱] > [멤버] (app > members)"}
	menuBiz      = Text{
		"[앱] > [일반] > [비즈니스 정보]",
		"[앱] > [일반] > [비즈니스 정보] (app > general > business information)",
	}
)

// Messages for users: whether to try again and whom to ask.
var (
	userOperatorProblem = Text{
		"지금은 카카오 로그인을 쓸 수 없어요. 서비스에서 고쳐야 하는 문제예요.",
		"Kakao Login is unavailable right now. The service has to fix this.",
	}
	userWait = Text{
		"카카오에서 답이 오지 않아요. 잠시 뒤 다시 해 주세요.",
		"Kakao isn't answering. Please try again shortly.",
	}
	userSignInAgain = Text{
		"로그인을 마치지 못했어요. 다시 로그인해 주세요.",
		"Sign-in did not finish. Please sign in again.",
	}
	userRateLimited = Text{
		"짧은 시간에 여러 번 로그인했어요. 10분쯤 뒤에 다시 해 주세요.",
		"Too many sign-ins in a short time. Please try again in about 10 minutes.",
	}
	userUnderAge = Text{"만 14세부터 이용할 수 있어요.", "You can use this from age 14."}
)

// noStatus applies to error pages, whose HTTP status Kakao does not document.
var noStatus = Text{
	"오류 페이지의 HTTP 상태 코드는 문서에 없습니다.",
	"The HTTP status of the error page is not documented.",
}

// table holds every code in the order of All. It is never modified.
var table = inOrder(pageCodes, tokenCodes, apiCodes, otherProductCodes)

// inOrder concatenates the lists and sorts them: KOE codes ascending, then numbers from -1 down.
func inOrder(lists ...[]Entry) []Entry {
	all := slices.Concat(lists...)
	slices.SortStableFunc(all, func(a, b Entry) int {
		m, isNumber := a.Code.Int()
		n, isOther := b.Code.Int()
		switch {
		case isNumber && isOther:
			return cmp.Compare(n, m)
		case isNumber != isOther: // "-…" sorts before "KOE…" as text
			return cmp.Compare(b.Code, a.Code)
		}
		return cmp.Compare(a.Code, b.Code)
	})
	return all
}
