package kakaotest

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/norang-login/norang/internal/emulator"
)

// connectedView is what the page of connected services shows.
type connectedView struct {
	pageBase
	Account  *Account
	Accounts []personaLine
	Services []connectedLine
}

type connectedLine struct {
	App   App
	Link  Link
	Items []consentLine
}

// showConnected is 연결된 서비스 관리 of a Kakao account.
func (s console) showConnected(rw http.ResponseWriter, r *http.Request) {
	v := connectedView{pageBase: consolePage(r, "connected", "connected")}
	w := s.world
	c := browserCall{newCall(w, r, &endpoint{name: "connected", page: true})}
	who := r.URL.Query().Get("account")
	w.mu.Lock()
	if b := c.browser(); who == "" && b != nil && b.session != nil {
		who = b.session.account
	}
	if acc := w.accounts.byID[who]; acc != nil {
		view := *acc
		v.Account = &view
	}
	w.mu.Unlock()
	for _, l := range s.Links() {
		if v.Account == nil || l.Account != v.Account.ID || l.State == "none" {
			continue
		}
		a, err := s.AppByID(l.App)
		if err != nil {
			continue
		}
		line := connectedLine{App: a, Link: l}
		for _, id := range l.Consents {
			k, _ := lookupConsentKind(id)
			name := k.ko
			if v.Lang == "en" {
				name = k.en
			}
			line.Items = append(
				line.Items,
				consentLine{ID: id, Name: name, Required: consentItem(&a, id).Step == StepRequired, Agreed: true},
			)
		}
		v.Services = append(v.Services, line)
	}
	for _, a := range s.Accounts() {
		if len(v.Accounts) < 200 {
			v.Accounts = append(v.Accounts, personaLine{ID: a.ID, Nickname: nicknameOf(&a)})
		}
	}
	s.render(rw, "connected", v)
}

// doConnected unlinks, or withdraws a consent, as the user.
func (s console) doConnected(rw http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(rw, r.Body, maxBody)
	app, err := strconv.ParseInt(r.PostFormValue("app"), 10, 64)
	if err != nil {
		http.Error(rw, "invalid app id", http.StatusBadRequest)
		return
	}
	account := r.PostForm.Get("account")
	if item := r.PostForm.Get("revoke"); item != "" {
		s.RevokeConsent(app, account, item)
	} else {
		s.Unlink(app, account, "UNLINK_FROM_APPS")
	}
	http.Redirect(
		rw,
		r,
		"/-/connected?"+url.Values{"account": {account}, "lang": {emulator.Language(r)}}.Encode(),
		http.StatusSeeOther,
	)
}
