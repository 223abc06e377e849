package importing

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/consent"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newParser(t *testing.T, header string) *parser {
	t.Helper()
	p := &parser{now: noon, id: "acme_id", number: true, terms: []consent.Term{
		{Tag: "service", Version: "2", Required: true}, {Tag: "news", Version: "5", Marketing: true},
	}}
	if bad := p.header(strings.Split(header, ",")); bad != nil {
		t.Fatal(bad.En)
	}
	return p
}

func TestIM01_WhatIsNoIdIsRefusedByReason(t *testing.T) {
	t.Parallel()
	p := newParser(t, "acme_id,ref")
	for text, want := range map[string]struct {
		reason string
		noID   bool
	}{
		"": {"no id", true}, `"null"`: {"no id", true}, "null": {"no id", true}, "NULL": {"no id", true},
		"undefined": {"no id", true}, "None": {"no id", true}, "NaN": {"no id", true}, `\N`: {"no id", true},
		"0": {"no id", true},

		"4.01E+09": {"spreadsheet", false}, "4012345678.0": {"spreadsheet", false}, "4,01E+09": {"spreadsheet", false},
		"4e9":     {"spreadsheet", false},
		"acme:42": {"--strip-prefix", false}, "k42": {"--strip-prefix", false}, "-42": {"--strip-prefix", false},
		" 42": {"--strip-prefix", false}, "042": {"--strip-prefix", false}, "４２": {"--strip-prefix", false},
		"12345678901234567890": {"more than 19 digits", false}, "9999999999999999999": {"too large", false},
	} {
		_, noID, bad := p.row(2, []string{text, "7"})
		if bad == nil || !strings.Contains(bad.En, want.reason) || bad.Ko == "" || noID != want.noID {
			t.Errorf("%q: %v, no id %v", text, bad, noID)
		}
	}
	for _, ok := range []string{"1", "4012345678", "9223372036854775807"} {
		if r, _, bad := p.row(2, []string{ok, ""}); bad != nil || r.Subject != ok {
			t.Errorf("%q: %+v, %v", ok, r, bad)
		}
	}
}

// Ids of most providers are text, kept to the letter.
func TestIM01_TextIDs(t *testing.T) {
	t.Parallel()
	p := newParser(t, "acme_id,ref")
	p.number = false
	for _, ok := range []string{
		"32742776", "qPb/5K2y+4nFz1cTgDd8Lw==", "107691503500061507780", "001234.abc.0001", "U4af4980629", "a|b",
		strings.Repeat("x", 255),
	} {
		if r, _, bad := p.row(2, []string{ok, "7"}); bad != nil || r.Subject != ok {
			t.Errorf("%q: %+v, %v", ok, r, bad)
		}
	}
	for text, reason := range map[string]string{
		"": "no id", "null": "no id", "0": "no id", "1.07692E+20": "spreadsheet", "a b": "has characters",
		"#NAME?": "spreadsheet", "#VALUE!": "spreadsheet", "#N/A": "spreadsheet",
		" a": "has characters", "a\x00": "has characters", strings.Repeat("x", 256): "has characters",
	} {
		if _, _, bad := p.row(2, []string{text, "7"}); bad == nil || !strings.Contains(bad.En, reason) {
			t.Errorf("%q: %v", text, bad)
		}
	}
}

func TestIM01_APrefixIsTakenOffOnlyByRequest(t *testing.T) {
	t.Parallel()
	p := newParser(t, "acme_id,ref")
	p.prefix = "acme:"
	if r, _, bad := p.row(2, []string{"acme:42", ""}); bad != nil || r.Subject != "42" {
		t.Errorf("%+v, %v", r, bad)
	}
	if r, _, bad := p.row(2, []string{"acme:acme:42", ""}); bad == nil {
		t.Errorf("read as %q", r.Subject)
	}
}

func TestIM03_RowsAreKeptAsGiven(t *testing.T) {
	t.Parallel()
	p := newParser(t, "acme_id,ref,nickname,email,email_relay,created_at,status,terms,marketing_at")
	at := time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		record []string
		want   Row
	}{
		"nothing but the id": {
			[]string{"42", "7", "", "", "", "", "", "", ""}, Row{Subject: "42", Ref: "7", Status: account.Active},
		},
		"a ref with a number sign": {
			[]string{"42", "#1024", "", "", "", "", "", "", ""}, Row{Subject: "42", Ref: "#1024", Status: account.Active},
		},
		"all": {
			[]string{"42", "7", "'=라이언", "a@example.com", "true", "2024-05-01T09:00:00+09:00", "disabled",
				"age=14;service=1+b@2024-05-01T00:00:00Z", "2024-05-01T00:00:00Z"},
			Row{
				Subject: "42", Ref: "7", Status: account.Disabled, CreatedAt: at,
				Profile: account.Profile{
					Nickname: "=라이언", Email: "a@example.com", EmailState: account.EmailUnverified, EmailRelay: true,
				},
				Consents: []account.Consent{
					{Kind: account.ConsentAge, Tag: "age", Version: "14", Agreed: true, Place: account.PlaceImport},
					{Kind: account.ConsentTerms, Tag: "service", Version: "1 b", Agreed: true, At: at, Place: account.PlaceImport},
					{Kind: account.ConsentMarketing, Tag: "news", Version: "5", Agreed: true, At: at, Place: account.PlaceImport},
				},
			},
		},
	} {
		got, _, bad := p.row(0, c.record)
		if bad != nil {
			t.Errorf("%s: %s", name, bad.En)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestIM03_WhatIsNotExactlyRightIsRefused(t *testing.T) {
	t.Parallel()
	for column, cells := range map[string]map[string]string{
		"ref": {"null": "not a user number", "4.01E+09": "spreadsheet", "#NAME?": "spreadsheet",
			"a\x00b": "not a user number", "a\ufffd": "has U+FFFD", strings.Repeat("x", 256): "not a user number"},
		"nickname":    {"a\x07": "cannot be kept", strings.Repeat("가", 61): "cannot be kept"},
		"email":       {"4012345678": "not an address", "null": "not an address", "A <a@b.kr>": "not an address"},
		"email_relay": {"true": "only with an email", "1": "true or false", "yes": "true or false"},
		"status":      {"withdrawn": "active or disabled", "ACTIVE": "active or disabled", "1": "active or disabled"},
		"created_at": {"2024-05-01": "time zone", "2024-05-01 09:00:00": "time zone", "1970-01-01T00:00:00Z": "cannot be",
			"2026-03-02T00:00:00Z": "cannot be"},
		"terms": {"service": "tag=version", "service=": "tag=version", "Service=1": "tag=version", "=1": "tag=version",
			"service=1@soon": "time zone", "service=1;service=2": "twice", "news=5": "does not belong",
			"service=%zz": "tag=version", "age=13": "age=14", "age=abc": "age=14"},
		"marketing_at": {"news=5": "no time", "service=1@2024-05-01T00:00:00Z": "does not belong", "yes": "tag=version",
			"2027-01-01T00:00:00Z": "cannot be"},
	} {
		p := newParser(t, "acme_id,ref,"+strings.Replace(column, "ref", "nickname", 1))
		for cell, want := range cells {
			record := []string{"42", "7", cell}
			if column == "ref" {
				record = []string{"42", cell, ""}
			}
			if _, _, bad := p.row(2, record); bad == nil || !strings.Contains(bad.En, want) {
				t.Errorf("%s %q: %v, want %q", column, cell, bad, want)
			}
		}
	}
	p := &parser{now: noon, id: "acme_id"}
	if bad := p.header([]string{"acme_id", "ref", "marketing_at"}); bad != nil {
		t.Fatal(bad.En)
	}
	if _, _, bad := p.row(2, []string{"42", "7", "2024-05-01T00:00:00Z"}); bad == nil {
		t.Error("a consent to advertising without a term")
	}
}

func TestIM01_HeadersAndEncodingsAreNamed(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"acme_id;ref": "semicolons", "acme_id\tref": "tabs", "acme_id": "column ref is missing", "ref": "acme_id is missing",
		"acme_id,ref,phone": `unknown column "phone"`, "acme_id,ref,ref": "twice", "Acme_id,ref": "unknown column",
	} {
		p := &parser{id: "acme_id"}
		if bad := p.header(strings.Split(header, ",")); bad == nil || !strings.Contains(bad.En, want) {
			t.Errorf("%q: %v", header, bad)
		}
	}
	p := newParser(t, "acme_id,ref,nickname")
	for cell, want := range map[string]string{"\xb6\xf3\xc0\xcc\xbe\xf0": "CP949", "a\xff": "not UTF-8: export"} {
		if _, _, bad := p.row(2, []string{"42", "7", cell}); bad == nil || !strings.Contains(bad.En, want) {
			t.Errorf("%q: %v", cell, bad)
		}
	}
}

func TestXS07_GuardedCellsAreReadBackExactly(t *testing.T) {
	t.Parallel()
	for _, cell := range []string{
		"", "라이언", `=HYPERLINK("http://evil.example")`, "+1", "-1", "@x", "\tx", "\rx", "'", "'=1", "''", "'a", "a'b",
		"1e5", "2026.12", "'1e5", "''1e5", "4.01E+09", "#NAME?", "12345",
	} {
		g := guard(cell)
		if plain(g) != cell {
			t.Errorf("%q: written %q, read %q", cell, g, plain(g))
		}
		if g != "" && strings.ContainsRune("=+-@\t\r", rune(g[0])) {
			t.Errorf("%q runs", g)
		}
	}
	if plain("'a") != "'a" {
		t.Error("an apostrophe of the user's is gone")
	}
}

func TestDecide(t *testing.T) {
	t.Parallel()
	user := func(s account.Status, ref string) *account.User { return &account.User{ID: "u", Status: s, Ref: ref} }
	active, disabled := Row{Ref: "7", Status: account.Active}, Row{Ref: "7", Status: account.Disabled}
	for _, c := range []struct {
		name  string
		row   Row
		known *account.User
		owner account.ID
		want  Verdict
	}{
		{"new", active, nil, "", Create},
		{"new, ref of another user", active, nil, "v", RefTaken},
		{"same ref", active, user(account.Active, "7"), "u", Unchanged},
		{"no ref in the file", Row{Status: account.Active}, user(account.Active, "7"), "", Unchanged},
		{"same ref, disabled here", active, user(account.Disabled, "7"), "u", StatusDiffers},
		{"same ref, disabled there", disabled, user(account.Active, "7"), "u", StatusDiffers},
		{"both disabled", disabled, user(account.Disabled, "7"), "u", Unchanged},
		{"another ref", active, user(account.Active, "8"), "", OtherRef},
		{"joined meanwhile", active, user(account.Active, ""), "", GiveRef},
		{"joined meanwhile, ref of another user", active, user(account.Active, ""), "v", RefTaken},
		{"withdrawn", active, user(account.Withdrawn, "7"), "u", HasLeft},
		{"joining", active, user(account.Pending, ""), "", Joining},
	} {
		if got := Decide(c.row, Facts{c.known, c.owner}); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestTheProviderIsReadFromTheHeader(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"kakao_id,ref\n1,2\n":         "kakao",
		"\ufeffref,naver_id\n":        "naver",
		"kakao_id,naver_id,ref\n":     "",
		"id,ref\n":                    "",
		"_id,ref\n":                   "",
		"\xb0\xa1kakao_id,ref\n1,2\n": "", // CP949
		"Kakao_id,ref\n":              "",
		"":                            "",
	} {
		if got := ProviderOf(strings.NewReader(file)); got != want {
			t.Errorf("%q: %q, want %q", file, got, want)
		}
	}
}
