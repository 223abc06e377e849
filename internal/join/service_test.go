package join

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/testkit/sessiontest"
)

var noon = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)

// notebook is a Store that records its calls and returns err. The contract of the real one is in storetest.
type notebook struct {
	joined    []Activation
	discarded []session.Key
	err       error
}

func (n *notebook) Join(_ context.Context, j Activation) (*session.Principal, error) {
	n.joined = append(n.joined, j)
	return &session.Principal{Session: j.Next, User: account.User{ID: "u", Status: account.Active}}, n.err
}

func (n *notebook) Discard(_ context.Context, k session.Key, _ time.Time, _ audit.Actor) error {
	n.discarded = append(n.discarded, k)
	return n.err
}

var (
	service  = consent.Term{Tag: "service", Version: "2026-01", TitleKo: "이용약관", Required: true}
	partners = consent.Term{Tag: "partners", Version: "1", TitleKo: "제3자 제공"}
	news     = consent.Term{Tag: "news", Version: "3", TitleKo: "소식", Marketing: true}
)

func newService(t *testing.T, st Store, change func(*Config)) *Service {
	t.Helper()
	keys, err := seal.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return noon }
	sessions, err := session.New(session.Config{Store: sessiontest.Empty{}, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{
		Policy: Policy{Terms: []consent.Term{service, partners, news}, AskAge: true},
		Store:  st, Sessions: sessions, Keys: keys, Now: now,
	}
	if change != nil {
		change(&cfg)
	}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func pendingSession() session.Session {
	return session.Session{Key: session.Key{1}, Remember: true, Client: audit.Client{UserAgent: "the phone"}}
}

func scopesOf(names ...string) *account.Scopes {
	s := account.NewScopes(names)
	return &s
}

func TestJoinWritesAllAnswers(t *testing.T) {
	st := &notebook{}
	s := newService(t, st, nil)
	proof := &provider.Result{
		Profile: account.Profile{Nickname: "라이언", Email: "r@example.com", EmailState: account.EmailVerified},
		Scopes:  scopesOf("account_email"),
	}
	kept, err := s.SealClaims(proof, pendingSession().Key)
	if err != nil {
		t.Fatal(err)
	}
	from := audit.Client{Address: "203.0.113.7", RequestID: "r1"}
	joined, err := s.Join(t.Context(), Request{
		Session: pendingSession(), OfAge: true, Agreed: []string{"service", "news", "invented"}, Claims: kept, Lang: "en",
		Actor: audit.User("u1", from),
	})
	if err != nil {
		t.Fatal(err)
	}
	j := st.joined[0]
	want := []account.Consent{
		{Kind: account.ConsentAge, Tag: "age", Version: "14", Agreed: true, At: noon, Place: "join", Client: from},
		{Kind: account.ConsentTerms, Tag: "service", Version: "2026-01", Agreed: true, At: noon, Place: "join", Client: from},
		{Kind: account.ConsentTerms, Tag: "partners", Version: "1", Agreed: false, At: noon, Place: "join", Client: from},
		{Kind: account.ConsentMarketing, Tag: "news", Version: "3", Agreed: true, At: noon, Place: "join", Client: from},
	}
	if d := cmp.Diff(want, j.Consents); d != "" {
		t.Error(d)
	}
	if j.Profile == nil || *j.Profile != proof.Profile || j.Scopes == nil || *j.Scopes != "account_email" ||
		j.Lang != "en" || j.Session != pendingSession().Key {
		t.Errorf("%+v", j)
	}
	if j.Next.Key != joined.Token.Key() || j.Next.Key == pendingSession().Key || !j.Next.Remember ||
		j.Next.Client.UserAgent != "the phone" {
		t.Errorf("SE-03: next session %+v", j.Next)
	}
	if !j.Next.ExpiresAt.After(noon) || !j.Next.IdleExpiresAt.After(noon) {
		t.Errorf("limits %+v", j.Next)
	}
}

func TestJoinReportsAllMissingAnswers(t *testing.T) {
	st := &notebook{}
	_, err := newService(t, st, nil).Join(
		t.Context(), Request{Session: pendingSession(), Agreed: []string{"partners", "news"}},
	)
	var missing *Incomplete
	if !errors.As(err, &missing) || !missing.Age || !slices.Equal(missing.Tags, []string{"service"}) {
		t.Errorf("%v", err)
	}
	if len(st.joined) != 0 {
		t.Error("something was written")
	}
}

// The browser has lost the claims, or they belong to another session: joining works without them.
func TestJoinWithoutClaims(t *testing.T) {
	other, err := newService(t, &notebook{}, nil).SealClaims(
		&provider.Result{Profile: account.Profile{Nickname: "남"}}, pendingSession().Key,
	)
	if err != nil {
		t.Fatal(err)
	}
	st := &notebook{}
	s := newService(t, st, nil)
	mine, err := s.SealClaims(&provider.Result{Profile: account.Profile{Nickname: "남"}}, session.Key{2})
	if err != nil {
		t.Fatal(err)
	}
	for name, carried := range map[string]string{
		"nothing": "", "no seal": "x", "of other keys": other, "of another session": mine,
	} {
		_, err := s.Join(
			t.Context(), Request{Session: pendingSession(), OfAge: true, Agreed: []string{"service"}, Claims: carried},
		)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if j := st.joined[len(st.joined)-1]; j.Profile != nil || j.Scopes != nil || len(j.Consents) != 4 {
			t.Errorf("%s: %+v", name, j)
		}
	}
}

func TestJoinFailures(t *testing.T) {
	for _, c := range []struct {
		err  error
		want error
	}{
		{session.ErrNone, ErrGone}, {ErrNotPending, ErrNotPending}, {account.ErrRefTaken, account.ErrRefTaken},
		{errors.New("disk"), session.ErrUnavailable},
	} {
		_, err := newService(t, &notebook{err: c.err}, nil).Join(
			t.Context(), Request{Session: pendingSession(), OfAge: true, Agreed: []string{"service"}},
		)
		if !errors.Is(err, c.want) || errors.Is(err, session.ErrUnavailable) != (c.want == session.ErrUnavailable) {
			t.Errorf("%v: %v", c.err, err)
		}
	}
}

// Without the claims, as if the browser has lost its cookie, the provider's word on the age is missing too.
func TestPV04_LostClaimsNeedADeclarationOfAge(t *testing.T) {
	s := newService(t, &notebook{}, func(c *Config) { c.AgeByProvider = true })
	var missing *Incomplete
	if _, err := s.Join(t.Context(), Request{Session: pendingSession()}); !errors.As(err, &missing) || !missing.Age {
		t.Errorf("%v", err)
	}
}

func TestJoinRecordsNoAnswerThatWasNotAskedFor(t *testing.T) {
	for name, c := range map[string]struct {
		age  func(*Config)
		want []string
	}{
		"the provider knows the age": {func(c *Config) { c.AgeByProvider = true }, []string{"age@kakao", "service@join"}},
		"the age does not matter":    {func(c *Config) { c.AskAge = false }, []string{"service@join"}},
	} {
		st := &notebook{}
		s := newService(t, st, func(cfg *Config) {
			c.age(cfg)
			cfg.Terms = []consent.Term{service}
		})
		claims, err := s.SealClaims(&provider.Result{Age: provider.AgeOver}, pendingSession().Key)
		if err != nil {
			t.Fatal(err)
		}
		r := Request{
			Session: pendingSession(), Key: account.Key{Provider: "kakao"}, Agreed: []string{"service"}, Claims: claims,
		}
		if _, err := s.Join(t.Context(), r); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var got []string
		for _, l := range st.joined[0].Consents {
			got = append(got, l.Tag+"@"+l.Place)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestRefusedUserIsDeletedOrTheFailureReported(t *testing.T) {
	refuse := func(c *Config) {
		c.Hook = func(context.Context, HookRequest) (HookDecision, error) { return HookDecision{}, nil }
		c.CheckLink = func(string) (string, bool) { return "", false }
	}
	for name, c := range map[string]struct {
		store   error
		refused bool
	}{
		"deleted":                {nil, true},
		"joined by another form": {ErrNotPending, true},
		"not deleted":            {errors.New("disk"), false},
	} {
		st := &notebook{err: c.store}
		_, err := newService(t, st, refuse).Join(
			t.Context(), Request{Session: pendingSession(), OfAge: true, Agreed: []string{"service"}},
		)
		var refused *Refused
		if errors.As(err, &refused) != c.refused || errors.Is(err, session.ErrUnavailable) == c.refused {
			t.Errorf("%s: %v", name, err)
		}
		if len(st.joined) != 0 || !slices.Equal(st.discarded, []session.Key{pendingSession().Key}) {
			t.Errorf("%s: joined %v, deleted %v", name, st.joined, st.discarded)
		}
	}
}

// signUpper is a provider whose links are provisional until the user joins.
type signUpper struct {
	err    error
	tokens []string
}

func (*signUpper) Info() provider.Info {
	return provider.Info{Name: "kakao", Namespace: "1", CallbackMethod: "GET"}
}
func (*signUpper) AuthorizeURL(provider.Request) (string, error) { return "", nil }
func (*signUpper) Complete(context.Context, provider.Callback) (*provider.Result, error) {
	return nil, errors.ErrUnsupported
}
func (p *signUpper) SignUp(_ context.Context, token provider.Secret) error {
	p.tokens = append(p.tokens, token.Reveal())
	return p.err
}

func TestJoinCompletesTheLinkFirst(t *testing.T) {
	for name, c := range map[string]struct {
		answer error
		gone   bool
		off    bool // the provider has been switched off since
	}{
		"completed":            {},
		"provider is off":      {off: true},
		"unlinked meanwhile":   {answer: &provider.Error{Kind: provider.NotLinked, Err: errors.New("-101")}, gone: true},
		"account closed there": {answer: &provider.Error{Kind: provider.Gone, Err: errors.New("gone")}, gone: true},
		"provider is down":     {answer: &provider.Error{Kind: provider.Unavailable, Err: errors.New("503")}},
	} {
		p, st := &signUpper{err: c.answer}, &notebook{}
		s := newService(t, st, func(cfg *Config) {
			var err error
			if c.off {
				return
			}
			if cfg.Providers, err = provider.NewSet(p); err != nil {
				t.Fatal(err)
			}
		})
		claims, err := s.SealClaims(&provider.Result{SignUp: "token"}, pendingSession().Key)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Join(t.Context(), Request{
			Session: pendingSession(), Key: account.Key{Provider: "kakao"}, OfAge: true, Agreed: []string{"service"},
			Claims: claims,
		})
		if (err == nil) != (c.answer == nil) || errors.Is(err, ErrGone) != c.gone || len(st.joined) == 1 != (err == nil) {
			t.Errorf("%s: %v, joined %v", name, err, st.joined)
		}
		if !c.off && !slices.Equal(p.tokens, []string{"token"}) {
			t.Errorf("%s: called with %q", name, p.tokens)
		}
	}
}

func TestDecline(t *testing.T) {
	st := &notebook{}
	if err := newService(t, st, nil).Decline(t.Context(), session.Key{1}, audit.Actor{}); err != nil ||
		!slices.Equal(st.discarded, []session.Key{{1}}) {
		t.Errorf("%v, %v", st.discarded, err)
	}
	for got, want := range map[error]error{ErrNotPending: ErrNotPending, errors.New("disk"): session.ErrUnavailable} {
		err := newService(t, &notebook{err: got}, nil).Decline(t.Context(), session.Key{1}, audit.Actor{})
		if !errors.Is(err, want) || errors.Is(err, session.ErrUnavailable) != (want == session.ErrUnavailable) {
			t.Errorf("%v: %v", got, err)
		}
	}
}

func TestSealClaimsKeepsOnlyWhatIsNeeded(t *testing.T) {
	s := newService(t, &notebook{}, nil)
	at := noon.Add(-time.Hour)
	p := &provider.Result{
		Key: account.Key{Provider: "kakao", Namespace: "1", Subject: "3141592653589"},
		Profile: account.Profile{
			Nickname: "라이언", Picture: "https://k.example/p.jpg", Email: "r@example.com", EmailState: account.EmailUnverified,
		},
		Scopes: scopesOf("a", "b"),
		Terms:  []provider.Term{{Tag: "news", Agreed: true, At: at}, {Tag: "not-ours", Agreed: true, At: at}},
		Age:    provider.AgeOver,
	}
	text, err := s.SealClaims(p, session.Key{1})
	if err != nil {
		t.Fatal(err)
	}
	got := s.OpenClaims(text, session.Key{1})
	want := &provider.Result{Profile: p.Profile, Scopes: p.Scopes, Terms: p.Terms[:1], Age: p.Age}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if s.OpenClaims(text, session.Key{2}) != nil || s.OpenClaims(text[1:], session.Key{1}) != nil {
		t.Error("opened in another session, or changed")
	}
	if len(text) > 1500 {
		t.Errorf("a cookie of %d bytes", len(text))
	}
}

// A cookie of the program before this one holds a profile alone.
func TestOpenClaimsOfAnOlderVersion(t *testing.T) {
	s := newService(t, &notebook{}, nil)
	k := session.Key{1}
	text := s.sealer.Seal([]byte(`{"Nickname":"라이언","Picture":"","Email":"r@example.com","EmailState":2}`), string(k[:]))
	if got := s.OpenClaims(text, k); got == nil || got.Profile.Nickname != "라이언" ||
		got.Profile.EmailState != account.EmailVerified || got.Scopes != nil {
		t.Errorf("%+v", got)
	}
}

func TestAdmit(t *testing.T) {
	at := noon.Add(-time.Hour)
	terms := func(agreed ...string) []provider.Term {
		var all []provider.Term
		for _, tag := range []string{"service", "partners", "news"} {
			term := provider.Term{Tag: tag, Agreed: slices.Contains(agreed, tag)}
			if term.Agreed {
				term.At = at
			}
			all = append(all, term)
		}
		return all
	}
	line := func(kind account.ConsentKind, tag, version string, agreed bool, at time.Time, place string) account.Consent {
		return account.Consent{Kind: kind, Tag: tag, Version: version, Agreed: agreed, At: at, Place: place}
	}
	byKakao := func(c *Config) { c.AgeByProvider = true }
	synced := []account.Consent{
		line(account.ConsentTerms, "service", "2026-01", true, at, "kakao_sync"),
		line(account.ConsentTerms, "partners", "1", false, noon, "kakao_sync"),
		line(account.ConsentMarketing, "news", "3", true, at, "kakao_sync"),
	}
	young := line(account.ConsentAge, "age", "14", false, noon, "kakao")
	for name, c := range map[string]struct {
		config func(*Config)
		proof  provider.Result
		want   account.Admission
	}{
		"nothing is known": {nil, provider.Result{}, account.Admission{JoinRequired: true}},
		"the age is not asked": {
			func(c *Config) { c.AskAge, c.Terms = false, nil }, provider.Result{Age: provider.AgeUnder}, account.Admission{},
		},
		"age by declaration": {
			func(c *Config) { c.Terms = nil }, provider.Result{Age: provider.AgeOver}, account.Admission{JoinRequired: true},
		},
		"all is known": {
			byKakao, provider.Result{Age: provider.AgeOver, Terms: terms("service", "news")},
			account.Admission{
				Agreed: append([]account.Consent{line(account.ConsentAge, "age", "14", true, noon, "kakao")}, synced...),
			},
		},
		"the age is not": {
			byKakao, provider.Result{Terms: terms("service", "news")}, account.Admission{JoinRequired: true, Agreed: synced},
		},
		"a required term is not": {
			func(c *Config) { c.AskAge, c.Terms = false, []consent.Term{service} }, provider.Result{Terms: terms()},
			account.Admission{JoinRequired: true},
		},
		"under 14": {
			func(c *Config) { c.AgeByProvider, c.Terms = true, nil }, provider.Result{Age: provider.AgeUnder},
			account.Admission{UnderAge: true, Agreed: []account.Consent{young}},
		},
		"under 14, allowed": {
			func(c *Config) { c.AgeByProvider, c.AllowUnder14, c.Terms = true, true, nil },
			provider.Result{Age: provider.AgeUnder}, account.Admission{Agreed: []account.Consent{young}},
		},
	} {
		c.proof.Key.Provider = "kakao"
		if d := cmp.Diff(c.want, newService(t, &notebook{}, c.config).Admit(&c.proof)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}
