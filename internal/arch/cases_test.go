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

// docs/security-cases.md lists the cases of attacks and failures. A test has the ids of its cases in its name.

// withoutTest lists the cases that need no test, with the reason.
var withoutTest = map[string]string{
	"FA-17": "the assertion is signed like an access token, with the same keys; TK-01 tests the recipients' libraries",
	"OP-12": "settings are read only at the start",
	"OP-13": "the scan needs the network and is a command (govulncheck in tools/go.mod)",
}

// noTestYet marks the cases in the document that have neither a test nor a reason for having none.
const noTestYet = "*(no test yet)*"

var (
	caseLine = regexp.MustCompile(`^\* \*\*([A-Z]{2}-[0-9]{2})\*\* [A-Z` + "`" + `].*$`)
	testName = regexp.MustCompile(`(?m)^func (?:Test|Fuzz)([A-Za-z0-9_]+)\(|^\s*\{"([A-Z]{2}[0-9]{2}_[A-Za-z0-9_]+)", `)
	caseID   = regexp.MustCompile(`^(?:Postgres)?([A-Z]{2})([0-9]{2})$`)
)

// casesIn returns the case ids in the names of tests: A01_A02 are two ids, A01_to_A05 five.
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

// testedCases returns the case ids in the names of all tests, with a file that has such a test.
func testedCases(t *testing.T) map[string]string {
	t.Helper()
	tested := map[string]string{}
	err := fs.WalkDir(os.DirFS("../.."), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && (strings.HasPrefix(d.Name(), ".") && name != "." || d.Name() == "node_modules") {
				return fs.SkipDir
			}
			return err
		}
		if strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "internal/store/storetest/") {
			for _, id := range casesIn(readFile(t, name)) {
				tested[id] = name
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tested
}

func TestSecurityCasesAreTested(t *testing.T) {
	tested, documented := testedCases(t), map[string]bool{}
	last := ""
	for line := range strings.Lines(readFile(t, "docs/security-cases.md")) {
		if !strings.HasPrefix(line, "* ") {
			continue
		}
		m := caseLine.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			t.Fatalf("docs/security-cases.md: malformed line %q", line)
		}
		id, marked := m[1], strings.Contains(line, noTestYet)
		if documented[id] || id[:2] == last[:min(2, len(last))] && id < last {
			t.Errorf("%s is repeated or not in order", id)
		}
		documented[id], last = true, id
		switch hasTest, hasReason := tested[id] != "", withoutTest[id] != ""; {
		case hasTest && hasReason:
			t.Errorf("%s has a test and a reason for having none", id)
		case marked && (hasTest || hasReason):
			t.Errorf("%s has a test or a reason: remove the mark %s", id, noTestYet)
		case !marked && !hasTest && !hasReason:
			t.Errorf("%s has no test, no reason and no mark", id)
		}
	}
	for id, file := range tested {
		if !documented[id] {
			t.Errorf("%s: case %s is not in docs/security-cases.md", file, id)
		}
	}
	for id := range withoutTest {
		if !documented[id] {
			t.Errorf("reason for unknown case %s", id)
		}
	}
	if len(documented) < 389 {
		t.Errorf("only %d cases are documented", len(documented))
	}
}

func TestCaseIDsInTestNames(t *testing.T) {
	got := casesIn(
		"func TestAL01_SameNickname(t *testing.T) {\nfunc TestIT01_to_IT03_IT07_X(t\n\t{\"UN03_NUL\", nul},\nfunc " +
			"TestHTTP2(t",
	)
	if want := []string{"AL-01", "IT-01", "IT-01", "IT-02", "IT-03", "IT-07", "UN-03"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
