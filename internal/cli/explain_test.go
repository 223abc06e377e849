package cli

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/kakao/koe"
)

func TestExplainEveryCodeInBothLanguages(t *testing.T) {
	t.Parallel()
	for _, entry := range koe.All() {
		for _, lang := range []i18n.Lang{i18n.Ko, i18n.En} {
			var b strings.Builder
			if err := Explain(&b, string(entry.Code), lang, false); err != nil {
				t.Fatal(err)
			}
			sheet := b.String()
			for _, want := range []koe.Text{
				{Ko: string(entry.Code), En: string(entry.Code)},
				entry.Cause, entry.Remedy, entry.Menu, entry.ForUser, entry.ForDeveloper, entry.Unconfirmed,
			} {
				if want := want.In(string(lang)); !strings.Contains(sheet, want) {
					t.Errorf("%s %s lacks %q", entry.Code, lang, want)
				}
			}
			for _, f := range entry.Fixes {
				if !strings.Contains(sheet, f.Framework) {
					t.Errorf("%s %s lacks %s", entry.Code, lang, f.Framework)
				}
			}
			// A value without a label would leave an empty field.
			if strings.Contains(sheet, ": \n") || strings.Contains(sheet, ", ,") ||
				explainOwner[entry.Owner].In(lang) == "" || explainRetry[entry.Retry].In(lang) == "" {
				t.Errorf("%s %s has an empty field:\n%s", entry.Code, lang, sheet)
			}
		}
	}
}

func TestExplainJSON(t *testing.T) {
	t.Parallel()
	for _, want := range koe.All() {
		var b strings.Builder
		if err := Explain(&b, strings.ToLower(string(want.Code)), "ko", true); err != nil {
			t.Fatal(err)
		}
		var got koe.Entry
		if err := json.Unmarshal([]byte(b.String()), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", want.Code, diff)
		}
		if strings.Contains(b.String(), `\u003e`) {
			t.Errorf("%s: HTML characters are escaped", want.Code)
		}
	}
}

func TestExplainFindsCodesInText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]koe.Code{
		"[KOE006]": {"KOE006"}, "앱 관리자 설정 오류 (KOE006)": {"KOE006"}, "KOE320,": {"KOE320"}, " -401\n": {"-401"},
		"koe320입니다.": {"KOE320"}, `{"error":"invalid_grant","error_code":"KOE320"}`: {"KOE320"},
		`{"msg":"this access token does not exist","code":-401}`: {"-401"},
		"code=-401&x": {"-401"}, "provider.-401:": {"-401"},
		"\u2212401": {"-401"}, "\u2013101": {"-101"}, "KOE006/KOE101": {"KOE006", "KOE101"},
		"-401 -401 KOE006":    {"-401", "KOE006"},
		"KOE999, then KOE006": {"KOE006"}, "2026-11-30 KOE006": {"KOE006"}, "call 02-101-1010 about -101": {"-101"},
		"error KOE006 at 2026-11-30T12:00:00-09:00": {"KOE006"},
	} {
		var got []koe.Code
		entries, _ := findCodes(text)
		for _, e := range entries {
			got = append(got, e.Code)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
		var b strings.Builder
		if err := Explain(&b, text, "ko", false); err != nil || !strings.HasPrefix(b.String(), string(want[0])+"\n") {
			t.Errorf("%q: %v\n%s", text, err, b.String())
		}
	}
	for _, text := range []string{
		"2026-11-30", "010-1234-5678", "XKOE006", "KOE0061", "a-401", "-4010", "KOE", "-", "no code",
	} {
		if entries, _ := findCodes(text); len(entries) != 0 {
			t.Errorf("%q: %v", text, entries)
		}
	}
	if err := Explain(&strings.Builder{}, "the page said (KOE6)", "en", false); err == nil ||
		!strings.Contains(err.Error(), "KOE006") || !strings.Contains(err.Error(), `"KOE6"`) {
		t.Errorf("%v", err)
	}
}

func TestExplainUnknownCode(t *testing.T) {
	t.Parallel()
	for code, similar := range map[string]koe.Code{
		"401": "-401", "KOE401": "-401", "KOE6": "KOE006", "6": "KOE006", "-320": "KOE320", "9798": "-9798",
	} {
		var b strings.Builder
		err := Explain(&b, code, "en", false)
		var unknown *UnknownCodeError
		if !errors.As(err, &unknown) || !slices.Contains(unknown.Similar, similar) || b.Len() > 0 ||
			!strings.Contains(err.Error(), string(similar)) {
			t.Errorf("%s: %v", code, err)
		}
	}
	for _, lang := range []i18n.Lang{i18n.Ko, i18n.En} {
		err := Explain(&strings.Builder{}, strings.Repeat("x", 1000), lang, true)
		if err == nil || len(err.Error()) > 200 || !strings.Contains(err.Error(), "KOE006") {
			t.Errorf("%s: %v", lang, err)
		}
		if err := Explain(&strings.Builder{}, "401", lang, false); !strings.Contains(err.Error(), "-401") {
			t.Errorf("%s: %v", lang, err)
		}
	}
}
