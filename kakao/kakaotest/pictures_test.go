package kakaotest_test

import (
	"encoding/json"
	"fmt"
	"image/jpeg"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/norang-login/norang/kakao/kakaotest"
)

func TestPictures(t *testing.T) {
	t.Parallel()
	emu := auto(t)
	me := api(t, emu, "GET", "/v2/user/me", login(t, emu, "ryan").bearer(), nil)
	var u struct {
		Account struct {
			Profile struct {
				Thumb string `json:"thumbnail_image_url"`
				Full  string `json:"profile_image_url"`
			} `json:"profile"`
		} `json:"kakao_account"`
	}
	if err := json.Unmarshal([]byte(me.body), &u); err != nil {
		t.Fatal(err)
	}
	for address, size := range map[string]int{u.Account.Profile.Thumb: 110, u.Account.Profile.Full: 640} {
		res, err := http.DefaultClient.Do(mustGet(t, address))
		if err != nil {
			t.Fatal(err)
		}
		img, err := jpeg.Decode(res.Body)
		res.Body.Close()
		if err != nil || img.Bounds().Dx() != size || img.Bounds().Dy() != size ||
			res.Header.Get("Content-Type") != "image/jpeg" {
			t.Errorf("%s: %v", address, err)
		}
	}
	if r := send(t, mustGet(t, emu.URL()+"/-/pictures/ryan/9999.jpg")); r.status != 404 {
		t.Errorf("another size: %d", r.status)
	}
}

// TestSecurePictures: picture URLs are http unless secure_resource is true for any base URL.
func TestSecurePictures(t *testing.T) {
	t.Parallel()
	emu := kakaotest.StartWith(t, kakaotest.Config{PictureURL: "https://img.test",
		Apps: []kakaotest.App{{Auto: true, RedirectURIs: []string{callback}}}})
	tok := login(t, emu, "ryan")
	plain := api(t, emu, "GET", "/v2/user/me", tok.bearer(), nil).body
	secure := api(t, emu, "GET", "/v2/user/me", tok.bearer(), url.Values{"secure_resource": {"true"}}).body
	if !strings.Contains(plain, `"http://img.test/`) || strings.Contains(plain, "https://img.test") ||
		!strings.Contains(secure, `"https://img.test/`) || strings.Contains(secure, "http://img.test") {
		t.Errorf("%s\n%s", plain, secure)
	}
	if p := claims(t, tok.text("id_token"))["picture"]; !strings.HasPrefix(fmt.Sprint(p), "http://img.test/") {
		t.Errorf("ID token: %v", p)
	}
}
