package page

// SignIn is the sign-in page. Its buttons are links, not forms: in Chromium the redirects that follow a form fall
// under form-action, and the way through a provider passes hosts that our policy cannot list.
type SignIn struct {
	Frame
	// ReturnTo is the cleaned return URL; "" for none.
	ReturnTo string
	// Remember is the initial state of "Stay signed in on this device". The links say remember=1 or remember=0.
	Remember bool
	// LastUsed is the name of the provider that this browser used last; "" for none.
	LastUsed string
}

func (SignIn) file() string { return "signin.html" }
