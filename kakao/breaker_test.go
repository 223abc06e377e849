package kakao

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// slowly returns a client with two connections to a Kakao that takes as long as told, and a function that makes n calls
// at once and returns the number that failed.
func slowly(t *testing.T, takes time.Duration) (*Client, func(n int) int64) {
	t.Helper()
	transport := NewTransport()
	transport.MaxConnsPerHost, transport.MaxIdleConnsPerHost = 2, 2
	t.Cleanup(transport.CloseIdleConnections)
	c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(takes):
		case <-r.Context().Done():
		}
		answer(w, 200, `{"id":3141592653589}`)
	}, func(cfg *Config) {
		cfg.HTTPClient, cfg.Timeout, cfg.BreakFor = &http.Client{Transport: transport}, 2*time.Second, time.Hour
	})
	return c, func(n int) int64 {
		var failed atomic.Int64
		var calls sync.WaitGroup
		for range n {
			calls.Go(func() {
				if _, err := c.UserMe(t.Context(), testToken, UserMeOptions{}); err != nil {
					failed.Add(1)
				}
			})
		}
		calls.Wait()
		return failed.Load()
	}
}

// A slow Kakao is not a broken one: calls that waited for one of our own connections do not open the breaker.
func TestO15_WaitingForAConnectionDoesNotOpenTheBreaker(t *testing.T) {
	t.Parallel()
	c, call := slowly(t, 600*time.Millisecond)
	if failed := call(24); failed < int64(DefaultBreakAfter)*2 {
		t.Fatalf("only %d calls failed: the connections sufficed", failed)
	}
	if ok, _ := c.api.Breaker.Allow(); !ok {
		t.Error("breaker is open")
	}
	if failed := call(2); failed != 0 {
		t.Errorf("%d of 2 calls failed afterwards", failed)
	}
	hung, call := slowly(t, time.Minute)
	for range DefaultBreakAfter { // two of each three are with Kakao
		call(3)
	}
	if ok, _ := hung.api.Breaker.Allow(); ok {
		t.Error("breaker is closed although Kakao does not answer")
	}
}
