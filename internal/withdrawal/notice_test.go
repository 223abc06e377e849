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
