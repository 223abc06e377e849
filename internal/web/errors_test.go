package web

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/session"
)

func TestProblemOfErrors(t *testing.T) {
	t.Parallel()
	errLast, errHook, errRefresh := errors.New("last"), errors.New("hook"), errors.New("refresh")
	var table Errors
	if err := table.add(kernelErrors...); err != nil {
		t.Fatal(err)
	}
	err := table.add(
		ErrorRow{Err: errLast, Code: problem.LinkLast},
		ErrorRow{Err: errHook, Code: problem.JoinUnavailable},
		ErrorRow{Err: errRefresh, Code: problem.ProviderUnavailable, Weak: true},
	)
	if err != nil {
		t.Fatal(err)
	}
	limited := &provider.Error{Kind: provider.RateLimited, RetryAfter: 7 * time.Second, Err: errors.New("slow down")}
	for name, tt := range map[string]struct {
		err  error
		want problem.Code
	}{
		"a problem":          {problem.Wrap(problem.LinkLast, session.ErrNone), problem.LinkLast},
		"a sentinel":         {errLast, problem.LinkLast},
		"a wrapped sentinel": {fmt.Errorf("%w: %w", errHook, limited), problem.JoinUnavailable},
		"a store's error":    {session.Unavailable(errors.New("disk is full")), problem.StoreUnavailable},
		"an ended session":   {session.ErrNone, problem.SessionNone},
		"a busy provider":    {limited, problem.ProviderRateLimited},
		"an absent provider": {&provider.Error{Kind: provider.Unavailable}, problem.ProviderUnavailable},
		"a misconfigured one": {
			&provider.Error{Kind: provider.Misconfigured, Code: "KOE101"}, problem.OfProvider("KOE101"),
		},
		"a refresh that failed":   {fmt.Errorf("%w: %w", errRefresh, limited), problem.ProviderRateLimited},
		"a refresh that was late": {fmt.Errorf("%w: %w", errRefresh, errors.New("late")), problem.ProviderUnavailable},
		"anything else":           {errors.New("x"), problem.Internal},
	} {
		if p := table.ProblemOf(tt.err); p.Code != tt.want || !errors.Is(p.Err, tt.err) {
			t.Errorf("%s: %s, want %s (%v)", name, p.Code, tt.want, p.Err)
		}
	}
	if p := table.ProblemOf(limited); p.RetryAfter != limited.RetryAfter {
		t.Errorf("retry after %v", p.RetryAfter)
	}
}

func TestTwoAnswersToOneErrorAreRefused(t *testing.T) {
	t.Parallel()
	table := Errors{{Err: session.ErrNone, Code: problem.SessionNone}}
	if err := table.add(ErrorRow{Err: session.ErrNone, Code: problem.SessionNone}); err != nil {
		t.Errorf("the same answer: %v", err)
	}
	if table.add(ErrorRow{Err: session.ErrNone, Code: problem.JoinGone}) == nil {
		t.Error("another answer is accepted")
	}
}
