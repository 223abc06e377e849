package koe

import (
	"slices"
	"strings"
	"testing"
)

// reference lists every code that Kakao documents for Kakao Login. It is maintained by hand to detect missing entries.
const reference = `KOE001 KOE002 KOE003 KOE004 KOE005 KOE006 KOE007 KOE008 KOE009 KOE010 KOE012 KOE023
KOE025 KOE026 KOE027 KOE028 KOE101 KOE102 KOE103 KOE104 KOE105 KOE106 KOE107 KOE108 KOE109 KOE110
KOE114 KOE123 KOE124 KOE125 KOE126 KOE127 KOE201 KOE202 KOE203 KOE204 KOE205 KOE207 KOE232 KOE233 KOE237
KOE303 KOE310 KOE319 KOE320 KOE322 KOE400
-1 -2 -3 -4 -5 -6 -7 -8 -9 -10 -12 -101 -102 -103 -201 -301 -401 -402 -405 -406 -501
-602 -603 -606 -903 -911 -9798`

func TestTableHasEveryDocumentedCode(t *testing.T) {
	t.Parallel()
	want := strings.Fields(reference)
	var got []string
	for _, e := range All() {
		got = append(got, string(e.Code))
	}
	for _, code := range want {
		if !slices.Contains(got, code) {
			t.Errorf("%s is missing", code)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("All is not sorted as documented: %v", got)
	}
	if len(got) != len(want) {
		t.Errorf("the table has %d codes, the reference %d: %v", len(got), len(want), got)
	}
	if u := slices.Compact(slices.Sorted(slices.Values(got))); len(u) != len(got) {
		t.Error("duplicate code in the table")
	}
}

func TestEveryEntryIsComplete(t *testing.T) {
	t.Parallel()
	owners := []Owner{User, Developer, Operator, Kakao}
	retries := []Retry{Never, Soon, Later, SignInAgain, Refresh}
	for _, e := range append(All(), OAuthErrors()...) {
		for name, text := range map[string]Text{"Cause": e.Cause, "Remedy": e.Remedy, "ForDeveloper": e.ForDeveloper} {
			if text.Ko == "" || text.En == "" {
				t.Errorf("%s: %s is missing a language", e.Code, name)
			}
		}
		for name, text := range map[string]Text{"Menu": e.Menu, "ForUser": e.ForUser, "Unconfirmed": e.Unconfirmed} {
			if (text.Ko == "") != (text.En == "") {
				t.Errorf("%s: %s has only one language", e.Code, name)
			}
		}
		if len(e.Places) == 0 || !slices.Contains(owners, e.Owner) || !slices.Contains(retries, e.Retry) {
			t.Errorf("%s: place, owner or retry is missing", e.Code)
		}
		redirect := slices.Equal(e.Places, []Place{Callback}) // which has no status of its own
		if e.Status == 0 && e.Unconfirmed.IsZero() && !e.In(SDK) && !redirect {
			t.Errorf("%s: no status, but not marked as unconfirmed", e.Code)
		}
		// Users can do nothing with codes and settings.
		if strings.Contains(e.ForUser.En, "KOE") || strings.Contains(e.ForUser.En, "setting") {
			t.Errorf("%s: ForUser names a code or setting: %s", e.Code, e.ForUser.En)
		}
		if e.Owner == Kakao && !e.Menu.IsZero() {
			t.Errorf("%s: console menu for an error that only Kakao can fix", e.Code)
		}
		for _, f := range e.Fixes {
			if f.Framework == "" || f.Line == "" {
				t.Errorf("%s: empty fix", e.Code)
			}
		}
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"KOE006", "koe006", " KOE006\n", "-401"} {
		if _, ok := Lookup(code); !ok {
			t.Errorf("Lookup(%q) found nothing", code)
		}
	}
	for _, code := range []string{"", "KOE", "KOE06", "401", "-4010"} {
		if e, ok := Lookup(code); ok {
			t.Errorf("Lookup(%q) = %s, want no entry", code, e.Code)
		}
	}
	if c := FromInt(-401); c != "-401" {
		t.Errorf("FromInt(-401) = %q", c)
	}
	if n, ok := Code("-401").Int(); !ok || n != -401 {
		t.Errorf("Int = %d, %v", n, ok)
	}
	if _, ok := Code("KOE006").Int(); ok {
		t.Error("Int reports a number for a KOE code")
	}
}

func TestOAuthErrorsAreSortedAndFound(t *testing.T) {
	t.Parallel()
	byCode := func(a, b Entry) int { return strings.Compare(string(a.Code), string(b.Code)) }
	if !slices.IsSortedFunc(OAuthErrors(), byCode) {
		t.Error("not sorted")
	}
	for _, e := range OAuthErrors() {
		if got, ok := LookupOAuth(" " + strings.ToUpper(string(e.Code)) + "\n"); !ok || got.Code != e.Code {
			t.Errorf("%s is not found", e.Code)
		}
	}
	for _, name := range []string{"", "access", "KOE006"} {
		if e, ok := LookupOAuth(name); ok {
			t.Errorf("LookupOAuth(%q) = %s, want no entry", name, e.Code)
		}
	}
}

func TestAllReturnsACopy(t *testing.T) {
	t.Parallel()
	All()[0].Code = "changed"
	if All()[0].Code != "KOE001" {
		t.Error("modifying the result of All changed the table")
	}
}

func TestTextIn(t *testing.T) {
	t.Parallel()
	text := Text{"가", "a"}
	for lang, want := range map[string]string{"ko": "가", "ko-KR": "가", "en": "a", "": "a", "kok": "a"} {
		if got := text.In(lang); got != want {
			t.Errorf("In(%q) = %q", lang, got)
		}
	}
}
