package kakaotest_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/kakao/kakaotest"
)

// TestContract compares the emulator's responses with kakao/testdata: the same members of the same types, and no
// others. The client in package kakao is tested with the same files.
func TestContract(t *testing.T) {
	t.Parallel()
	emu := contractEmulator(t)
	admin := "KakaoAK " + emu.App().AdminKey
	me := func(persona string) string {
		return api(t, emu, "GET", "/v2/user/me", login(t, emu, persona).bearer(), nil).body
	}
	get := func(path, auth string, params url.Values) string { return api(t, emu, "GET", path, auth, params).body }
	post := func(path, auth string, params url.Values) string { return api(t, emu, "POST", path, auth, params).body }
	full := login(t, emu, "everything")
	id := claims(t, full.text("id_token"))["sub"].(string)

	for file, got := range map[string]string{
		"token_openid.json":  login(t, emu, "everything").body,
		"token_refresh.json": refresh(t, emu, full.text("refresh_token")).body,
		"discovery.json":     get("/.well-known/openid-configuration", "", nil),
		"jwks.json":          get("/.well-known/jwks.json", "", nil),
		"idtoken.json":       payload(t, login(t, emu, "everything", "nonce", "n").text("id_token")),
		"tokeninfo.json": post("/oauth/tokeninfo", "",
			url.Values{"id_token": {login(t, emu, "everything", "nonce", "n").text("id_token")}}),
		"tokeninfo_koe400.json": post("/oauth/tokeninfo", "", url.Values{"id_token": {"x.y.z"}}),
		"userinfo.json":         get("/v1/oidc/userinfo", full.bearer(), nil),
		"userinfo_-401.json":    get("/v1/oidc/userinfo", "Bearer none", nil),
		"user_me_-401.json":     get("/v2/user/me", "Bearer none", nil),
		"user_me_-2.json": get("/v2/user/me", full.bearer(),
			url.Values{"property_keys": {"no json"}}),
		"user_me_-201.json": get("/v2/user/me", full.bearer(),
			url.Values{"property_keys": {`["properties.none"]`}}),
		"access_token_info.json":      get("/v1/user/access_token_info", full.bearer(), nil),
		"access_token_info_-401.json": get("/v1/user/access_token_info", "Bearer none", nil),
		"shipping_address.json": get("/v1/user/shipping_address", full.bearer(),
			url.Values{"page_size": {"2"}}),
		"shipping_address_not_agreed.json": get("/v1/user/shipping_address", login(t, emu, "ordinary").bearer(), nil),
		"user_ids.json":                    get("/v1/user/ids", admin, url.Values{"limit": {"2"}, "from_id": {id}}),
		"scopes.json":                      get("/v2/user/scopes", full.bearer(), nil),
		"scopes_one.json": get("/v2/user/scopes", full.bearer(),
			url.Values{"scopes": {`["account_email"]`}}),
		"scopes_revoke_-3.json": post("/v2/user/revoke/scopes", full.bearer(),
			url.Values{"scopes": {`["profile_nickname"]`}}),
		"scopes_revoke_-2.json": post("/v2/user/revoke/scopes", full.bearer(),
			url.Values{"scopes": {`["nothing"]`}}),
		"scopes_revoke.json": post("/v2/user/revoke/scopes", login(t, emu, "revoker").bearer(),
			url.Values{"scopes": {`["talk_message"]`}}),
		"service_terms.json": get("/v2/user/service_terms", full.bearer(), nil),
		"service_terms_app.json": get("/v2/user/service_terms", login(t, emu, "ordinary").bearer(),
			url.Values{"result": {"app_service_terms"}}),
		"service_terms_-2.json": get("/v2/user/service_terms", full.bearer(),
			url.Values{"tags": {"nothing"}}),
		"service_terms_revoke.json": post("/v2/user/revoke/service_terms", full.bearer(),
			url.Values{"tags": {"marketing"}}),
		"service_terms_upgrade.json": post("/v2/user/upgrade/service_terms", full.bearer(),
			url.Values{"tags": {"marketing"}}),
		"update_profile.json": post("/v1/user/update_profile", full.bearer(),
			url.Values{"properties": {`{"favorite_color":"yellow"}`}}),
		"update_profile_-201.json": post("/v1/user/update_profile", full.bearer(),
			url.Values{"properties": {`{"none":"x"}`}}),
		"signup_-102.json": post("/v1/user/signup", full.bearer(), nil),
		"user_me.json":     me("everything"),
		"logout.json":      post("/v1/user/logout", login(t, emu, "ordinary").bearer(), nil),
		"logout_-401.json": post("/v1/user/logout", "Bearer none", nil),
		"unlink.json":      post("/v1/user/unlink", login(t, emu, "leaver").bearer(), nil),
		"unlink_-101.json": post("/v1/user/unlink", admin,
			url.Values{"target_id_type": {"user_id"}, "target_id": {"1"}}),
		"unlink_-401.json": post("/v1/user/unlink", "Bearer none", nil),
		"ips.json":         get("/v1/system/ips", admin, nil),
	} {
		compareShape(t, file, got)
	}
	plain := plainContractEmulator(t)
	for file, persona := range map[string]string{
		"user_me_ordinary.json": "ryan", "user_me_no_email.json": "no-email",
		"user_me_email_masked.json":     "invalid-email",
		"user_me_email_unverified.json": "unverified-email", "user_me_minimal.json": "no-account",
		"user_me_defaults.json": "default-nickname",
		"user_me_-103.json":     "dormant",
	} {
		compareShape(t, file, api(t, plain, "GET", "/v2/user/me", login(t, plain, persona).bearer(), nil).body)
	}
	ryan := login(t, plain, "ryan")
	compareShape(t, "user_me_secure.json", api(t, plain, "GET", "/v2/user/me", ryan.bearer(),
		url.Values{"secure_resource": {"true"}, "property_keys": {`["kakao_account.profile"]`}}).body)
	compareShape(t, "users.json", api(t, plain, "GET", "/v2/app/users", "KakaoAK "+plain.App().AdminKey,
		url.Values{"target_id_type": {"user_id"}, "target_ids": {fmt.Sprintf("[%d]", userID(t, ryan))}}).body)
	compareErrors(t, plain)
}

// compareErrors compares the errors of kapi and of the token endpoint, which have the same form for all codes.
func compareErrors(t *testing.T, plain *kakaotest.Server) {
	t.Helper()
	files, err := filepath.Glob("../testdata/error_-*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no error samples: %v", err)
	}
	for _, f := range files {
		code := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(f), "error_"), ".json")
		script(t, plain, kakaotest.Scenario{Endpoint: "user/me", Code: code})
		compareShape(t, filepath.Base(f), api(t, plain, "GET", "/v2/user/me", "", nil).body)
	}
	files, _ = filepath.Glob("../testdata/token_koe*.json")
	for _, f := range files {
		code := strings.ToUpper(strings.TrimSuffix(strings.TrimPrefix(filepath.Base(f), "token_"), ".json"))
		script(t, plain, kakaotest.Scenario{Endpoint: "oauth/token", Code: code})
		r := exchange(t, plain, "x")
		compareShape(t, filepath.Base(f), r.body)
		compareValue(t, filepath.Base(f), "error", r.json)
	}
}

// contractEmulator has an app that uses everything.
func contractEmulator(t *testing.T) *kakaotest.Server {
	t.Helper()
	app := kakaotest.App{Auto: true, RedirectURIs: []string{callback}, UserProperties: []string{"favorite_color"},
		TokenLimitOff: true,
		ConsentItems: []kakaotest.ConsentItem{
			{ID: "profile_nickname", Step: "required"}, {ID: "profile_image", Step: "required"},
			{ID: "account_email", Step: "optional"},
			{ID: "name", Step: "optional"}, {ID: "gender", Step: "optional"}, {ID: "age_range", Step: "optional"},
			{ID: "birthday", Step: "optional"},
			{ID: "birthyear", Step: "optional"}, {ID: "phone_number", Step: "optional"},
			{ID: "account_ci", Step: "optional"},
			{ID: "shipping_address", Step: "optional"}, {ID: "friends", Step: "optional"},
			{ID: "talk_message", Step: "in_use"},
		},
		Terms: []kakaotest.Term{{Tag: "service_2026", Required: true}, {Tag: "marketing"}},
	}
	people := kakaotest.Personas()
	full := people[slices.IndexFunc(people, func(a kakaotest.Account) bool { return a.ID == kakaotest.PersonaFull })]
	full.ID, full.UserID = "everything", 3141592653589793238
	ordinary, leaver, revoker := people[0], people[0], people[0]
	ordinary.ID, ordinary.UserID, ordinary.Declines = "ordinary", 0, []string{"*"}
	leaver.ID, leaver.UserID = "leaver", 0
	revoker.ID, revoker.UserID = "revoker", 0
	return kakaotest.StartWith(t, kakaotest.Config{Apps: []kakaotest.App{app}, PictureURL: "https://img.example",
		Accounts: []kakaotest.Account{full, ordinary, leaver, revoker}})
}

// plainContractEmulator has an ordinary app.
func plainContractEmulator(t *testing.T) *kakaotest.Server {
	t.Helper()
	return kakaotest.StartWith(t, kakaotest.Config{Apps: []kakaotest.App{{Auto: true,
		RedirectURIs: []string{callback}, TokenLimitOff: true}}})
}

// optional lists members that may be missing from a sample or from a response.
var optional = map[string][]string{
	"user_me.json":          {"synched_at"},
	"user_me_ordinary.json": {"properties", "synched_at"},
	"user_me_no_email.json": {"properties", "profile_image_needs_agreement",
		"kakao_account.profile.profile_image_url", "kakao_account.profile.thumbnail_image_url",
		"kakao_account.profile.is_default_image", "kakao_account.profile_image_needs_agreement"},
	"user_me_defaults.json": {"properties", "kakao_account.email", "kakao_account.has_email",
		"kakao_account.is_email_valid", "kakao_account.is_email_verified", "kakao_account.email_needs_agreement"},
	"user_me_email_masked.json": {"kakao_account.has_email", "properties", "kakao_account.profile",
		"kakao_account.profile_nickname_needs_agreement", "kakao_account.profile_image_needs_agreement"},
	"user_me_email_unverified.json": {"kakao_account.has_email", "properties", "kakao_account.profile",
		"kakao_account.profile_nickname_needs_agreement", "kakao_account.profile_image_needs_agreement"},
	"user_me_secure.json": {"properties", "connected_at", "kakao_account.profile.nickname",
		"kakao_account.profile.is_default_nickname", "kakao_account.profile_nickname_needs_agreement"},
	"user_me_preregistered.json":       {"kakao_account.profile.", "properties"},
	"user_ids.json":                    {"before_url", "after_url"},
	"scopes_one.json":                  {},
	"service_terms_app.json":           {},
	"shipping_address.json":            {},
	"token_refresh.json":               {"id_token"},
	"ips.json":                         {"inbound[].addition", "inbound[].exclusion"},
	"shipping_address_not_agreed.json": {},
}

func compareShape(t *testing.T, file, got string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", file))
	if err != nil {
		t.Errorf("%s: %v", file, err)
		return
	}
	want, have := shape(t, file, string(b)), shape(t, file, got)
	for path, kind := range want {
		if slices.ContainsFunc(optional[file], func(o string) bool {
			return path == o ||
				strings.HasPrefix(path, o)
		}) {
			continue
		}
		if have[path] != kind {
			t.Errorf("%s: %s is %q in the sample and %q in the answer %s", file, path, kind, have[path], got)
		}
	}
	for path := range have {
		if _, ok := want[path]; !ok && !slices.ContainsFunc(optional[file],
			func(o string) bool { return path == o || strings.HasPrefix(path, o) }) {
			t.Errorf("%s: the answer has %s, the sample does not", file, path)
		}
	}
}

func compareValue(t *testing.T, file, name string, got map[string]any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]any
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	if got[name] != want[name] {
		t.Errorf("%s: %s is %v, the sample has %v", file, name, got[name], want[name])
	}
}

// shape maps every path of a JSON text to its type. The elements of an array count as one, and so do the app's own
// members of "properties".
func shape(t *testing.T, file, text string) map[string]string {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Errorf("%s: %v in %q", file, err, text)
		return nil
	}
	out := map[string]string{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			out[path] = "object"
			if path == "properties" || strings.HasSuffix(path, "].properties") {
				return
			}
			for k, m := range v {
				walk(strings.TrimPrefix(path+"."+k, "."), m)
			}
		case []any:
			out[path] = "array"
			for _, m := range v {
				walk(path+"[]", m)
			}
		case json.Number:
			out[path] = "number"
			if _, err := strconv.ParseInt(v.String(), 10, 64); err != nil {
				out[path] = "fraction"
			}
		case bool:
			out[path] = "bool"
		case nil:
			out[path] = "null"
		case string:
			out[path] = "string"
			if _, err := time.Parse(time.RFC3339, v); err == nil {
				out[path] = "time"
			}
		}
	}
	walk("", v)
	return out
}

func payload(t *testing.T, token string) string {
	t.Helper()
	b, err := json.Marshal(claims(t, token))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(b), "e+09", "")
}

func refresh(t testing.TB, emu *kakaotest.Server, token string) reply {
	t.Helper()
	app := emu.App()
	return api(t, emu, "POST", "/oauth/token", "", url.Values{"grant_type": {"refresh_token"},
		"client_id": {app.RESTKey}, "client_secret": {app.ClientSecret}, "refresh_token": {token}})
}

func script(t testing.TB, emu *kakaotest.Server, sc ...kakaotest.Scenario) {
	t.Helper()
	if err := emu.Script(sc...); err != nil {
		t.Fatal(err)
	}
}

// userID is the user id of a token.
func userID(t testing.TB, tokens reply) int64 {
	t.Helper()
	n, err := strconv.ParseInt(fmt.Sprint(claims(t, tokens.text("id_token"))["sub"]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
