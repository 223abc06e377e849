package page

// Problem is the page of a failure. Its texts come from package problem, never from an error.
type Problem struct {
	Frame
	Code   string // "login.expired"; "" shows neither code nor request id
	Title  string
	Detail string
	// Action is where the page leads, as package problem names it: "sign_in", "new_tab", "home", "support", "join",
	// "consent", "there" or "". Without a support address, "support" leads to the home page.
	Action      string
	ActionLabel string
	// Location is the path for "consent" and "back", and the address for "there".
	Location string
	// ReturnTo is the cleaned return URL for "sign_in" and "new_tab".
	ReturnTo string
	// Hint is for the developer and shown only if Config.Dev is true.
	Hint string
}

func (Problem) file() string { return "problem.html" }
