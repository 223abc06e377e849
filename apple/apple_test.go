package apple

import (
	"encoding/base64"
	"encoding/pem"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestPR29_ScopeIsSeparatedByPercent20(t *testing.T) {
	t.Parallel()
	c := &Client{cfg: Config{ServicesID: "com.example.web", AuthURL: DefaultAuthURL}}
	got, err := c.AuthorizeURL(AuthorizeRequest{
		RedirectURI: "https://login.example.com/cb", State: strings.Repeat("s", 20), Nonce: strings.Repeat("n", 20),
		Scopes: []string{ScopeName, ScopeEmail},
	})
	const want = "https://appleid.apple.com/auth/authorize?response_type=code&response_mode=form_post" +
		"&client_id=com.example.web&redirect_uri=https%3A%2F%2Flogin.example.com%2Fcb&state=ssssssssssssssssssss" +
		"&nonce=nnnnnnnnnnnnnnnnnnnn&scope=name%20email"
	if err != nil || got != want {
		t.Errorf("%s, %v", got, err)
	}
	for name, r := range map[string]AuthorizeRequest{
		"openid": {
			RedirectURI: "https://a", State: strings.Repeat("s", 20), Nonce: strings.Repeat("n", 20),
			Scopes: []string{"openid"},
		},
		"state": {RedirectURI: "https://a", Nonce: strings.Repeat("n", 20)},
		"nonce": {RedirectURI: "https://a", State: strings.Repeat("s", 20)},
		"uri":   {State: strings.Repeat("s", 20), Nonce: strings.Repeat("n", 20)},
	} {
		if got, err := c.AuthorizeURL(r); err == nil {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestPR27_CancelIsRecognised(t *testing.T) {
	t.Parallel()
	c := &Client{}
	for form, want := range map[string]CallbackKind{
		"error=user_cancelled_authorize&state=s1": Cancelled, "error=access_denied&state=s1": Cancelled,
		"error=invalid_request&state=s1": Misconfigured, "error=server_error&state=s1": Unavailable,
		"error=later&state=s1": OtherError, "state=s1": Malformed, "code=c&error=e&state=s1": Malformed,
		"code=c&code=d&state=s1": Malformed, "code=c&state=s1&iss=https%3A%2F%2Faccount.apple.com": Malformed,
		"code=a%20b&state=s1": Malformed,
	} {
		q, err := url.ParseQuery(form)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.ParseCallback(q)
		var cb *CallbackError
		if !errors.As(err, &cb) || cb.Kind != want || cb.State != "s1" {
			t.Errorf("%s: %+v", form, err)
		}
	}
	ok := url.Values{"code": {"c1"}, "state": {"s1"}, "iss": {Issuer}}
	if cb, err := c.ParseCallback(ok); err != nil || cb.Code != "c1" {
		t.Errorf("%+v, %v", cb, err)
	}
}

func TestPR26_UserIsASuggestionWithoutItsEmail(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"name":{"firstName":"보성","lastName":"김"},"email":"victim@example.com"}`: "김보성",
		`{"name":{"firstName":"Ada","lastName":"Lovelace"}}`:                      "Ada Lovelace",
		`{"name":{"firstName":"Ada","lastName":""}}`:                              "Ada",
		`{"name":{"firstName":"太郎","lastName":"山田"}}`:                             "山田太郎",
		`{"name":{"firstName":"민","lastName":"Lee"}}`:                             "민 Lee",
		"{\"name\":{\"firstName\":\"a\\u202eb\\u0000\"}}":                         "ab",
		`{"name":{"firstName":["x"],"lastName":{"y":1}}}`:                         "",
		`{"name":{}}`: "", `{"email":"victim@example.com"}`: "", `[]`: "", ``: "", `{"name":"text"}`: "",
		`{"name":{"firstName":"` + strings.Repeat("x", 3000) + `"}}`: "",
	} {
		u, ok := ParseUser(url.Values{"user": {text}})
		if u.Name() != want || ok != (want != "") {
			t.Errorf("%.80s: %+v, %v", text, u, ok)
		}
	}
	if _, ok := ParseUser(url.Values{"user": {`{"name":{"firstName":"a"}}`, `{"name":{"firstName":"b"}}`}}); ok {
		t.Error("accepted twice")
	}
}

func TestEventTimeIsSecondsOrMilliseconds(t *testing.T) {
	t.Parallel()
	want := time.Date(2020, 12, 23, 3, 26, 4, 0, time.UTC)
	for text, at := range map[string]time.Time{
		"1608693964": want, "1608693964100": want.Add(100 * time.Millisecond), "": {}, "0": {}, "-5": {}, "x": {},
		"999999999999999999": {},
	} {
		if got := eventTime(text); !got.Equal(at) {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestPrivateKeyForms(t *testing.T) {
	t.Parallel()
	good := newKeyText(t)
	block, _ := pem.Decode([]byte(good))
	for name, text := range map[string]string{
		"PEM": good, "one line": strings.ReplaceAll(good, "\n", `\n`), "spaces": "\n " + good + "\n\n",
		"bare": base64.StdEncoding.EncodeToString(block.Bytes),
	} {
		if _, err := ParsePrivateKey(Secret(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{
		"empty": "", "text": "AuthKey_ABC.p8", "broken": strings.Replace(good, "MIG", "MIH", 1), "two": good + good,
		"public": strings.ReplaceAll(good, "PRIVATE", "PUBLIC"), "RSA": rsaKeyText(t), "P-384": curveKeyText(t),
	} {
		if _, err := ParsePrivateKey(Secret(text)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
