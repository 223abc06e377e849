package page

import "html/template"

// OpenApp asks before the browser leads to an app whose address another app on the device may have taken too. The click
// also makes browsers open it, which ignore a redirect without one.
type OpenApp struct {
	Frame
	Target string // a configured link with a code
}

func (OpenApp) file() string { return "openapp.html" }

// Link is Target as it is. A template would drop an unknown scheme.
func (v OpenApp) Link() template.URL { return template.URL(v.Target) }
