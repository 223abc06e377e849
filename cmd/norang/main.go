// Command norang is social login in front of, inside, or next to a web service in Korea: Kakao, Naver, Google, Apple,
// LINE and OpenID Connect.
package main

import (
	"context"
	"os"

	"github.com/norang-login/norang/internal/cli"
)

func main() {
	os.Exit(cli.Run(context.Background(), os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}
