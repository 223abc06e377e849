package kakao

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/kakao"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// newKakao is the provider against an emulator, which knows the given admin keys.
func newEmulated(
	t *testing.T,
	emu *kakaotest.Server,
	now func() time.Time,
	adminKeys ...kakao.Secret,
) (*Provider, account.Key) {
	t.Helper()
	a := emu.App()
	client, err := kakao.New(kakao.Config{
		ClientID: a.RESTKey, ClientSecret: kakao.Secret(a.ClientSecret), AppID: a.AppID, AdminKeys: adminKeys,
		AuthURL: emu.AuthURL(), APIURL: emu.APIURL(), Issuer: emu.Issuer(),
	})
	if err != nil {
		t.Fatal(err)
	}
	k, err := New(Config{
		Client: client, AppID: a.AppID, SignOutRedirectURI: "https://own.test/out", Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return k, account.Key{Provider: "kakao", Namespace: strconv.FormatInt(a.AppID, 10), Subject: "4242"}
}

func TestUnlinkErrors(t *testing.T) {
	emu := kakaotest.Start(t)
	right := kakao.Secret(emu.App().AdminKey)
	for name, c := range map[string]struct {
		keys      []kakao.Secret
		change    func(*account.Key)
		scenario  kakaotest.Scenario
		fails     bool
		temporary bool
	}{
		"not linked":      {keys: []kakao.Secret{right}},
		"no admin key":    {fails: true},
		"wrong admin key": {keys: []kakao.Secret{"emu0000000000000000000000000000f"}, fails: true},
		"key may not":     {keys: []kakao.Secret{right}, scenario: kakaotest.Scenario{Code: "-3"}, fails: true},
		"of another app":  {keys: []kakao.Secret{right}, change: func(k *account.Key) { k.Namespace = "9" }, fails: true},
		"of nobody":       {keys: []kakao.Secret{right}, change: func(k *account.Key) { k.Subject = "x" }, fails: true},
		"Kakao is away": {keys: []kakao.Secret{right}, scenario: kakaotest.Scenario{Status: 503, Times: 2}, fails: true,
			temporary: true},
		"too many requests": {keys: []kakao.Secret{right}, scenario: kakaotest.Scenario{Code: "-10"}, fails: true,
			temporary: true},
		"a gateway's page": {keys: []kakao.Secret{right}, scenario: kakaotest.Scenario{Body: "<html>", Type: "text/html",
			Times: 2}, fails: true, temporary: true},
	} {
		t.Run(name, func(t *testing.T) {
			k, key := newEmulated(t, emu, time.Now, c.keys...)
			if c.change != nil {
				c.change(&key)
			}
			if c.scenario.Code != "" || c.scenario.Status != 0 || c.scenario.Body != "" {
				c.scenario.Endpoint = "user/unlink"
				if err := emu.Script(c.scenario); err != nil {
					t.Fatal(err)
				}
				defer emu.ClearScenarios()
			}
			_, err := k.Unlink(t.Context(), provider.UnlinkRequest{Key: key})
			var pe *provider.Error
			switch {
			case !c.fails && err != nil, c.fails && !errors.As(err, &pe):
				t.Fatalf("Unlink: %v", err)
			case c.fails && pe.Temporary() != c.temporary:
				t.Errorf("temporary %t: %v", pe.Temporary(), err)
			case c.fails && strings.Contains(err.Error(), string(right)):
				t.Errorf("the key is in %v", err)
			}
		})
	}
}

// unlinkRequest is an unlink webhook.
func unlinkRequest(emu *kakaotest.Server, reason string) *http.Request {
	form := url.Values{"app_id": {strconv.FormatInt(emu.App().AppID, 10)}, "user_id": {"4242"}, "referrer_type": {reason}}
	r := httptest.NewRequest("POST", "/", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "KakaoAK "+emu.App().AdminKey)
	return r
}

func TestReadNotice_Unlink(t *testing.T) {
	emu := kakaotest.Start(t)
	k, key := newEmulated(t, emu, time.Now, kakao.Secret(emu.App().AdminKey))
	read := func(reason string) *provider.Notice {
		t.Helper()
		n, known, err := k.ReadNotice("unlink", unlinkRequest(emu, reason))
		if err != nil || !known {
			t.Fatalf("%s: %t, %v", reason, known, err)
		}
		return n
	}
	for reason, want := range map[string]provider.Change{
		"UNLINK_FROM_APPS": provider.LinkEnded, "ACCOUNT_DELETE": provider.LinkEnded,
		"FORCED_ACCOUNT_DELETE": provider.LinkEnded,
		"SOMETHING_NEW":         provider.LinkEnded, "INCOMPLETE_SIGN_UP": provider.NeverJoined,
		"UNLINK_FROM_ADMIN": provider.EndedByProvider,
	} {
		n := read(reason)
		if len(n.Changes) != 1 || n.Changes[0] != want || n.Key != key || n.What != reason ||
			!n.OccurredAt.IsZero() || n.ID != "" {
			t.Errorf("%s: %+v", reason, n)
		}
	}
	if n := read("somebody's free text"); n.What != "OTHER" {
		t.Errorf("kept %q", n.What)
	}
	if _, known, _ := k.ReadNotice("other", unlinkRequest(emu, "")); known {
		t.Error("a hook that nobody has")
	}
}
