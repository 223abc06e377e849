package page

import (
	"bytes"
	"errors"
	"html"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/session"
)

// attacks are texts that a stranger may supply where a page shows their text.
var attacks = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `{{.}}`, `${7*7}`, `' onmouseover='alert(1)`,
	`</title><script>`,
	`%s%n%!d(MISSING)`, "`-alert(1)-`",
}

func TestXS01_NamesAreText(t *testing.T) {
	t.Parallel()
	r := newRenderer(t, sampleConfig())
	for _, attack := range attacks {
		who := Who{Name: attack}
		for _, v := range []View{
			Home{SignedIn: &who},
			Join{
				Who: who, AskAge: true,
				Terms: []JoinTerm{{Tag: "tos", Version: attack, Title: attack, URL: attack, Required: true}},
			},
			Account{
				Who: who, Email: attack, EmailState: account.EmailVerified, Provider: attack, Subject: attack,
				ID: account.ID(attack),
			},
			Log{Now: time.Now(), Entries: []LogEntry{{At: time.Now(), Own: true, Address: attack}}},
			Problem{
				Code: attack, Title: attack, Detail: attack, Action: "home", ActionLabel: attack, Frame: Frame{RequestID: attack},
			},
		} {
			page := withoutScript(render(t, r, v))
			if strings.Contains(page, "<script") || strings.Contains(page, "<img src=x") || strings.Contains(page, ">49") {
				t.Errorf("%T: %q came through", v, attack)
			}
			if strings.Contains(page, `" on`) || strings.Contains(page, `' on`) {
				t.Errorf("%T: %q left its attribute", v, attack)
			}
			if !strings.Contains(html.UnescapeString(page), attack) {
				t.Errorf("%T: %q is not shown as it is", v, attack)
			}
		}
	}
}

func TestXS06_ParametersAreDataOrDropped(t *testing.T) {
	t.Parallel()
	r := newRenderer(t, sampleConfig())
	for _, attack := range append(attacks, "/board\"><script>alert(1)</script>", "javascript:alert(1)") {
		for _, v := range []View{
			SignIn{
				Frame: Frame{Path: "/auth/login?return_to=" + attack + "&login_hint=" + attack, CSRF: attack}, ReturnTo: attack,
			},
			Join{Frame: Frame{Path: attack, CSRF: attack}, ReturnTo: attack},
			Home{Frame: Frame{Lang: i18n.Lang(attack), Flash: Flash(attack), Path: attack}},
			Problem{Frame: Frame{Path: attack}, Action: "sign_in", ActionLabel: "x", ReturnTo: attack},
		} {
			page := withoutScript(render(t, r, v))
			if inline.MatchString(stripText(page)) || strings.Contains(page, "login_hint") {
				t.Errorf("%T: %q came through:\n%s", v, attack, page)
			}
			if !strings.Contains(page, `<html lang="ko">`) {
				t.Errorf("%T: %q became a language", v, attack)
			}
			if strings.Contains(page, `class="notice"`) {
				t.Errorf("%T: %q became a notice", v, attack)
			}
		}
	}
}

// stripText leaves the tags of a page with the values of their attributes cut out, so that only what is markup
// remains.
func stripText(page string) string {
	var b strings.Builder
	inTag, inValue := false, false
	for _, c := range page {
		switch {
		case c == '<' && !inValue:
			inTag = true
		case c == '"' && inTag:
			inValue = !inValue
		}
		if inTag && !inValue {
			b.WriteRune(c)
		}
		if c == '>' && !inValue {
			inTag = false
		}
	}
	return b.String()
}

func TestSwitchKeepsOnlyTheReturnPath(t *testing.T) {
	t.Parallel()
	r := newRenderer(t, sampleConfig())
	for path, want := range map[string]string{
		"/":           "/?lang=en",
		"/login":      "/login?lang=en",
		"/auth/login": "/auth/login?lang=en",
		"/auth/login?return_to=%2Fboard%3Fa%3D1%26b%3D2":     "/auth/login?lang=en&return_to=%2Fboard%3Fa%3D1%26b%3D2",
		"/auth/login?lang=ko&return_to=%2F&login_hint=a%40b": "/auth/login?lang=en&return_to=%2F",
		"/oauth/kakao/callback?code=secret&state=secret":     "/auth/login?lang=en",
		"/auth/../oauth/kakao/signout":                       "/auth/login?lang=en",
		"/auth/%2e%2e/x":                                     "/auth/login?lang=en",
		"/authority":                                         "/auth/login?lang=en",
		"":                                                   "/auth/login?lang=en",
		"//evil.example/":                                    "/auth/login?lang=en",
		"/\\evil.example/":                                   "/auth/login?lang=en",
		"https://evil.example/":                              "/auth/login?lang=en",
		"javascript:alert(1)":                                "/auth/login?lang=en",
		"/a%zz":                                              "/auth/login?lang=en",
	} {
		if got := r.cfg.switchURL(Home{Frame: Frame{Path: path}}, i18n.En); got != want {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
	}
}

func TestSignInLinksCarryTheChoice(t *testing.T) {
	t.Parallel()
	r := newRenderer(t, sampleConfig())
	page := html.UnescapeString(render(t, r, SignIn{ReturnTo: "/board?page=2&x=y"}))
	const back = "return_to=%2Fboard%3Fpage%3D2%26x%3Dy"
	for _, want := range []string{
		`href="/oauth/kakao?` + back + `&remember=1"`, `href="/oauth/kakao?` + back + `&remember=0"`,
		`href="/oauth/kakao?` + back + `&prompt=select_account&remember=1"`,
		`href="/oauth/kakao?` + back + `&prompt=select_account&remember=0"`,
	} {
		if strings.Count(page, want) != 1 {
			t.Errorf("not once: %s", want)
		}
	}
	if strings.Contains(page, " checked") || strings.Contains(page, "<form") {
		t.Error(page)
	}
	if !strings.Contains(render(t, r, SignIn{Remember: true}), " checked") {
		t.Error("the box does not start checked")
	}
}

func TestProviderButtonHasItsLabelLogoAndColours(t *testing.T) {
	t.Parallel()
	r := newRenderer(t, sampleConfig())
	for l, label := range map[i18n.Lang]string{i18n.Ko: "카카오 로그인", i18n.En: "Login with Kakao"} {
		page := render(t, r, Home{Frame: Frame{Lang: l}})
		_, button, _ := strings.Cut(page, `<a class="provider provider-kakao"`)
		button, _, _ = strings.Cut(button, "</a>")
		if !strings.Contains(button, "<span>"+label+"</span>") || !strings.Contains(button, sampleProvider().Button.Logo) {
			t.Errorf("%s: %s", l, button)
		}
	}
	css := string(r.assets[r.named[styleSheet]].body)
	for _, rule := range []string{
		".provider-kakao { background: #fee500; color: rgb(0 0 0 / 85%); }", ".provider svg { flex: none; }",
		"border-radius: 12px;",
	} {
		if !strings.Contains(css, rule) {
			t.Errorf("the style sheet lacks %s", rule)
		}
	}
}

func TestEveryProviderHasAButton(t *testing.T) {
	t.Parallel()
	cfg := sampleConfig()
	second := sampleProvider()
	second.Name, second.SignsOut = "other", false
	second.Label, second.Account = i18n.Text{Ko: "라인", En: "LINE"}, i18n.Text{Ko: "라인 계정", En: "LINE account"}
	cfg.Providers = append(cfg.Providers, second)
	r := newRenderer(t, cfg)
	page := render(t, r, SignIn{ReturnTo: "/"})
	for _, name := range []string{"kakao", "other"} {
		if strings.Count(page, `href="/oauth/`+name+`?return_to=%2F&amp;remember=`) != 2 {
			t.Errorf("no button for %s:\n%s", name, page)
		}
	}
	if strings.Contains(page, "select_account") || strings.Contains(page, "카카오계정만") {
		t.Error("one of two providers is preferred before any was used")
	}
	page = render(t, r, SignIn{Frame: Frame{Provider: "other"}, ReturnTo: "/", LastUsed: "other"})
	if !strings.Contains(page, "라인으로 로그인했어요") ||
		strings.Count(page, "/oauth/other?return_to=%2F&amp;prompt=select_account") != 2 {
		t.Error(page)
	}
	for _, proves := range []bool{true, false} { // without a proof of a recent sign-in nothing can be linked
		with := cfg
		with.Providers = slices.Clone(cfg.Providers)
		with.Providers[1].ProvesFreshness = proves
		page = render(t, newRenderer(t, with), Join{Frame: Frame{Provider: "kakao"}, AskAge: true, Before: "other"})
		if !strings.Contains(page, "지난번에는 라인으로 로그인했어요") ||
			strings.Contains(page, "카카오계정도 연결할 수") != proves {
			t.Errorf("%t: %s", proves, page)
		}
	}
	in := Home{Frame: Frame{Provider: "kakao"}, SignedIn: &Who{}}
	if !strings.Contains(render(t, r, in), "/oauth/kakao/signout") {
		t.Error("no sign-out at the provider")
	}
	in.Provider = "other"
	if strings.Contains(render(t, r, in), "/oauth/other/signout") {
		t.Error("a sign-out at a provider that has none")
	}
}

func TestEveryProviderCanBeLinked(t *testing.T) {
	t.Parallel()
	cfg := sampleConfig()
	second := sampleProvider()
	second.Name, second.Label = "other", i18n.Text{Ko: "라인", En: "LINE"}
	second.Account = i18n.Text{Ko: "라인 계정", En: "LINE account"}
	cfg.Providers = append(cfg.Providers, second)
	r := newRenderer(t, cfg)
	page := render(t, r, Links{
		Frame: Frame{Lang: i18n.En, Provider: "kakao"}, Fresh: true, Items: []Link{{Provider: "kakao"}},
	})
	if strings.Contains(page, "On Kakao") {
		t.Errorf("several are offered, and the text names one:\n%s", page)
	}
	for _, want := range []string{
		`href="/auth/account/links/add?provider=kakao">Add another Kakao account<`,
		`href="/auth/account/links/add?provider=other">Add your LINE account<`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in:\n%s", want, page)
		}
	}
	page = render(t, r, Ticket{Frame: Frame{Lang: i18n.En}, Code: "x"})
	for _, want := range []string{
		`name="provider" value="kakao">Continue with Kakao<`, `name="provider" value="other">Continue with LINE<`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in:\n%s", want, page)
		}
	}
}

func TestInvalidProvidersAreRefused(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Provider){
		"colour":         func(p *Provider) { p.Button.Background = "red; } body { display: none" },
		"border":         func(p *Provider) { p.Button.Border = "red; }" },
		"dark colour":    func(p *Provider) { p.Button.Dark = provider.Shades{Background: "#fff", Color: "}"} },
		"form origin":    func(p *Provider) { p.FormOrigins = []string{"https://a.example; script-src *"} },
		"picture origin": func(p *Provider) { p.PictureOrigins = []string{"https://a.example/path"} },
	} {
		cfg := sampleConfig()
		change(&cfg.Providers[0])
		if _, err := New(cfg); err == nil {
			t.Errorf("accepted: %s", name)
		}
	}
}

func TestJoinTicksNothingInAdvance(t *testing.T) {
	t.Parallel()
	r := newRenderer(t, sampleConfig())
	j := Join{
		AskAge: true,
		Terms:  []JoinTerm{{Tag: "tos", Version: "1", Required: true}, {Tag: "news", Version: "2", Marketing: true}},
	}
	page := render(t, r, j)
	if strings.Contains(page, " checked") || strings.Contains(page, "aria-invalid") ||
		strings.Contains(page, `role="alert"`) {
		t.Error(page)
	}
	if strings.Count(page, "[필수]") != 2 || strings.Count(page, "[선택]") != 1 ||
		!strings.Contains(page, `name="term.news" value="2"`) {
		t.Error(page)
	}
	j.Terms[0].Missing, j.Terms[1].Checked = true, true
	page = render(t, r, j)
	if strings.Count(page, " checked") != 1 || strings.Count(page, `aria-invalid="true"`) != 1 ||
		!strings.Contains(page, `role="alert"`) {
		t.Error(page)
	}
	if strings.Contains(render(t, r, Join{AskAge: true}), "선택 항목") {
		t.Error("speaks of optional things where there are none")
	}
}

func TestEveryFormCarriesTheToken(t *testing.T) {
	t.Parallel()
	r := newRenderer(t, sampleConfig())
	forms := 0
	for _, s := range samples("kakao") {
		page := render(t, r, s.view)
		n := strings.Count(page, "<form")
		forms += n
		if got := strings.Count(page, `name="csrf" value="csrf-token-of-the-sample"`); got != n {
			t.Errorf("%s: %d forms, %d tokens", s.name, n, got)
		}
		if strings.Count(page, `method="post"`) != n {
			t.Errorf("%s: a form that is not POST is not checked", s.name)
		}
	}
	if forms == 0 {
		t.Error("no forms at all")
	}
}

// Handlers pass pointers, samples are values.
func TestPointersAreViewsToo(t *testing.T) {
	t.Parallel()
	r := newRenderer(t, sampleConfig())
	for _, s := range samples("kakao") {
		p := reflect.New(reflect.TypeOf(s.view))
		p.Elem().Set(reflect.ValueOf(s.view))
		if render(t, r, s.view) != render(t, r, p.Interface().(View)) {
			t.Errorf("%s differs", s.name)
		}
	}
}

func TestProblemOffersAWayOn(t *testing.T) {
	t.Parallel()
	with, without := newRenderer(t, sampleConfig()), newRenderer(t, Config{Brand: Brand{Name: "S"}})
	for _, c := range []struct {
		r            *Renderer
		action, want string
	}{
		{with, "sign_in", `href="/auth/login?return_to=%2Fboard">go</a>`},
		{with, "join", `href="/auth/join?return_to=%2Fboard">go</a>`},
		{with, "home", `href="/">go</a>`},
		{with, "support", `href="mailto:help@example.com">go</a>`},
		{without, "support", `href="/">처음 화면으로</a>`},
	} {
		page := render(t, c.r, Problem{Action: c.action, ActionLabel: "go", ReturnTo: "/board"})
		if !strings.Contains(page, `<a class="button" `+c.want) {
			t.Errorf("%s: no %s in:\n%s", c.action, c.want, page)
		}
	}
	if page := render(t, with, Problem{}); strings.Contains(page, `class="button"`) {
		t.Error(page)
	}
}

func TestHintsAreForDevelopment(t *testing.T) {
	t.Parallel()
	cfg := sampleConfig()
	p := Problem{Hint: "the console's menu"}
	if strings.Contains(render(t, newRenderer(t, cfg), p), p.Hint) {
		t.Error("a visitor sees the developer's hint")
	}
	cfg.Dev = true
	if !strings.Contains(html.UnescapeString(render(t, newRenderer(t, cfg), p)), p.Hint) {
		t.Error("the developer does not")
	}
}

func TestAccountOf(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	p := &session.Principal{
		User: account.User{ID: "u", CreatedAt: at, Nickname: "mine"},
		Identity: account.Identity{
			Key:     account.Key{Provider: "kakao", Subject: "9007199254740993"},
			Profile: account.Profile{Nickname: "Kakao's", Email: "a@b.c", EmailState: account.EmailUnverified},
		},
		Session: session.Session{AuthTime: at, ExpiresAt: at.Add(time.Hour)},
	}
	a := AccountOf(Frame{}, p)
	if a.Name != "mine" || !a.Since.Equal(at) || !a.Unverified() || a.Verified() || a.Subject != "9007199254740993" {
		t.Errorf("%+v", a)
	}
	p.User.JoinedAt = at.Add(time.Minute)
	if a := AccountOf(Frame{}, p); !a.Since.Equal(p.User.JoinedAt) {
		t.Errorf("since %v", a.Since)
	}
	page := render(t, newRenderer(t, sampleConfig()), a)
	if !strings.Contains(page, "아직 확인하지 않은 주소예요") || !strings.Contains(page, "9007199254740993") {
		t.Error(page)
	}
	a.EmailState = account.EmailNone // a masked address: not the person's any more
	if strings.Contains(render(t, newRenderer(t, sampleConfig()), a), "a@b.c") {
		t.Error("a masked address is shown")
	}
}

// Concurrent rendering in several languages does not mix pages.
func TestRenderIsConcurrent(t *testing.T) {
	t.Parallel()
	r := newRenderer(t, sampleConfig())
	all := samples("kakao")
	want := make([]string, len(all))
	for i, s := range all {
		want[i] = render(t, r, s.view)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i, s := range all {
				var buf bytes.Buffer
				if err := r.Render(&buf, s.view); err != nil || buf.String() != want[i] {
					t.Errorf("%s: another page (%v)", s.name, err)
				}
			}
		})
	}
	wg.Wait()
}

// failing refuses every write.
type failing struct{ writes int }

func (f *failing) Write([]byte) (int, error) { f.writes++; return 0, errors.New("gone") }

func TestRenderWritesOnce(t *testing.T) {
	t.Parallel()
	w := &failing{}
	if err := newRenderer(t, sampleConfig()).Render(w, Home{}); err == nil || w.writes != 1 {
		t.Errorf("%v after %d writes", err, w.writes)
	}
}

func TestButtonHasItsColoursInBothSchemes(t *testing.T) {
	t.Parallel()
	var p Provider
	p.Name = "some"
	p.Button = provider.Button{
		Background: "#ffffff", Color: "#1f1f1f", Border: "#747775", Dark: provider.Shades{Background: "#000", Color: "#fff"},
	}
	const want = `.provider-some { background: #ffffff; color: #1f1f1f; }
.provider-some.provider-some { border-color: #747775; }
@media (prefers-color-scheme: dark) {
.provider-some { background: #000; color: #fff; }
.provider-some.provider-some { border-color: transparent; }
}
`
	if got := (Config{Providers: []Provider{p}}).buttonCSS(); got != want {
		t.Error(got)
	}
	p.Button.Dark.Color = "#333" // too faint in the dark only
	if got := (Config{Providers: []Provider{p}}).buttonCSS(); !strings.Contains(got, "font-weight: 700") {
		t.Error(got)
	}
}

// A design guide's colours with too little contrast for small text are for large text.
func TestFaintButtonHasALargeLabel(t *testing.T) {
	t.Parallel()
	button := func(ground, text string) Provider {
		var p Provider
		p.Name, p.Button = "some", provider.Button{Background: ground, Color: text}
		return p
	}
	for _, c := range []struct {
		ground, text string
		large        bool
	}{
		{"#03a94d", "#ffffff", true}, {"#fee500", "rgb(0 0 0 / 85%)", false}, {"#000000", "#fff", false},
		{"#777", "#fff", true},
	} {
		css := Config{Providers: []Provider{button(c.ground, c.text)}}.buttonCSS()
		const large = ".provider-some span { font-size: 1.1875rem; line-height: 1.3; font-weight: 700; }"
		if strings.Contains(css, large) != c.large {
			t.Errorf("%s on %s: %s", c.text, c.ground, css)
		}
	}
}
