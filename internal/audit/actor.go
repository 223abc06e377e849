package audit

// ActorKind says what performs an action.
type ActorKind int8

const (
	KindSystem ActorKind = iota // the service itself; the zero Actor
	KindUser
	KindOperator
	KindAPIKey
	KindProvider
)

// The prefixes of [Actor.String].
const (
	operatorPrefix = "operator:"
	keyPrefix      = "key:"
	providerPrefix = "provider:"
)

// Actor is who performs an action, and from where. The zero value is the service itself.
type Actor struct {
	Kind   ActorKind
	ID     string // user id, operator's account, id of an API key, or name of a provider
	Reason string // why, in an operator's own words; at most [MaxReason] bytes
	Client Client
}

// User is the actor of what a user does.
func User[ID ~string](id ID, c Client) Actor { return Actor{Kind: KindUser, ID: string(id), Client: c} }

// Operator is the actor of what an operator does.
func Operator(account, reason string, c Client) Actor {
	return Actor{Kind: KindOperator, ID: account, Reason: reason, Client: c}
}

// Provider is the actor of what follows from a provider notice.
func Provider(name string) Actor { return Actor{Kind: KindProvider, ID: name} }

// String is the actor as the log names it.
func (a Actor) String() string {
	switch a.Kind {
	case KindUser:
		return a.ID
	case KindOperator:
		return operatorPrefix + a.ID
	case KindAPIKey:
		return keyPrefix + a.ID
	case KindProvider:
		return providerPrefix + a.ID
	}
	return "system"
}
