package session

import "strings"

// System is what a device runs, as its browser tells it. The words for it are the page's.
type System string

// The systems that are told apart.
const (
	SystemUnknown  System = ""
	SystemIPhone   System = "iphone"
	SystemIPad     System = "ipad"
	SystemAndroid  System = "android"
	SystemWindows  System = "windows"
	SystemMac      System = "mac" // also an iPad whose Safari asks for desktop pages: it says the same
	SystemChromeOS System = "chromeos"
	SystemLinux    System = "linux"
)

// Browser is the browser, or the app whose built-in one it is.
type Browser string

// The browsers that are told apart.
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

// Agent is what a User-Agent says of a device. It is good for recognizing one's own in a list, and for nothing else:
// everybody may write there what they like.
type Agent struct {
	System  System
	Browser Browser
}

// ParseAgent reads a User-Agent. What it does not know stays unknown; it never fails. Versions and models are not
// read: browsers have frozen or hidden most of them, and nobody tells their phones apart by them.
func ParseAgent(ua string) Agent {
	return Agent{systemOf(ua), browserOf(ua)}
}

func systemOf(ua string) System {
	// In this order: iPhones also say Mac OS X, Android says Linux.
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
	// In this order: apps before the browser that they are built on, and among browsers those that also call
	// themselves Chrome or Safari first, because all of them do.
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
	// Safari says Version and Safari. A web view of some app on an iPhone says neither, and Android's old browser
	// does so too, but on Android it is not Safari.
	if strings.Contains(ua, "Safari/") && strings.Contains(ua, "Version/") && !strings.Contains(ua, "Android") {
		return BrowserSafari
	}
	return BrowserUnknown
}
