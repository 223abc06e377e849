package linetest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/norang-login/norang/line/linetest"
)

// Widely used clients send a base64url state, or authenticate by HTTP Basic. LINE accepts it; the log says that its
// documents do not. Strict refuses it.
func TestUndocumentedRequestsThatLINEAccepts(t *testing.T) {
	t.Parallel()
	for _, strict := range []bool{false, true} {
		emu := start(t, linetest.Channel{Switches: linetest.Switches{Strict: strict}})
		odd, err := emu.Approve(linetest.Approval{Params: params(map[string]string{"state": "ab-c_d"})})
		if err != nil || (odd.Code != "") == strict || (odd.Error == "INVALID_REQUEST") != strict {
			t.Errorf("strict %t: %+v, %v", strict, odd, err)
		}
		plain, err := emu.Approve(linetest.Approval{Params: params(nil)})
		if err != nil {
			t.Fatal(err)
		}
		form := url.Values{"grant_type": {"authorization_code"}, "code": {plain.Code}, "redirect_uri": {back}}
		exchange := func(secret string) int {
			t.Helper()
			body := strings.NewReader(form.Encode())
			r, err := http.NewRequestWithContext(t.Context(), "POST", emu.URL()+"/oauth2/v2.1/token", body)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.SetBasicAuth(emu.Channel().ID, secret)
			res, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			return res.StatusCode
		}
		if status := exchange("wrong"); status != 400 {
			t.Errorf("strict %t: wrong secret: %d", strict, status)
		}
		if status := exchange(emu.Channel().Secret); (status == 200) == strict {
			t.Errorf("strict %t: Basic: %d", strict, status)
		}
		said := false
		for _, r := range emu.Requests() {
			said = said || strings.Contains(r.Why, "does not document HTTP Basic")
		}
		if said == strict {
			t.Errorf("strict %t: noted in the log: %t", strict, said)
		}
	}
}
