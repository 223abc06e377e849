package e2e_test

import (
	"net/http"
	"net/url"
	"sync"
	"testing"

	"github.com/norang-login/norang/internal/testkit/freeport"
)

// A new name of the Flask example's own login that arrives several times at once registers once, and every request is
// answered.
func TestFlaskExampleRegistersANameOnce(t *testing.T) {
	t.Parallel()
	port := freeport.Pick(t)
	examples()["flask"].run(t, port)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	form := url.Values{"login": {"new"}, "password": {"correct horse"}}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			resp, err := client.PostForm("http://127.0.0.1:"+port+"/login", form)
			if err != nil {
				t.Error(err)
				return
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusFound {
				t.Errorf("status %d, want 302", resp.StatusCode)
			}
			if len(resp.Cookies()) == 0 {
				t.Error("not signed in")
			}
		})
	}
	all.Wait()
}
