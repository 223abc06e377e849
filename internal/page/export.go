package page

// Export is the page from which a person takes a copy of all that is held of them. Its form is posted to
// {prefix}/account/export with the field csrf, and answered with a file.
type Export struct {
	Frame
	// Fresh says that the sign-in is recent. If it is not, the page leads to {prefix}/account/export/confirm instead, from
	// where the person comes back with a recent one: the file is not for whoever finds the browser open.
	Fresh bool
}

func (Export) file() string { return "export.html" }
