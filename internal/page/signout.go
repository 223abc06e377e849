package page

// Signout is the page that answers a GET which is not the user's own click (SO-01). It offers the sign-out of this
// service only (POST {prefix}/signout) and, if the provider has one, of the provider too (POST
// /oauth/{provider}/signout).
type Signout struct {
	Frame
	ReturnTo string // the cleaned return URL; "" for none
}

func (Signout) file() string { return "signout.html" }
