package app

import (
	"slices"
	"strconv"
	"strings"

	"github.com/norang-login/norang/kakao"
)

// checkKakao checks Kakao's settings.
func checkKakao(c *checker) {
	k := c.Kakao
	addresses := []address{
		{"Kakao.AuthURL", k.AuthURL, kakao.DefaultAuthURL}, {"Kakao.AuthServerURL", k.AuthServerURL, kakao.DefaultAuthURL},
		{"Kakao.APIURL", k.APIURL, kakao.DefaultAPIURL},
	}
	if k.Issuer != kakao.DefaultAuthURL { // an emulator may write Kakao's into its ID tokens, but not the reverse
		addresses = append(addresses, address{"Kakao.Issuer", k.Issuer, kakao.DefaultAuthURL})
	}
	c.realAddresses(addresses)
	checkKakaoKeys(c)
	if c.Kakao.Sync && len(c.Terms) == 0 {
		c.fail("Kakao.Sync", nil, "카카오에서 동의한 약관을 읽는 설정인데 약관이 없습니다. {Terms}에 같은 태그로 적으십시오.",
			"reads the terms agreed to at Kakao, but no terms are configured: put them into {Terms} with the same tags")
	}
}

func checkKakaoKeys(c *checker) {
	k := c.Kakao
	if k.ClientID == "" && k.any() { // else checkSomeProvider asks for one
		c.fail("Kakao.ClientID", nil, "비어 있습니다. 앱의 REST API 키를 적으십시오([앱] > [플랫폼 키] > [REST API 키]).",
			"is missing: the app's REST API key ([앱] > [플랫폼 키] > [REST API 키])")
	}
	if k.ClientSecret == "" && !c.NoClientSecret {
		c.fail("Kakao.ClientSecret", nil,
			"비어 있습니다. 2025년 12월 이후에 만든 키는 켜져 있습니다([앱] > [플랫폼 키] > [REST API 키] > [클라이언트 시크릿]). "+
				"껐다면 {NoClientSecret=1}을 설정하십시오.",
			"is missing: keys created since December 2025 have it switched on "+
				"([앱] > [플랫폼 키] > [REST API 키] > [클라이언트 시크릿]); if it is off, set {NoClientSecret=1}")
	}
	if strings.HasPrefix(k.ClientID, "emu") && !c.AllowEmulator {
		c.fail("Kakao.ClientID", nil, "에뮬레이터의 키입니다. 앱의 REST API 키를 적으십시오.",
			"is a key of the emulator: use the app's own REST API key")
	}
	c.key("Kakao.ClientID", k.ClientID)
	c.key("Kakao.ClientSecret", k.ClientSecret)
	c.keys("Kakao.AdminKeys", k.AdminKeys)
	c.keys("Kakao.NativeAppKeys", k.NativeAppKeys)
	c.keys("Kakao.JavaScriptKeys", k.JavaScriptKeys)
	if k.OldAppID < 0 || k.OldAppID != 0 && k.OldAppID == k.AppID {
		c.fail("Kakao.OldAppID", k.OldAppID, "{Kakao.AppID}로 바꾸기 전에 쓰던 앱의 ID여야 합니다.",
			"must be the id of the app that {Kakao.AppID} replaced")
	}
	for _, id := range k.FormerAppIDs {
		if n, err := strconv.ParseInt(id, 10, 64); err != nil || n <= 0 || strconv.FormatInt(n, 10) != id {
			c.fail("Kakao.FormerAppIDs", id, "앱 ID여야 합니다.", "must be ids of apps, which are numbers")
		}
	}
	if k.AppID <= 0 {
		c.fail("Kakao.AppID", nil, "비어 있습니다. 앱 ID를 적으십시오([앱] > [일반]). 카카오 회원번호는 앱마다 다르므로 계정을 구별하는 데 쓰입니다.",
			"is missing: the app's number ([앱] > [일반]); Kakao numbers users per app, so it is part of every identity")
	}
	checkAdminKeys(c)
	if k.ClientSecret != "" && slices.Contains(slices.Concat([]string{k.ClientID}, k.NativeAppKeys, k.JavaScriptKeys),
		k.ClientSecret) {
		c.fail("Kakao.ClientSecret", nil, "다른 키와 같습니다. 클라이언트 시크릿은 절대로 공개되어서는 안 됩니다.",
			"is the same as another key: the client secret must never be public")
	}
	for _, scope := range k.Scopes {
		if strings.ContainsAny(scope, " \t\"\\") {
			c.fail("Kakao.Scopes", scope, "동의항목 ID마다 따로 적어야 합니다. 환경 변수에서는 쉼표로 구분합니다.",
				"must list the consent items one by one, in the environment separated by commas")
		}
	}
}

func checkAdminKeys(c *checker) {
	k := c.Kakao
	if len(k.AdminKeys) == 0 && !c.NoAdminKey {
		c.fail("Kakao.AdminKeys", nil,
			"비어 있습니다. 없으면 탈퇴한 사람의 카카오 연결을 해제할 수 없습니다([앱] > [플랫폼 키] > [어드민 키]). "+
				"그래도 좋다면 {NoAdminKey=1}을 설정하십시오.",
			"is missing: without it users who withdraw cannot be unlinked at Kakao "+
				"([앱] > [플랫폼 키] > [어드민 키]); to run without, set {NoAdminKey=1}")
	}
	others := slices.Concat([]string{k.ClientID, k.ClientSecret}, k.NativeAppKeys, k.JavaScriptKeys)
	for _, a := range k.AdminKeys {
		if a != "" && slices.Contains(others, a) {
			c.fail("Kakao.AdminKeys", nil, "다른 키와 같습니다. 어드민 키는 절대로 공개되어서는 안 됩니다.",
				"is the same as another key: the admin key must never be public")
		}
	}
}
