package admin

import (
	"errors"
	"net/http"
	"strings"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/console"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
)

// Operators is the page that lists the users with a role in the console.
type Operators struct{ service *console.Service }

// NewOperators makes the page.
func NewOperators(s *console.Service) *Operators { return &Operators{s} }

// Rows are the page's rows.
func (o *Operators) Rows() []Row {
	return []Row{
		View("operators", o.list).In("operators"),
		Change("operators", o.change),
	}
}

func (o *Operators) list(w http.ResponseWriter, r *Request) error {
	return o.render(w, r, page.ConsoleOperators{})
}

// render lists the members, which is recorded first.
func (o *Operators) render(w http.ResponseWriter, r *Request, v page.ConsoleOperators) error {
	d, err := r.Operate("")
	if err != nil {
		return err
	}
	if err := d.Records.Roles(r.Context()); err != nil {
		return err
	}
	all, err := o.service.Members(r.Context())
	if err != nil {
		return err
	}
	for _, m := range all {
		who, granter := actor(r, nil, m.GrantedBy, "")
		v.Members = append(v.Members, page.ConsoleMember{
			ID: m.UserID, Nickname: m.Nickname, Status: m.Status, Role: string(m.Role), GrantedAt: m.GrantedAt,
			GrantedBy: who, Granter: granter, Factor: !m.FactorAt.IsZero(), SeenAt: m.SeenAt,
		})
	}
	r.Inside("operators")
	v.ConsoleFrame = r.Frame()
	v.Path = Prefix + "/operators"
	return r.Render(w, v)
}

// change grants a role, revokes it or resets the second factor (action=grant, revoke, reset).
func (o *Operators) change(w http.ResponseWriter, r *Request) error {
	reason, text := strings.TrimSpace(r.PostForm.Get("reason")), strings.TrimSpace(r.PostForm.Get("user"))
	if reason == "" || text == "" || r.PostForm.Get("confirm") != "1" {
		return o.render(w, r, page.ConsoleOperators{Missing: true})
	}
	d, err := r.Operate(reason)
	if err != nil {
		return err
	}
	who, err := operator.ParseSelector(text)
	var u *operator.User
	if err == nil {
		u, err = d.Users.Show(r.Context(), who, operator.Masked)
	}
	notice := page.FlashRoleChanged
	if err == nil {
		c := console.Change{
			UserID: u.ID, Role: console.Role(r.PostForm.Get("role")), Keep: true, Actor: r.Actor(reason),
		}
		switch r.PostForm.Get("action") {
		case "grant":
			err = o.service.Grant(r.Context(), c)
		case "revoke":
			err = o.service.Revoke(r.Context(), c)
		case "reset":
			notice = page.FlashFactorReset
			err = o.service.ResetFactor(r.Context(), c)
		default:
			return problem.New(problem.RequestBad)
		}
	}
	switch {
	case errors.Is(err, account.ErrLastOperator):
		return o.render(w, r, page.ConsoleOperators{Last: true})
	case errors.Is(err, operator.ErrNotRecorded):
		return err
	case errors.Is(err, operator.ErrNoSuchUser), errors.Is(err, operator.ErrAmbiguous),
		errors.Is(err, operator.ErrSelector), errors.Is(err, console.ErrNotActive), errors.Is(err, console.ErrNoMember):
		return o.render(w, r, page.ConsoleOperators{Unknown: true})
	case err != nil:
		return err
	}
	return r.Done(w, "operators", notice)
}
