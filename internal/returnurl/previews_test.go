package returnurl

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"
)

// previewStore is a store that can fail.
type previewStore struct {
	mu   sync.Mutex
	list []Preview
	err  error
}

func (s *previewStore) set(err error, list ...Preview) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list, s.err = list, err
}

func (s *previewStore) Origins(context.Context, time.Time) ([]Preview, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.list, s.err
}

func TestPreviewsCountOnlyWhileTheListCanBeRead(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	live := Preview{Origin: "https://pr-7-shop.vercel.app", ExpiresAt: now.Add(time.Hour)}
	policy, err := New("https://login.example.test",
		[]string{"https://app.example.test", "https://*.apps.example.test"}, "")
	if err != nil {
		t.Fatal(err)
	}
	st, log := &previewStore{}, &strings.Builder{}
	previews := NewPreviews(PreviewsConfig{
		Store: st, Now: func() time.Time { return now }, Log: slog.New(slog.NewTextHandler(log, nil)),
	})
	policy.UsePreviews(previews)
	check := func(when string, want bool) {
		t.Helper()
		known, exact := policy.Lists(live.Origin)
		to, ok := policy.Clean(live.Origin + "/a")
		if known != want || exact != want || ok != want || (to == live.Origin+"/a") != want ||
			(policy.PreviewOf(live.Origin+"/a") == live.Origin) != want {
			t.Errorf("%s: %t, %t, %q, %t, want %t", when, known, exact, to, ok, want)
		}
		if known, exact := policy.Lists("https://app.example.test"); !known || !exact {
			t.Errorf("%s: a configured origin is refused", when)
		}
		for _, other := range []string{
			"https://pr-8-shop.vercel.app", "http://pr-7-shop.vercel.app", live.Origin + ":8443", live.Origin + "/", "null",
		} {
			if known, _ := policy.Lists(other); known {
				t.Errorf("%s: %s is known", when, other)
			}
		}
	}
	check("before the first read", false)
	st.set(nil, live, Preview{Origin: "https://*.example.test", ExpiresAt: live.ExpiresAt})
	previews.Refresh(t.Context())
	check("after a read", true)
	if known, _ := policy.Lists("https://a.example.test"); known {
		t.Error("a wildcard of the store counts")
	}
	if got := policy.PreviewOf("/auth/handoff?return_to=https%3A%2F%2Fpr-7-shop.vercel.app%2F"); got != live.Origin {
		t.Errorf("through an own page: %q", got)
	}
	for _, elsewhere := range []string{"", "/a", "/a?return_to=/b", "https://app.example.test/", "https://evil.example/"} {
		if got := policy.PreviewOf(elsewhere); got != "" {
			t.Errorf("%q leads to %q", elsewhere, got)
		}
	}
	st.set(errors.New("no answer"), live)
	for range 3 {
		previews.Refresh(t.Context())
		check("without an answer", false)
	}
	if n := strings.Count(log.String(), "preview origins not read"); n != 1 {
		t.Errorf("%d lines in the log: %s", n, log)
	}
	st.set(nil, live)
	previews.Refresh(t.Context())
	check("with an answer again", true)
	now = live.ExpiresAt
	check("at its end", false)
	now = now.Add(-time.Second)
	previews.list.Load().at = time.Now().Add(-previewsValid - time.Second)
	check("without a further read", false)

	// A preview that a wildcard covers is exact.
	covered := Preview{Origin: "https://pr-1.apps.example.test", ExpiresAt: live.ExpiresAt}
	if known, exact := policy.Lists(covered.Origin); !known || exact {
		t.Errorf("covered by a wildcard: %t, %t", known, exact)
	}
	st.set(nil, covered)
	previews.Refresh(t.Context())
	if known, exact := policy.Lists(covered.Origin); !known || !exact {
		t.Errorf("added too: %t, %t", known, exact)
	}
}

func TestRD12_PreviewsOfThisMachineNeedAServiceWithHTTP(t *testing.T) {
	t.Parallel()
	for own, want := range map[string]string{
		"https://login.example.test": "", "http://localhost:8080": "http://localhost:5173",
	} {
		policy, err := New(own, nil, "")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := policy.CheckPreview("http://localhost:5173"); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", own, got, err)
		}
		for text, want := range map[string]string{
			"https://a.example.test:443": "https://a.example.test", "https://a.example.test:8443": "https://a.example.test:8443",
			"https://[2001:db8::1.2.3.4]": "", "https://[::1]:8443": "https://[::1]:8443", "https://[::1]": "https://[::1]",
			"https://10.0.0.1": "https://10.0.0.1", "https://[2001:db8::1]": "https://[2001:db8::1]",
			"https://[2001:db8:0:0::1]": "", "https://vercel.app": "",
			"https://xn--9.test": "", "http://192.168.0.2": "", own: "", "https://a.test:80:80": "", "https://a.test\n": "",
		} {
			got, err := policy.CheckPreview(text)
			if got != want || (err == nil) != (want != "") {
				t.Errorf("%s, %q: %q, %v", own, text, got, err)
			}
			if err == nil {
				if again, err := policy.CheckPreview(got); again != got || err != nil {
					t.Errorf("%q checked again: %q, %v", got, again, err)
				}
			}
		}
	}
}
