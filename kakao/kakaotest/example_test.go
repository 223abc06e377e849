package kakaotest_test

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/norang-login/norang/kakao/kakaotest"
)

// A login without a browser: approval is automatic, and login_hint selects the user.
func ExampleNew() {
	emu, err := kakaotest.New(kakaotest.Config{
		BrowserURL: "http://kakao.test",
		Apps:       []kakaotest.App{{Auto: true, RedirectURIs: []string{"http://service.test/callback"}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer emu.Close()
	q := url.Values{"client_id": {emu.App().RESTKey}, "redirect_uri": {"http://service.test/callback"},
		"response_type": {"code"},
		"state":         {"s"}, "login_hint": {kakaotest.PersonaUnder14}}
	r, _ := http.NewRequest("GET", emu.URL()+"/oauth/authorize?"+q.Encode(), nil)
	w := &recorder{header: http.Header{}}
	emu.ServeHTTP(w, r)
	to, _ := url.Parse(w.header.Get("Location"))
	fmt.Println(w.status, to.Host, to.Query().Get("state"), len(to.Query().Get("code")))
	// Output: 302 service.test s 86
}

// recorder keeps the status and header of a response.
type recorder struct {
	status int
	header http.Header
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) Write(b []byte) (int, error) { return len(b), nil }
func (r *recorder) WriteHeader(status int)      { r.status = status }
