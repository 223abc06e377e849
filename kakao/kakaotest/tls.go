package kakaotest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

// Authority is a throwaway CA for clients with Kakao's https addresses built in. It is valid for a week, and its key
// is in memory only. Never add it to a system store.
type Authority struct {
	pem  []byte
	pool *x509.CertPool
	leaf tls.Certificate
}

const (
	authorityLife = 7 * 24 * time.Hour
	authorityName = "kakaotest throw-away CA (not Kakao)"
)

// NewAuthority creates a CA and a server certificate for hosts, which are names or addresses.
func NewAuthority(hosts ...string) (*Authority, error) {
	now := time.Now() // clients check certificates by their own clocks
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, emulator.Errorf("CA를 만들 수 없습니다: %v", "CA: %v", err)
	}
	ca := &x509.Certificate{
		SerialNumber:          big.NewInt(now.UnixNano()),
		Subject:               pkix.Name{CommonName: authorityName},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.Add(authorityLife),
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	if err != nil {
		return nil, emulator.Errorf("CA를 만들 수 없습니다: %v", "CA: %v", err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, emulator.Errorf("인증서를 만들 수 없습니다: %v", "certificate: %v", err)
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano() + 1),
		Subject:      pkix.Name{CommonName: "kakaotest emulator"},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(authorityLife),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			leaf.IPAddresses = append(leaf.IPAddresses, ip)
		} else {
			leaf.DNSNames = append(leaf.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, ca, &key.PublicKey, caKey)
	if err != nil {
		return nil, emulator.Errorf("인증서를 만들 수 없습니다: %v", "certificate: %v", err)
	}
	a := &Authority{pem: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER}), pool: x509.NewCertPool(),
		leaf: tls.Certificate{Certificate: [][]byte{der, caDER}, PrivateKey: key}}
	a.pool.AppendCertsFromPEM(a.pem)
	return a, nil
}

// PEM is the CA's certificate.
func (a *Authority) PEM() string { return string(a.pem) }

// ServerConfig is the configuration of the listener.
func (a *Authority) ServerConfig() *tls.Config {
	return &tls.Config{
		Certificates: []tls.Certificate{a.leaf},
		MinVersion:   tls.VersionTLS12,
		NextProtos:   []string{"http/1.1"},
	}
}

// ClientConfig trusts this CA only.
func (a *Authority) ClientConfig() *tls.Config {
	return &tls.Config{RootCAs: a.pool, MinVersion: tls.VersionTLS12}
}

// newAuthority creates the CA of a run and writes its certificate to the configured file.
func newAuthority(f File) (*Authority, error) {
	for _, h := range f.TLSHosts {
		if err := emulator.CheckHosts("tls_hosts", []string{strings.TrimPrefix(h, "*.")}); err != nil {
			return nil, err
		}
	}
	hosts := append([]string{"localhost", "127.0.0.1", "::1"}, f.TLSHosts...)
	for _, base := range []string{f.BrowserURL, f.ServerURL} {
		if u, err := url.Parse(base); err == nil && u.Hostname() != "" {
			hosts = append(hosts, u.Hostname())
		}
	}
	if len(f.TLSHosts) == 0 {
		hosts = append(hosts, "kauth.kakao.com", "kapi.kakao.com")
	}
	ca, err := NewAuthority(hosts...)
	if err != nil || f.TLSCertFile == "" {
		return ca, err
	}
	if !replaceable(f.TLSCertFile) {
		return nil, emulator.Errorf("tls_ca_file: 에뮬레이터의 인증서가 아닌 파일은 덮어쓰지 않습니다: %s",
			"tls_ca_file: %s is not a certificate of an emulator and is not overwritten", f.TLSCertFile)
	}
	if err := os.WriteFile(f.TLSCertFile, ca.pem, 0o644); err != nil {
		return nil, emulator.Errorf("CA 인증서를 쓸 수 없습니다: %v", "CA certificate: %v", err)
	}
	return ca, nil
}

// replaceable reports whether a file has nothing but the CA of an earlier run, or nothing at all. What cannot be read
// is left to the error of writing it.
func replaceable(file string) bool {
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() { // reading a pipe would hang
		return true
	}
	b, err := os.ReadFile(file)
	if err != nil || len(b) == 0 {
		return true
	}
	block, rest := pem.Decode(b)
	if block == nil || len(rest) > 0 {
		return false
	}
	old, err := x509.ParseCertificate(block.Bytes)
	return err == nil && old.Subject.CommonName == authorityName
}

// StartTLS is [StartWith] with https and a throwaway CA. The certificate is valid for 127.0.0.1, localhost, Kakao's
// two hosts and the given hosts.
func StartTLS(t TB, cfg Config, hosts ...string) (*Server, *Authority) {
	t.Helper()
	ca, err := NewAuthority(
		append([]string{"localhost", "127.0.0.1", "::1", "kauth.kakao.com", "kapi.kakao.com"}, hosts...)...)
	if err != nil {
		t.Fatalf("kakaotest: %v", err)
		return nil, nil
	}
	return start(t, cfg, ca), ca
}
