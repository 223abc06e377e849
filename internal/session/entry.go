package session

import (
	"encoding/json"
	"math"
	"sync/atomic"
	"time"

	"github.com/norang-login/norang/internal/account"
)

const (
	// maxHeaders bounds the values of Config.HeaderValues.
	maxHeaders = 8
	// fieldTexts is the number of texts before the header values.
	fieldTexts = 23
	// instants is the number of times in a Principal.
	instants = 9
)

// entry is one cached session, packed: all texts in one string, times as numbers. The session never changes; its idle
// limit slides.
//
// A Principal has two dozen pointers: with 100,000 of them the garbage collector took a tenth of the CPU, and each
// took 1.4 kB. Packed it is two objects with three pointers and less than 0.9 kB. verify needs the header values only;
// unpacking a Principal is one allocation.
//
// The fields that every hit reads come first, on one line of the processor's cache: waiting for memory is what a hit
// costs.
type entry struct {
	key  Key
	used atomic.Bool  // since the hand of CLOCK last passed
	ends atomic.Int64 // unix ns at which the session ends
	due  atomic.Int64 // unix ns from which the next use has to be noted

	// All pointers come here, because the collector scans an object up to its last one.
	text  string // all texts, each different one once
	place        // guarded by cache.mu

	headers int // number of header values
	spans   [fieldTexts + maxHeaders]span
	times   [instants]int64 // unix ns; noTime is the zero time

	emailState account.EmailState
	emailRelay bool
	remember   bool
}

// place is the position of an entry in the cache.
type place struct {
	prev, next *entry // other sessions of the same user
	slot       int
}

// span is the position of a text.
type span struct{ at, n uint16 }

const noTime = math.MinInt64

// texts lists all strings of p but the header values, in the order of spans; meta stands for p.User.Meta. Packing and
// unpacking share the list, and a test finds missing fields.
func (p *Principal) texts(meta *string) [fieldTexts]*string {
	user, identity, session := &p.User, &p.Identity, &p.Session
	return [...]*string{
		(*string)(&user.ID), (*string)(&user.Status), &user.Ref, &user.Nickname, &user.Picture, &user.Lang,
		(*string)(&user.Agreed), meta,
		&identity.ID, (*string)(&identity.UserID), &identity.Provider, &identity.Namespace, &identity.Subject,
		&identity.Profile.Nickname, &identity.Profile.Picture, &identity.Profile.Email, (*string)(&identity.Scopes),
		&session.ID, (*string)(&session.UserID), &session.IdentityID,
		&session.Client.Address, &session.Client.UserAgent, &session.Client.RequestID,
	}
}

// instants lists all times of p.
func (p *Principal) instants() [instants]*time.Time {
	return [...]*time.Time{
		&p.User.CreatedAt, &p.User.JoinedAt, &p.Identity.LinkedAt, &p.Identity.SeenAt,
		&p.Session.CreatedAt, &p.Session.AuthTime, &p.Session.SeenAt, &p.Session.IdleExpiresAt, &p.Session.ExpiresAt,
	}
}

// pack makes an entry of p; nil if p is too large, which no row of a store is.
func pack(p *Principal) *entry {
	if len(p.HeaderValues) > maxHeaders {
		return nil
	}
	e := &entry{key: p.Session.Key, headers: len(p.HeaderValues), emailState: p.Identity.Profile.EmailState,
		emailRelay: p.Identity.Profile.EmailRelay, remember: p.Session.Remember}
	meta := string(p.User.Meta)
	fields := p.texts(&meta)
	var list [len(e.spans)]string
	for i, s := range fields {
		list[i] = *s
	}
	copy(list[fieldTexts:], p.HeaderValues)
	if !e.gather(&list) {
		return nil
	}
	for i, t := range p.instants() {
		e.times[i] = noTime
		if !t.IsZero() {
			e.times[i] = t.UnixNano()
		}
	}
	return e
}

// gather joins all texts, each different one once: most header values are fields too. Those come first, so that what
// verify sends lies together. It returns false if they are too long for spans.
func (e *entry) gather(list *[fieldTexts + maxHeaders]string) bool {
	text := make([]byte, 0, 512)
	for i := range list {
		at := (i + fieldTexts) % len(list)
		if e.repeat(list, at, i) {
			continue
		}
		s := list[at]
		if len(text)+len(s) > math.MaxUint16 {
			return false
		}
		e.spans[at] = span{uint16(len(text)), uint16(len(s))}
		text = append(text, s...)
	}
	e.text = string(text)
	return true
}

// repeat reuses the span of one of the first n texts if it equals the one at at.
func (e *entry) repeat(list *[fieldTexts + maxHeaders]string, at, n int) bool {
	for i := range n {
		if same := (i + fieldTexts) % len(list); list[same] == list[at] {
			e.spans[at] = e.spans[same]
			return true
		}
	}
	return false
}

func (e *entry) of(i int) string {
	s := e.spans[i]
	return e.text[s.at:][:s.n]
}

// headerValues returns the header values. The caller may keep the slice.
func (e *entry) headerValues() []string {
	out := make([]string, e.headers)
	for i := range out {
		out[i] = e.of(fieldTexts + i)
	}
	return out
}

// principal unpacks the entry.
func (e *entry) principal() *Principal {
	whole := &struct {
		Principal
		headers [maxHeaders]string
	}{}
	p := &whole.Principal
	var meta string
	for i, s := range p.texts(&meta) {
		*s = e.of(i)
	}
	if meta != "" {
		p.User.Meta = json.RawMessage(meta)
	}
	for i, t := range p.instants() {
		if n := e.times[i]; n != noTime {
			*t = time.Unix(0, n).UTC()
		}
	}
	p.Session.Key, p.Session.Remember = e.key, e.remember
	p.Identity.Profile.EmailState, p.Identity.Profile.EmailRelay = e.emailState, e.emailRelay
	if e.headers > 0 {
		p.HeaderValues = whole.headers[:e.headers:e.headers]
		for i := range p.HeaderValues {
			p.HeaderValues[i] = e.of(fieldTexts + i)
		}
	}
	return p
}

// owner is the user of the session.
func (e *entry) owner() account.ID { return account.ID(e.of(0)) }

// expires is the absolute limit.
func (e *entry) expires() time.Time { return time.Unix(0, e.times[instants-1]) }

// slide sets the times from the last known use.
func (e *entry) slide(last Touch, grain time.Duration) {
	e.ends.Store(min(last.IdleExpiresAt.UnixNano(), e.times[instants-1]))
	e.due.Store(last.SeenAt.Add(grain).UnixNano())
}

func (e *entry) aliveAt(now time.Time) bool { return now.UnixNano() < e.ends.Load() }
