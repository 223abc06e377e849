package arch

import (
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The cases of attack that norang has to withstand have an id each (testdata/cases.txt). A test carries the ids that it
// plays in its name, so that a reader finds the one from the other; what has no test stands here with the reason.

// withoutTest are the cases that no test plays, and why.
var withoutTest = map[string]string{
	"AD-01": "there is no operator's console; its routes answer 404 (TestAL03_AL04_AL17_FA13_NobodyIsSpecial)",
	"AD-02": "as AD-01",
	"AD-03": "as AD-01: nobody is an operator, and no password exists",
	"FA-08": "there are no public paths to judge: that is the task of norang as a reverse proxy, which is not built",
	"FA-17": "there is no assertion header yet",
	"MT-04": "there is no sign-in with a mobile token yet; what proves one is tested in package kakao",
	"MT-05": "as MT-04",
	"MT-06": "as MT-04",
	"MT-07": "as MT-04",
	"MT-09": "as MT-04",
	"MX-01": "there is one provider; an attempt names its own, and a callback of another finds none (package login)",
	"MX-02": "Kakao promises no iss parameter (RFC 9207)",
	"MX-03": "as MX-01: Kakao's endpoints are settings, nothing is discovered while people sign in",
	"MX-04": "as MX-01: norang without its provider does not start",
	"MX-06": "as MX-01; the key in the store holds the provider (package storetest)",
	"MX-07": "as MX-01",
	"OP-12": "settings are read once, at the start; there is no reload",
	"OP-13": "the scan is a command (tools/go.mod has govulncheck): it needs the network, so no test runs it",
	"SF-03": "an issuer is no setting that leads to a call: discovery is not used while people sign in",
	"XS-07": "nothing is exported as CSV; an export is JSON",
}

var (
	caseLine = regexp.MustCompile(`^([A-Z]{2}-[0-9]{2}) \S`)
	testName = regexp.MustCompile(`(?m)^func (?:Test|Fuzz)([A-Za-z0-9_]+)\(|^\s*\{"([A-Z]{2}[0-9]{2}_[A-Za-z0-9_]+)", `)
	caseID   = regexp.MustCompile(`^(?:Postgres)?([A-Z]{2})([0-9]{2})$`)
)

// casesIn are the ids that the names of tests in source carry: A01_A02 two of them, A01_to_A05 five.
func casesIn(source string) []string {
	var ids []string
	for _, m := range testName.FindAllStringSubmatch(source, -1) {
		words := strings.Split(m[1]+m[2], "_")
		for i, word := range words {
			id := caseID.FindStringSubmatch(word)
			if id == nil {
				continue
			}
			last, _ := strconv.Atoi(id[2])
			first := last
			if i > 1 && words[i-1] == "to" {
				if from := caseID.FindStringSubmatch(words[i-2]); from != nil {
					first, _ = strconv.Atoi(from[2])
				}
			}
			for n := first; n <= last; n++ {
				ids = append(ids, fmt.Sprintf("%s-%02d", id[1], n))
			}
		}
	}
	return ids
}

func TestEveryCaseHasATestOrAReason(t *testing.T) {
	played := map[string]bool{}
	err := fs.WalkDir(os.DirFS("../.."), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && (strings.HasPrefix(d.Name(), ".") && name != "." || d.Name() == "node_modules") {
				return fs.SkipDir
			}
			return err
		}
		if strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "internal/store/storetest/") {
			for _, id := range casesIn(readFile(t, name)) {
				played[id] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for line := range strings.Lines(readFile(t, "internal/arch/testdata/cases.txt")) {
		m := caseLine.FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("testdata/cases.txt: %q", line)
		}
		known[m[1]] = true
		switch reason := withoutTest[m[1]]; {
		case played[m[1]] && reason != "":
			t.Errorf("%s has a test, and a reason for having none", m[1])
		case !played[m[1]] && reason == "":
			t.Errorf("no test and no reason: %s", strings.TrimSpace(line))
		}
	}
	for id := range withoutTest {
		if !known[id] {
			t.Errorf("%s is no case", id)
		}
	}
	if len(known) < 250 {
		t.Errorf("only %d cases", len(known))
	}
}

func TestCasesAreReadFromNames(t *testing.T) {
	got := casesIn("func TestAL01_SameNickname(t *testing.T) {\nfunc TestIT01_to_IT03_IT07_X(t\n\t{\"UN03_NUL\", nul},\nfunc TestHTTP2(t")
	if want := []string{"AL-01", "IT-01", "IT-01", "IT-02", "IT-03", "IT-07", "UN-03"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
