package koe

// otherProductCodes do not belong to Kakao Login. Kakao's reference lists them only as ranges.
var otherProductCodes = append(
	otherProduct(Text{
		"비즈니스 인증의 코드입니다. 카카오 로그인에서는 나오지 않습니다.",
		"A code of business authentication (비즈니스 인증), not of Kakao Login.",
	}, "KOE025", "KOE026", "KOE027", "KOE028", "KOE123", "KOE124", "KOE232", "KOE233"),
	otherProduct(Text{
		"카카오 내부 플러그인의 코드입니다. 카카오 로그인에서는 나오지 않습니다.",
		"A code of Kakao's internal plug-ins, not of Kakao Login.",
	}, "KOE103", "KOE104", "KOE105", "KOE106", "KOE107", "KOE108", "KOE109", "KOE110")...)

func otherProduct(cause Text, codes ...Code) []Entry {
	var list []Entry
	for _, code := range codes {
		list = append(list, Entry{
			Code: code, Places: []Place{OtherProduct}, Owner: Operator, Retry: Never, Cause: cause,
			Remedy: Text{
				"카카오 데브톡(devtalk.kakao.com)에 문의하십시오.",
				"Ask on Kakao DevTalk (devtalk.kakao.com).",
			},
			ForUser: userOperatorProblem,
			ForDeveloper: Text{
				"로그인 주소에 settle_id와 같은 제휴용 파라미터가 들어 있지 않은지 확인하십시오.",
				"Check the authorize URL for partner parameters such as settle_id.",
			},
			Unconfirmed: Text{
				"이 코드 하나하나의 뜻은 문서에 없습니다.",
				"The meaning of the individual codes is not documented.",
			},
		})
	}
	return list
}
