package session_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/session"
)

func TestParseAgent(t *testing.T) {
	const (
		webkit = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
		blink  = "AppleWebKit/537.36 (KHTML, like Gecko)"
		iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4_1 like Mac OS X) " + webkit + " "
		galaxy = "Mozilla/5.0 (Linux; Android 14; SM-S918N) " + blink + " "
		view   = "Mozilla/5.0 (Linux; Android 14; SM-S918N Build/UP1A.231005.007; wv) " + blink +
			" Version/4.0 Chrome/124.0.6367.82 Mobile Safari/537.36"
		win = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) " + blink + " Chrome/124.0.0.0 "
		mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) "
	)
	for ua, want := range map[string]session.Agent{
		iphone + "Version/17.4.1 Mobile/15E148 Safari/604.1": {System: session.SystemIPhone,
			Browser: session.BrowserSafari},
		iphone + "CriOS/124.0.6367.88 Mobile/15E148 Safari/604.1": {System: session.SystemIPhone,
			Browser: session.BrowserChrome},
		iphone + "FxiOS/125.0 Mobile/15E148 Safari/605.1.15": {System: session.SystemIPhone,
			Browser: session.BrowserFirefox},
		iphone + "Version/17.0 EdgiOS/124.0.2478.50 Mobile Safari/604.1": {System: session.SystemIPhone,
			Browser: session.BrowserEdge},
		iphone + "Mobile/15E148 KAKAOTALK 10.6.5 (INAPP)": {System: session.SystemIPhone,
			Browser: session.BrowserKakaoTalk},
		iphone + "Mobile/15E148 NAVER(inapp; search; 2000; 12.6.4; 14PRO)": {System: session.SystemIPhone,
			Browser: session.BrowserNaver},
		iphone + "Mobile/15E148 Instagram 327.1.2.21.92 (iPhone15,2; iOS 17_4_1; ko_KR; ko; scale=3.00; 1179x2556; " +
			"588427318)": {System: session.SystemIPhone, Browser: session.BrowserInstagram},
		iphone + "Mobile/15E148 [FBAN/FBIOS;FBAV/460.0.0.32.108;FBBV/588427318;FBDV/iPhone15,2;FBMD/iPhone;FBSN/iOS]": {
			System: session.SystemIPhone, Browser: session.BrowserFacebook},
		iphone + "Mobile/15E148 Safari Line/14.5.0": {System: session.SystemIPhone, Browser: session.BrowserLine},
		iphone + "Mobile/15E148":                    {System: session.SystemIPhone},
		"Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) " + webkit +
			" Version/12.1.2 Mobile/15E148 Safari/604.1": {System: session.SystemIPad, Browser: session.BrowserSafari},
		galaxy + "Chrome/124.0.0.0 Mobile Safari/537.36": {System: session.SystemAndroid,
			Browser: session.BrowserChrome},
		galaxy + "SamsungBrowser/24.0 Chrome/117.0.0.0 Mobile Safari/537.36": {System: session.SystemAndroid,
			Browser: session.BrowserSamsung},
		galaxy + "Chrome/122.0.0.0 Whale/3.2.4.6 Mobile Safari/537.36": {System: session.SystemAndroid,
			Browser: session.BrowserWhale},
		"Mozilla/5.0 (Android 14; Mobile; rv:125.0) Gecko/125.0 Firefox/125.0": {System: session.SystemAndroid,
			Browser: session.BrowserFirefox},
		view + ";KAKAOTALK 2410650": {System: session.SystemAndroid,
			Browser: session.BrowserKakaoTalk},
		view + " NAVER(inapp; search; 1000; 12.6.51)": {System: session.SystemAndroid,
			Browser: session.BrowserNaver},
		view + " Instagram 327.0.0.48.93 Android (34/14; 450dpi; 1080x2115; samsung; SM-S918N; dm3q; qcom; ko_KR; " +
			"588427318)": {System: session.SystemAndroid, Browser: session.BrowserInstagram},
		"Mozilla/5.0 (Linux; U; Android 4.0.3; ko-kr) AppleWebKit/534.30 (KHTML, like Gecko) Version/4.0 Mobile " +
			"Safari/534.30": {System: session.SystemAndroid},
		win + "Safari/537.36":                   {System: session.SystemWindows, Browser: session.BrowserChrome},
		win + "Safari/537.36 Edg/124.0.0.0":     {System: session.SystemWindows, Browser: session.BrowserEdge},
		win + "Whale/3.26.244.20 Safari/537.36": {System: session.SystemWindows, Browser: session.BrowserWhale},
		win + "Safari/537.36 OPR/109.0.0.0":     {System: session.SystemWindows, Browser: session.BrowserOpera},
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:125.0) Gecko/20100101 " +
			"Firefox/125.0": {System: session.SystemWindows, Browser: session.BrowserFirefox},
		mac + webkit + " Version/17.4.1 Safari/605.1.15": {System: session.SystemMac,
			Browser: session.BrowserSafari},
		mac + blink + " Chrome/124.0.0.0 Safari/537.36": {System: session.SystemMac,
			Browser: session.BrowserChrome},
		"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) " + blink +
			" Chrome/124.0.0.0 Safari/537.36": {System: session.SystemChromeOS, Browser: session.BrowserChrome},
		"Mozilla/5.0 (X11; Linux x86_64) " + blink +
			" Chrome/124.0.0.0 Safari/537.36": {System: session.SystemLinux, Browser: session.BrowserChrome},
		"Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0": {System: session.SystemLinux,
			Browser: session.BrowserFirefox},
		// Programs that are not browsers, and invented texts.
		"":                            {},
		"curl/8.5.0":                  {},
		"okhttp/4.12.0":               {},
		"<script>alert(1)</script>":   {},
		strings.Repeat("iPhone ", 30): {System: session.SystemIPhone},
	} {
		if got := session.ParseAgent(ua); got != want {
			t.Errorf("%s\n got %+v\nwant %+v", ua, got, want)
		}
	}
}

// Every browser counts as one of the kinds, for any User-Agent.
func TestEveryBrowserHasAKind(t *testing.T) {
	t.Parallel()
	iphone := session.SystemIPhone
	for a, want := range map[session.Agent]string{
		{System: iphone, Browser: session.BrowserKakaoTalk}:                "kakaotalk mobile",
		{System: iphone, Browser: session.BrowserLine}:                     "line mobile",
		{System: session.SystemAndroid, Browser: session.BrowserNaver}:     "naver mobile",
		{System: session.SystemAndroid, Browser: session.BrowserInstagram}: "instagram mobile",
		{System: session.SystemAndroid, Browser: session.BrowserFacebook}:  "in_app mobile",
		{System: iphone, Browser: session.BrowserBand}:                     "in_app mobile",
		{System: iphone}:                "in_app mobile",
		{System: session.SystemAndroid}: "other mobile",
		{System: session.SystemAndroid, Browser: session.BrowserSamsung}:            "samsung mobile",
		{System: session.SystemWindows, Browser: session.BrowserEdge}:               "edge desktop",
		{System: session.SystemWindows, Browser: session.BrowserWhale}:              "other desktop",
		{System: session.SystemMac, Browser: session.BrowserSafari}:                 "safari desktop",
		{System: session.SystemLinux, Browser: session.BrowserFirefox}:              "firefox desktop",
		{System: session.SystemIPad, Browser: session.BrowserChrome}:                "chrome mobile",
		session.ParseAgent("curl/8.5.0"):                                            "other desktop",
		session.ParseAgent(""):                                                      "other desktop",
		session.ParseAgent(strings.Repeat("Chrome/ Safari/ Edg/ KAKAOTALK ", 1000)): "kakaotalk desktop",
	} {
		if got := a.Kind() + " " + a.Device(); got != want {
			t.Errorf("%+v: %s, want %s", a, got, want)
		}
		if !slices.Contains(session.BrowserKinds, a.Kind()) || !slices.Contains(session.Devices, a.Device()) {
			t.Errorf("%+v: %s on %s is not in the list", a, a.Kind(), a.Device())
		}
	}
}

func TestWebViewsAndOutsideURLs(t *testing.T) {
	t.Parallel()
	const (
		iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 "
		view   = "Mozilla/5.0 (Linux; Android 14; SM-S918N; wv) Version/4.0 Chrome/124.0.6367.82 Mobile Safari/537.36 "
		page   = "https://login.example.com/auth/login?return_to=%2Fa%3Bb"
		bare   = "https://login.example.com/"
		talk   = "kakaotalk://web/openExternal?url=https%3A%2F%2Flogin.example.com%2F"
	)
	for _, tc := range []struct {
		ua, page, want string
		inside         bool
	}{
		{view + "KAKAOTALK 2410650", bare, talk, true},
		{iphone + "KAKAOTALK 10.6.5 (INAPP)", bare, talk, true},
		{iphone + "Safari Line/14.5.0", page, page + "&openExternalBrowser=1", true},
		{iphone + "Safari Line/14.5.0", bare, bare + "?openExternalBrowser=1", true},
		{view + "NAVER(inapp; search; 1000; 12.6.51)", page,
			"intent://login.example.com/auth/login?return_to=%2Fa%3Bb#Intent;scheme=https;end", true},
		{view + "Instagram 327.0", bare, "intent://login.example.com/#Intent;scheme=https;end", true},
		{view, bare, "intent://login.example.com/#Intent;scheme=https;end", true},
		{iphone + "NAVER(inapp; search; 2000; 12.6.4)", page, "", true},
		{iphone + "Instagram 327.1", page, "", true},
		{iphone + "Version/17.4.1 Safari/604.1", page, "", false},
		{iphone, page, "", false}, // an app that does not name itself, or a web app on the home screen
		{"Mozilla/5.0 (Linux; Android 14) Chrome/124.0 Mobile Safari/537.36", page, "", false},
		{"", page, "", false},
	} {
		if got := session.WebView(tc.ua); got != tc.inside {
			t.Errorf("%q: %v", tc.ua, got)
		}
		if got := session.Outside(tc.ua, tc.page); got != tc.want {
			t.Errorf("%q: %s", tc.ua, got)
		}
	}
}
