package page

// Export is the page for downloading a copy of the user's data. Its form is posted to {prefix}/account/export with
// the field csrf and answered with a file.
type Export struct {
	Frame
	// Fresh says that the sign-in is recent. If it is not, the page leads to {prefix}/account/export/confirm, from
	// where the user returns with a recent one: another person may use the browser.
	Fresh bool
}

func (Export) file() string { return "export.html" }
