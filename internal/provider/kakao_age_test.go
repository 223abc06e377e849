package provider

import (
	"testing"
	"time"

	"github.com/norang-login/norang/kakao"
)

// PV-04: what decides nothing is asked, and what says "under" counts before what says "over".
func TestPV04_AgeOf(t *testing.T) {
	k := newKakao(t)
	// 2026-11-22 00:30 in Korea, still the 21st in London.
	k.now = func() time.Time { return time.Date(2026, 11, 21, 15, 30, 0, 0, time.UTC) }
	for name, c := range map[string]struct {
		account *kakao.Account
		want    Age
	}{
		"no account":              {nil, AgeUnknown},
		"nothing":                 {&kakao.Account{}, AgeUnknown},
		"1 to 9":                  {&kakao.Account{AgeRange: "1~9"}, AgeUnder},
		"0 to 9":                  {&kakao.Account{AgeRange: "0~9"}, AgeUnder},
		"10 to 14":                {&kakao.Account{AgeRange: "10~14"}, AgeUnknown},
		"15 to 19":                {&kakao.Account{AgeRange: "15~19"}, AgeOver},
		"90 and more":             {&kakao.Account{AgeRange: "90~"}, AgeOver},
		"no range":                {&kakao.Account{AgeRange: "old"}, AgeUnknown},
		"2011":                    {&kakao.Account{Birthyear: "2011"}, AgeOver},
		"2012":                    {&kakao.Account{Birthyear: "2012"}, AgeUnknown},
		"2013":                    {&kakao.Account{Birthyear: "2013"}, AgeUnder},
		"14 today":                {&kakao.Account{Birthyear: "2012", Birthday: "1122", BirthdayType: kakao.Solar}, AgeOver},
		"14 tomorrow":             {&kakao.Account{Birthyear: "2012", Birthday: "1123", BirthdayType: kakao.Solar}, AgeUnder},
		"a lunar day":             {&kakao.Account{Birthyear: "2012", Birthday: "0101", BirthdayType: kakao.Lunar}, AgeUnknown},
		"a day of no calendar":    {&kakao.Account{Birthyear: "2012", Birthday: "0101"}, AgeUnknown},
		"no day":                  {&kakao.Account{Birthyear: "2012", Birthday: "1332", BirthdayType: kakao.Solar}, AgeUnknown},
		"10 to 14, and born 2011": {&kakao.Account{AgeRange: "10~14", Birthyear: "2011"}, AgeOver},
		"they disagree":           {&kakao.Account{AgeRange: "20~29", Birthyear: "2016"}, AgeUnder},
		"born in the future":      {&kakao.Account{Birthyear: "2027"}, AgeUnknown},
		"no year":                 {&kakao.Account{Birthyear: "12"}, AgeUnknown},
		"a year with a sign":      {&kakao.Account{Birthyear: "-201"}, AgeUnknown},
	} {
		if got := k.ageOf(&kakao.User{ID: 1, Account: c.account}); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
