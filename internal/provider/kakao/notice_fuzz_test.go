package kakao

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/kakao"
)

// noNetwork answers every call of the client's with nothing of use.
type noNetwork struct{}

func (noNetwork) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("no network here")
}

// FuzzNotice sends anything to both webhooks: what comes through is about a person of our app, has a name by which it
// is known when it comes again, and holds nothing that somebody wrote freely; and whatever is refused is answered.
func FuzzNotice(f *testing.F) {
	const key = "fedcba9876543210fedcba9876543210"
	client, err := kakao.New(kakao.Config{
		ClientID: "0123456789abcdef0123456789abcdef", AppID: 123456, AdminKeys: []kakao.Secret{key},
		HTTPClient: &http.Client{Transport: noNetwork{}},
	})
	if err != nil {
		f.Fatal(err)
	}
	k, err := New(Config{Client: client, AppID: 123456, SignOutRedirectURI: "https://own.test/out", Now: time.Now})
	if err != nil {
		f.Fatal(err)
	}
	for _, form := range []string{
		"app_id=123456&user_id=4242&referrer_type=UNLINK_FROM_APPS",
		"app_id=123456&user_id=4242&referrer_type=INCOMPLETE_SIGN_UP",
		"app_id=123456&user_id=4242&referrer_type=UNLINK_FROM_ADMIN",
		"app_id=123456&user_id=4242&referrer_type=%0d%0alevel=error",
		"app_id=9&user_id=4242&referrer_type=ACCOUNT_DELETE", "app_id=123456&user_id=9223372036854775807&referrer_type=X",
		"app_id=123456&user_id=-1", "user_id=4242&user_id=4243&app_id=123456", "app_id=123456&user_id=04242", "", "%", "{}",
	} {
		f.Add("unlink", form, "application/x-www-form-urlencoded", true)
		f.Add("unlink", form, "", false)
	}
	for _, body := range []string{"eyJhbGciOiJub25lIn0.e30.", "a.b.c", "", strings.Repeat("A", 5000), `{"sub":"1"}`} {
		f.Add("account", body, "application/secevent+jwt", true)
	}
	f.Add("nonesuch", "", "", true)
	plain := regexp.MustCompile(`^[A-Za-z_-]{0,40}$`)
	f.Fuzz(func(t *testing.T, hook, body, contentType string, post bool) {
		r := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/", RawQuery: body}, Header: http.Header{}}
		if post {
			r = httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
			r.Header = http.Header{"Content-Type": {contentType}}
		}
		r.Header.Set("Authorization", "KakaoAK "+key)
		n, known, err := k.ReadNotice(hook, r)
		switch {
		case known != (hook == "unlink" || hook == "account"):
			t.Fatalf("hook %q known: %t", hook, known)
		case !known:
			return
		case err != nil:
			w := httptest.NewRecorder()
			k.RefuseNotice(w, err)
			if n != nil || w.Code < 400 || strings.Contains(w.Body.String()+err.Error(), key) {
				t.Fatalf("refused with %d and %+v: %v", w.Code, n, err)
			}
			return
		}
		id, err := strconv.ParseInt(n.Key.Subject, 10, 64)
		if err != nil || id <= 0 || strconv.FormatInt(id, 10) != n.Key.Subject || n.Key.Provider != "kakao" ||
			n.Key.Namespace != "123456" {
			t.Errorf("about %+v", n.Key)
		}
		if len(n.ID) != 64 && hook == "account" || len(n.Changes) == 0 || !plain.MatchString(n.What) {
			t.Errorf("notice %+v", n)
		}
	})
}
