package main

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"time"
)

// fakeKakao responds to the calls of a sign-in without delay and without checks. A code has the form
// "subject.nonce".
func fakeKakao(p plan) (http.Handler, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	issuer := "http://" + p.Addr
	b64 := base64.RawURLEncoding.EncodeToString
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
		_ = json.NewEncoder(w).Encode(v)
	}
	mux.HandleFunc("POST /oauth/token", func(w http.ResponseWriter, r *http.Request) {
		subject, nonce, _ := strings.Cut(r.FormValue("code"), ".")
		now := time.Now().Unix()
		head := b64([]byte(`{"kid":"k1","typ":"JWT","alg":"RS256"}`))
		body := b64(fmt.Appendf(nil, `{"aud":%q,"sub":%q,"auth_time":%d,"iss":%q,"exp":%d,"iat":%d,"nonce":%q}`,
			r.FormValue("client_id"), subject, now, issuer, now+21599, now, nonce))
		sum := sha256.Sum256([]byte(head + "." + body))
		sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		answer(w, map[string]any{
			"access_token": "a-" + subject, "token_type": "bearer", "expires_in": 21599,
			"refresh_token": "r-" + subject, "refresh_token_expires_in": 5183999,
			"id_token": head + "." + body + "." + b64(sig), "scope": "openid profile_nickname account_email",
		})
	})
	mux.HandleFunc("GET /v2/user/me", func(w http.ResponseWriter, r *http.Request) {
		subject := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer a-")
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
		fmt.Fprintf(w, `{"id":%s,"connected_at":"2026-01-02T03:04:05Z","properties":{"nickname":"person"},`+
			`"kakao_account":{`+
			`"profile_nickname_needs_agreement":false,"profile_image_needs_agreement":false,`+
			`"profile":{"nickname":"person",`+
			`"thumbnail_image_url":"https://img.example/t.jpg","profile_image_url":"https://img.example/p.jpg",`+
			`"is_default_image":false,"is_default_nickname":false},`+
			`"email_needs_agreement":false,"is_email_valid":true,"is_email_verified":true,"email":"p%s@example.com"}}`,
			subject, subject)
	})
	mux.HandleFunc("GET /v1/user/access_token_info", func(w http.ResponseWriter, r *http.Request) {
		subject := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer a-")
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
		fmt.Fprintf(w, `{"id":%s,"app_id":1,"expires_in":21599}`, subject)
	})
	mux.HandleFunc("GET /.well-known/jwks.json", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"keys": []any{map[string]string{
			"kid": "k1", "kty": "RSA", "alg": "RS256", "use": "sig",
			"n": b64(key.N.Bytes()), "e": b64(big.NewInt(int64(key.E)).Bytes()),
		}}})
	})
	return mux, nil
}
