package web

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/join"
	"github.com/norang-login/norang/internal/linking"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/providertoken"
	"github.com/norang-login/norang/internal/session"
)

func TestProblemOfUseCaseErrors(t *testing.T) {
	limited := &provider.Error{Kind: provider.RateLimited, RetryAfter: 7 * time.Second, Err: errors.New("slow down")}
	for name, tt := range map[string]struct {
		err  error
		want problem.Code
	}{
		"a problem":          {problem.Wrap(problem.LinkLast, session.ErrNone), problem.LinkLast},
		"a sentinel":         {linking.ErrLastIdentity, problem.LinkLast},
		"a wrapped sentinel": {fmt.Errorf("%w: %w", join.ErrHook, limited), problem.JoinUnavailable},
		"a store's error":    {session.Unavailable(errors.New("disk is full")), problem.StoreUnavailable},
		"an ended session":   {session.ErrNone, problem.SessionNone},
		"a busy provider":    {limited, problem.ProviderRateLimited},
		"an absent provider": {&provider.Error{Kind: provider.Unavailable}, problem.ProviderUnavailable},
		"a misconfigured one": {
			&provider.Error{Kind: provider.Misconfigured, Code: "KOE101"}, problem.OfProvider("KOE101"),
		},
		"a refresh that failed": {fmt.Errorf("%w: %w", providertoken.ErrUnavailable, limited), problem.ProviderRateLimited},
		"a refresh that was late": {
			fmt.Errorf("%w: %w", providertoken.ErrUnavailable, errors.New("late")), problem.ProviderUnavailable,
		},
		"anything else": {errors.New("x"), problem.Internal},
	} {
		if p := ProblemOf(tt.err); p.Code != tt.want || !errors.Is(p.Err, tt.err) {
			t.Errorf("%s: %s, want %s (%v)", name, p.Code, tt.want, p.Err)
		}
	}
	if p := ProblemOf(limited); p.RetryAfter != limited.RetryAfter {
		t.Errorf("retry after %v", p.RetryAfter)
	}
}
