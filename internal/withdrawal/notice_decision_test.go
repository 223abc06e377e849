package withdrawal

import (
	"errors"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/provider"
)

func TestDecideNotice(t *testing.T) {
	t.Parallel()
	type facts = NoticeFacts
	changes := func(all ...provider.Change) []provider.Change { return all }
	const (
		active, pending, disabled, withdrawn = account.Active, account.Pending, account.Disabled, account.Withdrawn
		ended, never                         = provider.LinkEnded, provider.NeverJoined
		given, taken                         = provider.ConsentGiven, provider.ConsentWithdrawn
	)
	for _, c := range []struct {
		name string
		f    facts
		want NoticeDecision
	}{
		{"link ended", facts{Changes: changes(ended), Status: active, OnlyIdentity: true},
			NoticeDecision{WithdrawUser, NoticeWithdrawn, true, false, false}},
		{"link ended, another identity", facts{Changes: changes(ended), Status: active},
			NoticeDecision{RemoveIdentity, NoticeDetached, true, false, false}},
		{"link ended, kept", facts{Changes: changes(ended), Status: active, OnlyIdentity: true, KeepUnlinked: true},
			NoticeDecision{EndSessions, NoticeSessions, true, false, false}},
		{"link ended, signed in since", facts{
			Changes: changes(ended), Status: active, OnlyIdentity: true, SignedInSince: true,
		},
			NoticeDecision{EndSessions, NoticeOutdated, true, false, false}},
		{"link ended, pending", facts{Changes: changes(ended), Status: pending, OnlyIdentity: true},
			NoticeDecision{DiscardUser, NoticeDiscarded, true, false, false}},
		{"link ended, pending, kept", facts{Changes: changes(ended), Status: pending, KeepUnlinked: true},
			NoticeDecision{DiscardUser, NoticeDiscarded, true, false, false}},
		{"link ended, disabled", facts{Changes: changes(ended), Status: disabled, OnlyIdentity: true},
			NoticeDecision{EndSessions, NoticeDisabled, true, false, false}},
		{"link ended, withdrawn", facts{Changes: changes(ended), Status: withdrawn, OnlyIdentity: true},
			NoticeDecision{KeepUser, NoticeLeftAlone, true, false, false}},
		{"link ended and consent withdrawn", facts{Changes: changes(taken, ended), Status: active, OnlyIdentity: true},
			NoticeDecision{WithdrawUser, NoticeWithdrawn, true, false, false}},
		{"WH17 link ended, unconfirmed", facts{
			Changes: changes(ended), Status: active, OnlyIdentity: true, Unconfirmed: true,
		},
			NoticeDecision{EndSessions, NoticeUnconfirmed, true, false, false}},
		{"WH17 link ended, unconfirmed, another identity", facts{Changes: changes(ended), Status: active, Unconfirmed: true},
			NoticeDecision{EndSessions, NoticeUnconfirmed, true, false, false}},
		{"WH17 never joined, unconfirmed, pending", facts{Changes: changes(never), Status: pending, Unconfirmed: true},
			NoticeDecision{EndSessions, NoticeUnconfirmed, true, false, false}},
		{"consent withdrawn, undated", facts{Changes: changes(taken), Status: active, Unconfirmed: true},
			NoticeDecision{EraseProfile, NoticeForgotten, false, false, false}},
		{"never joined, pending", facts{Changes: changes(never), Status: pending},
			NoticeDecision{DiscardUser, NoticeDiscarded, true, false, false}},
		{"never joined, joined here", facts{Changes: changes(never), Status: active},
			NoticeDecision{KeepUser, NoticeLeftAlone, true, false, false}},
		{"never joined and link ended, joined here", facts{
			Changes: changes(never, ended), Status: active, OnlyIdentity: true,
		},
			NoticeDecision{WithdrawUser, NoticeWithdrawn, true, false, false}},
		{"never joined, pending, signed in since", facts{Changes: changes(never), Status: pending, SignedInSince: true},
			NoticeDecision{EndSessions, NoticeOutdated, true, false, false}},
		{"consent withdrawn, scopes known", facts{
			Changes: changes(taken), Status: active, ScopesKnown: true, SignedInSince: true,
		},
			NoticeDecision{SetScopes, NoticeConsents, false, false, false}},
		{"consent withdrawn, scopes unknown", facts{Changes: changes(taken), Status: active},
			NoticeDecision{EraseProfile, NoticeForgotten, false, false, false}},
		{"consent withdrawn, scopes unknown, signed in since", facts{
			Changes: changes(taken), Status: active, SignedInSince: true,
		},
			NoticeDecision{KeepUser, NoticeLeftAlone, false, false, false}},
		{"consent withdrawn, scopes known, disabled", facts{Changes: changes(taken), Status: disabled, ScopesKnown: true},
			NoticeDecision{EraseProfile, NoticeForgotten, false, false, false}},
		{"consent given, scopes known", facts{Changes: changes(given), Status: active, ScopesKnown: true},
			NoticeDecision{SetScopes, NoticeConsents, false, false, false}},
		{"consent given, scopes unknown", facts{Changes: changes(given), Status: active},
			NoticeDecision{KeepUser, NoticeLeftAlone, false, false, false}},
		{"consent given and withdrawn", facts{Changes: changes(given, taken), Status: active, ScopesKnown: true},
			NoticeDecision{EndSessions, NoticeSessions, false, false, false}},
		{"ended by the provider", facts{Changes: changes(provider.EndedByProvider), Status: active, OnlyIdentity: true},
			NoticeDecision{EndSessions, NoticeSessions, true, false, false}},
		{"S23 address reassigned", facts{Changes: changes(provider.EmailReassigned), Status: active},
			NoticeDecision{KeepUser, NoticeUnverified, false, true, false}},
		{"address unusable", facts{Changes: changes(provider.EmailUnusable), Status: active},
			NoticeDecision{KeepUser, NoticeUnverified, false, true, false}},
		{"address usable again", facts{Changes: changes(provider.EmailUsable), Status: active, EmailDoubted: true},
			NoticeDecision{KeepUser, NoticeVerified, false, false, true}},
		{"address usable, never doubted", facts{Changes: changes(provider.EmailUsable), Status: active},
			NoticeDecision{KeepUser, NoticeLeftAlone, false, false, false}},
		{"address usable, a newer notice was applied", facts{
			Changes: changes(provider.EmailUsable), Status: active, EmailDoubted: true, EmailOutdated: true,
		},
			NoticeDecision{KeepUser, NoticeLeftAlone, false, false, false}},
		{"address usable, signed in since", facts{
			Changes: changes(provider.EmailUsable), Status: active, EmailDoubted: true, SignedInSince: true,
		},
			NoticeDecision{KeepUser, NoticeLeftAlone, false, false, false}},
		{"address unusable, a newer notice was applied", facts{
			Changes: changes(provider.EmailUnusable), Status: active, EmailOutdated: true,
		},
			NoticeDecision{KeepUser, NoticeLeftAlone, false, false, false}},
		{"address usable and unusable", facts{
			Changes: changes(provider.EmailUsable, provider.EmailUnusable), Status: active, EmailDoubted: true,
		},
			NoticeDecision{KeepUser, NoticeUnverified, false, true, false}},
		{"S23 address reassigned, disabled", facts{Changes: changes(provider.EmailReassigned), Status: disabled},
			NoticeDecision{KeepUser, NoticeUnverified, false, true, false}},
		{"S23 address reassigned, signed in since",
			facts{Changes: changes(provider.EmailReassigned), Status: active, SignedInSince: true},
			NoticeDecision{KeepUser, NoticeLeftAlone, false, false, false}},
		{"S23 address reassigned and sessions end",
			facts{Changes: changes(provider.EmailReassigned, provider.SessionsEnd), Status: active},
			NoticeDecision{EndSessions, NoticeSessions, false, true, false}},
		{"no change", facts{Status: active}, NoticeDecision{EndSessions, NoticeSessions, false, false, false}},
	} {
		if got := DecideNotice(c.f); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestNoticeHoldsUntil(t *testing.T) {
	t.Parallel()
	at := func(minute int) time.Time { return noon.Add(time.Duration(minute) * time.Minute) }
	for _, c := range []struct {
		name           string
		link           LinkState
		occurred, seen time.Time
		want           time.Time
	}{
		{"undated", LinkUnknown, time.Time{}, at(0), at(10)},
		{"dated", LinkUnknown, at(5), at(0), at(6)},
		{"dated in the future", LinkUnknown, at(20), at(0), at(10)},
		{"link exists, undated", LinkExists, time.Time{}, at(8), at(8).Add(-time.Millisecond)},
		{"link exists, signed in after it", LinkExists, at(5), at(8), at(6)},
		{"link exists, signed in within the skew", LinkExists, at(5), at(6), at(6).Add(-time.Millisecond)},
		{"link gone, signed in before the question", LinkGone, at(5), at(8), at(11)},
		{"link gone, signed in by a clock that was ahead", LinkGone, at(5), at(500), at(500)},
		{"signed in by a clock that was ahead", LinkUnknown, at(5), at(500), at(500)},
		{"link exists, signed in by a clock that was ahead", LinkExists, at(5), at(500), at(6)},
	} {
		w := NoticeWork{StoredNotice: StoredNotice{OccurredAt: c.occurred, ReceivedAt: at(10)}, At: at(11), Link: c.link}
		if got := w.Until(c.seen); !got.Equal(c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestCheckScopes(t *testing.T) {
	t.Parallel()
	asked := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		before, now account.Scopes
		last        time.Time
		want        error
	}{
		{"a", "a b", time.Time{}, nil},
		{"a", "a b", asked.Add(-time.Second), nil},
		{"a", "a b", asked, ErrStale},
		{"a", "a b", asked.Add(time.Second), ErrStale},
		{"a", "a", asked.Add(time.Second), nil},
	} {
		if got := CheckScopes(c.before, c.now, c.last, asked); !errors.Is(got, c.want) {
			t.Errorf("%q to %q, changed at %v: %v, want %v", c.before, c.now, c.last, got, c.want)
		}
	}
}
