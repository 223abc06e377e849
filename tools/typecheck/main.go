// Typecheck reports the type errors of packages, and of all that they import, for other systems:
//
//	typecheck windows/amd64,darwin/arm64 ./cmd/norang
//
// It reads everything from source: a whole program takes a fraction of the processor time of compiling it.
package main

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/tools/go/packages"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: typecheck SYSTEM/PROCESSOR[,…] PACKAGE…")
		os.Exit(2)
	}
	failed := false
	for system := range strings.SplitSeq(os.Args[1], ",") {
		if err := check(system, os.Args[2:]); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", system, err)
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
}

// check prints the type errors on one system. Its own error says how many there are, or why nothing was read.
func check(system string, patterns []string) error {
	goos, goarch, ok := strings.Cut(system, "/")
	if !ok {
		return fmt.Errorf("want a system like linux/arm64")
	}
	all, err := packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedDeps | packages.NeedModule |
			packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo | packages.NeedTypesSizes,
		Env: append(os.Environ(), "CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+goarch),
	}, patterns...)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return fmt.Errorf("no packages match %v", patterns)
	}
	if n := packages.PrintErrors(all); n > 0 {
		return fmt.Errorf("%d errors", n)
	}
	return nil
}
