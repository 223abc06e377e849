package page

// Ticket is the page of a link ticket. Its form is posted to {prefix}/link/{Code} with these fields:
//
//	csrf       the token
//	return_to  ReturnTo
type Ticket struct {
	Frame
	// Ref is the app's member number that the ticket is for.
	Ref string
	// Code is the ticket itself, a secret: it stands in the form's address alone.
	Code     string
	ReturnTo string
	// SignedIn is who is signed in here, if they have not that number; nil if nobody is. Going on signs them out.
	SignedIn *Who
}

func (Ticket) file() string { return "ticket.html" }

// Onward leads on to the provider, at an address that was made for this browser.
type Onward struct {
	Frame
	URL string
}

func (Onward) file() string { return "onward.html" }
