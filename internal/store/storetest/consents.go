package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/withdrawal"
)

var consentTests = []test{
	{"ChangedScopesAreInTheLedger", scopesChange},
	{"ScopesOfAPendingUserWaitForJoining", scopesWait},
	{"ConsentRoundTripKeepsOpenID", scopesKeepOpenID},
	{"TermsAgreedAtTheProvider", termsElsewhere},
	{"PV04_UnderAgeUserLeavesNoData", underAge},
	{"AgreeAndWithdrawConsent", agrees},
	{"DecisionsNeedAnActiveUser", decisionsNeedActive},
	{"OnlyTheProvidersOwnTermsAreRevokedThere", revokesOwnTerms},
	{"PV07_SetScopesErasesWhatIsNotGranted", scopesErase},
	{"PV07_OneScopeRevoked", scopeRevoked},
	{"PV07_OvertakenNoticeIsStale", noticeOvertaken},
	{"PV07_NoticeSetsTheScopesTheProviderReports", noticeScopes},
	{"MarketingConsentIsReconfirmed", marketingDue},
	{"WithdrawalErasesTheLedger", ledgerErased},
}

func scopesOf(names ...string) *account.Scopes {
	s := account.NewScopes(names)
	return &s
}

// ledgerOf returns the lines as "+tag@place" and "-tag@place", newest first.
func ledgerOf(t *testing.T, w world, id account.ID) []string {
	t.Helper()
	lines, err := w.Store.Ledger(t.Context(), id, 100)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, l := range lines {
		sign := map[bool]string{true: "+", false: "-"}[l.Agreed]
		all = append(all, fmt.Sprintf("%s%s %s@%s", sign, l.Tag, l.Version, l.Place))
	}
	return all
}

func scopesChange(t *testing.T, w world) {
	c := w.completion(t, "1")
	c.Scopes = scopesOf("openid", "profile_nickname")
	p := w.finish(t, c).Principal
	if p.Identity.Scopes != "openid profile_nickname" {
		t.Errorf("scopes %q", p.Identity.Scopes)
	}
	diff(t, w.principal(t, p.Session.Key), p)
	diff(t, ledgerOf(t, w, p.User.ID), []string{"+profile_nickname @kakao"})
	sign := func(at time.Time, scopes *account.Scopes) *session.Principal {
		t.Helper()
		c := w.completion(t, "1")
		c.At, c.Scopes = at, scopes
		return w.finish(t, c).Principal
	}
	// The provider often says nothing: that changes nothing.
	if p := sign(noon.Add(time.Minute), nil); p.Identity.Scopes != "openid profile_nickname" {
		t.Errorf("silence made %q of them", p.Identity.Scopes)
	}
	sign(noon.Add(2*time.Minute), scopesOf("profile_nickname", "openid"))
	diff(t, ledgerOf(t, w, p.User.ID), []string{"+profile_nickname @kakao"})
	sign(noon.Add(3*time.Minute), scopesOf("account_email"))
	diff(t, ledgerOf(t, w, p.User.ID), []string{"-profile_nickname @kakao", "+account_email @kakao",
		"+profile_nickname @kakao"})
	for _, reason := range []string{"given", "withdrawn"} {
		found := false
		for _, e := range w.Query(t, "SELECT kind, user_id, reason FROM audit_log") {
			found = found || e[0] == "consent.changed" && e[1] == string(p.User.ID) && e[2] == reason
		}
		if !found {
			t.Errorf("no event of consent %s", reason)
		}
	}
	diff(t, w.Query(t, "SELECT kind, user_id, about FROM events WHERE kind = 'consent.changed' ORDER BY seq"), [][]string{
		{"consent.changed", string(p.User.ID), "scope:account_email"}, {"consent.changed", string(p.User.ID),
			"scope:profile_nickname"},
	})
	if n := w.count(t, "audit_log WHERE kind = 'consent.changed'"); n != 2 {
		t.Errorf("%d events of consent; the first sign-in is none", n)
	}
}

func scopesWait(t *testing.T, w world) {
	c := w.completion(t, "1")
	c.JoinRequired, c.Scopes = true, scopesOf("account_email")
	p := w.finish(t, c).Principal
	if n := w.count(t, "consents"); n != 0 || p.Identity.Scopes != "" {
		t.Errorf("kept about a pending user: %d lines, %q", n, p.Identity.Scopes)
	}
	j := activationOf(t, w, p)
	j.Scopes = scopesOf("account_email")
	joined, err := w.Store.Join(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, w.principal(t, joined.Session.Key), joined)
	if joined.Identity.Scopes != "account_email" || !joined.User.Agreed.Has("age", "14") {
		t.Errorf("joined with %q and %q", joined.Identity.Scopes, joined.User.Agreed)
	}
	diff(t, ledgerOf(t, w, p.User.ID), []string{"+account_email @kakao", "-news 2026-01@join", "+age 14@join"})
}

func scopesKeepOpenID(t *testing.T, w world) {
	c := w.completion(t, "1")
	c.Scopes = scopesOf("openid")
	w.finish(t, c)
	c = w.completion(t, "1")
	c.Purpose, c.Detail, c.Scopes = login.Consent, "account_email", scopesOf("account_email")
	if p := w.finish(t, c).Principal; p.Identity.Scopes != "account_email openid" {
		t.Errorf("%q", p.Identity.Scopes)
	}
	c = w.completion(t, "1")
	c.Scopes = scopesOf("account_email")
	if p := w.finish(t, c).Principal; p.Identity.Scopes != "account_email" {
		t.Errorf("ID tokens were switched off, and the scopes are %q", p.Identity.Scopes)
	}
}

func termsElsewhere(t *testing.T, w world) {
	sync := func(agreed bool, at time.Time) account.Consent {
		return account.Consent{Kind: account.ConsentMarketing, Tag: "news", Version: "1", Agreed: agreed, At: at,
			Place: account.PlaceTermsAt("kakao")}
	}
	age := account.Consent{Kind: account.ConsentAge, Tag: "age", Version: "14", Agreed: true, At: noon,
		Place: account.PlaceAt("kakao")}
	sign := func(at time.Time, lines ...account.Consent) *session.Principal {
		t.Helper()
		c := w.completion(t, "1")
		c.At, c.Session.CreatedAt, c.Agreed = at, at, lines
		return w.finish(t, c).Principal
	}
	agreedAt := noon.Add(-time.Hour)
	p := sign(noon, age, sync(true, agreedAt))
	if p.User.Agreed != "age=14\nnews=1" {
		t.Errorf("agreed %q", p.User.Agreed)
	}
	diff(t, ledgerOf(t, w, p.User.ID), []string{"+news 1@kakao_sync", "+age 14@kakao"})
	if at := w.Query(t, "SELECT at FROM consents WHERE tag = 'news'")[0][0]; at != fmt.Sprint(agreedAt.UnixMilli()) {
		t.Errorf("agreed at %s, not when the user did", at)
	}
	// Repeated answers change nothing, and neither does the age.
	sign(noon.Add(time.Minute), age, sync(true, agreedAt))
	if n := w.count(t, "consents"); n != 2 {
		t.Errorf("%d lines after the same answer twice", n)
	}
	// Withdrawn at the provider.
	p = sign(noon.Add(2*time.Minute), sync(false, time.Time{}))
	if _, ok := p.User.Agreed.Version("news"); ok {
		t.Errorf("agreed %q", p.User.Agreed)
	}
	// Agreed to here since: the provider cannot withdraw it.
	agree := consent.Decisions{Session: p.Session.Key, At: noon.Add(3 * time.Minute), Lines: []account.Consent{
		{Kind: account.ConsentMarketing, Tag: "news", Version: "1", Agreed: true, Place: account.PlaceAccount},
	}, Actor: audit.User(p.User.ID, origin)}
	if err := w.Store.SaveDecisions(t.Context(), agree); err != nil {
		t.Fatal(err)
	}
	p = sign(noon.Add(4*time.Minute), sync(false, time.Time{}))
	if !p.User.Agreed.Has("news", "1") {
		t.Errorf("what was agreed to here is gone: %q", p.User.Agreed)
	}
	// Withdrawn here: an older agreement at the provider does not restore it, a newer one does.
	agree.Session, agree.At, agree.Lines[0].Agreed = p.Session.Key, noon.Add(5*time.Minute), false
	if err := w.Store.SaveDecisions(t.Context(), agree); err != nil {
		t.Fatal(err)
	}
	p = sign(noon.Add(6*time.Minute), sync(true, agreedAt))
	if p.User.Agreed.Has("news", "1") {
		t.Error("an old agreement at Kakao undid what the user withdrew here")
	}
	if p = sign(noon.Add(8*time.Minute), sync(true, noon.Add(7*time.Minute))); !p.User.Agreed.Has("news", "1") {
		t.Error("a new agreement at Kakao counts for nothing")
	}
}

func underAge(t *testing.T, w world) {
	c := w.completion(t, "1")
	c.UnderAge, c.JoinRequired, c.Scopes = true, true, scopesOf("account_email")
	out := w.finish(t, c)
	if out.Decision.Reason != account.ReasonUnderAge || out.Principal != nil {
		t.Fatalf("%+v", out)
	}
	for _, table := range []string{"users", "identities", "sessions", "consents"} {
		if n := w.count(t, table); n != 0 {
			t.Errorf("%d rows in %s", n, table)
		}
	}
	jobs := w.Query(t, "SELECT kind, payload, about FROM jobs")
	payload, err := json.Marshal(c.Key)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, jobs, [][]string{{withdrawal.UnlinkJob, string(payload), "NULL"}})
	diff(t, w.Query(t, "SELECT kind, actor, user_id, reason, address, user_agent, request_id FROM audit_log"),
		[][]string{{"session.refused", "system", "NULL", "under_age", "NULL", "NULL", "NULL"}})
	rec, err := w.Store.Attempt(t.Context(), c.Attempt)
	if err != nil || rec.Code != "login.under_age" {
		t.Errorf("%+v, %v", rec, err)
	}
	// A pending user is removed too; an active user stays.
	waiting, p := w.signInPending(t, "2"), w.signIn(t, "3")
	c = w.completion(t, "2")
	c.UnderAge, c.JoinRequired = true, true
	if out := w.finish(t, c); out.Decision.Reason != account.ReasonUnderAge || w.alive(t, waiting.Session.Key) {
		t.Errorf("pending: %+v", out.Decision)
	}
	c = w.completion(t, "3")
	c.UnderAge, c.JoinRequired = true, true
	if out := w.finish(t, c); out.Principal == nil || out.Principal.User.ID != p.User.ID {
		t.Errorf("active: %+v", out.Decision)
	}
	if n := w.count(t, "users"); n != 1 {
		t.Errorf("%d users", n)
	}
}

func agrees(t *testing.T, w world) {
	p := w.signIn(t, "1")
	_, cursor, err := w.Other.Changes(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	line := account.Consent{Kind: account.ConsentMarketing, Tag: "news", Version: "1", Agreed: true,
		Place: account.PlaceAccount}
	do := func(after time.Duration, agreed bool) {
		t.Helper()
		line.Agreed = agreed
		a := consent.Decisions{Session: p.Session.Key, At: noon.Add(after), Lines: []account.Consent{line},
			Actor: audit.User(p.User.ID, origin)}
		for range 2 { // a double click adds nothing
			if err := w.Store.SaveDecisions(t.Context(), a); err != nil {
				t.Fatal(err)
			}
		}
	}
	do(time.Minute, true)
	if got := w.principal(t, p.Session.Key); !got.User.Agreed.Has("news", "1") {
		t.Errorf("agreed %q", got.User.Agreed)
	}
	changes, _, err := w.Other.Changes(t.Context(), cursor)
	if err != nil || len(changes) == 0 || changes[0].UserID != p.User.ID {
		t.Errorf("feed says %v, %v", changes, err)
	}
	do(2*time.Minute, false)
	line.Version = "2"
	do(3*time.Minute, true)
	diff(t, ledgerOf(t, w, p.User.ID), []string{"+news 2@account", "-news 1@account", "+news 1@account"})
	if n, m := w.count(t, "audit_log WHERE kind = 'consent.changed'"), w.count(t,
		"events WHERE kind = 'consent.changed' AND about = 'news'"); n != 3 || m != 3 {
		t.Errorf("%d lines in the log, %d events", n, m)
	}
	if got, err := w.Store.Ledger(t.Context(), p.User.ID, 1); err != nil || len(got) != 1 ||
		!got[0].At.Equal(noon.Add(3*time.Minute).Truncate(time.Millisecond)) {
		t.Errorf("bounded: %+v, %v", got, err)
	}
}

func decisionsNeedActive(t *testing.T, w world) {
	a := consent.Decisions{Session: newKey(t), At: noon,
		Lines: []account.Consent{{Kind: account.ConsentTerms, Tag: "x", Version: "1", Agreed: true, Place: "account"}}}
	if err := w.Store.SaveDecisions(t.Context(), a); !errors.Is(err, session.ErrNone) {
		t.Errorf("no session: %v", err)
	}
	a.Session = w.signInPending(t, "1").Session.Key
	if err := w.Store.SaveDecisions(t.Context(), a); !errors.Is(err, consent.ErrNotActive) {
		t.Errorf("pending: %v", err)
	}
	if n := w.count(t, "consents"); n != 0 {
		t.Errorf("%d lines", n)
	}
}

func scopesErase(t *testing.T, w world) {
	c := w.completion(t, "1")
	c.Scopes = scopesOf("openid", "profile_nickname", "profile_image", "account_email")
	p := w.finish(t, c).Principal
	now := consent.ScopesUpdate{
		Key: p.Identity.Key, Scopes: *scopesOf("profile_nickname",
			"profile_image"), At: noon.Add(time.Minute), Place: account.PlaceAccount,
		Actor: audit.User(p.User.ID, origin),
	}
	for range 2 {
		if err := w.Store.SetScopes(t.Context(), now); err != nil {
			t.Fatal(err)
		}
	}
	got := w.principal(t, p.Session.Key)
	if pr := got.Identity.Profile; pr.Email != "" || pr.EmailState != account.EmailNone || pr.Nickname == "" ||
		pr.Picture == "" {
		t.Errorf("profile %+v", pr)
	}
	if got.Identity.Scopes != "openid profile_image profile_nickname" {
		t.Errorf("scopes %q", got.Identity.Scopes)
	}
	diff(t, ledgerOf(t, w, p.User.ID)[:1], []string{"-account_email @account"})
	// Nothing is written for unknown and pending users.
	before := w.count(t, "consents")
	now.Key.Subject = "404"
	if err := w.Store.SetScopes(t.Context(), now); err != nil {
		t.Error(err)
	}
	now.Key = w.signInPending(t, "2").Identity.Key
	if err := w.Store.SetScopes(t.Context(), now); err != nil || w.count(t, "consents") != before {
		t.Errorf("pending: %v, %d lines", err, w.count(t, "consents"))
	}
}

// scopeRevoked revokes one consent item, independently of the others.
func scopeRevoked(t *testing.T, w world) {
	c := w.completion(t, "1")
	c.Scopes = scopesOf("openid", "profile_nickname", "profile_image", "account_email")
	p := w.finish(t, c).Principal
	for _, item := range []string{"account_email", "profile_image", "profile_image"} {
		err := w.Store.SetScopes(t.Context(), consent.ScopesUpdate{
			Key: p.Identity.Key, Revoked: item, At: noon.Add(time.Minute), Place: account.PlaceAccount,
			Actor: audit.User(p.User.ID, origin),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	got := w.principal(t, p.Session.Key)
	if pr := got.Identity.Profile; pr.Email != "" || pr.Picture != "" || pr.Nickname == "" {
		t.Errorf("profile %+v", pr)
	}
	if got.Identity.Scopes != "openid profile_nickname" {
		t.Errorf("scopes %q", got.Identity.Scopes)
	}
	diff(t, ledgerOf(t, w, p.User.ID)[:2], []string{"-profile_image @account", "-account_email @account"})
}

func noticeScopes(t *testing.T, w world) {
	c := w.completion(t, "1")
	c.Scopes = scopesOf("profile_nickname", "account_email")
	p := w.finish(t, c).Principal
	// The notice is older than the sign-in; the provider's present answer holds.
	n := w.notice(t, p.Identity.Key, noon.Add(-time.Hour), provider.ConsentWithdrawn)
	n.At, n.Scopes = noon.Add(time.Minute), scopesOf("profile_nickname")
	if done := applyNotice(t, w, n); done.Outcome != withdrawal.NoticeConsents {
		t.Errorf("%+v", done)
	}
	got := w.principal(t, p.Session.Key)
	if got.Identity.Profile.Email != "" || got.Identity.Profile.Nickname == "" ||
		got.Identity.Scopes != "profile_nickname" {
		t.Errorf("%+v", got.Identity)
	}
	n = w.notice(t, p.Identity.Key, noon.Add(time.Hour), provider.ConsentGiven)
	n.Scopes = scopesOf("profile_nickname", "friends")
	if done := applyNotice(t, w, n); done.Outcome != withdrawal.NoticeConsents {
		t.Errorf("%+v", done)
	}
	n = w.notice(t, p.Identity.Key, noon.Add(time.Hour), provider.ConsentGiven)
	if done := applyNotice(t, w, n); done.Outcome != withdrawal.NoticeLeftAlone {
		t.Errorf("scopes should be unknown: %+v", done)
	}
	diff(t, ledgerOf(t, w, p.User.ID)[:2], []string{"+friends @kakao", "-account_email @kakao"})
	// Without an answer of the provider the whole profile is erased, and the scopes are unknown.
	n = w.notice(t, p.Identity.Key, noon.Add(2*time.Hour), provider.ConsentWithdrawn)
	if done := applyNotice(t, w, n); done.Outcome != withdrawal.NoticeForgotten {
		t.Errorf("%+v", done)
	}
	if got := w.principal(t, p.Session.Key); got.Identity.Profile != (account.Profile{}) || got.Identity.Scopes != "" {
		t.Errorf("%+v", got.Identity)
	}
}

// noticeOvertaken revokes two items at the provider. It is asked twice, and its first answer arrives last.
func noticeOvertaken(t *testing.T, w world) {
	c := w.completion(t, "1")
	c.Scopes = scopesOf("account_email", "profile_image", "profile_nickname")
	p := w.finish(t, c).Principal
	first := w.notice(t, p.Identity.Key, noon.Add(time.Minute), provider.ConsentWithdrawn)
	first.At, first.Scopes = noon.Add(time.Minute), scopesOf("profile_image", "profile_nickname")
	second := w.notice(t, p.Identity.Key, noon.Add(time.Minute), provider.ConsentWithdrawn)
	second.At, second.Scopes = noon.Add(time.Minute), scopesOf("profile_nickname") // the same millisecond
	if done := applyNotice(t, w, second); done.Outcome != withdrawal.NoticeConsents {
		t.Errorf("%+v", done)
	}
	if done, err := w.Store.ApplyNotice(t.Context(), first); !errors.Is(err, withdrawal.ErrStale) {
		t.Errorf("an older answer: %+v, %v", done, err)
	}
	if got := w.principal(t, p.Session.Key); got.Identity.Scopes != "profile_nickname" {
		t.Errorf("scopes %q", got.Identity.Scopes)
	}
	diff(t, ledgerOf(t, w, p.User.ID)[:2], []string{"-profile_image @kakao", "-account_email @kakao"})
	// Asked again, the provider has nothing to add.
	first.At, first.Scopes = noon.Add(2*time.Minute), second.Scopes
	if done := applyNotice(t, w, first); done.Outcome != withdrawal.NoticeLeftAlone {
		t.Errorf("%+v", done)
	}
}

func ledgerErased(t *testing.T, w world) {
	c := w.completion(t, "1")
	c.Scopes = scopesOf("account_email")
	c.Agreed = []account.Consent{{Kind: account.ConsentTerms, Tag: "x", Version: "1", Agreed: true, At: noon,
		Place: account.PlaceTermsAt("kakao")}}
	p := w.finish(t, c).Principal
	if err := w.Store.Withdraw(t.Context(), withdrawal.Request{UserID: p.User.ID, At: noon.Add(time.Minute),
		Actor: audit.User(p.User.ID, audit.Client{}), Reason: "withdrawn"}); err != nil {
		t.Fatal(err)
	}
	if n := w.count(t, "consents"); n != 0 {
		t.Errorf("%d lines", n)
	}
	if agreed := w.Query(t, "SELECT agreed FROM users")[0][0]; agreed != "NULL" {
		t.Errorf("agreed %q", agreed)
	}
}
