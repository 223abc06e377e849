// Package trial signs accounts in at a provider to see what it gives, and keeps nothing: no user, no session and no
// token is stored.
package trial

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/provider"
)

// attemptLife is how long a sign-in may take.
const attemptLife = 20 * time.Minute

// Config is what [New] needs.
type Config struct {
	Provider    provider.Provider
	RedirectURI string
	// StartPath begins a sign-in. It contains a secret, so that strangers cannot.
	StartPath string
	// Accounts is how many sign-ins there will be.
	Accounts int
	// Links says whether the provider knows an identity as linked to this service; nil if that cannot be asked.
	Links provider.LinkChecker
	// Advise says what a sign-in shows about the provider's configuration; nil for nothing.
	Advise func(*provider.Result) []i18n.Text
	// Tell is called for each step, for one at a time.
	Tell func(Step)
	Now  func() time.Time
}

// Step is an event of a sign-in.
type Step struct {
	Kind StepKind
	Err  error    // of [Failed]
	Got  *Account // of [Finished]
}

// StepKind is the kind of a step.
type StepKind int

// The steps.
const (
	Started  StepKind = iota // the browser was sent to the provider
	Returned                 // it came back
	Failed
	Finished
)

// Fact is something that the provider said about an account, without personal data.
type Fact struct {
	Name  i18n.Text
	Value i18n.Text
}

// Account is what a sign-in gave.
type Account struct {
	Subject string // masked
	Facts   []Fact
	// Advice is what the operator should look at.
	Advice []i18n.Text
	key    account.Key
}

// Same reports whether two sign-ins were by one account.
func (a *Account) Same(b *Account) bool { return a.key == b.key }

// Differences are the facts in which two accounts differ, as pairs.
func (a *Account) Differences(b *Account) (all [][2]Fact) {
	for i := range a.Facts {
		if i < len(b.Facts) && a.Facts[i].Value != b.Facts[i].Value {
			all = append(all, [2]Fact{a.Facts[i], b.Facts[i]})
		}
	}
	return all
}

// Trial is the handler of the sign-ins.
type Trial struct {
	cfg  Config
	done chan struct{}

	mu       sync.Mutex
	attempts map[string]attempt // by state
	forms    map[string]form    // posted callbacks, by the id that their second step has
	finished int
}

// form is a callback by POST, which came without the cookie: another site's form does not carry it.
type form struct {
	params  url.Values
	expires time.Time
}

type attempt struct {
	nonce, verifier string
	expires         time.Time
}

// New returns a trial.
func New(cfg Config) *Trial {
	return &Trial{cfg: cfg, done: make(chan struct{}), attempts: map[string]attempt{}, forms: map[string]form{}}
}

// Done is closed when all accounts have signed in.
func (t *Trial) Done() <-chan struct{} { return t.done }

// cookieName binds an attempt to the browser that began it.
const cookieName = "norang-try"

func (t *Trial) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	callback, err := url.Parse(t.cfg.RedirectURI)
	switch {
	case err == nil && r.Method == http.MethodGet && r.URL.Path == t.cfg.StartPath:
		t.start(w, r, callback.Scheme == "https")
	case err == nil && r.Method == http.MethodGet && r.URL.Path == callback.Path:
		t.finish(w, r, t.params(r))
	case err == nil && r.Method == http.MethodPost && r.URL.Path == callback.Path && t.posts():
		t.relay(w, r)
	default:
		http.NotFound(w, r)
	}
}

// start sends the browser to the provider.
func (t *Trial) start(w http.ResponseWriter, r *http.Request, secure bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	state, now := rand.Text()+rand.Text(), t.cfg.Now()
	a := attempt{nonce: rand.Text(), verifier: rand.Text() + rand.Text(), expires: now.Add(attemptLife)}
	for s, old := range t.attempts {
		if len(t.attempts) >= 20 || !now.Before(old.expires) {
			delete(t.attempts, s)
		}
	}
	t.attempts[state] = a
	sum := sha256.Sum256([]byte(a.verifier))
	request := provider.Request{
		RedirectURI: t.cfg.RedirectURI, State: state, Nonce: a.nonce,
		Challenge: base64.RawURLEncoding.EncodeToString(sum[:]), SameBrowser: t.cfg.Provider.Info().ReturnsElsewhere,
	}
	if t.finished > 0 {
		request.Intent = provider.ChooseAccount
	}
	to, err := t.cfg.Provider.AuthorizeURL(request)
	if errors.Is(err, provider.ErrIntent) {
		request.Intent = provider.SignIn
		to, err = t.cfg.Provider.AuthorizeURL(request)
	}
	if err != nil {
		t.cfg.Tell(Step{Kind: Failed, Err: err})
		t.page(w, r, http.StatusInternalServerError, failedText, "")
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: state, Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
		MaxAge: int(attemptLife / time.Second),
	})
	t.cfg.Tell(Step{Kind: Started})
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// posts reports whether the provider comes back by POST (response_mode=form_post).
func (t *Trial) posts() bool { return t.cfg.Provider.Info().CallbackMethod == http.MethodPost }

// Limits of posted callbacks: their size, and how many wait for their second step.
const (
	maxForm  = 16 << 10
	maxForms = 20
	formLife = time.Minute
)

// formParam names a posted callback in its second step.
const formParam = "form"

// relay keeps the fields of a posted callback and lets the browser come again by GET, which has the cookie.
func (t *Trial) relay(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		t.page(w, r, http.StatusBadRequest, strangeText, "")
		return
	}
	id, now := rand.Text(), t.cfg.Now()
	t.mu.Lock()
	for old, f := range t.forms {
		if len(t.forms) >= maxForms || !now.Before(f.expires) {
			delete(t.forms, old)
		}
	}
	t.forms[id] = form{r.PostForm, now.Add(formLife)}
	t.mu.Unlock()
	http.Redirect(w, r, r.URL.Path+"?"+url.Values{formParam: {id}}.Encode(), http.StatusSeeOther)
}

// params are those of a callback, once if it was posted.
func (t *Trial) params(r *http.Request) url.Values {
	if !t.posts() {
		return r.URL.Query()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	id := r.URL.Query().Get(formParam)
	f := t.forms[id]
	delete(t.forms, id)
	return f.params
}

// take returns the attempt of this browser, once.
func (t *Trial) take(r *http.Request, params url.Values) (state string, a attempt, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	state = params.Get("state")
	a, ok = t.attempts[state]
	c, err := r.Cookie(cookieName)
	if err != nil || !ok || c.Value != state || !t.cfg.Now().Before(a.expires) {
		return "", attempt{}, false
	}
	delete(t.attempts, state)
	return state, a, true
}

func (t *Trial) finish(w http.ResponseWriter, r *http.Request, params url.Values) {
	state, a, ok := t.take(r, params)
	if !ok {
		t.page(w, r, http.StatusBadRequest, strangeText, "")
		return
	}
	t.tell(Step{Kind: Returned})
	callback := provider.Callback{
		Params: params, State: state, RedirectURI: t.cfg.RedirectURI, Nonce: a.nonce, Verifier: a.verifier, Consent: true,
	}
	if p, ok := t.cfg.Provider.(provider.UnsignedProfiler); ok {
		callback.Unsigned, _ = p.UnsignedProfile(params)
	}
	res, err := t.cfg.Provider.Complete(r.Context(), callback)
	if err != nil {
		t.fail(w, r, err)
		return
	}
	got := t.describe(r.Context(), res)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.finished++
	t.cfg.Tell(Step{Kind: Finished, Got: got})
	again := ""
	if t.finished < t.cfg.Accounts {
		again = t.cfg.StartPath
	}
	t.page(w, r, http.StatusOK, doneText, again)
	if t.finished == t.cfg.Accounts {
		close(t.done)
	}
}

func (t *Trial) tell(s Step) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cfg.Tell(s)
}

func (t *Trial) fail(w http.ResponseWriter, r *http.Request, err error) {
	t.tell(Step{Kind: Failed, Err: err})
	t.page(w, r, http.StatusBadRequest, failedText, t.cfg.StartPath)
}

var (
	doneText = i18n.Text{
		Ko: "로그인이 끝났습니다. 결과는 터미널에 있습니다. 아무것도 저장하지 않았습니다.",
		En: "Signed in. The result is in the terminal; nothing was stored.",
	}
	failedText = i18n.Text{
		Ko: "로그인하지 못했습니다. 이유는 터미널에 있습니다.",
		En: "The sign-in failed. The reason is in the terminal.",
	}
	strangeText = i18n.Text{
		Ko: "이 브라우저에서 시작한 로그인이 아닙니다. 터미널에 있는 주소에서 다시 시작하십시오.",
		En: "This browser did not begin this sign-in. Start again at the address in the terminal.",
	}
	againText = i18n.Text{Ko: "계속하기", En: "Continue"}
)

var pageTemplate = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="{{.Lang}}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>norang try</title></head>
<body><main><h1>norang try</h1><p>{{.Text}}</p>
{{with .Again}}<p><a href="{{.}}">{{$.Continue}}</a></p>{{end}}</main></body></html>
`))

func (t *Trial) page(w http.ResponseWriter, r *http.Request, status int, text i18n.Text, again string) {
	lang := i18n.En
	if strings.HasPrefix(r.Header.Get("Accept-Language"), "ko") {
		lang = i18n.Ko
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = pageTemplate.Execute(w, map[string]string{ // the client is gone if this fails
		"Lang": string(lang), "Text": text.In(lang), "Again": again, "Continue": againText.In(lang),
	})
}

// describe turns a result into facts without personal data.
func (t *Trial) describe(ctx context.Context, res *provider.Result) *Account {
	got := &Account{Subject: mask(res.Key.Subject), key: res.Key}
	fact := func(ko, en string, value i18n.Text) {
		got.Facts = append(got.Facts, Fact{i18n.Text{Ko: ko, En: en}, value})
	}
	p := res.Profile
	fact("닉네임", "nickname", given(p.Nickname != "", len([]rune(p.Nickname))))
	fact("사진", "picture", given(p.Picture != "", 0))
	email := i18n.Text{Ko: "없음", En: "none"}
	switch p.EmailState {
	case account.EmailVerified:
		email = i18n.Text{Ko: "있음(확인됨)", En: "given, verified"}
	case account.EmailUnverified:
		email = i18n.Text{Ko: "있음(확인되지 않음)", En: "given, not verified"}
	}
	fact("이메일", "e-mail", email)
	if p.EmailRelay {
		fact("전달용 주소", "relay address", i18n.Text{Ko: "예", En: "yes"})
	}
	fact("로그인 시각(auth_time)", "time of the sign-in (auth_time)", given(!res.AuthTime.IsZero(), 0))
	items := []string{}
	if res.Scopes != nil {
		items = res.Scopes.Items()
	}
	slices.Sort(items)
	fact("동의항목", "consent items", plain(strings.Join(items, ", ")))
	var terms []string
	for _, term := range res.Terms {
		if term.Agreed {
			terms = append(terms, term.Tag)
		}
	}
	fact("약관", "terms", plain(strings.Join(terms, ", ")))
	got.Advice = t.advise(ctx, res)
	return got
}

// advise is what the result says about the configuration.
func (t *Trial) advise(ctx context.Context, res *provider.Result) (all []i18n.Text) {
	add := func(ko, en string) { all = append(all, i18n.Text{Ko: ko, En: en}) }
	if t.cfg.Advise != nil {
		all = t.cfg.Advise(res)
	}
	_, once := t.cfg.Provider.(provider.UnsignedProfiler)
	switch {
	case once && res.Profile.Nickname != "":
		add("이 제공자는 이름을 처음 로그인할 때 한 번만 보냅니다. 서비스도 받게 하려면 이 계정의 설정에서 이 앱의 사용을 중단하십시오.",
			"The provider sends the name at the first sign-in only. For the service to get it too, remove this app in the "+
				"settings of the account.")
	case once:
		add("이름이 없습니다. 이 제공자는 이름을 처음 로그인할 때 한 번만 보내고, 이 계정은 처음이 아닙니다.",
			"There is no name: the provider sends it at the first sign-in only, which this was not.")
	case res.Profile.Nickname == "":
		add("닉네임이 없습니다. 화면에 보일 이름이 필요하면 동의항목을 확인하십시오.",
			"There is no nickname: if pages should show a name, check the consent items.")
	}
	if res.SignUp != "" {
		add("자동 연결이 꺼져 있습니다. 가입을 마쳐야 연결됩니다.",
			"Automatic linking is off: users are linked when they have joined.")
	}
	if res.Unread != nil {
		add("약관 동의를 읽지 못했습니다: "+res.Unread.Error(), "The terms could not be read: "+res.Unread.Error())
	}
	if t.cfg.Links != nil && res.SignUp == "" {
		linked, err := t.cfg.Links.Linked(ctx, res.Key)
		switch {
		case err != nil:
			add("어드민 키로 이 회원을 찾지 못했습니다: "+err.Error(), "The admin key could not look this user up: "+err.Error())
		case !linked:
			add("어드민 키가 다른 앱의 것입니다. 이 회원을 모릅니다.",
				"The admin key is another app's: it does not know this user.")
		}
	}
	return all
}

func plain(text string) i18n.Text {
	if text == "" {
		return i18n.Text{Ko: "없음", En: "none"}
	}
	return i18n.Text{Ko: text, En: text}
}

// given says whether there is a value, and how many characters it has.
func given(is bool, characters int) i18n.Text {
	switch {
	case !is:
		return i18n.Text{Ko: "없음", En: "none"}
	case characters == 0:
		return i18n.Text{Ko: "있음", En: "given"}
	}
	n := strconv.Itoa(characters)
	return i18n.Text{Ko: "있음(" + n + "자)", En: fmt.Sprintf("given (%s characters)", n)}
}

// mask leaves the last two characters of an id.
func mask(subject string) string {
	if len(subject) < 4 {
		return "…"
	}
	return "…" + subject[len(subject)-2:]
}
