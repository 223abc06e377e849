package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"time"
)

// signature is hello with a bare ES256 signature for each request.
func signature(plan) (http.Handler, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		sum := sha256.Sum256([]byte("hello"))
		if _, err := ecdsa.SignASN1(rand.Reader, key, sum[:]); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_, _ = io.WriteString(w, "hello")
	}), nil
}

// tokensRun measures issuing access tokens. The goal is 15,000 a second on two cores.
func tokensRun(ctx context.Context, o options, dir string) (string, error) {
	list := []*contender{
		{title: "hello", name: "hello"},
		{title: "hello and a bare signature", name: "signature"},
		{title: "norang, SQLite", name: "norang"},
	}
	for i, c := range list {
		c.load = func(addr string, cookies []string, d time.Duration) (sample, error) {
			return verifyLoad(addr, tokenPath, cookies, o.conns, d)
		}
		c.warm = func(addr string, cookies []string) error { return verifyOnce(addr, tokenPath, cookies, o.conns) }
		c.plan.Sessions = o.sessions
		c.plan.Dir = filepath.Join(dir, fmt.Sprint("tokens", i))
	}
	list, err := choose(list, o.match)
	if err != nil {
		return "", err
	}
	if err := play(ctx, o, list); err != nil {
		return "", err
	}
	return fmt.Sprintf("## Access tokens\n\n`POST /auth/token` for %d active sessions chosen at random: one ES256 "+
		"signature for each request. Ratios to hello.\n\n", o.sessions) + table(list, "hello"), nil
}
