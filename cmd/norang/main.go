// Command norang is Kakao login in front of, inside, or beside any web service.
package main

import (
	"context"
	"os"

	"github.com/norang-login/norang/internal/cli"
)

func main() {
	os.Exit(cli.Run(context.Background(), os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}
