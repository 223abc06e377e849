package web

import "testing"

// Operators look up the ids that users read out, so each that is handed out has the form, also when its number needs
// a letter. What may be a phone number or a nickname has not.
func TestRequestIDsHaveTheirForm(t *testing.T) {
	t.Parallel()
	ids := newRequestIDs()
	for range 3000 {
		if id := ids.next(); !IsRequestID(id) {
			t.Fatalf("%q is not taken for a request id", id)
		}
	}
	ids.n.Store(1<<64 - 2)
	if id := ids.next(); !IsRequestID(id) {
		t.Errorf("%q is not taken for a request id", id)
	}
	for _, text := range []string{
		"", "010-12345678", "01012345-678", "ryan-1", "zbo5t6lp-", "zbo5t6lp-0", "zbo5t6lp-6-1", "zbo5t6lp-6 ",
		"ryan@example.com", "라이언",
	} {
		if IsRequestID(text) {
			t.Errorf("%q is taken for a request id", text)
		}
	}
}
