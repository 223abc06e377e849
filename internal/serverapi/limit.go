package serverapi

import (
	"fmt"
	"math"
	"net/http"
	"time"

	"golang.org/x/time/rate"

	"github.com/norang-login/norang/internal/apikey"
	"github.com/norang-login/norang/internal/problem"
)

// count takes a call from the bucket of a key and says how many are left (draft-ietf-httpapi-ratelimit-headers).
func (f *Feature) count(w http.ResponseWriter, k *apikey.Key) error {
	if f.minute < 0 {
		return nil
	}
	now := f.now()
	f.mu.Lock()
	b := f.buckets[k.ID]
	if b == nil {
		b = rate.NewLimiter(rate.Limit(float64(f.minute)/60), f.minute)
		f.buckets[k.ID] = b
	}
	f.mu.Unlock()
	ok := b.AllowN(now, 1)
	left := max(b.TokensAt(now), 0)
	full := (float64(f.minute) - left) / float64(b.Limit())
	w.Header().Set("RateLimit-Policy", fmt.Sprintf(`"key";q=%d;w=60`, f.minute))
	w.Header().Set("RateLimit", fmt.Sprintf(`"key";r=%d;t=%d`, int(left), int(math.Ceil(full))))
	if ok {
		return nil
	}
	return &problem.Error{Code: problem.LimitTooMany, RetryAfter: max(time.Second,
		time.Duration((1-left)/float64(b.Limit())*float64(time.Second)))}
}
