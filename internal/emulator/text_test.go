package emulator

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"testing"
)

func TestErrorsAreEnglishForGoAndInBothLanguagesAsMessage(t *testing.T) {
	t.Parallel()
	inner := Errorf("0 이상이어야 합니다: %d", "must not be negative, got %d", -1)
	for name, c := range map[string]struct {
		err  error
		want Text
	}{
		"alone": {inner, Text{"0 이상이어야 합니다: -1", "must not be negative, got -1"}},
		"inside": {
			Errorf("앱 %d: %v", "app %d: %v", 7, inner),
			Text{"앱 7: 0 이상이어야 합니다: -1", "app 7: must not be negative, got -1"},
		},
		"with a text": {
			Errorf("모르는 값%s", "unknown value%s", OneOf([]string{"a", "b"})),
			Text{"모르는 값. 가능한 값: a, b", "unknown value; known: a, b"},
		},
		"joined": {
			errors.Join(inner, nil, fs.ErrExist),
			Text{"0 이상이어야 합니다: -1\nfile already exists", "must not be negative, got -1\nfile already exists"},
		},
		"joined inside": {
			Errorf("둘: %v", "two: %v", errors.Join(inner, fs.ErrExist)),
			Text{"둘: 0 이상이어야 합니다: -1\nfile already exists", "two: must not be negative, got -1\nfile already exists"},
		},
		"other order": {Errorf("%[2]s의 %[1]s", "%s of %s", "a", "b"), Text{"b의 a", "a of b"}},
		"another's":   {fs.ErrExist, Text{"file already exists", "file already exists"}},
		// Half a sentence in each language would be worse.
		"in English words": {
			fmt.Errorf("x: %w, %w", inner, fs.ErrExist),
			Verbatim("x: must not be negative, got -1, file already exists"),
		},
	} {
		if got := Message(c.err); got != c.want || c.err.Error() != c.want[1] {
			t.Errorf("%s: %q, %q, want %q", name, got, c.err, c.want)
		}
	}
	err := Errorf("%v: %v", "%v: %v", ErrNotFound, fs.ErrExist)
	if !errors.Is(err, ErrNotFound) || !errors.Is(err, fs.ErrExist) {
		t.Error("does not wrap its values")
	}
}

// What the control API refuses, what the request log notes and what the console shows is there in both languages.
func TestRefusalsAndReasonsAreInBothLanguages(t *testing.T) {
	t.Parallel()
	s := sample(t, func(c *Config) {
		c.Endpoints[0].Answer = func(*Call) Answer { return OAuthError(400, "invalid_grant", "", WhyUsed) }
	})
	w := do(s, "POST", "/-/api/scenarios", "application/json", `{"times":-2,"cut":true}`)
	for _, want := range []string{
		`"error":"times must be -1 for all calls, or a number of calls, got -2"`,
		`"error_ko":"times는 모든 호출이면 -1, 아니면 호출 횟수입니다: -2"`,
	} {
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%d, no %s in %s", w.Code, want, w.Body)
		}
	}
	do(s, "POST", "/token", formType, "code=1")
	if r := s.Requests(); len(r) != 1 || r[0].Why != WhyUsed[1] || r[0].WhyKO != WhyUsed[0] {
		t.Errorf("%+v", r)
	}
	d := s.Post(t.Context(), Delivery{What: "x"}, "", "")
	for lang, want := range map[string][]string{"ko": {WhyUsed[0], d.ProblemKO}, "en": {WhyUsed[1], d.Problem}} {
		for _, text := range want {
			if page := do(s, "GET", "/-/?lang="+lang, "", "").Body.String(); text == "" || !strings.Contains(page, text) {
				t.Errorf("%s: no %q in %s", lang, text, page)
			}
		}
	}
}
