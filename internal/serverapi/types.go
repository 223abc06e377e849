package serverapi

import (
	"encoding/json"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/export"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/session"
)

// object is a JSON object or null; nil if it is absent.
type object struct{ json.RawMessage }

// Schema is the schema of an object.
func (object) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, Nullable: true, AdditionalProperties: true}
}

// text is a JSON string or null; nil if it is absent.
type text struct{ json.RawMessage }

// Schema is the schema of a text.
func (text) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Nullable: true}
}

// User is a user.
type User struct {
	ID         string     `json:"id" doc:"UUID of the user; it never changes."`
	Status     string     `json:"status" enum:"pending,active,disabled,withdrawn" doc:"A pending user has not joined."`
	Ref        *string    `json:"ref" doc:"The app's own number of the user."`
	Meta       object     `json:"meta" doc:"What the app keeps with the user, at most 4096 bytes."`
	Nickname   *string    `json:"nickname" doc:"Name to show: the user's own, else the provider's."`
	Picture    *string    `json:"picture" doc:"URL of a picture to show."`
	Language   *string    `json:"language" doc:"Language that the user chose: ko or en."`
	CreatedAt  time.Time  `json:"created_at" doc:"First sign-in."`
	JoinedAt   *time.Time `json:"joined_at" doc:"When the user joined."`
	Identities []Identity `json:"identities" nullable:"false" doc:"Accounts at providers, the one used last first."`
}

// Identity is an account at a provider.
type Identity struct {
	ID            string    `json:"id" doc:"UUID of the identity."`
	Provider      string    `json:"provider" doc:"Name of the provider."`
	Namespace     string    `json:"namespace" doc:"Where the subject is unique, such as the app's id at the provider."`
	Subject       string    `json:"subject" doc:"The provider's number of the user, as text."`
	Selector      string    `json:"selector" doc:"Key that names the user by this identity."`
	Nickname      *string   `json:"nickname" doc:"Name at the provider."`
	Email         *string   `json:"email" doc:"E-mail address at the provider."`
	EmailVerified bool      `json:"email_verified" doc:"Whether the provider has verified the address."`
	EmailRelay    bool      `json:"email_relay" doc:"Whether it forwards to an address that is not disclosed."`
	Consents      []string  `json:"consents" nullable:"false" doc:"Consent items that the user has granted."`
	LinkedAt      time.Time `json:"linked_at" doc:"First sign-in with it."`
	LastSignInAt  time.Time `json:"last_sign_in_at" doc:"Last sign-in with it."`
}

// UserPage is a page of users.
type UserPage struct {
	Users   []User  `json:"users" nullable:"false" doc:"Users of this page."`
	HasMore bool    `json:"has_more" doc:"Whether there is another page."`
	Next    *string `json:"next" doc:"The parameter after for the next page; null on the last one."`
}

// BatchRequest asks for many users.
type BatchRequest struct {
	Keys []string `json:"keys" key:"true" nullable:"false" minItems:"1" maxItems:"100" doc:"Keys of users, as in a path."`
}

// BatchAnswer has a result for each key.
type BatchAnswer struct {
	Results []BatchResult `json:"results" nullable:"false" doc:"In the order of keys."`
}

// BatchResult is the result of one key.
type BatchResult struct {
	Key       string `json:"key" doc:"The key as it was sent."`
	User      *User  `json:"user" doc:"Null if no user matches, or more than one."`
	Ambiguous bool   `json:"ambiguous" doc:"Whether more than one user matches."`
}

// SearchRequest asks for users by an e-mail address, which several may have.
type SearchRequest struct {
	Email string `json:"email" doc:"Address, in exactly the spelling of the provider."`
	After string `json:"after,omitempty" doc:"The member next of the previous page."`
	Limit *int   `json:"limit,omitempty" minimum:"1" maximum:"200" doc:"Users on a page; default 50."`
}

// UserPatch changes what the app keeps with a user.
type UserPatch struct {
	Ref  text   `json:"ref,omitempty" key:"true" doc:"New ref, without NUL or U+FFFD; null removes it."`
	Meta object `json:"meta,omitempty" doc:"JSON merge patch (RFC 7396) for meta; null removes all of it."`
}

// ReasonRequest says why something is done.
type ReasonRequest struct {
	Reason string `json:"reason,omitempty" maxLength:"500" doc:"For the access record; 500 bytes at most."`
}

// ExportRequest asks for everything that is stored about a user.
type ExportRequest struct {
	Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"For the access record; 500 bytes at most."`
}

// MergeRequest merges another account into the user.
type MergeRequest struct {
	From   string `json:"from" key:"true" doc:"Key of the account that ends."`
	Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"How you know that both are one; 500 bytes at most."`
}

// Session is a live session.
type Session struct {
	ID        string    `json:"id" doc:"Public id; it gives no access."`
	CreatedAt time.Time `json:"created_at" doc:"Start."`
	SeenAt    time.Time `json:"seen_at" doc:"Last use, within minutes."`
	ExpiresAt time.Time `json:"expires_at" doc:"Latest end."`
	Address   *string   `json:"address" doc:"IP address of the sign-in."`
	UserAgent *string   `json:"user_agent" doc:"Browser or app of the sign-in."`
}

// SessionList is the live sessions of a user.
type SessionList struct {
	Sessions []Session `json:"sessions" nullable:"false" doc:"The last used first, at most 500."`
}

// Ended counts sessions that were ended.
type Ended struct {
	Ended int `json:"ended" doc:"How many sessions were ended."`
}

// Consent is a line of the consent ledger.
type Consent struct {
	Kind    string    `json:"kind" doc:"age, terms, marketing, scope, or reminder."`
	Tag     string    `json:"tag" doc:"The term or consent item."`
	Version string    `json:"version" doc:"Version of the term, empty for consent items."`
	Agreed  bool      `json:"agreed" doc:"Whether the user agreed or withdrew consent."`
	At      time.Time `json:"at" doc:"When."`
	Place   string    `json:"place" doc:"Where: join, consent, account, import, or at a provider."`
}

// ConsentPage is a page of the ledger, the oldest first.
type ConsentPage struct {
	Consents []Consent `json:"consents" nullable:"false" doc:"The last line about a tag is in force."`
	HasMore  bool      `json:"has_more" doc:"Whether there is another page."`
	Next     *string   `json:"next" doc:"The parameter after for the next page; null on the last one."`
}

// TicketRequest asks for a link ticket.
type TicketRequest struct {
	Ref string `json:"ref" key:"true" minLength:"1" maxLength:"255" doc:"255 bytes at most, without NUL or U+FFFD."`
}

// Ticket leads a user of the app to a sign-in that links.
type Ticket struct {
	URL       string    `json:"url" doc:"Where to send this user, once. Secret: anyone who opens it becomes this user."`
	ExpiresAt time.Time `json:"expires_at" doc:"End of the ticket."`
}

// ProviderToken is an access token for the provider.
type ProviderToken struct {
	Provider    string    `json:"provider" doc:"Name of the provider."`
	Subject     string    `json:"subject" doc:"The provider's number of the user, as text."`
	AccessToken string    `json:"access_token" doc:"Secret. Do not store it: ask again."`
	ExpiresAt   time.Time `json:"expires_at" doc:"Nominal end."`
	Scopes      []string  `json:"scopes" nullable:"false" doc:"Consent items that the provider named."`
}

// Event is something that happened to a user.
type Event struct {
	ID     string    `json:"id" doc:"Id of the event. Its webhook-id is evt_ and this."`
	Type   string    `json:"type" doc:"As subject.verb; ignore unknown types."`
	At     time.Time `json:"at" doc:"When."`
	UserID *string   `json:"user_id" doc:"Null if all users are concerned."`
	About  *string   `json:"about" doc:"Id of what else is concerned: a session, an identity, a term."`
}

// EventPage is a page of events.
type EventPage struct {
	Events []Event `json:"events" nullable:"false" doc:"The oldest first."`
	Next   string  `json:"next" doc:"The parameter after for the next call; store it with what the events changed."`
}

// EventDelivery is how far the delivery of events is.
type EventDelivery struct {
	Sending      bool           `json:"sending" doc:"False without NORANG_EVENTS_URL: nothing is sent."`
	Waiting      int            `json:"waiting" doc:"Events that are not delivered yet."`
	DeliveredAt  *time.Time     `json:"delivered_at" doc:"Last success; null if there was none."`
	Failures     int64          `json:"failures" doc:"Failed calls since the last success."`
	FailingSince *time.Time     `json:"failing_since" doc:"First failure since the last success."`
	LastError    *string        `json:"last_error" doc:"What the last failed call said."`
	HeldUsers    int            `json:"held_users" doc:"Users whose events wait for one that the app did not accept."`
	Held         []HeldEvent    `json:"held" nullable:"false" doc:"One event for each such user, the oldest first."`
	Skipped      []SkippedEvent `json:"skipped" nullable:"false" doc:"Events that were skipped, the last one first."`
}

// HeldEvent is an event that was sent and not accepted.
type HeldEvent struct {
	ID           *string   `json:"id" doc:"Id of the event; null if it is no longer kept."`
	Type         *string   `json:"type" doc:"As subject.verb."`
	UserID       *string   `json:"user_id" doc:"Null if all users are concerned."`
	Failures     int64     `json:"failures" doc:"Failed calls."`
	FailingSince time.Time `json:"failing_since" doc:"First failed call."`
	NextAttempt  time.Time `json:"next_attempt" doc:"When it is sent again."`
	LastError    *string   `json:"last_error" doc:"What the last failed call said."`
}

// SkippedEvent is an event that was skipped.
type SkippedEvent struct {
	ID        string    `json:"id" doc:"Id of the event."`
	Type      string    `json:"type" doc:"As subject.verb."`
	UserID    *string   `json:"user_id" doc:"Null if all users are concerned."`
	SkippedAt time.Time `json:"skipped_at" doc:"When."`
	SkippedBy string    `json:"skipped_by" doc:"By whom: operator:ACCOUNT or key:ID."`
}

// SkipRequest says why an event is skipped.
type SkipRequest struct {
	Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"For the access record; 500 bytes at most."`
}

// OriginRequest adds a preview origin.
type OriginRequest struct {
	Origin string `json:"origin" doc:"One exact https origin: https://pr-7-shop.vercel.app."`
	Days   *int   `json:"days,omitempty" minimum:"1" maximum:"30" doc:"Days until its end; default 7."`
}

// Origin is a preview origin.
type Origin struct {
	ID        string    `json:"id" doc:"UUID of the origin."`
	Origin    string    `json:"origin" doc:"Scheme, host and, if it is not the scheme's own, port."`
	CreatedAt time.Time `json:"created_at" doc:"When it was first added."`
	ExpiresAt time.Time `json:"expires_at" doc:"End."`
}

// OriginList is the live preview origins.
type OriginList struct {
	Origins []Origin `json:"origins" nullable:"false" doc:"The oldest first, at most 200."`
}

func orNull[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

func stamp(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func newUser(u *operator.User) User {
	out := User{
		ID: string(u.ID), Status: string(u.Status), Ref: orNull(u.Ref), Meta: object{u.Meta}, Nickname: orNull(u.Nickname),
		Picture: orNull(u.Picture), Language: orNull(u.Lang), CreatedAt: u.CreatedAt.UTC(), JoinedAt: stamp(u.JoinedAt),
		Identities: []Identity{},
	}
	if u.Meta == nil {
		out.Meta = object{json.RawMessage("null")}
	}
	for n, i := range u.Identities {
		if n == 0 {
			out.Nickname = orNull(account.DisplayName(u.User, i))
			out.Picture = orNull(account.DisplayPicture(u.User, i))
		}
		out.Identities = append(out.Identities, Identity{
			ID: i.ID, Provider: i.Provider, Namespace: i.Namespace, Subject: i.Subject,
			Selector: operator.SelectorOf(i.Key), Nickname: orNull(i.Profile.Nickname),
			Email: orNull(i.Profile.Email), EmailVerified: i.Profile.EmailState == account.EmailVerified,
			EmailRelay: i.Profile.EmailRelay,
			Consents:   append([]string{}, i.Scopes.Items()...), LinkedAt: i.LinkedAt.UTC(), LastSignInAt: i.SeenAt.UTC(),
		})
	}
	return out
}

func newUsers(all []operator.User) []User {
	out := make([]User, len(all))
	for i := range all {
		out[i] = newUser(&all[i])
	}
	return out
}

func newSession(s session.Session) Session {
	return Session{
		ID: s.ID, CreatedAt: s.CreatedAt.UTC(), SeenAt: s.SeenAt.UTC(), ExpiresAt: s.ExpiresAt.UTC(),
		Address: orNull(s.Client.Address), UserAgent: orNull(s.Client.UserAgent),
	}
}

func newConsent(l export.LedgerLine) Consent {
	return Consent{string(l.Kind), l.Tag, l.Version, l.Agreed, l.At.UTC(), l.Place}
}
