package join

import (
	"encoding/json"
	"testing"
)

// FuzzDecision holds the app's answer against encoding/json: nothing is taken for a decision that says more than one
// thing, and what is taken says to others what it says to us.
func FuzzDecision(f *testing.F) {
	for _, body := range []string{
		`{"allow":true,"ref":"10482"}`, `{"allow":false,"message":{"ko":"아직","en":"Not yet"}}`,
		`{"link":"https://app.example.com/"}`,
		`{"allow":true,"allow":false}`, `{"ALLOW":true}`, `{"allow":tru`, `[{"allow":true}]`, `{"allow":true}{}`,
		`{"\u0061llow":true}`, "\xef\xbb\xbf{}",
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := parseDecision(body)
		if err != nil {
			if d != (HookDecision{}) {
				t.Fatalf("refused, and still %+v", d)
			}
			return
		}
		var plain struct {
			Allow   *bool
			Ref     string
			Link    string
			Message struct{ Ko, En string }
		}
		if err := json.Unmarshal(body, &plain); err != nil {
			t.Fatalf("%q is no JSON to others: %v", body, err)
		}
		allow := plain.Allow != nil && *plain.Allow
		if d != (HookDecision{allow, plain.Ref, plain.Link, plain.Message.Ko, plain.Message.En}) ||
			(plain.Allow != nil) == (d.Link != "") || d.Allow && d.MessageKo+d.MessageEn != "" {
			t.Errorf("%q is %+v", body, d)
		}
	})
}
