package serverapi

import (
	"net/http"

	"github.com/norang-login/norang/internal/apikey"
	"github.com/norang-login/norang/internal/operator"
)

// parameter is a parameter of a query.
type parameter struct {
	name, doc   string
	least, most int64 // of a number; both 0 for a text
	enum        []string
}

// endpoint is a row of the table of calls.
type endpoint struct {
	id, method, path string
	scope            apikey.Scope
	summary, doc     string
	query            []parameter
	body             any  // a zero value of the body's type; nil for none
	patch            bool // the body is a merge patch
	idempotent       bool // takes an Idempotency-Key
	answer           any  // a zero value of the answer's type; nil for 204
	handle           func(*call) (any, error)
	stream           func(http.ResponseWriter, *call) error // in place of handle
}

// mediaType is the type of the body.
func mediaType(e endpoint) string {
	if e.patch {
		return "application/merge-patch+json"
	}
	return "application/json"
}

const (
	defaultPage = 50
	maxPage     = 200
	maxWait     = 30 // seconds that a call waits for events
)

// page are the parameters of a list.
func page(more ...parameter) []parameter {
	return append([]parameter{
		{name: "after", doc: "The member next of the previous page."},
		{name: "limit", doc: "Items on a page; default 50.", least: 1, most: maxPage},
	}, more...)
}

var endpoints = []endpoint{
	{
		id: "listUsers", method: http.MethodGet, path: "/users", scope: apikey.Read, summary: "List users",
		doc: "Lists all users, the newest first. A page takes the same time however many users there are.",
		query: page(parameter{
			name: "status", doc: "Only users with this status.",
			enum: []string{"pending", "active", "disabled", "withdrawn"},
		}),
		answer: UserPage{}, handle: (*call).list,
	},
	{
		id: "batchUsers", method: http.MethodPost, path: "/users/batch", scope: apikey.Read, summary: "Look up many users",
		doc:  "Looks up to 100 users up by id, ref or identity and answers in the same order.",
		body: BatchRequest{}, answer: BatchAnswer{}, handle: (*call).batch,
	},
	{
		id: "searchUsers", method: http.MethodPost, path: "/users/search", scope: apikey.Read,
		summary: "Find users by e-mail",
		doc: "Finds users by the exact e-mail address that a provider gave. Several users may have one address, and an " +
			"address proves nothing: use it to find a user for support, never to sign one in.",
		body: SearchRequest{}, answer: UserPage{}, handle: (*call).search,
	},
	{
		id: "getUser", method: http.MethodGet, path: "/users/{user}", scope: apikey.Read, summary: "Get a user",
		answer: User{}, handle: (*call).get,
	},
	{
		id: "patchUser", method: http.MethodPatch, path: "/users/{user}", scope: apikey.Write, summary: "Set ref and meta",
		doc: "Sets the app's own number, and merges a patch into meta (RFC 7396). Of two patches of different members at " +
			"the same time both are kept.",
		body: UserPatch{}, patch: true, answer: User{}, handle: (*call).patch,
	},
	{
		id: "disableUser", method: http.MethodPost, path: "/users/{user}/disable", scope: apikey.Write,
		summary: "Disable a user", doc: "Disables a user and ends all sessions.",
		body: ReasonRequest{}, handle: (*call).disable,
	},
	{
		id: "enableUser", method: http.MethodPost, path: "/users/{user}/enable", scope: apikey.Write,
		summary: "Enable a user", body: ReasonRequest{},
		handle: (*call).enable,
	},
	{
		id: "withdrawUser", method: http.MethodPost, path: "/users/{user}/withdraw", scope: apikey.Write,
		summary: "Withdraw a user",
		doc: "Closes the account and erases its data at once, without a grace period. The link at the provider is ended " +
			"in the background.",
		body: ReasonRequest{}, handle: (*call).withdraw,
	},
	{
		id: "mergeUsers", method: http.MethodPost, path: "/users/{user}/merge", scope: apikey.Write,
		summary: "Merge another account into the user",
		doc: "Moves the identities of another account to the user and erases the other account. The caller vouches that " +
			"both are one person's.",
		body: MergeRequest{}, answer: User{}, handle: (*call).merge,
	},
	{
		id: "listSessions", method: http.MethodGet, path: "/users/{user}/sessions", scope: apikey.Read,
		summary: "List the sessions of a user", answer: SessionList{}, handle: (*call).sessions,
	},
	{
		id: "revokeSessions", method: http.MethodDelete, path: "/users/{user}/sessions", scope: apikey.Write,
		summary: "End all sessions of a user", doc: "Every replica refuses them within a second.",
		answer: Ended{}, handle: (*call).revokeAll,
	},
	{
		id: "revokeSession", method: http.MethodDelete, path: "/users/{user}/sessions/{session}", scope: apikey.Write,
		summary: "End a session of a user", handle: (*call).revokeOne,
	},
	{
		id: "listConsents", method: http.MethodGet, path: "/users/{user}/consents", scope: apikey.Read,
		summary: "List the consents of a user", doc: "The consent ledger, the oldest line first.",
		query: page(), answer: ConsentPage{}, handle: (*call).consents,
	},
	{
		id: "exportUser", method: http.MethodPost, path: "/users/{user}/export", scope: apikey.Read,
		summary: "Export a user", doc: "Everything that is stored about a user, as the user's own export has it.",
		body: ExportRequest{}, answer: map[string]any{}, stream: exportUser,
	},
	{
		id: "getProviderToken", method: http.MethodPost, path: "/users/{user}/provider-token", scope: apikey.Tokens,
		summary: "Get an access token for the provider",
		doc:     "Of the user's last sign-in, refreshed if it has expired. The service must be set up to keep tokens.",
		query: []parameter{
			{name: "provider", doc: "Only a token for this provider. Without it, the answer says which one it is for."},
		},
		answer: ProviderToken{}, handle: (*call).providerToken,
	},
	{
		id: "createLinkTicket", method: http.MethodPost, path: "/link-tickets", scope: apikey.Write,
		summary: "Create a link ticket",
		doc: "For a user who is signed in at the app and not here: sign-in by the ticket's address links the provider's " +
			"account to the ref. A new ticket for a ref replaces an unused one.",
		body: TicketRequest{}, idempotent: true, answer: Ticket{}, handle: (*call).ticket,
	},
	{
		id: "listEvents", method: http.MethodGet, path: "/events", scope: apikey.Read, summary: "Read events",
		doc: "Events after a cursor, the oldest first; without a cursor from the oldest that is kept (30 days). With " +
			"wait, a call without events ends when there are some or the time is over.",
		query: []parameter{
			{name: "after", doc: "The member next of the previous call."},
			{name: "limit", doc: "Events on a page; default 50.", least: 1, most: operator.MaxEvents},
			{name: "wait", doc: "Seconds to wait for an event; default 0.", least: 0, most: maxWait},
		},
		answer: EventPage{}, handle: (*call).events,
	},
	{
		id: "getEventDelivery", method: http.MethodGet, path: "/events/delivery", scope: apikey.Read,
		summary: "Get the state of the delivery",
		doc: "How far the calls of the app's address for events are: what waits, the events that the app does not accept, " +
			"and those that were skipped.",
		query: []parameter{
			{name: "limit", doc: "Events of each list; default 50.", least: 1, most: maxPage},
		},
		answer: EventDelivery{}, handle: (*call).delivery,
	},
	{
		id: "skipEvent", method: http.MethodPost, path: "/events/{event}/skip", scope: apikey.Write,
		summary: "Skip an event that the app does not accept",
		doc: "The later events of its user are delivered. The event stays among those that are read. Only an event that " +
			"was sent and not accepted can be skipped.",
		body: SkipRequest{}, answer: Event{}, handle: (*call).skipEvent,
	},
	{
		id: "addOrigin", method: http.MethodPost, path: "/origins", scope: apikey.Write, summary: "Add a preview origin",
		doc: "For some days users may return to this origin and its scripts may read the session, as with an origin that " +
			"is configured. Every replica knows it within a second. Adding it again sets a new end.",
		body: OriginRequest{}, answer: Origin{}, handle: (*call).addOrigin,
	},
	{
		id: "listOrigins", method: http.MethodGet, path: "/origins", scope: apikey.Read, summary: "List the preview origins",
		answer: OriginList{}, handle: (*call).origins,
	},
	{
		id: "removeOrigin", method: http.MethodDelete, path: "/origins/{origin}", scope: apikey.Write,
		summary: "Remove a preview origin", doc: "Every replica refuses it within a second.",
		handle: (*call).removeOrigin,
	},
}
