// Package page owns what people see: the typed view models, the templates and the static files.
//
// A page is a struct that embeds [Frame] ([Home], [SignIn], [Join], [Account], [Signout], [SignedOut], [Problem]), a
// template of the same name under templates/, and a sample in samples.go, which the golden tests and the accessibility
// test go through. [Renderer.Render] writes a whole page or nothing. The language travels in the Frame; nothing is bound
// to a template.
//
// It does not answer requests (package web sets status and headers, [Renderer.ContentSecurityPolicy] among them), decides
// nothing, and takes no error: what went wrong reaches it as texts of package problem. No page has a script or an inline
// style.
//
// # Replacing pages
//
// Config.Overrides replaces files by name: "home.html" there is used instead of ours, and likewise every other file under
// templates/ and "norang.css". A page's template defines "title" and "main"; "layout.html" is the frame around them and
// "parts.html" holds what pages share. The dot is the view model. The functions are documented at [Renderer.funcs].
// A file that replaces nothing, does not parse, or fails on a sample stops the start.
package page
