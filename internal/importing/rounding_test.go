package importing

import (
	"bufio"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// Spreadsheets keep 15 digits of a number, JavaScript 17. Ids that end in zeros by chance are no reason to refuse a
// file.
func TestIM01_RoundedIDsAreFound(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		ids  []string
		line int // of the fault; 0 for none
	}{
		"as they are":         {[]string{"103547991597142817347", "107691503500061507780", "110169484474386276334"}, 0},
		"by a spreadsheet":    {[]string{"103547991597142000000"}, 2},
		"by JavaScript":       {[]string{"103547991597142820000", "107691503500061500000"}, 2},
		"one by chance":       {[]string{"103547991597142817347", "107691503500061500000", "110169484474386276334"}, 0},
		"18 digits by chance": {[]string{"277834091265654870", "277834091265654800"}, 0},
		"18 digits": {
			[]string{"277834091265654871", "277834091265654800", "277834091265654900", "277834091265654000"}, 3,
		},
		"16 digits": {[]string{"4012345678901234", "4012345678901235", "4012345678901236", "4012345678901230"}, 0},
		"17 digits": {[]string{"12345678901234568", "12345678901234572", "12345678901234576"}, 0},
		"short":     {[]string{"4012345678", "4012000000", "4000000000", "1000"}, 0},
		"text":      {[]string{"U1234567890abcdef", "a0000000000000000000000"}, 0},
	} {
		var r rounding
		for i, id := range tc.ids {
			r.count(Row{Line: i + 2, Subject: id})
		}
		bad := r.fault("acme_id")
		if bad == nil != (tc.line == 0) || bad != nil && (r.line != tc.line || !strings.Contains(bad.En, tc.ids[tc.line-2])) {
			t.Errorf("%s: %v, line %d", name, bad, r.line)
		}
	}
}

func TestIM01_IDsHaveTheFormOfTheProvider(t *testing.T) {
	t.Parallel()
	p := newParser(t, "acme_id,ref")
	p.number, p.form = false, regexp.MustCompile(`^(?:U[0-9a-f]{4}|x/.+)$`)
	for text, ok := range map[string]bool{
		"U00ff": true, "x/1": true, "u00ff": false, "U00FF": false, "U00ff0": false, "aU00ff": false, "a@b.test": false,
	} {
		_, _, bad := p.row(2, []string{text, "7"})
		if (bad == nil) != ok || bad != nil && !strings.Contains(bad.En, "does not have the form") {
			t.Errorf("%s", fmt.Sprint(text, bad))
		}
	}
}

// Some refs of a service may look like floating-point numbers. A column that went through one has almost no others.
func TestIM03_RefsThatLookLikeNumbersAreJudgedTogether(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		refs []string
		line int // of the fault; 0 for none
	}{
		"hexadecimal":      {[]string{"45678912e3", "45678912ab", "", "0fe1"}, 0},
		"a float column":   {[]string{"", "10482.0", "10483.0", "10484.0"}, 3},
		"one of two":       {[]string{"1e5", "a"}, 0},
		"an export":        {[]string{"'1e5", "'2026.12", "'12,5"}, 0},
		"numbers":          {[]string{"10482", "10483"}, 0},
		"nobody has one":   {[]string{"", ""}, 0},
		"a row of its own": {[]string{"12345.5"}, 2},
	} {
		var r rounding
		p := newParser(t, "acme_id,ref")
		for i, ref := range tc.refs {
			row, _, bad := p.row(i+2, []string{fmt.Sprint(i + 1), ref})
			if bad != nil || row.Ref != strings.TrimPrefix(ref, "'") {
				t.Errorf("%s: %q is read as %q, %v", name, ref, row.Ref, bad)
			}
			r.count(row)
		}
		bad := r.refFault()
		if bad == nil != (tc.line == 0) || bad != nil && (r.refLine != tc.line || !strings.Contains(bad.En, "spreadsheet")) {
			t.Errorf("%s: %v, line %d", name, bad, r.refLine)
		}
	}
}

func TestFilesThatAreNoListAreNamed(t *testing.T) {
	t.Parallel()
	for start, want := range map[string]string{
		"SQLite format 3\x00\x10": "SQLite", "{\"a\":1}": "JSON", "[": "JSON", "\xff\xfea": "UTF-16",
		"acme_id,ref\n": "", "\xef\xbb\xbfacme_id": "", "": "",
	} {
		bad := openFault(bufio.NewReader(strings.NewReader(start)))
		if (bad == nil) != (want == "") || bad != nil && !strings.Contains(bad.En, want) {
			t.Errorf("%q: %v", start, bad)
		}
	}
	_, _, bad := newParser(t, "acme_id,ref").row(2, []string{"1", strings.Repeat("가", 70_000)})
	if bad == nil || len(bad.Ko) > 1000 || len(bad.En) > 1000 {
		t.Error("a report repeats a long cell")
	}
}
