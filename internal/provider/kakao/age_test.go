package kakao

import (
	"github.com/norang-login/norang/internal/provider"

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
		want    provider.Age
	}{
		"no account":  {nil, provider.AgeUnknown},
		"nothing":     {&kakao.Account{}, provider.AgeUnknown},
		"1 to 9":      {&kakao.Account{AgeRange: "1~9"}, provider.AgeUnder},
		"0 to 9":      {&kakao.Account{AgeRange: "0~9"}, provider.AgeUnder},
		"10 to 14":    {&kakao.Account{AgeRange: "10~14"}, provider.AgeUnknown},
		"15 to 19":    {&kakao.Account{AgeRange: "15~19"}, provider.AgeOver},
		"90 and more": {&kakao.Account{AgeRange: "90~"}, provider.AgeOver},
		"no range":    {&kakao.Account{AgeRange: "old"}, provider.AgeUnknown},
		"2011":        {&kakao.Account{Birthyear: "2011"}, provider.AgeOver},
		"2012":        {&kakao.Account{Birthyear: "2012"}, provider.AgeUnknown},
		"2013":        {&kakao.Account{Birthyear: "2013"}, provider.AgeUnder},
		"14 today": {&kakao.Account{Birthyear: "2012", Birthday: "1122", BirthdayType: kakao.Solar},
			provider.AgeOver},
		"14 tomorrow": {&kakao.Account{Birthyear: "2012", Birthday: "1123", BirthdayType: kakao.Solar},
			provider.AgeUnder},
		"a lunar day": {&kakao.Account{Birthyear: "2012", Birthday: "0101", BirthdayType: kakao.Lunar},
			provider.AgeUnknown},
		"a day of no calendar": {&kakao.Account{Birthyear: "2012", Birthday: "0101"}, provider.AgeUnknown},
		"no day": {&kakao.Account{Birthyear: "2012", Birthday: "1332", BirthdayType: kakao.Solar},
			provider.AgeUnknown},
		"10 to 14, and born 2011": {&kakao.Account{AgeRange: "10~14", Birthyear: "2011"}, provider.AgeOver},
		"they disagree":           {&kakao.Account{AgeRange: "20~29", Birthyear: "2016"}, provider.AgeUnder},
		"born in the future":      {&kakao.Account{Birthyear: "2027"}, provider.AgeUnknown},
		"no year":                 {&kakao.Account{Birthyear: "12"}, provider.AgeUnknown},
		"a year with a sign":      {&kakao.Account{Birthyear: "-201"}, provider.AgeUnknown},
	} {
		if got := k.ageOf(&kakao.User{ID: 1, Account: c.account}); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
