package consent

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/testkit/sessiontest"
)

var noon = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)

var (
	service  = Term{Tag: "service", Version: "2026-01", TitleKo: "이용약관", Required: true}
	partners = Term{Tag: "partners", Version: "1", TitleKo: "제3자 제공"}
	news     = Term{Tag: "news", Version: "3", TitleKo: "소식", Marketing: true}
)

// book is a Store that records its calls. The contract of the real one is in storetest.
type book struct {
	lines    []account.Consent // the newest first
	agreed   []Decisions
	scopes   []ScopesUpdate
	due      []int // what RemindOfMarketing answers, one after the other
	reminded []time.Time
	err      error
}

func (b *book) Ledger(_ context.Context, _ account.ID, limit int) ([]account.Consent, error) {
	return b.lines[:min(limit, len(b.lines))], b.err
}
func (b *book) SaveDecisions(_ context.Context, a Decisions) error {
	b.agreed = append(b.agreed, a)
	return b.err
}
func (b *book) SetScopes(_ context.Context, s ScopesUpdate) error {
	b.scopes = append(b.scopes, s)
	return b.err
}
func (b *book) QueueMarketingReminders(_ context.Context, before, _ time.Time, _ int) (int, error) {
	b.reminded = append(b.reminded, before)
	if len(b.due) == 0 {
		return 0, b.err
	}
	n := b.due[0]
	b.due = b.due[1:]
	return n, b.err
}

// list is a provider that lists consents.
type list struct {
	items   []provider.ConsentItem
	err     error
	revoked []string
	asked   int
}

func (*list) Info() provider.Info {
	return provider.Info{Name: "kakao", Namespace: "1", CallbackMethod: "GET", ProvesFreshness: true}
}

func (*list) AuthorizeURL(provider.Request) (string, error) { return "", nil }
func (*list) Complete(context.Context, provider.Callback) (*provider.Result, error) {
	return nil, errors.ErrUnsupported
}
func (l *list) ConsentItems(context.Context, account.Key) ([]provider.ConsentItem, error) {
	l.asked++
	return l.items, l.err
}
func (l *list) RevokeConsent(_ context.Context, _ account.Key, items ...string) ([]provider.ConsentItem, error) {
	l.revoked = append(l.revoked, items...)
	return nil, l.err
}

func newConsents(t *testing.T, b *book, l *list) *Service {
	t.Helper()
	sessions, err := session.New(session.Config{Store: sessiontest.Empty{}})
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{
		Store: b, Sessions: sessions, Terms: []Term{service, partners, news}, Scopes: map[string][]string{
			"kakao": {"birthday", "openid", "account_email"}, "example": {"calendar"},
		},
		Now: func() time.Time { return noon },
	}
	if l != nil {
		if cfg.Providers, err = provider.NewSet(l); err != nil {
			t.Fatal(err)
		}
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func aMember(agreed account.Agreements, scopes ...string) *session.Principal {
	return &session.Principal{
		Session: session.Session{ID: "s", Key: session.Key{1}}, User: account.User{
			ID: "u", Status: account.Active, Agreed: agreed,
		},
		Identity: account.Identity{
			Key: account.Key{Provider: "kakao", Namespace: "1", Subject: "2"}, Scopes: account.NewScopes(scopes),
		},
	}
}

var by = audit.User("u1", audit.Client{RequestID: "r"})

func TestNewConsentsNeedsItsParts(t *testing.T) {
	if _, err := New(Config{}); err == nil {
		t.Error("an empty configuration is accepted")
	}
}

func TestServiceChecksTermsAndScopes(t *testing.T) {
	c := newConsents(t, &book{}, nil)
	p := aMember("service=2026-01\nnews=2", "account_email", "openid")
	if !c.HasTerm(p, "service") || c.HasTerm(p, "news") || c.HasTerm(p, "partners") || c.HasTerm(p, "other") {
		t.Error("terms: only the version in force counts, of a term that is configured")
	}
	if got := c.MissingScopes(p, []string{"birthday", "account_email"}); !slices.Equal(got, []string{"birthday"}) {
		t.Errorf("lacks %q", got)
	}
	if !c.CanRequest("kakao", "birthday") || c.CanRequest("kakao", "openid") || c.CanRequest("kakao", "gender") ||
		c.CanRequest("kakao", "") || c.CanRequest("example", "birthday") || c.CanRequest("kakao", "calendar") ||
		c.CanRequest("other", "birthday") || !c.Requestable("calendar") || c.Requestable("gender") {
		t.Error("may ask for what is not configured, or for openid")
	}
}

func TestAllowed(t *testing.T) {
	for name, tt := range map[string]struct {
		answer     Answer
		configured *Term
		agreed     bool
		want       error
	}{
		"agree":                           {Answer{Tag: "news", Version: "3", Agree: true}, &news, false, nil},
		"agree to a required term":        {Answer{Tag: "service", Version: "2026-01", Agree: true}, &service, false, nil},
		"agree to another version":        {Answer{Tag: "news", Version: "2", Agree: true}, &news, true, ErrUnknownTerm},
		"agree to a former term":          {Answer{Tag: "old", Version: "7", Agree: true}, nil, true, ErrUnknownTerm},
		"revoke":                          {Answer{Tag: "news"}, &news, true, nil},
		"revoke what was not agreed to":   {Answer{Tag: "news"}, &news, false, nil},
		"revoke a required term":          {Answer{Tag: "service"}, &service, true, ErrRequired},
		"revoke a former term":            {Answer{Tag: "old"}, nil, true, nil},
		"revoke a former term, not given": {Answer{Tag: "old"}, nil, false, ErrUnknownTerm},
		"revoke the age":                  {Answer{Tag: "age"}, nil, true, ErrUnknownTerm},
	} {
		if err := allowed(tt.answer, tt.configured, tt.agreed); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

func TestDecide(t *testing.T) {
	p := aMember("news=3\nold=7\nage=14", "account_email")
	ledger := []account.Consent{
		{Kind: account.ConsentReminder, Tag: "old"}, {Kind: account.ConsentScope, Tag: "old"},
		{Kind: account.ConsentTerms, Tag: "other", Version: "1", Agreed: true}, // of another term
		{Kind: account.ConsentMarketing, Tag: "old", Version: "7", Agreed: true},
	}
	for name, c := range map[string]struct {
		tag, version string
		agree        bool
		want         *account.Consent
		err          error
	}{
		"yes": {
			"partners", "1", true,
			&account.Consent{Kind: account.ConsentTerms, Tag: "partners", Version: "1", Agreed: true, Place: "account"}, nil,
		},
		"yes to another version": {"partners", "2", true, nil, ErrUnknownTerm},
		"yes to a required one": {
			"service", "2026-01", true,
			&account.Consent{Kind: account.ConsentTerms, Tag: "service", Version: "2026-01", Agreed: true, Place: "account"},
			nil,
		},
		"no": {
			"news", "", false, &account.Consent{Kind: account.ConsentMarketing, Tag: "news", Version: "3", Place: "account"},
			nil,
		},
		"no to what is required": {"service", "", false, nil, ErrRequired},
		"no to what is asked no more": {
			"old", "", false, &account.Consent{Kind: account.ConsentMarketing, Tag: "old", Version: "7", Place: "account"}, nil,
		},
		"yes to what is asked no more": {"old", "7", true, nil, ErrUnknownTerm},
		"no to the age":                {"age", "", false, nil, ErrUnknownTerm},
		"no to nothing":                {"other", "", false, nil, ErrUnknownTerm},
	} {
		b := &book{lines: ledger}
		err := newConsents(t, b, nil).Decide(t.Context(), p, Answer{c.tag, c.version, c.agree, account.PlaceAccount}, by)
		if !errors.Is(err, c.err) {
			t.Errorf("%s: %v", name, err)
		}
		if c.want == nil {
			if len(b.agreed) != 0 {
				t.Errorf("%s: wrote %+v", name, b.agreed)
			}
			continue
		}
		want := []Decisions{{Session: session.Key{1}, At: noon, Lines: []account.Consent{*c.want}, Actor: by}}
		if d := cmp.Diff(want, b.agreed); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	for in, want := range map[error]error{
		session.ErrNone: session.ErrNone, ErrNotActive: session.ErrNone, errors.New("disk"): session.ErrUnavailable,
	} {
		err := newConsents(t, &book{err: in}, nil).Decide(t.Context(), p, Answer{Tag: "news", Place: "account"}, by)
		if !errors.Is(err, want) {
			t.Errorf("%v: %v", in, err)
		}
	}
}

func TestRevokeScope(t *testing.T) {
	p := aMember("", "account_email", "openid", "profile_nickname")
	b, l := &book{}, &list{}
	c := newConsents(t, b, l)
	if err := c.RevokeScope(t.Context(), p, "account_email", by); err != nil {
		t.Fatal(err)
	}
	want := []ScopesUpdate{
		{Key: p.Identity.Key, Revoked: "account_email", At: noon, Place: "account", SessionID: "s", Actor: by},
	}
	if d := cmp.Diff(want, b.scopes); d != "" || !slices.Equal(l.revoked, []string{"account_email"}) {
		t.Errorf("%q %s", l.revoked, d)
	}
	// The provider is not asked about items that the user has not agreed to.
	for _, scope := range []string{"birthday", "openid", "", "profile"} {
		if err := c.RevokeScope(t.Context(), p, scope, by); err != nil || len(l.revoked) != 1 {
			t.Errorf("%q: %v, revoked %q", scope, err, l.revoked)
		}
	}
	limited, unexpected := &provider.Error{Kind: provider.RateLimited, Code: "-10"}, errors.New("x")
	for want, in := range map[error]error{
		ErrRequired: &provider.Error{Kind: provider.Required, Code: "-3"}, limited: limited, unexpected: unexpected,
	} {
		b := &book{}
		err := newConsents(t, b, &list{err: in}).RevokeScope(t.Context(), p, "account_email", by)
		if !errors.Is(err, want) || len(b.scopes) != 0 {
			t.Errorf("%v: %v, %+v", in, err, b.scopes)
		}
	}
	if err := newConsents(t, b, nil).RevokeScope(t.Context(), p, "account_email", by); !errors.Is(err, ErrNotRevocable) {
		t.Errorf("a provider without a list: %v", err)
	}
}

func TestLoadScopes(t *testing.T) {
	unknown := aMember("")
	l := &list{items: []provider.ConsentItem{{ID: "birthday", Agreed: true}, {ID: "gender"}}}
	b := &book{}
	if !newConsents(t, b, l).LoadScopes(t.Context(), unknown) || len(b.scopes) != 1 ||
		b.scopes[0].Scopes != "birthday" || b.scopes[0].Place != "kakao" {
		t.Errorf("%+v", b.scopes)
	}
	for name, c := range map[string]struct {
		l *list
		p *session.Principal
		b *book
	}{
		"known already":        {l, aMember("", "birthday"), &book{}},
		"the provider is away": {&list{err: errors.New("x")}, unknown, &book{}},
		"nothing is agreed to": {&list{items: []provider.ConsentItem{{ID: "gender"}}}, unknown, &book{}},
		"no list":              {nil, unknown, &book{}},
		"not written":          {l, unknown, &book{err: errors.New("disk")}},
	} {
		if newConsents(t, c.b, c.l).LoadScopes(t.Context(), c.p) {
			t.Errorf("%s: there is news", name)
		}
	}
}

func TestOverview(t *testing.T) {
	at := func(h int) time.Time { return noon.Add(time.Duration(h) * time.Hour) }
	b := &book{lines: []account.Consent{
		{Kind: account.ConsentReminder, Tag: "news", Version: "3", Agreed: true, At: at(9), Place: "event"},
		{Kind: account.ConsentMarketing, Tag: "news", Version: "3", Agreed: false, At: at(8), Place: "account"},
		{Kind: account.ConsentScope, Tag: "account_email", Agreed: true, At: at(7), Place: "kakao"},
		{Kind: account.ConsentScope, Tag: "birthday", Agreed: true, At: at(6), Place: "kakao"}, // Kakao says otherwise by now
		{Kind: account.ConsentTerms, Tag: "old", Version: "1", Agreed: true, At: at(5), Place: "join"},
		{Kind: account.ConsentTerms, Tag: "older", Version: "1", Agreed: false, At: at(4), Place: "join"},
		{Kind: account.ConsentMarketing, Tag: "news", Version: "3", Agreed: true, At: at(3), Place: "join"},
		{Kind: account.ConsentTerms, Tag: "service", Version: "2025-01", Agreed: true, At: at(2), Place: "kakao_sync"},
		{Kind: account.ConsentAge, Tag: "age", Version: "14", Agreed: true, At: at(1), Place: "join"},
	}}
	l := &list{items: []provider.ConsentItem{
		{ID: "account_email", Name: "카카오계정(이메일)", Agreed: true, Revocable: true}, {ID: "birthday"}, {ID: "gender"},
	}}
	got, err := newConsents(t, b, l).Overview(t.Context(), aMember("", "account_email"))
	if err != nil {
		t.Fatal(err)
	}
	want := Overview{
		Age: &b.lines[8],
		Terms: []TermState{
			{Term: service, Agreed: true, Version: "2025-01", At: at(2), Place: "kakao_sync"},
			{Term: partners},
			{Term: news, Version: "3", At: at(8), Place: "account"},
			{
				Term: Term{Tag: "old", TitleKo: "old", TitleEn: "old", Version: "1"}, Agreed: true, Version: "1", At: at(5),
				Place: "join",
			},
		},
		Items: []ItemState{
			{ConsentItem: l.items[0], At: at(7), Place: "kakao"},
			{ConsentItem: provider.ConsentItem{ID: "birthday"}, CanRequest: true},
		},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	// A further identity has its own items; the answers of another provider's items of the same name are not theirs.
	second := account.Identity{Key: account.Key{Provider: "kakao", Subject: "2"}, Scopes: account.NewScopes([]string{"x"})}
	other := account.Identity{
		Key: account.Key{Provider: "other"}, Scopes: account.NewScopes([]string{"account_email"}),
	}
	got, err = newConsents(t, b, l).Overview(t.Context(), aMember("", "account_email"), second, other)
	if err != nil {
		t.Fatal(err)
	}
	want.Items[0].At, want.Items[0].Place = time.Time{}, "" // the ledger does not say which of the two answered
	want.Further = []FurtherItems{
		{Identity: second, Items: []ItemState{{ConsentItem: l.items[0]}}},
		{Identity: other, Items: []ItemState{{ConsentItem: provider.ConsentItem{ID: "account_email", Agreed: true}}}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	l.err = errors.New("away")
	got, err = newConsents(t, b, l).Overview(t.Context(), aMember("", "account_email", "openid"))
	if err != nil || !got.ItemsUnavailable || len(got.Items) != 2 || got.Items[0].ID != "account_email" ||
		got.Items[0].Revocable || !got.Items[1].CanRequest {
		t.Errorf("Kakao is away: %+v, %v", got, err)
	}
	b.err = errors.New("disk")
	if _, err := newConsents(t, b, l).Overview(t.Context(), aMember("")); !errors.Is(err, session.ErrUnavailable) {
		t.Errorf("%v", err)
	}
}

func (l *list) RevokeTerm(_ context.Context, _ account.Key, tag string) error {
	l.revoked = append(l.revoked, tag)
	return l.err
}

func TestRevokeTerm(t *testing.T) {
	payload, err := json.Marshal(
		RevokedTerm{Key: account.Key{Provider: "kakao", Namespace: "1", Subject: "2"}, UserID: "u", Tag: "news"},
	)
	if err != nil {
		t.Fatal(err)
	}
	job := jobs.Job{Kind: RevokeTermJob, Payload: string(payload)}
	no := account.Consent{Kind: account.ConsentMarketing, Tag: "news", Version: "1", Place: "account"}
	yes := no
	yes.Agreed = true
	for name, c := range map[string]struct {
		b       *book
		l       *list
		payload string
		outcome string
		told    int
		err     error
	}{
		"told":           {&book{lines: []account.Consent{no, yes}}, &list{}, job.Payload, "told", 1, nil},
		"agreed again":   {&book{lines: []account.Consent{yes, no}}, &list{}, job.Payload, "agreed again", 0, nil},
		"left meanwhile": {&book{}, &list{}, job.Payload, "told", 1, nil},
		"away": {
			&book{}, &list{err: &provider.Error{Kind: provider.Unavailable, Err: context.DeadlineExceeded}}, job.Payload, "",
			1, context.DeadlineExceeded,
		},
		"it is required": {
			&book{}, &list{err: &provider.Error{Kind: provider.Required, Err: errors.ErrUnsupported}}, job.Payload, "", 1,
			errors.ErrUnsupported,
		},
		"no such provider": {&book{}, nil, job.Payload, "", 0, nil},
		"unreadable":       {&book{}, &list{}, "x", "", 0, nil},
	} {
		j := job
		j.Payload = c.payload
		outcome, err := newConsents(t, c.b, c.l).Handlers()[RevokeTermJob](t.Context(), j)
		if outcome != c.outcome || (err == nil) != (c.outcome != "") || c.err != nil && !errors.Is(err, c.err) {
			t.Errorf("%s: %q, %v", name, outcome, err)
		}
		if c.l != nil && len(c.l.revoked) != c.told {
			t.Errorf("%s: told of %q", name, c.l.revoked)
		}
	}
}

func TestRemind(t *testing.T) {
	b := &book{due: []int{remindBatch, 3}}
	if n, err := newConsents(t, b, nil).Remind(t.Context()); err != nil || n != remindBatch+3 {
		t.Errorf("%d, %v", n, err)
	}
	if want := noon.AddDate(-2, 0, 0); !slices.Equal(b.reminded, []time.Time{want, want}) {
		t.Errorf("asked for %v", b.reminded)
	}
	if _, err := newConsents(t, &book{err: errors.New("disk")}, nil).Remind(t.Context()); err == nil {
		t.Error("a failure of the store is none")
	}
}
