package kakaotest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/norang-login/norang/internal/emulator"
)

const defaultAppID = 1000001

// The types of app. A basic app can use only the consent items that need no review.
const (
	AppBasic = "basic"
	AppBiz   = "biz"
	AppTest  = "test"
)

// The types of key. An app has at most five of each.
const (
	KeyREST       = "rest"
	KeyJavaScript = "javascript"
	KeyNative     = "native"
	KeyAdmin      = "admin"
)

func keyTypes() []string { return []string{KeyREST, KeyJavaScript, KeyNative, KeyAdmin} }

// App holds the settings of an app in Kakao's console. RESTKey to LogoutRedirectURIs suffice for a service with one
// key of each type. Empty keys get fixed defaults that begin with "emu", so that they survive a restart and cannot be
// mistaken for real ones.
type App struct {
	AppID         int64  `toml:"app_id" json:"app_id"`               // 앱 ID; default 1000001 and up
	Name          string `toml:"name" json:"name"`                   // name on the pages; default "norang 예제"
	RESTKey       string `toml:"rest_key" json:"rest_key"`           // REST API 키, the client_id of web flows
	ClientSecret  string `toml:"client_secret" json:"client_secret"` // of RESTKey
	AdminKey      string `toml:"admin_key" json:"admin_key"`         // 대표 어드민 키
	NativeKey     string `toml:"native_key" json:"native_key"`
	JavaScriptKey string `toml:"javascript_key" json:"javascript_key"`

	RedirectURIs       []string `toml:"redirect_uris" json:"redirect_uris"`               // of RESTKey, JavaScriptKey
	LogoutRedirectURIs []string `toml:"logout_redirect_uris" json:"logout_redirect_uris"` // [카카오 로그인] > [고급]

	ClientSecretOff  bool     `toml:"client_secret_off" json:"client_secret_off"`   // [클라이언트 시크릿] OFF for RESTKey
	AllowedIPs       []string `toml:"allowed_ips" json:"allowed_ips"`               // of RESTKey and AdminKey; default all
	AdminAPIs        []string `toml:"admin_apis" json:"admin_apis"`                 // [AdminAPICategories]; default all
	Domains          []string `toml:"domains" json:"domains"`                       // of JavaScriptKey: JavaScript SDK 도메인
	AndroidKeyHashes []string `toml:"android_key_hashes" json:"android_key_hashes"` // of NativeKey
	IOSBundleIDs     []string `toml:"ios_bundle_ids" json:"ios_bundle_ids"`         // of NativeKey
	MoreKeys         []Key    `toml:"more_keys" json:"more_keys"`                   // at most five of each type in all
	Type             string   `toml:"type" json:"type"`                             // default AppBiz
	Members          []string `toml:"members" json:"members"`                       // account ids of a test app
	Sanctioned       bool     `toml:"sanctioned" json:"sanctioned"`                 // blocked by Kakao: KOE125
	LoginOff         bool     `toml:"login_off" json:"login_off"`                   // Kakao Login not switched on: KOE004
	OIDCOff          bool     `toml:"oidc_off" json:"oidc_off"`                     // no ID tokens
	ManualLink       bool     `toml:"manual_link" json:"manual_link"`               // 자동 연결 off
	RefuseUnder14    bool     `toml:"refuse_under_14" json:"refuse_under_14"`       // access_denied, and -406 from kapi
	FloatingUserIDs  bool     `toml:"floating_user_ids" json:"floating_user_ids"`   // a new user id after each unlink
	TokenLimitOff    bool     `toml:"token_limit_off" json:"token_limit_off"`       // no KOE237

	ConsentItems   []ConsentItem `toml:"consent_items" json:"consent_items"`     // 동의항목; default as in [DefaultApp]
	Terms          []Term        `toml:"terms" json:"terms"`                     // 서비스 약관 of Kakao Sync
	Channels       []Channel     `toml:"channels" json:"channels"`               // for channel_public_id
	UserProperties []string      `toml:"user_properties" json:"user_properties"` // keys of update_profile

	UnlinkWebhook  UnlinkWebhook  `toml:"unlink_webhook" json:"unlink_webhook"`
	AccountWebhook AccountWebhook `toml:"account_webhook" json:"account_webhook"`

	// Auto approves without pages, as the account of login_hint, or else of the Kakao session, or else AutoPersona.
	// Items that the account declines are left out, and an account that cancels gets access_denied.
	Auto        bool   `toml:"auto" json:"auto"`
	AutoPersona string `toml:"auto_persona" json:"auto_persona"` // default PersonaRyan
}

// Key is an additional key of an app.
type Key struct {
	Type             string   `toml:"type" json:"type"` // KeyREST, KeyJavaScript, KeyNative or KeyAdmin
	Value            string   `toml:"value" json:"value"`
	ClientSecret     string   `toml:"client_secret" json:"client_secret"` // of a REST key; default derived from Value
	ClientSecretOff  bool     `toml:"client_secret_off" json:"client_secret_off"`
	RedirectURIs     []string `toml:"redirect_uris" json:"redirect_uris"` // of REST and JavaScript keys
	AllowedIPs       []string `toml:"allowed_ips" json:"allowed_ips"`     // of REST and admin keys
	Domains          []string `toml:"domains" json:"domains"`             // of JavaScript keys
	AndroidKeyHashes []string `toml:"android_key_hashes" json:"android_key_hashes"`
	IOSBundleIDs     []string `toml:"ios_bundle_ids" json:"ios_bundle_ids"`
	AdminAPIs        []string `toml:"admin_apis" json:"admin_apis"`   // of admin keys; empty allows all
	Primary          bool     `toml:"primary" json:"primary"`         // the key in unlink webhooks
	Deactivated      bool     `toml:"deactivated" json:"deactivated"` // calls with the key, and its tokens, get -401
}

// Term is a service term of Kakao Sync, shown on Kakao's consent screen.
type Term struct {
	Tag      string `toml:"tag" json:"tag"` // 약관 태그
	Title    string `toml:"title" json:"title"`
	URL      string `toml:"url" json:"url"`
	Required bool   `toml:"required" json:"required"`
}

// Channel is a KakaoTalk channel connected with the app.
type Channel struct {
	PublicID string `toml:"public_id" json:"public_id"`
	Name     string `toml:"name" json:"name"`
}

// UnlinkWebhook is the receiver of 연결 해제 웹훅.
type UnlinkWebhook struct {
	URL    string `toml:"url" json:"url"`       // empty sends none
	Method string `toml:"method" json:"method"` // GET or POST (default)
}

// AccountWebhook is the receiver of 계정 상태 변경 웹훅.
type AccountWebhook struct {
	URL      string   `toml:"url" json:"url"`           // empty sends none
	Events   []string `toml:"events" json:"events"`     // short names such as "user-unlinked"; empty means all
	Audience string   `toml:"audience" json:"audience"` // default the REST API key
}

// DefaultApp is the app of an emulator without configured apps: id 1000001, client secret and OpenID Connect on,
// nickname and picture required, e-mail optional, no redirect URI.
func DefaultApp() App { return appDefaults(App{AppID: defaultAppID}) }

func appDefaults(a App) App {
	if a.Name == "" {
		a.Name = "norang 예제"
	}
	if a.Type == "" {
		a.Type = AppBiz
	}
	if a.AutoPersona == "" {
		a.AutoPersona = PersonaRyan
	}
	id := strconv.FormatInt(a.AppID, 10)
	for _, k := range []struct {
		v    *string
		kind string
	}{{&a.RESTKey, "rest"}, {&a.ClientSecret, "secret"}, {&a.AdminKey, "admin"}, {&a.NativeKey, "native"},
		{&a.JavaScriptKey, "js"}} {
		if *k.v == "" {
			*k.v = fixedKey(k.kind, id)
		}
	}
	if a.ConsentItems == nil {
		a.ConsentItems = []ConsentItem{
			{ID: "profile_nickname", Step: StepRequired},
			{ID: "profile_image", Step: StepRequired},
			{ID: "account_email", Step: StepOptional},
		}
	}
	a.MoreKeys = slices.Clone(a.MoreKeys)
	for i, k := range a.MoreKeys {
		if k.Type == KeyREST && k.ClientSecret == "" {
			a.MoreKeys[i].ClientSecret = fixedKey("secret", k.Value)
		}
	}
	return a
}

// fixedKey returns a text that is the same at every start, with 32 characters as Kakao's keys have.
func fixedKey(kind, of string) string {
	sum := sha256.Sum256([]byte("kakaotest " + kind + " " + of))
	return ("emu" + kind + hex.EncodeToString(sum[:]))[:32]
}

// checkApp reports everything that is wrong with an app.
func checkApp(a App) error {
	var faults []error
	bad := func(ko, en string, args ...any) {
		fault := emulator.Errorf("앱 %d: %s", "app %d: %s", a.AppID, emulator.Textf(ko, en, args...))
		if !slices.ContainsFunc(faults, func(f error) bool { return f.Error() == fault.Error() }) { // keys share settings
			faults = append(faults, fault)
		}
	}
	if types := []string{AppBasic, AppBiz, AppTest}; !slices.Contains(types, a.Type) {
		bad("모르는 type입니다: %q%s", "unknown type %q%s", a.Type, oneOf(types))
	}
	if a.AppID < 0 {
		bad("app_id는 0 이상이어야 합니다", "app_id must not be negative")
	}
	count := map[string]int{}
	for _, k := range appKeys(a) {
		count[k.Type]++
		if !slices.Contains(keyTypes(), k.Type) {
			bad("모르는 키 종류입니다: %q%s", "unknown key type %q%s", k.Type, oneOf(keyTypes()))
		}
		if k.Value == "" {
			bad("%s 키가 비어 있습니다", "empty %s key", k.Type)
		}
		for _, u := range k.RedirectURIs {
			if err := checkRedirect(u); err != nil {
				bad("리다이렉트 URI: %v", "redirect URI: %v", err)
			}
		}
		for _, ip := range k.AllowedIPs {
			if _, err := parseIPRule(ip); err != nil {
				bad("허용 IP: %v", "allowed IP: %v", err)
			}
		}
		for _, api := range k.AdminAPIs {
			if !slices.Contains(AdminAPICategories(), api) {
				bad("모르는 어드민 API 분류입니다: %q%s", "unknown admin API category %q%s", api,
					oneOf(AdminAPICategories()))
			}
		}
	}
	for _, t := range keyTypes() {
		if count[t] > 5 {
			bad("%s 키는 5개까지입니다: %d", "at most 5 %s keys, got %d", t, count[t])
		}
	}
	for _, u := range a.LogoutRedirectURIs {
		if err := checkRedirect(u); err != nil {
			bad("로그아웃 리다이렉트 URI: %v", "logout redirect URI: %v", err)
		}
	}
	for _, it := range a.ConsentItems {
		if err := it.check(a.Type); err != nil {
			bad("동의항목: %v", "consent item: %v", err)
		}
	}
	for _, t := range a.Terms {
		if t.Tag == "" || strings.ContainsAny(t.Tag, ", ") {
			bad("서비스 약관: tag는 비어 있거나 쉼표, 빈칸을 담을 수 없습니다: %q",
				"service term: tag must not be empty or contain a comma or blank, got %q", t.Tag)
		}
	}
	for _, hook := range [][2]string{
		{"unlink webhook: url", a.UnlinkWebhook.URL}, {"account webhook: url", a.AccountWebhook.URL},
	} {
		if err := emulator.CheckWebhook(hook[0], hook[1]); err != nil {
			bad("%v", "%v", err)
		}
	}
	if m := a.UnlinkWebhook.Method; m != "" && m != "GET" && m != "POST" {
		bad("연결 해제 웹훅: method는 GET이나 POST입니다: %q",
			"unlink webhook: method must be GET or POST, got %q", m)
	}
	for _, e := range a.AccountWebhook.Events {
		if eventURI(e) == "" {
			bad("계정 상태 변경 웹훅: 모르는 이벤트입니다: %q%s", "account webhook: unknown event %q%s", e,
				oneOf(AccountEvents()))
		}
	}
	return errors.Join(faults...)
}

// checkRedirect accepts absolute http and https URLs without fragment.
func checkRedirect(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Fragment != "" {
		return emulator.Errorf("#이 없는 http나 https 주소여야 합니다: %q",
			"must be an absolute http or https URL without fragment, got %q", s)
	}
	return nil
}

// parseIPRule reads an address or a CIDR range.
func parseIPRule(s string) (netip.Prefix, error) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked(), nil
	}
	ip, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, emulator.Errorf("IP 주소나 CIDR 범위여야 합니다: %q",
			"must be an address or a CIDR range, got %q", s)
	}
	return netip.PrefixFrom(ip, ip.BitLen()), nil
}

// appKeys lists all keys of an app in one form.
func appKeys(a App) []Key {
	primary := true
	for _, k := range a.MoreKeys {
		if k.Type == KeyAdmin && k.Primary {
			primary = false
		}
	}
	return append([]Key{
		{
			Type:            KeyREST,
			Value:           a.RESTKey,
			ClientSecret:    a.ClientSecret,
			ClientSecretOff: a.ClientSecretOff,
			RedirectURIs:    a.RedirectURIs,
			AllowedIPs:      a.AllowedIPs,
		},
		{Type: KeyJavaScript, Value: a.JavaScriptKey, RedirectURIs: a.RedirectURIs, Domains: a.Domains},
		{Type: KeyNative, Value: a.NativeKey, AndroidKeyHashes: a.AndroidKeyHashes, IOSBundleIDs: a.IOSBundleIDs},
		{Type: KeyAdmin, Value: a.AdminKey, AllowedIPs: a.AllowedIPs, AdminAPIs: a.AdminAPIs, Primary: primary},
	}, a.MoreKeys...)
}

// primaryAdminKey is the key in unlink webhooks.
func primaryAdminKey(a *App) string {
	for _, k := range appKeys(*a) {
		if k.Type == KeyAdmin && k.Primary {
			return k.Value
		}
	}
	return a.AdminKey
}

// appKey returns the key of an app with a value.
func appKey(a *App, value string) (Key, bool) {
	for _, k := range appKeys(*a) {
		if k.Value == value {
			return k, true
		}
	}
	return Key{}, false
}

// cloneApp copies an app with its slices.
func cloneApp(a App) App {
	for _, p := range []*[]string{&a.RedirectURIs, &a.LogoutRedirectURIs, &a.AllowedIPs, &a.AdminAPIs, &a.Domains,
		&a.AndroidKeyHashes, &a.IOSBundleIDs, &a.Members, &a.UserProperties, &a.AccountWebhook.Events} {
		*p = slices.Clone(*p)
	}
	a.MoreKeys, a.ConsentItems = slices.Clone(a.MoreKeys), slices.Clone(a.ConsentItems)
	a.Terms, a.Channels = slices.Clone(a.Terms), slices.Clone(a.Channels)
	return a
}
