package withdrawal

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/testkit/sessiontest"
)

var noon = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)

// consentList is a provider that lists consent items and counts the questions.
type consentList struct {
	provider.Provider
	items []provider.ConsentItem
	asked int
}

func (*consentList) Info() provider.Info {
	return provider.Info{Name: "kakao", Namespace: "1", CallbackMethod: "GET", ProvesFreshness: true}
}

func (l *consentList) ConsentItems(context.Context, account.Key) ([]provider.ConsentItem, error) {
	l.asked++
	return l.items, nil
}

func (*consentList) RevokeConsent(context.Context, account.Key, ...string) ([]provider.ConsentItem, error) {
	return nil, errors.ErrUnsupported
}

// busyBook is a Store in which consents change while the provider is asked, the given number of times.
type busyBook struct {
	Store
	changes int
	works   []NoticeWork
}

func (*busyBook) Linked(context.Context, account.Key) (*LinkedIdentity, error) {
	return &LinkedIdentity{}, nil
}

func (b *busyBook) ApplyNotice(_ context.Context, w NoticeWork) (NoticeResult, error) {
	b.works = append(b.works, w)
	if len(b.works) <= b.changes {
		return NoticeResult{}, ErrStale
	}
	return NoticeResult{Outcome: NoticeConsents, UserID: "u"}, nil
}

func TestPV07_ScopesAreRequestedAgainWhenStale(t *testing.T) {
	payload, err := json.Marshal(
		StoredNotice{
			Key:     account.Key{Provider: "kakao", Namespace: "1", Subject: "2"},
			Changes: []provider.Change{provider.ConsentWithdrawn},
		},
	)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		changes, asked int
		want           error
	}{{0, 1, jobs.ErrSettled}, {2, 3, jobs.ErrSettled}, {100, maxAsks, ErrStale}} {
		sessions, err := session.New(session.Config{Store: sessiontest.Empty{}})
		if err != nil {
			t.Fatal(err)
		}
		now := noon
		b, kakao := &busyBook{changes: c.changes}, &consentList{
			items: []provider.ConsentItem{{ID: "account_email", Agreed: true}},
		}
		providers, err := provider.NewSet(kakao)
		if err != nil {
			t.Fatal(err)
		}
		l, err := New(Config{Store: b, Sessions: sessions, Providers: providers, Now: func() time.Time {
			now = now.Add(time.Second)
			return now
		}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.applyNotice(t.Context(), jobs.Job{Payload: string(payload)}); !errors.Is(err, c.want) ||
			kakao.asked != c.asked || len(b.works) != c.asked {
			t.Errorf("%d changes: %v, asked %d times", c.changes, err, kakao.asked)
		}
		for i, w := range b.works {
			if !w.At.Equal(noon.Add(time.Duration(i+1) * time.Second)) {
				t.Errorf("try %d says that it was asked at %v", i+1, w.At)
			}
		}
	}
}

func TestNoticeAboutAnUnknownUserIsAccepted(t *testing.T) {
	t.Parallel()
	s := &Service{now: func() time.Time { return noon }} // without a store: nothing may be stored
	for _, n := range []*provider.Notice{
		nil, {ID: "1"}, {ID: "1", Changes: []provider.Change{provider.SessionsEnd}, Key: account.Key{Provider: "oidc"}},
	} {
		if err := s.Receive(t.Context(), n); err != nil {
			t.Errorf("%+v: %v", n, err)
		}
	}
}

// noticeQueue is a Store in which every identity is linked, and which keeps the keys of queued jobs.
type noticeQueue struct {
	Store
	keys []string
}

func (*noticeQueue) Linked(context.Context, account.Key) (*LinkedIdentity, error) {
	return &LinkedIdentity{ID: "i", SeenAt: noon}, nil
}

func (q *noticeQueue) QueueJob(_ context.Context, j jobs.New) error {
	q.keys = append(q.keys, j.Key)
	return nil
}

// Naver's notices have a date and no id. A late one, or an old one that is sent again, must not hide the notice of
// another moment.
func TestWH20_NoticesOfTwoMomentsAreNoRepetition(t *testing.T) {
	t.Parallel()
	q := &noticeQueue{}
	s := &Service{now: func() time.Time { return noon }, store: q, wake: func() {}}
	for _, at := range []time.Time{noon.Add(-time.Hour), noon, noon, {}, {}} {
		n := &provider.Notice{
			Key: account.Key{Provider: "naver", Subject: "1"}, Changes: []provider.Change{provider.LinkEnded}, OccurredAt: at,
		}
		if err := s.Receive(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	if k := q.keys; k[0] == k[1] || k[1] != k[2] || k[2] == k[3] || k[3] != k[4] {
		t.Errorf("%q", k)
	}
}

// askable is a Store and a provider that answers about links and consents; it counts the questions.
type askable struct {
	consentList
	Store
	linked  *LinkedIdentity
	err     error // of the store's Linked
	queued  error // of QueueJob
	applied error // of ApplyNotice
	link    error // of the provider's Linked
	jobs    int
	works   []NoticeWork
	links   int
}

func (a *askable) QueueJob(context.Context, jobs.New) error {
	a.jobs++
	return a.queued
}

func (a *askable) ApplyNotice(_ context.Context, w NoticeWork) (NoticeResult, error) {
	a.works = append(a.works, w)
	return NoticeResult{Outcome: NoticeSessions}, a.applied
}

func (a *askable) Linked(context.Context, account.Key) (*LinkedIdentity, error) {
	return a.linked, a.err
}

// checker is the provider of an askable.
type checker struct{ *askable }

func (c checker) Info() provider.Info { return c.consentList.Info() }

func (c checker) Linked(context.Context, account.Key) (bool, error) {
	c.links++
	return true, c.link
}

// apply handles a notice with these changes, about a user of the provider with that name.
func (a *askable) apply(t *testing.T, name string, changes ...provider.Change) (string, error) {
	t.Helper()
	providers, err := provider.NewSet(checker{a})
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(StoredNotice{Key: account.Key{Provider: name, Subject: "2"}, Changes: changes})
	if err != nil {
		t.Fatal(err)
	}
	s := &Service{store: a, providers: providers, now: func() time.Time { return noon }}
	return s.applyNotice(t.Context(), jobs.Job{Payload: string(payload)})
}

// A notice without an id is looked up before it is stored. If that fails, the provider has to send it again.
func TestWH05_NoticeIsNotAcknowledgedWhileTheStoreFails(t *testing.T) {
	t.Parallel()
	disk := errors.New("disk")
	for name, c := range map[string]struct {
		a    *askable
		id   string
		want error
		jobs int
	}{
		"not looked up": {&askable{err: disk}, "", disk, 0},
		"not stored":    {&askable{linked: &LinkedIdentity{}, queued: disk}, "", disk, 1},
		"id not stored": {&askable{queued: disk}, "1", disk, 1},
		"nobody here":   {&askable{}, "", nil, 0},
		"stored":        {&askable{linked: &LinkedIdentity{}}, "", nil, 1},
	} {
		s := &Service{now: func() time.Time { return noon }, store: c.a, wake: func() {}}
		err := s.Receive(t.Context(), &provider.Notice{
			ID: c.id, Key: account.Key{Provider: "naver", Subject: "1"}, Changes: []provider.Change{provider.LinkEnded},
		})
		if !errors.Is(err, c.want) || c.a.jobs != c.jobs {
			t.Errorf("%s: %v, %d jobs", name, err, c.a.jobs)
		}
	}
}

// The provider is asked about users of this service only, and only about what the notice is about.
func TestNoticeAsksTheProviderOnlyWhatItNeeds(t *testing.T) {
	t.Parallel()
	here := &LinkedIdentity{ID: "i"}
	for name, c := range map[string]struct {
		linked         *LinkedIdentity
		provider       string
		changes        []provider.Change
		consents, link int
	}{
		"consent withdrawn":    {here, "kakao", []provider.Change{provider.ConsentWithdrawn}, 1, 0},
		"consent given":        {here, "kakao", []provider.Change{provider.ConsentGiven}, 1, 0},
		"consent and sessions": {here, "kakao", []provider.Change{provider.ConsentWithdrawn, provider.SessionsEnd}, 0, 0},
		"sessions":             {here, "kakao", []provider.Change{provider.SessionsEnd}, 0, 0},
		"address":              {here, "kakao", []provider.Change{provider.EmailReassigned}, 0, 0},
		"link":                 {here, "kakao", []provider.Change{provider.LinkEnded}, 0, 1},
		"consent, nobody here": {nil, "kakao", []provider.Change{provider.ConsentWithdrawn}, 0, 0},
		"link, nobody here":    {nil, "kakao", []provider.Change{provider.LinkEnded}, 0, 0},
		"consent at a provider that is no longer configured": {
			here, "former", []provider.Change{provider.ConsentWithdrawn}, 0, 0,
		},
		"link at a provider that is no longer configured": {here, "former", []provider.Change{provider.LinkEnded}, 0, 0},
	} {
		a := &askable{linked: c.linked}
		if _, err := a.apply(t, c.provider, c.changes...); !errors.Is(err, jobs.ErrSettled) || len(a.works) != 1 {
			t.Fatalf("%s: %v, applied %d times", name, err, len(a.works))
		}
		if a.asked != c.consents || a.links != c.link {
			t.Errorf("%s: asked about consents %d times, about the link %d times", name, a.asked, a.links)
		}
		link := LinkUnknown
		if c.link > 0 {
			link = LinkExists
		}
		if w := a.works[0]; (w.Scopes != nil) != (c.consents > 0) || w.Link != link {
			t.Errorf("%s: applied with consents %v and link %v", name, w.Scopes, w.Link)
		}
	}
}

func TestNoticeIsAppliedWithoutTheProvidersAnswerButNotWithoutTheStore(t *testing.T) {
	t.Parallel()
	disk := errors.New("disk")
	for name, c := range map[string]struct {
		a       *askable
		want    error
		applied int
	}{
		"provider away": {&askable{linked: &LinkedIdentity{}, link: errors.New("away")}, jobs.ErrSettled, 1},
		"not looked up": {&askable{err: disk}, disk, 0},
		"not applied":   {&askable{linked: &LinkedIdentity{}, applied: disk}, disk, 1},
		// Another attempt has applied it: this one must not report a failure.
		"claim lost": {&askable{linked: &LinkedIdentity{}, applied: jobs.ErrLost}, jobs.ErrSettled, 1},
	} {
		_, err := c.a.apply(t, "kakao", provider.LinkEnded)
		if !errors.Is(err, c.want) || len(c.a.works) != c.applied {
			t.Errorf("%s: %v, applied %d times", name, err, len(c.a.works))
		}
		for _, w := range c.a.works {
			if want := c.a.link == nil; (w.Link == LinkExists) != want {
				t.Errorf("%s: link %v", name, w.Link)
			}
		}
	}
}
