package admin

import (
	"errors"
	"net/http"
	"strings"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/web"
)

// peopleOnPage is how many users a page of the list has.
const peopleOnPage = 50

// People are the pages about users.
type People struct {
	// links is where link tickets are redeemed, "https://…/auth/link/".
	links     string
	providers *provider.Set
	terms     []consent.Term
}

// NewPeople makes the pages. links is the address below which link tickets are redeemed, providers and terms are those
// of the service.
func NewPeople(links string, providers *provider.Set, terms []consent.Term) *People {
	return &People{links, providers, terms}
}

// Rows are the pages' rows.
func (p *People) Rows() []Row {
	return []Row{
		View("people", p.list).In("people").Takes("status", "after"),
		Search("people", p.search),
		View("people/{id}", p.show),
		Reveal("people/{id}/reveal", p.reveal),
		Change("people/{id}/status", p.status),
		Change("people/{id}/sessions", p.sessions),
		Change("people/{id}/withdraw", p.withdraw),
		Change("people/{id}/ticket", p.ticket),
		Change("people/{id}/export", p.export),
	}
}

// statuses are the filters of the list.
var statuses = []account.Status{account.Active, account.Pending, account.Disabled, account.Withdrawn}

// list shows a page of users, the newest first.
func (p *People) list(w http.ResponseWriter, r *Request) error {
	after, err := operator.ParseCursor(r.After())
	if err != nil {
		return err
	}
	status, err := operator.ParseStatus(r.Query().Get("status"))
	if err != nil {
		return err
	}
	d, err := r.Operate("")
	if err != nil {
		return err
	}
	f := operator.Filter{Status: status, After: after, Limit: peopleOnPage}
	all, more, err := d.Users.List(r.Context(), f, operator.Masked)
	if err != nil {
		return err
	}
	v := &page.ConsolePeople{ConsoleFrame: r.Frame(), Status: f.Status, Statuses: statuses, People: users(all)}
	if f.After != "" {
		v.First = r.Link("after", "")
	}
	if more {
		v.Next = r.Link("after", string(all[len(all)-1].ID))
	}
	return r.Render(w, v)
}

func users(all []operator.User) (out []page.ConsoleUser) {
	for i := range all {
		out = append(out, consoleUser(&all[i]))
	}
	return out
}

func consoleUser(u *operator.User) page.ConsoleUser {
	out := page.ConsoleUser{ID: u.ID, Nickname: u.Nickname, Status: u.Status, Ref: u.Ref, CreatedAt: u.CreatedAt}
	if len(u.Identities) > 0 {
		out.Nickname = account.DisplayName(u.User, u.Identities[0])
		out.SeenAt = u.Identities[0].SeenAt
	}
	return out
}

// search looks users up by what must not be in an address. What names one user leads to that user.
func (p *People) search(w http.ResponseWriter, r *Request) error {
	d, err := r.Operate("")
	if err != nil {
		return err
	}
	text, by := strings.TrimSpace(r.PostForm.Get("q")), r.PostForm.Get("by")
	v := &page.ConsolePeople{Statuses: statuses, Searched: true, By: by}
	var all []operator.User
	switch by {
	case "id":
		var who operator.Selector
		if who, err = operator.ParseSelector(text); err == nil {
			var u *operator.User
			if u, err = d.Users.Show(r.Context(), who, operator.Masked); err == nil {
				return web.Redirect(w, Prefix+"/people/"+string(u.ID))
			}
		}
	case "request":
		if to, ok := attemptsOf(text); ok {
			return web.Redirect(w, to)
		}
	case "email":
		all, v.More, err = d.Users.ByEmail(r.Context(), operator.EmailFilter{Email: text, Limit: peopleOnPage})
	case "nickname":
		all, v.More, err = d.Users.ByNickname(r.Context(), text)
	default:
		return problem.New(problem.RequestBad)
	}
	for _, none := range []error{
		operator.ErrSelector, operator.ErrNoSuchUser, operator.ErrAmbiguous, operator.ErrEmail, operator.ErrNickname,
	} {
		if errors.Is(err, none) && !errors.Is(err, operator.ErrNotRecorded) {
			err = nil // no user is found, and the page says that
		}
	}
	if err != nil {
		return err
	}
	v.People = users(all)
	r.Inside("people")
	v.ConsoleFrame = r.Frame()
	v.Path = Prefix + "/people"
	return r.Render(w, v)
}
