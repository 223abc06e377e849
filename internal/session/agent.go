package session

import (
	"net/url"
	"strings"
)

// System is the operating system that a User-Agent names.
type System string

// The known systems.
const (
	SystemUnknown  System = ""
	SystemIPhone   System = "iphone"
	SystemIPad     System = "ipad"
	SystemAndroid  System = "android"
	SystemWindows  System = "windows"
	SystemMac      System = "mac" // or an iPad that asks for desktop pages
	SystemChromeOS System = "chromeos"
	SystemLinux    System = "linux"
)

// Browser is the browser, or the app whose built-in browser it is.
type Browser string

// The known browsers.
const (
	BrowserUnknown   Browser = ""
	BrowserKakaoTalk Browser = "kakaotalk"
	BrowserNaver     Browser = "naver"
	BrowserDaum      Browser = "daum"
	BrowserInstagram Browser = "instagram"
	BrowserFacebook  Browser = "facebook"
	BrowserLine      Browser = "line"
	BrowserBand      Browser = "band"
	BrowserGoogle    Browser = "google"
	BrowserWhale     Browser = "whale"
	BrowserSamsung   Browser = "samsung"
	BrowserEdge      Browser = "edge"
	BrowserOpera     Browser = "opera"
	BrowserFirefox   Browser = "firefox"
	BrowserChrome    Browser = "chrome"
	BrowserSafari    Browser = "safari"
)

// Agent is what a User-Agent says about a device. It helps users recognize their own, and proves nothing.
type Agent struct {
	System  System
	Browser Browser
}

// ParseAgent reads a User-Agent. It never fails; what it does not know stays unknown. It ignores versions and models,
// which most browsers have frozen or hidden.
func ParseAgent(ua string) Agent {
	return Agent{systemOf(ua), browserOf(ua)}
}

func systemOf(ua string) System {
	// The order matters: iPhones also say Mac OS X, and Android says Linux.
	for _, m := range []struct {
		mark   string
		system System
	}{
		{"iPhone", SystemIPhone}, {"iPod", SystemIPhone}, {"iPad", SystemIPad},
		{"Android", SystemAndroid}, {"Windows", SystemWindows}, {"CrOS", SystemChromeOS},
		{"Macintosh", SystemMac}, {"Mac OS X", SystemMac}, {"Linux", SystemLinux}, {"X11", SystemLinux},
	} {
		if strings.Contains(ua, m.mark) {
			return m.system
		}
	}
	return SystemUnknown
}

func browserOf(ua string) Browser {
	// The order matters: apps come before their browser, and browsers that also call themselves Chrome or Safari
	// before those.
	for _, m := range []struct {
		mark    string
		browser Browser
	}{
		{"KAKAOTALK", BrowserKakaoTalk}, {"NAVER(", BrowserNaver}, {"DaumApps", BrowserDaum}, {"DaumDevice", BrowserDaum},
		{"Instagram", BrowserInstagram}, {"FBAN/", BrowserFacebook}, {"FBAV/", BrowserFacebook}, {"FB_IAB", BrowserFacebook},
		{" Line/", BrowserLine}, {"BAND/", BrowserBand}, {"GSA/", BrowserGoogle},
		{"Whale/", BrowserWhale}, {"SamsungBrowser/", BrowserSamsung},
		{"Edg/", BrowserEdge}, {"EdgA/", BrowserEdge}, {"EdgiOS/", BrowserEdge}, {"Edge/", BrowserEdge},
		{"OPR/", BrowserOpera}, {"OPT/", BrowserOpera}, {"OPiOS/", BrowserOpera},
		{"Firefox/", BrowserFirefox}, {"FxiOS/", BrowserFirefox},
		{"CriOS/", BrowserChrome}, {"Chrome/", BrowserChrome}, {"Chromium/", BrowserChrome},
	} {
		if strings.Contains(ua, m.mark) {
			return m.browser
		}
	}
	// Safari says Version and Safari. Web views on an iPhone say neither; the old browser of Android says both.
	if strings.Contains(ua, "Safari/") && strings.Contains(ua, "Version/") && !strings.Contains(ua, "Android") {
		return BrowserSafari
	}
	return BrowserUnknown
}

// WebView reports that a User-Agent is that of a browser inside an app, as KakaoTalk's, or of an Android web view. Apps
// that do not name themselves on an iPhone go unnoticed.
func WebView(ua string) bool {
	switch browserOf(ua) {
	case BrowserKakaoTalk, BrowserNaver, BrowserDaum, BrowserInstagram, BrowserFacebook, BrowserLine, BrowserBand:
		return true
	}
	return strings.Contains(ua, "; wv)")
}

// Outside is an address that opens a page (http or https) in the device's own browser from inside an app; "" if none is
// known. Only that of LINE is documented; the others are those in use.
func Outside(ua, page string) string {
	scheme, rest, ok := strings.Cut(page, "://")
	if !ok || !WebView(ua) {
		return ""
	}
	switch a := ParseAgent(ua); {
	case a.Browser == BrowserKakaoTalk:
		return "kakaotalk://web/openExternal?url=" + url.QueryEscape(page)
	case a.Browser == BrowserLine && strings.Contains(page, "?"):
		return page + "&openExternalBrowser=1"
	case a.Browser == BrowserLine:
		return page + "?openExternalBrowser=1"
	case a.System == SystemAndroid:
		return "intent://" + strings.ReplaceAll(rest, "#", "%23") + "#Intent;scheme=" + scheme + ";end"
	}
	return ""
}

// BrowserKinds is a short fixed list of browsers to count by, and Devices of devices.
var (
	BrowserKinds = []string{
		"kakaotalk", "naver", "line", "instagram", "in_app", "chrome", "safari", "samsung", "firefox", "edge", "other",
	}
	Devices = []string{"mobile", "desktop"}
)

// Kind is the browser as one of [BrowserKinds].
func (a Agent) Kind() string {
	switch a.Browser {
	case BrowserDaum, BrowserFacebook, BrowserBand, BrowserGoogle:
		return "in_app"
	case BrowserUnknown, BrowserWhale, BrowserOpera:
		if a.Browser == BrowserUnknown && (a.System == SystemIPhone || a.System == SystemIPad) {
			return "in_app" // a web view of an unknown app
		}
		return "other"
	}
	return string(a.Browser)
}

// Device is one of [Devices]. A tablet that asks for desktop pages is a desktop.
func (a Agent) Device() string {
	switch a.System {
	case SystemIPhone, SystemIPad, SystemAndroid:
		return "mobile"
	}
	return "desktop"
}
