package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// loginLoad signs users in over conns connections: the start, then the callback as Kakao would send it. If users is
// not 0, it signs in that many users again and again; otherwise every user is new.
func loginLoad(addr string, conns, users int, next *atomic.Int64, d time.Duration) (sample, error) {
	client := &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: conns, MaxConnsPerHost: conns},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       20 * time.Second,
	}
	var mu sync.Mutex
	var out sample
	var first error
	var wg sync.WaitGroup
	began := time.Now()
	stop := began.Add(d)
	for range conns {
		wg.Go(func() {
			for time.Now().Before(stop) {
				n := next.Add(1)
				if users > 0 {
					n %= int64(users)
				}
				err := loginOnce(client, addr, 3_000_000_000+n)
				mu.Lock()
				out.requests++
				if err != nil {
					out.errors++
					first = err
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	out.took = time.Since(began)
	client.CloseIdleConnections()
	return out, first
}

func loginOnce(client *http.Client, addr string, subject int64) error {
	resp, err := navigate(client, "http://"+addr+"/oauth/kakao", nil)
	if err != nil {
		return err
	}
	to, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || resp.StatusCode != http.StatusSeeOther {
		return fmt.Errorf("start: %s %v", resp.Status, err)
	}
	resp, err = navigate(client, callbackURL(addr, subject, to), resp.Cookies())
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusSeeOther {
		return fmt.Errorf("callback: %s", resp.Status)
	}
	return nil
}

// callbackURL returns the URL to which Kakao would redirect the browser that is sent to authorize.
func callbackURL(addr string, subject int64, authorize *url.URL) string {
	sent := authorize.Query()
	q := url.Values{"code": {fmt.Sprintf("%d.%s", subject, sent.Get("nonce"))}, "state": {sent.Get("state")}}
	return "http://" + addr + "/oauth/kakao/callback?" + q.Encode()
}

func navigate(client *http.Client, address string, cookies []*http.Cookie) (*http.Response, error) {
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	for _, c := range cookies {
		r.AddCookie(c)
	}
	resp, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	return resp, err
}
