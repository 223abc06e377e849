package page

// Signout is the page with one button that a GET without proof of a person's own click gets (SO-01).
type Signout struct {
	Frame
	// Kakao says which sign-out the button does: together with the Kakao account (POST /oauth/kakao/signout), or of
	// this session only (POST {prefix}/signout).
	Kakao bool
}

func (Signout) file() string { return "signout.html" }

// SignedOut is where a sign-out ends when there is no page of the app to return to. Kakao does not say what the person
// chose on its logout page, so neither does this.
type SignedOut struct {
	Frame
}

func (SignedOut) file() string { return "signedout.html" }
