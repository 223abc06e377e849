package googletest

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// read gets an address with an access token in the Authorization header; "" for none.
func read(t *testing.T, address, token string) (status int, body map[string]any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &body); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return res.StatusCode, body
}

// Addresses that Google's documents no longer name answer clients that still call them.
func TestFormerAddresses(t *testing.T) {
	t.Parallel()
	s := startTest(t, App{})
	_, tokens := s.exchange(t, s.approve(t, PersonaMinji, nil).Code, nil)
	access := tokens["access_token"].(string)
	for path, names := range map[string][2]string{
		"/oauth2/v1/userinfo": {"id", "verified_email"}, "/oauth2/v2/userinfo": {"id", "verified_email"},
		"/oauth2/v3/userinfo": {"sub", "email_verified"},
	} {
		status, body := read(t, s.APIURL()+path, access)
		if status != 200 || body[names[0]] != s.Subject(PersonaMinji) || body[names[1]] != true || len(body) < 5 {
			t.Errorf("%s: %d %v", path, status, body)
		}
		if status, _ = read(t, s.APIURL()+path, "x"); status != 401 {
			t.Errorf("%s with a dead token: %d", path, status)
		}
		status, _ = read(t, s.APIURL()+path+"?access_token="+url.QueryEscape(access), "")
		if (status == 200) != (names[0] == "id") {
			t.Errorf("%s with the token in the query: %d", path, status)
		}
	}
	status, certificates := read(t, s.APIURL()+"/oauth2/v1/certs", "")
	_, keys := read(t, s.APIURL()+"/oauth2/v3/certs", "")
	if status != 200 || len(certificates) != len(keys["keys"].([]any)) {
		t.Errorf("%d %v", status, certificates)
	}
	for kid, text := range certificates {
		block, _ := pem.Decode([]byte(text.(string)))
		if block == nil {
			t.Fatalf("%s is no PEM: %v", kid, text)
		}
		if c, err := x509.ParseCertificate(block.Bytes); err != nil || c.PublicKeyAlgorithm != x509.RSA {
			t.Errorf("%s: %v", kid, err)
		}
	}
	res, err := http.Get(s.URL() + "/o/oauth2/auth?client_id=other")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil || !strings.Contains(string(page), "invalid_client") {
		t.Errorf("%s, %v", page, err)
	}
}
