package join

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/recovered"
)

// HookRequest asks the app whether a user may join. It holds the identity and no profile: the app gets that only once
// the user has joined (PIPA article 16).
type HookRequest struct {
	// ID is the same when the same question is asked again, and should be answered alike.
	ID string
	// UserID is the id that the user will have.
	UserID account.ID
	// Provider, Namespace and Subject are the identity.
	Provider, Namespace, Subject string
	// Lang is the language of the page that the user reads, "ko" or "en".
	Lang string
}

// HookDecision is the app's answer: Allow, Link, or neither, which refuses.
type HookDecision struct {
	// Allow lets the user join, with Ref, unless "", as the app's own user number. A ref of another user is an error.
	Allow bool
	Ref   string
	// Link sends the user to the app, to sign in to an account that may exist there: a URL on NORANG_URL or
	// NORANG_ORIGINS. Not with Allow.
	Link string
	// MessageKo and MessageEn tell a refused user why, in at most 300 characters. If one is empty, the other is used for
	// both languages; if both are, a general text is.
	MessageKo, MessageEn string
}

// Hook decides. It must return when ctx ends, after [HookTimeout]. On an error, a panic or no answer the user does not
// join.
type Hook func(ctx context.Context, q HookRequest) (HookDecision, error)

const (
	// HookTimeout bounds a call of the hook.
	HookTimeout = 2 * time.Second
	// maxHookCalls bounds concurrent calls: a hook that never returns must not collect goroutines.
	maxHookCalls = 64
	// maxMessage bounds a message, in runes.
	maxMessage = 300
)

// Refused is the error of a user whom the app does not let join.
type Refused struct{ message i18n.Text }

func (*Refused) Error() string { return "join: the app refused" }

// Message returns the app's message in a language ("ko" or "en"), or in the other one; "" if there is none.
func (r *Refused) Message(lang string) string { return r.message.In(i18n.Lang(lang)) }

// LinkRequired is the error of a user whom the app wants to sign in to an existing account first.
type LinkRequired struct{ Location string }

func (*LinkRequired) Error() string { return "join: the app asks the user to sign in there first" }

// callHook asks the app. Errors: *Refused, *LinkRequired, [ErrHook].
func (s *Service) callHook(ctx context.Context, r Request) (ref string, err error) {
	if s.hook == nil {
		return "", nil
	}
	invalid := func(err error) (string, error) {
		return "", fmt.Errorf("%w: %w", ErrHook, err)
	}
	d, err := s.runHook(ctx, HookRequest{
		ID: "join_" + r.Session.ID, UserID: r.Session.UserID, Lang: r.Lang,
		Provider: r.Key.Provider, Namespace: r.Key.Namespace, Subject: r.Key.Subject,
	})
	hasMessage := d.MessageKo != "" || d.MessageEn != ""
	switch {
	case err != nil:
		return invalid(err)
	case d.Allow && (d.Link != "" || hasMessage), !d.Allow && d.Ref != "", d.Link != "" && hasMessage:
		return invalid(errors.New("the answer has members that exclude each other"))
	case d.Ref != "" && !account.ValidRef(d.Ref):
		return invalid(account.ErrInvalidRef)
	case d.Allow:
		return d.Ref, nil
	case d.Link != "":
		to, ok := s.checkLink(d.Link)
		if !ok {
			return invalid(errors.New("link is neither on the service's own address nor on one of its origins"))
		}
		return "", &LinkRequired{to}
	}
	return "", &Refused{i18n.Text{Ko: cleanMessage(d.MessageKo), En: cleanMessage(d.MessageEn)}}
}

// runHook calls the hook in a goroutine, so that a hook that ignores its context does not delay the user beyond the
// timeout, and turns a panic into an error.
func (s *Service) runHook(ctx context.Context, q HookRequest) (HookDecision, error) {
	select {
	case s.hookSlots <- struct{}{}:
	default:
		return HookDecision{}, fmt.Errorf("%d calls are pending", maxHookCalls)
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
		// Without an answer the hook has ended its goroutine, as FailNow of a test does. That is no refusal.
		a := answer{err: errors.New("the hook did not return")}
		defer func() { got <- a }()
		defer recovered.Catch(&a.err)
		d, err := s.hook(ctx, q)
		a = answer{d, err}
	}()
	select {
	case a := <-got:
		return a.d, a.err
	case <-ctx.Done():
		return HookDecision{}, fmt.Errorf("no answer: %w", context.Cause(ctx))
	}
}

// cleanMessage returns one line of at most maxMessage runes, without control and direction characters. Pages escape it.
func cleanMessage(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, account.CleanText(text, maxMessage))
	return strings.TrimSpace(text)
}
