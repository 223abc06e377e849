package i18n

import (
	"errors"
	"fmt"
	"testing"
)

func TestMessageOfAnError(t *testing.T) {
	t.Parallel()
	both := Errorf("%q에 제목이 없습니다", "%q has no title", "x")
	for name, c := range map[string]struct {
		err  error
		want Text
	}{
		"both languages": {both, Text{`"x"에 제목이 없습니다`, `"x" has no title`}},
		"English only":   {errors.New("no"), Text{"no", "no"}},
		"joined":         {errors.Join(both, errors.New("no")), Text{"\"x\"에 제목이 없습니다\nno", "\"x\" has no title\nno"}},
		// A text around it exists in English only; half a sentence in each language would be worse.
		"wrapped": {fmt.Errorf("term: %w", both), Text{`term: "x" has no title`, `term: "x" has no title`}},
	} {
		if got := Message(c.err); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
		if Message(c.err).En != c.err.Error() {
			t.Errorf("%s: %q", name, c.err)
		}
	}
}
