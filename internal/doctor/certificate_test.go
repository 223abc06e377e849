package doctor

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// The finding about the dates of a certificate names its fault, and the port of the public address.
func TestPublicCertificateDates(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		from, to   time.Duration // from now
		cause, fix string
	}{
		"sound":         {-day, 30 * day, "", ""},
		"soon over":     {-day, 5 * day, "warning: The certificate expires within two weeks.", ""},
		"expired":       {-9 * day, -day, "fault: The certificate has expired.", "on port "},
		"not yet valid": {day, 30 * day, "fault: The certificate is not valid yet.", "clock"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			form := &x509.Certificate{
				SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
				NotBefore: time.Now().Add(c.from), NotAfter: time.Now().Add(c.to),
			}
			der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
			if err != nil {
				t.Fatal(err)
			}
			srv := httptest.NewUnstartedServer(http.NotFoundHandler())
			srv.Config.ErrorLog = log.New(io.Discard, "", 0)
			srv.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
			srv.StartTLS()
			defer srv.Close()
			roots := x509.NewCertPool()
			parsed, err := x509.ParseCertificate(der)
			if err != nil {
				t.Fatal(err)
			}
			roots.AddCert(parsed)
			u, err := url.Parse(srv.URL)
			if err != nil {
				t.Fatal(err)
			}
			s := &Site{URL: u, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
			if said, _ := told(t, s, "public.tls"); !strings.HasPrefix(said, c.cause) || (c.cause == "") != (said == "") {
				t.Errorf("said %q", said)
			}
			found, _ := s.tls(t.Context())
			for _, f := range found {
				if want := c.fix; !strings.Contains(f.Fix.En, want) ||
					want == "on port " && !strings.Contains(f.Fix.En, want+u.Port()) {
					t.Errorf("fix %q", f.Fix.En)
				}
			}
		})
	}
}
