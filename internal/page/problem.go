package page

// Problem is the page of everything that went wrong. Its texts come from package problem, never from an error.
type Problem struct {
	Frame
	Code   string // "login.expired"
	Title  string
	Detail string
	// Action is the way on, in the words of package problem: "sign_in", "home", "support", "join", "consent" or "". The renderer
	// knows the addresses; without a support address, "support" becomes the way to the first page.
	Action      string
	ActionLabel string
	// Location is the path for "consent".
	Location string
	// ReturnTo is the cleaned return path for "sign_in".
	ReturnTo string
	// Hint is for the developer and shown only if Config.Dev is true.
	Hint string
}

func (Problem) file() string { return "problem.html" }
