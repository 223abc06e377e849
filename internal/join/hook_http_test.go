package join

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/norang-login/norang/internal/session"
)

func TestParseDecision(t *testing.T) {
	for body, want := range map[string]HookDecision{
		`{"allow":true}`:                                       {Allow: true},
		`{"allow":true,"ref":"10482"}`:                         {Allow: true, Ref: "10482"},
		" {\n\"ref\" : \"10482\", \"allow\": true}\n":          {Allow: true, Ref: "10482"},
		`{"allow":false}`:                                      {},
		`{"allow":false,"message":{}}`:                         {},
		`{"allow":false,"message":{"ko":"아직","en":"Not yet"}}`: {MessageKo: "아직", MessageEn: "Not yet"},
		`{"link":"https://app.example.com/link?from=norang"}`:  {Link: "https://app.example.com/link?from=norang"},
		`{"allow":true,"ref":"\uac00"}`:                        {Allow: true, Ref: "가"},
	} {
		if got, err := parseDecision([]byte(body)); err != nil || got != want {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
	}
	for _, body := range []string{
		``, `null`, `true`, `[]`, `{}`, `"allow"`, `{"allow":true`, `{"allow":true}}`, `{"allow":true}{"allow":false}`,
		`{"allow":"true"}`, `{"allow":1}`, `{"allow":null}`, `{"Allow":true}`, `{"ALLOW":true}`, `{"\u0041llow":true}`,
		`{"allow":false,"allow":true}`, `{"allow":false,"\u0061llow":true}`, `{"allow":false,"Allow":true}`,
		`{"allow":true,"extra":1}`, `{"allow":true,"ref":10482}`, `{"allow":true,"ref":""}`, `{"allow":true,"ref":null}`,
		`{"ref":"1"}`,
		`{"allow":false,"ref":"1"}`, `{"allow":true,"message":{"ko":"x"}}`, `{"allow":false,"message":"x"}`,
		`{"allow":false,"message":{"fr":"x"}}`,
		`{"allow":false,"message":{"ko":"a","ko":"b"}}`, `{"allow":true,"link":"https://a"}`,
		`{"allow":false,"link":"https://a"}`, `{"link":""}`,
		`{"link":"https://a","message":{"ko":"x"}}`, `{"allow":true} x`, "\xff",
		`{"allow":true,"extra":"x"}`, `["allow",true]`, `{"allow":false,"message":["ko","x"]}`,
		"{\"allow\":true,\"ref\":\"\xb0\xa1\"}", "{\"allow\":false,\"message\":{\"ko\":\"\xb0\xa1\"}}",
	} {
		if got, err := parseDecision([]byte(body)); err == nil || got != (HookDecision{}) {
			t.Errorf("%s: taken for %+v", body, got)
		}
	}
}

func deciding(hook Hook) *Service {
	return &Service{hook: hook, hookSlots: make(chan struct{}, maxHookCalls), checkLink: func(to string) (string, bool) {
		return to, strings.HasPrefix(to, "https://app.example.com/")
	}}
}

func request() Request {
	return Request{Session: session.Session{ID: "s", UserID: "u"}, Lang: "en"}
}

func TestDecisions(t *testing.T) {
	long := strings.Repeat("가", maxMessage+100)
	for name, c := range map[string]struct {
		d       HookDecision
		err     error
		ref     string
		refused string // the message
		link    string
		closed  bool
	}{
		"yes":                 {d: HookDecision{Allow: true}},
		"yes with a number":   {d: HookDecision{Allow: true, Ref: "10482"}, ref: "10482"},
		"no":                  {d: HookDecision{MessageEn: "Staff only.", MessageKo: "직원만"}, refused: "Staff only."},
		"no in Korean alone":  {d: HookDecision{MessageKo: "직원만"}, refused: "직원만"},
		"no with line breaks": {d: HookDecision{MessageEn: " a\r\nb\u202ec\x00 "}, refused: "a  b c"},
		"no at length":        {d: HookDecision{MessageKo: long}, refused: strings.Repeat("가", maxMessage)},
		"elsewhere": {
			d: HookDecision{Link: "https://app.example.com/link"}, link: "https://app.example.com/link",
		},
		"elsewhere of strangers": {d: HookDecision{Link: "https://evil.example/"}, closed: true},
		"an error":               {d: HookDecision{Allow: true}, err: errors.New("down"), closed: true},
		"yes and elsewhere":      {d: HookDecision{Allow: true, Link: "https://app.example.com/link"}, closed: true},
		"yes and a message":      {d: HookDecision{Allow: true, MessageEn: "no"}, closed: true},
		"yes, in Korean no":      {d: HookDecision{Allow: true, MessageKo: "안 돼요"}, closed: true},
		"elsewhere and a message": {
			d: HookDecision{Link: "https://app.example.com/link", MessageEn: "no"}, closed: true,
		},
		"no with a number":      {d: HookDecision{Ref: "1"}, closed: true},
		"a number of 256 bytes": {d: HookDecision{Allow: true, Ref: strings.Repeat("1", 256)}, closed: true},
		"a number with a break": {d: HookDecision{Allow: true, Ref: "1\n2"}, ref: "1\n2"},
		"a number with NUL":     {d: HookDecision{Allow: true, Ref: "1\x00"}, closed: true},
		"a number with blanks":  {d: HookDecision{Allow: true, Ref: " 1"}, ref: " 1"},
		"a number of no text":   {d: HookDecision{Allow: true, Ref: "\xff"}, closed: true},
		"a replaced number":     {d: HookDecision{Allow: true, Ref: "\ufffd"}, closed: true},
	} {
		s := deciding(func(context.Context, HookRequest) (HookDecision, error) { return c.d, c.err })
		ref, err := s.callHook(t.Context(), request())
		var refused *Refused
		var elsewhere *LinkRequired
		switch {
		case c.closed:
			if !errors.Is(err, ErrHook) || ref != "" {
				t.Errorf("%s: %q, %v", name, ref, err)
			}
		case c.link != "":
			if !errors.As(err, &elsewhere) || elsewhere.Location != c.link {
				t.Errorf("%s: %v", name, err)
			}
		case !c.d.Allow:
			if !errors.As(err, &refused) || refused.Message("en") != c.refused {
				t.Errorf("%s: %v %q", name, err, refused.Message("en"))
			}
		case err != nil || ref != c.ref:
			t.Errorf("%s: %q, %v", name, ref, err)
		}
	}
}

func TestHookGetsIDsOnly(t *testing.T) {
	var asked HookRequest
	s := deciding(func(_ context.Context, q HookRequest) (HookDecision, error) {
		asked = q
		return HookDecision{Allow: true}, nil
	})
	r := request()
	r.Key.Provider, r.Key.Namespace, r.Key.Subject = "kakao", "123456", "3141592653589"
	if _, err := s.callHook(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if want := (HookRequest{"join_s", "u", "kakao", "123456", "3141592653589", "en"}); asked != want {
		t.Errorf("asked %+v", asked)
	}
}

// A hook that panics, never returns or ignores its context delays the user by two seconds at most and prevents joining.
func TestHookPanicsAndTimeoutsAreErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := deciding(func(context.Context, HookRequest) (HookDecision, error) { panic("!") })
		if _, err := s.callHook(t.Context(), request()); !errors.Is(err, ErrHook) {
			t.Errorf("panic: %v", err)
		}
		s = deciding(func(context.Context, HookRequest) (HookDecision, error) {
			runtime.Goexit() // as t.FailNow does
			return HookDecision{}, nil
		})
		if _, err := s.callHook(t.Context(), request()); !errors.Is(err, ErrHook) {
			t.Errorf("a hook that ends its goroutine: %v", err)
		}
		free, running := make(chan struct{}), 0
		s = deciding(func(context.Context, HookRequest) (HookDecision, error) {
			running++
			<-free
			return HookDecision{Allow: true}, nil
		})
		began := time.Now()
		for range maxHookCalls + 10 {
			go func() {
				if ref, err := s.callHook(t.Context(), request()); ref != "" || !errors.Is(err, ErrHook) {
					t.Errorf("never returns: %q, %v", ref, err)
				}
				if took := time.Since(began); took > HookTimeout {
					t.Errorf("waited %v", took)
				}
			}()
			synctest.Wait()
		}
		time.Sleep(HookTimeout)
		synctest.Wait()
		if running != maxHookCalls {
			t.Errorf("%d run at once", running)
		}
		close(free)
		synctest.Wait()
		s.hook = func(context.Context, HookRequest) (HookDecision, error) { return HookDecision{Allow: true}, nil }
		if _, err := s.callHook(t.Context(), request()); err != nil {
			t.Errorf("after they came back: %v", err)
		}
	})
}
