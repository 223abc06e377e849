package emulator

import (
	"bytes"
	"embed"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static
var staticFiles embed.FS

var pageTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.ParseFS(templateFiles, "templates/page.html"))
})

// Page is a page of an emulator: at the provider, or the console. Every part may be empty.
type Page struct {
	// Banner says what this is an emulator of. Required.
	Banner Text
	Title  Text
	// Done is a message after an action, Alert the error of an error page.
	Done, Alert Text
	Paragraphs  []Text
	Forms       []Form
	Sections    []Section
	// Keep are the parameters of the address that a change of language has to keep. Path is the page's address if it is
	// not that of the request.
	Keep url.Values
	Path string
	// Post is submitted at once by a script: response_mode=form_post. Its form is Forms[0].
	Post bool
}

// Form is a form of a page.
type Form struct {
	Title  Text
	Action string // the page's language is added, except for Post
	Hidden url.Values
	// Accounts are buttons named "persona", to choose an account.
	Accounts []AccountButton
	// Items are check boxes named "item".
	Items   []Item
	Buttons []Button
}

// AccountButton is an account to choose.
type AccountButton struct {
	ID, Name string
	Label    Text
}

// Item is a consent item. A required one cannot be unticked, and is not part of the form.
type Item struct {
	ID                string
	Name              Text
	Required, Ticked  bool
	RequiredAs, MayAs Text // default 필수 and 선택
}

// Tag is the word for whether the item is required.
func (i Item) Tag() Text {
	switch {
	case i.Required && i.RequiredAs[0] != "":
		return i.RequiredAs
	case i.Required:
		return Text{"필수", "required"}
	case i.MayAs[0] != "":
		return i.MayAs
	}
	return Text{"선택", "optional"}
}

// Button submits a form.
type Button struct {
	Name, Value string
	Label       Text
	Primary     bool
}

// Section is a part of the console.
type Section struct {
	Title Text
	Rows  []Row
}

// Row is a line of a section.
type Row struct {
	Strong, Text, Code string
	Small              Text
	Tags               []Text
	Forms              []Form // with a button each
}

// TimeRow shows the emulator's clock, which the control API moves.
func (c *Call) TimeRow() Row {
	return Row{Text: textTime.In(c.Lang), Code: c.Server.Now().Format(time.RFC3339)}
}

var (
	textTime       = Text{"에뮬레이터 시각", "Emulator's time"}
	textSwitch     = Text{"English", "한국어"}
	textNothing    = Text{"아직 없습니다.", "Nothing yet."}
	textRequests   = Text{"요청", "Requests"}
	textDeliveries = Text{"보낸 알림", "Notices sent"}
	textContinue   = Text{"계속", "Continue"}
	textSent       = Text{"보낸 주소", "Sent address"}
	textRegistered = Text{"등록한 주소", "Registered addresses"}
	textNone       = Text{"없음", "none"}

	textRegister     = Text{"이 주소를 등록하고 계속하기", "Register this address and continue"}
	textRegisterHere = Text{
		"에뮬레이터에만 있는 버튼입니다. 제공자에서는 콘솔에서 등록합니다.",
		"Only the emulator has this button. At the provider, register the address in its console.",
	}
)

// Cancel is the button that refuses a sign-in or consent.
var Cancel = Button{Name: "action", Value: "cancel", Label: Text{"취소", "Cancel"}}

// Language is the language of a request: the parameter lang, or else Accept-Language; Korean if neither says.
func Language(r *http.Request) string {
	if l := r.URL.Query().Get("lang"); l == "ko" || l == "en" {
		return l
	}
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(part)), ";")
		switch primary, _, _ := strings.Cut(tag, "-"); primary {
		case "ko", "en":
			return primary
		}
	}
	return "ko"
}

// view is a page in a language.
type view struct {
	Page
	Lang, Other, OtherURL, Name string
}

// T returns a text in the page's language.
func (v view) T(t Text) string { return t.In(v.Lang) }

// To returns the action of a form with the page's language.
func (v view) To(action string) string {
	sep := "?"
	if strings.Contains(action, "?") {
		sep = "&"
	}
	return action + sep + "lang=" + v.Lang
}

// Switch, Nothing and Continue are texts of every page.
func (v view) Switch() string { return v.T(textSwitch) }

// Nothing is shown for a section without rows.
func (v view) Nothing() string { return v.T(textNothing) }

// Continue is the button of a form that a script submits.
func (v view) Continue() string { return v.T(textContinue) }

// submit is the only script: it submits the form of a form_post response.
const submit = "document.forms[0].submit()"

// submitHash is its SHA-256 in the form of a CSP source.
const submitHash = "'sha256-ePniVEkSivX/c7XWBGafqh8tSpiRrKiqYeqbG7N1TOE='"

// Page renders a page.
func (c *Call) Page(status int, p Page) Answer {
	v := view{Page: p, Lang: c.Lang, Other: map[string]string{"ko": "en", "en": "ko"}[c.Lang], Name: c.Server.cfg.Name}
	q, path := url.Values{"lang": {v.Other}}, p.Path
	if path == "" {
		path = c.R.URL.Path
	}
	for name, values := range p.Keep {
		q[name] = values
	}
	v.OtherURL = path + "?" + q.Encode()
	a := HTML(status, func(w io.Writer) error { return pageTemplate().Execute(w, v) })
	if p.Post && a.Status == status {
		a.Header.Set("Content-Security-Policy", a.Header.Get("Content-Security-Policy")+"; script-src "+submitHash)
	}
	return a
}

// HTML is a page without scripts. It renders to memory first, so that an error cannot leave half a page.
func HTML(status int, render func(io.Writer) error) Answer {
	var b bytes.Buffer
	if err := render(&b); err != nil {
		return Answer{
			Status: http.StatusInternalServerError, Body: []byte(err.Error()),
			Header: http.Header{"Content-Type": {"text/plain;charset=utf-8"}},
		}
	}
	return Answer{Status: status, Body: b.Bytes(), Header: http.Header{
		"Content-Type": {"text/html;charset=utf-8"}, "Cache-Control": {"no-store"}, "X-Frame-Options": {"DENY"},
		"Referrer-Policy": {"same-origin"}, "Content-Security-Policy": {
			"default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'",
		},
	}}
}

func errorPage(banner, title, alert Text) Page {
	return Page{Banner: banner, Title: title, Alert: alert, Paragraphs: []Text{{
		"이 오류에서는 서비스로 돌아가지 않습니다.", "The provider does not return to the service after this error.",
	}}}
}

// ErrorPage is a page at the provider: nothing is redirected to the service. why is for the log alone.
func (c *Call) ErrorPage(status int, banner, title, alert, why Text) Answer {
	a := c.Page(status, errorPage(banner, title, alert))
	a.Code, a.Why = "page", alert
	if !why.IsZero() {
		a.Why = Textf("%s %s", "%s %s", alert, why)
	}
	return a
}

// WrongAddress is [Call.ErrorPage] for an address that is not registered. It shows what was sent and what is
// registered, with a button for one of [Config.Registers].
func (c *Call) WrongAddress(banner, title, alert Text, sent string, registered []string, button string) Answer {
	known := Section{Title: textRegistered}
	for _, address := range registered {
		known.Rows = append(known.Rows, Row{Code: address})
	}
	wrong := Row{Code: Clip(sent, 200)}
	if u, err := url.Parse(sent); err == nil && u.Scheme != "" && u.Host != "" {
		wrong.Small, wrong.Forms = textRegisterHere, []Form{{
			Action: "/-/" + button, Hidden: url.Values{"back": {c.R.URL.Path + "?" + c.Form.Encode()}},
			Buttons: []Button{{Name: "action", Value: "register", Label: textRegister}},
		}}
	}
	p := errorPage(banner, title, alert)
	p.Sections = []Section{{Title: textSent, Rows: []Row{wrong}}, known}
	a := c.Page(http.StatusBadRequest, p)
	list := textNone
	if len(registered) > 0 {
		list = Verbatim(strings.Join(registered, ", "))
	}
	a.Code = "page"
	a.Why = Textf("%s 보낸 주소: %s. 등록한 주소: %s", "%s Sent: %s. Registered: %s", alert, Clip(sent, 200), list)
	return a
}

// FormPost sends the browser back with a form that submits itself (OAuth 2.0 Form Post Response Mode).
func (c *Call) FormPost(banner Text, to string, fields url.Values) Answer {
	a := c.Page(http.StatusOK, Page{
		Banner: banner, Title: Text{"서비스로 돌아가는 중", "Returning to the service"}, Post: true,
		Forms: []Form{{Action: to, Hidden: fields}},
	})
	a.Code, a.Why = fields.Get("error"), Verbatim(fields.Get("error_description"))
	a.Header.Set("Referrer-Policy", "no-referrer-when-downgrade") // the POST has to have its Origin
	return a
}
