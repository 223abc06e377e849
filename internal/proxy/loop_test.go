package proxy

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
)

func get(t *testing.T, address string, header http.Header) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestRequestThatComesBackEnds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		passes int64 // through the app's place
		app    func(norang *url.URL) http.Handler
	}{
		{"through a load balancer", 1, func(norang *url.URL) http.Handler {
			return httputil.NewSingleHostReverseProxy(norang)
		}},
		{"with another path", 2, func(norang *url.URL) http.Handler {
			balancer := httputil.NewSingleHostReverseProxy(norang)
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				r.URL.Path = "/static/canonical"
				balancer.ServeHTTP(w, r)
			})
		}},
		{"through another norang", 1, func(norang *url.URL) http.Handler {
			between := &Proxy{marks: newMarkKey()}
			balancer := httputil.NewSingleHostReverseProxy(norang)
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				target, _ := targetOf(r)
				r.Header.Set(markHeader, strings.Join(append(marksOf(r.Header), between.marks.mark(r.Method, target)), ", "))
				balancer.ServeHTTP(w, r)
			})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var app http.Handler
			var passes atomic.Int64
			_, own := inFront(t, func(w http.ResponseWriter, r *http.Request) {
				if passes.Add(1) > 10 {
					w.WriteHeader(http.StatusTeapot)
					return
				}
				r.Host = r.Header.Get("X-Forwarded-Host")
				app.ServeHTTP(w, r)
			})
			norang, _ := url.Parse(own)
			app = c.app(norang)
			status, body := get(t, own+"/static/x?a=1", http.Header{"Accept": {"application/json"}})
			if status != http.StatusLoopDetected || !strings.Contains(body, "app.loop") || passes.Load() != c.passes {
				t.Errorf("%d %s after %d passes", status, body, passes.Load())
			}
		})
	}
}

func TestProxyThatIsItsOwnAppAnswersAtOnce(t *testing.T) {
	t.Parallel()
	_, own := inFront(t, nil, func(c *Config) { c.Upstream = c.Kernel.Site.URL })
	if status, body := get(t, own+"/static/x", nil); status != http.StatusLoopDetected {
		t.Errorf("%d %s", status, body)
	}
}

// TestMarksOfOthersRefuseNothing: neither a client's inventions nor an app that copies the headers of a request into a
// request for another path of the service.
func TestMarksOfOthersRefuseNothing(t *testing.T) {
	t.Parallel()
	var norang string
	_, norang = inFront(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/page":
			_, body := get(t, norang+"/data", http.Header{markHeader: r.Header[markHeader]})
			_, _ = fmt.Fprint(w, "page with ", body)
		default:
			_, _ = fmt.Fprint(w, "data")
		}
	})
	var invented []string
	for i := range 100 {
		invented = append(invented, fmt.Sprintf("%022d", i))
	}
	for _, header := range []http.Header{
		nil, {markHeader: {"x"}}, {markHeader: invented}, {markHeader: {strings.Join(invented, ",")}},
	} {
		if status, body := get(t, norang+"/page", header); status != http.StatusOK || body != "page with data" {
			t.Errorf("%v: %d %s", header, status, body)
		}
	}
}
