package naver

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

const (
	noticeID   = "AAAA1111bbbb2222CCCC3333dddd4444"
	noticePath = "/auth/webhooks/naver/unlink"
)

func noticeRequest(query, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, noticePath+"?"+query, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func TestPR12_UnlinkNoticeIsReadFromQueryOrBody(t *testing.T) {
	t.Parallel()
	c, _ := newTestClient(t, nil)
	data := documented(t, "unlink_notice.txt")
	for name, r := range map[string]*http.Request{"query": noticeRequest(data, ""), "body": noticeRequest("", data)} {
		n, err := c.ParseUnlinkNotice(r)
		if err != nil || n.UserID != noticeID || n.At.Unix() != 1693877406 {
			t.Errorf("%s: %v, %v", name, n, err)
		}
	}
	for name, r := range map[string]*http.Request{
		"both": noticeRequest(data, data), "twice": noticeRequest(data+"&timestamp=1693877406", ""),
		"nothing": noticeRequest("", ""), "long": noticeRequest(data, strings.Repeat("a", 5000)),
		"long query": noticeRequest(strings.Repeat("a", 5000), ""), "odd": noticeRequest(data+"&%zz", ""),
	} {
		var e *NoticeError
		if _, err := c.ParseUnlinkNotice(r); !errors.As(err, &e) || e.Status != http.StatusBadRequest {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestForgedUnlinkNoticeIsRefused(t *testing.T) {
	t.Parallel()
	c, _ := newTestClient(t, nil)
	good, err := url.ParseQuery(documented(t, "unlink_notice.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"clientId": "other", "encryptUniqueId": "AAECAwQFBgcICQoLDA0ODw", "timestamp": "1693877407", "signature": "AAAA",
	} {
		q := url.Values{}
		for k, v := range good {
			q[k] = v
		}
		q.Set(name, value)
		var e *NoticeError
		if n, err := c.ParseUnlinkNotice(noticeRequest(q.Encode(), "")); !errors.As(err, &e) ||
			e.Status != http.StatusForbidden {
			t.Errorf("%s: %v, %v", name, n, err)
		}
	}
	get := httptest.NewRequest(http.MethodGet, noticePath+"?"+good.Encode(), nil)
	if _, err := c.ParseUnlinkNotice(get); err == nil {
		t.Error("GET is accepted")
	}
	other, _ := newTestClient(t, func(cfg *Config) { cfg.ClientID = "other-client" })
	if _, err := other.ParseUnlinkNotice(noticeRequest(good.Encode(), "")); err == nil {
		t.Error("the notice of another application with the same secret is accepted")
	}
	w := httptest.NewRecorder()
	WriteNoticeError(w, errors.New("database down"))
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("not stored: %d", w.Code)
	}
}

func TestTimestampOfAnUnlinkNoticeIsSeconds(t *testing.T) {
	t.Parallel()
	c, _ := newTestClient(t, nil)
	good, err := url.ParseQuery(documented(t, "unlink_notice.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for stamp, ok := range map[string]bool{
		"1693877406": true, "0": false, "-1693877406": false, "1693877406000": false, "now": false,
	} {
		key := md5.Sum([]byte(testSecret))
		mac := hmac.New(sha256.New, key[:])
		fmt.Fprintf(mac, "clientId=%s&encryptUniqueId=%s&timestamp=%s",
			good.Get("clientId"), good.Get("encryptUniqueId"), stamp)
		q := url.Values{
			"clientId": good["clientId"], "encryptUniqueId": good["encryptUniqueId"], "timestamp": {stamp},
			"signature": {base64.RawURLEncoding.EncodeToString(mac.Sum(nil))},
		}
		var e *NoticeError
		_, err := c.ParseUnlinkNotice(noticeRequest(q.Encode(), ""))
		if ok && err != nil || !ok && (!errors.As(err, &e) || e.Status != http.StatusBadRequest) {
			t.Errorf("%s: %v", stamp, err)
		}
	}
}

func TestPR13_PreviousSecretIsAcceptedDuringTheChange(t *testing.T) {
	t.Parallel()
	data := documented(t, "unlink_notice.txt")
	during, _ := newTestClient(t, func(cfg *Config) {
		cfg.ClientSecret, cfg.PreviousSecrets = "new-secret", []Secret{"older", testSecret}
	})
	if n, err := during.ParseUnlinkNotice(noticeRequest(data, "")); err != nil || n.UserID != noticeID {
		t.Errorf("during: %v, %v", n, err)
	}
	after, _ := newTestClient(t, func(cfg *Config) { cfg.ClientSecret = "new-secret" })
	if _, err := after.ParseUnlinkNotice(noticeRequest(data, "")); err == nil {
		t.Error("after: accepted")
	}
}

func FuzzUnlinkNotice(f *testing.F) {
	c, err := New(Config{ClientID: testClient, ClientSecret: testSecret})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("clientId=a&encryptUniqueId=b&timestamp=1&signature=c", "")
	f.Fuzz(func(t *testing.T, query, body string) {
		r := noticeRequest("", body)
		r.URL.RawQuery = query
		if n, err := c.ParseUnlinkNotice(r); err == nil && n.UserID != noticeID {
			t.Errorf("forged notice accepted: %v", n)
		}
	})
}

func FuzzProfile(f *testing.F) {
	f.Add([]byte(`{"resultcode":"00","response":{"id":"1"}}`))
	f.Add([]byte(`{"errorCode":"024"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		served := roundTripper(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(body))}, nil
		})
		c, err := New(Config{
			ClientID: testClient, ClientSecret: testSecret, HTTPClient: &http.Client{Transport: served},
			Rand: func(int64) int64 { return 0 },
		})
		if err != nil {
			t.Fatal(err)
		}
		u, err := c.Profile(t.Context(), testAccess)
		if (u == nil) != (err != nil) || u != nil && u.ID == "" {
			t.Errorf("%+v, %v", u, err)
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
