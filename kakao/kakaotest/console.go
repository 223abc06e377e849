package kakaotest

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

// console serves the pages under /-/.
type console struct{ *Server }

// consolePages are the pages in the side bar, by the last part of their path.
func consolePages() []string {
	return []string{"", "apps", "personas", "links", "webhooks", "faults", "emulator"}
}

// consoleView is the content of the console's pages.
type consoleView struct {
	pageBase
	Done     string // text key: what the last button did
	Fault    string
	Result   string // of an approval
	Apps     []App
	App      *App
	Account  *Account
	Form     []formSection
	Personas []personaGroup

	requestsView
	linksView
	webhooksView
	faultsView
	emulatorView
}

// requestsView is the request log, latest first.
type requestsView struct {
	Log       []consoleEntry
	Last      int64
	Endpoints []string
	Filter    url.Values
}

// linksView lists linked users, sessions and tokens.
type linksView struct {
	Links    []Link
	Sessions []SessionInfo
	Tokens   []TokenInfo
	Approve  []formSection
}

// webhooksView lists deliveries, latest first.
type webhooksView struct {
	Deliveries []Delivery
	Held       bool
	Send       []formSection
}

// faultsView lists the scripted faults.
type faultsView struct {
	Scenarios []string
	Script    []formSection
	Chaos     []formSection
}

// emulatorView shows clock and addresses.
type emulatorView struct {
	Now                    string
	URL, ServerURL, Issuer string
	Steps                  []string
}

// personaGroup is a group of accounts in the list of personas.
type personaGroup struct {
	Title    string // text key
	Accounts []personaLine
}

// consoleEntry is an entry of the request log in the page's language.
type consoleEntry struct {
	Request
	Lang                     string
	When, What, Why, Do, Fix string
	Sent                     []string // parameters
	Register                 string   // the redirect URI that a button registers
	Bad                      bool
}

// show serves a page of the side bar, or the settings of one app or account.
func (s console) show(rw http.ResponseWriter, r *http.Request) {
	page, id := r.PathValue("page"), r.PathValue("id")
	if !slices.Contains(consolePages(), page) {
		http.NotFound(rw, r)
		return
	}
	q := r.URL.Query()
	v := consoleView{
		pageBase: consolePage(r, "console", page),
		Done:     q.Get("done"),
		Fault:    clip(q.Get("fault"), 500),
		Result:   clip(q.Get("result"), 1000),
		Apps:     s.Apps(),
	}
	if _, known := texts()[v.Done]; !known {
		v.Done = ""
	}
	template := cmp.Or(page, "requests")
	switch page {
	case "":
		v.requestsView = s.requestsView(r, v.Lang)
	case "apps":
		if id == "" {
			v.Form = s.form(v.pageBase, "app", appGroups(), App{AutoPersona: PersonaRyan, Type: AppBiz})
			break
		}
		app, err := strconv.ParseInt(id, 10, 64)
		a, err2 := s.AppByID(app)
		if err != nil || err2 != nil {
			http.NotFound(rw, r)
			return
		}
		v.App, template = &a, "app"
		v.Form = without(s.form(v.pageBase, "app", appGroups(), a), "app_id")
	case "personas":
		if id == "" {
			v.Personas = s.personas(v.Lang)
			v.Form = s.form(v.pageBase, "account", accountGroups(), Account{})
			break
		}
		accounts := s.Accounts()
		i := slices.IndexFunc(accounts, func(a Account) bool { return a.ID == id })
		if i < 0 {
			http.NotFound(rw, r)
			return
		}
		v.Account, template = &accounts[i], "persona"
		v.Form = without(s.form(v.pageBase, "account", accountGroups(), accounts[i]), "id")
	case "links":
		v.linksView = s.linksView(v.pageBase)
	case "webhooks":
		v.webhooksView = s.webhooksView(v.pageBase)
	case "faults":
		v.faultsView = s.faultsView(v.pageBase)
	case "emulator":
		v.emulatorView = emulatorView{
			Now:       s.Now().UTC().Format(time.RFC3339),
			URL:       s.URL(),
			ServerURL: s.APIURL(),
			Issuer:    s.Issuer(),
			Steps:     []string{"10m", "6h", "1d", "30d"},
		}
	}
	s.render(rw, template, v)
}

func (s console) requestsView(r *http.Request, lang string) requestsView {
	v := requestsView{Endpoints: Endpoints(), Filter: url.Values{}}
	for _, name := range []string{"endpoint", "account"} {
		v.Filter.Set(name, r.URL.Query().Get(name))
	}
	filter := r.Clone(r.Context())
	filter.URL.RawQuery = v.Filter.Encode()
	list, last, err := pollRequests(s.Server, filter)
	if err != nil {
		return v
	}
	v.Last = last
	for _, e := range list[max(0, len(list)-200):] {
		v.Log = append(v.Log, entryFor(e, lang))
	}
	slices.Reverse(v.Log)
	return v
}

// rows answers the console's script with the rows of new requests, latest first. It waits for one if there is none.
func (s console) rows(rw http.ResponseWriter, r *http.Request) {
	list, last, err := pollRequests(s.Server, r)
	if err != nil {
		emulator.RefuseControl(rw, err)
		return
	}
	var b bytes.Buffer
	for _, e := range slices.Backward(list) {
		if err := pages()["requests"].ExecuteTemplate(&b, "row", entryFor(e, emulator.Language(r))); err != nil {
			emulator.RefuseControl(rw, err)
			return
		}
	}
	header := pageHeader()
	header.Set("Last-Request", strconv.FormatInt(last, 10))
	answer{status: http.StatusOK, header: header, body: b.Bytes()}.write(rw)
}

func (s console) linksView(p pageBase) linksView {
	v := linksView{
		Links:    slices.DeleteFunc(s.Links(), func(l Link) bool { return l.State == "none" }),
		Sessions: s.sessions(),
		Tokens:   s.tokens(),
		Approve:  s.form(p, "approve", approvalGroups(), Approval{}),
	}
	v.Links, v.Tokens = v.Links[:min(len(v.Links), 200)], v.Tokens[:min(len(v.Tokens), 50)]
	return v
}

func (s console) webhooksView(p pageBase) webhooksView {
	v := webhooksView{Deliveries: s.Deliveries(), Send: s.form(p, "send", sendGroups(), sendBody{})}
	v.Deliveries = v.Deliveries[max(0, len(v.Deliveries)-50):]
	slices.Reverse(v.Deliveries)
	s.world.out.mu.Lock()
	defer s.world.out.mu.Unlock()
	v.Held = s.world.out.held
	return v
}

func (s console) faultsView(p pageBase) faultsView {
	v := faultsView{Script: s.form(p, "scenario", scenarioGroups(), Scenario{})}
	for _, sc := range s.Scenarios() {
		line := strings.TrimSpace(fmt.Sprintf("%s %s → %s", cmp.Or(sc.Endpoint, "*"), sc.Account, describe(sc).In(p.Lang)))
		v.Scenarios = append(v.Scenarios, line)
	}
	v.Scenarios = v.Scenarios[:min(len(v.Scenarios), 50)]
	s.world.mu.Lock()
	chaos := s.world.faults.chaos.Chaos
	s.world.mu.Unlock()
	v.Chaos = s.form(p, "chaos", chaosGroups(), chaos)
	return v
}

// personas lists the accounts in groups; those of the configuration come first.
func (s console) personas(lang string) []personaGroup {
	groups := []personaGroup{
		{Title: "personas.own"},
		{Title: "personas.ordinary"},
		{Title: "personas.email"},
		{Title: "personas.data"},
		{Title: "personas.state"},
	}
	builtin := map[string]int{}
	for i, accounts := range [][]Account{ordinaryPersonas(), emailPersonas(), dataPersonas(), statePersonas()} {
		for _, a := range accounts {
			builtin[a.ID] = i + 1
		}
	}
	for _, a := range s.Accounts() {
		g := &groups[builtin[a.ID]]
		line := personaLine{ID: a.ID, Nickname: nicknameOf(&a), Label: a.Label}
		if lang == "en" && a.LabelEN != "" {
			line.Label = a.LabelEN
		}
		if len(g.Accounts) < 200 {
			g.Accounts = append(g.Accounts, line)
		}
	}
	return slices.DeleteFunc(groups, func(g personaGroup) bool { return len(g.Accounts) == 0 })
}

// T returns a text in the entry's language.
func (e consoleEntry) T(key string) string { return pageBase{Lang: e.Lang}.T(key) }

// entryFor formats an entry of the log.
func entryFor(e Request, lang string) consoleEntry {
	c := consoleEntry{
		Request: e,
		Lang:    lang,
		When:    e.Time.UTC().Format("15:04:05"),
		What:    cmp.Or(e.Endpoint, e.Path),
		Why:     e.Cause,
		Fix:     e.Hint,
		Bad:     e.Status >= 400 || e.Status == 0 || e.Code != "",
	}
	if lang == "en" {
		c.Why, c.Fix = e.CauseEN, e.HintEN
	} else {
		c.Message, c.Scenario = cmp.Or(e.MessageKO, e.Message), e.ScenarioKO
	}
	if e.Auth != "" {
		c.Sent = append(c.Sent, "Authorization: "+e.Auth)
	}
	for _, name := range slices.Sorted(maps.Keys(e.Params)) {
		c.Sent = append(c.Sent, name+"="+e.Params[name])
	}
	switch {
	case e.Code == "KOE006":
		c.Do, c.Register = "redirect", e.Params["redirect_uri"]
	case e.Code == "KOE007":
		c.Do, c.Register = "logout_redirect", e.Params["logout_redirect_uri"]
	}
	if checkRedirect(c.Register) != nil {
		c.Register = ""
	}
	return c
}

func consolePage(r *http.Request, title, page string) pageBase {
	lang := emulator.Language(r)
	q := url.Values{"lang": {map[string]string{"ko": "en", "en": "ko"}[lang]}}
	if a := r.URL.Query().Get("account"); a != "" {
		q.Set("account", a)
	}
	return pageBase{Lang: lang, Other: r.URL.Path + "?" + q.Encode(), Title: title + ".title", Nav: true, Page: page}
}

// render writes a page of the console.
func (s console) render(rw http.ResponseWriter, name string, v any) {
	var b bytes.Buffer
	if err := pages()[name].ExecuteTemplate(&b, "base", v); err != nil {
		http.Error(rw, "kakaotest: "+err.Error(), http.StatusInternalServerError)
		return
	}
	answer{status: http.StatusOK, header: pageHeader(), body: b.Bytes()}.write(rw)
}
