package i18n

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// hostile has every kind of control: clear the screen, a link (OSC 8), C1, DEL, NUL, line ends and text direction.
const hostile = "a\x1b[2J\x1b]8;;http://evil.example\x07" +
	"\u009b31m\u0085\x7f\x00\u202eb\u2066\u200f\u061c\u2028\u2029é 가 🙂 c"

func TestLI07_EscapedJSONIsTheSameJSON(t *testing.T) {
	t.Parallel()
	plain, err := json.Marshal(map[string]string{"name": hostile})
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{1, 2, 3, 5, 1000} { // however the writes are cut
		var out bytes.Buffer
		w := EscapeJSON(&out)
		for rest := plain; len(rest) > 0; {
			n := min(size, len(rest))
			if got, err := w.Write(rest[:n]); got != n || err != nil {
				t.Fatal(got, err)
			}
			rest = rest[n:]
		}
		var back map[string]string
		if err := json.Unmarshal(out.Bytes(), &back); err != nil || back["name"] != hostile {
			t.Errorf("pieces of %d: %q, %v", size, back["name"], err)
		}
		if strings.ContainsFunc(out.String(), Control) {
			t.Errorf("pieces of %d: a control character in %q", size, out.String())
		}
		if !strings.Contains(out.String(), "é 가 🙂") {
			t.Errorf("pieces of %d: readable text changed: %q", size, out.String())
		}
	}
}
