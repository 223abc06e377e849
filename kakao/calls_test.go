package kakao

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var (
	testTime  = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	testToken = Secret("A1-access-token-of-our-own-making")
)

const (
	bearerHeader = "Bearer A1-access-token-of-our-own-making"
	adminHeader  = "KakaoAK the-admin-key"
	ryan         = int64(3141592653589)
)

var prefixesEqual = cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })

// secretsEqual makes cmp compare the text of secrets.
var secretsEqual = cmp.Comparer(func(a, b Secret) bool { return a.Reveal() == b.Reveal() })

// calls lists every call with its response in testdata, the expected request and the expected result.
var calls = []struct {
	name, file string
	do         func(context.Context, *Client) (any, error)
	auth       string
	params     url.Values // query of a GET, form of a POST
	want       any
}{
	{
		name: "AccessTokenInfo", file: "access_token_info.json",
		do:   func(ctx context.Context, c *Client) (any, error) { return c.AccessTokenInfo(ctx, testToken) },
		auth: bearerHeader,
		want: &AccessTokenInfo{UserID: ryan, AppID: 123456, ExpiresIn: 7199 * time.Second},
	},
	{
		name: "AccessTokenInfo minimal", file: "access_token_info_minimal.json",
		do:   func(ctx context.Context, c *Client) (any, error) { return c.VerifyAccessToken(ctx, testToken) },
		auth: bearerHeader,
		want: &AccessTokenInfo{UserID: ryan, AppID: 123456, ExpiresIn: 7199 * time.Second},
	},
	{
		name: "Logout", file: "logout.json",
		do:   func(ctx context.Context, c *Client) (any, error) { return c.Logout(ctx, testToken) },
		auth: bearerHeader,
		want: ryan,
	},
	{
		name: "LogoutAsAdmin", file: "logout.json",
		do:     func(ctx context.Context, c *Client) (any, error) { return c.LogoutAsAdmin(ctx, ryan) },
		auth:   adminHeader,
		params: target(),
		want:   ryan,
	},
	{
		name: "Unlink", file: "unlink.json",
		do:   func(ctx context.Context, c *Client) (any, error) { return c.Unlink(ctx, testToken) },
		auth: bearerHeader,
		want: ryan,
	},
	{
		name: "Unlink when unlinked", file: "unlink_-101.json",
		do:   func(ctx context.Context, c *Client) (any, error) { return c.Unlink(ctx, testToken) },
		auth: bearerHeader,
		want: int64(0),
	},
	{
		name: "UnlinkAsAdmin", file: "unlink.json",
		do:     func(ctx context.Context, c *Client) (any, error) { return c.UnlinkAsAdmin(ctx, ryan) },
		auth:   adminHeader,
		params: target(),
		want:   ryan,
	},
	{
		name: "UnlinkAsAdmin when unlinked", file: "unlink_-101.json",
		do:     func(ctx context.Context, c *Client) (any, error) { return c.UnlinkAsAdmin(ctx, ryan) },
		auth:   adminHeader,
		params: target(),
		want:   ryan,
	},
	{
		name: "UpdateProfile", file: "update_profile.json",
		do: func(ctx context.Context, c *Client) (any, error) {
			return c.UpdateProfile(ctx, testToken, map[string]string{"favorite_color": "노랑 & \"yellow\""})
		},
		auth:   bearerHeader,
		params: url.Values{"properties": {`{"favorite_color":"노랑 \u0026 \"yellow\""}`}},
		want:   ryan,
	},
	{
		name: "Signup", file: "signup.json",
		do:   func(ctx context.Context, c *Client) (any, error) { return c.Signup(ctx, testToken, nil) },
		auth: bearerHeader,
		want: ryan,
	},
	{
		name: "Users", file: "users.json",
		do: func(ctx context.Context, c *Client) (any, error) {
			return userIDsOf(c.Users(ctx, []int64{ryan, 2718281828459}, UserMeOptions{}))
		},
		auth:   adminHeader,
		params: url.Values{"target_id_type": {"user_id"}, "target_ids": {"[3141592653589,2718281828459]"}},
		want:   []int64{ryan, 2718281828459},
	},
	{
		name: "Users as elements", file: "users_elements.json",
		do: func(ctx context.Context, c *Client) (any, error) {
			opts := UserMeOptions{PropertyKeys: []string{"kakao_account."}, SecureResource: true}
			return userIDsOf(c.Users(ctx, []int64{ryan, 2718281828459}, opts))
		},
		auth: adminHeader,
		params: url.Values{"target_id_type": {"user_id"}, "target_ids": {"[3141592653589,2718281828459]"},
			"property_keys": {`["kakao_account."]`}, "secure_resource": {"true"}},
		want: []int64{ryan, 2718281828459},
	},
	{
		name: "Users none", file: "users_none.json",
		do: func(ctx context.Context, c *Client) (any, error) {
			return userIDsOf(c.Users(ctx, []int64{1}, UserMeOptions{}))
		},
		auth:   adminHeader,
		params: url.Values{"target_id_type": {"user_id"}, "target_ids": {"[1]"}},
		want:   []int64(nil),
	},
	{
		name: "UserIDs", file: "user_ids.json",
		do: func(ctx context.Context, c *Client) (any, error) {
			return c.UserIDs(ctx, UserIDsRequest{Limit: 3, FromID: 7, Descending: true})
		},
		auth:   adminHeader,
		params: url.Values{"limit": {"3"}, "from_id": {"7"}, "order": {"desc"}},
		want: &UserIDs{
			IDs:    []int64{3141592653589, 2718281828459, 1618033988749},
			Next:   &UserIDsRequest{Limit: 3, FromID: 1618033988749},
			Before: &UserIDsRequest{Limit: 3, FromID: 3141592653589, Descending: true},
		},
	},
	{
		name: "UserIDs last", file: "user_ids_last.json",
		do:   func(ctx context.Context, c *Client) (any, error) { return c.UserIDs(ctx, UserIDsRequest{}) },
		auth: adminHeader,
		want: &UserIDs{
			IDs:    []int64{1414213562373},
			Before: &UserIDsRequest{Limit: 3, FromID: 1414213562373, Descending: true},
		},
	},
	{
		name: "ShippingAddresses", file: "shipping_address.json",
		do: func(ctx context.Context, c *Client) (any, error) {
			opts := ShippingAddressOptions{AddressID: 10001, UpdatedBefore: time.Unix(1767300000, 5), PageSize: 2}
			return c.ShippingAddresses(ctx, testToken, opts)
		},
		auth:   bearerHeader,
		params: url.Values{"address_id": {"10001"}, "from_updated_at": {"1767300000"}, "page_size": {"2"}},
		want: &ShippingAddresses{UserID: ryan, NeedsAgreement: No, Addresses: []ShippingAddress{
			{
				ID:             10001,
				Name:           "우리집",
				IsDefault:      Yes,
				UpdatedAt:      time.Unix(1767323000, 0).UTC(),
				Type:           RoadAddress,
				BaseAddress:    "경기 성남시 분당구 판교역로 1",
				DetailAddress:  "101동 101호",
				ReceiverName:   "김라이언",
				ReceiverPhone1: "010-1234-5678",
				ReceiverPhone2: "031-123-4567",
				ZoneNumber:     "13529",
				ZipCode:        "463400",
			},
			{
				ID:             10002,
				Name:           "회사",
				IsDefault:      No,
				UpdatedAt:      time.Unix(1767322000, 0).UTC(),
				Type:           LotAddress,
				BaseAddress:    "제주 제주시 영평동 1",
				DetailAddress:  "2층",
				ReceiverName:   "김라이언",
				ReceiverPhone1: "010-1234-5678",
				ZoneNumber:     "63309",
				ZipCode:        "690140",
			},
		}},
	},
	{
		name: "ShippingAddresses not agreed", file: "shipping_address_not_agreed.json",
		do: func(ctx context.Context, c *Client) (any, error) {
			return c.ShippingAddressesAsAdmin(ctx, ryan, ShippingAddressOptions{})
		},
		auth:   adminHeader,
		params: target(),
		want:   &ShippingAddresses{UserID: ryan, NeedsAgreement: Yes},
	},
	{
		name: "ShippingAddresses none", file: "shipping_address_none.json",
		do: func(ctx context.Context, c *Client) (any, error) {
			return c.ShippingAddresses(ctx, testToken, ShippingAddressOptions{})
		},
		auth: bearerHeader,
		want: &ShippingAddresses{UserID: ryan, NeedsAgreement: No},
	},
	{
		name: "Scopes", file: "scopes.json",
		do:   func(ctx context.Context, c *Client) (any, error) { return c.Scopes(ctx, testToken) },
		auth: bearerHeader,
		want: &Scopes{UserID: ryan, Scopes: []Scope{
			{"profile_nickname", "닉네임", PrivacyScope, Yes, Yes, No},
			{"account_email", "카카오계정(이메일)", PrivacyScope, Yes, Yes, Yes},
			{"gender", "성별", PrivacyScope, Yes, No, Absent},
			{"friends", "카카오서비스 내 친구목록", ServiceScope, No, Yes, Yes}}},
	},
	{
		name: "ScopesAsAdmin", file: "scopes_one.json",
		do: func(ctx context.Context, c *Client) (any, error) {
			return c.ScopesAsAdmin(ctx, ryan, "account_email")
		},
		auth:   adminHeader,
		params: target("scopes", `["account_email"]`),
		want: &Scopes{
			UserID: ryan,
			Scopes: []Scope{{"account_email", "카카오계정(이메일)", PrivacyScope, Yes, Yes, Yes}},
		},
	},
	{
		name: "RevokeScopes", file: "scopes_revoke.json",
		do: func(ctx context.Context, c *Client) (any, error) {
			return c.RevokeScopes(ctx, testToken, "account_email")
		},
		auth:   bearerHeader,
		params: url.Values{"scopes": {`["account_email"]`}},
		want: &Scopes{
			UserID: ryan,
			Scopes: []Scope{{"account_email", "카카오계정(이메일)", PrivacyScope, Yes, No, Absent}},
		},
	},
	{
		name: "RevokeScopesAsAdmin", file: "scopes_revoke.json",
		do: func(ctx context.Context, c *Client) (any, error) {
			return c.RevokeScopesAsAdmin(ctx, ryan, "account_email")
		},
		auth:   adminHeader,
		params: target("scopes", `["account_email"]`),
		want: &Scopes{
			UserID: ryan,
			Scopes: []Scope{{"account_email", "카카오계정(이메일)", PrivacyScope, Yes, No, Absent}},
		},
	},
	{
		name: "ServiceTerms", file: "service_terms.json",
		do: func(ctx context.Context, c *Client) (any, error) {
			return c.ServiceTerms(ctx, testToken, ServiceTermsOptions{Tags: []string{"service_2026", "marketing"}})
		},
		auth:   bearerHeader,
		params: url.Values{"tags": {"service_2026,marketing"}},
		want: &ServiceTerms{UserID: ryan, Terms: []ServiceTerm{
			{"service_2026", Yes, Yes, No, testTime, AgreedAtKakao},
			{"marketing", No, Yes, Yes, testTime, AgreedAtService}}},
	},
	{
		name: "ServiceTermsAsAdmin", file: "service_terms_app.json",
		do: func(ctx context.Context, c *Client) (any, error) {
			return c.ServiceTermsAsAdmin(ctx, ryan, ServiceTermsOptions{All: true})
		},
		auth:   adminHeader,
		params: target("result", "app_service_terms"),
		want: &ServiceTerms{UserID: ryan, Terms: []ServiceTerm{
			{"service_2026", Yes, Yes, No, testTime, AgreedAtKakao},
			{"night_push", No, No, No, time.Time{}, ""}}},
	},
	{
		name: "RevokeServiceTerms", file: "service_terms_revoke.json",
		do: func(ctx context.Context, c *Client) (any, error) {
			return c.RevokeServiceTerms(ctx, testToken, "marketing")
		},
		auth:   bearerHeader,
		params: url.Values{"tags": {"marketing"}},
		want:   &ServiceTerms{UserID: ryan, Terms: []ServiceTerm{{Tag: "marketing", Agreed: No}}},
	},
	{
		name: "RevokeServiceTermsAsAdmin", file: "service_terms_revoke.json",
		do: func(ctx context.Context, c *Client) (any, error) {
			return c.RevokeServiceTermsAsAdmin(ctx, ryan, "marketing", "b")
		},
		auth:   adminHeader,
		params: target("tags", "marketing,b"),
		want:   &ServiceTerms{UserID: ryan, Terms: []ServiceTerm{{Tag: "marketing", Agreed: No}}},
	},
	{
		name: "UpgradeServiceTerms", file: "service_terms_upgrade.json",
		do: func(ctx context.Context, c *Client) (any, error) {
			return c.UpgradeServiceTerms(ctx, testToken, "marketing")
		},
		auth:   bearerHeader,
		params: url.Values{"tags": {"marketing"}},
		want: &ServiceTerms{UserID: ryan, Terms: []ServiceTerm{
			{
				Tag:      "marketing",
				Agreed:   Yes,
				AgreedAt: time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC),
				AgreedBy: AgreedAtService,
			}}},
	},
	{
		name: "UpgradeServiceTermsAsAdmin", file: "service_terms_upgrade.json",
		do: func(ctx context.Context, c *Client) (any, error) {
			return c.UpgradeServiceTermsAsAdmin(ctx, ryan, "marketing")
		},
		auth:   adminHeader,
		params: target("tags", "marketing"),
		want: &ServiceTerms{UserID: ryan, Terms: []ServiceTerm{
			{
				Tag:      "marketing",
				Agreed:   Yes,
				AgreedAt: time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC),
				AgreedBy: AgreedAtService,
			}}},
	},
	{
		name: "IPs", file: "ips.json",
		do:   func(ctx context.Context, c *Client) (any, error) { return c.IPs(ctx) },
		auth: "KakaoAK rest-key",
		want: &IPs{
			Inbound: []ServiceIPs{
				{
					Service:   "callback",
					Prefixes:  prefixes("192.0.2.0/28", "198.51.100.16/28"),
					Ports:     []int{443},
					UpdatedOn: day(2026, 1, 2),
				},
				{
					Service:   "scrap",
					Prefixes:  prefixes("203.0.113.0/26"),
					Ports:     []int{80, 443},
					UpdatedOn: day(2025, 11, 30),
				},
			},
			Outbound: []ServiceIPs{
				{
					Service:   "kauth.kakao.com",
					Prefixes:  prefixes("192.0.2.128/32"),
					Ports:     []int{443},
					UpdatedOn: day(2025, 11, 30),
				},
			},
			UpdatedOn: day(2026, 1, 2),
		},
	},
	{
		name: "UserInfo", file: "userinfo.json",
		do:   func(ctx context.Context, c *Client) (any, error) { return c.UserInfo(ctx, testToken, "3141592653589") },
		auth: bearerHeader,
		want: &UserInfo{
			Subject:       "3141592653589",
			UserID:        ryan,
			Name:          "김라이언",
			Nickname:      "라이언",
			Picture:       "http://img.example/p.jpg",
			Email:         "ryan@example.com",
			EmailVerified: Yes,
			Gender:        Male, Birthdate: "1990-03-05", PhoneNumber: "+82 10-1234-5678", PhoneNumberVerified: Yes,
		},
	},
	{
		name: "UserInfo minimal", file: "userinfo_minimal.json",
		do:   func(ctx context.Context, c *Client) (any, error) { return c.UserInfo(ctx, testToken, "") },
		auth: bearerHeader,
		want: &UserInfo{Subject: "3141592653589", UserID: ryan},
	},
	{
		name: "TokenInfo", file: "tokeninfo.json",
		do:     func(ctx context.Context, c *Client) (any, error) { return c.TokenInfo(ctx, "a.b.c") },
		auth:   "",
		params: url.Values{"id_token": {"a.b.c"}},
		want: &TokenInfo{
			Issuer:    "https://kauth.kakao.com",
			Subject:   "3141592653589",
			Audience:  []string{"rest-key"},
			IssuedAt:  time.Unix(1767323846, 0).UTC(),
			ExpiresAt: time.Unix(1767345445, 0).UTC(),
			AuthTime:  time.Unix(1767323000, 0).UTC(),
			Nonce:     "n-0123456789abcdef",
			Nickname:  "라이언",
			Picture:   "http://img.example/t.jpg",
			Email:     "ryan@example.com",
		},
	},
}

func target(more ...string) url.Values {
	v := url.Values{"target_id_type": {"user_id"}, "target_id": {"3141592653589"}}
	for i := 0; i < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return v
}

func prefixes(list ...string) []netip.Prefix {
	var p []netip.Prefix
	for _, s := range list {
		p = append(p, netip.MustParsePrefix(s))
	}
	return p
}

func day(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }

func userIDsOf(users []*User, err error) (any, error) {
	var ids []int64
	for _, u := range users {
		ids = append(ids, u.ID)
	}
	return ids, err
}

// TestCalls checks the request (method, path, authorization, parameters) and the result of every call.
func TestCalls(t *testing.T) {
	t.Parallel()
	for _, tt := range calls {
		t.Run(tt.name, func(t *testing.T) {
			s := load(t, tt.file)
			method, path, _ := strings.Cut(s.call, " ")
			path, _, _ = strings.Cut(path, "?")
			seen := 0
			c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
				seen++
				if r.Method != method || r.URL.Path != path {
					t.Errorf("%s %s, want %s %s", r.Method, r.URL.Path, method, path)
				}
				if got := r.Header.Get("Authorization"); got != tt.auth {
					t.Errorf("Authorization %q, want %q", got, tt.auth)
				}
				if got := r.Header.Get("Content-Type"); got != "application/x-www-form-urlencoded;charset=utf-8" {
					t.Errorf("Content-Type %q", got)
				}
				r.ParseForm()
				got := r.URL.Query()
				if method == "POST" {
					if len(got) > 0 {
						t.Errorf("query %v in a POST", got)
					}
					got = r.PostForm
				}
				if got.Encode() != tt.params.Encode() {
					t.Errorf("parameters %v, want %v", got, tt.params)
				}
				answer(w, s.status, s.body)
			})
			got, err := tt.do(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, prefixesEqual); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if seen != 1 {
				t.Errorf("%d requests", seen)
			}
		})
	}
}

func TestCallsRejectResponsesAboutOtherUsers(t *testing.T) {
	t.Parallel()
	other := int64(42)
	for _, tt := range []struct {
		name, file string
		do         func(context.Context, *Client) (any, error)
	}{
		{"user_me", "user_me.json", func(ctx context.Context, c *Client) (any, error) {
			return c.UserMeAsAdmin(ctx, other, UserMeOptions{})
		}},
		{"user_me WantID", "user_me.json", func(ctx context.Context, c *Client) (any, error) {
			return c.UserMe(ctx, testToken, UserMeOptions{WantID: other})
		}},
		{"userinfo", "userinfo.json", func(ctx context.Context, c *Client) (any, error) {
			return c.UserInfo(ctx, testToken, "42")
		}},
		{"users", "users.json", func(ctx context.Context, c *Client) (any, error) {
			return c.Users(ctx, []int64{other}, UserMeOptions{})
		}},
		{"unlink", "unlink.json", func(ctx context.Context, c *Client) (any, error) {
			return c.UnlinkAsAdmin(ctx, other)
		}},
		{"logout", "logout.json", func(ctx context.Context, c *Client) (any, error) {
			return c.LogoutAsAdmin(ctx, other)
		}},
		{"scopes", "scopes.json", func(ctx context.Context, c *Client) (any, error) {
			return c.ScopesAsAdmin(ctx, other)
		}},
		{"service_terms", "service_terms.json", func(ctx context.Context, c *Client) (any, error) {
			return c.ServiceTermsAsAdmin(ctx, other, ServiceTermsOptions{})
		}},
		{"shipping_address", "shipping_address.json", func(ctx context.Context, c *Client) (any, error) {
			return c.ShippingAddressesAsAdmin(ctx, other, ShippingAddressOptions{})
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := load(t, tt.file)
			c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { answer(w, s.status, s.body) })
			if got, err := tt.do(t.Context(), c); !errors.Is(err, ErrForeignToken) {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

func TestCallsRejectInvalidInput(t *testing.T) {
	t.Parallel()
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("unexpected request: %s", r.URL.Path)
	})
	ctx := t.Context()
	try := func(name string, err error) {
		t.Helper()
		if !errors.Is(err, ErrInvalidInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, token := range []Secret{
		"", "a b", "a\r\nb", "a\x00", Secret(strings.Repeat("a", 100<<10)), "the-admin-key",
		"KakaoAK the-admin-key", "the-client-secret",
	} {
		_, err := c.UserMe(ctx, token, UserMeOptions{})
		try("UserMe", err)
		_, err = c.VerifyAccessToken(ctx, token)
		try("VerifyAccessToken", err)
	}
	_, err := c.UnlinkAsAdmin(ctx, 0)
	try("UnlinkAsAdmin(0)", err)
	_, err = c.Users(ctx, nil, UserMeOptions{})
	try("Users(nil)", err)
	_, err = c.Users(ctx, make([]int64, 101), UserMeOptions{})
	try("Users(101)", err)
	_, err = c.Users(
		ctx, []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21},
		UserMeOptions{PropertyKeys: []string{"kakao_account."}},
	)
	try("Users(21, keys)", err)
	_, err = c.UserIDs(ctx, UserIDsRequest{Limit: 101})
	try("UserIDs(101)", err)
	_, err = c.RevokeScopes(ctx, testToken)
	try("RevokeScopes()", err)
	_, err = c.RevokeServiceTerms(ctx, testToken, "a,b")
	try("RevokeServiceTerms(a,b)", err)
	_, err = c.ShippingAddresses(ctx, testToken, ShippingAddressOptions{PageSize: 1})
	try("ShippingAddresses(1)", err)
	_, err = c.UpdateProfile(ctx, testToken, nil)
	try("UpdateProfile(nil)", err)
	_, err = c.Exchange(ctx, ExchangeRequest{Code: "c", RedirectURI: "https://svc.example/cb", CodeVerifier: "short"})
	try("Exchange(short verifier)", err)
	_, err = c.Exchange(ctx, ExchangeRequest{RedirectURI: "https://svc.example/cb", CodeVerifier: testVerifier})
	try("Exchange(no code)", err)
	_, err = c.Refresh(ctx, RefreshRequest{})
	try("Refresh()", err)
	_, err = c.TokenInfo(ctx, "")
	try("TokenInfo()", err)

	bare, err := New(Config{ClientID: "rest-key"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = bare.UnlinkAsAdmin(ctx, ryan)
	try("no admin key", err)
	_, err = bare.VerifyAccessToken(ctx, testToken)
	try("no app id", err)
}

func TestAllUserIDsVisitsEveryIDOnce(t *testing.T) {
	t.Parallel()
	pages := map[string]string{
		"":  `{"elements":[1,2,3],"after_url":"http://other.example/v1/user/ids?from_id=3&limit=3&app_key=x"}`,
		"3": `{"elements":[3,4,5],"after_url":"http://other.example/v1/user/ids?from_id=5&limit=3"}`,
		"5": `{"elements":[5],"after_url":"http://other.example/v1/user/ids?from_id=5&limit=3"}`, // refers to itself
	}
	calls := 0
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		calls++
		answer(w, 200, pages[r.URL.Query().Get("from_id")])
	})
	var got []int64
	for id, err := range c.AllUserIDs(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, id)
	}
	if diff := cmp.Diff([]int64{1, 2, 3, 4, 5}, got); diff != "" || calls != 3 {
		t.Errorf("%d calls, %s", calls, diff)
	}
}

func TestAllUserIDsEndsWithTheFirstError(t *testing.T) {
	t.Parallel()
	s := load(t, "user_ids_-10.json")
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { answer(w, s.status, s.body) })
	n := 0
	for id, err := range c.AllUserIDs(t.Context(), 0) {
		if n++; id != 0 || !errors.Is(err, ErrRateLimited) {
			t.Errorf("%d, %v", id, err)
		}
	}
	if n != 1 {
		t.Errorf("%d iterations", n)
	}
}

func TestIPsContains(t *testing.T) {
	t.Parallel()
	list, err := decodeIPs([]byte(load(t, "ips.json").body))
	if err != nil {
		t.Fatal(err)
	}
	for addr, want := range map[string]bool{
		"192.0.2.5": true, "::ffff:192.0.2.5": true, "192.0.2.16": false, "203.0.113.1": false,
	} {
		if got := list.Contains("callback", netip.MustParseAddr(addr)); got != want {
			t.Errorf("Contains(%s) = %v", addr, got)
		}
	}
}

func TestUserInfoBirth(t *testing.T) {
	t.Parallel()
	for s, want := range map[string][4]int{
		"1990-03-05": {1990, 3, 5, 1},
		"0000-03-05": {0, 3, 5, 1},
		"1990":       {1990, 0, 0, 1},
		"":           {},
		"19900305":   {},
		"1990-13-05": {},
		"1990-03-32": {},
		"+990":       {},
		"1990-3-5":   {},
	} {
		y, m, d, ok := (&UserInfo{Birthdate: s}).Birth()
		if got := [4]int{y, m, d, map[bool]int{true: 1}[ok]}; got != want {
			t.Errorf("Birth(%q) = %v", s, got)
		}
	}
}
