package app

import (
	"context"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/linking"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/internal/withdrawal"
)

// operators makes the use cases of operators and API keys, for the running service and the commands alike.
type operators struct {
	db         *store.DB
	withdrawal *withdrawal.Service
	linking    *linking.Service
	now        func() time.Time
	// userChanged and originsChanged let the running service forget what it has cached.
	userChanged    func(account.ID)
	originsChanged func(context.Context)
}

// caller returns who performs use cases.
func (o *operators) caller(actor audit.Actor) (*operator.Caller, error) {
	return operator.NewCaller(operator.CallerConfig{Actor: actor, Records: o.db, Users: o.db, Now: o.now})
}

// of returns the use cases of an actor.
func (o *operators) of(actor audit.Actor, last operator.LastOperator) (*operator.Operator, error) {
	c, err := o.caller(actor)
	if err != nil {
		return nil, err
	}
	return &operator.Operator{
		Users:      operator.NewUsers(c, o.db),
		UserPages:  operator.NewUserPages(c, o.db),
		Accounts:   operator.NewAccounts(c, o.db, o.withdrawal, last, o.userChanged),
		Linking:    operator.NewLinking(c, o.linking),
		Sessions:   operator.NewSessions(c, o.db, o.db, o.userChanged),
		Exports:    operator.NewExports(c, o.db),
		Log:        operator.NewLog(c, o.db, o.db),
		Reviews:    operator.NewReviews(c, o.db),
		Records:    operator.NewRecords(c),
		Events:     operator.NewEvents(c, o.db),
		Deliveries: operator.NewDeliveries(c, o.db),
		Jobs:       operator.NewJobs(c, o.db),
		Keys:       operator.NewKeys(c, o.db),
		Origins:    operator.NewOrigins(c, o.db, o.originsChanged),
	}, nil
}
