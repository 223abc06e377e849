package page

// Signout is the page with one button that answers a GET which is not the user's own click (SO-01).
type Signout struct {
	Frame
	// AtProvider selects the sign-out at the provider too (POST /oauth/{provider}/signout), not only of this session
	// (POST {prefix}/signout).
	AtProvider bool
}

func (Signout) file() string { return "signout.html" }
