package serverapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/returnurl"
)

func (c *call) list() (any, error) {
	limit, err := c.number("limit", defaultPage, 1, maxPage)
	if err != nil {
		return nil, err
	}
	after, err := cursor(c.query["after"])
	if err != nil {
		return nil, err
	}
	status, err := operator.ParseStatus(c.query["status"])
	if err != nil {
		return nil, bad("status must be pending, active, disabled or withdrawn")
	}
	all, more, err := c.use.Users.List(c.Context(), operator.Filter{
		Status: status, After: after, Limit: int(limit), Identities: true,
	}, operator.Revealed)
	if err != nil {
		return nil, err
	}
	return userPage(all, more), nil
}

// cursor is the id of the last user of a page.
func cursor(text string) (account.ID, error) {
	after, err := operator.ParseCursor(text)
	if err != nil {
		return "", bad("after must be the member next of the previous page")
	}
	return after, nil
}

func userPage(all []operator.User, more bool) UserPage {
	p := UserPage{Users: newUsers(all), HasMore: more}
	if more {
		p.Next = orNull(string(all[len(all)-1].ID))
	}
	return p
}

func (c *call) batch() (any, error) {
	keys := c.body.(*BatchRequest).Keys
	who := make([]operator.Selector, len(keys))
	for i, text := range keys {
		var err error
		if who[i], err = operator.ParseKey(text); err != nil {
			return nil, bad("item " + strconv.Itoa(i) +
				" of keys must be an id, ref:REF, PROVIDER:SUBJECT or PROVIDER:NAMESPACE:SUBJECT")
		}
	}
	found, err := c.use.Users.Batch(c.Context(), who)
	if err != nil {
		return nil, err
	}
	out := BatchAnswer{Results: make([]BatchResult, len(found))}
	for i, f := range found {
		out.Results[i] = BatchResult{Key: keys[i], Ambiguous: f.Ambiguous}
		if f.User != nil {
			u := newUser(f.User)
			out.Results[i].User = &u
		}
	}
	return out, nil
}

func (c *call) search() (any, error) {
	b := c.body.(*SearchRequest)
	limit := defaultPage
	if b.Limit != nil {
		limit = *b.Limit
	}
	if limit < 1 || limit > maxPage {
		return nil, bad("limit must be a number from 1 to " + strconv.Itoa(maxPage))
	}
	after, err := cursor(b.After)
	if err != nil {
		return nil, err
	}
	all, more, err := c.use.Users.ByEmail(c.Context(), operator.EmailFilter{Email: b.Email, After: after, Limit: limit})
	if err != nil {
		return nil, err
	}
	return userPage(all, more), nil
}

func (c *call) get() (any, error) {
	who, err := c.user()
	if err != nil {
		return nil, err
	}
	u, err := c.use.Users.Get(c.Context(), who)
	if err != nil {
		return nil, err
	}
	return newUser(u), nil
}

func (c *call) patch() (any, error) {
	b := c.body.(*UserPatch)
	who, err := c.user()
	if err != nil {
		return nil, err
	}
	var ref *string
	if b.Ref.RawMessage != nil {
		ref = new(string)
		if string(b.Ref.RawMessage) != "null" {
			if err := json.Unmarshal(b.Ref.RawMessage, ref); err != nil || *ref == "" {
				return nil, bad("ref must be a text that is not empty, or null")
			}
		}
	}
	u, err := c.use.Accounts.Update(c.Context(), who, ref, b.Meta.RawMessage)
	if err != nil {
		return nil, err
	}
	return c.again(u.ID)
}

// again reads a user after a change.
func (c *call) again(id account.ID) (any, error) {
	u, err := c.use.Users.Get(c.Context(), operator.Selector{ID: id})
	if err != nil {
		return nil, err
	}
	return newUser(u), nil
}

// because is the use cases with a reason for the access record.
func (c *call) because(reason string) error {
	if len(reason) > audit.MaxReason {
		return bad("reason must be at most 500 bytes")
	}
	actor := c.key.Actor(c.Client())
	actor.Reason = reason
	use, err := c.feature.operate(actor)
	if err != nil {
		return problem.Wrap(problem.Internal, err)
	}
	c.use = use
	return nil
}

// reasoned is the user that the path names, for a change with the reason of the body.
func (c *call) reasoned() (operator.Selector, error) {
	who, err := c.user()
	if err != nil {
		return who, err
	}
	return who, c.because(c.body.(*ReasonRequest).Reason)
}

func (c *call) disable() (any, error) {
	who, err := c.reasoned()
	if err != nil {
		return nil, err
	}
	_, err = c.use.Accounts.Disable(c.Context(), who, operator.Apply)
	return nil, err
}

func (c *call) enable() (any, error) {
	who, err := c.reasoned()
	if err != nil {
		return nil, err
	}
	_, err = c.use.Accounts.Enable(c.Context(), who, operator.Apply)
	return nil, err
}

func (c *call) withdraw() (any, error) {
	who, err := c.reasoned()
	if err != nil {
		return nil, err
	}
	_, err = c.use.Accounts.Withdraw(c.Context(), who, operator.Apply)
	return nil, err
}

func (c *call) merge() (any, error) {
	b := c.body.(*MergeRequest)
	keep, err := c.user()
	if err != nil {
		return nil, err
	}
	lose, err := operator.ParseKey(b.From)
	if err != nil {
		return nil, bad("from must be an id, ref:REF, PROVIDER:SUBJECT or PROVIDER:NAMESPACE:SUBJECT")
	}
	if err := c.because(b.Reason); err != nil {
		return nil, err
	}
	kept, _, err := c.use.Linking.Merge(c.Context(), keep, lose, operator.Apply)
	if err != nil {
		return nil, err
	}
	return c.again(kept.ID)
}

func (c *call) sessions() (any, error) {
	who, err := c.user()
	if err != nil {
		return nil, err
	}
	_, all, err := c.use.Sessions.Of(c.Context(), who)
	if err != nil {
		return nil, err
	}
	out := SessionList{Sessions: make([]Session, len(all))}
	for i, s := range all {
		out.Sessions[i] = newSession(s)
	}
	return out, nil
}

func (c *call) revokeAll() (any, error) {
	who, err := c.user()
	if err != nil {
		return nil, err
	}
	_, n, err := c.use.Sessions.RevokeAllOf(c.Context(), who, operator.Apply)
	return Ended{n}, err
}

func (c *call) revokeOne() (any, error) {
	who, err := c.user()
	if err != nil {
		return nil, err
	}
	return nil, c.use.Sessions.RevokeOf(c.Context(), who, c.PathValue("session"))
}

func (c *call) consents() (any, error) {
	who, err := c.user()
	if err != nil {
		return nil, err
	}
	limit, err := c.number("limit", defaultPage, 1, maxPage)
	if err != nil {
		return nil, err
	}
	after, err := c.number("after", 0, 0, 1<<62)
	if err != nil {
		return nil, err
	}
	_, all, more, err := c.use.Exports.Consents(c.Context(), who, after, int(limit))
	if err != nil {
		return nil, err
	}
	out := ConsentPage{Consents: make([]Consent, len(all)), HasMore: more}
	for i, l := range all {
		out.Consents[i] = newConsent(l)
	}
	if more {
		out.Next = orNull(strconv.FormatInt(all[len(all)-1].ID, 10))
	}
	return out, nil
}

// exportUser streams the export. After the first byte it can only be broken off, so that a part is not taken for all.
func exportUser(w http.ResponseWriter, c *call) error {
	who, err := c.user()
	if err != nil {
		return err
	}
	if err := c.because(c.body.(*ExportRequest).Reason); err != nil {
		return err
	}
	out := &streamed{w: w}
	err = c.use.Exports.Write(c.Context(), who, out)
	if err == nil || !out.begun {
		return err
	}
	c.feature.kernel.Warn(c.Request, "export interrupted", err)
	panic(http.ErrAbortHandler)
}

// streamed sends the headers with the first bytes.
type streamed struct {
	w     http.ResponseWriter
	begun bool
}

func (s *streamed) Write(b []byte) (int, error) {
	if !s.begun {
		s.begun = true
		s.w.Header().Set("Content-Type", "application/json")
	}
	return s.w.Write(b)
}

func (c *call) providerToken() (any, error) {
	who, err := c.user()
	if err != nil {
		return nil, err
	}
	tokens, err := c.feature.tokens(c.key.Actor(c.Client()))
	if err != nil {
		return nil, problem.Wrap(problem.Internal, err)
	}
	at := c.query["provider"]
	if at != "" && !provider.IsName(at) {
		return nil, bad("provider must be the name of a provider")
	}
	t, err := tokens.Of(c.Context(), who, at)
	if err != nil {
		err = problemOf(err)
		if p := (*problem.Error)(nil); errors.As(err, &p) {
			p.Provider = at // "": the text names the first one
		}
		return nil, err
	}
	return ProviderToken{
		t.Key.Provider, t.Key.Subject, t.Token.Reveal(), t.ExpiresAt.UTC(), append([]string{}, t.Scope...),
	}, nil
}

func (c *call) ticket() (any, error) {
	code, ends, err := c.use.Linking.IssueTicket(c.Context(), c.body.(*TicketRequest).Ref)
	if err != nil {
		return nil, err
	}
	site := c.feature.kernel.Site
	return Ticket{site.Origin() + site.Path("link/"+code.Reveal()), ends.UTC()}, nil
}

var errWaiting = errors.New("too many requests wait for events")

func (c *call) events() (any, error) {
	limit, err := c.number("limit", defaultPage, 1, operator.MaxEvents)
	if err != nil {
		return nil, err
	}
	after, err := c.number("after", 0, 0, 1<<62)
	if err != nil {
		return nil, err
	}
	wait, err := c.number("wait", 0, 0, maxWait)
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		select {
		case c.feature.waiting <- struct{}{}:
			defer func() { <-c.feature.waiting }()
		default:
			return nil, problem.Wrap(problem.LimitCrowded, errWaiting)
		}
	}
	all, next, err := c.use.Events.After(c.Context(), after, int(limit), time.Duration(wait)*time.Second)
	if err != nil {
		return nil, err
	}
	out := EventPage{Events: make([]Event, len(all)), Next: strconv.FormatInt(next, 10)}
	for i, e := range all {
		out.Events[i] = newEvent(e)
	}
	return out, nil
}

const defaultDays = 7 // of a preview origin

func (c *call) addOrigin() (any, error) {
	b := c.body.(*OriginRequest)
	days := defaultDays
	if b.Days != nil {
		days = *b.Days
	}
	if days < 1 || days > int(returnurl.MaxPreviewLife.Hours()/24) { // before it overflows a duration
		return nil, returnurl.ErrPreviewLife
	}
	o, err := c.use.Origins.Add(c.Context(), c.feature.kernel.Returns, b.Origin, time.Duration(days)*24*time.Hour)
	if err != nil {
		return nil, err
	}
	return newOrigin(o), nil
}

func newOrigin(o returnurl.Preview) Origin {
	return Origin{o.ID, o.Origin, o.CreatedAt.UTC(), o.ExpiresAt.UTC()}
}

func (c *call) origins() (any, error) {
	all, err := c.use.Origins.List(c.Context())
	if err != nil {
		return nil, err
	}
	out := OriginList{Origins: make([]Origin, len(all))}
	for i, o := range all {
		out.Origins[i] = newOrigin(o)
	}
	return out, nil
}

// removeOrigin takes the host of an https origin in place of an id, because a path cannot hold "//".
func (c *call) removeOrigin() (any, error) {
	which := c.PathValue("origin")
	if strings.ContainsAny(which, ".:") {
		which = "https://" + which
	}
	return nil, c.use.Origins.Remove(c.Context(), which)
}
