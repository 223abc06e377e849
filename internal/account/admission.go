package account

// Admission is what a provider's claims mean for a user before joining.
type Admission struct {
	// JoinRequired: the user has to pass the join page, or the app's hook.
	JoinRequired bool
	// UnderAge: the provider says that the user is too young to join.
	UnderAge bool
	// Agreed are the ledger lines that follow from the claims (terms, the age), declined ones included.
	// The store fills in UserID and Client.
	Agreed []Consent
}
