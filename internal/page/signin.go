package page

// SignIn is the sign-in page. Its buttons are links, not forms: the redirects of a form's answer fall under CSP
// form-action in Chromium, and the way through Kakao ends at hosts that no list of ours can foresee (Kakao's own, and the
// origin that the person came from). A link has no such rule and nothing to gain from one: it changes nothing here.
type SignIn struct {
	Frame
	// ReturnTo is the cleaned return path; "" for none.
	ReturnTo string
	// Remember is the first state of "Stay signed in on this device". Whichever way the person leaves it, the link
	// says so: remember=1 or remember=0.
	Remember bool
	// LastUsed says that this browser signed in with Kakao before.
	LastUsed bool
}

func (SignIn) file() string { return "signin.html" }
