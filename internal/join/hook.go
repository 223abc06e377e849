package join

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/i18n"
)

// HookRequest is what the app is asked when somebody wants to become a member. It names them and says nothing else of
// them: what the provider told is the app's to see when they are a member (PIPA article 16: no more than is needed).
type HookRequest struct {
	// ID names the try: whoever is asked twice under one ID is asked the same, and should answer the same.
	ID string
	// UserID is the id that the person will have as a member.
	UserID account.ID
	// Provider, App and Subject are who they are at the provider: "kakao", its app's number, its number of the person.
	Provider, Namespace, Subject string
	// Lang is the language of the page that the person reads, "ko" or "en".
	Lang string
}

// HookDecision is the app's answer: Allow, Link, or neither, which refuses.
type HookDecision struct {
	// Allow makes them a member, with Ref as the app's own member number, unless it is "". Another member's number is
	// an error, and nobody joins.
	Allow bool
	Ref   string
	// Link is where the person should go instead, to prove that they are a member of the app already: an address of
	// NORANG_URL or NORANG_ORIGINS. Not with Allow.
	Link string
	// MessageKo and MessageEn tell a person who is refused why; cut to 300 characters. One may stand for both, and there
	// are words of ours if there is none.
	MessageKo, MessageEn string
}

// Hook decides. It must return when ctx ends, two seconds after the question; an error, a panic or no answer by then
// lets nobody in.
type Hook func(ctx context.Context, q HookRequest) (HookDecision, error)

const (
	// HookTimeout is how long the app may think.
	HookTimeout = 2 * time.Second
	// maxAsked bounds the questions under way: a hook that never returns must not collect goroutines for ever.
	maxHookCalls = 64
	// maxMessage bounds what a refused user reads, in runes.
	maxMessage = 300
)

// Refused is the app's no.
type Refused struct{ message i18n.Text }

func (*Refused) Error() string { return "join: the app refused" }

// Message is the app's word in a language ("ko" or "en"), or in the other one; "" if it said none.
func (r *Refused) Message(lang string) string { return r.message.In(i18n.Lang(lang)) }

// LinkRequired sends the person to the app, to show that they are a member there already.
type LinkRequired struct{ Location string }

func (*LinkRequired) Error() string { return "join: the app knows this person perhaps" }

// decide asks the app. Errors are *Refused, *LinkRequired, or *problem.Error with join.unavailable.
func (s *Service) callHook(ctx context.Context, r Request) (ref string, err error) {
	if s.hook == nil {
		return "", nil
	}
	closed := func(err error) (string, error) {
		return "", fmt.Errorf("%w: %w", ErrHook, err)
	}
	d, err := s.runHook(ctx, HookRequest{
		ID: "join_" + r.Session.ID, UserID: r.Session.UserID, Provider: r.Key.Provider, Namespace: r.Key.Namespace, Subject: r.Key.Subject, Lang: r.Lang,
	})
	switch {
	case err != nil:
		return closed(err)
	case d.Allow && (d.Link != "" || d.MessageKo != "" || d.MessageEn != ""), !d.Allow && d.Ref != "", d.Link != "" && (d.MessageKo != "" || d.MessageEn != ""):
		return closed(errors.New("the answer says more than one thing"))
	case !fitRef(d.Ref):
		return closed(errors.New("the ref is too long, or not plain text"))
	case d.Allow:
		return d.Ref, nil
	case d.Link != "":
		to, ok := s.checkLink(d.Link)
		if !ok {
			return closed(errors.New("the link is none of NORANG_ORIGINS"))
		}
		return "", &LinkRequired{to}
	}
	return "", &Refused{i18n.Text{Ko: cleanMessage(d.MessageKo), En: cleanMessage(d.MessageEn)}}
}

// ask calls the hook on a goroutine of its own, so that one that does not heed its context costs the person no more than
// the time it has, and a panic is an error.
func (s *Service) runHook(ctx context.Context, q HookRequest) (HookDecision, error) {
	select {
	case s.hookSlots <- struct{}{}:
	default:
		return HookDecision{}, fmt.Errorf("%d questions have no answer yet", maxHookCalls)
	}
	ctx, cancel := context.WithTimeout(ctx, HookTimeout)
	defer cancel()
	type answer struct {
		d   HookDecision
		err error
	}
	got := make(chan answer, 1)
	go func() {
		defer func() { <-s.hookSlots }()
		var a answer
		defer func() {
			if p := recover(); p != nil {
				a = answer{err: fmt.Errorf("panic: %v", p)}
			}
			got <- a
		}()
		a.d, a.err = s.hook(ctx, q)
	}()
	select {
	case a := <-got:
		return a.d, a.err
	case <-ctx.Done():
		return HookDecision{}, fmt.Errorf("no answer in time: %w", context.Cause(ctx))
	}
}

func fitRef(ref string) bool {
	return len(ref) <= account.MaxRef && utf8.ValidString(ref) && !strings.ContainsFunc(ref, unicode.IsControl) && strings.TrimSpace(ref) == ref
}

// cleanMessage makes one line of at most maxMessage runes. Pages escape it.
func cleanMessage(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) { // no overrides of direction
			return ' '
		}
		return r
	}, account.CleanText(text, maxMessage))
	return strings.TrimSpace(text)
}
