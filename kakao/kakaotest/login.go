package kakaotest

import (
	"net/http"
	"strings"

	"github.com/norang-login/norang/internal/emulator"
)

// loginView is what the login page shows.
type loginView struct {
	pageBase
	App      App
	Tx       string
	Hint     string
	Known    []Account // accounts used in this browser, for prompt=select_account
	Personas []personaLine
	Create   bool
	Error    string // text key
}

type personaLine struct {
	ID, Nickname, Label string
	Hinted              bool
}

// transaction returns the login that a page belongs to. The caller holds the lock.
func (c browserCall) transaction() (*transaction, bool) {
	tx, ok := c.w.logins.transactions.Get(c.get("tx"))
	if !ok || !c.w.clock.now().Before(tx.expires) {
		return nil, false
	}
	return tx, true
}

// lostPage answers a page that was open too long or submitted twice.
func (c browserCall) lostPage() answer {
	a := c.page(http.StatusBadRequest, "lost", func(b pageBase) any { return b })
	a.why = emulator.Text{
		"이미 제출했거나, 너무 오래 열려 있었거나, 초기화하기 전의 페이지입니다",
		"the page was submitted before, was open too long, or is from before a reset",
	}
	return a
}

// loginPage shows the account login and reads its form: a persona, an account with a password, or a new account.
func loginPage(c browserCall) answer {
	tx, ok := c.transaction()
	if !ok {
		return c.lostPage()
	}
	if c.r.Method == http.MethodGet {
		return c.renderLogin(tx, "")
	}
	var acc *Account
	switch {
	case c.form.Get("persona") != "":
		acc = c.w.accounts.byID[c.form.Get("persona")]
	case c.form.Get("action") == "create":
		var fault string
		if acc, fault = c.createAccount(); fault != "" {
			return c.renderLogin(tx, fault)
		}
	default:
		acc = c.w.accounts.find(c.form.Get("account"))
		if acc != nil &&
			(c.form.Get("password") == "" || acc.Password != "" && acc.Password != c.form.Get("password")) {
			acc = nil
		}
	}
	if acc == nil {
		return c.renderLogin(tx, "login.wrong")
	}
	session, cookies := c.signIn(acc, c.form.Get("stay") != "")
	tx.account, tx.authTime = acc.ID, session.authTime
	c.about(nil, acc.ID)
	return c.proceed(tx).setCookies(cookies)
}

// find returns the account with an e-mail, phone number or persona id. An e-mail that several accounts claim belongs
// to the verified one.
func (t *accountTable) find(typed string) *Account {
	typed = strings.TrimSpace(strings.ToLower(typed))
	if typed == "" {
		return nil
	}
	if acc := t.byID[typed]; acc != nil {
		return acc
	}
	var found *Account
	for _, id := range t.order {
		acc := t.byID[id]
		same := strings.EqualFold(acc.Email, typed) ||
			acc.Phone != "" && digits(acc.Phone) == internationalDigits(typed)
		if same && (found == nil || found.EmailUnverified || found.EmailInvalid) {
			found = acc
		}
	}
	return found
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// internationalDigits turns 010-1234-5678 into the digits of +82 10-1234-5678.
func internationalDigits(s string) string {
	d := digits(s)
	if strings.HasPrefix(d, "0") {
		return "82" + d[1:]
	}
	return d
}

// createAccount creates the account of the sign-up form (prompt=create), or returns the text key of the reason why
// not.
func (c browserCall) createAccount() (*Account, string) {
	email := strings.TrimSpace(strings.ToLower(c.form.Get("email")))
	nickname := clip(strings.TrimSpace(c.form.Get("nickname")), 40)
	if email == "" || !strings.Contains(email, "@") || len(email) > 120 || nickname == "" {
		return nil, "login.incomplete"
	}
	if c.w.accounts.find(email) != nil {
		return nil, "login.taken"
	}
	if len(c.w.accounts.order) >= maxAccounts {
		return nil, "login.full"
	}
	acc := Account{
		ID:       "new-" + strings.ToLower(digits(c.w.random(12))+fixedKey("", email)[3:11]),
		Email:    email,
		Nickname: nickname,
		Password: c.form.Get("password"),
	}
	c.w.addAccount(acc)
	return c.w.accounts.byID[acc.ID], ""
}

func (c browserCall) renderLogin(tx *transaction, fault string) answer {
	v := loginView{App: *c.w.apps.byID[tx.app], Tx: tx.id, Create: tx.prompts("create"), Error: fault}
	if c.get("create") == "1" {
		v.Create = true
	}
	hinted := c.w.accounts.byID[tx.hint]
	if hinted == nil {
		v.Hint = tx.hint
	}
	if b := c.browser(); b != nil {
		for _, id := range b.known {
			if acc := c.w.accounts.byID[id]; acc != nil {
				v.Known = append(v.Known, *acc)
			}
		}
	}
	for _, id := range c.w.accounts.order {
		acc := c.w.accounts.byID[id]
		line := personaLine{
			ID:       id,
			Nickname: nicknameOf(acc),
			Label:    c.pick(acc.Label, acc.LabelEN),
			Hinted:   acc == hinted,
		}
		if line.Hinted {
			v.Personas = append([]personaLine{line}, v.Personas...)
			continue
		}
		if len(v.Personas) < 200 {
			v.Personas = append(v.Personas, line)
		}
	}
	status := http.StatusOK
	if fault != "" {
		status = http.StatusBadRequest
	}
	return c.page(status, "login", func(b pageBase) any { v.pageBase = b; return v })
}
