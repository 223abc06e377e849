package kakaotest

import (
	"net/http"
	"slices"
)

// offeredItem is a consent item on the screen.
type offeredItem struct {
	id       string
	required bool
	agreed   bool // already agreed to: shown, not selectable
}

// consentOffer is what a consent screen asks. If it is empty, there is no screen.
type consentOffer struct {
	items    []offeredItem
	terms    []Term
	channels []Channel
	collects bool // a required value would be collected, because the account lacks it
}

// empty reports whether there is nothing to ask.
func (o consentOffer) empty() bool {
	for _, it := range o.items {
		if !it.agreed {
			return false
		}
	}
	return len(o.terms) == 0
}

// automatic lists what the account agrees to without a page.
func (o consentOffer) automatic(acc *Account) []string {
	var ids []string
	for _, it := range o.items {
		if it.required || !declines(acc, it.id, it.required) {
			ids = append(ids, it.id)
		}
	}
	for _, t := range o.terms {
		if t.Required || !declines(acc, t.Tag, t.Required) {
			ids = append(ids, t.Tag)
		}
	}
	return ids
}

// consentOffer decides what a login asks: all items at the first login, items of scope that are not
// agreed to, and items withdrawn since. A change in the console alone shows a linked user no screen.
func (w *world) consentOffer(tx *transaction, a *App, acc *Account) consentOffer {
	l := w.link(a, acc)
	first := l.state == linkNone
	var o consentOffer
	for _, it := range a.ConsentItems {
		_, agreed := l.agreed.items[it.ID]
		named := slices.Contains(tx.scope, it.ID)
		ask := false
		switch it.Step {
		case StepRequired:
			ask = first || named || l.agreed.former[it.ID]
		case StepOptional:
			ask = first && tx.scope == nil || named || l.agreed.former[it.ID] && tx.scope == nil
		case StepInUse: // only when named in scope, and then optional
			ask = named
		}
		if ask || agreed {
			o.items = append(o.items, offeredItem{it.ID, it.Step == StepRequired, agreed})
		}
		if ask && !agreed && it.Step == StepRequired && it.CollectMissing && !hasValue(acc, it.ID) {
			o.collects = true
		}
	}
	for _, t := range a.Terms {
		_, agreed := l.agreed.terms[t.Tag]
		shown := first && !tx.hasTerms || tx.hasTerms && (len(tx.terms) == 0 || slices.Contains(tx.terms, t.Tag))
		if shown && !agreed {
			o.terms = append(o.terms, t)
		}
	}
	for _, ch := range a.Channels {
		if slices.Contains(tx.channels, ch.PublicID) && len(o.channels) < 2 { // Kakao shows at most two
			o.channels = append(o.channels, ch)
		}
	}
	return o
}

// hasValue reports whether the account has a value for an item.
func hasValue(a *Account, item string) bool {
	switch item {
	case "account_email":
		return a.Email != ""
	case "name":
		return a.Name != ""
	case "gender":
		return a.Gender != ""
	case "age_range":
		return a.AgeRange != "" || a.Birthyear != ""
	case "birthday":
		return a.Birthday != ""
	case "birthyear":
		return a.Birthyear != ""
	case "phone_number":
		return a.Phone != ""
	case "account_ci":
		return a.CI != ""
	case "shipping_address":
		return len(a.Addresses) > 0
	}
	return true
}

// consentView is what the consent page shows.
type consentView struct {
	pageBase
	App      App
	Account  Account
	Tx       string
	Items    []consentLine
	Terms    []Term
	Channels []Channel
	Missing  bool // required boxes were not ticked
	Collects bool
}

type consentLine struct {
	ID, Name         string
	Required, Agreed bool
}

// consentPage shows the consent screen and reads its form.
func consentPage(c browserCall) answer {
	tx, ok := c.transaction()
	if !ok || tx.account == "" {
		return c.lostPage()
	}
	a, acc := c.w.apps.byID[tx.app], c.w.accounts.byID[tx.account]
	if a == nil || acc == nil {
		return c.lostPage()
	}
	offer := c.w.consentOffer(tx, a, acc)
	if c.r.Method == http.MethodGet {
		return c.renderConsent(tx, offer, false)
	}
	if c.form.Get("action") != "agree" {
		c.w.logins.transactions.Delete(tx.id)
		return c.redirectError(tx.authRequest, "access_denied", "User denied access")
	}
	agreed := append(append([]string{}, c.form["scope"]...), c.form["term"]...)
	for _, it := range offer.items {
		if it.required && !it.agreed && !slices.Contains(agreed, it.id) {
			return c.renderConsent(tx, offer, true)
		}
	}
	for _, t := range offer.terms {
		if t.Required && !slices.Contains(agreed, t.Tag) {
			return c.renderConsent(tx, offer, true)
		}
	}
	return c.issueCode(tx, offer, agreed)
}

func (c browserCall) renderConsent(tx *transaction, offer consentOffer, missing bool) answer {
	v := consentView{
		App:      *c.w.apps.byID[tx.app],
		Account:  *c.w.accounts.byID[tx.account],
		Tx:       tx.id,
		Terms:    offer.terms,
		Channels: offer.channels,
		Missing:  missing,
		Collects: offer.collects,
	}
	for _, it := range offer.items {
		k, _ := lookupConsentKind(it.id)
		v.Items = append(
			v.Items,
			consentLine{ID: it.id, Name: c.pick(k.ko, k.en), Required: it.required, Agreed: it.agreed},
		)
	}
	status := http.StatusOK
	code := ""
	if missing {
		status, code = http.StatusBadRequest, "KOE203"
	}
	ans := c.page(status, "consent", func(b pageBase) any { v.pageBase = b; return v })
	ans.code = code
	return ans
}
