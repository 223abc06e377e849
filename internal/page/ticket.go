package page

// Ticket is the page of a link ticket. Its form is posted to {prefix}/link/{Code} with these fields:
//
//	csrf       the token
//	return_to  ReturnTo
type Ticket struct {
	Frame
	// Ref is the app's number of the user that the ticket is for.
	Ref string
	// Code is the ticket itself, a secret. It is only in the form's address.
	Code     string
	ReturnTo string
	// SignedIn is the signed-in user if their number differs; nil otherwise. Continuing signs them out.
	SignedIn *Who
}

func (Ticket) file() string { return "ticket.html" }

// Onward leads to the provider, at an address for this browser only.
type Onward struct {
	Frame
	URL string
}

func (Onward) file() string { return "onward.html" }
